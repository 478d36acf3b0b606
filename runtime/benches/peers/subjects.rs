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

/// Makes a subject of a map whose constructor takes a capacity and a hasher, and of what its users write for each call.
macro_rules! subject {
    (
        $(#[$about:meta])*
        $subject:ident($map:ty), $name:literal, $new:expr;
        get($get_map:ident, $get_key:ident) $get:expr;
        insert($insert_map:ident, $insert_key:ident, $value:ident) $insert:expr;
        remove($remove_map:ident, $remove_key:ident) $remove:expr;
    ) => {
        $(#[$about])*
        pub(crate) struct $subject(pub(crate) $map);

        impl Subject for $subject {
            const NAME: &'static str = $name;
            fn with_capacity(capacity: usize) -> Self {
                Self($new(capacity, Hasher::default()).into())
            }
            #[inline]
            fn get(&self, $get_key: u64) -> Option<u64> {
                let $get_map = &self.0;
                $get
            }
            #[inline]
            fn insert(&self, $insert_key: u64, $value: u64) {
                let $insert_map = &self.0;
                $insert;
            }
            #[inline]
            fn remove(&self, $remove_key: u64) -> bool {
                let $remove_map = &self.0;
                $remove
            }
        }
    };
}

#[derive(Clone, Copy)]
pub(crate) struct Wrapped(pub(crate) u64);

subject! {
    Ours(auditor_runtime::ShardedMap<u64, u64, Hasher>), "ShardedMap",
    auditor_runtime::ShardedMap::with_capacity_and_hasher;
    get(map, key) map.get(&key).map(|value| *value);
    insert(map, key, value) map.insert(key, value);
    remove(map, key) map.remove(&key).is_some();
}

subject! {
    /// Our node strategy, which every type but integers uses: the value is wrapped, so that it does not travel as bits.
    OursNode(auditor_runtime::ShardedMap<u64, Wrapped, Hasher>), "ShardedMap, nodes",
    auditor_runtime::ShardedMap::with_capacity_and_hasher;
    get(map, key) map.get(&key).map(|value| value.0);
    insert(map, key, value) map.insert(key, Wrapped(value));
    remove(map, key) map.remove(&key).is_some();
}

subject! {
    DashMap(dashmap::DashMap<u64, u64, Hasher>), "dashmap",
    dashmap::DashMap::with_capacity_and_hasher;
    get(map, key) map.get(&key).map(|value| *value);
    insert(map, key, value) map.insert(key, value);
    remove(map, key) map.remove(&key).is_some();
}

subject! {
    Papaya(papaya::HashMap<u64, u64, Hasher>), "papaya",
    papaya::HashMap::with_capacity_and_hasher;
    get(map, key) map.pin().get(&key).copied();
    insert(map, key, value) map.pin().insert(key, value);
    remove(map, key) map.pin().remove(&key).is_some();
}

subject! {
    SccMap(scc::HashMap<u64, u64, Hasher>), "scc HashMap",
    scc::HashMap::with_capacity_and_hasher;
    get(map, key) map.read_sync(&key, |_, value| *value);
    insert(map, key, value) map.upsert_sync(key, value);
    remove(map, key) map.remove_sync(&key).is_some();
}

subject! {
    SccIndex(scc::HashIndex<u64, u64, Hasher>), "scc HashIndex",
    scc::HashIndex::with_capacity_and_hasher;
    get(map, key) map.peek_with(&key, |_, value| *value);
    insert(map, key, value) match map.entry_sync(key) {
        scc::hash_index::Entry::Occupied(mut entry) => entry.update(value),
        scc::hash_index::Entry::Vacant(entry) => drop(entry.insert_entry(value)),
    };
    remove(map, key) map.remove_sync(&key);
}

subject! {
    Flurry(flurry::HashMap<u64, u64, Hasher>), "flurry",
    flurry::HashMap::with_capacity_and_hasher;
    get(map, key) map.pin().get(&key).copied();
    insert(map, key, value) map.pin().insert(key, value);
    remove(map, key) map.pin().remove(&key).is_some();
}

subject! {
    Locked(std::sync::RwLock<hashbrown::HashMap<u64, u64, Hasher>>), "RwLock<HashMap>",
    hashbrown::HashMap::<u64, u64, Hasher>::with_capacity_and_hasher;
    get(map, key) map.read().unwrap().get(&key).copied();
    insert(map, key, value) map.write().unwrap().insert(key, value);
    remove(map, key) map.write().unwrap().remove(&key).is_some();
}

/// A map that nobody synchronizes.
pub(crate) struct Bare(core::cell::UnsafeCell<hashbrown::HashMap<u64, u64, Hasher>>);

// SAFETY: `work::mix` leaves this subject out with more than one thread; everything else runs on one.
unsafe impl Sync for Bare {}

impl From<hashbrown::HashMap<u64, u64, Hasher>> for Bare {
    fn from(map: hashbrown::HashMap<u64, u64, Hasher>) -> Self {
        Self(map.into())
    }
}

impl Bare {
    #[inline]
    #[allow(clippy::mut_from_ref)]
    fn map(&self) -> &mut hashbrown::HashMap<u64, u64, Hasher> {
        // SAFETY: one thread (see above), and no method keeps the reference.
        unsafe { &mut *self.0.get() }
    }
}

subject! {
    /// hashbrown without any synchronization: the floor. One thread only.
    Alone(Bare), "hashbrown, no sync",
    hashbrown::HashMap::<u64, u64, Hasher>::with_capacity_and_hasher;
    get(map, key) map.map().get(&key).copied();
    insert(map, key, value) map.map().insert(key, value);
    remove(map, key) map.map().remove(&key).is_some();
}
