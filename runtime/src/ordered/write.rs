//! Writing the ordered map: under a shard's lock everything new is built first (user code may panic there), then published by one store.

use std::sync::Arc;

use super::key::prefix;
use super::parts::{self, Directory, Index, LEAF, Leaf, SHARD, Shard};
use super::{ShardedSkipMap, index, leaf};
use crate::epoch::{self, Domain, Guard, Retired, thread_name};
use crate::map::node::Node;
use crate::map::{Owned, Ref};
use crate::raw::lock::Entered;
use crate::sync::atomic::Ordering;

/// A shard under its lock; unlocks when dropped, also while a panic unwinds.
struct LockedShard<'g, K, V> {
    shard: &'g Shard<K, V>,
    nested: bool,
}

impl<K, V> Drop for LockedShard<'_, K, V> {
    fn drop(&mut self) {
        if !self.nested {
            self.shard.lock.unlock();
        }
    }
}

/// Where a key is in a locked shard.
struct EntryPosition<'g, K, V> {
    index: &'g Index<K, V>,
    leaf_at: usize,
    leaf: &'g Leaf<K, V>,
    position: Result<usize, usize>,
}

impl<K, V> ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    /// Locks the shard of a key and finds its place. `Ord` is user code: if it wrote here through this thread, it looks again.
    fn lock<'g>(
        &self,
        wanted: u64,
        key: &K,
        guard: &'g Guard,
    ) -> Option<(LockedShard<'g, K, V>, EntryPosition<'g, K, V>)> {
        let me = thread_name();
        loop {
            let shard = self.shard(wanted, key, guard)?;
            let nested = shard.lock.lock(me) == Entered::Nested;
            let held = LockedShard { shard, nested };
            loop {
                // Relaxed, all: written under the lock that this thread holds.
                if shard.frozen.load(Ordering::Relaxed) {
                    break;
                }
                let version = shard.version.load(Ordering::Relaxed);
                let index = index(shard, guard);
                let leaf_at = index.bounds.find(wanted, key);
                let leaf = leaf(index, leaf_at, guard)?;
                // SAFETY: the nodes of a current leaf are alive.
                let position = unsafe { leaf.find(wanted, key) };
                if shard.version.load(Ordering::Relaxed) == version && !shard.frozen.load(Ordering::Relaxed) {
                    return Some((held, EntryPosition { index, leaf_at, leaf, position }));
                }
            }
        }
    }

    /// Puts a value under a key and returns what was there. The key is replaced too.
    ///
    /// Waits for other writers of the range. O(log n), and a copy of at most 32 entries, sometimes of an array of 64. A panic in `Ord` or
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
    /// Blocking: waits for other writers of the range.
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
        let node = Box::new(Node { key, value });
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

    /// Replaces a full leaf by two, and with them the shard's index; splits the shard when that is full. The bound is the key at `half`, or, beyond
    /// the end, the new one.
    fn split_leaf(
        &self,
        held: LockedShard<'_, K, V>,
        spot: &EntryPosition<'_, K, V>,
        (position, half): (usize, usize),
        bound: Arc<K>,
        entry: (u64, Box<Node<K, V>>),
        guard: &Guard,
    ) {
        let bounds = spot.index.bounds.with(spot.leaf_at, bound);
        let node = Box::into_raw(entry.1);
        let all = spot.leaf.entries().take(position).chain([(entry.0, node)]).chain(spot.leaf.entries().skip(position));
        let all: Vec<_> = all.collect();
        // With the new entry below the bound the lower half has one more.
        let cut = if position <= half && half < LEAF { half + 1 } else { half };
        let lower = Box::into_raw(Box::new(Leaf::new(all.iter().copied().take(cut))));
        let upper = Box::into_raw(Box::new(Leaf::new(all.iter().copied().skip(cut))));
        let mut leaves = parts::copied(&spot.index.leaves);
        // auditor: allow(panicking-api) the leaf was found there, under the lock
        let halved: Vec<_> = leaves.splice(spot.leaf_at..=spot.leaf_at, [lower, upper]).collect();
        publish_index(held.shard, Index { bounds, leaves: parts::atomic(leaves) }, &self.domain);
        for leaf in halved {
            // SAFETY: out of the index since the line above; its nodes live on in the two halves.
            unsafe { retire(leaf, &self.domain) };
        }
        touch(held.shard, 1);
        if index(held.shard, guard).leaves.len() >= SHARD {
            self.split_shard(held, guard);
        }
    }

    /// Replaces a full shard by two, and with them the directory. The new shards share the old one's leaves.
    fn split_shard(&self, held: LockedShard<'_, K, V>, guard: &Guard) {
        let full = index(held.shard, guard);
        let middle = full.leaves.len() / 2;
        let Some((lower, between, upper)) = full.bounds.split(middle) else { return };
        let leaves = parts::copied(&full.leaves);
        let Some((low, high)) = leaves.split_at_checked(middle) else { return };
        // SAFETY: the leaves of the current index are alive.
        // auditor: allow(panicking-api) a sum of counts of things in memory
        let count = |part: &[*mut Leaf<K, V>]| part.iter().map(|&leaf| unsafe { &*leaf }.len()).sum::<usize>();
        let (low_len, high_len) = (count(low), count(high));
        let entered = self.growth.lock(thread_name());
        let old = self.directory(guard);
        // Other shards may have split since this one was found: its place is where its pointer is.
        let this = core::ptr::from_ref(held.shard);
        if let Some(at) = old.shards.iter().position(|&shard| shard.cast_const() == this) {
            let bounds = old.bounds.with(at, between);
            let mut shards = old.shards.clone();
            let parts = [
                Shard::new(Index { bounds: lower, leaves: parts::atomic(low.iter().copied()) }, low_len),
                Shard::new(Index { bounds: upper, leaves: parts::atomic(high.iter().copied()) }, high_len),
            ];
            // auditor: allow(panicking-api) `at` was found in the list that this is a copy of
            let halved: Vec<_> = shards.splice(at..=at, parts).collect();
            // Relaxed: read by lock holders only; a reader in the old shard sees its last state, which is the map's state when it is replaced below.
            held.shard.frozen.store(true, Ordering::Relaxed);
            touch(held.shard, 0);
            let new = Box::into_raw(Box::new(Directory { bounds, shards }));
            // AcqRel: publishes to the Acquire in `directory`; brings the old one.
            let old = self.directory.swap(new, Ordering::AcqRel);
            let full = held.shard.index.load(Ordering::Acquire); // Acquire: pairs with the exchange in `publish_index`.
            // SAFETY: the directory, the shard and its index are unreachable since the exchange; under both locks nobody else retires them. Its
            // leaves belong to the new shards.
            unsafe {
                retire(old, &self.domain);
                retire(full, &self.domain);
                for shard in halved {
                    retire(shard, &self.domain);
                }
            }
        }
        if entered != Entered::Nested {
            self.growth.unlock();
        }
    }

    /// Removes a key and returns its entry. O(log n), and a copy of at most 32 entries.
    ///
    /// Blocking: waits for other writers of the range.
    pub fn remove(&self, key: &K) -> Option<Owned<'_, K, V>> {
        self.remove_if(key, |_, _| true)
    }

    /// Removes a key if `condition` holds for its entry; test and removal are one step for other threads. `condition` runs at most once, under
    /// the lock of the range; it may use the map, and if it writes to that range, nothing is removed.
    ///
    /// Blocking: waits for other writers of the range.
    pub fn remove_if(&self, key: &K, condition: impl FnOnce(&K, &V) -> bool) -> Option<Owned<'_, K, V>> {
        let guard = self.domain.pin();
        let (held, spot) = self.lock(prefix(key), key, &guard)?;
        let position = spot.position.ok()?;
        let (_, node) = spot.leaf.at(position)?;
        // Relaxed, all: written under the lock that this thread holds.
        let version = held.shard.version.load(Ordering::Relaxed);
        // SAFETY: the nodes of a current leaf are alive, this one under the guard.
        let refused = unsafe { !condition(&(*node).key, &(*node).value) };
        if refused || held.shard.version.load(Ordering::Relaxed) != version || held.shard.frozen.load(Ordering::Relaxed)
        {
            return None;
        }
        if spot.leaf.len() == 1 && spot.index.leaves.len() > 1 {
            let mut leaves = parts::copied(&spot.index.leaves);
            let emptied = leaves.remove(spot.leaf_at); // auditor: allow(panicking-api) the leaf was found there, under the lock
            let bounds = spot.index.bounds.without(spot.leaf_at);
            publish_index(held.shard, Index { bounds, leaves: parts::atomic(leaves) }, &self.domain);
            // SAFETY: out of the index since the line above.
            unsafe { retire(emptied, &self.domain) };
        } else {
            let rest = spot.leaf.entries().take(position).chain(spot.leaf.entries().skip(position + 1));
            publish_leaf(&spot, Leaf::new(rest), &self.domain);
        }
        touch(held.shard, -1);
        drop(held);
        drop(guard);
        self.domain.maintain();
        // SAFETY: in no current leaf since the publication above.
        Some(unsafe { Owned::of_node(node, &self.domain) })
    }
}

impl<K, V> ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    /// Replaces a key's value by what `f` makes of it; returns whether the key was there. `f` runs at most once, under the lock of the range; it may
    /// use the map, and if it writes to that range, nothing is replaced. If it panics, the old value stays.
    ///
    /// Blocking: waits for other writers of the range.
    pub fn update(&self, key: &K, f: impl FnOnce(&V) -> V) -> bool {
        let guard = self.domain.pin();
        let Some((held, spot)) = self.lock(prefix(key), key, &guard) else { return false };
        let Some((position, (_, node))) = spot.position.ok().and_then(|at| Some((at, spot.leaf.at(at)?))) else {
            return false;
        };
        // Relaxed, all: written under the lock that this thread holds.
        let version = held.shard.version.load(Ordering::Relaxed);
        // SAFETY: the nodes of a current leaf are alive, this one under the guard.
        let new = unsafe { Box::new(Node { key: (*node).key.clone(), value: f(&(*node).value) }) };
        if held.shard.version.load(Ordering::Relaxed) != version || held.shard.frozen.load(Ordering::Relaxed) {
            drop(held);
            return false;
        }
        let old = spot.leaf.replace(position, Box::into_raw(new));
        touch(held.shard, 0);
        drop(held);
        drop(guard);
        // SAFETY: exchanged above, so in no current leaf any more.
        drop(unsafe { Owned::of_node(old, &self.domain) });
        true
    }

    /// Keeps the entries for which `keep` holds and removes the others, one after another, each in one step. Entries that others put in meanwhile
    /// may be met or not. O(n log n).
    ///
    /// Blocking: waits for other writers, range by range.
    pub fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) {
        for entry in self.iter() {
            self.remove_if(entry.key(), |key, value| !keep(key, value));
        }
        self.domain.maintain();
    }

    /// Removes everything that is there when the scan comes by. O(n log n).
    ///
    /// Blocking: waits for other writers, range by range.
    pub fn clear(&self) {
        self.retain(|_, _| false);
    }

    /// Removes the entry with the smallest key, as of some moment of the call, and returns it.
    ///
    /// Blocking: waits for other writers of the range.
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
    /// Blocking: waits for other writers of the range.
    pub fn pop_last(&self) -> Option<Owned<'_, K, V>> {
        loop {
            let key = self.last()?.key().clone();
            if let Some(taken) = self.remove(&key) {
                return Some(taken);
            }
        }
    }
}

/// Counts a write and its entries, under the lock.
fn touch<K, V>(shard: &Shard<K, V>, by: isize) {
    // Relaxed, all: written under the lock only; `len` is read as any recent value.
    shard.version.store(shard.version.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    shard.len.store(shard.len.load(Ordering::Relaxed).wrapping_add_signed(by), Ordering::Relaxed);
}

/// Puts a leaf in the place of another.
fn publish_leaf<K, V>(spot: &EntryPosition<'_, K, V>, new: Leaf<K, V>, domain: &Domain)
where
    K: Send + Sync + 'static,
    V: Send + 'static,
{
    if let Some(at) = spot.index.leaves.get(spot.leaf_at) {
        // AcqRel: publishes to the Acquire in `leaf`; brings the old one.
        let old = at.swap(Box::into_raw(Box::new(new)), Ordering::AcqRel);
        // SAFETY: replaced in the current index, the only one that will be read from now on; its nodes live on in the new leaf, or are
        // retired by the caller.
        unsafe { retire(old, domain) };
    }
}

/// Puts an index in the place of another.
fn publish_index<K, V>(shard: &Shard<K, V>, new: Index<K, V>, domain: &Domain)
where
    K: Send + Sync + 'static,
    V: Send + 'static,
{
    // AcqRel: publishes to the Acquire in `index`; brings the old one.
    let old = shard.index.swap(Box::into_raw(Box::new(new)), Ordering::AcqRel);
    // SAFETY: replaced above, under the lock; the leaves live on in the new index.
    unsafe { retire(old, domain) };
}

/// Leaves an unlinked box to the epochs.
///
/// # Safety
///
/// `object` came from `Box::into_raw` (itself, not by way of a reference), no new reader can reach it, nobody else retires it, and any thread may drop it.
unsafe fn retire<T>(object: *mut T, domain: &Domain) {
    /// # Safety
    ///
    /// As for `retire`; called once, when no reader is left.
    unsafe fn free<T>(object: *mut (), _extra: usize) {
        // SAFETY: `retire`'s contract; the epochs call it once, when no reader is left.
        drop(unsafe { Box::from_raw(object.cast::<T>()) });
    }
    // SAFETY: the contract.
    let item = unsafe { Retired::new(object.cast(), free::<T>, 0, size_of::<T>()) };
    domain.retire(item);
}

/// Drops a leaf and its entries, each on its own: a destructor that panics is caught.
///
/// # Safety
///
/// The leaf is the only one that has its nodes, and nobody uses them any more.
pub(super) unsafe fn free_leaf_with_nodes<K: 'static, V: 'static>(leaf: Box<Leaf<K, V>>) {
    for node in leaf.into_nodes() {
        // SAFETY: nodes come from Box::into_raw; exclusive by the contract.
        epoch::panics(|| drop(unsafe { Box::from_raw(node) }));
    }
}
