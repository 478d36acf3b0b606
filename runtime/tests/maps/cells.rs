//! Plain values under keys that are not plain: replaced in place, read as copies.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use auditor_runtime::ShardedMap;
use auditor_runtime::map::{Computed, Operation};

fn key(n: u64) -> String {
    format!("key {n}")
}

#[test]
fn a_reference_shows_what_was_there_when_it_was_made() {
    let map: ShardedMap<String, u64> = (0..10).map(|n| (key(n), n)).collect();
    let before = map.get("key 3").expect("it is there");
    let owned = map.get_owned("key 3").expect("it is there");
    let new = map.update("key 3", |value| value + 100).expect("it is there");
    assert_eq!((*before, *owned, *new, map.get_cloned("key 3")), (3, 3, 103, Some(103)));
    let old = map.insert(key(3), 7).expect("it is there");
    assert_eq!((old.key().as_str(), *old, *new), ("key 3", 103, 103));
    assert_eq!(*before.clone(), 3);
    let removed = map.remove("key 3").expect("it is there");
    assert_eq!((removed.into_pair().ok(), *before), (None, 3), "it may not be taken apart: this thread looks at it");
    drop((before, owned, new));
    assert_eq!(map.insert(key(4), 40).and_then(|old| old.into_pair().ok()), Some((key(4), 4)));
}

#[test]
fn every_way_to_write_agrees_with_every_other() {
    let map: ShardedMap<String, i32> = ShardedMap::new();
    assert_eq!(*map.upsert(key(1), |_| unreachable!("it is absent"), || 1), 1);
    assert_eq!(*map.upsert(key(1), |n| n + 1, || unreachable!("it is there")), 2);
    assert_eq!(*map.entry(key(1)).and_modify(|n| *n *= 10).or_insert(0), 20);
    assert!(matches!(
        map.compute(key(1), |n| Operation::Insert(n.map_or(0, |n| n + 1))),
        Computed::Replaced { old, new } if (*old, *new) == (20, 21)
    ));
    map.alter("key 1", |_, n| n - 1);
    assert!(map.remove_if("key 1", |_, n| *n != 20).is_none());
    map.retain(|_, n| {
        map.insert(key(1), 5);
        *n != 20
    });
    assert_eq!(map.get_cloned("key 1"), Some(5), "what was put in the place of a refused value stays");
    assert_eq!(*map.upsert(key(1), |n| (map.remove("key 1"), n + 1).1, || unreachable!("it is there")), 6);
    assert_eq!(map.remove_if("key 1", |_, n| *n == 6).map(|old| *old), Some(6));
    assert!(map.is_empty());
}

#[test]
fn what_is_replaced_in_place_is_never_torn_lost_or_taken_back() {
    let rounds = if cfg!(miri) { 60 } else { 20_000 };
    let map: ShardedMap<String, u64> = (0..8).map(|n| (key(n), 0)).collect();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = [0; 8];
            while !done.load(Ordering::Relaxed) {
                for (n, last) in last.iter_mut().enumerate() {
                    let now = map.get_cloned(&key(n as u64)).expect("it is there all the time");
                    assert!(now >= *last, "{now} after {last}");
                    *last = now;
                }
            }
        });
        let writers: Vec<_> = (0..3)
            .map(|me| {
                let map = &map;
                scope.spawn(move || {
                    for round in 0..rounds {
                        map.update(&key(round % 8), |value| value + 1);
                        // Tables are copied meanwhile.
                        map.insert(format!("{me} {round}"), round);
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().expect("no panic"));
        done.store(true, Ordering::Relaxed);
        reader.join().expect("no panic");
    });
    let sum: u64 = (0..8).map(|n| map.get_cloned(&key(n)).unwrap()).sum();
    assert_eq!(sum, 3 * rounds);
}
