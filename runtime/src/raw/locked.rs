//! A table under its lock: the only place that writes slots. Dropping it unlocks, also while a panic unwinds.

use core::ptr::NonNull;

use super::bucket::{At, VERSION_STEP, count_down, count_up};
use super::claims::Claims;
use super::ctrl::{self, Ctrl, EMPTY};
use super::layout::Place;
use super::lock::{Entered, LockVersion};
use super::table::{Found, Table, Vacancy};
use crate::epoch::thread_name;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How a table's lock is to be given back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LockMode {
    /// By `unlock`: the lock knows its owner, so a key's `Eq` may run under it.
    Owned,
    /// By `unlock_anonymous`: no user code runs under it.
    Anonymous(LockVersion),
    /// Not at all: a caller further up the stack does it.
    Nested,
    /// Not at all: nobody else knows the table yet.
    Unshared,
}

/// What a slot is filled with.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    pub(crate) word: u64,
    pub(crate) payload: *mut (),
    /// As many as the map's stride says.
    pub(crate) extra: &'a [u64],
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
    pub(crate) fn enter(table: Table<'g>, claims: &Claims) -> Self {
        match table.header().lock.lock(thread_name(), claims) {
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

    fn header(&self) -> &'g super::layout::Header {
        self.table.header()
    }

    /// Whether another table has taken this one's place: through a nested call of this thread only, since the lock is held.
    #[inline]
    pub(crate) fn is_frozen(&self) -> bool {
        self.header().lock.is_frozen()
    }

    /// Whether keys of this shard may be claimed.
    #[inline]
    pub(crate) fn has_claims(&self) -> bool {
        self.header().lock.has_claims()
    }

    /// Notes that none is.
    pub(crate) fn forget_claims(&self) {
        self.header().lock.forget_claims();
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

    /// A bucket's control word. Relaxed: only lock holders write it.
    #[inline]
    fn ctrl(at: At<'_>) -> Ctrl {
        Ctrl(at.bucket().ctrl.load(Ordering::Relaxed)) // Relaxed: as said.
    }

    /// A slot that an entry with this hash may go to. None if every slot is taken.
    #[inline]
    pub(crate) fn vacancy(&self, hash: u64) -> Option<Place> {
        for distance in 0..self.table.buckets() {
            let (bucket, at) = self.table.after(hash, distance);
            if let Some(lane) = self.table.free_lane(Self::ctrl(at)) {
                for passed in 0..distance {
                    Self::mark_overflow(self.table.after(hash, passed).1, hash);
                }
                return Some(Place { bucket, lane });
            }
        }
        None
    }

    /// Notes that an entry of this hash's class went on from here.
    fn mark_overflow(at: At<'_>, hash: u64) {
        let version = at.bucket().version.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        if let Some(counted) = count_up(version, ctrl::class(hash)) {
            at.bucket().version.store(counted, Ordering::Release); // Release: keeps what `count_emptied` published.
        }
        let word = Self::ctrl(at);
        let marked = word.overflow() | ctrl::overflow_bit(hash);
        if marked != word.overflow() {
            // Release: keeps what earlier stores of this word published (a plain store heads no release sequence).
            at.bucket().ctrl.store(word.with_overflow(marked).0, Ordering::Release);
        }
    }

    /// Notes that an entry that went on from here is gone. Lookups go on while another of its class may be there.
    fn unmark_overflow(at: At<'_>, hash: u64) {
        let version = at.bucket().version.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        let Some((counted, none_left)) = count_down(version, ctrl::class(hash)) else { return };
        at.bucket().version.store(counted, Ordering::Release); // Release: as in `mark_overflow`.
        if none_left {
            let word = Self::ctrl(at);
            let cleared = word.overflow() & !ctrl::overflow_bit(hash);
            at.bucket().ctrl.store(word.with_overflow(cleared).0, Ordering::Release); // Release: as in `mark_overflow`.
        }
    }

    /// Makes an entry visible in a vacant slot.
    #[inline]
    pub(crate) fn publish(&self, place: Place, hash: u64, words: Words<'_>) {
        let at = self.table.at(place.bucket);
        self.add(at, Self::ctrl(at), place.lane, hash, words);
    }

    /// Makes an entry visible in an empty slot that [`Table::probe`] named, with the control word that it read. The lock proves that it
    /// is still so.
    #[inline]
    pub(crate) fn publish_at(&self, vacancy: &Vacancy<'g>, hash: u64, words: Words<'_>) {
        self.add(vacancy.at, vacancy.ctrl, vacancy.lane, hash, words);
    }

    #[inline]
    fn add(&self, at: At<'_>, ctrl: Ctrl, lane: usize, hash: u64, words: Words<'_>) {
        bump(&self.header().used, 1);
        self.fill(at, lane, ctrl.with_empty_tagged(lane, ctrl::tag(hash)), words);
    }

    /// Puts an entry, which is not there yet, into a table. False if every slot is taken.
    #[inline]
    pub(super) fn append(&self, hash: u64, words: Words<'_>) -> bool {
        let at = self.table.first(hash);
        let ctrl = Self::ctrl(at);
        if let Some(lane) = self.table.free_lane(ctrl) {
            self.add(at, ctrl, lane, hash, words);
            return true;
        }
        let place = self.vacancy(hash);
        if let Some(place) = place {
            self.publish(place, hash, words);
        }
        place.is_some()
    }

    /// Fills an empty slot and shows it by a new control word.
    #[inline]
    fn fill(&self, at: At<'_>, lane: usize, ctrl: Ctrl, words: Words<'_>) {
        let slot = at.slot(lane);
        // Release, these and the payload: pair with the readers' Acquire loads. A reader that still has an older control word, by which an earlier
        // entry is here, and reads one of these words, sees the count of `count_emptied` too, and looks again. In a node slot it may see the new hash with
        // the old pointer or the reverse: it compares keys through the pointer alone.
        slot.word.store(words.word, Ordering::Release);
        slot.payload.store(words.payload, Ordering::Release);
        for (to, &from) in at.extra(lane).iter().zip(words.extra) {
            to.store(from, Ordering::Release);
        }
        // Release: pairs with the Acquire in `Table::search` and its like.
        at.bucket().ctrl.store(ctrl.0, Ordering::Release);
        self.note_write();
    }

    /// Exchanges the payload of a full slot whose value has no other words. Readers see the old or the new.
    #[inline]
    pub(crate) fn replace(&self, at: At<'_>, lane: usize, payload: *mut ()) -> *mut () {
        let slot = at.slot(lane);
        let old = slot.payload.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        // Release: pairs with the readers' Acquire load of the payload.
        slot.payload.store(payload, Ordering::Release);
        self.note_write();
        old
    }

    /// Puts another value under the key of a full slot, where values are wide: into the free slot of the same bucket, and by one store of the control
    /// word out of the old one.
    #[inline]
    pub(crate) fn exchange(&self, at: At<'_>, lane: usize, hash: u64, words: Words<'_>) {
        let ctrl = Self::ctrl(at);
        // There is always one: entries take all but one.
        let Some(free) = ctrl.first_empty() else { return };
        self.fill(at, free, ctrl.with_tag(lane, EMPTY).with_empty_tagged(free, ctrl::tag(hash)), words);
        Self::count_emptied(at);
    }

    /// Counts a slot that was emptied, after the store of the control word that says so.
    #[inline]
    fn count_emptied(at: At<'_>) {
        let version = at.bucket().version.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        // Release: pairs with the Acquire in `Table::search`: whoever reads this version sees the slot empty, or filled anew.
        at.bucket().version.store(version.wrapping_add(VERSION_STEP), Ordering::Release);
    }

    /// Removes an entry of a map of nodes, and returns its payload.
    #[inline]
    pub(crate) fn vacate_node(&self, place: Place, hash: u64) -> *mut () {
        let at = self.table.at(place.bucket);
        let old = at.slot(place.lane).payload.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        // Release: pairs with the readers' Acquire; null means "removed" to a reader with an older control word.
        at.slot(place.lane).payload.store(core::ptr::null_mut(), Ordering::Release);
        self.vacate(place, hash);
        old
    }

    /// Removes an entry whose words were read before. Its slot may be filled again at once.
    #[inline]
    pub(crate) fn vacate(&self, place: Place, hash: u64) {
        let at = self.table.at(place.bucket);
        self.empty(at, Self::ctrl(at), place.lane);
        let mut distance = 0;
        // From the first bucket on up to where it was: they counted it.
        while distance < self.table.buckets() {
            let (bucket, passed) = self.table.after(hash, distance);
            if bucket == place.bucket {
                break;
            }
            Self::unmark_overflow(passed, hash);
            distance += 1;
        }
    }

    /// As [`vacate`](Self::vacate), for what [`Table::probe`] found, in the first bucket. The lock proves that it is still so.
    #[inline]
    pub(crate) fn vacate_found(&self, found: &Found<'g>) {
        self.empty(found.at, found.ctrl, found.lane);
    }

    #[inline]
    fn empty(&self, at: At<'_>, ctrl: Ctrl, lane: usize) {
        bump(&self.header().used, -1);
        // Release: pairs with the Acquire in `Table::search`; keeps what earlier stores of this word published.
        at.bucket().ctrl.store(ctrl.with_tag(lane, EMPTY).0, Ordering::Release);
        Self::count_emptied(at);
        self.note_write();
    }
}
