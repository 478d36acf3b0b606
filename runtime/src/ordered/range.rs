//! Scans in order, without locks, over one directory and, shard by shard, one index.

use core::cmp::Ordering as Order;
use core::ops::{Bound, RangeBounds};

use super::key::{compare, prefix};
use super::parts::{Directory, Index, Leaf};
use super::{ShardedSkipMap, index, leaf};
use crate::epoch::Guard;
use crate::map::Ref;
use crate::map::node::Node;

/// Iterator in key order over a map that others may be changing; made by [`ShardedSkipMap::range`].
pub struct Range<'a, K: 'static, V: 'static> {
    guard: Guard,
    /// What the guard keeps alive; the map, borrowed for 'a, frees it only through the epochs.
    directory: &'a Directory<K, V>,
    shard_at: usize,
    index: Option<&'a Index<K, V>>,
    leaf_at: usize,
    leaf: Option<&'a Leaf<K, V>>,
    position: usize,
    end: Bound<(u64, K)>,
}

impl<K, V> ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    /// The entries whose keys lie in a range, in ascending order. Never blocks, and blocks nobody. O(log n) to start, O(1) a step.
    ///
    /// An entry that is in the map from the call to the end is returned exactly once, in its place. One that comes, goes or changes meanwhile is
    /// returned as it was at some moment, or not at all. While the iterator lives, nothing that is removed from this map is freed. A range that ends before it
    /// starts is empty.
    pub fn range(&self, range: impl RangeBounds<K>) -> Range<'_, K, V> {
        let end = range.end_bound().map(|key| (prefix(key), key.clone()));
        let guard = self.domain.pin();
        // SAFETY: an extension of the guard's borrow: the iterator keeps the guard as long as the directory.
        let directory = unsafe { &*core::ptr::from_ref(self.directory(&guard)) };
        let mut scan = Range { guard, directory, shard_at: 0, index: None, leaf_at: 0, leaf: None, position: 0, end };
        match range.start_bound() {
            Bound::Unbounded => scan.enter_shard(0),
            Bound::Included(key) => scan.seek(key, false),
            Bound::Excluded(key) => scan.seek(key, true),
        }
        // Here, not after the return: were a key's destructor to panic there, the compiler would leak the iterator and its guard.
        drop(range);
        scan
    }

    /// All entries, in ascending order; see [`range`](Self::range).
    pub fn iter(&self) -> Range<'_, K, V> {
        self.range(..)
    }

    /// The entry with the smallest key, as of some moment of the call. Never blocks.
    pub fn first(&self) -> Option<Ref<'_, K, V>> {
        self.iter().next()
    }

    /// The entry with the largest key, as of some moment of the call. Never blocks.
    pub fn last(&self) -> Option<Ref<'_, K, V>> {
        let guard = self.domain.pin();
        let alive = &guard;
        // SAFETY: shards in a directory that was loaded under a guard are alive while it is held.
        let shards = self.directory(alive).shards.iter().rev().map(|&shard| index(unsafe { &*shard }, alive));
        let (_, node) = shards
            .flat_map(|index| (0..index.leaves.len()).rev().filter_map(move |at| leaf(index, at, alive)))
            .find_map(|leaf| leaf.at(leaf.len().checked_sub(1)?))?;
        // SAFETY: found under this guard, which the Ref keeps, in the map that it borrows.
        Some(unsafe { Ref::held(node, guard) })
    }

    /// The entry with the smallest key that is not below a bound. Never blocks. O(log n).
    pub fn lower_bound(&self, bound: Bound<&K>) -> Option<Ref<'_, K, V>> {
        self.range((bound.cloned(), Bound::Unbounded)).next()
    }

    /// Runs `f` on the entries of a range in ascending order, until it says [`Break`](core::ops::ControlFlow::Break); the fastest way to scan. As
    /// [`range`](Self::range) otherwise.
    pub fn scan(&self, range: impl RangeBounds<K>, mut f: impl FnMut(&K, &V) -> core::ops::ControlFlow<()>) {
        let mut scan = self.range(range);
        while let Some(node) = scan.step() {
            // SAFETY: stepped to under the scan's guard, which is still held.
            let node = unsafe { &*node };
            if f(&node.key, &node.value).is_break() {
                return;
            }
        }
    }
}

impl<'a, K, V> Range<'a, K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    fn enter_shard(&mut self, at: usize) {
        self.shard_at = at;
        // SAFETY: shards of a directory that was loaded under this guard are alive while it is held; so is the index loaded now. The
        // lifetime is the iterator's, which keeps the guard.
        self.index =
            self.directory.shards.get(at).map(|&shard| unsafe { &*core::ptr::from_ref(index(&*shard, &self.guard)) });
        self.enter_leaf(0);
    }

    fn enter_leaf(&mut self, at: usize) {
        self.leaf_at = at;
        // SAFETY: as in `enter_shard`.
        self.leaf = self
            .index
            .and_then(|index| leaf(index, at, &self.guard))
            .map(|leaf| unsafe { &*core::ptr::from_ref(leaf) });
        self.position = 0;
    }

    fn seek(&mut self, key: &K, beyond: bool) {
        let wanted = prefix(key);
        self.enter_shard(self.directory.bounds.find(wanted, key));
        if let Some(index) = self.index {
            self.enter_leaf(index.bounds.find(wanted, key));
        }
        // SAFETY: the nodes of a leaf loaded under this guard are alive while it is held.
        self.position = match self.leaf.map(|leaf| unsafe { leaf.find(wanted, key) }) {
            Some(Ok(position)) => position + usize::from(beyond),
            Some(Err(position)) => position,
            None => 0,
        };
    }

    /// The next node within the range. Alive while the guard is held.
    #[inline]
    fn step(&mut self) -> Option<*const Node<K, V>> {
        loop {
            let leaf = self.leaf?;
            if let Some((node_prefix, node)) = leaf.at(self.position) {
                self.position += 1;
                // SAFETY: an entry of a leaf loaded under this guard.
                let key = unsafe { &(*node).key };
                let inside = match &self.end {
                    Bound::Unbounded => true,
                    Bound::Included((end, bound)) => compare(node_prefix, key, *end, bound) != Order::Greater,
                    Bound::Excluded((end, bound)) => compare(node_prefix, key, *end, bound) == Order::Less,
                };
                if inside {
                    return Some(node);
                }
                self.leaf = None;
                return None;
            }
            self.enter_leaf(self.leaf_at + 1);
            if self.leaf.is_none() {
                self.enter_shard(self.shard_at + 1);
            }
        }
    }
}

impl<'a, K, V> Iterator for Range<'a, K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    type Item = Ref<'a, K, V>;

    #[inline]
    fn next(&mut self) -> Option<Ref<'a, K, V>> {
        let node = self.step()?;
        // SAFETY: found under the iterator's guard, of which the Ref gets a clone, in the map that 'a borrows.
        Some(unsafe { Ref::held(node, self.guard.clone()) })
    }
}
