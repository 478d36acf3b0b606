//! Maps made for a number of entries: what they take, and that tables of every size hold, lose and shrink what they should.

#[cfg(not(miri))]
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auditor_runtime::{ShardedMap, flush};
use foldhash::fast::FixedState;

type Map = ShardedMap<u64, u64, FixedState>;

fn made_for(capacity: usize) -> Map {
    Map::with_capacity_and_hasher(capacity, FixedState::with_seed(7))
}

#[test]
fn a_map_made_for_its_entries_does_not_grow() {
    let most: usize = if cfg!(miri) { 300 } else { 300_000 };
    for capacity in [1, 7, 28, 100, 1_000, 5_000, 20_000, 60_000, 150_000, 200_000, 250_000, 300_000] {
        if capacity > most {
            break;
        }
        let map = made_for(capacity);
        let before = (map.capacity(), map.shard_count());
        for key in 0..capacity as u64 {
            map.insert(key, key);
        }
        assert_eq!((map.capacity(), map.shard_count()), before, "made for {capacity}");
        assert_eq!(map.len(), capacity);
    }
}

// Making tables for 200,000 entries takes Miri longer than all other tests together.
#[cfg(not(miri))]
#[test]
fn large_maps_are_dense() {
    let map = made_for(200_000);
    let load = 200_000.0 / map.capacity() as f64;
    assert!((0.6..=0.75).contains(&load), "{load}");
}

// 200,000 is the capacity whose tables are no power of two: too many for Miri.
#[cfg(not(miri))]
#[test]
fn tables_of_quarter_sizes_keep_lose_grow_and_shrink() {
    let n: u64 = 200_000;
    let map = made_for(200_000);
    for key in 0..n {
        assert!(map.insert(key, key).is_none());
    }
    assert!((0..n).all(|key| map.get(&key).is_some_and(|value| *value == key)));
    assert!((n..2 * n).all(|key| map.get(&key).is_none()));
    let met: HashSet<u64> = map.iter().map(|entry| *entry.key()).collect();
    assert_eq!(met.len() as u64, n);
    for key in (0..n).step_by(2) {
        assert_eq!(map.remove(&key).map(|value| *value), Some(key));
    }
    assert_eq!(map.len() as u64, n / 2);
    // Down to tables of one or two buckets, and up again past the first size.
    map.retain(|key, _| key % 16 == 1);
    map.shrink_to_fit();
    assert!((0..n).all(|key| map.contains_key(&key) == (key % 16 == 1)));
    for key in 0..2 * n {
        map.insert(key, !key);
    }
    assert!((0..2 * n).all(|key| map.get(&key).is_some_and(|value| *value == !key)));
    assert_eq!(map.iter().count() as u64, 2 * n);
}

#[test]
fn a_reference_taken_inside_a_lookup_outlives_it() {
    let (outer, inner) = (ShardedMap::<u64, u64>::new(), ShardedMap::<u64, Arc<str>>::new());
    let text: Arc<str> = Arc::from("kept");
    outer.insert(1, 1);
    inner.insert(1, Arc::clone(&text));
    let kept = outer.get_with(&1, |_| inner.get(&1)).flatten();
    inner.remove(&1);
    for _ in 0..3 {
        flush();
    }
    assert_eq!(kept.as_ref().map(|value| &***value), Some("kept"), "freed under a reference");
    assert_eq!(Arc::strong_count(&text), 2);
    drop(kept);
    // The other way about: the reference first, the lookup inside its life.
    inner.insert(2, Arc::clone(&text));
    let kept = inner.get(&2);
    assert_eq!(outer.get(&1).map(|value| *value), Some(1));
    outer.get_with(&1, |_| inner.remove(&2));
    for _ in 0..3 {
        flush();
    }
    assert_eq!(kept.as_ref().map(|value| &***value), Some("kept"), "freed under a reference");
    drop(kept);
    // Other tests of this process stall their readers for a while: what they may still see is freed after them.
    let began = Instant::now();
    while Arc::strong_count(&text) > 1 && began.elapsed() < Duration::from_secs(60) {
        flush();
        std::thread::yield_now();
    }
    assert_eq!(Arc::strong_count(&text), 1, "the epoch was never left");
}

#[test]
fn a_capacity_that_no_memory_can_hold_is_not_reserved() {
    for capacity in [usize::MAX, 1 << 50] {
        let map = ShardedMap::<u64, u64>::with_capacity(capacity);
        assert!(map.memory_usage() < 1 << 20);
        map.insert(1, 1);
        assert_eq!(map.len(), 1);
        let hasher = FixedState::with_seed(7);
        assert!(ShardedMap::<u64, u64, FixedState>::try_with_shards(capacity, hasher, 4).is_err());
    }
}

#[test]
fn an_iterator_that_lies_about_its_length_costs_nothing() {
    struct Liar(std::ops::Range<u64>);
    impl Iterator for Liar {
        type Item = (u64, u64);
        fn next(&mut self) -> Option<(u64, u64)> {
            self.0.next().map(|n| (n, n))
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (1 << 50, None)
        }
    }
    assert_eq!(Liar(0..3).collect::<ShardedMap<u64, u64>>().len(), 3);
}
