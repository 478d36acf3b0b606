//! [`Entry`]: a key on its way to the map. It holds no lock between its steps; the last step is one atomic operation.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::{Owned, RandomState, Ref, ShardedMap};

/// A key and the map it is meant for; made by [`ShardedMap::entry`].
///
/// Unlike other maps' entries it locks nothing until `or_insert` or its like runs, and that is one step for other threads,
/// [`and_update`](Self::and_update) included. So it can be kept, and dropped, without harm.
pub struct Entry<'a, K, V, S = RandomState, U = Untouched> {
    map: &'a ShardedMap<K, V, S>,
    key: K,
    update: U,
}

/// An entry without an update.
#[derive(Debug)]
pub struct Untouched;

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// The entry of a key, for an insertion or an update. Locks nothing.
    pub fn entry(&self, key: K) -> Entry<'_, K, V, S> {
        Entry { map: self, key, update: Untouched }
    }
}

impl<K, V, S, U> Entry<'_, K, V, S, U> {
    /// The key.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The key, back.
    pub fn into_key(self) -> K {
        self.key
    }
}

impl<'a, K, V, S> Entry<'a, K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// What is there, or else this value. A hit never blocks.
    pub fn or_insert(self, value: V) -> Ref<'a, K, V> {
        self.map.get_or_insert_with(self.key, || value)
    }

    /// What is there, or else what `make` returns; see [`ShardedMap::get_or_insert_with`].
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> Ref<'a, K, V> {
        self.map.get_or_insert_with(self.key, make)
    }

    /// What is there, or else the default value.
    pub fn or_default(self) -> Ref<'a, K, V>
    where
        V: Default,
    {
        self.map.get_or_insert_with(self.key, V::default)
    }

    /// Puts a value there, whatever was; returns what was.
    pub fn insert(self, value: V) -> Option<Owned<'a, K, V>> {
        self.map.insert(self.key, value)
    }

    /// Replaces what is there by `update` of it when the entry is completed by one of the `or_` methods.
    #[must_use = "nothing happens before an `or_` method"]
    pub fn and_update<F: FnOnce(&V) -> V>(self, update: F) -> Entry<'a, K, V, S, F> {
        Entry { map: self.map, key: self.key, update }
    }
}

impl<'a, K, V, S, F> Entry<'a, K, V, S, F>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
    F: FnOnce(&V) -> V,
{
    /// The update of what is there, or else this value; see [`ShardedMap::upsert`].
    pub fn or_insert(self, value: V) -> Ref<'a, K, V> {
        self.map.upsert(self.key, self.update, || value)
    }

    /// The update of what is there, or else what `make` returns; see [`ShardedMap::upsert`].
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> Ref<'a, K, V> {
        self.map.upsert(self.key, self.update, make)
    }

    /// The update of what is there, or else the default value.
    pub fn or_default(self) -> Ref<'a, K, V>
    where
        V: Default,
    {
        self.map.upsert(self.key, self.update, V::default)
    }
}

impl<K: fmt::Debug, V, S, U> fmt::Debug for Entry<'_, K, V, S, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.key).finish()
    }
}
