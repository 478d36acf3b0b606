//! A deadline for what must not hang, and gates at which threads are held on purpose.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine, by far.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Runs `work` on a thread of its own and fails the test where it is not done in time; that thread is then left behind.
pub(crate) fn in_time(what: &str, work: impl FnOnce() + Send + 'static) {
    let (done, waiting) = mpsc::channel();
    let _left_behind = thread::spawn(move || done.send(catch_unwind(AssertUnwindSafe(work))));
    match waiting.recv_timeout(DEADLINE) {
        Ok(Ok(())) => {}
        Ok(Err(payload)) => resume_unwind(payload),
        Err(_) => panic!("{what}: it hangs"),
    }
}

/// A place where one thread stops until another lets it go.
#[derive(Default)]
pub(crate) struct Gate {
    /// Whether somebody has arrived, and whether it is open.
    state: Mutex<(bool, bool)>,
    changed: Condvar,
}

impl Gate {
    /// Says that this thread has arrived, and waits until the gate is open. Passes at once after that.
    pub(crate) fn stop(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = true;
        self.changed.notify_all();
        let waited = self.changed.wait_timeout_while(state, DEADLINE, |(_, open)| !*open);
        assert!(!waited.unwrap_or_else(PoisonError::into_inner).1.timed_out(), "nobody opened the gate");
    }

    /// Waits until a thread stands at the gate.
    pub(crate) fn reached(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(state, DEADLINE, |(there, _)| !*there);
        assert!(!waited.unwrap_or_else(PoisonError::into_inner).1.timed_out(), "nobody came to the gate");
    }

    /// Opens it for good.
    pub(crate) fn open(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        self.changed.notify_all();
    }
}

/// Waits until `holds`, or fails.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < DEADLINE, "{what}: not in time");
        thread::sleep(Duration::from_millis(1));
    }
}
