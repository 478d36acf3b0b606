//! Writing one key by user code: update, upsert, compute, conditional removal. Plain insertion and removal are in `insert_remove`.

use core::borrow::Borrow;
use core::convert::Infallible;
use core::hash::{BuildHasher, Hash};

use super::ask::Answered;
use super::codec::{self, Contents};
use super::decide::{Clash, Computed, Operation, Outcome};
use super::node::{self, Pending};
use super::{Owned, Ref, ShardedMap};
use crate::epoch::Guard;
use crate::raw::{At, KeyLock, NoMemory};
use crate::sync::atomic::Ordering;

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
    /// Exactly one of the closures runs, exactly once. It may use the map; should it write this key itself, its result wins. If it panics, nothing changes.
    ///
    /// Blocking: as [`update`](Self::update).
    pub fn upsert(&self, key: K, update: impl FnOnce(&V) -> V, make: impl FnOnce() -> V) -> Ref<'_, K, V> {
        let hash = self.hash(&key);
        let update = match self.update_here(hash, &key, update) {
            Ok(updated) => {
                drop(make);
                return match updated {
                    Ok(entry) => {
                        // Before the return: were this destructor to panic there, the compiler would leak the reference.
                        drop(key);
                        entry
                    }
                    Err(value) => self.put_back(hash, key, value),
                };
            }
            Err(update) => update,
        };
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

    /// Puts a value under a key from which its own closure has taken the entry.
    #[cold]
    fn put_back(&self, hash: u64, key: K, value: V) -> Ref<'_, K, V> {
        let guard = self.pin_to_write();
        let decided = self.decide(hash, key, &guard, Clash::Replace, |_| Ok::<_, Infallible>(Operation::Insert(value)));
        match decided {
            Ok(outcome) => self.entry_now(outcome, guard).unwrap_or_else(|| node::out_of_memory::<K, V>(NoMemory)),
            Err(never) => match never {},
        }
    }

    /// Shows `decide` what is under a key, and does what it says: insert, replace, remove or nothing, in one step for other threads.
    ///
    /// `decide` runs exactly once. It may use the map; should it write this key itself, what it returns wins. If it panics, nothing changes.
    ///
    /// Blocking: as [`update`](Self::update).
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

    /// Replaces a key's value by what `f` makes of it and returns the new entry; None if the key is absent.
    ///
    /// `f` runs exactly once: no other writer of this key comes between. It may use the map; if it removes this key, nothing is put back. If it panics, the
    /// old value stays. Readers see the old value or the new one, whole.
    ///
    /// Blocking: waits for other writers of the shard, for some stores or, at growth, a table's copying; and for other threads' closures on the same key (or
    /// one of the same hash), whose results come first. No lock is held while `f` runs: others write all other keys meanwhile, `f` may wait for threads that do,
    /// and whoever writes this key, or the whole map by `clear` or `drain`, waits for its end. Closures that use each other's keys in opposite order, in one map
    /// or across maps, do not wait for each other for ever: the last to arrive runs as if it were called by the others, and what their closures return wins over
    /// what it wrote under their keys. So only a closure that waits in another way (a join, a channel) for a thread that writes *its own key* waits for ever.
    pub fn update<Q>(&self, key: &Q, f: impl FnOnce(&V) -> V) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q> + Clone,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        let f = match self.update_here(hash, key, f) {
            Ok(updated) => return updated.ok(),
            Err(f) => f,
        };
        let guard = self.pin_to_write();
        let outcome = self.update_under(hash, key, &guard, f)?;
        self.entry_now(outcome, guard)
    }

    #[inline]
    fn update_under<Q>(&self, hash: u64, key: &Q, guard: &Guard, f: impl FnOnce(&V) -> V) -> Option<Outcome>
    where
        K: Borrow<Q> + Clone,
        Q: Eq + ?Sized,
    {
        let (asking, mut place, old) = self.start_asking_present(hash, key, guard)?;
        // SAFETY: read under the lock, in this map; it is lent, not given up, or the key is claimed.
        let found = unsafe { node::from_contents::<K, V>(&old) };
        let (pending, answered) = self.ask(asking, hash, guard, || {
            Pending::new(hash, found.key().clone(), f(found.value()))
                .unwrap_or_else(|_| node::out_of_memory::<K, V>(NoMemory))
        });
        let Answered { changed, mut held, claim: _claim } = answered;
        let mut old = Some(old);
        if changed {
            let sought = self.seek(held, hash, key, guard);
            (held, place) = (sought.0, sought.1?);
            old = self.read_at(&held, place);
        }
        let now = Some(self.replace(&held, place, hash, pending));
        Some(Outcome { now, old, put_in: true })
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
    /// `condition` runs at most once. If it writes this key itself, or panics, the entry stays.
    ///
    /// Blocking: as [`update`](Self::update).
    #[inline]
    pub fn remove_if<Q>(&self, key: &Q, condition: impl FnOnce(&K, &V) -> bool) -> Option<Owned<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        let guard = self.pin_to_write();
        let old = self.remove_under(hash, key, &guard, condition)?;
        drop(guard);
        // SAFETY: removed above.
        Some(unsafe { Owned::of(old, self.domain()) })
    }

    #[inline]
    fn remove_under<Q>(
        &self,
        hash: u64,
        key: &Q,
        guard: &Guard,
        condition: impl FnOnce(&K, &V) -> bool,
    ) -> Option<Contents>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let (asking, mut place, old) = self.start_asking_present(hash, key, guard)?;
        // SAFETY: read under the lock, in this map; it is lent, not given up, or the key is claimed.
        let found = unsafe { node::from_contents::<K, V>(&old) };
        let (is_met, answered) = self.ask(asking, hash, guard, || condition(found.key(), found.value()));
        let Answered { changed, mut held, claim: _claim } = answered;
        if !is_met {
            return None;
        }
        if changed {
            let sought = self.seek(held, hash, key, guard);
            (held, place) = (sought.0, sought.1?);
            // What was judged may be gone.
            self.read_at(&held, place).filter(|now| now.is::<K, V>(&old))?;
        }
        self.vacate(&held, place, hash);
        Some(old)
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

    /// The hash of an entry's key: cached for nodes, computed (user code!) for what lives in place.
    #[inline]
    pub(super) fn hash_of(&self, contents: &Contents) -> u64 {
        if codec::is_inline::<K, V>() {
            // SAFETY: contents of an inline map.
            self.hash(&unsafe { codec::key_of::<K>(contents.word) })
        } else {
            contents.word
        }
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
