//! Insertion and removal of one key: the usual way in one piece, which locks for some stores only, and the long way.

use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use super::lookup::SlotLookup;
use super::node::{self, Pending};
use super::{Ref, ShardedMap, TryInsertError, codec};
use crate::epoch::{self, Guard};
use crate::raw::{LockedTable, NoMemory, Probe, wake_at};
use crate::sync::atomic::Ordering;

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
        let look = table.lock_version();
        // Relaxed: as in `node::matching`. Equal bits are equal keys: keys in place are integers, characters or booleans.
        let (old, waiters) = match table.probe(hash, |slot| slot.word.load(Ordering::Relaxed) == word) {
            Probe::Found(found) => {
                let held = LockedTable::enter_if(table, look)?;
                (Some(held.replace_in(found.slot, payload)), held.release())
            }
            Probe::Absent(absent) => {
                let vacancy = table.vacancy(absent)?;
                let held = LockedTable::enter_if(table, look)?;
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
        let look = table.lock_version();
        let probe =
            pending.with_key(|key| table.probe(hash, |slot| node::matching::<K, V, K>(slot, hash, key).is_some()));
        match probe {
            Probe::Found(found) => {
                if let Some(held) = LockedTable::enter_if(table, look) {
                    let word = found.slot.word.load(Ordering::Relaxed); // Relaxed: only lock holders write it.
                    return Ok(Some((word, held.replace_in(found.slot, pending.into_payload()))));
                }
            }
            Probe::Absent(absent) => {
                if let Some(vacancy) = table.vacancy(absent) {
                    if let Some(held) = LockedTable::enter_if(table, look) {
                        held.publish_at(&vacancy, hash, pending.word(), pending.into_payload());
                        return Ok(None);
                    }
                }
            }
            Probe::Unclear => {
                let found = pending
                    .with_key(|key| table.find(hash, |slot| node::matching::<K, V, K>(slot, hash, key).map(|_| slot)));
                if let Some((_, slot)) = found {
                    if let Some(held) = LockedTable::enter_if(table, look) {
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
            Ok((held, SlotLookup::Found(place))) => {
                // Relaxed: only lock holders write it.
                let word = held.table().slot(place).word.load(Ordering::Relaxed);
                Ok(Some((word, held.replace(place, pending.into_payload()))))
            }
            Ok((held, SlotLookup::Vacant(place))) => {
                held.publish(place, hash, pending.word(), pending.into_payload());
                Ok(None)
            }
            Err(NoMemory) => {
                let (key, value) = pending.into_parts();
                Err(TryInsertError { key, value })
            }
        }
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
        let look = table.lock_version();
        let mut word = 0;
        let probe = table.probe(hash, |slot| {
            // Relaxed: the probe's Acquire ordered it.
            word = slot.word.load(Ordering::Relaxed);
            node::is_key::<K, Q>(word, key)
        });
        match probe {
            Probe::Found(found) => {
                let held = LockedTable::enter_if(table, look)?;
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
        let look = table.lock_version();
        // An absent key needs no lock: the lookup is the moment.
        let (place, (word, _)) = table.find(hash, |slot| node::matching::<K, V, Q>(slot, hash, key))?;
        let Some(held) = LockedTable::enter_if(table, look) else { return self.take_waiting(hash, key, guard) };
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
}
