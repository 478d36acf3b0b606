//! Growth of the ordered map, and how what is new takes the place of what was: leaves, a shard's index, the directory.

use std::sync::Arc;

use super::locked::{EntryPosition, LockedShard};
use super::parts::{self, Directory, Index, LEAF, Leaf, SHARD, Shard};
use super::{ShardedSkipMap, index};
use crate::epoch::{self, Domain, Guard, Retired, thread_name};
use crate::map::node::Node;
use crate::raw::lock::Entered;
use crate::sync::atomic::Ordering;

impl<K, V> ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    /// Replaces a full leaf by two, and with them the shard's index; splits the shard when that is full. The bound is the key at `half`, or, beyond
    /// the end, the new one.
    pub(super) fn split_leaf(
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
        let entered = self.growth.lock(thread_name(), &self.claims);
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
            for part in parts {
                // SAFETY: made just now, and not shared yet. Keys in it may be claimed.
                unsafe { &*part }.lock.inherit(&held.shard.lock);
            }
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
}

/// Counts a write and its entries, under the lock.
pub(super) fn touch<K, V>(shard: &Shard<K, V>, by: isize) {
    // Relaxed, all: written under the lock only; `len` is read as any recent value.
    shard.version.store(shard.version.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    shard.len.store(shard.len.load(Ordering::Relaxed).wrapping_add_signed(by), Ordering::Relaxed);
}

/// Puts a leaf in the place of another.
pub(super) fn publish_leaf<K, V>(spot: &EntryPosition<'_, K, V>, new: Leaf<K, V>, domain: &Domain)
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
pub(super) fn publish_index<K, V>(shard: &Shard<K, V>, new: Index<K, V>, domain: &Domain)
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
pub(super) unsafe fn retire<T>(object: *mut T, domain: &Domain) {
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
