//! A bucket: a control word, a version and the slots, two cache lines that share a page and are fetched together; behind them, in maps of wide
//! values, the rest of each value. All fields are atomics: readers look while the shard's one writer writes.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::ctrl::LANES;
use crate::sync::atomic::{AtomicPtr, AtomicU64};

/// One entry: for maps that keep their entries in place the key's bits and the first of the value's, otherwise the whole hash and a pointer
/// to the node.
#[repr(C)]
pub(crate) struct Slot {
    pub(crate) word: AtomicU64,
    pub(crate) payload: AtomicPtr<()>,
}

/// The bucket.
#[repr(C, align(64))]
pub(crate) struct Bucket {
    pub(crate) ctrl: AtomicU64,
    /// Counts the slots that were emptied, which may be filled again at once: whoever reads the same version before and after has read one entry, not
    /// parts of two. The low bits are the writer's: how many entries of each class of hashes went on to the next bucket.
    pub(crate) version: AtomicU64,
    slots: [Slot; LANES],
}

#[cfg(not(any(auditor_loom, shuttle)))]
const _: () = assert!(size_of::<Bucket>() == 128, "a bucket is two cache lines");

/// One step of a version, above the counts of the eight classes.
pub(crate) const VERSION_STEP: u64 = 1 << 24;
/// The largest count of a class: it stays there.
const MOST: u64 = 7;

/// Counts one entry more of a class in a version word. None if the count stays as it is.
pub(super) fn count_up(version: u64, class: u32) -> Option<u64> {
    ((version >> (3 * class)) & MOST < MOST).then(|| version.wrapping_add(1 << (3 * class)))
}

/// Counts one entry less of a class: the new word, and whether none is left. None if the count stays as it is.
pub(super) fn count_down(version: u64, class: u32) -> Option<(u64, bool)> {
    let count = (version >> (3 * class)) & MOST;
    (count != 0 && count != MOST).then(|| (version.wrapping_sub(1 << (3 * class)), count == 1))
}

impl Bucket {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            ctrl: AtomicU64::new(0),
            version: AtomicU64::new(0),
            slots: core::array::from_fn(|_| Slot {
                word: AtomicU64::new(0),
                payload: AtomicPtr::new(core::ptr::null_mut()),
            }),
        }
    }

    /// The slot of a lane; lanes come from this bucket's control word.
    #[inline]
    pub(crate) fn slot(&self, lane: usize) -> &Slot {
        debug_assert!(lane < LANES, "lanes come from Ctrl, which masks them");
        // SAFETY: in bounds, since `Ctrl` yields lanes below LANES only (its masks keep the lowest LANES bytes).
        // auditor: allow(unchecked-call) every lookup passes here, and the mask is the check
        unsafe { self.slots.get_unchecked(lane) }
    }
}

/// How many words of a value lie outside its slot, the same for all slots of a map; and with that, how far apart buckets are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stride {
    extra: u8,
}

impl Stride {
    /// For values of which `extra` words lie outside the slot; seven at most.
    #[inline]
    pub(crate) const fn new(extra: usize) -> Self {
        Self { extra: if extra > 7 { 7 } else { extra as u8 } }
    }

    /// Words outside the slot.
    #[inline]
    pub(crate) fn extra(self) -> usize {
        usize::from(self.extra)
    }

    /// Bytes from one bucket to the next.
    #[inline]
    pub(crate) fn bytes(self) -> usize {
        let extra = LANES * self.extra() * size_of::<AtomicU64>();
        let align = align_of::<Bucket>();
        size_of::<Bucket>() + ((extra + align - 1) & !(align - 1))
    }

    /// Slots of a bucket that entries may take. Where values are wide, one stays free: a value that is replaced goes there, so that readers never find
    /// half of one.
    #[inline]
    pub(crate) fn lanes(self) -> usize {
        if self.extra == 0 { LANES } else { LANES - 1 }
    }
}

/// A bucket that is alive for `'g`, with the words behind it.
#[derive(Clone, Copy)]
pub(crate) struct At<'g> {
    bucket: NonNull<Bucket>,
    stride: Stride,
    alive: PhantomData<&'g Bucket>,
}

impl<'g> At<'g> {
    /// # Safety
    ///
    /// A bucket and the words behind it, as `stride` says, are initialized and alive for `'g`.
    #[inline]
    pub(super) unsafe fn new(bucket: NonNull<Bucket>, stride: Stride) -> Self {
        Self { bucket, stride, alive: PhantomData }
    }

    #[inline]
    pub(crate) fn bucket(self) -> &'g Bucket {
        // SAFETY: `new`'s contract.
        unsafe { self.bucket.as_ref() }
    }

    #[inline]
    pub(crate) fn slot(self, lane: usize) -> &'g Slot {
        self.bucket().slot(lane)
    }

    /// The words of a lane outside its slot.
    #[inline]
    pub(crate) fn extra(self, lane: usize) -> &'g [AtomicU64] {
        debug_assert!(lane < LANES, "lanes come from Ctrl, which masks them");
        // SAFETY: `new`'s contract: behind the bucket lie LANES times `extra` words, of which these are the lane's; lanes are below LANES.
        unsafe {
            let words = self.bucket.add(1).cast::<AtomicU64>().add(lane * self.stride.extra());
            core::slice::from_raw_parts(words.as_ptr(), self.stride.extra())
        }
    }
}

#[cfg(all(test, not(auditor_loom)))]
mod tests {
    use super::*;

    #[test]
    fn counts_of_classes_neither_touch_each_other_nor_the_version() {
        let start = 5 * VERSION_STEP;
        for class in 0..8 {
            let mut word = start;
            for _ in 0..6 {
                word = count_up(word, class).expect("below the largest");
            }
            assert_eq!(word >> 24, 5);
            for left in (0..6).rev() {
                let (less, last) = count_down(word, class).expect("above zero");
                assert_eq!(last, left == 0);
                word = less;
            }
            assert_eq!(word, start);
            assert!(count_down(word, class).is_none());
            let full = start | (7 << (3 * class));
            assert!(count_up(full, class).is_none() && count_down(full, class).is_none());
        }
    }
}
