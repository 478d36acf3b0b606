//! The maps under comparison behind one small trait: u64 to u64, the same hasher for all.

use foldhash::fast::FixedState;

/// The hasher of every subject, seed fixed.
pub(crate) type Hasher = FixedState;

/// A map of u64 to u64. Methods take the map as its users take it: a guard a call where it has guards.
pub(crate) trait Subject: Sync + Send {
    const NAME: &'static str;
    fn with_capacity(capacity: usize) -> Self;
    fn get(&self, key: u64) -> Option<u64>;
    fn insert(&self, key: u64, value: u64);
    fn remove(&self, key: u64) -> bool;
}

pub(crate) struct Ours(pub(crate) auditor_runtime::ShardedMap<u64, u64, Hasher>);

impl Subject for Ours {
    const NAME: &'static str = "ShardedMap";
    fn with_capacity(capacity: usize) -> Self {
        Self(auditor_runtime::ShardedMap::with_capacity_and_hasher(capacity, Hasher::default()))
    }
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.get(&key).map(|value| *value)
    }
    #[inline]
    fn insert(&self, key: u64, value: u64) {
        self.0.insert(key, value);
    }
    #[inline]
    fn remove(&self, key: u64) -> bool {
        self.0.remove(&key).is_some()
    }
}

/// Our node strategy, which every type but integers uses: the value is wrapped, so that it does not travel as bits.
pub(crate) struct OursNode(pub(crate) auditor_runtime::ShardedMap<u64, Wrapped, Hasher>);

#[derive(Clone, Copy)]
pub(crate) struct Wrapped(pub(crate) u64);

impl Subject for OursNode {
    const NAME: &'static str = "ShardedMap, nodes";
    fn with_capacity(capacity: usize) -> Self {
        Self(auditor_runtime::ShardedMap::with_capacity_and_hasher(capacity, Hasher::default()))
    }
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.get(&key).map(|value| value.0)
    }
    #[inline]
    fn insert(&self, key: u64, value: u64) {
        self.0.insert(key, Wrapped(value));
    }
    #[inline]
    fn remove(&self, key: u64) -> bool {
        self.0.remove(&key).is_some()
    }
}

pub(crate) struct DashMap(dashmap::DashMap<u64, u64, Hasher>);

impl Subject for DashMap {
    const NAME: &'static str = "dashmap";
    fn with_capacity(capacity: usize) -> Self {
        Self(dashmap::DashMap::with_capacity_and_hasher(capacity, Hasher::default()))
    }
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.get(&key).map(|value| *value)
    }
    #[inline]
    fn insert(&self, key: u64, value: u64) {
        self.0.insert(key, value);
    }
    #[inline]
    fn remove(&self, key: u64) -> bool {
        self.0.remove(&key).is_some()
    }
}

pub(crate) struct Papaya(papaya::HashMap<u64, u64, Hasher>);

impl Subject for Papaya {
    const NAME: &'static str = "papaya";
    fn with_capacity(capacity: usize) -> Self {
        Self(papaya::HashMap::with_capacity_and_hasher(capacity, Hasher::default()))
    }
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.pin().get(&key).copied()
    }
    #[inline]
    fn insert(&self, key: u64, value: u64) {
        self.0.pin().insert(key, value);
    }
    #[inline]
    fn remove(&self, key: u64) -> bool {
        self.0.pin().remove(&key).is_some()
    }
}

pub(crate) struct SccMap(scc::HashMap<u64, u64, Hasher>);

impl Subject for SccMap {
    const NAME: &'static str = "scc HashMap";
    fn with_capacity(capacity: usize) -> Self {
        Self(scc::HashMap::with_capacity_and_hasher(capacity, Hasher::default()))
    }
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.read_sync(&key, |_, value| *value)
    }
    #[inline]
    fn insert(&self, key: u64, value: u64) {
        self.0.upsert_sync(key, value);
    }
    #[inline]
    fn remove(&self, key: u64) -> bool {
        self.0.remove_sync(&key).is_some()
    }
}

pub(crate) struct SccIndex(scc::HashIndex<u64, u64, Hasher>);

impl Subject for SccIndex {
    const NAME: &'static str = "scc HashIndex";
    fn with_capacity(capacity: usize) -> Self {
        Self(scc::HashIndex::with_capacity_and_hasher(capacity, Hasher::default()))
    }
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.peek_with(&key, |_, value| *value)
    }
    #[inline]
    fn insert(&self, key: u64, value: u64) {
        match self.0.entry_sync(key) {
            scc::hash_index::Entry::Occupied(mut entry) => entry.update(value),
            scc::hash_index::Entry::Vacant(entry) => drop(entry.insert_entry(value)),
        }
    }
    #[inline]
    fn remove(&self, key: u64) -> bool {
        self.0.remove_sync(&key)
    }
}

pub(crate) struct Flurry(flurry::HashMap<u64, u64, Hasher>);

impl Subject for Flurry {
    const NAME: &'static str = "flurry";
    fn with_capacity(capacity: usize) -> Self {
        Self(flurry::HashMap::with_capacity_and_hasher(capacity, Hasher::default()))
    }
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.pin().get(&key).copied()
    }
    #[inline]
    fn insert(&self, key: u64, value: u64) {
        self.0.pin().insert(key, value);
    }
    #[inline]
    fn remove(&self, key: u64) -> bool {
        self.0.pin().remove(&key).is_some()
    }
}

pub(crate) struct Locked(std::sync::RwLock<hashbrown::HashMap<u64, u64, Hasher>>);

impl Subject for Locked {
    const NAME: &'static str = "RwLock<HashMap>";
    fn with_capacity(capacity: usize) -> Self {
        Self(std::sync::RwLock::new(hashbrown::HashMap::with_capacity_and_hasher(capacity, Hasher::default())))
    }
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.0.read().unwrap().get(&key).copied()
    }
    #[inline]
    fn insert(&self, key: u64, value: u64) {
        self.0.write().unwrap().insert(key, value);
    }
    #[inline]
    fn remove(&self, key: u64) -> bool {
        self.0.write().unwrap().remove(&key).is_some()
    }
}

/// hashbrown without any synchronization: the floor. One thread only.
pub(crate) struct Alone(core::cell::UnsafeCell<hashbrown::HashMap<u64, u64, Hasher>>);

// SAFETY: `work::mix` leaves this subject out with more than one thread; everything else runs on one.
unsafe impl Sync for Alone {}

impl Alone {
    #[inline]
    #[allow(clippy::mut_from_ref)]
    fn map(&self) -> &mut hashbrown::HashMap<u64, u64, Hasher> {
        // SAFETY: one thread (see above), and no method keeps the reference.
        unsafe { &mut *self.0.get() }
    }
}

impl Subject for Alone {
    const NAME: &'static str = "hashbrown, no sync";
    fn with_capacity(capacity: usize) -> Self {
        Self(hashbrown::HashMap::with_capacity_and_hasher(capacity, Hasher::default()).into())
    }
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.map().get(&key).copied()
    }
    #[inline]
    fn insert(&self, key: u64, value: u64) {
        self.map().insert(key, value);
    }
    #[inline]
    fn remove(&self, key: u64) -> bool {
        self.map().remove(&key).is_some()
    }
}
