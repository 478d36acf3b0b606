//! The usual traits.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::{Owned, ShardedMap};

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
        // An iterator's word for its length is believed up to here.
        let map = Self::with_capacity_and_hasher(entries.size_hint().0.min(1 << 16), S::default());
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

/// Whether both have the same keys with equal values. Each is read as its iteration meets it.
impl<K, V, S> PartialEq for ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: PartialEq + Send,
    S: BuildHasher + 'static,
{
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().all(|entry| other.get_with(entry.key(), |value| value == entry.value()).unwrap_or(false))
    }
}

impl<K, V, S> Eq for ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Eq + Send,
    S: BuildHasher + 'static,
{
}

impl<K, V, S, const N: usize> From<[(K, V); N]> for ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + Default + 'static,
{
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V, S, T> From<std::collections::HashMap<K, V, T>> for ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + Default + 'static,
{
    fn from(map: std::collections::HashMap<K, V, T>) -> Self {
        map.into_iter().collect()
    }
}

/// All entries, out of a map that nobody else has; made by `into_iter`.
#[derive(Debug)]
pub struct IntoIter<K, V> {
    entries: std::vec::IntoIter<(K, V)>,
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        self.entries.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<K, V> ExactSizeIterator for IntoIter<K, V> {}

impl<K, V, S> IntoIterator for ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    /// Key and value of every entry. No references are left, so nothing is waited for.
    fn into_iter(self) -> IntoIter<K, V> {
        // SAFETY: the map is owned here: no reference into it is left.
        let entries: Vec<(K, V)> = self.drain().map(|entry| unsafe { Owned::into_pair_alone(entry) }).collect();
        IntoIter { entries: entries.into_iter() }
    }
}
