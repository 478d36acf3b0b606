//! One thread's record: entering and leaving, by guards and by scopes. Who reads the records, and when, is the domain's matter.

use core::cell::{Cell, UnsafeCell};

use super::barrier;
use super::domain::Domain;
use super::limbo::{BATCH_OBJECTS, Limbo};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A record's epoch while its thread holds no guard. The clock starts above both of these.
pub(super) const ABSENT: u64 = 0;
/// The same where `enter_quick` must not serve: its thread fences itself, or has no record of its own.
pub(super) const ABSENT_SLOW: u64 = 1;

/// Added to a record's count of guards when the first was taken inside a scope: the scope ends the section then, or hands it over.
const IN_SCOPE: usize = 1 << (usize::BITS - 1);

/// One thread's place in the domain. Records are reused by later threads and freed with the domain only.
#[repr(align(128))]
pub(crate) struct Record {
    /// The clock its thread saw on entering, or `idle`.
    pub(super) epoch: AtomicU64,
    pub(super) taken: AtomicBool,
    pub(super) next: *mut Record,
    pub(super) symmetric: bool,
    /// `ABSENT` or `ABSENT_SLOW`.
    pub(super) idle: u64,
    /// Guards alive on the owning thread; `IN_SCOPE` on top if a scope has entered below them.
    pub(super) depth: Cell<usize>,
    /// Removals whose slots wait for the clock, plus full batches: above zero, `maintain` has work.
    pub(super) debt: Cell<usize>,
    pub(super) limbo: UnsafeCell<Limbo>,
}

// SAFETY: other threads touch `epoch` and `taken` (atomics), `next` and `symmetric` (never written after the record is
// linked). `depth`, `debt` and `limbo` belong to the thread that took the record; taking is an Acquire exchange that pairs with
// the Release store in `Domain::release`, so successive owners are ordered.
unsafe impl Sync for Record {}
// SAFETY: as above; nothing in a record depends on the thread it was made on.
unsafe impl Send for Record {}

impl Record {
    /// What stands for the record of a thread that has none yet. Nobody enters it.
    #[cfg(not(any(auditor_loom, shuttle)))]
    pub(super) const fn none() -> Self {
        Self {
            epoch: AtomicU64::new(ABSENT_SLOW),
            taken: AtomicBool::new(true),
            next: core::ptr::null_mut(),
            symmetric: true,
            idle: ABSENT_SLOW,
            depth: Cell::new(0),
            debt: Cell::new(0),
            limbo: UnsafeCell::new(Limbo::new()),
        }
    }

    /// Enters: objects reachable from now on stay until the matching `leave`.
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

    /// Undoes one `enter`.
    #[inline]
    pub(crate) fn leave(&self) {
        let depth = self.depth.get() - 1; // auditor: allow(integer-overflow) each leave follows its enter
        if depth == IN_SCOPE {
            self.depth.set(0);
            return;
        }
        self.depth.set(depth);
        if depth == 0 {
            self.end();
        }
    }

    /// Enters for the time of a call, without counting: no store but that of the clock. Returns what `leave_scope` wants back.
    #[inline]
    pub(super) fn enter_scope(&self, domain: &Domain) -> bool {
        self.begin(domain)
    }

    /// Undoes the `enter_scope` that returned true. Scopes end in the reverse order of their beginnings.
    #[inline]
    pub(super) fn leave_scope(&self) {
        let depth = self.depth.get();
        if depth == 0 {
            self.end();
        } else {
            // Guards taken in the scope outlive it: the last of them ends the section.
            self.depth.set(depth & !IN_SCOPE);
        }
    }

    /// As `enter_scope` in the usual case: no scope or guard is there, and the kernel fences for readers. `leave_scope` undoes it.
    #[inline]
    pub(super) fn enter_quick(&self, domain: &Domain) -> bool {
        // Relaxed: only this thread writes it.
        if self.epoch.load(Ordering::Relaxed) != ABSENT {
            return false;
        }
        self.write_clock(domain);
        barrier::light(barrier::ALWAYS_SYMMETRIC);
        true
    }

    /// Enters, unless this thread has already.
    #[inline]
    fn begin(&self, domain: &Domain) -> bool {
        // Relaxed: only this thread writes it.
        if self.epoch.load(Ordering::Relaxed) > ABSENT_SLOW {
            return false;
        }
        self.write_clock(domain);
        barrier::light(self.symmetric);
        true
    }

    #[inline]
    fn write_clock(&self, domain: &Domain) {
        // Acquire: pairs with the AcqRel addition in `Domain::advance`; a clock of s + 2 brings every unlinking stamped s.
        let now = domain.clock.0.load(Ordering::Acquire);
        // Release: pairs with the Acquire in `Domain::scan`, so that an earlier section is over when this one is seen.
        self.epoch.store(now, Ordering::Release);
    }

    #[inline]
    fn end(&self) {
        // Release: pairs with the Acquire in `Domain::scan`; all reads of this section happen before any freeing.
        self.epoch.store(self.idle, Ordering::Release);
    }

    /// Whether this thread holds no guard and is in no scope.
    #[cfg(not(any(auditor_loom, shuttle)))]
    pub(crate) fn is_absent(&self) -> bool {
        // Relaxed: only this thread writes it.
        self.depth.get() == 0 && self.epoch.load(Ordering::Relaxed) <= ABSENT_SLOW
    }

    /// Whether enough was retired here for a collection.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        self.debt.get() >= BATCH_OBJECTS
    }

    /// Runs `f` on the owner's limbo. `f` must not run user code.
    pub(super) fn with_limbo<R>(&self, f: impl FnOnce(&mut Limbo) -> R) -> R {
        // SAFETY: only the owning thread comes here, and the closures given (all in `domain`) neither call back into the
        // epoch nor run user code, so this is the only reference.
        f(unsafe { &mut *self.limbo.get() })
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
        let domain = Domain::new();
        test(&domain, &Record::none());
        test(&domain, &Record { symmetric: false, idle: ABSENT, epoch: AtomicU64::new(ABSENT), ..Record::none() });
    }

    #[test]
    fn guards_taken_in_a_scope_end_the_section_if_they_outlive_it() {
        both(|domain, record| {
            assert!(record.enter_scope(domain));
            assert!(clock_of(record) > ABSENT_SLOW);
            assert!(!record.enter_scope(domain), "the outer scope leaves for both");
            record.enter(domain);
            record.enter(domain);
            record.leave();
            record.leave_scope();
            assert!(clock_of(record) > ABSENT_SLOW && !record.is_absent(), "a guard is left");
            record.enter(domain);
            record.leave();
            record.leave();
            assert!(clock_of(record) == record.idle && record.is_absent());
        });
    }

    #[test]
    fn a_scope_outlives_the_guards_taken_in_it() {
        both(|domain, record| {
            assert!(record.enter_scope(domain));
            for _ in 0..2 {
                record.enter(domain);
                record.leave();
                assert!(clock_of(record) > ABSENT_SLOW && !record.is_absent(), "the scope is left");
            }
            record.leave_scope();
            assert!(clock_of(record) == record.idle && record.is_absent());
        });
    }

    #[test]
    fn scopes_inside_a_guard_change_nothing_and_quick_ones_are_refused_where_they_must_be() {
        both(|domain, record| {
            assert_eq!(record.enter_quick(domain), record.idle == ABSENT);
            if record.idle == ABSENT {
                record.leave_scope();
            }
            record.enter(domain);
            assert!(!record.enter_scope(domain) && !record.enter_quick(domain));
            record.leave();
            assert!(clock_of(record) == record.idle && record.is_absent());
        });
    }
}
