//! Places where a panic stops and becomes an error that names its record.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::record::RecordId;
use super::state::{PROCESS, STATE};
use super::thread_state;

/// A panic that a boundary caught. Its message is in the record, not here: an error is often shown to users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked {
    record: Option<RecordId>,
}

impl Panicked {
    /// The record of the panic; none where the hook did not see it (re-raised, not installed, or replaced).
    pub fn record(&self) -> Option<RecordId> {
        self.record
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.record {
            Some(id) => write!(f, "a panic was caught, record {id}"),
            None => f.write_str("a panic was caught, of which there is no record"),
        }
    }
}

impl std::error::Error for Panicked {}

/// Runs `work`; a panic in it is caught, counted, and returned as the id of its record.
///
/// Under `panic = "abort"` nothing is caught: the process ends after the hook.
///
/// # Errors
///
/// `work` panicked.
///
/// ```
/// assert_eq!(auditor_runtime::boundary(|| 2 + 2), Ok(4));
/// ```
pub fn boundary<T>(work: impl FnOnce() -> T + UnwindSafe) -> Result<T, Panicked> {
    thread_state::calm();
    let before = thread_state::last_sequence();
    thread_state::set_last_sequence(0);
    let result = catch_unwind(work);
    let sequence = thread_state::last_sequence();
    let result = result.map_err(|payload| {
        discard(payload);
        caught(sequence)
    });
    thread_state::set_last_sequence(before);
    result
}

/// Drops a payload. Its destructor is the program's code: it may panic in its turn, with a payload whose destructor does, too; after
/// the last of `ATTEMPTS` such payloads is leaked, so that nothing leaves the boundary.
fn discard(mut payload: Box<dyn Any + Send>) {
    const ATTEMPTS: usize = 8;
    for _ in 0..ATTEMPTS {
        thread_state::set_last_sequence(0);
        match catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            Ok(()) => return,
            Err(next) => payload = next,
        }
        caught(thread_state::last_sequence());
    }
    std::mem::forget(payload);
}

fn caught(sequence: u64) -> Panicked {
    let state = STATE.get();
    let record = state.filter(|_| sequence != 0).map(|state| RecordId { run: state.run.current(), sequence });
    PROCESS.caught(record.is_some());
    if let Some(file) = state.and_then(|state| state.file.as_ref()) {
        file.counters().caught(record.is_some());
    }
    thread_state::calm();
    Panicked { record }
}

/// Polls `future`; a panic in a poll is caught and becomes the future's error.
pub fn boundary_future<F: Future>(future: F) -> BoundaryFuture<F> {
    BoundaryFuture { future, over: false }
}

pin_project! {
    /// A future whose panics are errors; see [`boundary_future`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct BoundaryFuture<F> {
        #[pin]
        future: F,
        over: bool,
    }
}

impl<F: Future> Future for BoundaryFuture<F> {
    type Output = Result<F::Output, Panicked>;

    /// After it is ready, it stays pending: the future inside must not be polled again.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if *this.over {
            return Poll::Pending;
        }
        let polled = boundary(AssertUnwindSafe(|| this.future.poll(cx)));
        *this.over = !matches!(polled, Ok(Poll::Pending));
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(panicked) => Poll::Ready(Err(panicked)),
        }
    }
}

/// What `#[panic_boundary]` returns when the function panicked. A `Result` whose error can be made from [`Panicked`] is it.
#[diagnostic::on_unimplemented(
    message = "`#[panic_boundary]` needs a function that returns `Result<_, E>` where `E: From<Panicked>`",
    label = "this cannot say that a panic was caught"
)]
pub trait FromPanicked {
    /// The value that stands for the panic.
    fn from_panicked(panicked: Panicked) -> Self;
}

impl<T, E: From<Panicked>> FromPanicked for Result<T, E> {
    fn from_panicked(panicked: Panicked) -> Self {
        Err(panicked.into())
    }
}
