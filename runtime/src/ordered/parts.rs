//! What the ordered map is made of: leaves of sorted entries, each shard's index of leaves, the directory of shards. All are fixed once published,
//! but for the pointers in them that are exchanged one by one.

use core::cmp::Ordering as Order;
use std::sync::Arc;

use super::key::{compare, is_exact, prefix};
use crate::map::node::Node;
use crate::raw::lock::ShardLock;
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

/// Entries in a full leaf.
pub(super) const LEAF: usize = 32;
/// Leaves in a full shard: it splits.
pub(super) const SHARD: usize = if cfg!(any(miri, auditor_loom, shuttle)) { 4 } else { 64 };

/// Up to `LEAF` entries in order. Which keys it has never changes; the node of a key is exchanged when its value is replaced.
pub(super) struct Leaf<K, V> {
    len: usize,
    prefixes: [u64; LEAF],
    nodes: [AtomicPtr<Node<K, V>>; LEAF],
}

impl<K, V> Leaf<K, V> {
    /// The nodes of a leaf that nobody else has.
    pub(super) fn into_nodes(self: Box<Self>) -> Vec<*mut Node<K, V>> {
        // Relaxed: exclusive.
        self.nodes.iter().take(self.len).map(|node| node.load(Ordering::Relaxed)).collect()
    }

    /// A leaf of these entries: at most `LEAF`, in order.
    pub(super) fn new(entries: impl Iterator<Item = (u64, *mut Node<K, V>)>) -> Self {
        let mut leaf = Self {
            len: 0,
            prefixes: [u64::MAX; LEAF],
            nodes: core::array::from_fn(|_| AtomicPtr::new(core::ptr::null_mut())),
        };
        for ((prefix, node), (to, at)) in entries.zip(leaf.prefixes.iter_mut().zip(&leaf.nodes)) {
            *to = prefix;
            // Relaxed: not yet published.
            at.store(node, Ordering::Relaxed);
            leaf.len += 1; // auditor: allow(integer-overflow) at most LEAF
        }
        leaf
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }
}

impl<K: Ord + 'static, V> Leaf<K, V> {
    /// The entries from one position on, as of a load each.
    pub(super) fn entries(&self) -> impl Iterator<Item = (u64, *mut Node<K, V>)> + '_ {
        // Acquire: pairs with the Release in `replace` and with the publication of the leaf.
        self.prefixes
            .iter()
            .zip(&self.nodes)
            .take(self.len)
            .map(|(prefix, node)| (*prefix, node.load(Ordering::Acquire)))
    }

    /// One entry.
    #[inline]
    pub(super) fn at(&self, position: usize) -> Option<(u64, *mut Node<K, V>)> {
        if position >= self.len {
            return None;
        }
        // Acquire: as in `entries`.
        Some((*self.prefixes.get(position)?, self.nodes.get(position)?.load(Ordering::Acquire)))
    }

    /// Exchanges the node of an entry.
    pub(super) fn replace(&self, position: usize, node: *mut Node<K, V>) -> *mut Node<K, V> {
        // AcqRel: publishes the new node to the Acquire in `at`; brings the old one.
        self.nodes.get(position).map_or(core::ptr::null_mut(), |at| at.swap(node, Ordering::AcqRel))
    }

    /// The position of a key, or where it belongs.
    ///
    /// # Safety
    ///
    /// The leaf's nodes are alive.
    #[inline]
    pub(super) unsafe fn find(&self, wanted: u64, key: &K) -> Result<usize, usize> {
        // Branchless counts: the compiler makes vectors of them. Unused prefixes are the largest number, hence never below.
        // auditor: allow(panicking-api) a sum of counts of things in memory
        let mut low: usize = self.prefixes.iter().map(|&prefix| usize::from(prefix < wanted)).sum();
        if is_exact::<K>() {
            let there = low < self.len && self.prefixes.get(low) == Some(&wanted);
            return if there { Ok(low) } else { Err(low) };
        }
        // auditor: allow(panicking-api) a sum of counts of things in memory
        let above: usize = self.prefixes.iter().map(|&prefix| usize::from(prefix > wanted)).sum();
        let mut high = LEAF.saturating_sub(above).min(self.len);
        while low < high {
            let middle = usize::midpoint(low, high);
            let Some((_, node)) = self.at(middle) else { break };
            // SAFETY: alive by the contract; entries below `len` are never null.
            match unsafe { &(*node).key }.cmp(key) {
                Order::Less => low = middle + 1,
                Order::Equal => return Ok(middle),
                Order::Greater => high = middle,
            }
        }
        Err(low)
    }
}

/// Sorted lower bounds; the first is always "from the start". What lies at or above a bound, and below the next, belongs to it.
pub(super) struct Bounds<K> {
    prefixes: Vec<u64>,
    keys: Vec<Option<Arc<K>>>,
}

impl<K: Ord + 'static> Bounds<K> {
    pub(super) fn new() -> Self {
        Self { prefixes: vec![0], keys: vec![None] }
    }

    /// Which bound a key belongs to.
    #[inline]
    pub(super) fn find(&self, wanted: u64, key: &K) -> usize {
        if is_exact::<K>() {
            // The first prefix is zero, so at least one is not above; the keys stay out of the caches.
            return self.prefixes.partition_point(|&prefix| prefix <= wanted).saturating_sub(1);
        }
        let (mut low, mut high) = (1, self.prefixes.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let (Some(&prefix), Some(Some(bound))) = (self.prefixes.get(middle), self.keys.get(middle)) else { break };
            if compare(prefix, bound.as_ref(), wanted, key) == Order::Greater {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low - 1 // auditor: allow(integer-overflow) low starts at 1
    }

    /// A copy with another bound after position `at`.
    pub(super) fn with(&self, at: usize, key: Arc<K>) -> Self {
        let (mut prefixes, mut keys) = (self.prefixes.clone(), self.keys.clone());
        let at = (at + 1).min(keys.len());
        // auditor: allow(panicking-api) `at` is at most the length, which both lists share
        prefixes.insert(at, prefix(key.as_ref()));
        // auditor: allow(panicking-api) as above
        keys.insert(at, Some(key));
        Self { prefixes, keys }
    }

    /// A copy without the part at `at`; its neighbour takes the range over.
    pub(super) fn without(&self, at: usize) -> Self {
        let mut bounds = Self { prefixes: self.prefixes.clone(), keys: self.keys.clone() };
        // The first bound stays: without the first part the second one begins at the start.
        let at = at.max(1);
        if at < bounds.keys.len() {
            bounds.prefixes.remove(at); // auditor: allow(panicking-api) just checked
            bounds.keys.remove(at); // auditor: allow(panicking-api) just checked
        }
        bounds
    }

    /// The parts below and from `at`, and the key between them.
    pub(super) fn split(&self, at: usize) -> Option<(Self, Arc<K>, Self)> {
        let between = self.keys.get(at)?.clone()?;
        let mut upper = Self { prefixes: self.prefixes.get(at..)?.to_vec(), keys: self.keys.get(at..)?.to_vec() };
        if let (Some(prefix), Some(key)) = (upper.prefixes.first_mut(), upper.keys.first_mut()) {
            (*prefix, *key) = (0, None);
        }
        let lower = Self { prefixes: self.prefixes.get(..at)?.to_vec(), keys: self.keys.get(..at)?.to_vec() };
        Some((lower, between, upper))
    }
}

/// The leaves of a shard.
pub(super) struct Index<K, V> {
    pub(super) bounds: Bounds<K>,
    pub(super) leaves: Vec<AtomicPtr<Leaf<K, V>>>,
}

/// A range of keys with one writer at a time.
pub(super) struct Shard<K, V> {
    pub(super) lock: ShardLock,
    /// Set under the lock when two others have taken this one's place.
    pub(super) frozen: AtomicBool,
    /// Counts writes, under the lock.
    pub(super) version: AtomicU64,
    pub(super) len: AtomicUsize,
    pub(super) index: AtomicPtr<Index<K, V>>,
}

impl<K, V> Shard<K, V> {
    pub(super) fn new(index: Index<K, V>, len: usize) -> *mut Self {
        Box::into_raw(Box::new(Self {
            lock: ShardLock::new(),
            frozen: AtomicBool::new(false),
            version: AtomicU64::new(0),
            len: AtomicUsize::new(len),
            index: AtomicPtr::new(Box::into_raw(Box::new(index))),
        }))
    }
}

/// All shards, by range.
pub(super) struct Directory<K, V> {
    pub(super) bounds: Bounds<K>,
    pub(super) shards: Vec<*mut Shard<K, V>>,
}

/// Copies a list of pointers.
pub(super) fn copied<T>(list: &[AtomicPtr<T>]) -> Vec<*mut T> {
    // Acquire: pairs with the publication of what they point to.
    list.iter().map(|at| at.load(Ordering::Acquire)).collect()
}

/// Makes pointers exchangeable again.
pub(super) fn atomic<T>(list: impl IntoIterator<Item = *mut T>) -> Vec<AtomicPtr<T>> {
    list.into_iter().map(AtomicPtr::new).collect()
}
