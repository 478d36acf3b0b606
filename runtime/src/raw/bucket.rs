//! A bucket: a control word, a stamp and the slots, two cache lines that share a page and are fetched together.
//! All fields are atomics: readers look while the shard's one writer writes.

use super::ctrl::LANES;
use crate::sync::atomic::{AtomicPtr, AtomicU64};

/// One entry: for integer maps the key's and the value's bits, otherwise the whole hash and a pointer to the node.
#[repr(C)]
pub(crate) struct Slot {
    pub(crate) word: AtomicU64,
    pub(crate) payload: AtomicPtr<()>,
}

/// The bucket. Its alignment leaves seven low bits of its address for the table's size.
#[repr(C, align(128))]
pub(crate) struct Bucket {
    pub(crate) ctrl: AtomicU64,
    /// The clock at the latest removal that left a dead slot here; the writer's alone.
    pub(crate) stamp: AtomicU64,
    slots: [Slot; LANES],
}

#[cfg(not(any(auditor_loom, shuttle)))]
const _: () = assert!(size_of::<Bucket>() == 128, "a bucket is two cache lines");

impl Bucket {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            ctrl: AtomicU64::new(0),
            stamp: AtomicU64::new(0),
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
