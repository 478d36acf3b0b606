//! Each thread's place: its first record, the further ones, and how deep in destructors it is.

use core::cell::Cell;

use super::domain::Domain;
use super::record::{Owner, Record};
use super::records::Records;

#[cfg(not(any(auditor_loom, shuttle)))]
mod kept {
    use super::{Cell, Owner, Record, Records};

    static RECORDS: Records = Records::new();
    static NONE: Record = Record::none();

    #[inline]
    pub(in super::super) fn records() -> &'static Records {
        &RECORDS
    }

    thread_local! {
        // No destructor and a constant start: one load, and usable while the thread ends.
        static RECORD: Cell<&'static Record> = const { Cell::new(&NONE) };
        static NESTING: Cell<u32> = const { Cell::new(0) };
        static REGISTRATION: Registration = const { Registration };
    }

    /// The thread's record, or `NONE`, which `enter_quick` refuses.
    #[inline]
    pub(in super::super) fn current_if_any() -> &'static Record {
        // auditor: allow(panicking-api) a cell of a reference has no destructor, so the key is never gone
        RECORD.get()
    }

    /// The thread's record, taken if need be. None without memory for one. A thread that ends gets one for a single guard.
    #[inline]
    pub(in super::super) fn try_current() -> Option<&'static Record> {
        let record = current_if_any();
        if core::ptr::eq(record, &NONE) { register() } else { Some(record) }
    }

    pub(super) fn is_none(record: &Record) -> bool {
        core::ptr::eq(record, &NONE)
    }

    #[cold]
    fn register() -> Option<&'static Record> {
        #[cfg(all(target_os = "linux", not(miri)))]
        super::super::fork::watch();
        // Fails while the thread ends: nobody would give its record back.
        if REGISTRATION.try_with(|_| ()).is_err() {
            return RECORDS.take(Owner::Guard);
        }
        let record = RECORDS.take(Owner::Thread)?;
        // auditor: allow(panicking-api) a cell of a reference has no destructor, so the key is never gone
        RECORD.set(record);
        Some(record)
    }

    /// Gives the thread's records back when it ends.
    struct Registration;

    impl Drop for Registration {
        fn drop(&mut self) {
            // auditor: allow(panicking-api) a cell of a reference has no destructor, so the key is never gone
            let mut next = Some(RECORD.replace(&NONE)).filter(|record| !is_none(record));
            while let Some(record) = next {
                next = record.more.get();
                if record.is_absent() {
                    RECORDS.release(record);
                } else {
                    // A guard in another thread-local still uses it, and gives it back.
                    record.more.set(None);
                    if record.owner.get() == Owner::Thread {
                        record.owner.set(Owner::Guard);
                    }
                    record.idle.set(super::super::record::ABSENT_SLOW);
                }
            }
        }
    }

    /// Destructors that this thread is in.
    #[inline]
    pub(in super::super) fn nesting() -> u32 {
        // auditor: allow(panicking-api) a cell without a destructor is never gone
        NESTING.get()
    }

    pub(super) fn set_nesting(depth: u32) {
        // auditor: allow(panicking-api) as above
        NESTING.set(depth);
    }

    /// Names the calling thread, among those that run, to locks. Never zero.
    #[inline]
    pub(in super::super) fn thread_name() -> usize {
        // auditor: allow(panicking-api) as above
        NESTING.with(|nesting| core::ptr::from_ref(nesting).addr())
    }
}

#[cfg(any(auditor_loom, shuttle))]
mod kept {
    use super::{Cell, Owner, Record, Records};
    #[cfg(auditor_loom)]
    use loom::{lazy_static, thread_local};
    #[cfg(all(shuttle, not(auditor_loom)))]
    use shuttle::{lazy_static, thread_local};

    lazy_static! {
        static ref RECORDS: Records = Records::new();
    }

    thread_local! {
        static RECORD: Cell<Option<&'static Record>> = Cell::new(None);
        static NESTING: Cell<u32> = Cell::new(0);
    }

    pub(in super::super) fn records() -> &'static Records {
        // SAFETY: the checker drops its lazy statics when an execution ends, after all of its threads; every use of this reference
        // is by one of them.
        // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
        unsafe { &*core::ptr::from_ref::<Records>(&*RECORDS) }
    }

    pub(in super::super) fn current_if_any() -> &'static Record {
        try_current().unwrap_or_else(|| super::no_record())
    }

    pub(in super::super) fn try_current() -> Option<&'static Record> {
        // auditor: allow(panicking-api) the checker's threads end after their last use of it
        RECORD.with(|slot| {
            slot.get().or_else(|| {
                let record = records().take(Owner::Thread)?;
                slot.set(Some(record));
                Some(record)
            })
        })
    }

    pub(super) fn is_none(_record: &Record) -> bool {
        false
    }

    pub(in super::super) fn nesting() -> u32 {
        // auditor: allow(panicking-api) as above
        NESTING.with(Cell::get)
    }

    pub(super) fn set_nesting(depth: u32) {
        // auditor: allow(panicking-api) as above
        NESTING.with(|nesting| nesting.set(depth));
    }

    pub(in super::super) fn thread_name() -> usize {
        core::ptr::from_ref(current_if_any()).addr()
    }
}

pub(super) use kept::{current_if_any, nesting, records, thread_name, try_current};

/// What a thread does that uses a map for the first time and has no memory for that: what the standard collections do.
#[cold]
pub(super) fn no_record() -> ! {
    std::alloc::handle_alloc_error(core::alloc::Layout::new::<Record>())
}

/// A record through which this thread can enter a domain: its first, or another while that is in another domain. None without memory for it.
#[inline]
pub(super) fn record_for(domain: &Domain) -> Option<&'static Record> {
    let first = try_current()?;
    if first.serves(domain) { Some(first) } else { further(first, domain) }
}

#[cold]
fn further(first: &'static Record, domain: &Domain) -> Option<&'static Record> {
    let mut at = first;
    while let Some(more) = at.more.get() {
        if more.serves(domain) {
            return Some(more);
        }
        at = more;
    }
    let fresh = records().take(Owner::More)?;
    at.more.set(Some(fresh));
    Some(fresh)
}

/// Gives back a record that nothing is entered through any more, if it was one guard's.
#[cold]
pub(super) fn left(record: &Record) {
    if record.owner.get() == Owner::Guard {
        records().release(record);
    }
}

/// The calling thread's records.
pub(super) fn own() -> impl Iterator<Item = &'static Record> {
    let first = current_if_any();
    core::iter::successors((!kept::is_none(first)).then_some(first), |record| record.more.get())
}

/// Whether the calling thread has a record.
pub(super) fn has_record() -> bool {
    !kept::is_none(current_if_any())
}

/// Whether nobody but the calling thread can be reading anything: see [`Records::others_than`].
#[inline]
pub(super) fn is_single() -> bool {
    records().others_than(usize::from(has_record())) == 0
}

/// Which stripe of a domain this thread uses.
pub(super) fn stripe() -> usize {
    current_if_any().index
}

/// Counts the destructors that a thread is in.
pub(super) struct Nested;

impl Nested {
    pub(super) fn enter() -> Self {
        kept::set_nesting(nesting().saturating_add(1));
        Self
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        kept::set_nesting(nesting().saturating_sub(1));
    }
}
