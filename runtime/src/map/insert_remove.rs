//! Insertion and removal of one key: the usual way in one piece, which locks for some stores only, and the long way.

use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use super::codec::{self, Contents};
use super::lookup::SlotLookup;
use super::node::{self, Pending};
use super::{Owned, ShardedMap, TryInsertError};
use crate::epoch::Guard;
use crate::raw::{At, Check, LockedTable, NoMemory, Probe, wake_at};

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// Puts a value under a key and returns what was there, if anything. Of two equal keys the map may keep either; the other is in what is returned.
    ///
    /// Blocking: waits for other writers of the shard. Expected O(1); growing copies one table of at most 1,792 slots. A panic in
    /// `Hash` or `Eq` leaves the map as it was and drops key and value. Aborts as the standard collections do when there is no memory; see
    /// [`try_insert`](Self::try_insert).
    #[inline]
    pub fn insert(&self, key: K, value: V) -> Option<Owned<'_, K, V>> {
        self.try_insert(key, value).unwrap_or_else(|_| node::out_of_memory::<K, V>(NoMemory))
    }

    /// [`insert`](Self::insert) that gives the pair back when there is no memory.
    ///
    /// # Errors
    ///
    /// The allocator had no memory for the entry, or for a larger table when this one had no free slot.
    #[inline]
    pub fn try_insert(&self, key: K, value: V) -> Result<Option<Owned<'_, K, V>>, TryInsertError<K, V>> {
        let hash = self.hash(&key);
        if codec::is_inline::<K, V>() {
            if let Some(old) = self.put_bits(hash, &key, &value) {
                // SAFETY: replaced in this map.
                return Ok(old.map(|old| unsafe { Owned::of(old, self.domain()) }));
            }
        }
        if codec::is_cell::<K, V>() {
            return match self.put_here(hash, key, value) {
                Ok(old) => Ok(Some(old)),
                Err((key, value)) => self.try_insert_waiting(hash, key, value),
            };
        }
        self.try_insert_waiting(hash, key, value)
    }

    /// The usual insertion into an inline map: first bucket, no other writer, nothing to grow. None if it takes more than that. The lookup comes
    /// first, without the lock, which is held for some stores only.
    #[inline]
    fn put_bits(&self, hash: u64, key: &K, value: &V) -> Option<Option<Contents>> {
        let new = codec::contents_of(key, value);
        let scope = self.domain().quick()?;
        let table = self.table(hash, &scope);
        table.prefetch(hash);
        let look = table.lock_version();
        let mut old = None;
        // No check: taking the lock as it was proves that nothing was written.
        let probe = table.probe(hash, Check::None, |at, lane| {
            old = node::matching::<K, V, K>(at, lane, hash, key);
            old.is_some()
        });
        // SAFETY: made for this stride.
        let words = unsafe { new.words(codec::stride::<K, V>()) };
        let waiters = match probe {
            Probe::Found(found) => {
                let held = LockedTable::enter_if(table, look)?;
                put_over::<K, V>(&held, found.at(), found.lane(), hash, &new);
                held.release()
            }
            Probe::Absent(absent) => {
                let vacancy = table.vacancy(absent)?;
                let held = LockedTable::enter_if(table, look)?;
                held.publish_at(&vacancy, hash, words);
                held.release()
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
    fn try_insert_waiting(&self, hash: u64, key: K, value: V) -> Result<Option<Owned<'_, K, V>>, TryInsertError<K, V>> {
        let Some(guard) = self.domain().try_pin() else { return Err(TryInsertError { key, value }) };
        let pending = Pending::new(hash, key, value).map_err(|(key, value)| TryInsertError { key, value })?;
        let old = self.put(hash, pending, &guard);
        drop(guard);
        self.domain().maintain();
        // SAFETY: replaced in this map.
        Ok(old?.map(|old| unsafe { Owned::of(old, self.domain()) }))
    }

    /// Puts an entry in; returns what it replaced. The lookup comes first: `Eq` mostly runs unlocked.
    #[inline]
    fn put(&self, hash: u64, pending: Pending<K, V>, guard: &Guard) -> Result<Option<Contents>, TryInsertError<K, V>> {
        let table = self.table(hash, guard);
        let look = table.lock_version();
        let mut old = None;
        // No check: taking the lock as it was proves that nothing was written.
        let probe = pending.with_key(|key| {
            table.probe(hash, Check::None, |at, lane| {
                old = node::matching::<K, V, K>(at, lane, hash, key);
                old.is_some()
            })
        });
        match probe {
            Probe::Found(found) => {
                if let Some(held) = LockedTable::enter_if(table, look) {
                    put_over::<K, V>(&held, found.at(), found.lane(), hash, &pending.installed());
                    return Ok(old);
                }
            }
            Probe::Absent(absent) => {
                if let Some(vacancy) = table.vacancy(absent) {
                    if let Some(held) = LockedTable::enter_if(table, look) {
                        held.publish_at(&vacancy, hash, pending.words());
                        drop(held);
                        pending.installed();
                        return Ok(None);
                    }
                }
            }
            Probe::Unclear => {
                let found = pending.with_key(|key| {
                    table.find(hash, Check::None, |at, lane| {
                        node::matching::<K, V, K>(at, lane, hash, key).map(|contents| (at, lane, contents))
                    })
                });
                if let Some((_, (at, lane, old))) = found {
                    if let Some(held) = LockedTable::enter_if(table, look) {
                        put_over::<K, V>(&held, at, lane, hash, &pending.installed());
                        return Ok(Some(old));
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
    ) -> Result<Option<Contents>, TryInsertError<K, V>> {
        let held = self.raw.lock(hash, guard);
        match pending.with_key(|key| self.locate(held, hash, key, guard)) {
            Ok((held, SlotLookup::Found(place))) => {
                let at = self.locked(&held).at(place.bucket);
                let old = node::contents::<K, V>(at, place.lane);
                put_over::<K, V>(&held, at, place.lane, hash, &pending.installed());
                Ok(old)
            }
            Ok((held, SlotLookup::Vacant(place))) => {
                held.publish(place, hash, pending.words());
                pending.installed();
                Ok(None)
            }
            Err(NoMemory) => {
                let (key, value) = pending.into_parts();
                Err(TryInsertError { key, value })
            }
        }
    }

    /// Removes a key and returns its entry. Expected O(1).
    ///
    /// Blocking: waits for other writers of the shard.
    #[inline]
    pub fn remove<Q>(&self, key: &Q) -> Option<Owned<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        let old = if codec::is_inline::<K, V>() {
            match self.take_bits(hash, key) {
                Some(done) => done,
                None => self.remove_waiting(hash, key),
            }
        } else {
            self.remove_waiting(hash, key)
        };
        // SAFETY: removed from this map.
        old.map(|old| unsafe { Owned::of(old, self.domain()) })
    }

    /// The usual removal from an inline map; None if it takes more than that, as in [`put_bits`](Self::put_bits).
    #[inline]
    fn take_bits<Q>(&self, hash: u64, key: &Q) -> Option<Option<Contents>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let scope = self.domain().quick()?;
        let table = self.table(hash, &scope);
        table.prefetch(hash);
        let look = table.lock_version();
        let mut old = None;
        // The check is for an absent key, which needs no lock: the lookup is the moment.
        let probe = table.probe(hash, codec::check::<K, V>(), |at, lane| {
            old = node::matching::<K, V, Q>(at, lane, hash, key);
            old.is_some()
        });
        match probe {
            Probe::Found(found) => {
                let held = LockedTable::enter_if(table, look)?;
                held.vacate_found(&found);
                let waiters = held.release();
                drop(scope);
                // Last of all, so that the usual way calls nothing.
                if let Some(waiters) = waiters {
                    wake_at(waiters);
                }
                Some(old)
            }
            Probe::Absent(_) => Some(None),
            Probe::Unclear => None,
        }
    }

    /// [`remove`](Self::remove) in full.
    #[inline(never)]
    fn remove_waiting<Q>(&self, hash: u64, key: &Q) -> Option<Contents>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let guard = self.domain().pin();
        let table = self.table(hash, &guard);
        let look = table.lock_version();
        // An absent key needs no lock: the lookup is the moment.
        let (place, contents) =
            table.find(hash, codec::check::<K, V>(), |at, lane| node::matching::<K, V, Q>(at, lane, hash, key))?;
        if let Some(held) = LockedTable::enter_if(table, look) {
            self.vacate(&held, place, hash);
            return Some(contents);
        }
        let (held, place) = self.seek(self.raw.lock(hash, &guard), hash, key, &guard);
        let place = place?;
        let contents = node::contents::<K, V>(self.locked(&held).at(place.bucket), place.lane);
        self.vacate(&held, place, hash);
        contents
    }

    /// Empties a slot in the way its kind allows.
    #[inline]
    pub(super) fn vacate(&self, held: &LockedTable<'_>, place: crate::raw::Place, hash: u64) {
        if codec::is_inline::<K, V>() {
            held.vacate(place, hash);
        } else {
            held.vacate_node(place, hash);
        }
    }
}

/// Puts another value over the one in a full slot.
#[inline]
pub(super) fn put_over<K, V>(held: &LockedTable<'_>, at: At<'_>, lane: usize, hash: u64, new: &Contents) {
    if codec::is_wide::<K, V>() {
        // SAFETY: of this map, hence of this stride.
        held.exchange(at, lane, hash, unsafe { new.words(codec::stride::<K, V>()) });
    } else {
        held.replace(at, lane, new.payload);
    }
}
