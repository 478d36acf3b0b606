//! [`Entry`]: a key on its way to the map. It holds no lock between its steps; the last step is one atomic operation.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::{Owned, RandomState, Ref, ShardedMap};

/// A key and what was found under it; made by [`ShardedMap::entry`].
///
/// Unlike other maps' entries it locks nothing: it can be kept, and dropped, without harm, and another thread may write the key meanwhile. What each
/// of its methods does is one step for other threads, and right whatever has become of the key.
pub enum Entry<'a, K, V, S = RandomState> {
    /// The key was there.
    Occupied(OccupiedEntry<'a, K, V, S>),
    /// The key was absent.
    Vacant(VacantEntry<'a, K, V, S>),
}

/// A key that was there, and its value as it was.
pub struct OccupiedEntry<'a, K, V, S = RandomState> {
    map: &'a ShardedMap<K, V, S>,
    key: K,
    found: Ref<'a, K, V>,
}

/// A key that was absent.
pub struct VacantEntry<'a, K, V, S = RandomState> {
    map: &'a ShardedMap<K, V, S>,
    key: K,
}

/// An entry with an update of what may be there; made by [`Entry::and_update`]. Nothing happens before one of its methods.
#[must_use = "nothing happens before an `or_` method"]
pub struct UpdateEntry<'a, K, V, S, F> {
    map: &'a ShardedMap<K, V, S>,
    key: K,
    update: F,
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// The entry of a key, for an insertion or an update. Locks nothing; never blocks.
    ///
    /// ```
    /// use auditor_runtime::ShardedMap;
    /// use auditor_runtime::map::Entry;
    ///
    /// let words: ShardedMap<&str, u32> = ShardedMap::new();
    /// for word in ["a", "b", "a"] {
    ///     words.entry(word).and_modify(|n| *n += 1).or_insert(1);
    /// }
    /// match words.entry("a") {
    ///     Entry::Occupied(entry) => assert_eq!(*entry.get(), 2),
    ///     Entry::Vacant(entry) => panic!("{} was put in", entry.key()),
    /// }
    /// ```
    pub fn entry(&self, key: K) -> Entry<'_, K, V, S> {
        match self.get(&key) {
            Some(found) => Entry::Occupied(OccupiedEntry { map: self, key, found }),
            None => Entry::Vacant(VacantEntry { map: self, key }),
        }
    }
}

impl<'a, K, V, S> Entry<'a, K, V, S> {
    /// The key.
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => &entry.key,
            Self::Vacant(entry) => &entry.key,
        }
    }

    /// The key, back.
    pub fn into_key(self) -> K {
        self.apart().1
    }

    fn apart(self) -> (&'a ShardedMap<K, V, S>, K) {
        match self {
            Self::Occupied(entry) => (entry.map, entry.key),
            Self::Vacant(entry) => (entry.map, entry.key),
        }
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
        let (map, key) = self.apart();
        let hash = map.hash(&key);
        match map.get_hit(hash, key) {
            Ok(found) => {
                // Before the return: were this destructor to panic there, the compiler would leak the reference.
                drop(value);
                found
            }
            Err(key) => map.get_or_insert(hash, key, value),
        }
    }

    /// What is there, or else what `make` returns; see [`ShardedMap::get_or_insert_with`].
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> Ref<'a, K, V> {
        let (map, key) = self.apart();
        map.get_or_insert_with(key, make)
    }

    /// What is there, or else the default value.
    pub fn or_default(self) -> Ref<'a, K, V>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Puts a value there, whatever was; returns what was.
    pub fn insert(self, value: V) -> Option<Owned<'a, K, V>> {
        let (map, key) = self.apart();
        map.insert(key, value)
    }

    /// Replaces what is there by `update` of it when the entry is completed by one of the `or_` methods; see [`ShardedMap::upsert`].
    pub fn and_update<F: FnOnce(&V) -> V>(self, update: F) -> UpdateEntry<'a, K, V, S, F> {
        let (map, key) = self.apart();
        UpdateEntry { map, key, update }
    }

    /// Replaces what is there by a copy of it that `modify` has changed, when the entry is completed by one of the `or_` methods. Readers that have the
    /// old value keep it.
    pub fn and_modify(self, modify: impl FnOnce(&mut V)) -> UpdateEntry<'a, K, V, S, impl FnOnce(&V) -> V>
    where
        V: Clone,
    {
        self.and_update(|value| {
            let mut value = value.clone();
            modify(&mut value);
            value
        })
    }
}

impl<'a, K, V, S> OccupiedEntry<'a, K, V, S> {
    /// The key.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The value as it was found.
    pub fn get(&self) -> &V {
        self.found.value()
    }

    /// What was found.
    pub fn into_ref(self) -> Ref<'a, K, V> {
        // Before the return: were this destructor to panic there, the compiler would leak the reference.
        drop(self.key);
        self.found
    }
}

impl<'a, K, V, S> OccupiedEntry<'a, K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// Puts a value there, and returns what was there just before.
    ///
    /// Blocking: waits for other writers of the shard.
    pub fn insert(self, value: V) -> Option<Owned<'a, K, V>> {
        self.map.insert(self.key, value)
    }

    /// Removes the key, and returns what was there just before.
    ///
    /// Blocking: waits for other writers of the shard.
    pub fn remove(self) -> Option<Owned<'a, K, V>> {
        self.map.remove(&self.key)
    }
}

impl<'a, K, V, S> VacantEntry<'a, K, V, S> {
    /// The key.
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The key, back.
    pub fn into_key(self) -> K {
        self.key
    }
}

impl<'a, K, V, S> VacantEntry<'a, K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// Puts a value there, unless another thread has done so meanwhile; returns what is there then.
    ///
    /// Blocking: waits for other writers of the shard.
    pub fn insert(self, value: V) -> Ref<'a, K, V> {
        Entry::Vacant(self).or_insert(value)
    }
}

impl<'a, K, V, S, F> UpdateEntry<'a, K, V, S, F>
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

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for Entry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Occupied").field(&entry.found).finish(),
            Self::Vacant(entry) => f.debug_tuple("Vacant").field(&entry.key).finish(),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S> fmt::Debug for OccupiedEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OccupiedEntry").field(&self.found).finish()
    }
}

impl<K: fmt::Debug, V, S> fmt::Debug for VacantEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}

impl<K: fmt::Debug, V, S, F> fmt::Debug for UpdateEntry<'_, K, V, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UpdateEntry").field(&self.key).finish()
    }
}
