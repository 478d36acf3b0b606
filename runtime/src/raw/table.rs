//! A table: a header and a power of two of buckets in one allocation, named by one word that holds base and size together.
//! Making, freeing and reading; writing is `held`'s.

use core::marker::PhantomData;
use core::ptr::NonNull;
use std::alloc::{Layout, alloc, dealloc};

use super::NoMemory;
use super::bucket::{Bucket, Slot};
use super::ctrl::{self, Ctrl, LANES};
use super::held::{Place, limit};
use super::lock::ShardLock;
use crate::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// What writers share about a table. Lies before the buckets; readers never touch it.
#[repr(C, align(128))]
pub(crate) struct Header {
    pub(crate) lock: ShardLock,
    /// Set under the lock when another table has taken this one's place.
    pub(crate) frozen: AtomicBool,
    /// Leading hash bits that all keys here share.
    pub(crate) depth: u32,
    pub(crate) len: AtomicUsize,
    pub(crate) dead: AtomicUsize,
    /// Overflow bits set since the table was made.
    pub(crate) spills: AtomicUsize,
    pub(crate) writes: AtomicU64,
    pub(crate) waits: AtomicU64,
}

/// The low bits of a bucket's address.
const SIZE_BITS: usize = align_of::<Bucket>() - 1;

/// A table that is alive for `'g`: base address with the logarithm of the number of buckets in its low bits.
pub(crate) struct Table<'g> {
    word: NonNull<Bucket>,
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

fn layout(log2: u32) -> Result<Layout, NoMemory> {
    let buckets = 1_usize.checked_shl(log2).ok_or(NoMemory)?;
    let buckets = Layout::array::<Bucket>(buckets).map_err(|_| NoMemory)?;
    let (whole, offset) = Layout::new::<Header>().extend(buckets).map_err(|_| NoMemory)?;
    debug_assert_eq!(offset, size_of::<Header>(), "Header's size is a multiple of a bucket's alignment");
    Ok(whole)
}

/// Makes an empty table, locked by `owner` unless it is zero. Returns its word.
pub(crate) fn allocate(log2: u32, depth: u32, owner: usize) -> Result<NonNull<Bucket>, NoMemory> {
    let layout = layout(log2)?;
    // SAFETY: the layout is not of size zero: it holds a header.
    let start = NonNull::new(unsafe { alloc(layout) }).ok_or(NoMemory)?.cast::<Header>();
    let lock = if owner == 0 { ShardLock::new() } else { ShardLock::new_held(owner) };
    let header = Header {
        lock,
        frozen: AtomicBool::new(false),
        depth,
        len: AtomicUsize::new(0),
        dead: AtomicUsize::new(0),
        spills: AtomicUsize::new(0),
        writes: AtomicU64::new(0),
        waits: AtomicU64::new(0),
    };
    // SAFETY: the allocation holds a header and then 2^log2 buckets at the offset `size_of::<Header>()` (`layout`), aligned
    // for both, and is ours alone; each place is written once.
    unsafe {
        start.write(header);
        let base = start.add(1).cast::<Bucket>();
        for index in 0..1_usize << log2 {
            base.add(index).write(Bucket::new());
        }
        Ok(tagged(base, log2))
    }
}

/// Puts the size into the low bits.
fn tagged(base: NonNull<Bucket>, log2: u32) -> NonNull<Bucket> {
    base.map_addr(|addr| addr | log2 as usize)
}

/// Frees a table made by [`allocate`]; what its slots point to is not touched. Fits [`crate::epoch::Retired`].
///
/// # Safety
///
/// `word` comes from `allocate`, was not freed before, and nobody uses it any more.
pub(crate) unsafe fn free(word: *mut (), _extra: usize) {
    let Some(word) = NonNull::new(word.cast::<Bucket>()) else { return };
    let table = Table { word, alive: PhantomData };
    let log2 = table.log2();
    let start = table.start();
    if let Ok(layout) = layout(log2) {
        // SAFETY: the same layout as in `allocate`, exclusive access and first free by the contract; the atomics are dropped in place
        // because the model checkers' ones own something.
        unsafe {
            for index in 0..1_usize << log2 {
                table.base().add(index).drop_in_place();
            }
            start.drop_in_place();
            dealloc(start.cast().as_ptr(), layout);
        }
    }
}

/// Bytes of a table.
pub(crate) fn bytes(log2: u32) -> usize {
    layout(log2).map_or(0, |layout| layout.size())
}

impl<'g> Table<'g> {
    /// # Safety
    ///
    /// `word` comes from [`allocate`] and is not freed during `'g`.
    #[inline]
    pub(crate) unsafe fn from_word(word: NonNull<Bucket>) -> Self {
        Self { word, alive: PhantomData }
    }

    #[inline]
    pub(crate) fn word(self) -> NonNull<Bucket> {
        self.word
    }

    #[inline]
    pub(crate) fn log2(self) -> u32 {
        (self.word.as_ptr().addr() & SIZE_BITS) as u32
    }

    /// The number of buckets, less one.
    #[inline]
    pub(crate) fn mask(self) -> usize {
        (1 << self.log2()) - 1
    }

    /// Slots in all.
    pub(crate) fn slots(self) -> usize {
        LANES << self.log2()
    }

    #[inline]
    fn base(self) -> NonNull<Bucket> {
        // SAFETY: clearing the tag gives the base that `allocate` tagged, which is not null.
        // auditor: allow(unchecked-call) every lookup passes here, and an allocation is never at null
        unsafe { NonNull::new_unchecked(self.word.as_ptr().map_addr(|addr| addr & !SIZE_BITS)) }
    }

    #[inline]
    fn start(self) -> NonNull<Header> {
        // SAFETY: the header lies in the same allocation, immediately before the base (`allocate`).
        unsafe { self.base().cast::<Header>().sub(1) }
    }

    #[inline]
    pub(crate) fn header(self) -> &'g Header {
        // SAFETY: alive and initialized for 'g (`from_word`); shared access only, all that changes is atomic.
        unsafe { self.start().as_ref() }
    }

    /// The bucket at an index, taken modulo the size.
    #[inline]
    pub(crate) fn bucket(self, index: usize) -> &'g Bucket {
        // SAFETY: the masked index is below the number of buckets; alive and initialized for 'g (`from_word`).
        unsafe { self.base().add(index & self.mask()).as_ref() }
    }

    /// Counts writes. Read it before a lookup without the lock; if it is the same under the lock, the lookup still holds.
    #[inline]
    pub(crate) fn version(self) -> u64 {
        // Acquire: pairs with the Release store in `Held::note_write`.
        self.header().writes.load(Ordering::Acquire)
    }

    /// Whether the table wants to be rebuilt before the next entry: fuller than 13/16, or its overflow bits worn out.
    #[inline]
    pub(crate) fn is_crowded(self) -> bool {
        let header = self.header();
        // Relaxed, all: written under the lock; without it, a guess that `Held::is_still` confirms.
        let used = header.len.load(Ordering::Relaxed) + header.dead.load(Ordering::Relaxed);
        used >= limit(self.log2()) || header.spills.load(Ordering::Relaxed) > 2 << self.log2()
    }

    /// An empty slot in a hash's first bucket, if the table is not crowded: where a new entry mostly goes. A guess, as above.
    #[inline]
    pub(crate) fn likely_vacancy(self, hash: u64) -> Option<Place> {
        if self.is_crowded() {
            return None;
        }
        let bucket = hash as usize & self.mask();
        // Relaxed: a guess that `Held::is_still` confirms.
        let word = Ctrl(self.bucket(bucket).ctrl.load(Ordering::Relaxed));
        word.first_empty().map(|lane| Place { bucket, lane })
    }

    /// Asks for the memory of a hash's first bucket.
    #[inline]
    pub(crate) fn prefetch(self, hash: u64) {
        #[cfg(all(target_arch = "x86_64", not(any(miri, auditor_loom, shuttle))))]
        {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let at = core::ptr::from_ref(self.bucket(hash as usize)).cast::<i8>();
            // SAFETY: prefetching has no effect but on caches, at any address; SSE is part of x86_64. The second address is the
            // same bucket's other line.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(at);
                _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(64));
            }
        }
        #[cfg(not(all(target_arch = "x86_64", not(any(miri, auditor_loom, shuttle)))))]
        let _ = hash;
    }

    /// The slot of a place.
    pub(crate) fn slot(self, place: Place) -> &'g Slot {
        self.bucket(place.bucket).slot(place.lane)
    }

    /// Looks at the slots that may hold this hash until `look` answers. Lock-free: at most every bucket once, no retry.
    #[inline]
    pub(crate) fn find<R>(self, hash: u64, mut look: impl FnMut(&'g Slot) -> Option<R>) -> Option<(Place, R)> {
        let index = hash as usize & self.mask();
        let bucket = self.bucket(index);
        // Acquire: pairs with the Release store in `Held::publish`: a full tag brings its slot's contents.
        let word = Ctrl(bucket.ctrl.load(Ordering::Acquire));
        for lane in word.candidates(ctrl::tag(hash)) {
            if let Some(found) = look(bucket.slot(lane)) {
                return Some((Place { bucket: index, lane }, found));
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
        let (tag, bit, mask) = (ctrl::tag(hash), ctrl::overflow_bit(hash), self.mask());
        let home = hash as usize & mask;
        for distance in 1..=mask {
            if word.overflow() & bit == 0 {
                return None;
            }
            let index = home.wrapping_add(distance) & mask;
            let bucket = self.bucket(index);
            // Acquire: as in `find`.
            word = Ctrl(bucket.ctrl.load(Ordering::Acquire));
            for lane in word.candidates(tag) {
                if let Some(found) = look(bucket.slot(lane)) {
                    return Some((Place { bucket: index, lane }, found));
                }
            }
        }
        None
    }

    /// All full slots of one bucket, as of one load of its control word.
    pub(crate) fn full(self, bucket: usize) -> impl Iterator<Item = (Place, &'g Slot)> {
        let at = self.bucket(bucket);
        // Acquire: pairs with the Release store in `Held::publish`.
        let word = Ctrl(at.ctrl.load(Ordering::Acquire));
        word.full().map(move |lane| (Place { bucket, lane }, at.slot(lane)))
    }

    /// All full slots.
    pub(crate) fn entries(self) -> impl Iterator<Item = (Place, &'g Slot)> {
        (0..=self.mask()).flat_map(move |bucket| self.full(bucket))
    }
}
