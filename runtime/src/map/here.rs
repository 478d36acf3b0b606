//! Replacing a plain value where it is: no node is made and nothing is retired. The usual way of updates, upserts and overwrites of keys that are there.

use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use super::codec::{self, Contents, Extra};
use super::insert_remove::put_over;
use super::node::{self, Node};
use super::{Owned, Ref, ShardedMap};
use crate::epoch::Guard;
use crate::raw::{At, Check, Claimed, LentTable, LockedTable, Probe};
use crate::sync::atomic::Ordering;

/// A full slot whose value a closure is to replace; its shard's lock is lent.
pub(super) struct Here<'g> {
    lent: LentTable<'g>,
    at: At<'g>,
    lane: usize,
    old: Contents,
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// Replaces a plain value by what `f` makes of it. `f` comes back where it takes more than the usual: an absent key, another writer, values that are not
    /// plain. The new value comes back where the closure itself has taken the entry out.
    #[inline(always)]
    pub(super) fn update_here<Q, F>(&self, hash: u64, key: &Q, f: F) -> Result<Result<Ref<'_, K, V>, V>, F>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
        F: FnOnce(&V) -> V,
    {
        if codec::is_inline::<K, V>() {
            let Some(scope) = self.domain().quick() else { return Err(f) };
            let Some(here) = self.lend_here(hash, key, &scope) else { return Err(f) };
            let now = self.finish_here(here, hash, key, &scope, f);
            // SAFETY: made by `store_here` for this map, which is inline.
            return Ok(now.map(|now| unsafe { Ref::copied(&now) }));
        }
        if codec::is_cell::<K, V>() {
            let guard = self.domain().pin();
            let Some(here) = self.lend_here(hash, key, &guard) else { return Err(f) };
            let now = self.finish_here(here, hash, key, &guard, f);
            // SAFETY: in the table under this guard, in this map, which the Ref borrows.
            return Ok(now.map(|now| unsafe { Ref::of(&now, guard) }));
        }
        Err(f)
    }

    /// Puts a value in the place of another, in a map of cells. Both come back where it takes more than the usual.
    #[inline]
    pub(super) fn put_here(&self, hash: u64, key: K, value: V) -> Result<Owned<'_, K, V>, (K, V)> {
        let Some(scope) = self.domain().quick() else { return Err((key, value)) };
        let table = self.table(hash, &scope);
        let look = table.lock_version();
        // No check: taking the lock as it was proves that nothing was written.
        let found = table.find(hash, Check::None, |at, lane| {
            node::matching::<K, V, K>(at, lane, hash, &key).map(|old| (at, lane, old))
        });
        let Some((_, (at, lane, old))) = found else { return Err((key, value)) };
        let Some(held) = LockedTable::enter_if(table, look) else { return Err((key, value)) };
        self.store_here(&held, (at, lane), hash, &old, &value);
        drop(held);
        drop(scope);
        // SAFETY: a cell's contents, read from its slot.
        Ok(Owned::replaced(key, unsafe { codec::key_of::<V>(old.cell_bits()) }))
    }

    #[inline(always)]
    fn lend_here<'g, Q>(&'g self, hash: u64, key: &Q, guard: &'g Guard) -> Option<Here<'g>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let table = self.table(hash, guard);
        table.prefetch(hash);
        let look = table.lock_version();
        // No check: as above.
        let mut old = None;
        let probe = table.probe(hash, Check::None, |at, lane| {
            old = node::matching::<K, V, Q>(at, lane, hash, key);
            old.is_some()
        });
        let (Probe::Found(found), Some(old)) = (probe, old) else { return None };
        let lent = LentTable::enter_if(table, look, self.raw.claims(), hash)?;
        Some(Here { lent, at: found.at(), lane: found.lane(), old })
    }

    #[inline(always)]
    fn finish_here<Q>(
        &self,
        here: Here<'_>,
        hash: u64,
        key: &Q,
        guard: &Guard,
        f: impl FnOnce(&V) -> V,
    ) -> Result<Contents, V>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let Here { lent, at, lane, old } = here;
        // SAFETY: read from a full slot of this map while nobody wrote, by the lock that was taken as it was.
        let found = unsafe { node::from_contents::<K, V>(&old) };
        let new = f(found.value());
        match lent.take_back() {
            Ok(held) => Ok(self.store_here(&held, (at, lane), hash, &old, &new)),
            Err(claim) => self.finish_late(claim, hash, key, guard, new),
        }
    }

    #[cold]
    fn finish_late<Q>(&self, claim: Claimed<'_>, hash: u64, key: &Q, guard: &Guard, new: V) -> Result<Contents, V>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let (held, place) = self.seek(self.raw.lock(hash, guard), hash, key, guard);
        let now = place.and_then(|place| {
            let at = self.locked(&held).at(place.bucket);
            let old = node::contents::<K, V>(at, place.lane)?;
            Some(self.store_here(&held, (at, place.lane), hash, &old, &new))
        });
        drop(held);
        drop(claim);
        now.ok_or(new)
    }

    /// Puts a plain value in the place of the one in a full slot, which is `old`, under the lock. Returns what is there then.
    #[inline(always)]
    fn store_here(
        &self,
        held: &LockedTable<'_>,
        (at, lane): (At<'_>, usize),
        hash: u64,
        old: &Contents,
        new: &V,
    ) -> Contents {
        if codec::is_inline::<K, V>() {
            // SAFETY: the word of a full slot in an inline map.
            let key = unsafe { codec::key_of::<K>(old.word) };
            let now = codec::contents_of(&key, new);
            put_over::<K, V>(held, at, lane, hash, &now);
            return now;
        }
        let bits = codec::key_bits(new);
        // SAFETY: a node in a slot of this map, which holds cells; the lock keeps it there.
        let node = unsafe { &*old.payload.cast::<Node<K, V>>() };
        // Release: pairs with the Acquire load in `node::contents`.
        node.bits().store(bits, Ordering::Release);
        held.note_write();
        let mut extra = Extra::new();
        extra.fill(core::iter::once(bits));
        Contents { word: old.word, payload: old.payload, extra }
    }
}
