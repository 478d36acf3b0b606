//! Sinks that can block, on a thread of their own: the panicking thread waits for them until a deadline, then goes on.

mod http;
#[cfg(feature = "otlp")]
pub(crate) mod otlp;
#[cfg(feature = "otlp")]
pub(crate) mod outbox;
pub(crate) mod pushgateway;
pub(crate) mod statsd;
pub(crate) mod textfile;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};
use std::thread::{Builder, Thread};
use std::time::{Duration, Instant};

use super::clock::nanos_since;
use super::counters::Snapshot;
use super::thread_state;

/// After a failure, how long panics do not wait for pushes.
const BACK_OFF: Duration = Duration::from_secs(1);

/// How much sooner the pushing thread gives up than the panicking one, so that its verdict is still heard.
const MARGIN: Duration = Duration::from_millis(10);

/// What takes a snapshot somewhere.
pub(crate) trait Sink: Send + Sync {
    /// What it is called where its latency is told.
    fn name(&self) -> &'static str;

    /// The same sink for a pushing thread of its own; it keeps nothing of what this one was doing.
    fn for_thread(&self) -> Box<dyn Sink>;

    /// Delivers `snapshot`, or fails, before `deadline`.
    fn push(&mut self, snapshot: &Snapshot, deadline: Instant) -> io::Result<()>;
}

/// What became of the pushes a panic asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// Every sink has been tried.
    Done,
    /// The deadline came first.
    Late,
    /// Not waited for: an earlier push had failed.
    Suppressed,
}

/// The meeting point of panicking threads and the pushing thread.
pub(crate) struct Pusher {
    base: Instant,
    within: Duration,
    /// Each pushing thread works on copies of these.
    sinks: Vec<Box<dyn Sink>>,
    snapshot: fn() -> Snapshot,
    result: fn(bool),
    /// The process whose thread is meant; a forked child has no thread but the one that forked.
    pid: AtomicU32,
    /// Null before there is one; else a `Thread` that is never freed, since a panic may be about to wake it.
    thread: AtomicPtr<Thread>,
    asked: AtomicU64,
    done: AtomicU64,
    no_wait_until_ns: AtomicU64,
    /// When the first panic of the next round asked, after `base`; zero for none.
    first_asked_ns: AtomicU64,
    /// Each sink's name, and the longest time from a panic's asking to the sink's answer.
    longest: Vec<(&'static str, AtomicU64)>,
}

impl Pusher {
    /// `result` is told of each push, `snapshot` gives what to push.
    pub(crate) fn new(
        within: Duration,
        sinks: Vec<Box<dyn Sink>>,
        snapshot: fn() -> Snapshot,
        result: fn(bool),
    ) -> Self {
        let longest = sinks.iter().map(|sink| (sink.name(), AtomicU64::new(0))).collect();
        Self {
            base: Instant::now(),
            within,
            sinks,
            snapshot,
            result,
            pid: AtomicU32::new(std::process::id()),
            thread: AtomicPtr::new(ptr::null_mut()),
            asked: AtomicU64::new(0),
            done: AtomicU64::new(0),
            no_wait_until_ns: AtomicU64::new(0),
            first_asked_ns: AtomicU64::new(0),
            longest,
        }
    }

    /// Starts the pushing thread: after the hook is in place, so that the hook sees its first thread.
    ///
    /// # Errors
    ///
    /// The system refuses a thread.
    pub(crate) fn start(&'static self) -> io::Result<()> {
        let mut sinks: Vec<Box<dyn Sink>> = self.sinks.iter().map(|sink| sink.for_thread()).collect();
        let thread = Builder::new().name("auditor-push".to_owned()).spawn(move || {
            thread_state::become_pusher();
            loop {
                // Acquire: pairs with the AcqRel of `ask`, what was counted before asking is seen by the snapshot.
                let asked = self.asked.load(Ordering::Acquire);
                // Relaxed: pairs with nothing, this thread alone stores it.
                if asked == self.done.load(Ordering::Relaxed) {
                    std::thread::park();
                    continue;
                }
                let taken = self.round(&mut sinks);
                self.settle(taken);
                // Release: pairs with the Acquire of `ask`, a panic that sees its turn done sees its pushes counted.
                self.done.store(asked, Ordering::Release);
            }
        })?;
        // Release: pairs with the Acquire of `ask`, which then sees the whole `Thread`.
        self.thread.store(Box::into_raw(Box::new(thread.thread().clone())), Ordering::Release);
        Ok(())
    }

    fn round(&self, sinks: &mut [Box<dyn Sink>]) -> bool {
        let deadline = Instant::now().checked_add(self.within.saturating_sub(MARGIN)).unwrap_or_else(Instant::now);
        // Relaxed: pairs with the stores of `ask`; a panic that asks just now may be told as part of the next round.
        let asked_ns = self.first_asked_ns.swap(0, Ordering::Relaxed);
        let mut all = true;
        for (sink, (_, longest)) in sinks.iter_mut().zip(&self.longest) {
            // A panic of a sink must end neither this thread nor the pushes of later panics.
            let pushed = catch_unwind(AssertUnwindSafe(|| sink.push(&(self.snapshot)(), deadline)));
            let taken = matches!(pushed, Ok(Ok(())));
            (self.result)(taken);
            all &= taken;
            if taken && asked_ns != 0 {
                // Relaxed: pairs with nothing, a statistic.
                longest.fetch_max(nanos_since(self.base).saturating_sub(asked_ns), Ordering::Relaxed);
            }
        }
        all
    }

    /// Lets later panics wait, or not.
    fn settle(&self, taken: bool) {
        let back_off = u64::try_from(BACK_OFF.as_nanos()).unwrap_or(u64::MAX);
        let until = if taken { 0 } else { nanos_since(self.base).saturating_add(back_off) };
        // Relaxed: pairs with nothing, a hint whose lateness costs one wait.
        self.no_wait_until_ns.store(until, Ordering::Relaxed);
    }

    /// Starts a thread in a forked child: the parent's is not there.
    fn restart_after_fork(&'static self) {
        let pid = std::process::id();
        // Relaxed: pairs with the exchange below.
        let known = self.pid.load(Ordering::Relaxed);
        // Relaxed: pairs with the same exchange by other threads, of which one restarts; the others' pushes are done once it has.
        if known == pid || self.pid.compare_exchange(known, pid, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        // Nothing that the parent was asked for, or was late with, is this process's.
        // Relaxed (both): pairs with nothing, there is no pushing thread yet.
        self.done.store(self.asked.load(Ordering::Relaxed), Ordering::Relaxed);
        // Relaxed: pairs with nothing, a hint.
        self.no_wait_until_ns.store(0, Ordering::Relaxed);
        if self.start().is_err() {
            // Release: pairs with the Acquire of `ask`.
            self.thread.store(ptr::null_mut(), Ordering::Release);
        }
    }

    /// Asks for a push and waits for it, at most as long as configured. Neither allocates nor locks, but for the first time in a forked
    /// child, where a thread is started.
    pub(crate) fn ask(&'static self) -> Pushed {
        // That thread cannot wait for itself.
        if thread_state::is_pusher() {
            return Pushed::Suppressed;
        }
        self.restart_after_fork();
        // Acquire: pairs with the Release of `start`.
        let thread = self.thread.load(Ordering::Acquire);
        // SAFETY: what is stored there is null or a leaked, so aligned, initialized and ever valid `Thread`, to which there are only
        // shared references.
        let Some(thread) = (unsafe { thread.as_ref() }) else { return Pushed::Suppressed };
        let now_ns = nanos_since(self.base);
        // Relaxed: pairs with the swap of `round`, see there; only the first of a round is kept.
        let _ = self.first_asked_ns.compare_exchange(0, now_ns, Ordering::Relaxed, Ordering::Relaxed);
        // AcqRel: pairs with the Acquire of the pushing thread's loop.
        let ticket = self.asked.fetch_add(1, Ordering::AcqRel).wrapping_add(1);
        thread.unpark();
        // Relaxed: pairs with nothing, see `settle`.
        if now_ns < self.no_wait_until_ns.load(Ordering::Relaxed) {
            return Pushed::Suppressed;
        }
        let start = Instant::now();
        let mut nap = Duration::from_micros(20);
        // Acquire: pairs with the Release of the pushing thread's loop.
        while self.done.load(Ordering::Acquire) < ticket {
            if start.elapsed() >= self.within {
                self.settle(false);
                return Pushed::Late;
            }
            std::thread::sleep(nap);
            nap = nap.saturating_mul(2).min(Duration::from_millis(1));
        }
        Pushed::Done
    }
}

/// Each sink's name and the longest time, in nanoseconds, from a panic's asking to the sink's answer, late ones included.
pub(crate) fn longest(pusher: &Pusher) -> Vec<(&'static str, u64)> {
    // Relaxed: pairs with nothing, a statistic.
    pusher.longest.iter().map(|(name, longest)| (*name, longest.load(Ordering::Relaxed))).collect()
}

/// What is left until `deadline`, or the error that says it has passed.
pub(crate) fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}
