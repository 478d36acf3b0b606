//! [`ShardedSet`]: a [`ShardedMap`] of keys alone.

use core::borrow::Borrow;
use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::{Iter, RandomState, ShardedMap};

/// A concurrent hash set: a [`ShardedMap`] whose values are nothing, with all that it says of reads, writes, panics and memory.
///
/// ```
/// use auditor_runtime::ShardedSet;
///
/// let seen = ShardedSet::new();
/// assert!(seen.insert("a") && !seen.insert("a"));
/// assert!(seen.contains("a") && seen.remove("a") && seen.is_empty());
/// ```
pub struct ShardedSet<K, S = RandomState> {
    map: ShardedMap<K, (), S>,
}

impl<K: Eq + Hash + Send> ShardedSet<K> {
    /// An empty set: about 1 KiB.
    pub fn new() -> Self {
        Self::with_hasher(RandomState::default())
    }

    /// A set with room for `capacity` keys; see [`ShardedMap::with_capacity`].
    pub fn with_capacity(capacity: usize) -> Self {
        Self { map: ShardedMap::with_capacity(capacity) }
    }
}

impl<K, S> ShardedSet<K, S>
where
    K: Eq + Hash + Send,
    S: BuildHasher + 'static,
{
    /// An empty set with a hasher; see [`ShardedMap::with_hasher`].
    pub fn with_hasher(hasher: S) -> Self {
        Self { map: ShardedMap::with_hasher(hasher) }
    }

    /// The map under it, for all that is not here.
    pub fn as_map(&self) -> &ShardedMap<K, (), S> {
        &self.map
    }

    /// Puts a key in. Returns whether it was absent.
    ///
    /// Blocking: waits for other writers of the shard.
    pub fn insert(&self, key: K) -> bool {
        self.map.insert(key, ()).is_none()
    }

    /// Removes a key. Returns whether it was there.
    ///
    /// Blocking: waits for other writers of the shard.
    pub fn remove<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.remove(key).is_some()
    }

    /// Whether a key is there. Never blocks.
    pub fn contains<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.contains_key(key)
    }

    /// Keeps the keys for which `keep` holds; see [`ShardedMap::retain`].
    pub fn retain(&self, mut keep: impl FnMut(&K) -> bool) {
        self.map.retain(|key, ()| keep(key));
    }

    /// Removes everything; see [`ShardedMap::clear`].
    pub fn clear(&self) {
        self.map.clear();
    }

    /// All keys, as entries; see [`ShardedMap::iter`].
    pub fn iter(&self) -> Iter<'_, K, (), S> {
        self.map.iter()
    }

    /// The number of keys; see [`ShardedMap::len`].
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is none; see [`ShardedMap::is_empty`].
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
}

impl<K, S> Default for ShardedSet<K, S>
where
    K: Eq + Hash + Send,
    S: BuildHasher + Default + 'static,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, S> FromIterator<K> for ShardedSet<K, S>
where
    K: Eq + Hash + Send,
    S: BuildHasher + Default + 'static,
{
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        Self { map: keys.into_iter().map(|key| (key, ())).collect() }
    }
}

impl<K, S> Extend<K> for ShardedSet<K, S>
where
    K: Eq + Hash + Send,
    S: BuildHasher + 'static,
{
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        self.map.extend(keys.into_iter().map(|key| (key, ())));
    }
}

impl<'a, K, S> IntoIterator for &'a ShardedSet<K, S>
where
    K: Eq + Hash + Send,
    S: BuildHasher + 'static,
{
    type Item = super::Ref<'a, K, ()>;
    type IntoIter = Iter<'a, K, (), S>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, S> PartialEq for ShardedSet<K, S>
where
    K: Eq + Hash + Send,
    S: BuildHasher + 'static,
{
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<K, S> fmt::Debug for ShardedSet<K, S>
where
    K: Eq + Hash + Send + fmt::Debug,
    S: BuildHasher + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        for entry in self {
            set.entry(entry.key());
        }
        set.finish()
    }
}
