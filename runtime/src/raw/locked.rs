//! A table under its lock: the only place that writes slots. Dropping it unlocks, also while a panic unwinds.

use core::ptr::NonNull;

use super::bucket::Slot;
use super::ctrl::{self, Ctrl, DEAD, EMPTY};
use super::layout::{Header, Place};
use super::lock::{Entered, LockVersion};
use super::table::{At, Found, Table, Vacancy};
use crate::epoch::{Domain, Guard, Quick};
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How a table's lock is to be given back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LockMode {
    /// By `unlock`: the lock knows its owner, so user code may run under it.
    Owned,
    /// By `unlock_anonymous`: no user code runs under it.
    Anonymous(LockVersion),
    /// Not at all: a caller further up the stack does it.
    Nested,
    /// Not at all: nobody else knows the table yet.
    Unshared,
}

/// The lock on a table, and the right to write it.
pub(crate) struct LockedTable<'g> {
    pub(super) table: Table<'g>,
    pub(super) mode: LockMode,
}

impl Drop for LockedTable<'_> {
    #[inline]
    fn drop(&mut self) {
        let lock = &self.table.header().lock;
        match self.mode {
            LockMode::Owned => lock.unlock(),
            LockMode::Anonymous(look) => lock.unlock_anonymous(look).wake(),
            LockMode::Nested | LockMode::Unshared => (),
        }
    }
}

/// Adds to a counter that only lock holders write. Not a read-modify-write: the lock orders them, readers want any recent value.
#[inline]
fn bump(counter: &AtomicUsize, by: isize) {
    // Relaxed, both: see above.
    counter.store(counter.load(Ordering::Relaxed).wrapping_add_signed(by), Ordering::Relaxed);
}

impl<'g> LockedTable<'g> {
    /// Locks a table, which another may have replaced: see [`LockedTable::is_frozen`].
    #[inline]
    pub(crate) fn enter(table: Table<'g>, guard: &Guard) -> Self {
        match table.header().lock.lock(me(guard)) {
            Entered::Fresh { waited: false } => Self { table, mode: LockMode::Owned },
            Entered::Fresh { waited: true } => Self::after_waiting(table),
            Entered::Nested => Self { table, mode: LockMode::Nested },
        }
    }

    /// Locks a table in which nothing was written since a look at it, and which nobody replaced: what was looked up in between still
    /// holds. No user code may run before this is dropped.
    #[inline]
    pub(crate) fn enter_if(table: Table<'g>, look: LockVersion) -> Option<Self> {
        if table.header().lock.lock_if(look) { Some(Self { table, mode: LockMode::Anonymous(look) }) } else { None }
    }

    /// As [`enter_if`](Self::enter_if), and user code may run under it.
    #[inline]
    pub(crate) fn enter_owned_if(table: Table<'g>, look: LockVersion, guard: &Guard) -> Option<Self> {
        let lock = &table.header().lock;
        if lock.lock_if(look) {
            lock.note_owner(me(guard));
            Some(Self { table, mode: LockMode::Owned })
        } else {
            None
        }
    }

    /// Unlocks; those who wait are the caller's to wake, when it has nothing left to do. Only after [`enter_if`](Self::enter_if).
    #[inline]
    pub(crate) fn release(self) -> Option<NonNull<AtomicU64>> {
        match self.mode {
            LockMode::Anonymous(look) => {
                let table = self.table;
                core::mem::forget(self); // Unlocked here.
                table.header().lock.unlock_anonymous(look).address()
            }
            LockMode::Owned | LockMode::Nested | LockMode::Unshared => None, // Dropped here.
        }
    }

    #[cold]
    fn after_waiting(table: Table<'g>) -> Self {
        let waits = &table.header().waits;
        // Relaxed, both: a counter that only lock holders write.
        waits.store(waits.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        Self { table, mode: LockMode::Owned }
    }

    pub(crate) fn table(&self) -> Table<'g> {
        self.table
    }

    fn header(&self) -> &'g Header {
        self.table.header()
    }

    /// Whether another table has taken this one's place: through a nested call of this thread only, since the lock is held.
    #[inline]
    pub(crate) fn is_frozen(&self) -> bool {
        self.header().lock.is_frozen()
    }

    /// Changes with every write by a nested call: tells whether user code run under the lock wrote to the same shard.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        self.header().lock.version()
    }

    /// Counts a write for the callers further up the stack. For others the unlocking counts.
    #[inline]
    pub(crate) fn note_write(&self) {
        if self.mode == LockMode::Nested {
            self.header().lock.count_nested();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// See [`Table::is_crowded`]; exact, since this thread holds the lock.
    #[inline]
    pub(crate) fn is_crowded(&self) -> bool {
        self.table.is_crowded()
    }

    /// A slot that an entry with this hash may go to. None if every slot is taken.
    #[inline]
    pub(crate) fn vacancy(&self, hash: u64, domain: &Domain) -> Option<Place> {
        for distance in 0..self.table.buckets() {
            let (bucket, at) = self.table.after(hash, distance);
            if let Some(lane) = self.vacant_lane(at, domain) {
                for passed in 0..distance {
                    self.mark_overflow(self.table.after(hash, passed).1, hash);
                }
                return Some(Place { bucket, lane });
            }
        }
        None
    }

    #[inline]
    fn vacant_lane(&self, at: At<'_>, domain: &Domain) -> Option<usize> {
        // Relaxed, here and below in writers: only lock holders write control words and stamps.
        let word = Ctrl(at.ctrl.load(Ordering::Relaxed));
        if let Some(lane) = word.first_empty() {
            return Some(lane);
        }
        let lane = word.first_dead()?;
        domain.has_passed(at.bucket.stamp.load(Ordering::Relaxed)).then_some(lane)
    }

    fn mark_overflow(&self, at: At<'_>, hash: u64) {
        let word = Ctrl(at.ctrl.load(Ordering::Relaxed)); // Relaxed: only lock holders write it.
        let marked = word.overflow() | ctrl::overflow_bit(hash);
        if marked != word.overflow() {
            // Release: keeps what earlier stores of this word published (a plain store heads no release sequence).
            at.ctrl.store(word.with_overflow(marked).0, Ordering::Release);
            let spills = &self.header().spills;
            bump(spills, 1);
            // Relaxed, both: written under the lock. Worn out: as if it were full.
            if spills.load(Ordering::Relaxed) > 2 * self.table.buckets() {
                self.header().limit.store(0, Ordering::Relaxed);
            }
        }
    }

    /// Makes an entry visible in a vacant slot.
    #[inline]
    pub(crate) fn publish(&self, place: Place, hash: u64, word: u64, payload: *mut ()) {
        let at = self.table.at(place.bucket);
        let ctrl = Ctrl(at.ctrl.load(Ordering::Relaxed)); // Relaxed: only lock holders write it.
        if ctrl.with_tag(place.lane, DEAD) == ctrl {
            bump(&self.header().dead, -1);
        } else {
            bump(&self.header().used, 1);
        }
        self.fill(at, place.lane, ctrl.with_tag(place.lane, ctrl::tag(hash)), word, payload);
    }

    /// Makes an entry visible in an empty slot that [`Table::probe`] named, with the control word that it read. The lock proves that it
    /// is still so.
    #[inline]
    pub(crate) fn publish_at(&self, vacancy: &Vacancy<'g>, hash: u64, word: u64, payload: *mut ()) {
        bump(&self.header().used, 1);
        self.fill(
            vacancy.at,
            vacancy.lane,
            vacancy.ctrl.with_empty_tagged(vacancy.lane, ctrl::tag(hash)),
            word,
            payload,
        );
    }

    /// Puts an entry, which is not there yet, into a table without dead slots. False if every slot is taken.
    #[inline]
    pub(super) fn append(&self, hash: u64, word: u64, payload: *mut (), domain: &Domain) -> bool {
        let at = self.table.first(hash);
        let ctrl = Ctrl(at.ctrl.load(Ordering::Relaxed)); // Relaxed: only lock holders write it.
        if let Some(lane) = ctrl.first_empty() {
            bump(&self.header().used, 1);
            self.fill(at, lane, ctrl.with_empty_tagged(lane, ctrl::tag(hash)), word, payload);
            return true;
        }
        let place = self.vacancy(hash, domain);
        if let Some(place) = place {
            self.publish(place, hash, word, payload);
        }
        place.is_some()
    }

    #[inline]
    fn fill(&self, at: At<'_>, lane: usize, ctrl: Ctrl, word: u64, payload: *mut ()) {
        let slot = at.bucket.slot(lane);
        // Relaxed: the store of the control word below publishes it. In a node slot that is reused at once a reader may see the
        // new hash with the old pointer or the reverse: it compares keys through the pointer alone.
        slot.word.store(word, Ordering::Relaxed);
        // Release: pairs with the readers' Acquire load of the payload, for readers that hold an older control word.
        slot.payload.store(payload, Ordering::Release);
        // Release: pairs with the Acquire in `Table::find` and `Table::full`.
        at.ctrl.store(ctrl.0, Ordering::Release);
        self.note_write();
    }

    /// Exchanges the payload of a full slot. Readers see the old or the new.
    #[inline]
    pub(crate) fn replace(&self, place: Place, payload: *mut ()) -> *mut () {
        self.replace_in(self.table.slot(place), payload)
    }

    /// As [`replace`](Self::replace), in a slot of this table.
    #[inline]
    pub(crate) fn replace_in(&self, slot: &Slot, payload: *mut ()) -> *mut () {
        let old = slot.payload.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        // Release: pairs with the readers' Acquire load of the payload.
        slot.payload.store(payload, Ordering::Release);
        self.note_write();
        old
    }

    /// Removes an entry whose slot may be reused at once, because readers compare keys through the payload. Returns it.
    #[inline]
    pub(crate) fn vacate_now(&self, place: Place) -> *mut () {
        let old = self.table.slot(place).payload.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        // Release: pairs with the readers' Acquire; null means "removed" to a reader with an older control word.
        self.table.slot(place).payload.store(core::ptr::null_mut(), Ordering::Release);
        self.retag(place, EMPTY);
        bump(&self.header().used, -1);
        old
    }

    /// Removes an entry whose slot must rest until no reader can be between its key and its value.
    #[inline]
    pub(crate) fn vacate_later(&self, place: Place, guard: &Guard) -> *mut () {
        let at = self.table.at(place.bucket);
        let ctrl = Ctrl(at.ctrl.load(Ordering::Relaxed)); // Relaxed: only lock holders write it.
        self.rest(at, ctrl, place.lane, || guard.domain().stamp_slot(guard.record()))
    }

    /// As [`vacate_later`](Self::vacate_later), for what [`Table::probe`] found. The lock proves that it is still so.
    #[inline]
    pub(crate) fn vacate_found(&self, found: &Found<'g>, scope: &Quick) -> *mut () {
        self.rest(found.at, found.ctrl, found.lane, || scope.domain().stamp_slot_quick(scope.record()))
    }

    #[inline]
    fn rest(&self, at: At<'_>, ctrl: Ctrl, lane: usize, stamp: impl FnOnce() -> u64) -> *mut () {
        let old = at.bucket.slot(lane).payload.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        // Release: as in `retag`.
        at.ctrl.store(ctrl.with_tag(lane, DEAD).0, Ordering::Release);
        bump(&self.header().dead, 1);
        // After the tag's store, which it dates. Relaxed: only lock holders use stamps. The newest stands for all dead slots of the bucket.
        at.bucket.stamp.store(stamp(), Ordering::Relaxed);
        self.note_write();
        old
    }

    #[inline]
    fn retag(&self, place: Place, tag: u8) {
        let at = self.table.at(place.bucket);
        let word = Ctrl(at.ctrl.load(Ordering::Relaxed)); // Relaxed: only lock holders write it.
        // Release: pairs with the Acquire in `Table::find`; keeps what earlier stores of this word published.
        at.ctrl.store(word.with_tag(place.lane, tag).0, Ordering::Release);
        self.note_write();
    }
}

/// Names the calling thread to locks.
pub(super) fn me(guard: &Guard) -> usize {
    core::ptr::from_ref(guard.record()).addr()
}
