//! The usual traits.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::ShardedMap;

impl<K, V, S> Default for ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + Default + 'static,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V, S> fmt::Debug for ShardedMap<K, V, S>
where
    K: Eq + Hash + Send + fmt::Debug,
    V: Send + fmt::Debug,
    S: BuildHasher + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for entry in self {
            map.entry(entry.key(), entry.value());
        }
        map.finish()
    }
}

impl<K, V, S> FromIterator<(K, V)> for ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + Default + 'static,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let map = Self::with_capacity_and_hasher(entries.size_hint().0, S::default());
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<K, V, S> Extend<(K, V)> for ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K, V, S> Clone for ShardedMap<K, V, S>
where
    K: Eq + Hash + Clone + Send,
    V: Clone + Send,
    S: BuildHasher + Clone + 'static,
{
    /// A map with clones of the entries that [`iter`](ShardedMap::iter) meets.
    fn clone(&self) -> Self {
        let map = Self::with_capacity_and_hasher(self.len(), self.hasher().clone());
        for entry in self {
            map.insert(entry.key().clone(), entry.value().clone());
        }
        map
    }
}
