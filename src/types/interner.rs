//! The interner of types and of lists of types: equal values have one address, and are compared by it. Interned values live until
//! the process ends.

use std::hash::{Hash, Hasher};
use std::sync::{PoisonError, RwLock};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// Shards of an interner, with a lock each.
const SHARDS: usize = 16;
/// Slots of a thread's cache of an interner.
const CACHE_SLOTS: usize = 4096;

/// A value with its hash.
type Interned<T> = (u64, &'static T);

/// A set of interned values, shared by all threads.
pub(super) struct Interner<T: ?Sized + 'static> {
    shards: [RwLock<HashTable<Interned<T>>>; SHARDS],
}

impl<T: ?Sized> Interner<T> {
    pub(super) fn new() -> Self {
        Self { shards: std::array::from_fn(|_| RwLock::default()) }
    }

    /// Returns the interned value that is `wanted`, else interns the one that `make` makes; `hash` is its hash.
    pub(super) fn intern(
        &self,
        hash: u64,
        wanted: impl Fn(&T) -> bool,
        make: impl FnOnce() -> &'static T,
    ) -> &'static T {
        let is = |kept: &Interned<T>| kept.0 == hash && wanted(kept.1);
        // auditor: allow(integer-division) `SHARDS` is a constant above zero
        let Some(shard) = self.shards.get((hash >> 12) as usize % SHARDS) else { return make() };
        let seen = {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = shard.find(hash, is) {
                return found.1;
            }
            shard.len()
        };
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        // Nothing is ever taken out: what is as large as it was holds what it held.
        if shard.len() != seen
            && let Some(found) = shard.find(hash, is)
        {
            return found.1;
        }
        let made = make();
        shard.insert_unique(hash, (hash, made), |kept| kept.0);
        made
    }
}

/// The values that one thread looked up last: most look-ups end here, without a lock.
pub(super) struct LocalCache<T: ?Sized + 'static> {
    slots: Vec<Option<Interned<T>>>,
}

impl<T: ?Sized> LocalCache<T> {
    pub(super) fn new() -> Self {
        Self { slots: vec![None; CACHE_SLOTS] }
    }

    /// Returns the value in the slot of `hash` if it is `wanted`, else the one that `look` finds, which then takes the slot.
    pub(super) fn get(
        &mut self,
        hash: u64,
        wanted: impl Fn(&T) -> bool,
        look: impl FnOnce() -> &'static T,
    ) -> &'static T {
        // auditor: allow(integer-division) `CACHE_SLOTS` is a constant above zero
        let Some(slot) = self.slots.get_mut(hash as usize % CACHE_SLOTS) else { return look() };
        if let Some((known, value)) = *slot
            && known == hash
            && wanted(value)
        {
            return value;
        }
        let found = look();
        *slot = Some((hash, found));
        found
    }
}

/// The hash of interners and their caches; its low bits are the well distributed ones.
pub(super) fn hash_of<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}
