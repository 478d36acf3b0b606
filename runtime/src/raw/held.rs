//! A table under its lock: the only place that writes slots. Dropping it unlocks, also while a panic unwinds.

use super::bucket::Bucket;
use super::ctrl::{self, Ctrl, DEAD, EMPTY, LANES};
use super::lock::Entered;
use super::table::{Header, Table};
use crate::epoch::{Domain, Guard};
use crate::sync::atomic::{AtomicUsize, Ordering};

/// Where a slot is in its table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) bucket: usize,
    pub(crate) lane: usize,
}

/// The lock on a table, and the right to write it.
pub(crate) struct Held<'g> {
    pub(super) table: Table<'g>,
    pub(super) nested: bool,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if !self.nested {
            self.table.header().lock.unlock();
        }
    }
}

/// Adds to a counter that only lock holders write. Not a read-modify-write: the lock orders them, readers want any recent value.
fn bump(counter: &AtomicUsize, by: isize) {
    // Relaxed, both: see above.
    counter.store(counter.load(Ordering::Relaxed).wrapping_add_signed(by), Ordering::Relaxed);
}

impl<'g> Held<'g> {
    /// Locks a table, which another may have replaced: see [`Held::is_frozen`].
    #[inline]
    pub(crate) fn enter(table: Table<'g>, guard: &Guard) -> Self {
        match table.header().lock.lock(me(guard)) {
            Entered::Fresh { waited: false } => Self { table, nested: false },
            Entered::Fresh { waited: true } => Self::after_waiting(table),
            Entered::Nested => Self { table, nested: true },
        }
    }

    #[cold]
    fn after_waiting(table: Table<'g>) -> Self {
        let waits = &table.header().waits;
        // Relaxed, both: a counter that only lock holders write.
        waits.store(waits.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        Self { table, nested: false }
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
        // Relaxed: written under the lock that this thread holds.
        self.header().frozen.load(Ordering::Relaxed)
    }

    /// Changes with every write to the table: tells whether user code run under the lock wrote to the same shard.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        // Relaxed: written under the lock that this thread holds.
        self.header().writes.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn note_write(&self) {
        // Release: pairs with the Acquire in `Table::version`: whoever reads this version sees the write that it counts.
        self.header().writes.store(self.version().wrapping_add(1), Ordering::Release);
    }

    /// Whether nothing was written since a version was read without the lock. Then what was looked up after reading it still holds.
    #[inline]
    pub(crate) fn is_still(&self, version: u64) -> bool {
        self.version() == version
    }

    pub(crate) fn len(&self) -> usize {
        self.header().len.load(Ordering::Relaxed) // Relaxed: written under the lock that this thread holds.
    }

    /// See [`Table::is_crowded`]; exact, since this thread holds the lock.
    #[inline]
    pub(crate) fn is_crowded(&self) -> bool {
        self.table.is_crowded()
    }

    /// A slot that an entry with this hash may go to. None if every slot is taken.
    #[inline]
    pub(crate) fn vacancy(&self, hash: u64, domain: &Domain) -> Option<Place> {
        let mask = self.table.mask();
        let home = hash as usize & mask;
        for distance in 0..=mask {
            let index = home.wrapping_add(distance) & mask;
            if let Some(lane) = self.vacant_lane(self.table.bucket(index), domain) {
                for passed in 0..distance {
                    self.mark_overflow(self.table.bucket(home.wrapping_add(passed)), hash);
                }
                return Some(Place { bucket: index, lane });
            }
        }
        None
    }

    #[inline]
    fn vacant_lane(&self, bucket: &Bucket, domain: &Domain) -> Option<usize> {
        // Relaxed, here and below in writers: only lock holders write control words and stamps.
        let word = Ctrl(bucket.ctrl.load(Ordering::Relaxed));
        if let Some(lane) = word.first_empty() {
            return Some(lane);
        }
        let lane = word.first_dead()?;
        domain.has_passed(bucket.stamp.load(Ordering::Relaxed)).then_some(lane)
    }

    fn mark_overflow(&self, bucket: &Bucket, hash: u64) {
        let word = Ctrl(bucket.ctrl.load(Ordering::Relaxed)); // Relaxed: only lock holders write it.
        let marked = word.overflow() | ctrl::overflow_bit(hash);
        if marked != word.overflow() {
            // Release: keeps what earlier stores of this word published (a plain store heads no release sequence).
            bucket.ctrl.store(word.with_overflow(marked).0, Ordering::Release);
            bump(&self.header().spills, 1);
        }
    }

    /// Makes an entry visible in a vacant slot.
    #[inline]
    pub(crate) fn publish(&self, place: Place, hash: u64, word: u64, payload: *mut ()) {
        let bucket = self.table.bucket(place.bucket);
        let slot = bucket.slot(place.lane);
        let ctrl = Ctrl(bucket.ctrl.load(Ordering::Relaxed)); // Relaxed: only lock holders write it.
        if ctrl.with_tag(place.lane, DEAD) == ctrl {
            bump(&self.header().dead, -1);
        }
        // Relaxed: the store of the control word below publishes it. In a node slot that is reused at once a reader may see the
        // new hash with the old pointer or the reverse: it compares keys through the pointer alone.
        slot.word.store(word, Ordering::Relaxed);
        // Release: pairs with the readers' Acquire load of the payload, for readers that hold an older control word.
        slot.payload.store(payload, Ordering::Release);
        // Release: pairs with the Acquire in `Table::find` and `Table::full`.
        bucket.ctrl.store(ctrl.with_tag(place.lane, ctrl::tag(hash)).0, Ordering::Release);
        bump(&self.header().len, 1);
        self.note_write();
    }

    /// Exchanges the payload of a full slot. Readers see the old or the new.
    #[inline]
    pub(crate) fn replace(&self, place: Place, payload: *mut ()) -> *mut () {
        let slot = self.table.slot(place);
        let old = slot.payload.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        // Release: pairs with the readers' Acquire load of the payload.
        slot.payload.store(payload, Ordering::Release);
        self.note_write();
        old
    }

    /// Removes an entry whose slot may be reused at once, because readers compare keys through the payload. Returns it.
    pub(crate) fn vacate_now(&self, place: Place) -> *mut () {
        let old = self.table.slot(place).payload.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        // Release: pairs with the readers' Acquire; null means "removed" to a reader with an older control word.
        self.table.slot(place).payload.store(core::ptr::null_mut(), Ordering::Release);
        self.retag(place, EMPTY);
        old
    }

    /// Removes an entry whose slot must rest until no reader can be between its key and its value.
    pub(crate) fn vacate_later(&self, place: Place, guard: &Guard) -> *mut () {
        let old = self.table.slot(place).payload.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        self.retag(place, DEAD);
        bump(&self.header().dead, 1);
        let stamp = guard.domain().stamp_slot(guard.record());
        // Relaxed: only lock holders use stamps. The newest stands for all dead slots of the bucket.
        self.table.bucket(place.bucket).stamp.store(stamp, Ordering::Relaxed);
        old
    }

    fn retag(&self, place: Place, tag: u8) {
        let bucket = self.table.bucket(place.bucket);
        let word = Ctrl(bucket.ctrl.load(Ordering::Relaxed)); // Relaxed: only lock holders write it.
        // Release: pairs with the Acquire in `Table::find`; keeps what earlier stores of this word published.
        bucket.ctrl.store(word.with_tag(place.lane, tag).0, Ordering::Release);
        bump(&self.header().len, -1);
        self.note_write();
    }
}

/// Names the calling thread to locks.
pub(super) fn me(guard: &Guard) -> usize {
    core::ptr::from_ref(guard.record()).addr()
}

/// Entries, dead slots included, at which a table of this size is rebuilt.
pub(super) fn limit(log2: u32) -> usize {
    if log2 == 0 { LANES } else { ((LANES << log2) * 13) >> 4 }
}
