//! Parallel iteration and filling by rayon (feature `rayon`). The unit of work is a shard.

use core::hash::{BuildHasher, Hash};
use std::sync::Arc;

use rayon::iter::plumbing::UnindexedConsumer;
use rayon::iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator};

use super::{OwnedRef, RandomState, ShardedMap};
use crate::epoch::OwnedGuard;

/// Parallel iterator over a map that others may be changing; made by [`ShardedMap::par_iter`].
pub struct ParIter<'a, K, V, S = RandomState> {
    map: &'a ShardedMap<K, V, S>,
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync + 'static,
{
    /// All entries, shard by shard on the threads of rayon's pool. Blocks nobody; what is said of [`iter`](Self::iter) holds here too.
    ///
    /// Needs the feature `rayon`.
    ///
    /// ```
    /// use auditor_runtime::ShardedMap;
    /// use rayon::prelude::*;
    ///
    /// let map: ShardedMap<u64, u64> = (0..1_000_u64).into_par_iter().map(|n| (n, n * n)).collect();
    /// assert_eq!(map.par_iter().map(|entry| *entry.value()).max(), Some(999 * 999));
    /// ```
    pub fn par_iter(&self) -> ParIter<'_, K, V, S> {
        ParIter { map: self }
    }

    /// The hashes that each shard of this moment serves: the first and the last. Shards only split, so none ever crosses these bounds.
    fn ranges(&self) -> Vec<(u64, u64)> {
        let guard = self.domain().pin();
        let firsts: Vec<u64> = self.raw.tables(&guard).map(|(first, _)| first).collect();
        let lasts = firsts.iter().skip(1).map(|next| next.wrapping_sub(1)).chain([u64::MAX]);
        firsts.iter().copied().zip(lasts).collect()
    }

    fn shard(&self, first: u64, last: u64) -> impl Iterator<Item = OwnedRef<'_, K, V>> {
        let alive = Arc::new(OwnedGuard::new(self.domain()));
        // SAFETY: `alive` has just been entered, by this thread, which does all the looking: rayon runs this iterator where it made it
        // (it is not Send).
        self.between(first, last).map(move |entry| unsafe { OwnedRef::of(entry, &alive) })
    }
}

impl<'a, K, V, S> ParallelIterator for ParIter<'a, K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync + 'static,
{
    type Item = OwnedRef<'a, K, V>;

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        let map = self.map;
        let shards = map.ranges().into_par_iter().flat_map_iter(|(first, last)| map.shard(first, last));
        shards.drive_unindexed(consumer)
    }
}

impl<'a, K, V, S> IntoParallelIterator for &'a ShardedMap<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Sync + 'static,
{
    type Item = OwnedRef<'a, K, V>;
    type Iter = ParIter<'a, K, V, S>;

    fn into_par_iter(self) -> Self::Iter {
        self.par_iter()
    }
}

impl<K, V, S> FromParallelIterator<(K, V)> for ShardedMap<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Default + Send + Sync + 'static,
{
    /// Of entries with the same key, one stays.
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(entries: I) -> Self {
        let map = Self::default();
        entries.into_par_iter().for_each(|(key, value)| drop(map.insert(key, value)));
        map
    }
}

impl<K, V, S> ParallelExtend<(K, V)> for ShardedMap<K, V, S>
where
    K: Eq + Hash + Send + Sync,
    V: Send + Sync,
    S: BuildHasher + Send + Sync + 'static,
{
    /// Of entries with the same key, one stays.
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        let map = &*self;
        entries.into_par_iter().for_each(|(key, value)| drop(map.insert(key, value)));
    }
}
