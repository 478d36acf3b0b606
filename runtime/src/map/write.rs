//! Writing one key: insert, update, remove, and the loop under the lock that they share.

use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use super::node::{self, Pending};
use super::{Ref, ShardedMap, TryInsertError, codec};
use crate::epoch::{self, Guard};
use crate::raw::bucket::Slot;
use crate::raw::{Held, NoMemory, Place, Probe, wake_at};
use crate::sync::atomic::Ordering;

/// What becomes of a value when its closure has put another under the same key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clash {
    Keep,
    Replace,
}

/// Where a key is, under the lock.
pub(super) enum Spot {
    There(Place),
    /// Absent, and this slot may take it.
    Vacant(Place),
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send + 'static,
    V: Send + 'static,
    S: BuildHasher + 'static,
{
    /// Puts a value under a key and returns what was there, if anything. The key is replaced too.
    ///
    /// Waits for other writers of the shard. Expected O(1); growing copies one table of at most 1,792 slots. A panic in
    /// `Hash` or `Eq` leaves the map as it was and drops key and value. Aborts as the standard collections do when there is no memory; see
    /// [`try_insert`](Self::try_insert).
    #[inline]
    pub fn insert(&self, key: K, value: V) -> Option<Ref<'_, K, V>> {
        self.try_insert(key, value).unwrap_or_else(|_| node::out_of_memory::<K, V>(NoMemory))
    }

    /// [`insert`](Self::insert) that gives the pair back when there is no memory.
    ///
    /// # Errors
    ///
    /// The allocator had no memory for the entry, or for a larger table when this one had no free slot.
    #[inline]
    pub fn try_insert(&self, key: K, value: V) -> Result<Option<Ref<'_, K, V>>, TryInsertError<K, V>> {
        let hash = self.hash(&key);
        if codec::is_inline::<K, V>() {
            let (word, payload) = (codec::to_bits(&key), codec::to_payload(codec::to_bits(&value)));
            if let Some(done) = self.put_bits(hash, word, payload) {
                return Ok(done.map(|old| Ref::copied(word, old)));
            }
        }
        self.try_insert_waiting(hash, key, value)
    }

    /// The usual insertion into an inline map: first bucket, no other writer, nothing to grow. None if it takes more than that. The lookup comes
    /// first, without the lock, which is held for some stores only.
    #[inline]
    fn put_bits(&self, hash: u64, word: u64, payload: *mut ()) -> Option<Option<*mut ()>> {
        let scope = epoch::quick()?;
        let table = self.raw.table(hash, &scope);
        table.prefetch(hash);
        let look = table.look();
        // Relaxed: as in `node::matching`. Equal bits are equal keys: keys in place are integers, characters or booleans.
        let (old, waiters) = match table.probe(hash, |slot| slot.word.load(Ordering::Relaxed) == word) {
            Probe::Found(found) => {
                let held = Held::enter_if(table, look)?;
                (Some(held.replace_in(found.slot, payload)), held.release())
            }
            Probe::Absent(absent) => {
                let vacancy = table.vacancy(absent)?;
                let held = Held::enter_if(table, look)?;
                held.publish_at(&vacancy, hash, word, payload);
                (None, held.release())
            }
            Probe::Unclear => return None,
        };
        drop(scope);
        // Last of all, so that the usual way calls nothing.
        if let Some(waiters) = waiters {
            wake_at(waiters);
        }
        Some(old)
    }

    /// [`try_insert`](Self::try_insert) in full.
    #[inline(never)]
    fn try_insert_waiting(&self, hash: u64, key: K, value: V) -> Result<Option<Ref<'_, K, V>>, TryInsertError<K, V>> {
        let Some(thread) = epoch::try_maintained() else { return Err(TryInsertError { key, value }) };
        let pending = Pending::new(hash, key, value).map_err(|(key, value)| TryInsertError { key, value })?;
        let guard = thread.pin();
        let old = self.put(hash, pending, &guard)?;
        // SAFETY: replaced above under this guard, so no longer in the table.
        Ok(old.map(|(word, old)| unsafe { self.unlinked(word, old, guard) }))
    }

    /// Puts an entry in; returns what it replaced. The lookup comes first: `Eq` mostly runs unlocked.
    #[inline]
    fn put(
        &self,
        hash: u64,
        pending: Pending<K, V>,
        guard: &Guard,
    ) -> Result<Option<node::Contents>, TryInsertError<K, V>> {
        let table = self.raw.table(hash, guard);
        let look = table.look();
        let probe =
            pending.with_key(|key| table.probe(hash, |slot| node::matching::<K, V, K>(slot, hash, key).is_some()));
        match probe {
            Probe::Found(found) => {
                if let Some(held) = Held::enter_if(table, look) {
                    let word = found.slot.word.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
                    return Ok(Some((word, held.replace_in(found.slot, pending.into_payload()))));
                }
            }
            Probe::Absent(absent) => {
                if let Some(vacancy) = table.vacancy(absent) {
                    if let Some(held) = Held::enter_if(table, look) {
                        held.publish_at(&vacancy, hash, pending.word(), pending.into_payload());
                        return Ok(None);
                    }
                }
            }
            Probe::Unclear => {
                let found = pending
                    .with_key(|key| table.find(hash, |slot| node::matching::<K, V, K>(slot, hash, key).map(|_| slot)));
                if let Some((_, slot)) = found {
                    if let Some(held) = Held::enter_if(table, look) {
                        let word = slot.word.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
                        return Ok(Some((word, held.replace_in(slot, pending.into_payload()))));
                    }
                }
            }
        }
        self.put_waiting(hash, pending, guard)
    }

    /// [`put`](Self::put) where another writer came between, or where it takes more than the first bucket.
    #[inline(never)]
    fn put_waiting(
        &self,
        hash: u64,
        pending: Pending<K, V>,
        guard: &Guard,
    ) -> Result<Option<node::Contents>, TryInsertError<K, V>> {
        let held = self.raw.lock(hash, guard);
        match pending.with_key(|key| self.locate(held, hash, key, guard)) {
            Ok((held, Spot::There(place))) => {
                // Relaxed: only lock holders write it.
                let word = held.table().slot(place).word.load(Ordering::Relaxed);
                Ok(Some((word, held.replace(place, pending.into_payload()))))
            }
            Ok((held, Spot::Vacant(place))) => {
                held.publish(place, hash, pending.word(), pending.into_payload());
                Ok(None)
            }
            Err(NoMemory) => {
                let (key, value) = pending.into_parts();
                Err(TryInsertError { key, value })
            }
        }
    }

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
            Spot::There(place) => node::read::<K, V>(held.table().slot(place)),
            Spot::Vacant(_) => None,
        };
        let Some(value) = verdict(found.as_ref().map(node::Found::value))? else {
            return Ok(match spot {
                Spot::There(place) => self.entry_at(&held, place, guard),
                Spot::Vacant(_) => None,
            });
        };
        let pending = Pending::new(hash, key, value).unwrap_or_else(|_| oom(NoMemory));
        // `pending` stands before this `held`: if it is dropped, then after unlocking.
        let (held, spot) = if held.is_frozen() || held.version() != version {
            match pending.with_key(|key| self.locate(held, hash, key, guard)).unwrap_or_else(|error| oom(error)) {
                (held, Spot::There(place)) if clash == Clash::Keep => return Ok(self.entry_at(&held, place, guard)),
                other => other,
            }
        } else {
            (held, spot)
        };
        match spot {
            Spot::There(place) => {
                let old = held.replace(place, pending.into_payload());
                let entry = self.entry_at(&held, place, guard);
                drop(held);
                // SAFETY: replaced above under this guard, so no longer in the table.
                unsafe { node::retire::<K, V>(old, guard) };
                Ok(entry)
            }
            Spot::Vacant(place) => {
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

    /// Removes a key and returns its entry. Waits for other writers of the shard. Expected O(1).
    #[inline]
    pub fn remove<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        if codec::is_inline::<K, V>() {
            if let Some(done) = self.take_bits(hash, key) {
                return done.map(|(word, payload)| Ref::copied(word, payload));
            }
        }
        self.remove_waiting(hash, key)
    }

    /// The usual removal from an inline map; None if it takes more than that, as in [`put_bits`](Self::put_bits).
    #[inline]
    fn take_bits<Q>(&self, hash: u64, key: &Q) -> Option<Option<node::Contents>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let scope = epoch::quick()?;
        // The clock must move, which it cannot do in this scope.
        if scope.record().is_due() {
            return None;
        }
        let table = self.raw.table(hash, &scope);
        table.prefetch(hash);
        let look = table.look();
        match table.probe(hash, |slot| node::is_at::<K, Q>(slot, key)) {
            Probe::Found(found) => {
                let word = found.slot.word.load(Ordering::Relaxed); // Relaxed: the probe's Acquire ordered it.
                let held = Held::enter_if(table, look)?;
                let old = held.vacate_found(&found, &scope);
                let waiters = held.release();
                drop(scope);
                // Last of all, so that the usual way calls nothing.
                if let Some(waiters) = waiters {
                    wake_at(waiters);
                }
                Some(Some((word, old)))
            }
            // An absent key needs no lock: the lookup is the moment.
            Probe::Absent(_) => Some(None),
            Probe::Unclear => None,
        }
    }

    /// [`remove`](Self::remove) in full.
    #[inline(never)]
    fn remove_waiting<Q>(&self, hash: u64, key: &Q) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let guard = epoch::maintained().pin();
        let (word, payload) = self.take(hash, key, &guard)?;
        // SAFETY: removed above under this guard.
        Some(unsafe { self.unlinked(word, payload, guard) })
    }

    /// Takes an entry out of the table.
    #[inline]
    fn take<Q>(&self, hash: u64, key: &Q, guard: &Guard) -> Option<node::Contents>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let table = self.raw.table(hash, guard);
        let look = table.look();
        // An absent key needs no lock: the lookup is the moment.
        let (place, (word, _)) = table.find(hash, |slot| node::matching::<K, V, Q>(slot, hash, key))?;
        let Some(held) = Held::enter_if(table, look) else { return self.take_waiting(hash, key, guard) };
        Some((word, self.vacate(&held, place, guard)))
    }

    /// [`take`](Self::take) where another writer came between.
    #[inline(never)]
    fn take_waiting<Q>(&self, hash: u64, key: &Q, guard: &Guard) -> Option<node::Contents>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let (held, place) = self.seek(self.raw.lock(hash, guard), hash, key, guard);
        let place = place?;
        // Relaxed: only lock holders write it.
        let word = held.table().slot(place).word.load(Ordering::Relaxed);
        Some((word, self.vacate(&held, place, guard)))
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
    pub(super) fn vacate(&self, held: &Held<'_>, place: Place, guard: &Guard) -> *mut () {
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
    pub(super) fn entry_at(&self, held: &Held<'_>, place: Place, guard: &Guard) -> Option<Ref<'_, K, V>> {
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

    /// Locks the shard of a key and finds where it is or may go. A lookup comes first, without the lock, so that `Eq` mostly runs unlocked.
    #[inline]
    fn lock_at<'g, Q>(&self, hash: u64, key: &Q, guard: &'g Guard) -> Result<(Held<'g>, Spot), NoMemory>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        match self.lock_on(hash, key, guard) {
            (held, Some(place)) => Ok((held, Spot::There(place))),
            (held, None) => self.make_room(held, hash, key, guard),
        }
    }

    /// Locks the shard of a key and finds where it is; as [`lock_at`](Self::lock_at), but makes no room. User code may run under this lock.
    #[inline]
    fn lock_on<'g, Q>(&self, hash: u64, key: &Q, guard: &'g Guard) -> (Held<'g>, Option<Place>)
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let table = self.raw.table(hash, guard);
        let look = table.look();
        let found = table.find(hash, |slot| node::matching::<K, V, Q>(slot, hash, key));
        match Held::enter_noted_if(table, look, guard) {
            Some(held) => (held, found.map(|(place, _)| place)),
            None => self.seek(self.raw.lock(hash, guard), hash, key, guard),
        }
    }

    /// Where a key is, under the lock. User code in `Eq` may write here through this thread: then it looks again.
    #[inline(never)]
    fn seek<'g, Q>(&self, mut held: Held<'g>, hash: u64, key: &Q, guard: &'g Guard) -> (Held<'g>, Option<Place>)
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
            let found = held.table().find(hash, |slot| node::matching::<K, V, Q>(slot, hash, key).map(|_| ()));
            if !held.is_frozen() && held.version() == version {
                return (held, found.map(|(place, ())| place));
            }
        }
    }

    /// Where a key is or may go, under the lock; grows the table when it is crowded.
    #[inline(never)]
    fn locate<'g, Q>(&self, held: Held<'g>, hash: u64, key: &Q, guard: &'g Guard) -> Result<(Held<'g>, Spot), NoMemory>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        match self.seek(held, hash, key, guard) {
            (held, Some(place)) => Ok((held, Spot::There(place))),
            (held, None) => self.make_room(held, hash, key, guard),
        }
    }

    /// Where an absent key may go, under the lock; grows the table when it is crowded.
    fn make_room<'g, Q>(
        &self,
        held: Held<'g>,
        hash: u64,
        key: &Q,
        guard: &'g Guard,
    ) -> Result<(Held<'g>, Spot), NoMemory>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        if !held.is_crowded() {
            if let Some(place) = held.vacancy(hash, guard.domain()) {
                return Ok((held, Spot::Vacant(place)));
            }
        }
        self.locate_growing(held, hash, key, guard)
    }

    #[cold]
    fn locate_growing<'g, Q>(
        &self,
        mut held: Held<'g>,
        hash: u64,
        key: &Q,
        guard: &'g Guard,
    ) -> Result<(Held<'g>, Spot), NoMemory>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        loop {
            let (grown, failed) = match self.raw.rebuild(held, hash, guard, |slot| self.slot_hash(slot)) {
                Ok(grown) => (grown, None),
                Err((same, error)) => (same, Some(error)),
            };
            let (sought, place) = self.seek(grown, hash, key, guard);
            held = sought;
            if let Some(place) = place {
                return Ok((held, Spot::There(place)));
            }
            // Without memory to grow, a free slot still serves.
            if let Some(place) = held.vacancy(hash, guard.domain()) {
                return Ok((held, Spot::Vacant(place)));
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
    }
}
