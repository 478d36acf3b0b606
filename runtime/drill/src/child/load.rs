//! Latency of the hook while every core is busy: measured from before `panic!`, by the panicking thread itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::say;
use auditor_runtime::panic::{boundary, last_timing, push_latencies};

/// Panics a run: 10,000 unless the environment's `AUDITOR_DRILL_PANICS` says otherwise.
const PANICS: usize = 10_000;

/// What one panic took, in nanoseconds from before `panic!`.
#[derive(Clone, Copy)]
struct Sample {
    counted: u64,
    recorded: u64,
    sent: u64,
    pushed: u64,
    finished: u64,
}

/// Panics under load and prints the distributions. `AUDITOR_DRILL_PAUSE_US` is the pause before each panic: a thread
/// that never sleeps shares its core's time with the load, and then the scheduler's slices are measured, not the hook.
pub(super) fn latency() {
    let number =
        |name: &str, default: u64| std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default);
    let panics = usize::try_from(number("AUDITOR_DRILL_PANICS", PANICS as u64)).unwrap_or(PANICS);
    let pause = Duration::from_micros(number("AUDITOR_DRILL_PAUSE_US", 200));
    let stop = AtomicBool::new(false);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut samples = Vec::with_capacity(panics);
    let mut loaded = 0_usize;
    // auditor: allow(panicking-api) a thread that panics ends the drill's child, and the drill sees it
    thread::scope(|scope| {
        for _ in 0..cores {
            // A thread that the system refuses is missing from the load, and `busy_threads` says so.
            let busy = thread::Builder::new().spawn_scoped(scope, || {
                let mut work = 0_u64;
                // Relaxed: pairs with nothing, only the end of the load hangs on it.
                while !stop.load(Ordering::Relaxed) {
                    work = std::hint::black_box(work.wrapping_mul(31).wrapping_add(7));
                }
            });
            loaded = loaded.saturating_add(usize::from(busy.is_ok()));
        }
        for number in 0..panics {
            if !pause.is_zero() {
                thread::sleep(pause);
            }
            samples.extend(one(number));
        }
        // Relaxed: pairs with the load above, see there.
        stop.store(true, Ordering::Relaxed);
    });
    say!("busy_threads {loaded}\npanics_timed {}\npause_us {}", samples.len(), pause.as_micros());
    print("counter", &samples, |sample| sample.counted);
    print("record", &samples, |sample| sample.recorded);
    print("statsd", &samples, |sample| sample.sent);
    print("push", &samples, |sample| sample.pushed);
    print("hook", &samples, |sample| sample.finished);
    // The last push may be late: it is waited for, so that it is told.
    thread::sleep(Duration::from_millis(if push_latencies().is_empty() { 0 } else { 500 }));
    for (sink, longest) in push_latencies() {
        say!("{sink}_answered_max_ns {longest}");
    }
}

/// One panic, timed; none where the hook did not run.
// auditor: allow(panic-macro) this panic is what is timed, and the boundary around it catches it
fn one(number: usize) -> Option<Sample> {
    let start = Instant::now();
    let _ = boundary(|| panic!("under load, number {number}"));
    let timing = last_timing()?;
    let entry = u64::try_from(timing.entered.saturating_duration_since(start).as_nanos()).unwrap_or(u64::MAX);
    Some(Sample {
        counted: entry.saturating_add(timing.counted_ns),
        recorded: entry.saturating_add(timing.recorded_ns),
        sent: entry.saturating_add(timing.sent_ns),
        pushed: entry.saturating_add(timing.pushed_ns),
        finished: entry.saturating_add(timing.finished_ns),
    })
}

fn print(name: &str, samples: &[Sample], of: impl Fn(&Sample) -> u64) {
    let mut values: Vec<u64> = samples.iter().map(of).collect();
    values.sort_unstable();
    let at = |per_mille: usize| {
        let rank = values.len().saturating_mul(per_mille).div_ceil(1000).max(1);
        values.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    };
    say!(
        "{name}_p50_ns {}\n{name}_p99_ns {}\n{name}_p999_ns {}\n{name}_max_ns {}",
        at(500),
        at(990),
        at(999),
        at(1000)
    );
}
