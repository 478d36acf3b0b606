//! Sizes and counters of a map.

use core::hash::{BuildHasher, Hash};

use super::node::Node;
use super::{ShardedMap, codec};
use crate::sync::atomic::Ordering;

/// One shard's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShardStats {
    /// Entries.
    pub len: usize,
    /// Slots.
    pub capacity: usize,
    /// Times it was locked to write since the map was made (or, after a split, since the shard it came from was).
    pub writes: u64,
    /// Writes that had to wait for another writer.
    pub waits: u64,
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// The number of entries: the sum over the shards, each as of a moment of its own. Exact when nobody writes. Never blocks; O(shards).
    pub fn len(&self) -> usize {
        let guard = self.domain().pin();
        // auditor: allow(panicking-api) a sum of counts of things in memory
        self.raw.tables(&guard).map(|(_, table)| table.len()).sum()
    }

    /// Whether there is no entry, in the sense of [`len`](Self::len). Never blocks; O(shards) at most.
    pub fn is_empty(&self) -> bool {
        let guard = self.domain().pin();
        self.raw.tables(&guard).all(|(_, table)| table.len() == 0)
    }

    /// The number of shards; it only grows.
    pub fn shard_count(&self) -> usize {
        self.raw.table_count()
    }

    /// All slots. Never blocks; O(shards).
    pub fn capacity(&self) -> usize {
        let guard = self.domain().pin();
        // auditor: allow(panicking-api) a sum of counts of things in memory
        self.raw.tables(&guard).map(|(_, table)| table.slots()).sum()
    }

    /// Each shard's numbers, in the order of the hashes they serve. Never blocks; O(shards).
    pub fn shard_stats(&self) -> Vec<ShardStats> {
        let guard = self.domain().pin();
        let tables = self.raw.tables(&guard);
        tables
            .map(|(_, table)| {
                let header = table.header();
                // Relaxed, all: statistics.
                ShardStats {
                    len: table.len(),
                    capacity: table.slots(),
                    writes: header.lock.version(),
                    waits: header.waits.load(Ordering::Relaxed),
                }
            })
            .collect()
    }

    /// Bytes of tables, directory and nodes in use, without what keys and values own, and without what waits to be freed
    /// ([`reclaim_stats`](crate::reclaim_stats)). Never blocks; O(shards).
    pub fn memory_usage(&self) -> usize {
        let guard = self.domain().pin();
        let node = if codec::is_inline::<K, V>() { 0 } else { size_of::<Node<K, V>>() };
        // auditor: allow(panicking-api) a sum of counts of things in memory
        let tables: usize = self.raw.tables(&guard).map(|(_, table)| table.bytes() + node * table.len()).sum();
        size_of::<Self>() + self.raw.directory_bytes(&guard) + tables
    }
}
