//! A progress bar for scans that take long, on terminals only.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A scan shorter than this shows no bar: it would only flicker.
const PATIENCE: Duration = Duration::from_millis(500);

/// Called with what is done and the total.
type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// Returns what draws a bar on standard error; `None` where that is no terminal. The bar vanishes when it is done.
pub(super) fn on_terminal() -> Option<Progress> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3}% {elapsed}") {
        bar.set_style(style);
    }
    let started = Instant::now();
    Some(Arc::new(move |done, total| {
        if done >= total {
            bar.finish_and_clear();
        } else if !bar.is_finished() && started.elapsed() >= PATIENCE {
            bar.set_length(total);
            bar.set_position(done);
        }
    }))
}
