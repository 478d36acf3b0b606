//! Work on the whole map, shard by shard: retain, clear, drain, shrink.

use core::hash::{BuildHasher, Hash};

use super::codec::{self, Contents};
use super::node;
use super::{Owned, ShardedMap};
use crate::epoch::Guard;
use crate::raw::ctrl::LANES;
use crate::raw::{LockedTable, NoMemory};

/// The entries taken out by [`ShardedMap::drain`].
#[derive(Debug)]
pub struct Drain<'a, K, V> {
    entries: std::vec::IntoIter<Owned<'a, K, V>>,
}

impl<'a, K, V> Iterator for Drain<'a, K, V> {
    type Item = Owned<'a, K, V>;

    fn next(&mut self) -> Option<Owned<'a, K, V>> {
        self.entries.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<K, V> ExactSizeIterator for Drain<'_, K, V> {}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// Locks shard after shard by `lock` and runs `work` on each; shards that split meanwhile are met by their parts.
    fn each_shard<'g>(&self, lock: impl Fn(u64) -> LockedTable<'g>, mut work: impl FnMut(LockedTable<'g>, u64)) {
        let mut at = Some(0_u64);
        while let Some(hash) = at {
            let held = lock(hash);
            at = hash.checked_add(1 << (64 - held.table().header().depth));
            work(held, hash);
        }
    }

    /// Keeps the entries for which `keep` holds and removes the others, each in one step: what is removed is what `keep` has seen.
    ///
    /// `keep` runs once for each entry that an iteration meets, without any lock; it may use the map, and wait for threads that do. If it panics, what was
    /// removed before stays removed, and everything else stays. What others put in meanwhile, under a new key or one that `keep` has refused, stays. O(n).
    ///
    /// Blocking: a removal waits for other writers as [`remove`](Self::remove) does.
    pub fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) {
        let mut at = Some(0_u64);
        while let Some(hash) = at {
            let mut removed = Vec::new();
            at = self.retain_shard(hash, &mut keep, &mut removed);
            // Between shards, without a guard: destructors run here.
            drop(removed);
            self.domain().maintain();
        }
    }

    /// [`retain`](Self::retain) in one shard, as it is at one moment. Returns the first hash of the next.
    fn retain_shard<'a>(
        &'a self,
        hash: u64,
        keep: &mut impl FnMut(&K, &V) -> bool,
        removed: &mut Vec<Owned<'a, K, V>>,
    ) -> Option<u64> {
        let guard = self.domain().pin();
        let table = self.table(hash, &guard);
        for bucket in 0..table.buckets() {
            // No list: removing goes on without memory.
            let mut entries = [None; LANES];
            table.each_in(
                bucket,
                codec::check::<K, V>(),
                &mut entries,
                |entries| *entries = [None; LANES],
                |entries, at, lane| {
                    if let Some(entry) = entries.get_mut(lane) {
                        *entry = node::contents::<K, V>(at, lane);
                    }
                },
            );
            for contents in entries.iter().flatten() {
                // SAFETY: read under this guard in this map, all words of one entry.
                let found = unsafe { node::from_contents::<K, V>(contents) };
                if keep(found.key(), found.value()) {
                    continue;
                }
                let taken = self.remove_same(contents, found.key(), &guard);
                // Without memory for the list it is retired here, under the guard.
                if removed.try_reserve(1).is_ok() {
                    removed.extend(taken);
                }
            }
        }
        hash.checked_add(1 << (64 - table.header().depth))
    }

    /// Removes an entry if it is still the one that is there.
    fn remove_same<'a>(&'a self, entry: &Contents, key: &K, guard: &Guard) -> Option<Owned<'a, K, V>> {
        let hash = self.hash_of(entry);
        let (held, place) = self.seek(self.raw.lock(hash, guard), hash, key, guard);
        let place = place?;
        let now = self.read_at(&held, place).filter(|now| now.is::<K, V>(entry))?;
        self.vacate(&held, place, hash);
        drop(held);
        // SAFETY: removed from its slot just now.
        Some(unsafe { Owned::of(now, self.domain()) })
    }

    /// Removes everything, shard by shard. Each shard's entries go in one step. O(n).
    ///
    /// Blocking: waits for other writers, and for closures of other threads that are to decide about a key ([`update`](Self::update) and its like).
    pub fn clear(&self) {
        let guard = self.domain().pin();
        self.each_shard(
            |hash| self.raw.lock_all(hash, &guard),
            |held, hash| {
                // SAFETY: `empty` shows each entry once, unlinked.
                self.empty(held, hash, &guard, |contents| drop(unsafe { Owned::<K, V>::of(contents, self.domain()) }));
            },
        );
        drop(guard);
        self.domain().maintain();
    }

    /// Removes everything, shard by shard, and returns it. Each shard's entries go in one step; the shards one after another, before this returns.
    /// O(n).
    ///
    /// Blocking: as [`clear`](Self::clear).
    pub fn drain(&self) -> Drain<'_, K, V> {
        let guard = self.domain().pin();
        let mut entries = Vec::new();
        self.each_shard(
            |hash| self.raw.lock_all(hash, &guard),
            |held, hash| {
                self.empty(held, hash, &guard, |contents| {
                    // SAFETY: `empty` shows each entry once, unlinked.
                    entries.push(unsafe { Owned::of(contents, self.domain()) });
                });
            },
        );
        drop(guard);
        self.domain().maintain();
        Drain { entries: entries.into_iter() }
    }

    /// Replaces a locked table by an empty one and shows each of its entries, unlinked, to `taken`, which runs no user code and may
    /// only keep or retire them.
    fn empty(&self, held: LockedTable<'_>, hash: u64, guard: &Guard, mut taken: impl FnMut(Contents)) {
        let old = self.locked(&held);
        let replaced = self.raw.replace_by_empty(&held, hash, guard);
        for (place, at) in old.entries() {
            let Some(contents) = node::contents::<K, V>(at, place.lane) else { continue };
            if let Err(NoMemory) = replaced {
                // No memory for an empty table: the entries go one by one, under the same lock.
                self.vacate(&held, place, self.slot_hash(at, place.lane));
            }
            taken(contents);
        }
    }

    /// Gives memory back: each shard is copied into the smallest table that holds it. The number of shards stays. O(n). Without memory for a copy, a
    /// shard stays as it is.
    ///
    /// Blocking: waits for other writers of a shard, for some stores or a table's copying.
    pub fn shrink_to_fit(&self) {
        let guard = self.domain().pin();
        self.each_shard(
            |hash| self.raw.lock_any(hash, &guard),
            |held, hash| {
                drop(self.raw.shrink(held, hash, &guard, |at, lane| self.slot_hash(at, lane)));
            },
        );
        drop(guard);
        self.domain().collect();
    }

    /// Frees what was removed from this map and nobody can still be reading, whoever removed it; see [`flush`](crate::flush) for all maps. Returns the
    /// number of objects that are still kept.
    ///
    /// Blocking: never waits; a memory barrier where other threads use maps, 1 to 10 µs. Destructors run here.
    pub fn flush(&self) -> usize {
        self.domain().collect_all();
        self.domain().garbage().0
    }
}
