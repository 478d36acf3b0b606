//! A bucket of seven slots: a control word whose high bits are the occupancy bitmap, and the entries.

use core::mem::MaybeUninit;

use crate::raw::ctrl::{Ctrl, EMPTY, LANES};

/// A bucket. A lane's entry is initialized exactly while its tag in `ctrl` is that of a full slot; otherwise its tag is `EMPTY`.
// In this order, so that the control word mostly shares a cache line with the first slots, which fill first.
#[repr(C)]
pub(super) struct Bucket<K, V> {
    ctrl: Ctrl,
    slots: [MaybeUninit<(K, V)>; LANES],
}

impl<K, V> Bucket<K, V> {
    pub(super) const EMPTY: Self = Self { ctrl: Ctrl(0), slots: [const { MaybeUninit::uninit() }; LANES] };

    #[inline]
    pub(super) fn ctrl(&self) -> Ctrl {
        self.ctrl
    }

    /// How many keys went on to a later bucket because this one was full. 255 means "at least": it no longer falls.
    #[inline]
    pub(super) fn passed(&self) -> u8 {
        self.ctrl.overflow()
    }

    pub(super) fn set_passed(&mut self, count: u8) {
        self.ctrl = self.ctrl.with_overflow(count);
    }

    /// The entry in a lane that `ctrl` calls full.
    #[inline]
    pub(super) fn entry(&self, lane: usize) -> Option<&(K, V)> {
        let slot = self.slots.get(lane)?;
        // SAFETY: lanes come from `Ctrl::candidates` or `Ctrl::full` of this very bucket, hence are full and initialized.
        Some(unsafe { slot.assume_init_ref() })
    }

    #[inline]
    pub(super) fn entry_mut(&mut self, lane: usize) -> Option<&mut (K, V)> {
        let slot = self.slots.get_mut(lane)?;
        // SAFETY: as in `entry`.
        Some(unsafe { slot.assume_init_mut() })
    }

    /// Fills the first empty lane; gives the entry back if there is none.
    #[inline]
    pub(super) fn fill(&mut self, tag: u8, entry: (K, V)) -> Result<(), (K, V)> {
        let Some(lane) = self.ctrl.first_empty() else { return Err(entry) };
        // SAFETY: in bounds, since `Ctrl` yields lanes below LANES only (its masks keep the lowest LANES bytes).
        // auditor: allow(unchecked-call) every insertion passes here, and the mask is the check
        unsafe { self.slots.get_unchecked_mut(lane) }.write(entry);
        self.ctrl = self.ctrl.with_empty_tagged(lane, tag);
        Ok(())
    }

    /// Empties a full lane: the tag first, so that the entry is read once whatever happens to it.
    #[inline]
    pub(super) fn empty(&mut self, lane: usize) -> Option<(K, V)> {
        let slot = self.slots.get(lane)?;
        self.ctrl = self.ctrl.with_tag(lane, EMPTY);
        // SAFETY: full until just now (see `entry`), and no longer counted as such: nobody reads it again.
        Some(unsafe { slot.assume_init_read() })
    }
}
