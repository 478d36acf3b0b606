//! Writing the ordered map: under a shard's lock everything new is built first (user code may panic there), then published by one store. How shards are
//! locked is in `locked`, how they split in `grow`.

use std::sync::Arc;

use super::ShardedSkipMap;
use super::grow::{publish_index, publish_leaf, retire, touch};
use super::key::prefix;
use super::locked::{Answered, EntryPosition, LockedShard};
use super::parts::{self, Index, LEAF, Leaf};
use crate::epoch::Guard;
use crate::map::node::Node;
use crate::map::{Owned, Ref};
use crate::sync::atomic::Ordering;

impl<K, V> ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    /// Puts a value under a key and returns what was there. The key is replaced too.
    ///
    /// Blocking: as [`remove`](Self::remove). O(log n), and a copy of at most 32 entries, sometimes of an array of 64. A panic in `Ord` or
    /// `Clone` of the key leaves the map as it was. Aborts as the standard collections do when there is no memory.
    pub fn insert(&self, key: K, value: V) -> Option<Owned<'_, K, V>> {
        let guard = self.domain.pin();
        let old = self.put(key, value, &guard, true);
        drop(guard);
        self.domain.maintain();
        // SAFETY: exchanged by `put`, so in no current leaf any more.
        old.map(|old| unsafe { Owned::of_node(old, &self.domain) })
    }

    /// The entry of a key if there is one, otherwise that of the value `make` returns. `make` runs without a lock, at most once; if another thread puts the
    /// key in meanwhile, that entry is returned and the result of `make` dropped.
    ///
    /// Blocking: a hit never; otherwise as [`remove`](Self::remove).
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> Option<Ref<'_, K, V>> {
        if let Some(found) = self.get(&key) {
            // Were this destructor to panic after the return, the compiler would leak the reference.
            drop(key);
            return Some(found);
        }
        let value = make();
        let wanted = key.clone();
        let guard = self.domain.pin();
        self.put(key, value, &guard, false);
        drop(guard);
        self.domain.maintain();
        let found = self.get(&wanted);
        drop(wanted);
        found
    }

    /// [`insert`](Self::insert) under a guard, where the key is there only with `over`; returns the node that another took the place of.
    fn put(&self, key: K, value: V, guard: &Guard, over: bool) -> Option<*mut Node<K, V>> {
        let wanted = prefix(&key);
        let node = Box::new(Node::new(key, value));
        loop {
            let (held, spot) = self.lock(wanted, &node.key, guard)?;
            match spot.position {
                // The entry that is not needed goes after the unlocking: it was there first.
                Ok(_) if !over => return None,
                Ok(position) => {
                    let old = spot.leaf.replace(position, Box::into_raw(node));
                    touch(held.shard, 0);
                    drop(held);
                    return Some(old);
                }
                Err(position) if spot.leaf.len() < LEAF => {
                    let node = Box::into_raw(node);
                    let (before, after) = (spot.leaf.entries().take(position), spot.leaf.entries().skip(position));
                    let new = Leaf::new(before.chain([(wanted, node)]).chain(after));
                    publish_leaf(&spot, new, &self.domain);
                    touch(held.shard, 1);
                    return None;
                }
                Err(position) => {
                    // Keys in order from outside come at the end: then the new one goes up alone, and the old leaf stays full.
                    let half = if position == LEAF { LEAF } else { LEAF / 2 };
                    // SAFETY: the nodes of a current leaf are alive, this one under the guard.
                    let first_above = spot.leaf.at(half).map_or(&node.key, |(_, above)| unsafe { &(*above).key });
                    // Relaxed, both: written under the lock that this thread holds.
                    let version = held.shard.version.load(Ordering::Relaxed);
                    let bound = Arc::new(first_above.clone());
                    if held.shard.version.load(Ordering::Relaxed) == version {
                        self.split_leaf(held, &spot, (position, half), bound, (wanted, node), guard);
                        return None;
                    }
                    // Clone is user code, and wrote to this shard: all over again.
                }
            }
        }
    }

    /// Removes a key and returns its entry. O(log n), and a copy of at most 32 entries.
    ///
    /// Blocking: waits for other writers of the range, for such a copy, and for other threads' closures on the same key.
    pub fn remove(&self, key: &K) -> Option<Owned<'_, K, V>> {
        let guard = self.domain.pin();
        let (held, spot) = self.lock(prefix(key), key, &guard)?;
        let node = spot.node()?;
        self.take_out(&held, &spot);
        drop(held);
        drop(guard);
        self.domain.maintain();
        // SAFETY: in no current leaf since it was taken out.
        Some(unsafe { Owned::of_node(node, &self.domain) })
    }

    /// Removes a key if `condition` holds for its entry; test and removal are one step for other threads. `condition` runs at most once; it may use the
    /// map, and if it writes this key itself, or panics, the entry stays.
    ///
    /// Blocking: as [`update`](Self::update).
    pub fn remove_if(&self, key: &K, condition: impl FnOnce(&K, &V) -> bool) -> Option<Owned<'_, K, V>> {
        let guard = self.domain.pin();
        let node = self.remove_under(key, &guard, condition)?;
        drop(guard);
        self.domain.maintain();
        // SAFETY: in no current leaf since it was taken out.
        Some(unsafe { Owned::of_node(node, &self.domain) })
    }

    fn remove_under(&self, key: &K, guard: &Guard, condition: impl FnOnce(&K, &V) -> bool) -> Option<*mut Node<K, V>> {
        let wanted = prefix(key);
        let (held, spot) = self.lock(wanted, key, guard)?;
        let node = spot.node()?;
        // SAFETY: the nodes of a current leaf are alive, this one under the guard.
        let there = unsafe { &*node };
        let (is_met, Answered { held, spot, claim: _claim }) =
            self.ask((held, spot), (wanted, key), guard, || condition(&there.key, there.value()));
        let (held, spot) = (held?, spot?);
        if !is_met || spot.node() != Some(node) {
            return None;
        }
        self.take_out(&held, &spot);
        Some(node)
    }

    /// Takes the entry at a position out of the current leaf.
    fn take_out(&self, held: &LockedShard<'_, K, V>, spot: &EntryPosition<'_, K, V>) {
        let Ok(position) = spot.position else { return };
        if spot.leaf.len() == 1 && spot.index.leaves.len() > 1 {
            let mut leaves = parts::copied(&spot.index.leaves);
            let emptied = leaves.remove(spot.leaf_at); // auditor: allow(panicking-api) the leaf was found there, under the lock
            let bounds = spot.index.bounds.without(spot.leaf_at);
            publish_index(held.shard, Index { bounds, leaves: parts::atomic(leaves) }, &self.domain);
            // SAFETY: out of the index since the line above.
            unsafe { retire(emptied, &self.domain) };
        } else {
            let rest = spot.leaf.entries().take(position).chain(spot.leaf.entries().skip(position + 1));
            publish_leaf(spot, Leaf::new(rest), &self.domain);
        }
        touch(held.shard, -1);
    }
}

impl<K, V> ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    /// Replaces a key's value by what `f` makes of it; returns whether the key was there, before and after. `f` runs at most once: no other writer of this
    /// key comes between. It may use the map; if it removes this key, nothing is put back. If it panics, the old value stays.
    ///
    /// Blocking: waits for other writers of the range, for a copy of at most 64 pointers each; and for other threads' closures on the same key. No lock is held
    /// while `f` runs: others write all other keys meanwhile, and whoever writes this one waits for its end. Closures that use each other's keys in opposite
    /// order do not wait for each other for ever; see [`ShardedMap::update`](crate::ShardedMap::update).
    pub fn update(&self, key: &K, f: impl FnOnce(&V) -> V) -> bool {
        let guard = self.domain.pin();
        let Some(old) = self.update_under(key, &guard, f) else { return false };
        drop(guard);
        // SAFETY: exchanged, so in no current leaf any more.
        drop(unsafe { Owned::of_node(old, &self.domain) });
        true
    }

    fn update_under(&self, key: &K, guard: &Guard, f: impl FnOnce(&V) -> V) -> Option<*mut Node<K, V>> {
        let wanted = prefix(key);
        let (held, spot) = self.lock(wanted, key, guard)?;
        // SAFETY: the nodes of a current leaf are alive, this one under the guard.
        let there = unsafe { &*spot.node()? };
        let (new, Answered { held, spot, claim: _claim }) =
            self.ask((held, spot), (wanted, key), guard, || Box::new(Node::new(there.key.clone(), f(there.value()))));
        let (held, spot) = (held?, spot?);
        let old = spot.leaf.replace(spot.position.ok()?, Box::into_raw(new));
        touch(held.shard, 0);
        Some(old)
    }

    /// Keeps the entries for which `keep` holds and removes the others, one after another, each in one step: what is removed is what `keep` has seen. `keep`
    /// runs once for each entry that the scan meets, without a lock. What others put in meanwhile, under a new key or one that `keep` has refused, stays.
    /// O(n log n).
    ///
    /// Blocking: a removal as [`remove`](Self::remove).
    pub fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) {
        for entry in self.iter() {
            if !keep(entry.key(), entry.value()) {
                self.remove_same(&entry);
            }
        }
        self.domain.maintain();
    }

    /// Removes an entry if it is still the one that is there.
    fn remove_same(&self, entry: &Ref<'_, K, V>) {
        let guard = self.domain.pin();
        let Some((held, spot)) = self.lock(prefix(entry.key()), entry.key(), &guard) else { return };
        let Some(node) = spot.node().filter(|node| core::ptr::eq(*node, entry.node())) else { return };
        self.take_out(&held, &spot);
        drop(held);
        // SAFETY: in no current leaf since it was taken out.
        drop(unsafe { Owned::of_node(node, &self.domain) });
    }

    /// Removes everything that is there when the scan comes by. O(n log n).
    ///
    /// Blocking: as [`remove`](Self::remove).
    pub fn clear(&self) {
        for entry in self.iter() {
            self.remove(entry.key());
        }
        self.domain.maintain();
    }

    /// Removes the entry with the smallest key, as of some moment of the call, and returns it.
    ///
    /// Blocking: as [`remove`](Self::remove).
    pub fn pop_first(&self) -> Option<Owned<'_, K, V>> {
        loop {
            let key = self.first()?.key().clone();
            if let Some(taken) = self.remove(&key) {
                return Some(taken);
            }
        }
    }

    /// Removes the entry with the largest key, as of some moment of the call, and returns it.
    ///
    /// Blocking: as [`remove`](Self::remove).
    pub fn pop_last(&self) -> Option<Owned<'_, K, V>> {
        loop {
            let key = self.last()?.key().clone();
            if let Some(taken) = self.remove(&key) {
                return Some(taken);
            }
        }
    }
}
