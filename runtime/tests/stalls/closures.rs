//! Closures keep nobody from writing other keys: while one runs, other threads write the same shard and it may wait for them. The key that it decides about is
//! its own until it has ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use auditor_runtime::map::{Computed, Operation};
use auditor_runtime::{ShardedMap, ShardedSkipMap};

use crate::deadline::in_time;

/// Runs `work` on another thread and waits for it.
fn elsewhere(work: impl FnOnce() + Send) {
    thread::scope(|scope| drop(scope.spawn(work)));
}

/// Two keys at least of every shard: enough that some share one with key 0.
const KEYS: u64 = 500;

fn writes_all_others(map: &ShardedMap<u64, u64>) {
    for key in 1..KEYS {
        map.insert(key, key);
        map.update(&key, |value| value + 1);
        map.upsert(key, |value| value + 1, || 0);
        map.compute(key, |_| Operation::Remove);
        map.insert(key, key);
        map.remove_if(&key, |_, _| key % 2 == 0);
    }
}

#[test]
fn closures_wait_for_threads_that_write_the_rest_of_their_shard() {
    in_time("joins in closures", || {
        let map: ShardedMap<u64, u64> = [(0, 1)].into_iter().collect();
        let wait = || elsewhere(|| writes_all_others(&map));
        map.update(&0, |value| (wait(), value + 1).1);
        map.upsert(0, |value| (wait(), value + 1).1, || unreachable!("it is there"));
        map.alter(&0, |_, value| (wait(), value + 1).1);
        assert!(matches!(
            map.compute(0, |value| (wait(), Operation::Insert(value.unwrap() + 1)).1),
            Computed::Replaced { old, new } if (*old, *new) == (4, 5)
        ));
        assert!(map.remove_if(&0, |_, value| (wait(), *value != 5).1).is_none());
        assert_eq!(map.remove_if(&0, |_, value| (wait(), *value == 5).1).map(|old| *old), Some(5));
        assert_eq!(*map.upsert(0, |_| unreachable!("it is absent"), || (wait(), 9).1), 9);
        map.retain(|key, _| (wait(), *key == 0).1);
        assert_eq!(map.get_cloned(&0), Some(9));
        map.entry(0).and_modify(|value| (wait(), *value += 1).1).or_insert(0);
        assert_eq!(map.get_cloned(&0), Some(10));
    });
}

#[test]
fn closures_on_nodes_and_wide_values_do_so_too() {
    in_time("joins in closures, nodes", || {
        let nodes: ShardedMap<String, String> = [("a".to_owned(), "1".to_owned())].into_iter().collect();
        let wide: ShardedMap<u64, [u64; 4]> = [(0, [1; 4])].into_iter().collect();
        let write = || {
            for n in 1..KEYS {
                nodes.insert(n.to_string(), n.to_string());
                nodes.update(n.to_string().as_str(), |value| value.repeat(2));
                wide.insert(n, [n; 4]);
                wide.update(&n, |value| value.map(|part| part + 1));
            }
        };
        nodes.update("a", |value| (elsewhere(write), value.repeat(2)).1);
        wide.update(&0, |value| (elsewhere(write), value.map(|part| part + 1)).1);
        assert_eq!((nodes.get_cloned("a").as_deref(), wide.get_cloned(&0)), (Some("11"), Some([2; 4])));
        assert_eq!((nodes.len(), wide.len()), (KEYS as usize, KEYS as usize));
    });
}

#[test]
fn updates_of_one_shard_run_in_opposite_order() {
    in_time("crosswise in one shard", || {
        for round in 0..200 {
            let map: ShardedMap<u64, u64> = (0..64).map(|key| (key, 1)).collect();
            let gate = Barrier::new(2);
            // Some pairs share a shard, some do not.
            let keys = [round % 64, (round * 7 + 1) % 64];
            if keys[0] == keys[1] {
                continue;
            }
            thread::scope(|scope| {
                for (mine, other) in [(keys[0], keys[1]), (keys[1], keys[0])] {
                    let (map, gate) = (&map, &gate);
                    scope.spawn(move || {
                        map.update(&mine, |value| {
                            gate.wait();
                            map.update(&other, |value| value + 10);
                            value + 1
                        });
                    });
                }
            });
            // One inner update ran inside the other's circle and gave way to its result; the other waited for it, and counts.
            let mut values = keys.map(|key| map.get_cloned(&key));
            values.sort();
            assert_eq!(values, [Some(2), Some(12)], "{keys:?}");
        }
    });
}

#[test]
fn a_key_belongs_to_its_closure_until_it_has_ended() {
    in_time("writers of a claimed key", || {
        let map: ShardedMap<u64, u64> = [(0, 1)].into_iter().collect();
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            map.update(&0, |value| {
                // Others take the shard over first, so that the key is claimed.
                elsewhere(|| writes_all_others(&map));
                for kind in 0..4 {
                    let (map, ended) = (&map, &ended);
                    scope.spawn(move || {
                        let seen = match kind {
                            0 => map.insert(0, 100).map(|old| *old),
                            1 => map.remove(&0).map(|old| *old),
                            2 => map.drain().find(|entry| *entry.key() == 0).map(|old| *old),
                            _ => map.update(&0, |value| value + 1).map(|new| *new),
                        };
                        assert!(ended.load(Ordering::SeqCst), "kind {kind} did not wait");
                        assert_ne!(seen, Some(1), "kind {kind} saw what the closure had replaced");
                    });
                }
                thread::sleep(std::time::Duration::from_millis(50));
                ended.store(true, Ordering::SeqCst);
                value + 1
            });
        });
    });
}

#[test]
fn a_closure_that_panics_gives_its_key_up() {
    in_time("panics in closures", || {
        let map: ShardedMap<u64, String> = [(0, "0".to_owned())].into_iter().collect();
        for was_taken_over in [false, true] {
            let failed = catch_unwind(AssertUnwindSafe(|| {
                map.update(&0, |_| {
                    if was_taken_over {
                        elsewhere(|| (1..KEYS).for_each(|key| drop(map.insert(key, key.to_string()))));
                    }
                    panic!("in the closure")
                });
            }));
            assert!(failed.is_err());
            elsewhere(|| assert_eq!(map.insert(0, "0".to_owned()).as_deref().map(String::as_str), Some("0")));
            assert_eq!(map.drain().filter(|entry| *entry.key() == 0).count(), 1);
            map.insert(0, "0".to_owned());
        }
    });
}

#[test]
fn a_closure_may_write_its_own_key_and_its_result_wins() {
    in_time("closures on their own key", || {
        let map: ShardedMap<u64, u64> = [(0, 1)].into_iter().collect();
        map.update(&0, |value| (map.insert(0, 50), value + 1).1);
        assert_eq!(map.get_cloned(&0), Some(2));
        assert!(map.update(&0, |value| (map.remove(&0), value + 1).1).is_none(), "what is gone is not put back");
        assert!(map.is_empty());
        map.upsert(0, |_| unreachable!("it is absent"), || (map.insert(0, 7), 8).1);
        assert_eq!(map.get_cloned(&0), Some(8));
        assert!(map.remove_if(&0, |_, _| (map.insert(0, 9), true).1).is_none(), "what was judged is gone");
        map.retain(|_, value| (map.insert(1, 1), *value == 9).1);
        assert_eq!(map.get_cloned(&0), Some(9));
        map.update(&0, |value| (map.clear(), value + 1).1);
        assert!(map.is_empty());
    });
}

#[test]
fn updates_are_counted_all_while_their_shards_change_hands() {
    in_time("counting", || {
        let map: ShardedMap<u64, u64> = (0..32).map(|key| (key, 0)).collect();
        thread::scope(|scope| {
            for me in 0..4_u64 {
                let map = &map;
                scope.spawn(move || {
                    for n in 0..4_000_u64 {
                        // Closures that give way now and then are taken over in the middle.
                        map.update(&(n % 32), |value| {
                            if n % 8 == me {
                                thread::yield_now();
                            }
                            value + 1
                        });
                        map.upsert(1_000 + n % 16, |value| value + 1, || 1);
                        map.insert(2_000 + me * 10_000 + n, n);
                    }
                });
            }
        });
        assert!((0..32).all(|key| map.get_cloned(&key) == Some(500)));
        assert!((1_000..1_016).all(|key| map.get_cloned(&key) == Some(1_000)));
        assert_eq!(map.len(), 32 + 16 + 4 * 4_000);
    });
}

#[test]
fn retain_keeps_a_value_that_came_in_the_place_of_a_refused_one() {
    let map: ShardedMap<u64, String> = [(0, "old".to_owned())].into_iter().collect();
    let mut asked = Vec::new();
    map.retain(|_, value| {
        asked.push(value.clone());
        if value == "old" {
            elsewhere(|| drop(map.insert(0, "new".to_owned())));
        }
        value != "old"
    });
    assert_eq!((asked, map.get_cloned(&0).as_deref()), (vec!["old".to_owned()], Some("new")));
}

#[test]
fn the_ordered_maps_closures_keep_nobody_waiting() {
    in_time("ordered closures", || {
        let map: ShardedSkipMap<u64, u64> = (0..KEYS).map(|key| (key, 1)).collect();
        let write = || {
            for key in 1..KEYS {
                map.insert(key, 2);
                map.update(&key, |value| value + 1);
                map.remove_if(&key, |key, _| key % 3 == 0);
                map.insert(KEYS + key, 1);
            }
        };
        assert!(map.update(&0, |value| (elsewhere(write), value + 1).1));
        assert_eq!(map.remove_if(&0, |_, value| (elsewhere(write), *value == 2).1).map(|old| *old), Some(2));
        map.insert(0, 5);
        map.retain(|key, _| (*key == 250).then(|| elsewhere(write)).is_none());
        assert!(map.contains_key(&250), "another's value came in its place");
        let gate = Barrier::new(2);
        thread::scope(|scope| {
            for (mine, other) in [(0, 1), (1, 0)] {
                let (map, gate) = (&map, &gate);
                scope.spawn(move || {
                    map.update(&mine, |value| {
                        gate.wait();
                        map.update(&other, |value| value + 10);
                        value + 1
                    });
                });
            }
        });
        let failed = catch_unwind(AssertUnwindSafe(|| {
            map.update(&0, |_| {
                elsewhere(write);
                panic!("in the closure")
            })
        }));
        assert!(failed.is_err());
        elsewhere(|| assert!(map.remove(&0).is_some()));
        assert!(!map.contains_key(&0) && map.contains_key(&1));
    });
}
