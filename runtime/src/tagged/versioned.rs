//! Pointers and indexes that carry a version: a compare-exchange on them fails if anything happened in between.

use portable_atomic::AtomicU128;

use crate::sync::atomic::{AtomicU64, Ordering};

/// What a versioned word held at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versioned<P> {
    /// The pointer or index.
    pub value: P,
    /// How often it had been replaced.
    pub version: u64,
}

/// An atomic pointer with a 64-bit version, exchanged together: 128 bits by one instruction where the processor has it (x86-64, AArch64),
/// otherwise under a lock of `portable-atomic`'s.
///
/// ```
/// use auditor_runtime::tagged::VersionedPtr;
///
/// let (mut a, mut b) = (1, 2);
/// let (a, b): (*mut i32, *mut i32) = (&mut a, &mut b);
/// let head = VersionedPtr::new(a);
/// let seen = head.load();
/// head.compare_exchange(seen, b).unwrap();
/// head.compare_exchange(head.load(), a).unwrap();
/// // The pointer is `a` again, yet the old view is recognized as old:
/// assert!(head.compare_exchange(seen, b).is_err());
/// ```
#[derive(Debug)]
pub struct VersionedPtr<T> {
    word: AtomicU128,
    _points: core::marker::PhantomData<*mut T>,
}

// SAFETY: the word is atomic; following the pointer is the user's own unsafe act, as with AtomicPtr.
unsafe impl<T> Send for VersionedPtr<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for VersionedPtr<T> {}

impl<T> VersionedPtr<T> {
    /// A pointer at version 0. Its provenance is exposed: an atomic integer carries it.
    pub fn new(pointer: *mut T) -> Self {
        Self { word: AtomicU128::new(join(pointer, 0)), _points: core::marker::PhantomData }
    }

    /// Pointer and version, read together, with Acquire.
    pub fn load(&self) -> Versioned<*mut T> {
        // Acquire: pairs with the Release half of `compare_exchange`.
        split(self.word.load(core::sync::atomic::Ordering::Acquire))
    }

    /// Replaces the pointer and counts the version up, if neither has changed since `current` was read.
    ///
    /// # Errors
    ///
    /// What is there now.
    pub fn compare_exchange(
        &self,
        current: Versioned<*mut T>,
        new: *mut T,
    ) -> Result<Versioned<*mut T>, Versioned<*mut T>> {
        use core::sync::atomic::Ordering;
        let next = join(new, current.version.wrapping_add(1));
        // AcqRel: publishes what `new` leads to, to the Acquire of `load` and of other exchanges. Acquire on failure: the caller follows it.
        match self.word.compare_exchange(
            join(current.value, current.version),
            next,
            Ordering::AcqRel,
            Ordering::Acquire,
        ) {
            Ok(_) => Ok(split(next)),
            Err(now) => Err(split(now)),
        }
    }
}

fn join<T>(pointer: *mut T, version: u64) -> u128 {
    (u128::from(version) << 64) | pointer.expose_provenance() as u128
}

fn split<T>(word: u128) -> Versioned<*mut T> {
    Versioned { value: core::ptr::with_exposed_provenance_mut(word as u64 as usize), version: (word >> 64) as u64 }
}

/// An atomic 32-bit index with a 32-bit version in one `u64`: for slabs, on every target, without provenance to expose.
#[derive(Debug)]
pub struct VersionedIndex {
    word: AtomicU64,
}

impl VersionedIndex {
    /// The index that stands for none.
    pub const NONE: u32 = u32::MAX;

    /// An index at version 0.
    pub fn new(index: u32) -> Self {
        Self { word: AtomicU64::new(u64::from(index)) }
    }

    /// Index and version, read together, with Acquire.
    pub fn load(&self) -> Versioned<u32> {
        // Acquire: pairs with the Release half of `compare_exchange`.
        Self::split(self.word.load(Ordering::Acquire))
    }

    /// Replaces the index and counts the version up, if neither has changed since `current` was read. The version wraps after 2^32 updates.
    ///
    /// # Errors
    ///
    /// What is there now.
    pub fn compare_exchange(&self, current: Versioned<u32>, new: u32) -> Result<Versioned<u32>, Versioned<u32>> {
        let next = Versioned { value: new, version: current.version.wrapping_add(1) & u64::from(u32::MAX) };
        // AcqRel: publishes what the index leads to, to the Acquire of `load` and of other exchanges. Acquire on failure: the caller follows it.
        match self.word.compare_exchange(Self::join(current), Self::join(next), Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(next),
            Err(now) => Err(Self::split(now)),
        }
    }

    fn join(at: Versioned<u32>) -> u64 {
        (at.version << 32) | u64::from(at.value)
    }

    fn split(word: u64) -> Versioned<u32> {
        Versioned { value: word as u32, version: word >> 32 }
    }
}

#[cfg(all(test, not(auditor_loom)))]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_went_away_and_came_back_is_told_apart() {
        let head = VersionedIndex::new(5);
        let seen = head.load();
        head.compare_exchange(seen, 6).unwrap();
        head.compare_exchange(head.load(), 5).unwrap();
        assert_eq!(head.load().value, seen.value);
        assert_eq!(head.compare_exchange(seen, 9), Err(Versioned { value: 5, version: 2 }));
    }

    #[test]
    fn an_index_version_wraps_without_touching_the_index() {
        let head = VersionedIndex { word: AtomicU64::new((u64::from(u32::MAX) << 32) | 3) };
        assert_eq!(head.compare_exchange(head.load(), 4), Ok(Versioned { value: 4, version: 0 }));
        assert_eq!(head.load(), Versioned { value: 4, version: 0 });
    }
}
