//! One place in the list that collectors scan: entering and leaving, by guards and by scopes. A record names one domain at a time.

use core::cell::Cell;

use super::barrier;
use super::domain::Domain;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A record's epoch while nothing of its owner is entered. Clocks start above both of these.
pub(super) const ABSENT: u64 = 0;
/// The same where `enter_quick` must not serve: its thread fences itself, or the record is not a thread's first.
pub(super) const ABSENT_SLOW: u64 = 1;

/// Added to a record's count of guards when the first was taken inside a scope: the scope ends the section then, or hands it over.
const IN_SCOPE: usize = 1 << (usize::BITS - 1);

/// Whose a record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Owner {
    /// A thread's first.
    Thread,
    /// A further one of a thread that is in several domains at once.
    More,
    /// One guard's: it is given back when that leaves. Guards that cross threads, and threads that have lost their first one while they end.
    Guard,
}

/// A place to enter at. Records are reused and never freed but with their list.
#[repr(align(128))]
pub(crate) struct Record {
    /// The clock that its domain showed on entering, or `idle`.
    pub(super) epoch: AtomicU64,
    /// The domain entered last.
    pub(super) domain: AtomicU64,
    pub(super) taken: AtomicBool,
    pub(super) next: *mut Record,
    pub(super) symmetric: bool,
    /// Which stripe of a domain its thread uses.
    pub(super) index: usize,
    pub(super) owner: Cell<Owner>,
    /// `ABSENT` or `ABSENT_SLOW`.
    pub(super) idle: Cell<u64>,
    /// Guards alive; `IN_SCOPE` on top if a scope has entered below them.
    pub(super) depth: Cell<usize>,
    /// The next record of the same thread.
    pub(super) more: Cell<Option<&'static Record>>,
}

// SAFETY: other threads touch `epoch`, `domain` and `taken` (atomics), and what is never written after the record is linked: `next`,
// `symmetric`, `index`. The cells belong to who took the record; taking is an Acquire exchange that pairs with the Release store in
// `Records::release`, so successive owners are ordered.
unsafe impl Sync for Record {}
// SAFETY: as above; nothing in a record depends on the thread it was made on.
unsafe impl Send for Record {}

impl Record {
    /// What stands for the record of a thread that has none. Nobody enters it.
    #[cfg(not(any(auditor_loom, shuttle)))]
    pub(super) const fn none() -> Self {
        Self {
            epoch: AtomicU64::new(ABSENT_SLOW),
            domain: AtomicU64::new(0),
            taken: AtomicBool::new(true),
            next: core::ptr::null_mut(),
            symmetric: true,
            index: 0,
            owner: Cell::new(Owner::Thread),
            idle: Cell::new(ABSENT_SLOW),
            depth: Cell::new(0),
            more: Cell::new(None),
        }
    }

    /// Whether this record serves a domain: it is free, or in that domain already. Its owner asks.
    pub(super) fn serves(&self, domain: &Domain) -> bool {
        // Relaxed, both: only the owner writes them.
        self.epoch.load(Ordering::Relaxed) <= ABSENT_SLOW || self.domain.load(Ordering::Relaxed) == domain.id()
    }

    /// Whether its owner is in a domain through this record.
    pub(super) fn is_in(&self, domain: &Domain) -> bool {
        // Relaxed, both: as above.
        self.epoch.load(Ordering::Relaxed) > ABSENT_SLOW && self.domain.load(Ordering::Relaxed) == domain.id()
    }

    /// Enters: objects reachable in the domain from now on stay until the matching `leave`.
    #[inline]
    pub(crate) fn enter(&self, domain: &Domain) {
        let depth = self.depth.get();
        if depth != 0 {
            self.depth.set(depth + 1); // auditor: allow(integer-overflow) one per live guard: memory ends first
        } else if self.begin(domain) {
            self.depth.set(1);
        } else {
            // A scope on this thread's stack has entered; what it or the guards need lasts until the last of them leaves.
            self.depth.set(IN_SCOPE + 1);
        }
    }

    /// One guard more beside those that are there.
    #[inline]
    pub(super) fn enter_again(&self) {
        self.depth.set(self.depth.get() + 1); // auditor: allow(integer-overflow) as above
    }

    /// Undoes one `enter`. Returns whether nothing is left.
    #[inline]
    pub(crate) fn leave(&self) -> bool {
        let depth = self.depth.get() - 1; // auditor: allow(integer-overflow) each leave follows its enter
        if depth == IN_SCOPE {
            self.depth.set(0);
            return false;
        }
        self.depth.set(depth);
        if depth == 0 {
            self.end();
        }
        depth == 0
    }

    /// Enters for the time of a call, without counting: no store but those of domain and clock. Returns what `leave_scope` wants back.
    #[inline]
    pub(super) fn enter_scope(&self, domain: &Domain) -> bool {
        self.begin(domain)
    }

    /// Undoes the `enter_scope` that returned true. Scopes end in the reverse order of their beginnings. Returns whether nothing is left.
    #[inline]
    pub(super) fn leave_scope(&self) -> bool {
        let depth = self.depth.get();
        if depth == 0 {
            self.end();
        } else {
            // Guards taken in the scope outlive it: the last of them ends the section.
            self.depth.set(depth & !IN_SCOPE);
        }
        depth == 0
    }

    /// As `enter_scope` in the usual case: no scope or guard is there, and the kernel fences for readers. `leave_scope` undoes it.
    #[inline]
    pub(super) fn enter_quick(&self, domain: &Domain) -> bool {
        // Relaxed: only this thread writes it.
        if self.epoch.load(Ordering::Relaxed) != ABSENT {
            return false;
        }
        self.write(domain);
        barrier::light(barrier::ALWAYS_SYMMETRIC);
        true
    }

    /// Enters, unless this record has already.
    #[inline]
    fn begin(&self, domain: &Domain) -> bool {
        // Relaxed: only the owner writes it.
        if self.epoch.load(Ordering::Relaxed) > ABSENT_SLOW {
            return false;
        }
        self.write(domain);
        barrier::light(self.symmetric);
        true
    }

    #[inline]
    fn write(&self, domain: &Domain) {
        // Acquire: pairs with the AcqRel addition in `Domain::collect`; whoever sees a clock sees all that was unlinked before it.
        let now = domain.clock().load(Ordering::Acquire);
        // Release, both: pair with the Acquire loads in `Records::scan`, so that an earlier section is over when this one is seen. The domain
        // first: a collector that sees this epoch sees this domain, or a later one.
        self.domain.store(domain.id(), Ordering::Release);
        self.epoch.store(now, Ordering::Release);
    }

    #[inline]
    fn end(&self) {
        // Release: pairs with the Acquire in `Records::scan`; all reads of this section happen before any freeing.
        self.epoch.store(self.idle.get(), Ordering::Release);
    }

    /// Whether nothing is entered here.
    pub(crate) fn is_absent(&self) -> bool {
        // Relaxed: only the owner writes it.
        self.depth.get() == 0 && self.epoch.load(Ordering::Relaxed) <= ABSENT_SLOW
    }
}

#[cfg(all(test, not(any(auditor_loom, shuttle))))]
mod tests {
    use super::*;

    fn clock_of(record: &Record) -> u64 {
        record.epoch.load(Ordering::Relaxed)
    }

    /// A record as the kernel's refusal of membarrier makes it, and one as it usually is.
    fn both(test: impl Fn(&Domain, &Record)) {
        let domain = Domain::try_new().expect("memory");
        test(&domain, &Record::none());
        let usual = Record { symmetric: false, epoch: AtomicU64::new(ABSENT), ..Record::none() };
        usual.idle.set(ABSENT);
        test(&domain, &usual);
    }

    #[test]
    fn guards_taken_in_a_scope_end_the_section_if_they_outlive_it() {
        both(|domain, record| {
            assert!(record.enter_scope(domain));
            assert!(clock_of(record) > ABSENT_SLOW && record.is_in(domain));
            assert!(!record.enter_scope(domain), "the outer scope leaves for both");
            record.enter(domain);
            record.enter(domain);
            assert!(!record.leave());
            assert!(!record.leave_scope());
            assert!(clock_of(record) > ABSENT_SLOW && !record.is_absent(), "a guard is left");
            record.enter(domain);
            assert!(!record.leave());
            assert!(record.leave());
            assert!(clock_of(record) == record.idle.get() && record.is_absent());
        });
    }

    #[test]
    fn a_scope_outlives_the_guards_taken_in_it() {
        both(|domain, record| {
            assert!(record.enter_scope(domain));
            for _ in 0..2 {
                record.enter(domain);
                assert!(!record.leave());
                assert!(clock_of(record) > ABSENT_SLOW && !record.is_absent(), "the scope is left");
            }
            assert!(record.leave_scope());
            assert!(clock_of(record) == record.idle.get() && record.is_absent());
        });
    }

    #[test]
    fn scopes_inside_a_guard_change_nothing_and_quick_ones_are_refused_where_they_must_be() {
        both(|domain, record| {
            assert_eq!(record.enter_quick(domain), record.idle.get() == ABSENT);
            if record.idle.get() == ABSENT {
                record.leave_scope();
            }
            record.enter(domain);
            assert!(!record.enter_scope(domain) && !record.enter_quick(domain));
            record.leave();
            assert!(clock_of(record) == record.idle.get() && record.is_absent());
        });
    }

    #[test]
    fn a_record_serves_one_domain_at_a_time() {
        both(|domain, record| {
            let other = Domain::try_new().expect("memory");
            assert!(record.serves(domain) && record.serves(&other));
            record.enter(domain);
            assert!(record.serves(domain) && !record.serves(&other) && !record.is_in(&other));
            record.leave();
            assert!(record.serves(&other) && !record.is_in(domain));
        });
    }
}
