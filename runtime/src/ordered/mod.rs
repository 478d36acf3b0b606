//! [`ShardedSkipMap`]: the ordered map. Construction and lookups; writing is in `write`, iteration in `range`.

mod grow;
mod key;
mod locked;
mod parts;
mod range;
mod write;

use core::fmt;
use core::marker::PhantomData;
use std::alloc::Layout;

pub use range::Range;

use crate::epoch::{Domain, DomainOwner, Guard};
use crate::map::Ref;
use crate::map::node::Node;
use crate::raw::Claims;
use crate::raw::lock::ShardLock;
use crate::sync::atomic::{AtomicPtr, Ordering};
use key::prefix;
use parts::{Bounds, Directory, Index, Leaf, Shard};

/// A concurrent map in key order. Reads and range scans take no lock and never wait; a writer locks one shard; shards are ranges of keys, and a
/// full one splits in two while readers and writers run.
///
/// It is a skip list with its towers flattened: entries lie in sorted leaves of up to 32, a shard has an array of up to 64 leaves
/// for its upper levels, and a directory orders the shards. (Hashing keys to shards with a skip list in each, as often drawn, gives neither order nor
/// speed: a scan would have to merge all shards.) Leaves are replaced whole, by one pointer.
///
/// * **Reads**: O(log n), a binary search in two arrays and one leaf. They do not block and cannot be blocked.
/// * **Writes** wait for other writers of the same range; a leaf of at most 32 entries is copied, sometimes an array of 64, rarely the
///   directory (one pointer for each 1,000 entries or so).
/// * **Consistency**: operations on keys are linearizable. A scan is not one instant: see [`range`](Self::range).
/// * **Panics** in `Ord`, `Clone` or `Drop` leave the map consistent, unlocked and complete.
/// * **Keys** are cloned once in a while, as bounds of leaves and shards; integers and strings compare by their first eight bytes where these
///   decide, without a look at the key.
///
/// ```
/// use auditor_runtime::ShardedSkipMap;
///
/// let events = ShardedSkipMap::new();
/// for (time, what) in [(30, "stop"), (10, "start"), (20, "work")] {
///     events.insert(time, what);
/// }
/// let later: Vec<_> = events.range(15..).map(|entry| *entry.value()).collect();
/// assert_eq!(later, ["work", "stop"]);
/// assert_eq!(events.first().map(|entry| *entry.key()), Some(10));
/// ```
pub struct ShardedSkipMap<K: 'static, V: 'static> {
    directory: AtomicPtr<Directory<K, V>>,
    growth: ShardLock,
    /// Entries whose closures run.
    claims: Claims,
    domain: DomainOwner,
    _owns: PhantomData<Node<K, V>>,
}

// SAFETY: the map owns its keys and values; other threads may drop them (Send), and bounds are shared (Sync).
unsafe impl<K: Send + Sync, V: Send> Send for ShardedSkipMap<K, V> {}
// SAFETY: shared maps hand out references to keys and values on any thread (Sync) and take and drop them on any (Send).
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for ShardedSkipMap<K, V> {}

impl<K, V> ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    /// An empty map with one shard.
    pub fn new() -> Self {
        let leaf = Box::into_raw(Box::new(Leaf::new(core::iter::empty())));
        let shard = Shard::new(Index { bounds: Bounds::new(), leaves: parts::atomic([leaf]) }, 0);
        let directory = Box::into_raw(Box::new(Directory { bounds: Bounds::new(), shards: vec![shard] }));
        let domain = Domain::try_new().unwrap_or_else(|| std::alloc::handle_alloc_error(Layout::new::<Domain>()));
        Self {
            directory: AtomicPtr::new(directory),
            growth: ShardLock::new(),
            claims: Claims::new(),
            domain,
            _owns: PhantomData,
        }
    }

    #[inline]
    fn directory<'g>(&self, _alive: &'g Guard) -> &'g Directory<K, V> {
        // Acquire: pairs with the Release store in `split_shard`.
        // SAFETY: never null; a replaced directory is retired, so one loaded under a guard lives as long as the guard.
        unsafe { &*self.directory.load(Ordering::Acquire) }
    }

    /// The shard of a key.
    #[inline]
    fn shard<'g>(&self, wanted: u64, key: &K, guard: &'g Guard) -> Option<&'g Shard<K, V>> {
        let directory = self.directory(guard);
        let at = directory.bounds.find(wanted, key);
        // SAFETY: shards in a directory are retired only after a directory without them was published.
        directory.shards.get(at).map(|&shard| unsafe { &*shard })
    }

    /// The node of a key.
    #[inline]
    fn find<'g>(&self, key: &K, guard: &'g Guard) -> Option<&'g Node<K, V>> {
        let wanted = prefix(key);
        let shard = self.shard(wanted, key, guard)?;
        let index = index(shard, guard);
        let leaf = leaf(index, index.bounds.find(wanted, key), guard)?;
        // SAFETY: nodes in a leaf are retired only after the leaf lost them, so under this guard they are alive.
        unsafe {
            let position = leaf.find(wanted, key).ok()?;
            let (_, node) = leaf.at(position)?;
            node.as_ref()
        }
    }

    /// The entry of a key, as of one moment between call and return. Never blocks. O(log n).
    #[inline]
    pub fn get(&self, key: &K) -> Option<Ref<'_, K, V>> {
        let guard = self.domain.pin();
        let node = core::ptr::from_ref(self.find(key, &guard)?);
        // SAFETY: found under this guard, which the Ref keeps; the map, borrowed by it, frees nodes only when dropped.
        Some(unsafe { Ref::held(node, guard) })
    }

    /// Runs `f` on a key's value, without keeping a reference. Never blocks. O(log n).
    #[inline]
    pub fn get_with<R>(&self, key: &K, f: impl FnOnce(&V) -> R) -> Option<R> {
        let guard = self.domain.pin();
        self.find(key, &guard).map(|node| f(node.value()))
    }

    /// Whether a key is there. Never blocks. O(log n).
    #[inline]
    pub fn contains_key(&self, key: &K) -> bool {
        self.find(key, &self.domain.pin()).is_some()
    }

    /// The number of entries: the sum over the shards, each as of a moment of its own. Exact when nobody writes. Never blocks; O(shards).
    pub fn len(&self) -> usize {
        let guard = self.domain.pin();
        // SAFETY: as in `shard`. Relaxed: a sum over moments.
        // auditor: allow(panicking-api) a sum of counts of things in memory
        self.directory(&guard).shards.iter().map(|&shard| unsafe { &*shard }.len.load(Ordering::Relaxed)).sum()
    }

    /// Whether there is no entry, in the sense of [`len`](Self::len).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of shards; it only grows.
    pub fn shard_count(&self) -> usize {
        self.directory(&self.domain.pin()).shards.len()
    }
}

/// A shard's index.
#[inline]
fn index<'g, K, V>(shard: &'g Shard<K, V>, _alive: &'g Guard) -> &'g Index<K, V> {
    // Acquire: pairs with the Release stores in `write`.
    // SAFETY: never null; a replaced index is retired, so one loaded under a guard lives as long as the guard.
    unsafe { &*shard.index.load(Ordering::Acquire) }
}

/// A leaf of an index.
#[inline]
fn leaf<'g, K, V>(index: &'g Index<K, V>, at: usize, _alive: &'g Guard) -> Option<&'g Leaf<K, V>> {
    // Acquire: pairs with the Release stores in `write`.
    // SAFETY: never null; a replaced leaf is retired, so one loaded under a guard lives as long as the guard. An index that was replaced
    // itself keeps the leaves it had then, which were current when this guard's reader loaded it.
    index.leaves.get(at).map(|leaf| unsafe { &*leaf.load(Ordering::Acquire) })
}

impl<K: 'static, V: 'static> Drop for ShardedSkipMap<K, V> {
    fn drop(&mut self) {
        // SAFETY: for the whole body, exclusive access. What the current directory leads to was made by Box::into_raw, is not retired, and
        // comes up once. Relaxed: exclusive. A destructor that panics must not keep the others from running.
        unsafe {
            let directory = Box::from_raw(self.directory.load(Ordering::Relaxed));
            for &shard in &directory.shards {
                let shard = Box::from_raw(shard);
                let index = Box::from_raw(shard.index.load(Ordering::Relaxed));
                for leaf in parts::copied(&index.leaves) {
                    grow::free_leaf_with_nodes(Box::from_raw(leaf));
                }
            }
        }
    }
}

impl<K, V> Default for ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> FromIterator<(K, V)> for ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<K, V> Extend<(K, V)> for ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<'a, K, V> IntoIterator for &'a ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    type Item = Ref<'a, K, V>;
    type IntoIter = Range<'a, K, V>;

    fn into_iter(self) -> Range<'a, K, V> {
        self.iter()
    }
}

impl<K, V> fmt::Debug for ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + fmt::Debug + 'static,
    V: Send + fmt::Debug + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for entry in self.iter() {
            map.entry(entry.key(), entry.value());
        }
        map.finish()
    }
}
