//! A pool of values that are kept once and compared by address: types and lists of types. What is kept stays until the process
//! ends.

use std::hash::{Hash, Hasher};
use std::sync::{PoisonError, RwLock};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// Parts of a pool with a lock each.
const SHARDS: usize = 16;
/// What a thread's own window onto a pool holds.
const WINDOW: usize = 4096;

/// A value with its hash.
type Kept<T> = (u64, &'static T);

/// A set of values, shared by all threads.
pub(super) struct Pool<T: ?Sized + 'static> {
    shards: [RwLock<HashTable<Kept<T>>>; SHARDS],
}

impl<T: ?Sized> Pool<T> {
    pub(super) fn new() -> Self {
        Self { shards: std::array::from_fn(|_| RwLock::default()) }
    }

    /// Returns the kept value that is `wanted`, else what `make` makes of it; `hash` is its hash.
    pub(super) fn keep(&self, hash: u64, wanted: impl Fn(&T) -> bool, make: impl FnOnce() -> &'static T) -> &'static T {
        let is = |kept: &Kept<T>| kept.0 == hash && wanted(kept.1);
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

/// What one thread saw last of a pool: most look-ups end here, without a lock.
pub(super) struct Window<T: ?Sized + 'static> {
    slots: Vec<Option<Kept<T>>>,
}

impl<T: ?Sized> Window<T> {
    pub(super) fn new() -> Self {
        Self { slots: vec![None; WINDOW] }
    }

    /// Returns the value in the slot of `hash` if it is `wanted`, else what `look` finds, and keeps that.
    pub(super) fn get(
        &mut self,
        hash: u64,
        wanted: impl Fn(&T) -> bool,
        look: impl FnOnce() -> &'static T,
    ) -> &'static T {
        // auditor: allow(integer-division) `WINDOW` is a constant above zero
        let Some(slot) = self.slots.get_mut(hash as usize % WINDOW) else { return look() };
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

/// The hash that pools and windows go by; its low bits are the good ones.
pub(super) fn hash_of<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}
