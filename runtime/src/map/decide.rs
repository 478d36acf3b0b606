//! Deciding about one key: a closure sees what is under it and says what becomes of it. The methods that ask are in `write`; how they wait, `ask` says.

use core::hash::{BuildHasher, Hash};

use super::ask::Answered;
use super::codec::Contents;
use super::insert_remove::put_over;
use super::lookup::SlotLookup;
use super::node::{self, Pending};
use super::{Owned, Ref, ShardedMap};
use crate::epoch::Guard;
use crate::raw::{LockedTable, NoMemory, Place};

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
pub(super) enum Clash {
    Keep,
    Replace,
}

/// What a closure wants of its key.
enum Decided<K, V> {
    Keep(K),
    Insert(Pending<K, V>),
    Remove(K),
}

impl<K, V> Decided<K, V> {
    fn with_key<R>(&self, f: impl FnOnce(&K) -> R) -> R {
        match self {
            Self::Keep(key) | Self::Remove(key) => f(key),
            Self::Insert(pending) => pending.with_key(f),
        }
    }
}

/// What a decision left in the map, and what it took out.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    pub(super) now: Option<Contents>,
    pub(super) old: Option<Contents>,
    /// Whether what is there now was put there by this.
    pub(super) put_in: bool,
}

impl Outcome {
    pub(super) fn kept(now: Option<Contents>) -> Self {
        Self { now, old: None, put_in: false }
    }
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// Asks `verdict` what is to become of a key, and does it.
    pub(super) fn decide<E>(
        &self,
        hash: u64,
        key: K,
        guard: &Guard,
        clash: Clash,
        verdict: impl FnOnce(Option<&V>) -> Result<Operation<V>, E>,
    ) -> Result<Outcome, E> {
        let (asking, found) = self.start_asking(hash, &key, guard);
        // SAFETY: read under the lock, in this map; it is lent, not given up, or the key is claimed.
        let shown = found.as_ref().map(|(_, found)| unsafe { node::from_contents::<K, V>(found) });
        let (decided, answered) = self.ask(asking, hash, guard, || {
            Ok(match verdict(shown.as_ref().map(node::Found::value))? {
                Operation::Keep => Decided::Keep(key),
                Operation::Remove => Decided::Remove(key),
                // Without memory nothing is left to do; with it, the allocator is not called under the lock.
                Operation::Insert(value) => Decided::Insert(
                    Pending::new(hash, key, value).unwrap_or_else(|_| node::out_of_memory::<K, V>(NoMemory)),
                ),
            })
        });
        let (outcome, left) = self.carry_out(hash, guard, (decided?, clash), answered, found);
        // What was not put in is dropped last, without a lock.
        drop(left);
        Ok(outcome)
    }

    /// Does what was decided about a key, gives up the lock, then the claim, and returns what was not put in.
    fn carry_out(
        &self,
        hash: u64,
        guard: &Guard,
        (decided, clash): (Decided<K, V>, Clash),
        answered: Answered<'_>,
        mut found: Option<(Place, Contents)>,
    ) -> (Outcome, Option<Decided<K, V>>) {
        let Answered { changed, mut held, claim: _claim } = answered;
        if changed {
            let (sought, place) = decided.with_key(|key| self.seek(held, hash, key, guard));
            found = place.and_then(|place| Some((place, self.read_at(&sought, place)?)));
            held = sought;
        }
        match (decided, found) {
            (Decided::Insert(pending), None) => {
                let room = pending.with_key(|key| self.make_room(held, hash, key, guard));
                match room.unwrap_or_else(|error| node::out_of_memory::<K, V>(error)) {
                    (held, SlotLookup::Vacant(place)) => {
                        held.publish(place, hash, pending.words());
                        (Outcome { now: Some(pending.installed()), old: None, put_in: true }, None)
                    }
                    // A key's `Eq` has put it in, through this thread.
                    (held, SlotLookup::Found(place)) => {
                        (Outcome::kept(self.read_at(&held, place)), Some(Decided::Insert(pending)))
                    }
                }
            }
            (Decided::Insert(pending), Some((place, old))) if !changed || clash == Clash::Replace => {
                let now = Some(self.replace(&held, place, hash, pending));
                (Outcome { now, old: Some(old), put_in: true }, None)
            }
            (Decided::Remove(key), Some((place, old))) => {
                self.vacate(&held, place, hash);
                (Outcome { now: None, old: Some(old), put_in: false }, Some(Decided::Remove(key)))
            }
            (left, found) => (Outcome::kept(found.map(|(_, now)| now)), Some(left)),
        }
    }

    /// Puts a new value under the key of a full slot.
    #[inline]
    pub(super) fn replace(&self, held: &LockedTable<'_>, place: Place, hash: u64, pending: Pending<K, V>) -> Contents {
        let now = pending.installed();
        put_over::<K, V>(held, self.locked(held).at(place.bucket), place.lane, hash, &now);
        now
    }
}
