//! Work on the whole map, shard by shard: retain, clear, drain, shrink.

use core::hash::{BuildHasher, Hash};

use super::node;
use super::{Ref, ShardedMap};
use crate::epoch::{self, Guard};
use crate::raw::{LockedTable, NoMemory};
use crate::sync::atomic::Ordering;

/// The entries taken out by [`ShardedMap::drain`].
#[derive(Debug)]
pub struct Drain<'a, K, V> {
    entries: std::vec::IntoIter<Ref<'a, K, V>>,
}

impl<'a, K, V> Iterator for Drain<'a, K, V> {
    type Item = Ref<'a, K, V>;

    fn next(&mut self) -> Option<Ref<'a, K, V>> {
        self.entries.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<K, V> ExactSizeIterator for Drain<'_, K, V> {}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send + 'static,
    V: Send + 'static,
    S: BuildHasher + 'static,
{
    /// Locks shard after shard and runs `work` on each; shards that split meanwhile are met by their parts.
    fn each_shard<'g>(&self, guard: &'g Guard, mut work: impl FnMut(LockedTable<'g>, u64)) {
        let mut at = Some(0_u64);
        while let Some(hash) = at {
            let held = self.raw.lock(hash, guard);
            at = hash.checked_add(1 << (64 - held.table().header().depth));
            work(held, hash);
        }
    }

    /// Keeps the entries for which `keep` holds and removes the others.
    ///
    /// `keep` runs under the lock of the shard at hand, once for each entry there; it may use the map. If it panics, what was removed before stays
    /// removed, and everything else stays. Entries that others insert meanwhile may be met or not. O(n); waits for other writers.
    pub fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) {
        let mut at = Some(0_u64);
        while let Some(hash) = at {
            // Between shards: frees what the last one left.
            epoch::maintain();
            let guard = epoch::pin();
            let held = self.raw.lock(hash, &guard);
            let table = held.table();
            for (place, slot) in table.entries() {
                let Some(found) = node::read::<K, V>(slot) else { continue };
                let version = held.version();
                if keep(found.key(), found.value()) {
                    continue;
                }
                if held.is_frozen() {
                    // `keep` itself made the shard grow: this copy is history. The key goes by name.
                    self.remove_if(found.key(), |_, _| true);
                } else if held.version() == version {
                    let old = self.vacate(&held, place, &guard);
                    // SAFETY: removed from its slot just now, under this guard.
                    unsafe { node::retire::<K, V>(old, &guard) };
                }
            }
            at = hash.checked_add(1 << (64 - table.header().depth));
        }
    }

    /// Removes everything, shard by shard. Each shard's entries go in one step. O(n); waits for other writers.
    pub fn clear(&self) {
        epoch::maintain();
        let guard = epoch::pin();
        self.each_shard(&guard, |held, hash| self.empty(held, hash, &guard, |_, _| ()));
        drop(guard);
        epoch::maintain();
    }

    /// Removes everything, shard by shard, and returns it. Each shard's entries go in one step; the shards one after another, before this returns.
    /// O(n); waits for other writers.
    pub fn drain(&self) -> Drain<'_, K, V> {
        epoch::maintain();
        let guard = epoch::pin();
        let mut entries = Vec::new();
        self.each_shard(&guard, |held, hash| {
            self.empty(held, hash, &guard, |word, payload| {
                // SAFETY: the entry was in the table under this guard; the Ref gets a clone of it.
                entries.push(unsafe { Ref::of(word, payload, guard.clone()) });
            });
        });
        Drain { entries: entries.into_iter() }
    }

    /// Replaces a locked table by an empty one and retires its entries, after showing each to `taken`.
    fn empty(&self, held: LockedTable<'_>, hash: u64, guard: &Guard, mut taken: impl FnMut(u64, *mut ())) {
        let old = held.table();
        let replaced = self.raw.replace_by_empty(&held, hash, guard);
        for (place, slot) in old.entries() {
            // Relaxed, both: the lock holder reads what lock holders wrote.
            let word = slot.word.load(Ordering::Relaxed);
            let payload = match replaced {
                Ok(()) => slot.payload.load(Ordering::Relaxed),
                // No memory for an empty table: the entries go one by one, under the same lock.
                Err(NoMemory) => self.vacate(&held, place, guard),
            };
            taken(word, payload);
            // SAFETY: the table that held it is out of the directory, or the slot was emptied; both by this thread, under the lock.
            unsafe { node::retire::<K, V>(payload, guard) };
        }
    }

    /// Gives memory back: each shard is copied into the smallest table that holds it. The number of shards stays. O(n); waits for other
    /// writers. Without memory for a copy, a shard stays as it is.
    pub fn shrink_to_fit(&self) {
        epoch::maintain();
        let guard = epoch::pin();
        self.each_shard(&guard, |held, hash| {
            drop(self.raw.shrink(held, hash, &guard, |slot| self.slot_hash(slot)));
        });
        drop(guard);
        epoch::flush();
    }
}
