//! Finding a key's place under its shard's lock, and making one.

use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use super::{ShardedMap, node};
use crate::epoch::Guard;
use crate::raw::{Check, LockedTable, NoMemory, Place};

/// Where a key is, under the lock.
pub(super) enum SlotLookup {
    Found(Place),
    /// Absent, and this slot may take it.
    Vacant(Place),
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// Where a key is, under the lock. User code in `Eq` may write here through this thread: then it looks again.
    #[inline(never)]
    pub(super) fn seek<'g, Q>(
        &self,
        mut held: LockedTable<'g>,
        hash: u64,
        key: &Q,
        guard: &'g Guard,
    ) -> (LockedTable<'g>, Option<Place>)
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        loop {
            if held.is_frozen() {
                drop(held);
                held = self.raw.lock(hash, guard);
            }
            let version = held.version();
            let found = self
                .locked(&held)
                .find(hash, Check::None, |at, lane| node::matching::<K, V, Q>(at, lane, hash, key).map(|_| ()));
            if !held.is_frozen() && held.version() == version {
                return (held, found.map(|(place, ())| place));
            }
        }
    }

    /// Where a key is or may go, under the lock; grows the table when it is crowded.
    #[inline(never)]
    pub(super) fn locate<'g, Q>(
        &self,
        held: LockedTable<'g>,
        hash: u64,
        key: &Q,
        guard: &'g Guard,
    ) -> Result<(LockedTable<'g>, SlotLookup), NoMemory>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        match self.seek(held, hash, key, guard) {
            (held, Some(place)) => Ok((held, SlotLookup::Found(place))),
            (held, None) => self.make_room(held, hash, key, guard),
        }
    }

    /// Where an absent key may go, under the lock; grows the table when it is crowded.
    pub(super) fn make_room<'g, Q>(
        &self,
        held: LockedTable<'g>,
        hash: u64,
        key: &Q,
        guard: &'g Guard,
    ) -> Result<(LockedTable<'g>, SlotLookup), NoMemory>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        if !held.is_crowded() {
            if let Some(place) = held.vacancy(hash) {
                return Ok((held, SlotLookup::Vacant(place)));
            }
        }
        self.locate_growing(held, hash, key, guard)
    }

    #[cold]
    fn locate_growing<'g, Q>(
        &self,
        mut held: LockedTable<'g>,
        hash: u64,
        key: &Q,
        guard: &'g Guard,
    ) -> Result<(LockedTable<'g>, SlotLookup), NoMemory>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        loop {
            let (grown, failed) = match self.raw.rebuild(held, hash, guard, |at, lane| self.slot_hash(at, lane)) {
                Ok(grown) => (grown, None),
                Err((same, error)) => (same, Some(error)),
            };
            let (sought, place) = self.seek(grown, hash, key, guard);
            held = sought;
            if let Some(place) = place {
                return Ok((held, SlotLookup::Found(place)));
            }
            // Without memory to grow, a free slot still serves.
            if let Some(place) = held.vacancy(hash) {
                return Ok((held, SlotLookup::Vacant(place)));
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
    }
}
