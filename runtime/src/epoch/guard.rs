//! Guards, and each thread's record in the process's domain.

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;

use super::domain::Domain;
use super::record::Record;
use crate::sync::atomic::Ordering;

#[cfg(not(any(auditor_loom, shuttle)))]
mod place {
    use super::{Cell, Domain, Record, Registration, no_record};

    static DOMAIN: Domain = Domain::new();
    static NONE: Record = Record::none();

    #[inline]
    pub(super) fn domain() -> &'static Domain {
        &DOMAIN
    }

    thread_local! {
        // No destructor and a constant start: one load, and usable while the thread ends.
        static RECORD: Cell<&'static Record> = const { Cell::new(&NONE) };
        static REGISTRATION: Registration = const { Registration };
    }

    /// The thread's record, or `NONE`, which `enter_quick` refuses.
    #[inline]
    pub(super) fn current_if_any() -> &'static Record {
        // auditor: allow(panicking-api) a cell of a reference has no destructor, so the key is never gone
        RECORD.get()
    }

    #[inline]
    pub(super) fn current() -> &'static Record {
        try_current().unwrap_or_else(|| no_record())
    }

    /// As `current`; None without memory for this thread's first use.
    #[inline]
    pub(super) fn try_current() -> Option<&'static Record> {
        // auditor: allow(panicking-api) a cell of a reference has no destructor, so the key is never gone
        let record = RECORD.get();
        if core::ptr::eq(record, &NONE) { register() } else { Some(record) }
    }

    #[cold]
    fn register() -> Option<&'static Record> {
        let record = domain().register()?;
        // auditor: allow(panicking-api) a cell of a reference has no destructor, so the key is never gone
        RECORD.set(record);
        // Fails while the thread ends: the record then stays taken, absent, and costs its 200 bytes.
        let _ = REGISTRATION.try_with(|_| ());
        Some(record)
    }

    impl Drop for Registration {
        fn drop(&mut self) {
            // auditor: allow(panicking-api) a cell of a reference has no destructor, so the key is never gone
            let record = RECORD.get();
            // A guard kept alive by another thread-local's destructor still uses the record: leave it taken.
            if !core::ptr::eq(record, &NONE) && record.is_absent() {
                // auditor: allow(panicking-api) a cell of a reference has no destructor, so the key is never gone
                RECORD.set(&NONE);
                domain().release(record);
            }
        }
    }
}

#[cfg(any(auditor_loom, shuttle))]
mod place {
    use super::{Cell, Domain, Record, no_record};
    #[cfg(auditor_loom)]
    use loom::{lazy_static, thread_local};
    #[cfg(all(shuttle, not(auditor_loom)))]
    use shuttle::{lazy_static, thread_local};

    lazy_static! {
        static ref DOMAIN: Domain = Domain::new();
    }

    thread_local! {
        static RECORD: Cell<Option<&'static Record>> = Cell::new(None);
    }

    pub(super) fn domain() -> &'static Domain {
        // SAFETY: the checker drops its lazy statics when an execution ends, after all of its threads; every use of this reference
        // is by one of them.
        unsafe { &*core::ptr::from_ref::<Domain>(&*DOMAIN) }
    }

    pub(super) fn current_if_any() -> &'static Record {
        current()
    }

    pub(super) fn current() -> &'static Record {
        try_current().unwrap_or_else(|| no_record())
    }

    pub(super) fn try_current() -> Option<&'static Record> {
        // auditor: allow(panicking-api) the checker's threads end after their last use of it
        RECORD.with(|slot| {
            slot.get().or_else(|| {
                let record = domain().register()?;
                slot.set(Some(record));
                Some(record)
            })
        })
    }
}

/// What a thread does that uses a map for the first time and has no memory for that: what the standard collections do.
#[cold]
fn no_record() -> ! {
    std::alloc::handle_alloc_error(core::alloc::Layout::new::<Record>())
}

/// Gives the thread's record back when the thread ends.
#[cfg(not(any(auditor_loom, shuttle)))]
struct Registration;

/// While it lives, nothing its thread can reach is freed. Not `Send`: the record belongs to the thread.
pub(crate) struct Guard {
    record: &'static Record,
    _thread: PhantomData<*mut ()>,
}

impl Guard {
    pub(crate) fn domain(&self) -> &'static Domain {
        place::domain()
    }

    pub(crate) fn record(&self) -> &'static Record {
        self.record
    }
}

impl Clone for Guard {
    #[inline]
    fn clone(&self) -> Self {
        self.record.enter(place::domain());
        Self { record: self.record, _thread: PhantomData }
    }
}

impl Drop for Guard {
    #[inline]
    fn drop(&mut self) {
        self.record.leave();
    }
}

/// A record that belongs to no thread, entered; see [`OwnedGuard`](super::OwnedGuard).
#[cfg(all(feature = "rayon", not(any(auditor_loom, shuttle))))]
pub(super) fn enter_apart() -> &'static Record {
    let record = place::domain().register().unwrap_or_else(|| no_record());
    record.enter(place::domain());
    record
}

/// Undoes [`enter_apart`].
#[cfg(all(feature = "rayon", not(any(auditor_loom, shuttle))))]
pub(super) fn leave_apart(record: &Record) {
    record.leave();
    place::domain().release(record);
}

/// As long as it lives, a guard that costs two stores less. It stays in the call that made it, and ends before those made earlier.
pub(crate) struct Scope {
    /// Not dropped: it never entered. Clones do, and may outlive the scope.
    guard: ManuallyDrop<Guard>,
    outermost: bool,
}

impl Deref for Scope {
    type Target = Guard;

    #[inline]
    fn deref(&self) -> &Guard {
        &self.guard
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        if self.outermost {
            self.guard.record.leave_scope();
        }
    }
}

/// The usual scope, entered at once: this thread holds nothing else.
pub(crate) struct Quick(ManuallyDrop<Guard>);

impl Deref for Quick {
    type Target = Guard;

    #[inline]
    fn deref(&self) -> &Guard {
        &self.0
    }
}

impl Drop for Quick {
    #[inline]
    fn drop(&mut self) {
        self.0.record.leave_scope();
    }
}

/// Enters the domain for the time of a call, if that takes no more than a store: otherwise the caller takes its longer way with [`scope`].
#[inline]
pub(crate) fn quick() -> Option<Quick> {
    let record = place::current_if_any();
    if record.enter_quick(place::domain()) {
        Some(Quick(ManuallyDrop::new(Guard { record, _thread: PhantomData })))
    } else {
        None
    }
}

/// The calling thread's place in the domain.
#[derive(Clone, Copy)]
pub(crate) struct Thread(&'static Record);

impl Thread {
    /// Enters the domain.
    #[inline]
    pub(crate) fn pin(self) -> Guard {
        self.0.enter(place::domain());
        Guard { record: self.0, _thread: PhantomData }
    }

    /// Enters the domain for the time of a call.
    #[inline]
    pub(crate) fn scope(self) -> Scope {
        let outermost = self.0.enter_scope(place::domain());
        Scope { guard: ManuallyDrop::new(Guard { record: self.0, _thread: PhantomData }), outermost }
    }
}

/// Enters the domain.
#[inline]
pub(crate) fn pin() -> Guard {
    Thread(place::current()).pin()
}

/// [`maintained`] for writers that report a lack of memory: None where this thread cannot enter for want of it.
#[inline]
pub(crate) fn try_maintained() -> Option<Thread> {
    let record = place::try_current()?;
    if record.is_due() {
        collect(record);
    }
    Some(Thread(record))
}

/// Enters the domain for the time of a call.
#[inline]
pub(crate) fn scope() -> Scope {
    Thread(place::current()).scope()
}

/// Collects if this thread has retired enough. Writers call it before they enter: their own guard would hold the clock back.
#[inline]
pub(crate) fn maintained() -> Thread {
    let record = place::current();
    if record.is_due() {
        collect(record);
    }
    Thread(record)
}

/// As [`maintained`].
#[inline]
pub(crate) fn maintain() {
    let _ = maintained();
}

#[cold]
fn collect(record: &Record) {
    place::domain().collect(record, 1);
}

/// Tries to free everything that the calling thread has removed from any map, and what finished threads left.
///
/// Maps free removed keys and values late, in batches of some hundreds, on the thread that removed them. Call this where destructors must
/// run now, for example before a thread goes idle. What another thread can still read (a live reference, an iterator) stays. Values'
/// destructors run here; one that panics is caught and counted.
///
/// Returns the number of objects of this thread that are still kept.
///
/// Blocking: never waits; two memory barriers, 1 to 20 µs together.
pub fn flush() -> usize {
    let record = place::current();
    place::domain().collect(record, 2);
    place::domain().held_by(record).0
}

/// What reclamation has done so far in this process, all maps together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReclaimStats {
    /// Objects in sealed batches that wait for readers. The open batch of each thread, at most 512 objects, is not counted.
    pub garbage_objects: usize,
    /// Bytes of those objects, without what they own on the heap.
    pub garbage_bytes: usize,
    /// Memory barriers issued.
    pub collections: u64,
    /// Barriers the kernel refused: nothing is freed after such a refusal.
    pub refused: u64,
    /// Destructors of keys or values that panicked while being freed.
    pub drop_panics: u64,
    /// Objects leaked because there was no memory to remember them.
    pub leaked: u64,
    /// Whether readers pay for their own fences because membarrier(2) is not available.
    pub symmetric: bool,
}

/// Reads the counters of reclamation. O(1), never blocks; the numbers are not of one instant.
pub fn reclaim_stats() -> ReclaimStats {
    let counters = &place::domain().counters;
    // Relaxed, all: statistics.
    ReclaimStats {
        garbage_objects: counters.garbage_objects.load(Ordering::Relaxed),
        garbage_bytes: counters.garbage_bytes.load(Ordering::Relaxed),
        collections: counters.collections.load(Ordering::Relaxed),
        refused: counters.refused.load(Ordering::Relaxed),
        drop_panics: counters.drop_panics.load(Ordering::Relaxed),
        leaked: counters.leaked.load(Ordering::Relaxed),
        symmetric: Domain::is_symmetric(),
    }
}
