//! What the hook keeps for each thread: plain cells, const-initialized and without a destructor, so that reading them
//! neither allocates nor fails while the thread ends.

use std::cell::Cell;
use std::time::Instant;

use super::stack::{FrameSet, IN_FLIGHT, Stack};

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

/// The panics of a thread that were in flight when the hook last looked, oldest first: the frames that each was to pass.
#[derive(Clone, Copy)]
struct InFlight {
    count: u32,
    passed: [FrameSet; IN_FLIGHT],
}

impl InFlight {
    const NONE: Self = Self { count: 0, passed: [FrameSet::EMPTY; IN_FLIGHT] };

    fn push(&mut self, passed: FrameSet) {
        if let Some(place) = usize::try_from(self.count).ok().and_then(|count| self.passed.get_mut(count)) {
            *place = passed;
        }
        self.count = self.count.saturating_add(1);
    }
}

/// Whether an earlier panic of the thread is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nesting {
    Outermost,
    Nested,
    /// There was one, and the stack does not tell whether it has been caught.
    Unknown,
}

thread_local! {
    static PANICS: Cell<InFlight> = const { Cell::new(InFlight::NONE) };
    static LAST: Cell<u64> = const { Cell::new(0) };
    static TIMING: Cell<Option<Timing>> = const { Cell::new(None) };
    static PUSHER: Cell<bool> = const { Cell::new(false) };
    static PROBED: Cell<bool> = const { Cell::new(false) };
}

/// What the earlier panics of this thread were to pass; none where it is known to have none in flight.
pub(crate) fn earlier() -> Option<[FrameSet; IN_FLIGHT]> {
    let panics = PANICS.try_with(Cell::get).unwrap_or(InFlight::NONE);
    (panics.count > 0).then_some(panics.passed)
}

/// Notes one more panic on this thread, raised on `stack`, and gives how many are in flight with it. `surely_nested`: std said so.
pub(crate) fn enter(stack: &Stack, surely_nested: bool) -> (Nesting, u32) {
    let before = PANICS.try_with(Cell::get).unwrap_or(InFlight::NONE);
    let mut now = before;
    let nesting = match stack.in_flight() {
        _ if surely_nested => Nesting::Nested,
        Some(in_flight) => {
            now = InFlight::NONE;
            let entries = before.passed.into_iter().zip(in_flight).zip(0..before.count);
            entries.filter(|((_, in_flight), _)| *in_flight).for_each(|((passed, _), _)| now.push(passed));
            if now.count == 0 { Nesting::Outermost } else { Nesting::Nested }
        }
        None if before.count == 0 => Nesting::Outermost,
        None => Nesting::Unknown,
    };
    now.push(stack.passed());
    let _ = PANICS.try_with(|panics| panics.set(now));
    (nesting, now.count)
}

/// Notes that this thread is not panicking, where that is so: the next panic is then known to be the first.
pub(crate) fn calm() {
    if !std::thread::panicking() {
        let _ = PANICS.try_with(|panics| panics.set(InFlight::NONE));
    }
}

/// Whether this is the thread that std runs `main` on, as far as the system tells.
pub(crate) fn is_main() -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // std names that thread when it starts `main`; a main thread of C code has no name, and another thread of this name another id.
        rustix::thread::gettid() == rustix::process::getpid() && std::thread::current().name() == Some("main")
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    false
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
