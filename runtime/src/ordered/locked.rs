//! A shard of the ordered map under its lock, and the lock lent while a closure runs. Keys are claimed by the addresses of their entries.

use super::parts::{Index, Leaf, Shard};
use super::{ShardedSkipMap, index, leaf};
use crate::epoch::{Guard, thread_name};
use crate::map::node::Node;
use crate::raw::lock::Entered;
use crate::raw::{Claimed, Claims};
use crate::sync::atomic::Ordering;

/// A shard under its lock; unlocks when dropped, also while a panic unwinds.
pub(super) struct LockedShard<'g, K, V> {
    pub(super) shard: &'g Shard<K, V>,
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
pub(super) struct EntryPosition<'g, K, V> {
    pub(super) index: &'g Index<K, V>,
    pub(super) leaf_at: usize,
    pub(super) leaf: &'g Leaf<K, V>,
    pub(super) position: Result<usize, usize>,
}

impl<K: Ord + 'static, V> EntryPosition<'_, K, V> {
    /// The key's entry, if it is there.
    pub(super) fn node(&self) -> Option<*mut Node<K, V>> {
        self.leaf.at(self.position.ok()?).map(|(_, node)| node)
    }
}

/// A shard whose lock is lent; dropped, it gives up the lock, or the claim that came to stand for it.
struct LentShard<'g, K, V> {
    shard: &'g Shard<K, V>,
    lent: crate::raw::lock::Lent,
    claims: &'g Claims,
    node: u64,
}

impl<'g, K, V> LentShard<'g, K, V> {
    fn take_back(self) -> Result<LockedShard<'g, K, V>, Claimed<'g>> {
        let (shard, claims, node, lent) = (self.shard, self.claims, self.node, self.lent);
        core::mem::forget(self); // Ended here.
        if shard.lock.take_back(lent, thread_name()) {
            Ok(LockedShard { shard, nested: false })
        } else {
            Err(Claimed::of(claims, node, thread_name()))
        }
    }
}

impl<K, V> Drop for LentShard<'_, K, V> {
    fn drop(&mut self) {
        if self.shard.lock.take_back(self.lent, thread_name()) {
            self.shard.lock.unlock();
        } else {
            drop(Claimed::of(self.claims, self.node, thread_name()));
        }
    }
}

/// The lock after a closure, and where the key is now. Without them the map has no shard left, which does not happen.
pub(super) struct Answered<'g, K, V> {
    pub(super) spot: Option<EntryPosition<'g, K, V>>,
    /// Before the claim, which ends when its result has been put in.
    pub(super) held: Option<LockedShard<'g, K, V>>,
    pub(super) claim: Option<Claimed<'g>>,
}

impl<K, V> ShardedSkipMap<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Send + 'static,
{
    /// Locks the shard of a key and finds its place; waits while another thread claims it. `Ord` is user code: if it wrote here through this thread, it looks
    /// again.
    pub(super) fn lock<'g>(
        &'g self,
        wanted: u64,
        key: &K,
        guard: &'g Guard,
    ) -> Option<(LockedShard<'g, K, V>, EntryPosition<'g, K, V>)> {
        let me = thread_name();
        let mut must_go_on = false;
        loop {
            let (held, spot) = self.lock_any(wanted, key, guard)?;
            if must_go_on || !held.shard.lock.has_claims() {
                return Some((held, spot));
            }
            if self.claims.is_empty() {
                held.shard.lock.forget_claims();
                return Some((held, spot));
            }
            let node = spot.node().map(|node| node.addr() as u64);
            let Some(node) = node.and_then(|node| self.claims.of_others(|key| key == node, me)) else {
                return Some((held, spot));
            };
            drop(held);
            must_go_on = !self.claims.wait(node, me);
        }
    }

    fn lock_any<'g>(
        &'g self,
        wanted: u64,
        key: &K,
        guard: &'g Guard,
    ) -> Option<(LockedShard<'g, K, V>, EntryPosition<'g, K, V>)> {
        let me = thread_name();
        loop {
            let shard = self.shard(wanted, key, guard)?;
            let nested = shard.lock.lock(me, &self.claims) == Entered::Nested;
            let held = LockedShard { shard, nested };
            // Relaxed, all: written under the lock that this thread holds.
            while !shard.frozen.load(Ordering::Relaxed) {
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

    /// Runs a closure about an entry that is there, and has the lock again. Other threads have not written the entry meanwhile.
    pub(super) fn ask<'g, R>(
        &'g self,
        (held, spot): (LockedShard<'g, K, V>, EntryPosition<'g, K, V>),
        (wanted, key): (u64, &K),
        guard: &'g Guard,
        question: impl FnOnce() -> R,
    ) -> (R, Answered<'g, K, V>) {
        let node = spot.node().map_or(0, |node| node.addr() as u64);
        let (answer, claim) = if held.nested {
            // A caller further up the stack holds the lock, an `Ord` or `Clone`: the closure runs under it.
            let shard = held.shard;
            // Relaxed, all: written under the lock that this thread holds.
            let version = shard.version.load(Ordering::Relaxed);
            let answer = question();
            if shard.version.load(Ordering::Relaxed) == version && !shard.frozen.load(Ordering::Relaxed) {
                return (answer, Answered { spot: Some(spot), held: Some(held), claim: None });
            }
            drop(held);
            (answer, None)
        } else {
            let shard = held.shard;
            core::mem::forget(held); // Still locked: the lent shard unlocks.
            let lent = shard.lock.lend(thread_name(), node);
            let lent = LentShard { shard, lent, claims: &self.claims, node };
            let answer = question();
            match lent.take_back() {
                Ok(held) => return (answer, Answered { spot: Some(spot), held: Some(held), claim: None }),
                Err(claim) => (answer, Some(claim)),
            }
        };
        let (held, spot) = self.lock(wanted, key, guard).unzip();
        (answer, Answered { spot, held, claim })
    }
}
