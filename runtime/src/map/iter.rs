//! Iteration without locks, table by table.

use core::hash::{BuildHasher, Hash};

use super::codec::{self, Contents};
use super::node;
use super::{RandomState, Ref, ShardedMap};
use crate::epoch::Guard;
use crate::raw::Table;

/// Iterator over a map that others may be changing; made by [`ShardedMap::iter`].
pub struct Iter<'a, K, V, S = RandomState> {
    map: &'a ShardedMap<K, V, S>,
    guard: Guard,
    /// The first hash that was not visited.
    next: Option<u64>,
    /// The last one that is to be.
    last: u64,
    /// The table in hand; its true lifetime is the guard's.
    table: Option<Table<'a>>,
    bucket: usize,
    /// Entries of the bucket before `bucket` that are not yet returned.
    pending: Vec<Contents>,
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// All entries, in no useful order. Never blocks, and blocks nobody.
    ///
    /// An entry that is in the map from the call to the end is returned exactly once. One that comes, goes or changes meanwhile is returned as it was at
    /// some moment, or not at all; a key that is removed and put back may be seen twice. While the iterator lives, nothing that is removed from this
    /// map is freed.
    pub fn iter(&self) -> Iter<'_, K, V, S> {
        self.between(0, u64::MAX)
    }

    /// Clones of all keys, as [`iter`](Self::iter) meets them.
    pub fn keys(&self) -> impl Iterator<Item = K> + use<'_, K, V, S>
    where
        K: Clone,
    {
        self.iter().map(|entry| entry.key().clone())
    }

    /// Clones of all values, as [`iter`](Self::iter) meets them.
    pub fn values(&self) -> impl Iterator<Item = V> + use<'_, K, V, S>
    where
        V: Clone,
    {
        self.iter().map(|entry| entry.value().clone())
    }

    /// The entries whose hashes lie in a range that no table crosses.
    pub(super) fn between(&self, first: u64, last: u64) -> Iter<'_, K, V, S> {
        Iter {
            map: self,
            guard: self.domain().pin(),
            next: Some(first),
            last,
            table: None,
            bucket: 0,
            pending: Vec::new(),
        }
    }
}

impl<'a, K, V, S> Iter<'a, K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// Moves to the next table. None after the last.
    fn advance(&mut self) -> Option<Table<'a>> {
        let hash = self.next.filter(|hash| *hash <= self.last)?;
        let table = self.map.table(hash, &self.guard);
        self.next = hash.checked_add(1 << (64 - table.header().depth));
        // SAFETY: loaded under the guard, which this iterator keeps as long as the table.
        let table = unsafe { Table::from_word(table.word(), table.quarters(), codec::stride::<K, V>()) };
        self.table = Some(table);
        self.bucket = 0;
        Some(table)
    }
}

impl<'a, K, V, S> Iterator for Iter<'a, K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    type Item = Ref<'a, K, V>;

    fn next(&mut self) -> Option<Ref<'a, K, V>> {
        loop {
            if let Some(contents) = self.pending.pop() {
                // SAFETY: read under the iterator's guard, of which the Ref gets a clone, in the map that 'a borrows; all words are one entry's by
                // the check below.
                return Some(unsafe {
                    if codec::is_inline::<K, V>() {
                        Ref::copied(&contents)
                    } else {
                        Ref::of(&contents, self.guard.clone())
                    }
                });
            }
            let table = match self.table {
                Some(table) if self.bucket < table.buckets() => table,
                _ => self.advance()?,
            };
            table.each_in(self.bucket, codec::check::<K, V>(), &mut self.pending, Vec::clear, |pending, at, lane| {
                pending.extend(node::contents::<K, V>(at, lane));
            });
            self.bucket += 1;
            if !codec::is_inline::<K, V>() {
                table.prefetch_payloads(self.bucket);
            }
        }
    }
}

impl<'a, K, V, S> IntoIterator for &'a ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    type Item = Ref<'a, K, V>;
    type IntoIter = Iter<'a, K, V, S>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
