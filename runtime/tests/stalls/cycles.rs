//! Closures that write in opposite order, in one map and across maps, and closures that wait for another thread: nobody waits for ever, and what
//! plain writes and closures put in is there.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use auditor_runtime::ShardedMap;

use crate::deadline::in_time;

/// Two threads, each with its own order of two keys, inside their first closures at the same time.
fn crosswise(work: impl Fn(u64, u64, &Barrier) + Sync) {
    let gate = Barrier::new(2);
    thread::scope(|scope| {
        let (work, gate) = (&work, &gate);
        scope.spawn(move || work(1, 1_000, gate));
        scope.spawn(move || work(1_000, 1, gate));
    });
}

const ROUNDS: usize = 200;

#[test]
fn values_are_made_in_opposite_order() {
    in_time("makers crosswise", || {
        for _ in 0..ROUNDS {
            let map = ShardedMap::<u64, u64>::new();
            crosswise(|mine, other, gate| {
                map.get_or_insert_with(mine, || {
                    gate.wait();
                    map.insert(other, 2);
                    1
                });
            });
            assert_eq!(map.len(), 2);
        }
    });
}

#[test]
fn values_that_need_each_other_are_made_in_opposite_order() {
    in_time("makers of each other's", || {
        for _ in 0..ROUNDS {
            let (map, made) = (ShardedMap::<u64, u64>::new(), AtomicUsize::new(0));
            let make = |value| {
                made.fetch_add(1, Ordering::SeqCst);
                value
            };
            crosswise(|mine, other, gate| {
                map.get_or_insert_with(mine, || {
                    gate.wait();
                    make(*map.get_or_insert_with(other, || make(1)) + 1)
                });
            });
            assert_eq!(map.len(), 2);
            // Each key's own, and one more for the thread that must not wait.
            assert_eq!(made.load(Ordering::SeqCst), 3);
        }
    });
}

/// A map of two keys in two shards: the first key is 1.
fn in_two_shards() -> (ShardedMap<u64, u64>, u64) {
    let map: ShardedMap<u64, u64> = [(1, 1)].into_iter().collect();
    let first = map.shard_stats().iter().position(|shard| shard.len == 1);
    let other = (2..)
        .find(|key| {
            map.insert(*key, 1);
            let is_apart = first.is_some_and(|first| map.shard_stats()[first].len == 1);
            if !is_apart {
                map.remove(key);
            }
            is_apart
        })
        .expect("some key falls elsewhere");
    (map, other)
}

#[test]
fn updates_run_in_opposite_order() {
    in_time("updates crosswise", || {
        for _ in 0..ROUNDS {
            let (map, second) = in_two_shards();
            crosswise(|mine, other, gate| {
                let [mine, other] = [mine, other].map(|key| if key == 1 { 1 } else { second });
                map.update(&mine, |value| {
                    gate.wait();
                    map.update(&other, |value| value + 10);
                    value + 1
                });
            });
            // One of the two inner updates ran inside the other's cycle, and gave way to its result.
            let values = [1, second].map(|key| map.get_cloned(&key));
            assert!(values.iter().all(|value| matches!(value, Some(2 | 12))), "{values:?}");
        }
    });
}

#[test]
fn updates_of_two_maps_run_in_opposite_order() {
    in_time("updates across maps", || {
        for _ in 0..ROUNDS {
            let maps: [ShardedMap<u64, String>; 2] = Default::default();
            maps.iter().for_each(|map| drop(map.insert(1, "1".into())));
            crosswise(|mine, other, gate| {
                let (mine, other) = (&maps[usize::from(mine > 1)], &maps[usize::from(other > 1)]);
                mine.update(&1, |value| {
                    gate.wait();
                    other.update(&1, |value| format!("{value} inner"));
                    format!("{value} outer")
                });
            });
            assert!(
                maps.iter()
                    .all(|map| map.get(&1).is_some_and(|value| value.ends_with("outer") || value.ends_with("inner")))
            );
        }
    });
}

#[test]
fn three_threads_wait_for_each_other_in_a_ring() {
    in_time("a ring of three", || {
        for _ in 0..ROUNDS {
            let maps: [ShardedMap<u64, u64>; 3] = Default::default();
            maps.iter().for_each(|map| drop(map.insert(1, 0)));
            let gate = Barrier::new(3);
            thread::scope(|scope| {
                for at in 0..3 {
                    let (maps, gate) = (&maps, &gate);
                    scope.spawn(move || {
                        maps[at].update(&1, |value| {
                            gate.wait();
                            maps[(at + 1) % 3].insert(2, at as u64);
                            value + 1
                        });
                    });
                }
            });
            for (at, map) in maps.iter().enumerate() {
                assert_eq!(map.get_cloned(&1), Some(1));
                assert_eq!(map.get_cloned(&2), Some(((at + 2) % 3) as u64));
            }
        }
    });
}

#[test]
fn a_value_in_the_making_may_wait_for_a_thread_that_writes_the_same_map() {
    in_time("a join in a closure", || {
        let map = ShardedMap::<u64, u64>::new();
        let value = map.get_or_insert_with(1, || {
            thread::scope(|scope| {
                scope.spawn(|| (2..2_000).for_each(|key| drop(map.insert(key, 1))));
                scope.spawn(|| (2..2_000).for_each(|key| drop(map.get_or_insert_with(key, || 2))));
            });
            7
        });
        assert_eq!((*value, map.len()), (7, 1_999));
    });
}

#[test]
fn updates_that_do_not_cross_are_counted_all() {
    in_time("updates of one key", || {
        let map = ShardedMap::<u64, u64>::new();
        let sessions = ShardedMap::<u64, Box<u64>>::new();
        map.insert(1, 0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5_000 {
                        map.update(&1, |n| n + 1);
                        sessions.upsert(1, |n| Box::new(**n + 1), || Box::new(1));
                    }
                });
            }
        });
        assert_eq!((map.get_cloned(&1), sessions.get_cloned(&1)), (Some(20_000), Some(Box::new(20_000))));
    });
}
