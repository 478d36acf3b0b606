//! Scans in order, without locks, over one directory and, shard by shard, one index.

use core::cmp::Ordering as Order;
use core::ops::{Bound, RangeBounds};

use super::key::{compare, prefix};
use super::parts::{Directory, Index, Leaf};
use super::{ShardedSkipMap, index, leaf};
use crate::epoch::Guard;
use crate::map::Ref;
use crate::map::node::Node;

/// Iterator in key order over a map that others may be changing, from both ends; made by [`ShardedSkipMap::range`].
pub struct Range<'a, K: 'static, V: 'static> {
    guard: Guard,
    /// What the guard keeps alive; the map, borrowed for 'a, frees it only through the epochs.
    directory: &'a Directory<K, V>,
    front: Cursor<'a, K, V>,
    /// None before the first step from behind.
    back: Option<Cursor<'a, K, V>>,
    end: Bound<(u64, K)>,
}

/// A place between two entries, and the last one that was returned there.
struct Cursor<'a, K: 'static, V: 'static> {
    shard_at: usize,
    index: Option<&'a Index<K, V>>,
    leaf_at: usize,
    leaf: Option<&'a Leaf<K, V>>,
    position: usize,
    last: Option<*const Node<K, V>>,
}

impl<K, V> ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    /// The entries whose keys lie in a range, in ascending order, or from behind (`rev`) in descending order. Never blocks, and blocks nobody. O(log n) to start, O(1) a step.
    ///
    /// An entry that is in the map from the call to the end is returned exactly once, in its place. One that comes, goes or changes meanwhile is
    /// returned as it was at some moment, or not at all. While the iterator lives, nothing that is removed from this map is freed. A range that ends before it
    /// starts is empty.
    pub fn range(&self, range: impl RangeBounds<K>) -> Range<'_, K, V> {
        let end = range.end_bound().map(|key| (prefix(key), key.clone()));
        let guard = self.domain.pin();
        // SAFETY: an extension of the guard's borrow: the iterator keeps the guard as long as the directory.
        let directory = unsafe { &*core::ptr::from_ref(self.directory(&guard)) };
        let mut scan = Range { guard, directory, front: Cursor::new(), back: None, end };
        let front = match range.start_bound() {
            Bound::Unbounded => Cursor::first(directory, &scan.guard),
            Bound::Included(key) => Cursor::before(directory, (prefix(key), key), false, &scan.guard),
            Bound::Excluded(key) => Cursor::before(directory, (prefix(key), key), true, &scan.guard),
        };
        scan.front = front;
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
            if f(&node.key, node.value()).is_break() {
                return;
            }
        }
    }
}

impl<'a, K, V> Cursor<'a, K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    /// Nowhere: no entry follows, none is before.
    fn new() -> Self {
        Self { shard_at: 0, index: None, leaf_at: 0, leaf: None, position: 0, last: None }
    }

    /// Before the first entry.
    fn first(directory: &'a Directory<K, V>, guard: &Guard) -> Self {
        let mut cursor = Self::new();
        cursor.enter_shard(directory, 0, guard);
        cursor
    }

    /// Behind the last entry.
    fn end(directory: &'a Directory<K, V>, guard: &Guard) -> Self {
        let mut cursor = Self::new();
        cursor.enter_shard_from_behind(directory, directory.shards.len(), guard);
        cursor
    }

    /// Before a key, or behind it.
    fn before(directory: &'a Directory<K, V>, (wanted, key): (u64, &K), beyond: bool, guard: &Guard) -> Self {
        let mut cursor = Self::new();
        cursor.enter_shard(directory, directory.bounds.find(wanted, key), guard);
        if let Some(index) = cursor.index {
            cursor.enter_leaf(index.bounds.find(wanted, key), guard);
        }
        // SAFETY: the nodes of a leaf loaded under this guard are alive while it is held.
        cursor.position = match cursor.leaf.map(|leaf| unsafe { leaf.find(wanted, key) }) {
            Some(Ok(position)) => position + usize::from(beyond),
            Some(Err(position)) => position,
            None => 0,
        };
        cursor
    }

    fn enter_shard(&mut self, directory: &'a Directory<K, V>, at: usize, guard: &Guard) {
        self.shard_at = at;
        // SAFETY: shards of a directory that was loaded under this guard are alive while it is held; so is the index loaded now. The
        // lifetime is the iterator's, which keeps the guard.
        self.index = directory.shards.get(at).map(|&shard| unsafe { &*core::ptr::from_ref(index(&*shard, guard)) });
        self.enter_leaf(0, guard);
    }

    fn enter_leaf(&mut self, at: usize, guard: &Guard) {
        self.leaf_at = at;
        // SAFETY: as in `enter_shard`.
        self.leaf =
            self.index.and_then(|index| leaf(index, at, guard)).map(|leaf| unsafe { &*core::ptr::from_ref(leaf) });
        self.position = 0;
    }

    /// Enters the shard before one, behind its last entry. Nowhere if there is none.
    fn enter_shard_from_behind(&mut self, directory: &'a Directory<K, V>, after: usize, guard: &Guard) {
        match after.checked_sub(1) {
            Some(at) => {
                self.enter_shard(directory, at, guard);
                let leaves = self.index.map_or(0, |index| index.leaves.len());
                self.enter_leaf_from_behind(leaves, guard);
            }
            None => (self.index, self.leaf) = (None, None),
        }
    }

    /// Enters the leaf before one, behind its last entry. Nowhere in the shard if there is none.
    fn enter_leaf_from_behind(&mut self, after: usize, guard: &Guard) {
        match after.checked_sub(1) {
            Some(at) => {
                self.enter_leaf(at, guard);
                self.position = self.leaf.map_or(0, Leaf::len);
            }
            None => self.leaf = None,
        }
    }

    /// The next entry, which is not yet passed.
    #[inline]
    fn peek(&mut self, directory: &'a Directory<K, V>, guard: &Guard) -> Option<(u64, *mut Node<K, V>)> {
        loop {
            if let Some(entry) = self.leaf?.at(self.position) {
                return Some(entry);
            }
            self.enter_leaf(self.leaf_at + 1, guard);
            if self.leaf.is_none() {
                self.enter_shard(directory, self.shard_at + 1, guard);
            }
        }
    }

    /// The entry before this place, which is not yet passed.
    fn peek_back(&mut self, directory: &'a Directory<K, V>, guard: &Guard) -> Option<(u64, *mut Node<K, V>)> {
        loop {
            if let Some(at) = self.position.checked_sub(1) {
                return self.leaf?.at(at);
            }
            self.leaf?;
            self.enter_leaf_from_behind(self.leaf_at, guard);
            if self.leaf.is_none() {
                self.enter_shard_from_behind(directory, self.shard_at, guard);
            }
        }
    }
}

impl<'a, K, V> Range<'a, K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    /// The next node within the range. Alive while the guard is held.
    #[inline]
    fn step(&mut self) -> Option<*const Node<K, V>> {
        let (node_prefix, node) = self.front.peek(self.directory, &self.guard)?;
        // SAFETY: an entry of a leaf loaded under this guard.
        let key = unsafe { &(*node).key };
        let inside = match &self.end {
            Bound::Unbounded => true,
            Bound::Included((end, bound)) => compare(node_prefix, key, *end, bound) != Order::Greater,
            Bound::Excluded((end, bound)) => compare(node_prefix, key, *end, bound) == Order::Less,
        };
        // SAFETY: returned under this guard.
        let is_met = self.back.as_ref().and_then(|back| back.last).is_some_and(|last| *key >= unsafe { &*last }.key);
        if !inside || is_met {
            self.front.leaf = None;
            return None;
        }
        self.front.position += 1;
        self.front.last = Some(node);
        Some(node)
    }

    /// The last node within the range that was not returned. Alive while the guard is held.
    fn step_back(&mut self) -> Option<*const Node<K, V>> {
        let (directory, guard) = (self.directory, &self.guard);
        let back = self.back.get_or_insert_with(|| match &self.end {
            Bound::Unbounded => Cursor::end(directory, guard),
            Bound::Included((wanted, key)) => Cursor::before(directory, (*wanted, key), true, guard),
            Bound::Excluded((wanted, key)) => Cursor::before(directory, (*wanted, key), false, guard),
        });
        let (_, node) = back.peek_back(directory, guard)?;
        // SAFETY: as in `step`.
        let key = unsafe { &(*node).key };
        // The front has returned an entry, and all before it, or stands before the range's first.
        let is_met = match self.front.last {
            // SAFETY: it was met under this guard, which keeps it alive.
            Some(last) => *key <= unsafe { &*last }.key,
            None => match self.front.peek(directory, guard) {
                // SAFETY: it was met under this guard, which keeps it alive.
                Some((_, first)) => *key < unsafe { &*first }.key,
                None => true,
            },
        };
        if is_met {
            back.leaf = None;
            return None;
        }
        back.position -= 1; // auditor: allow(integer-overflow) an entry lies before it
        back.last = Some(node);
        Some(node)
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

impl<K, V> DoubleEndedIterator for Range<'_, K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    fn next_back(&mut self) -> Option<Self::Item> {
        let node = self.step_back()?;
        // SAFETY: as in `next`.
        Some(unsafe { Ref::held(node, self.guard.clone()) })
    }
}

impl<K, V> core::iter::FusedIterator for Range<'_, K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
}
