//! Writing one key by user code: update, upsert, compute, conditional removal. Plain insertion and removal are in `insert_remove`.

use core::borrow::Borrow;
use core::convert::Infallible;
use core::hash::{BuildHasher, Hash};

use super::codec::{self, Contents};
use super::insert_remove::put_over;
use super::lookup::SlotLookup;
use super::node::{self, Pending};
use super::{Owned, Ref, ShardedMap};
use crate::epoch::Guard;
use crate::raw::{At, KeyLock, LockedTable, NoMemory, Place};
use crate::sync::atomic::Ordering;

/// What [`compute`](ShardedMap::compute) is to do with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<V> {
    /// Leave it as it is, there or absent.
    Keep,
    /// Put this value there, whatever was.
    Insert(V),
    /// Take it out, if it is there.
    Remove,
}

/// What [`compute`](ShardedMap::compute) has done.
#[derive(Debug)]
pub enum Computed<'a, K, V> {
    /// Nothing: this is there, if anything.
    Kept(Option<Ref<'a, K, V>>),
    /// The key was absent, and is there now.
    Inserted(Ref<'a, K, V>),
    /// One value took another's place.
    Replaced {
        /// What was there.
        old: Owned<'a, K, V>,
        /// What is there now.
        new: Ref<'a, K, V>,
    },
    /// The entry was taken out.
    Removed(Owned<'a, K, V>),
}

/// What becomes of a value when its closure has put another under the same key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clash {
    Keep,
    Replace,
}

/// What a decision left in the map, and what it took out.
#[derive(Clone, Copy)]
struct Outcome {
    now: Option<Contents>,
    old: Option<Contents>,
    /// Whether what is there now was put there by this.
    put_in: bool,
}

impl Outcome {
    fn kept(now: Option<Contents>) -> Self {
        Self { now, old: None, put_in: false }
    }
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// The entry of a key if there is one, otherwise that of the value `make` returns.
    ///
    /// A miss runs `make` exactly once, without any lock: it may use this and other maps, and wait for other threads that do. If the key is put in
    /// meanwhile, by `make` itself or by another thread's `insert`, that entry is returned and the result of `make` dropped. If `make` panics
    /// nothing is inserted.
    ///
    /// Blocking: a hit never. A miss waits while another thread makes a value for the same key (or one of the same hash) by this method, so that one value
    /// is made; unless that thread waits for this one, in closures in opposite order: then both make one, and the first that is ready stays.
    #[inline]
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> Ref<'_, K, V> {
        match self.get_or_try_insert_with(key, || Ok::<V, Infallible>(make())) {
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
        let key = match self.get_hit(hash, key) {
            Ok(found) => return Ok(found),
            Err(key) => key,
        };
        let turn = KeyLock::enter(self.domain().id(), hash);
        let key = match self.get_hit(hash, key) {
            Ok(found) => return Ok(found),
            Err(key) => key,
        };
        let value = make()?;
        let entry = self.get_or_insert(hash, key, value);
        drop(turn);
        Ok(entry)
    }

    /// The entry of a key, which is dropped then; or the key.
    pub(super) fn get_hit(&self, hash: u64, key: K) -> Result<Ref<'_, K, V>, K> {
        let guard = self.domain().pin();
        let Some(found) = self.find(hash, &key, &guard) else { return Err(key) };
        // Before the reference is made: were this destructor to panic after that, the compiler would leak the reference and the guard in it.
        drop(key);
        // SAFETY: found under the guard given, in this map, which the Ref borrows.
        Ok(unsafe { Ref::of(&found, guard) })
    }

    /// The entry of a key if there is one, otherwise that of this value.
    pub(super) fn get_or_insert(&self, hash: u64, key: K, value: V) -> Ref<'_, K, V> {
        // What is left over is dropped last, without a lock.
        let mut value = Some(value);
        let guard = self.pin_to_write();
        let decided = self.decide(hash, key, &guard, Clash::Keep, |there| {
            Ok::<_, Infallible>(match value.take_if(|_| there.is_none()) {
                Some(value) => Operation::Insert(value),
                None => Operation::Keep,
            })
        });
        let outcome = match decided {
            Ok(outcome) => outcome,
            Err(never) => match never {},
        };
        drop(value);
        self.entry_now(outcome, guard).unwrap_or_else(|| node::out_of_memory::<K, V>(NoMemory))
    }

    /// Replaces a key's value by `update` of it, or inserts what `make` returns; one step for other threads.
    ///
    /// Exactly one of the closures runs, exactly once, under the shard's lock. It may use the map; should it write this key itself, its
    /// result wins. If it panics, nothing changes.
    ///
    /// Blocking: waits for other writers of the shard, closures included; see [`update`](Self::update).
    pub fn upsert(&self, key: K, update: impl FnOnce(&V) -> V, make: impl FnOnce() -> V) -> Ref<'_, K, V> {
        let hash = self.hash(&key);
        let guard = self.pin_to_write();
        let decided = self.decide(hash, key, &guard, Clash::Replace, |there| {
            // The other closure goes first: were its destructor to panic with the value made, the compiler would leak the value.
            Ok::<_, Infallible>(Operation::Insert(match there {
                Some(there) => {
                    drop(make);
                    update(there)
                }
                None => {
                    drop(update);
                    make()
                }
            }))
        });
        match decided {
            Ok(outcome) => self.entry_now(outcome, guard).unwrap_or_else(|| node::out_of_memory::<K, V>(NoMemory)),
            Err(never) => match never {},
        }
    }

    /// Shows `decide` what is under a key, and does what it says: insert, replace, remove or nothing, in one step for other threads.
    ///
    /// `decide` runs exactly once, under the shard's lock. It may use the map; should it write this key itself, what it returns wins. If
    /// it panics, nothing changes.
    ///
    /// Blocking: waits for other writers of the shard, closures included; see [`update`](Self::update).
    ///
    /// ```
    /// use auditor_runtime::ShardedMap;
    /// use auditor_runtime::map::{Computed, Operation};
    ///
    /// let left: ShardedMap<&str, u32> = [("lives", 2)].into_iter().collect();
    /// let take = |lives: Option<&u32>| match lives {
    ///     Some(1) => Operation::Remove,
    ///     Some(n) => Operation::Insert(n - 1),
    ///     None => Operation::Keep,
    /// };
    /// assert!(matches!(left.compute("lives", take), Computed::Replaced { new, .. } if *new == 1));
    /// assert!(matches!(left.compute("lives", take), Computed::Removed(old) if *old == 1));
    /// assert!(matches!(left.compute("lives", take), Computed::Kept(None)));
    /// ```
    pub fn compute(&self, key: K, decide: impl FnOnce(Option<&V>) -> Operation<V>) -> Computed<'_, K, V> {
        let hash = self.hash(&key);
        let guard = self.pin_to_write();
        let decided = self.decide(hash, key, &guard, Clash::Replace, |there| Ok::<_, Infallible>(decide(there)));
        let outcome = match decided {
            Ok(outcome) => outcome,
            Err(never) => match never {},
        };
        // SAFETY: unlinked from this map by `decide`.
        let old = outcome.old.map(|old| unsafe { Owned::of(old, self.domain()) });
        let now = self.entry_now(Outcome { old: None, ..outcome }, guard);
        match (old, now) {
            (Some(old), Some(new)) => Computed::Replaced { old, new },
            (Some(old), None) => Computed::Removed(old),
            (None, Some(new)) if outcome.put_in => Computed::Inserted(new),
            (None, now) => Computed::Kept(now),
        }
    }

    /// Enters the domain for a write that returns a reference, and so ends inside a guard: what earlier ones left is freed first.
    fn pin_to_write(&self) -> Guard {
        self.domain().maintain();
        self.domain().pin()
    }

    /// Asks `verdict` for the value of a key, under the lock.
    fn decide<E>(
        &self,
        hash: u64,
        key: K,
        guard: &Guard,
        clash: Clash,
        verdict: impl FnOnce(Option<&V>) -> Result<Operation<V>, E>,
    ) -> Result<Outcome, E> {
        let oom = node::out_of_memory::<K, V>;
        let (held, lookup) = self.lock_at(hash, &key, guard).unwrap_or_else(|error| oom(error));
        let version = held.version();
        let found = match lookup {
            SlotLookup::Found(place) => self.read_at(&held, place),
            SlotLookup::Vacant(_) => None,
        };
        // SAFETY: read under the lock, in this map.
        let shown = found.as_ref().map(|found| unsafe { node::from_contents::<K, V>(found) });
        let operation = verdict(shown.as_ref().map(node::Found::value))?;
        let changed = held.is_frozen() || held.version() != version;
        match operation {
            Operation::Keep if !changed => Ok(Outcome::kept(found)),
            Operation::Keep => {
                let (held, place) = self.seek(held, hash, &key, guard);
                Ok(Outcome::kept(place.and_then(|place| self.read_at(&held, place))))
            }
            Operation::Remove => {
                let (held, place) = match lookup {
                    SlotLookup::Found(place) if !changed => (held, Some(place)),
                    SlotLookup::Vacant(_) if !changed => (held, None),
                    _ => self.seek(held, hash, &key, guard),
                };
                let Some(place) = place else { return Ok(Outcome::kept(None)) };
                let old = self.read_at(&held, place);
                self.vacate(&held, place, hash);
                Ok(Outcome { now: None, old, put_in: false })
            }
            Operation::Insert(value) => {
                let pending = Pending::new(hash, key, value).unwrap_or_else(|_| oom(NoMemory));
                // `pending` stands before this `held`: if it is dropped, then after unlocking.
                let (held, lookup) = if changed {
                    pending.with_key(|key| self.locate(held, hash, key, guard)).unwrap_or_else(|error| oom(error))
                } else {
                    (held, lookup)
                };
                match lookup {
                    SlotLookup::Found(place) if changed && clash == Clash::Keep => {
                        Ok(Outcome::kept(self.read_at(&held, place)))
                    }
                    SlotLookup::Found(place) => {
                        let old = self.read_at(&held, place);
                        let now = Some(self.replace(&held, place, hash, pending));
                        Ok(Outcome { now, old, put_in: true })
                    }
                    SlotLookup::Vacant(place) => {
                        held.publish(place, hash, pending.words());
                        Ok(Outcome { now: Some(pending.installed()), old: None, put_in: true })
                    }
                }
            }
        }
    }

    /// Replaces a key's value by what `f` makes of it and returns the new entry; None if the key is absent.
    ///
    /// `f` runs exactly once, under the shard's lock: no other writer comes between. It may use the map; if it removes this
    /// key, nothing is put back. If it panics, the old value stays. Readers see the old value or the new one, whole.
    ///
    /// Blocking: waits for other writers of the shard, closures included. Closures that write in opposite order, in one map or across maps, do not wait
    /// for each other for ever: the last to arrive runs as if it were called by the others, and what their closures return wins over what it
    /// wrote under the same keys. A closure must not wait in another way (a join, a channel) for a thread that writes this map.
    pub fn update<Q>(&self, key: &Q, f: impl FnOnce(&V) -> V) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q> + Clone,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        let guard = self.pin_to_write();
        let (held, place) = self.lock_on(hash, key, &guard);
        let found = self.read_at(&held, place?)?;
        // SAFETY: read under the lock, in this map.
        let found = unsafe { node::from_contents::<K, V>(&found) };
        let version = held.version();
        let pending = Pending::new(hash, found.key().clone(), f(found.value()))
            .unwrap_or_else(|_| node::out_of_memory::<K, V>(NoMemory));
        let (held, place) = if held.is_frozen() || held.version() != version {
            self.seek(held, hash, key, &guard)
        } else {
            (held, place)
        };
        let place = place?;
        let old = self.read_at(&held, place);
        let now = self.replace(&held, place, hash, pending);
        drop(held);
        self.entry_now(Outcome { now: Some(now), old, put_in: true }, guard)
    }

    /// Replaces a key's value by what `f` makes of a clone of it; nothing if the key is absent. As [`update`](Self::update) otherwise.
    pub fn alter<Q>(&self, key: &Q, f: impl FnOnce(&Q, V) -> V)
    where
        K: Borrow<Q> + Clone,
        V: Clone,
        Q: Eq + Hash + ?Sized,
    {
        self.update(key, |value| f(key, value.clone()));
    }

    /// [`alter`](Self::alter) for every key that the iteration meets, one after another.
    pub fn alter_all(&self, mut f: impl FnMut(&K, V) -> V)
    where
        K: Clone,
        V: Clone,
    {
        for entry in self {
            self.alter(entry.key(), &mut f);
        }
    }

    /// Removes a key if `condition` holds for its entry; test and removal are one step for other threads.
    ///
    /// `condition` runs at most once, under the shard's lock. If it panics, the entry stays.
    ///
    /// Blocking: waits for other writers of the shard, closures included; see [`update`](Self::update).
    #[inline]
    pub fn remove_if<Q>(&self, key: &Q, condition: impl FnOnce(&K, &V) -> bool) -> Option<Owned<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        let guard = self.pin_to_write();
        let (held, place) = self.lock_on(hash, key, &guard);
        let place = place?;
        let old = self.read_at(&held, place)?;
        // SAFETY: read under the lock, in this map.
        let found = unsafe { node::from_contents::<K, V>(&old) };
        let version = held.version();
        if !condition(found.key(), found.value()) || held.is_frozen() || held.version() != version {
            // Refused, or `condition` wrote to this shard itself: what it judged may be gone.
            return None;
        }
        self.vacate(&held, place, hash);
        drop(held);
        drop(guard);
        // SAFETY: removed above.
        Some(unsafe { Owned::of(old, self.domain()) })
    }

    /// Puts a new value under the key of a full slot.
    #[inline]
    fn replace(&self, held: &LockedTable<'_>, place: Place, hash: u64, pending: Pending<K, V>) -> Contents {
        let now = pending.installed();
        put_over::<K, V>(held, self.locked(held).at(place.bucket), place.lane, hash, &now);
        now
    }

    /// What a full slot of a locked table holds.
    #[inline]
    fn read_at(&self, held: &LockedTable<'_>, place: Place) -> Option<Contents> {
        node::contents::<K, V>(self.locked(held).at(place.bucket), place.lane)
    }

    /// The entry that a decision left, which it was made under this guard; what it took out goes.
    #[inline]
    fn entry_now(&self, outcome: Outcome, guard: Guard) -> Option<Ref<'_, K, V>> {
        if let Some(old) = outcome.old {
            // SAFETY: unlinked from this map.
            drop(unsafe { Owned::<K, V>::of(old, self.domain()) });
        }
        // SAFETY: in the table under this guard, in this map, which the Ref borrows.
        outcome.now.map(|now| unsafe { Ref::of(&now, guard) })
    }

    /// The hash of the key in a full slot: cached for nodes, computed (user code!) for what lives in place.
    #[inline]
    pub(super) fn slot_hash(&self, at: At<'_>, lane: usize) -> u64 {
        // Relaxed: called on slots of a locked or frozen table.
        let word = at.slot(lane).word.load(Ordering::Relaxed);
        if codec::is_inline::<K, V>() {
            // SAFETY: the word of a full slot in an inline map.
            self.hash(&unsafe { codec::key_of::<K>(word) })
        } else {
            word
        }
    }
}
