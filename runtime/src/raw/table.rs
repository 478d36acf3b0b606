//! A table: a header and its buckets in one allocation, named by one word that holds base and size together.
//! Reading; making and freeing are in `alloc`, writing is in `locked`, sizes are in `layout`.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::bucket::{Bucket, Slot};
use super::ctrl::{self, Ctrl, LANES};
use super::layout::{Header, Place, Size, layout};
use super::lock::LockVersion;
use crate::sync::atomic::{AtomicU64, Ordering};

/// A bucket and its control word.
#[derive(Clone, Copy)]
pub(crate) struct At<'g> {
    pub(crate) ctrl: &'g AtomicU64,
    pub(crate) bucket: &'g Bucket,
}

/// An empty slot, and the control word that says so.
pub(crate) struct Vacancy<'g> {
    pub(super) at: At<'g>,
    pub(super) ctrl: Ctrl,
    pub(super) lane: usize,
}

/// A slot that holds the key looked for, and the control word that named it.
pub(crate) struct Found<'g> {
    pub(super) at: At<'g>,
    pub(super) ctrl: Ctrl,
    pub(super) lane: usize,
    pub(crate) slot: &'g Slot,
}

/// A bucket that does not hold the key looked for, and which no key was passed on from: the table does not hold it.
pub(crate) struct Absent<'g> {
    at: At<'g>,
    ctrl: Ctrl,
}

/// What a look at a hash's first bucket tells.
pub(crate) enum Probe<'g> {
    Found(Found<'g>),
    Absent(Absent<'g>),
    /// It takes more buckets to tell.
    Unclear,
}

/// The low bits of a bucket's address. The lowest five of them hold how far a scaled hash is shifted to become an index.
const SIZE_BITS: usize = align_of::<Bucket>() - 1;
pub(super) const SHIFT_BITS: usize = 31;
/// Bits of the hash that choose a bucket; with three more for the quarters they fill 32.
pub(super) const HASH_BITS: u32 = 29;

/// A table that is alive for `'g`: base address with the power of its size in the low bits, and its map's quarters.
pub(crate) struct Table<'g> {
    word: NonNull<Bucket>,
    quarters: u32,
    alive: PhantomData<&'g Header>,
}

impl Clone for Table<'_> {
    fn clone(&self) -> Self {
        *self
    }
}
impl Copy for Table<'_> {}

impl PartialEq for Table<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.word == other.word
    }
}

impl<'g> Table<'g> {
    /// # Safety
    ///
    /// `word` comes from [`alloc::allocate`](super::alloc::allocate) with these quarters, and is not freed during `'g`.
    #[inline]
    pub(crate) unsafe fn from_word(word: NonNull<Bucket>, quarters: u32) -> Self {
        Self { word, quarters, alive: PhantomData }
    }

    #[inline]
    pub(crate) fn word(self) -> NonNull<Bucket> {
        self.word
    }

    #[inline]
    pub(crate) fn quarters(self) -> u32 {
        self.quarters
    }

    pub(crate) fn size(self) -> Size {
        let shift = self.word.as_ptr().addr() & SHIFT_BITS;
        Size { log2: (SHIFT_BITS - shift) as u32, quarters: self.quarters }
    }

    /// The number of buckets. In the header: lookups do without.
    pub(crate) fn buckets(self) -> usize {
        self.header().buckets
    }

    /// Slots in all.
    pub(crate) fn slots(self) -> usize {
        LANES * self.buckets()
    }

    /// Bytes in all.
    pub(crate) fn bytes(self) -> usize {
        layout(self.buckets()).map_or(0, |layout| layout.size())
    }

    #[inline]
    pub(super) fn base(self) -> NonNull<Bucket> {
        // SAFETY: clearing the tag gives the base that `allocate` tagged, which is not null.
        // auditor: allow(unchecked-call) every lookup passes here, and an allocation is never at null
        unsafe { NonNull::new_unchecked(self.word.as_ptr().map_addr(|addr| addr & !SIZE_BITS)) }
    }

    #[inline]
    pub(super) fn start(self) -> NonNull<Header> {
        // SAFETY: the header lies in the same allocation, immediately before the base (`allocate`).
        unsafe { self.base().cast::<Header>().sub(1) }
    }

    #[inline]
    pub(crate) fn header(self) -> &'g Header {
        // SAFETY: alive and initialized for 'g (`from_word`); shared access only, all that changes is atomic.
        unsafe { self.start().as_ref() }
    }

    /// The index of the bucket that a hash starts at: one shift by what the word holds, for every size.
    #[inline]
    fn home(self, hash: u64) -> usize {
        // No overflow: 29 bits times at most seven.
        let scaled = ((hash as u32) >> (u32::BITS - HASH_BITS)).wrapping_mul(self.quarters);
        (scaled >> (self.word.as_ptr().addr() & SHIFT_BITS)) as usize
    }

    /// The bucket at an index; the first one if there is none such.
    #[inline]
    pub(crate) fn at(self, index: usize) -> At<'g> {
        let index = if index < self.buckets() { index } else { 0 };
        // SAFETY: checked.
        unsafe { self.at_unchecked(index) }
    }

    /// # Safety
    ///
    /// The index is below the number of buckets.
    #[inline]
    unsafe fn at_unchecked(self, index: usize) -> At<'g> {
        // SAFETY: in bounds by the contract; alive and initialized for 'g (`from_word`).
        unsafe {
            let bucket: &'g Bucket = self.base().add(index).as_ref();
            At { ctrl: &bucket.ctrl, bucket }
        }
    }

    /// The bucket that a hash starts at.
    #[inline]
    pub(super) fn first(self, hash: u64) -> At<'g> {
        // SAFETY: less than `quarters` times 2^29, shifted right by 31 - log2, is less than a quarter of `quarters` times 2^log2, hence below
        // `Size::buckets` of this table.
        unsafe { self.at_unchecked(self.home(hash)) }
    }

    /// The bucket that stands a distance (less than the number of buckets) after a hash's first, around the end, and its index.
    #[inline]
    pub(crate) fn after(self, hash: u64, distance: usize) -> (usize, At<'g>) {
        let index = self.home(hash).wrapping_add(distance);
        let index = if index < self.buckets() { index } else { index.wrapping_sub(self.buckets()) };
        (index, self.at(index))
    }

    /// The lock's state. LockVersion before a lookup without the lock; [`LockedTable::enter_if`](super::LockedTable::enter_if) tells whether it still holds.
    #[inline]
    pub(crate) fn lock_version(self) -> LockVersion {
        self.header().lock.lock_version()
    }

    /// Full slots: exact under the lock, otherwise as of a recent moment.
    pub(crate) fn len(self) -> usize {
        let header = self.header();
        // Relaxed, both: written under the lock; without it, a statistic.
        header.used.load(Ordering::Relaxed).saturating_sub(header.dead.load(Ordering::Relaxed))
    }

    /// Whether the table wants to be rebuilt before the next entry: fuller than 13/16, or its overflow bits worn out.
    #[inline]
    pub(crate) fn is_crowded(self) -> bool {
        let header = self.header();
        // Relaxed, both: written under the lock; without it, a guess that `LockedTable::enter_if` confirms.
        header.used.load(Ordering::Relaxed) >= header.limit.load(Ordering::Relaxed)
    }

    /// Looks at a hash's first bucket alone: for the entry, or else for an empty slot, where a new one mostly goes. A guess until
    /// [`LockedTable::enter_if`](super::LockedTable::enter_if) confirms it.
    #[inline]
    pub(crate) fn probe(self, hash: u64, mut look: impl FnMut(&'g Slot) -> bool) -> Probe<'g> {
        let at = self.first(hash);
        // Acquire: as in `find`.
        let ctrl = Ctrl(at.ctrl.load(Ordering::Acquire));
        for lane in ctrl.candidates(ctrl::tag(hash)) {
            let slot = at.bucket.slot(lane);
            if look(slot) {
                return Probe::Found(Found { at, ctrl, lane, slot });
            }
        }
        if ctrl.overflow() == 0 { Probe::Absent(Absent { at, ctrl }) } else { Probe::Unclear }
    }

    /// The empty slot in which a new entry mostly goes, if the table is not crowded.
    #[inline]
    pub(crate) fn vacancy(self, absent: Absent<'g>) -> Option<Vacancy<'g>> {
        let Absent { at, ctrl } = absent;
        match ctrl.first_empty() {
            Some(lane) if !self.is_crowded() => Some(Vacancy { at, ctrl, lane }),
            _ => None,
        }
    }

    /// Asks for the memory of a hash's first bucket.
    #[inline(always)]
    pub(crate) fn prefetch(self, hash: u64) {
        #[cfg(all(target_arch = "x86_64", not(any(miri, auditor_loom, shuttle))))]
        {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let at = self.first(hash);
            let bucket = core::ptr::from_ref(at.bucket).cast::<i8>();
            // SAFETY: prefetching has no effect but on caches, at any address; SSE is part of x86_64. The third address is the
            // same bucket's other line.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(bucket.wrapping_add(64));
            }
        }
        #[cfg(not(all(target_arch = "x86_64", not(any(miri, auditor_loom, shuttle)))))]
        let _ = hash;
    }

    /// The slot of a place.
    #[inline]
    pub(crate) fn slot(self, place: Place) -> &'g Slot {
        self.at(place.bucket).bucket.slot(place.lane)
    }

    /// Looks at the slots that may hold this hash until `look` answers. Lock-free: at most every bucket once, no retry.
    #[inline]
    pub(crate) fn find<R>(self, hash: u64, mut look: impl FnMut(&'g Slot) -> Option<R>) -> Option<(Place, R)> {
        let at = self.first(hash);
        // Acquire: pairs with the Release store in `LockedTable::fill`: a full tag brings its slot's contents.
        let word = Ctrl(at.ctrl.load(Ordering::Acquire));
        for lane in word.candidates(ctrl::tag(hash)) {
            if let Some(found) = look(at.bucket.slot(lane)) {
                return Some((Place { bucket: self.home(hash), lane }, found));
            }
        }
        if word.overflow() == 0 { None } else { self.find_beyond(hash, word, look) }
    }

    /// The buckets after the first, while they say that entries of this hash's class went on.
    #[inline(never)]
    fn find_beyond<R>(
        self,
        hash: u64,
        mut word: Ctrl,
        mut look: impl FnMut(&'g Slot) -> Option<R>,
    ) -> Option<(Place, R)> {
        let (tag, bit) = (ctrl::tag(hash), ctrl::overflow_bit(hash));
        for distance in 1..self.buckets() {
            if word.overflow() & bit == 0 {
                return None;
            }
            let (index, at) = self.after(hash, distance);
            // Acquire: as in `find`.
            word = Ctrl(at.ctrl.load(Ordering::Acquire));
            for lane in word.candidates(tag) {
                if let Some(found) = look(at.bucket.slot(lane)) {
                    return Some((Place { bucket: index, lane }, found));
                }
            }
        }
        None
    }

    /// All full slots of one bucket, as of one load of its control word.
    pub(crate) fn full(self, bucket: usize) -> impl Iterator<Item = (Place, &'g Slot)> {
        let at = self.at(bucket);
        // Acquire: pairs with the Release store in `LockedTable::fill`.
        let word = Ctrl(at.ctrl.load(Ordering::Acquire));
        word.full().map(move |lane| (Place { bucket, lane }, at.bucket.slot(lane)))
    }

    /// All full slots.
    pub(crate) fn entries(self) -> impl Iterator<Item = (Place, &'g Slot)> {
        (0..self.buckets()).flat_map(move |bucket| self.full(bucket))
    }
}
