//! [`TreiberStack`]: a lock-free stack in a fixed array. Nodes are type-stable and heads versioned, so a pop that was overtaken reads an old
//! link, never freed memory, and its exchange fails.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

use super::versioned::VersionedIndex;
use crate::sync::atomic::{AtomicU32, Ordering};

struct Node<T> {
    next: AtomicU32,
    value: UnsafeCell<MaybeUninit<T>>,
}

/// A lock-free stack of at most `N` elements, without allocation.
///
/// ```
/// use auditor_runtime::tagged::TreiberStack;
///
/// let stack = TreiberStack::<&str, 2>::new();
/// stack.push("a").unwrap();
/// stack.push("b").unwrap();
/// assert_eq!(stack.push("c"), Err("c"));
/// assert_eq!(stack.pop(), Some("b"));
/// ```
pub struct TreiberStack<T, const N: usize> {
    full: VersionedIndex,
    free: VersionedIndex,
    nodes: [Node<T>; N],
}

// SAFETY: elements move between threads by value (Send), each owned by the one thread whose exchange took its node off a list;
// no reference to an element is ever shared.
unsafe impl<T: Send, const N: usize> Sync for TreiberStack<T, N> {}
// SAFETY: owns its elements.
unsafe impl<T: Send, const N: usize> Send for TreiberStack<T, N> {}

impl<T, const N: usize> TreiberStack<T, N> {
    const FITS: () = assert!(N < u32::MAX as usize, "indexes are 32 bits, one of them means none");

    /// An empty stack.
    pub fn new() -> Self {
        let () = Self::FITS;
        let link = |next: usize| if next < N { next as u32 } else { VersionedIndex::NONE };
        Self {
            full: VersionedIndex::new(VersionedIndex::NONE),
            free: VersionedIndex::new(link(0)),
            nodes: core::array::from_fn(|index| Node {
                next: AtomicU32::new(link(index + 1)),
                value: UnsafeCell::new(MaybeUninit::uninit()),
            }),
        }
    }

    /// Puts an element on top. Lock-free.
    ///
    /// # Errors
    ///
    /// The element, when `N` are there.
    pub fn push(&self, value: T) -> Result<(), T> {
        let Some((index, node)) = self.take(&self.free) else { return Err(value) };
        // SAFETY: taken off the free list by this thread's exchange: nobody else touches its value until it is on a list again.
        unsafe { (*node.value.get()).write(value) };
        self.put(&self.full, index, node);
        Ok(())
    }

    /// Takes the top element. Lock-free.
    pub fn pop(&self) -> Option<T> {
        let (index, node) = self.take(&self.full)?;
        // SAFETY: taken off the full list by this thread's exchange, whose Acquire brings the value that `push` wrote before its Release; read
        // once, since the node leaves the list of full ones.
        let value = unsafe { (*node.value.get()).assume_init_read() };
        self.put(&self.free, index, node);
        Some(value)
    }

    /// Whether there was no element at the moment of the call.
    pub fn is_empty(&self) -> bool {
        self.full.load().value == VersionedIndex::NONE
    }

    /// Takes the first node off a list.
    fn take(&self, list: &VersionedIndex) -> Option<(u32, &Node<T>)> {
        let mut head = list.load();
        loop {
            let node = self.nodes.get(head.value as usize)?;
            // Relaxed: the Acquire load of the head ordered the link. Should the node have been taken meanwhile, the link is some later one, and
            // the version makes the exchange fail.
            let next = node.next.load(Ordering::Relaxed);
            match list.compare_exchange(head, next) {
                Ok(_) => return Some((head.value, node)),
                Err(now) => head = now,
            }
        }
    }

    /// Puts a node that this thread owns on a list.
    fn put(&self, list: &VersionedIndex, index: u32, node: &Node<T>) {
        let mut head = list.load();
        loop {
            // Relaxed: the exchange's Release publishes it.
            node.next.store(head.value, Ordering::Relaxed);
            match list.compare_exchange(head, index) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }
}

impl<T, const N: usize> Default for TreiberStack<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> Drop for TreiberStack<T, N> {
    fn drop(&mut self) {
        while self.pop().is_some() {}
    }
}

impl<T, const N: usize> core::fmt::Debug for TreiberStack<T, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("TreiberStack").field("capacity", &N).field("is_empty", &self.is_empty()).finish()
    }
}

#[cfg(all(test, not(auditor_loom), feature = "std"))]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn elements_come_back_in_reverse_and_are_dropped_once() {
        let counted = Arc::new(());
        let stack = TreiberStack::<_, 8>::default();
        for n in 0..8 {
            stack.push((n, Arc::clone(&counted))).unwrap();
        }
        assert_eq!(stack.pop().unwrap().0, 7);
        assert_eq!(stack.pop().unwrap().0, 6);
        assert_eq!(Arc::strong_count(&counted), 7);
        drop(stack);
        assert_eq!(Arc::strong_count(&counted), 1);
    }

    #[test]
    fn a_stack_without_room_refuses_everything() {
        let stack = TreiberStack::<u8, 0>::new();
        assert_eq!(stack.push(1), Err(1));
        assert_eq!(stack.pop(), None);
    }

    #[test]
    fn threads_that_recycle_nodes_lose_and_invent_nothing() {
        let stack = TreiberStack::<Box<u64>, 4>::new();
        for n in 0..4 {
            stack.push(Box::new(n)).unwrap();
        }
        let rounds = if cfg!(miri) { 100 } else { 50_000 };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..rounds {
                        if let Some(element) = stack.pop() {
                            stack.push(element).unwrap();
                        }
                    }
                });
            }
        });
        let mut left: Vec<u64> = core::iter::from_fn(|| stack.pop()).map(|element| *element).collect();
        left.sort_unstable();
        assert_eq!(left, [0, 1, 2, 3]);
    }
}
