//! [`TaggedPtr`]: an atomic pointer with flags in the bits that its target's alignment leaves free.

use core::sync::atomic::{AtomicPtr, Ordering};

/// An atomic pointer to `T` with `BITS` flags. That `T`'s alignment leaves so many bits is checked at compile time:
///
/// ```compile_fail
/// // A u16 is aligned to two bytes: one bit, not three.
/// auditor_runtime::tagged::TaggedPtr::<u16, 3>::new(core::ptr::null_mut(), 0);
/// ```
///
/// ```
/// use auditor_runtime::tagged::TaggedPtr;
/// use core::sync::atomic::Ordering;
///
/// let mut number = 7_u64;
/// let tagged = TaggedPtr::<u64, 3>::new(&mut number, 0b101);
/// tagged.set_flags(0b010, Ordering::AcqRel);
/// let (pointer, flags) = tagged.load(Ordering::Acquire);
/// assert_eq!((pointer, flags), (core::ptr::from_mut(&mut number), 0b111));
/// ```
#[derive(Debug)]
pub struct TaggedPtr<T, const BITS: u32> {
    word: AtomicPtr<T>,
}

impl<T, const BITS: u32> TaggedPtr<T, BITS> {
    const MASK: usize = {
        assert!(
            BITS <= align_of::<T>().trailing_zeros(),
            "the target's alignment leaves fewer low bits than flags asked for"
        );
        (1 << BITS) - 1
    };

    /// A pointer with flags; bits of `flags` above `BITS` are dropped. The pointer must be aligned for `T` for its low bits to be free:
    /// those of an unaligned one are dropped too.
    pub fn new(pointer: *mut T, flags: usize) -> Self {
        Self { word: AtomicPtr::new(Self::join(pointer, flags)) }
    }

    fn join(pointer: *mut T, flags: usize) -> *mut T {
        pointer.map_addr(|addr| (addr & !Self::MASK) | (flags & Self::MASK))
    }

    fn split(word: *mut T) -> (*mut T, usize) {
        (word.map_addr(|addr| addr & !Self::MASK), word.addr() & Self::MASK)
    }

    /// Pointer and flags, read together. Use [`Ordering::Acquire`] to follow the pointer.
    ///
    /// # Panics
    ///
    /// If `order` is `Release` or `AcqRel`, as the standard atomics do.
    pub fn load(&self, order: Ordering) -> (*mut T, usize) {
        Self::split(self.word.load(order))
    }

    /// Replaces both. Use [`Ordering::Release`] to publish what the pointer leads to.
    ///
    /// # Panics
    ///
    /// If `order` is `Acquire` or `AcqRel`, as the standard atomics do.
    pub fn store(&self, pointer: *mut T, flags: usize, order: Ordering) {
        self.word.store(Self::join(pointer, flags), order);
    }

    /// Replaces both if both are as expected.
    ///
    /// # Errors
    ///
    /// What was there instead.
    ///
    /// # Panics
    ///
    /// If `failure` is `Release` or `AcqRel`, as the standard atomics do.
    pub fn compare_exchange(
        &self,
        current: (*mut T, usize),
        new: (*mut T, usize),
        success: Ordering,
        failure: Ordering,
    ) -> Result<(*mut T, usize), (*mut T, usize)> {
        self.word
            .compare_exchange(Self::join(current.0, current.1), Self::join(new.0, new.1), success, failure)
            .map(Self::split)
            .map_err(Self::split)
    }

    /// Sets flags; the pointer stays whatever it is. Returns what was there before. Lock-free.
    pub fn set_flags(&self, flags: usize, order: Ordering) -> (*mut T, usize) {
        self.change(order, |old| old | flags)
    }

    /// Clears flags; the pointer stays whatever it is. Returns what was there before. Lock-free.
    pub fn clear_flags(&self, flags: usize, order: Ordering) -> (*mut T, usize) {
        self.change(order, |old| old & !flags)
    }

    fn change(&self, order: Ordering, new: impl Fn(usize) -> usize) -> (*mut T, usize) {
        // Relaxed: a first guess, and its failures; the exchange that succeeds has the caller's order.
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let (pointer, flags) = Self::split(word);
            match self.word.compare_exchange_weak(word, Self::join(pointer, new(flags)), order, Ordering::Relaxed) {
                Ok(old) => return Self::split(old),
                Err(now) => word = now,
            }
        }
    }
}

#[cfg(all(test, not(auditor_loom)))]
mod tests {
    use super::*;

    #[test]
    fn flags_and_pointer_do_not_disturb_each_other() {
        let mut numbers = [1_u32, 2];
        let [first, second] = &mut numbers;
        let (first, second) = (core::ptr::from_mut(first), core::ptr::from_mut(second));
        let tagged = TaggedPtr::<u32, 2>::new(first, 0b10);
        assert_eq!(tagged.set_flags(0b01, Ordering::AcqRel), (first, 0b10));
        assert_eq!(tagged.clear_flags(0b10, Ordering::AcqRel), (first, 0b11));
        let stale = tagged.compare_exchange((first, 0b11), (second, 0), Ordering::AcqRel, Ordering::Acquire);
        assert_eq!(stale, Err((first, 0b01)));
        tagged.compare_exchange((first, 0b01), (second, 0b11), Ordering::AcqRel, Ordering::Acquire).unwrap();
        let (pointer, flags) = tagged.load(Ordering::Acquire);
        // SAFETY: the pointer came in as a live element of `numbers`.
        assert_eq!((unsafe { *pointer }, flags), (2, 0b11));
        tagged.store(first, 0xff, Ordering::Release);
        assert_eq!(tagged.load(Ordering::Acquire), (first, 0b11), "bits beyond BITS are dropped");
    }
}
