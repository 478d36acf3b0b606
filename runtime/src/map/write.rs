//! Writing one key by user code: update, upsert, conditional removal. Plain insertion and removal are in `insert_remove`.

use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use super::lookup::SlotLookup;
use super::node::{self, Pending};
use super::{Ref, ShardedMap, codec};
use crate::epoch::{self, Guard};
use crate::raw::bucket::Slot;
use crate::raw::{LockedTable, NoMemory, Place};
use crate::sync::atomic::Ordering;

/// What becomes of a value when its closure has put another under the same key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clash {
    Keep,
    Replace,
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send + 'static,
    V: Send + 'static,
    S: BuildHasher + 'static,
{
    /// The entry of a key if there is one, otherwise that of the value `make` returns.
    ///
    /// A hit never blocks. A miss runs `make` exactly once, under the shard's lock: no other thread can insert the key meanwhile. `make` may
    /// use the map; if it inserts this very key, that entry is returned and its result dropped. If `make` panics nothing is inserted.
    #[inline]
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> Ref<'_, K, V> {
        match self.get_or_try_insert_with(key, || Ok::<V, core::convert::Infallible>(make())) {
            Ok(entry) => entry,
            Err(never) => match never {},
        }
    }

    /// [`get_or_insert_with`](Self::get_or_insert_with) with a fallible `make`.
    ///
    /// # Errors
    ///
    /// That of `make`; nothing is inserted then.
    pub fn get_or_try_insert_with<E>(&self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<Ref<'_, K, V>, E> {
        let hash = self.hash(&key);
        epoch::maintain();
        let guard = epoch::pin();
        let table = self.raw.table(hash, &guard);
        if let Some((_, (word, payload))) = table.find(hash, |slot| node::matching::<K, V, K>(slot, hash, &key)) {
            // SAFETY: found under a clone of the guard given, in this map, which the Ref borrows.
            return Ok(unsafe { Ref::of(word, payload, guard.clone()) });
        }
        let entry = self.decide(hash, key, &guard, Clash::Keep, |there| match there {
            Some(_) => Ok(None),
            None => make().map(Some),
        })?;
        Ok(entry.unwrap_or_else(|| node::out_of_memory::<K, V>(NoMemory)))
    }

    /// Replaces a key's value by `update` of it, or inserts what `make` returns; one step for other threads.
    ///
    /// Exactly one of the closures runs, exactly once, under the shard's lock. It may use the map; should it write this key itself, its
    /// result wins. If it panics, nothing changes.
    pub fn upsert(&self, key: K, update: impl FnOnce(&V) -> V, make: impl FnOnce() -> V) -> Ref<'_, K, V> {
        let hash = self.hash(&key);
        epoch::maintain();
        let guard = epoch::pin();
        let entry = self.decide(hash, key, &guard, Clash::Replace, |there| {
            Ok::<_, core::convert::Infallible>(Some(there.map_or_else(make, update)))
        });
        match entry {
            Ok(entry) => entry.unwrap_or_else(|| node::out_of_memory::<K, V>(NoMemory)),
            Err(never) => match never {},
        }
    }

    /// Asks `verdict` for the value of a key, under the lock; None keeps what is there. Returns the entry after it.
    fn decide<E>(
        &self,
        hash: u64,
        key: K,
        guard: &Guard,
        clash: Clash,
        verdict: impl FnOnce(Option<&V>) -> Result<Option<V>, E>,
    ) -> Result<Option<Ref<'_, K, V>>, E> {
        let oom = node::out_of_memory::<K, V>;
        let (held, spot) = self.lock_at(hash, &key, guard).unwrap_or_else(|error| oom(error));
        let version = held.version();
        let found = match spot {
            SlotLookup::Found(place) => node::read::<K, V>(held.table().slot(place)),
            SlotLookup::Vacant(_) => None,
        };
        let Some(value) = verdict(found.as_ref().map(node::Found::value))? else {
            return Ok(match spot {
                SlotLookup::Found(place) => self.entry_at(&held, place, guard),
                SlotLookup::Vacant(_) => None,
            });
        };
        let pending = Pending::new(hash, key, value).unwrap_or_else(|_| oom(NoMemory));
        // `pending` stands before this `held`: if it is dropped, then after unlocking.
        let (held, spot) = if held.is_frozen() || held.version() != version {
            match pending.with_key(|key| self.locate(held, hash, key, guard)).unwrap_or_else(|error| oom(error)) {
                (held, SlotLookup::Found(place)) if clash == Clash::Keep => {
                    return Ok(self.entry_at(&held, place, guard));
                }
                other => other,
            }
        } else {
            (held, spot)
        };
        match spot {
            SlotLookup::Found(place) => {
                let old = held.replace(place, pending.into_payload());
                let entry = self.entry_at(&held, place, guard);
                drop(held);
                // SAFETY: replaced above under this guard, so no longer in the table.
                unsafe { node::retire::<K, V>(old, guard) };
                Ok(entry)
            }
            SlotLookup::Vacant(place) => {
                held.publish(place, hash, pending.word(), pending.into_payload());
                Ok(self.entry_at(&held, place, guard))
            }
        }
    }

    /// Replaces a key's value by what `f` makes of it and returns the new entry; None if the key is absent.
    ///
    /// `f` runs exactly once, under the shard's lock: no other writer comes between. It may use the map; if it removes this
    /// key, nothing is put back. If it panics, the old value stays. Readers see the old value or the new one, whole.
    pub fn update<Q>(&self, key: &Q, f: impl FnOnce(&V) -> V) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q> + Clone,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        epoch::maintain();
        let guard = epoch::pin();
        let (held, place) = self.lock_on(hash, key, &guard);
        let found = node::read::<K, V>(held.table().slot(place?))?;
        let version = held.version();
        let pending = Pending::new(hash, found.key().clone(), f(found.value()))
            .unwrap_or_else(|_| node::out_of_memory::<K, V>(NoMemory));
        let (held, place) = if held.is_frozen() || held.version() != version {
            self.seek(held, hash, key, &guard)
        } else {
            (held, place)
        };
        let place = place?;
        let old = held.replace(place, pending.into_payload());
        let entry = self.entry_at(&held, place, &guard);
        drop(held);
        // SAFETY: replaced above, so no longer in the table.
        unsafe { node::retire::<K, V>(old, &guard) };
        entry
    }

    /// Removes a key if `condition` holds for its entry; test and removal are one step for other threads.
    ///
    /// `condition` runs at most once, under the shard's lock. If it panics, the entry stays.
    #[inline]
    pub fn remove_if<Q>(&self, key: &Q, condition: impl FnOnce(&K, &V) -> bool) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        epoch::maintain();
        let guard = epoch::pin();
        let (held, place) = self.lock_on(hash, key, &guard);
        let place = place?;
        let found = node::read::<K, V>(held.table().slot(place))?;
        let version = held.version();
        if !condition(found.key(), found.value()) || held.is_frozen() || held.version() != version {
            // Refused, or `condition` wrote to this shard itself: what it judged may be gone.
            return None;
        }
        let word = held.table().slot(place).word.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
        let old = self.vacate(&held, place, &guard);
        drop(held);
        // SAFETY: removed above under this guard.
        Some(unsafe { self.unlinked(word, old, guard) })
    }

    /// Empties a slot in the way its kind allows.
    #[inline]
    pub(super) fn vacate(&self, held: &LockedTable<'_>, place: Place, guard: &Guard) -> *mut () {
        if codec::is_inline::<K, V>() { held.vacate_later(place, guard) } else { held.vacate_now(place) }
    }

    /// Retires an unlinked entry and returns it.
    ///
    /// # Safety
    ///
    /// The slot contents were unlinked by the caller, under `guard`, and are retired by nobody else.
    #[inline]
    pub(super) unsafe fn unlinked(&self, word: u64, payload: *mut (), guard: Guard) -> Ref<'_, K, V> {
        // SAFETY: the caller's contract. What was retired under a guard stays until the guard is dropped.
        unsafe {
            node::retire::<K, V>(payload, &guard);
            Ref::of(word, payload, guard)
        }
    }

    /// The entry in a full slot of a locked table.
    pub(super) fn entry_at(&self, held: &LockedTable<'_>, place: Place, guard: &Guard) -> Option<Ref<'_, K, V>> {
        let (word, payload) = node::contents::<K, V>(held.table().slot(place))?;
        // SAFETY: found under a clone of the guard given, in this map, which the Ref borrows.
        Some(unsafe { Ref::of(word, payload, guard.clone()) })
    }

    /// The hash of the key in a full slot: cached for nodes, computed (user code!) for integers.
    #[inline]
    pub(super) fn slot_hash(&self, slot: &Slot) -> u64 {
        if codec::is_inline::<K, V>() {
            node::read::<K, V>(slot).map_or(0, |found| self.hash(found.key()))
        } else {
            slot.word.load(Ordering::Relaxed) // Relaxed: called on slots of a locked or frozen table.
        }
    }
}
