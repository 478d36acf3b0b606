//! What the hook keeps for each thread: plain cells, const-initialized and without a destructor, so that reading them
//! neither allocates nor fails while the thread ends.

use std::cell::Cell;
use std::time::Instant;

/// When each step of the last hook run on this thread was over, in nanoseconds after the hook was entered.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// When the hook was entered.
    pub entered: Instant,
    /// The counters had been raised.
    pub counted_ns: u64,
    /// The record had been written to its descriptor, or had been given up.
    pub recorded_ns: u64,
    /// The statsd datagram had been given to the system, where one is configured.
    pub sent_ns: u64,
    /// The pushes had been done, or had been given up.
    pub pushed_ns: u64,
    /// The whole hook had run, symbols and the previous hook included.
    pub finished_ns: u64,
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static LAST: Cell<u64> = const { Cell::new(0) };
    static TIMING: Cell<Option<Timing>> = const { Cell::new(None) };
    static PUSHER: Cell<bool> = const { Cell::new(false) };
    static PROBED: Cell<bool> = const { Cell::new(false) };
}

/// Counts one more panic on this thread and gives how many there were since it was last known not to be panicking.
pub(crate) fn enter() -> u32 {
    DEPTH
        .try_with(|depth| {
            let now = depth.get().saturating_add(1);
            depth.set(now);
            now
        })
        .unwrap_or(1)
}

/// Notes that this thread is not panicking, where that is so: the next panic is then known to be the first.
pub(crate) fn calm() {
    if !std::thread::panicking() {
        let _ = DEPTH.try_with(|depth| depth.set(0));
    }
}

/// The sequence number of the last record of this thread; zero for none.
pub(crate) fn last_sequence() -> u64 {
    LAST.try_with(Cell::get).unwrap_or(0)
}

pub(crate) fn set_last_sequence(sequence: u64) {
    let _ = LAST.try_with(|last| last.set(sequence));
}

/// The times of the last hook run on this thread; none where the hook has not run on it.
pub fn last_timing() -> Option<Timing> {
    TIMING.try_with(Cell::get).ok().flatten()
}

pub(crate) fn set_timing(timing: Timing) {
    let _ = TIMING.try_with(|cell| cell.set(Some(timing)));
}

/// Whether this thread is the one that pushes: it must not wait for itself.
pub(crate) fn is_pusher() -> bool {
    PUSHER.try_with(Cell::get).unwrap_or(false)
}

pub(crate) fn become_pusher() {
    let _ = PUSHER.try_with(|cell| cell.set(true));
}

pub(crate) fn set_probed(seen: bool) {
    let _ = PROBED.try_with(|cell| cell.set(seen));
}

pub(crate) fn probed() -> bool {
    PROBED.try_with(Cell::get).unwrap_or(false)
}
