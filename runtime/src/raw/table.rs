//! A table: a header and its buckets in one allocation, named by one word that holds base and size together.
//! Reading; making and freeing are in `alloc`, writing is in `locked`, sizes are in `layout`.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::bucket::{At, Bucket, Stride};
use super::ctrl::{self, Ctrl};
use super::layout::{BASE_ALIGN, Header, Place, Size, layout};
use super::lock::LockVersion;
use crate::sync::atomic::Ordering;

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
}

impl<'g> Found<'g> {
    /// Where the slot is.
    #[inline]
    pub(crate) fn at(&self) -> At<'g> {
        self.at
    }

    /// Which one it is there.
    #[inline]
    pub(crate) fn lane(&self) -> usize {
        self.lane
    }
}

/// How readers look at slots.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Check {
    /// One look: what a slot points to tells what it is.
    None,
    /// Again if the bucket's version has changed: key and value lie in the slot, which may have been given to another key in between.
    Version,
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
const SIZE_BITS: usize = BASE_ALIGN - 1;
pub(super) const SHIFT_BITS: usize = 31;
/// Bits of the hash that choose a bucket; with three more for the quarters they fill 32.
pub(super) const HASH_BITS: u32 = 29;

/// A table that is alive for `'g`: base address with the power of its size in the low bits, and its map's quarters.
pub(crate) struct Table<'g> {
    word: NonNull<Bucket>,
    quarters: u32,
    stride: Stride,
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
    /// `word` comes from [`alloc::allocate`](super::alloc::allocate) with these quarters and this stride, and is not freed during `'g`.
    #[inline]
    pub(crate) unsafe fn from_word(word: NonNull<Bucket>, quarters: u32, stride: Stride) -> Self {
        Self { word, quarters, stride, alive: PhantomData }
    }

    /// The same table, with its stride as the compiler knows it: it is the map's, hence the same.
    #[inline]
    pub(crate) fn with_stride(self, stride: Stride) -> Self {
        debug_assert_eq!(stride, self.stride, "a map has one stride");
        Self { stride, ..self }
    }

    #[inline]
    pub(crate) fn stride(self) -> Stride {
        self.stride
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
        self.stride.lanes() * self.buckets()
    }

    /// Bytes in all.
    pub(crate) fn bytes(self) -> usize {
        layout(self.buckets(), self.stride).map_or(0, |layout| layout.size())
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
        unsafe { At::new(self.base().byte_add(index.wrapping_mul(self.stride.bytes())), self.stride) }
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
    #[inline]
    pub(crate) fn len(self) -> usize {
        self.header().used.load(Ordering::Relaxed) // Relaxed: written under the lock; without it, a statistic.
    }

    /// Whether the table wants to be rebuilt before the next entry: fuller than 13/16.
    #[inline]
    pub(crate) fn is_crowded(self) -> bool {
        self.len() >= self.header().limit
    }

    /// Looks at a hash's first bucket alone: for the entry, or else for an empty slot, where a new one mostly goes. A guess until
    /// [`LockedTable::enter_if`](super::LockedTable::enter_if) confirms it, where `check` does not.
    #[inline]
    pub(crate) fn probe(self, hash: u64, check: Check, mut look: impl FnMut(At<'g>, usize) -> bool) -> Probe<'g> {
        let at = self.first(hash);
        // Acquire: as in `search`.
        let version = at.bucket().version.load(Ordering::Acquire);
        let ctrl = Ctrl(at.bucket().ctrl.load(Ordering::Acquire)); // Acquire: as in `search`.
        let lane = ctrl.candidates(ctrl::tag(hash)).find(|&lane| look(at, lane));
        // Relaxed: as in `search`.
        if check == Check::Version && at.bucket().version.load(Ordering::Relaxed) != version {
            return Probe::Unclear;
        }
        match lane {
            Some(lane) => Probe::Found(Found { at, ctrl, lane }),
            None if ctrl.overflow() == 0 => Probe::Absent(Absent { at, ctrl }),
            None => Probe::Unclear,
        }
    }

    /// The empty slot in which a new entry mostly goes, if the table is not crowded.
    #[inline]
    pub(crate) fn vacancy(self, absent: Absent<'g>) -> Option<Vacancy<'g>> {
        let Absent { at, ctrl } = absent;
        match self.free_lane(ctrl) {
            Some(lane) if !self.is_crowded() => Some(Vacancy { at, ctrl, lane }),
            _ => None,
        }
    }

    /// A lane that a new entry may take.
    #[inline]
    pub(super) fn free_lane(self, ctrl: Ctrl) -> Option<usize> {
        let mut empty = ctrl.empty();
        let first = empty.next()?;
        // Where values are wide the last one stays free.
        (self.stride.extra() == 0 || empty.next().is_some()).then_some(first)
    }

    /// Asks for the memory of a hash's first bucket.
    #[inline(always)]
    pub(crate) fn prefetch(self, hash: u64) {
        #[cfg(all(target_arch = "x86_64", not(any(miri, auditor_loom, shuttle))))]
        {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let at = self.first(hash);
            let bucket = core::ptr::from_ref(at.bucket()).cast::<i8>();
            // SAFETY: prefetching has no effect but on caches, at any address; SSE is part of x86_64. The third address is the
            // same bucket's other line.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(bucket.wrapping_add(64));
            }
        }
        #[cfg(not(all(target_arch = "x86_64", not(any(miri, auditor_loom, shuttle)))))]
        let _ = hash;
    }

    /// Asks for the memory that a bucket's slots point to, if there is such a bucket.
    #[inline]
    pub(crate) fn prefetch_payloads(self, bucket: usize) {
        #[cfg(all(target_arch = "x86_64", not(any(miri, auditor_loom, shuttle))))]
        if bucket < self.buckets() {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let at = self.at(bucket);
            // Relaxed, both: addresses to look at, nothing more.
            for lane in Ctrl(at.bucket().ctrl.load(Ordering::Relaxed)).full() {
                let payload = at.slot(lane).payload.load(Ordering::Relaxed);
                // SAFETY: prefetching has no effect but on caches, at any address; SSE is part of x86_64.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(payload.cast_const().cast()) };
            }
        }
        #[cfg(not(all(target_arch = "x86_64", not(any(miri, auditor_loom, shuttle)))))]
        let _ = bucket;
    }

    /// Looks at the slots that may hold this hash until `look` answers. Lock-free: at most every bucket once; one again only where, with
    /// [`Check::Version`], writers emptied a slot of it meanwhile.
    #[inline]
    pub(crate) fn find<R>(
        self,
        hash: u64,
        check: Check,
        mut look: impl FnMut(At<'g>, usize) -> Option<R>,
    ) -> Option<(Place, R)> {
        let at = self.first(hash);
        match self.search(at, ctrl::tag(hash), check, &mut look) {
            (_, Some((lane, found))) => Some((Place { bucket: self.home(hash), lane }, found)),
            (word, None) if word.overflow() == 0 => None,
            (word, None) => self.find_beyond(hash, check, word, look),
        }
    }

    /// Looks at one bucket's candidates, as of one state of it. Returns its control word too.
    #[inline]
    fn search<R>(
        self,
        at: At<'g>,
        tag: u8,
        check: Check,
        look: &mut impl FnMut(At<'g>, usize) -> Option<R>,
    ) -> (Ctrl, Option<(usize, R)>) {
        loop {
            // Acquire: pairs with the Release store in `LockedTable::count_emptied`: the control word read next is that of this version, or newer.
            let version = at.bucket().version.load(Ordering::Acquire);
            // Acquire: pairs with the Release store in `LockedTable::fill`: a full tag brings its slot's contents.
            let word = Ctrl(at.bucket().ctrl.load(Ordering::Acquire));
            let found = word.candidates(tag).find_map(|lane| look(at, lane).map(|found| (lane, found)));
            // Relaxed: the slot's words are read with Acquire, which pairs with their Release stores in `LockedTable::fill`: whoever reads a word of a
            // later entry in the slot sees, from here on, that the slot was emptied before.
            if check == Check::None || at.bucket().version.load(Ordering::Relaxed) == version {
                return (word, found);
            }
        }
    }

    /// The buckets after the first, while they say that entries of this hash's class went on.
    #[inline(never)]
    fn find_beyond<R>(
        self,
        hash: u64,
        check: Check,
        mut word: Ctrl,
        mut look: impl FnMut(At<'g>, usize) -> Option<R>,
    ) -> Option<(Place, R)> {
        let (tag, bit) = (ctrl::tag(hash), ctrl::overflow_bit(hash));
        for distance in 1..self.buckets() {
            if word.overflow() & bit == 0 {
                return None;
            }
            let (index, at) = self.after(hash, distance);
            let found;
            (word, found) = self.search(at, tag, check, &mut look);
            if let Some((lane, found)) = found {
                return Some((Place { bucket: index, lane }, found));
            }
        }
        None
    }

    /// Shows the full slots of one bucket to `look`, as of one state of it; `restart` takes back what was shown when it has changed meanwhile.
    pub(crate) fn each_in<S>(
        self,
        bucket: usize,
        check: Check,
        state: &mut S,
        restart: impl Fn(&mut S),
        mut look: impl FnMut(&mut S, At<'g>, usize),
    ) {
        let at = self.at(bucket);
        loop {
            // Acquire, both: as in `search`.
            let version = at.bucket().version.load(Ordering::Acquire);
            let word = Ctrl(at.bucket().ctrl.load(Ordering::Acquire));
            for lane in word.full() {
                look(state, at, lane);
            }
            // Relaxed: as in `search`.
            if check == Check::None || at.bucket().version.load(Ordering::Relaxed) == version {
                return;
            }
            restart(state);
        }
    }

    /// All full slots, for who holds the lock or has the table alone.
    pub(crate) fn entries(self) -> impl Iterator<Item = (Place, At<'g>)> {
        (0..self.buckets()).flat_map(move |bucket| {
            let at = self.at(bucket);
            // Acquire: pairs with the Release store in `LockedTable::fill`, for who has just taken the table over.
            let word = Ctrl(at.bucket().ctrl.load(Ordering::Acquire));
            word.full().map(move |lane| (Place { bucket, lane }, at))
        })
    }
}
