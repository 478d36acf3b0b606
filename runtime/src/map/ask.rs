//! Asking user code about a key while no lock keeps others waiting: the key's entry, the closure, and the lock again for what comes of it.

use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use super::codec::Contents;
use super::{ShardedMap, codec, node};
use crate::epoch::Guard;
use crate::raw::{Check, Claimed, LentTable, LockedTable, Place};

/// A key's shard, about to run a closure.
pub(super) enum Asking<'g> {
    /// Its lock is lent: others may take it over, and this key is claimed then.
    Lent(LentTable<'g>),
    /// Its lock is held by a caller further up this thread's stack, a key's `Eq` or `Hash`: the closure runs under it.
    Under(LockedTable<'g>),
}

/// The lock after the closure. Other threads have written no entry of the key meanwhile.
pub(super) struct Answered<'g> {
    /// Whether anything in the shard may have been written: then the key's place is to be found again. The key's own entry has changed only if the
    /// closure, or one that it waited for in a circle, has written it.
    pub(super) changed: bool,
    /// Before the claim, which ends when its result has been put in.
    pub(super) held: LockedTable<'g>,
    pub(super) claim: Option<Claimed<'g>>,
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// Finds a key's entry, and locks its shard for a closure. The lookup comes first, without the lock, so that `Eq` mostly runs unlocked.
    #[inline]
    pub(super) fn start_asking<'g, Q>(
        &'g self,
        hash: u64,
        key: &Q,
        guard: &'g Guard,
    ) -> (Asking<'g>, Option<(Place, Contents)>)
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let table = self.table(hash, guard);
        let look = table.lock_version();
        // No check: taking the lock as it was proves that nothing was written.
        let found = table.find(hash, Check::None, |at, lane| node::matching::<K, V, Q>(at, lane, hash, key));
        match LentTable::enter_if(table, look, self.raw.claims(), hash) {
            Some(lent) => (Asking::Lent(lent), found),
            None => self.start_waiting(hash, key, guard),
        }
    }

    /// As [`start_asking`](Self::start_asking); None, without a lock, if the key is absent.
    #[inline]
    pub(super) fn start_asking_present<'g, Q>(
        &'g self,
        hash: u64,
        key: &Q,
        guard: &'g Guard,
    ) -> Option<(Asking<'g>, Place, Contents)>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let table = self.table(hash, guard);
        let look = table.lock_version();
        // The check is for an absent key, which needs no lock: the lookup is the moment.
        let (place, contents) =
            table.find(hash, codec::check::<K, V>(), |at, lane| node::matching::<K, V, Q>(at, lane, hash, key))?;
        if let Some(lent) = LentTable::enter_if(table, look, self.raw.claims(), hash) {
            return Some((Asking::Lent(lent), place, contents));
        }
        let (asking, found) = self.start_waiting(hash, key, guard);
        found.map(|(place, contents)| (asking, place, contents))
    }

    #[inline(never)]
    fn start_waiting<'g, Q>(&'g self, hash: u64, key: &Q, guard: &'g Guard) -> (Asking<'g>, Option<(Place, Contents)>)
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let (held, place) = self.seek(self.raw.lock(hash, guard), hash, key, guard);
        let found = place.and_then(|place| Some((place, self.read_at(&held, place)?)));
        match held.lend(self.raw.claims(), hash) {
            Ok(lent) => (Asking::Lent(lent), found),
            Err(held) => (Asking::Under(held), found),
        }
    }

    /// Runs a closure, and has the lock again.
    #[inline]
    pub(super) fn ask<'g, R>(
        &'g self,
        asking: Asking<'g>,
        hash: u64,
        guard: &'g Guard,
        question: impl FnOnce() -> R,
    ) -> (R, Answered<'g>) {
        match asking {
            Asking::Lent(lent) => {
                let answer = question();
                match lent.take_back() {
                    Ok(held) => (answer, Answered { changed: false, held, claim: None }),
                    Err(claim) => (answer, self.answered_late(claim, hash, guard)),
                }
            }
            Asking::Under(held) => {
                let version = held.version();
                let answer = question();
                let changed = held.is_frozen() || held.version() != version;
                (answer, Answered { changed, held, claim: None })
            }
        }
    }

    #[cold]
    fn answered_late<'g>(&'g self, claim: Claimed<'g>, hash: u64, guard: &'g Guard) -> Answered<'g> {
        Answered { changed: true, held: self.raw.lock(hash, guard), claim: Some(claim) }
    }

    /// What a full slot of a locked table holds.
    #[inline]
    pub(super) fn read_at(&self, held: &LockedTable<'_>, place: Place) -> Option<Contents> {
        node::contents::<K, V>(self.locked(held).at(place.bucket), place.lane)
    }
}
