//! Writers that stop while they hold a lock: readers go on, so do writers elsewhere, and those behind it finish once it does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use auditor_runtime::{CheckedMap, FixedSyncMap, ShardedMap, ShardedSkipMap};

use crate::deadline::{Gate, in_time, until};
use crate::keys::{Call, Fate, Key, all_happened, decide};

const KEYS: u64 = 64;

/// While `stalled` stands inside a call on key 0 with its shard locked, everything is read, and the shards of other keys are written.
fn stall(stalled: impl FnOnce(&ShardedMap<u64, String>, &Gate) + Send + 'static) {
    in_time("a writer that stopped", move || {
        let map = ShardedMap::<u64, String>::with_shards(0, Default::default(), 16);
        (0..KEYS).for_each(|key| drop(map.insert(key, key.to_string())));
        let (gate, done) = (Gate::default(), AtomicUsize::new(0));
        thread::scope(|scope| {
            let (map, gate, done) = (&map, &gate, &done);
            scope.spawn(move || stalled(map, gate));
            gate.reached();
            // Readers of every key, that one too.
            for key in 0..KEYS {
                assert_eq!(map.get(&key).as_deref(), Some(&key.to_string()));
                assert!(map.contains_key(&key));
            }
            assert_eq!((map.iter().count(), map.len()), (KEYS as usize, KEYS as usize));
            for key in 0..KEYS {
                scope.spawn(move || {
                    map.insert(key, format!("{key} again"));
                    done.fetch_add(1, Ordering::SeqCst);
                });
            }
            // Sixteen shards: a sixteenth of the keys waits, and three quarters at most, however they fall.
            until("writers of other shards", || done.load(Ordering::SeqCst) >= KEYS as usize / 4);
            assert!(done.load(Ordering::SeqCst) < KEYS as usize, "key 0 at least has to wait");
            gate.open();
        });
        assert_eq!(done.load(Ordering::SeqCst), KEYS as usize);
        for key in 1..KEYS {
            assert_eq!(map.get(&key).as_deref(), Some(&format!("{key} again")));
        }
    });
}

#[test]
fn a_writer_stopped_in_update_stops_nobody_elsewhere() {
    stall(|map, gate| {
        map.update(&0, |value| {
            gate.stop();
            value.clone()
        });
    });
}

#[test]
fn a_writer_stopped_in_a_condition_stops_nobody_elsewhere() {
    stall(|map, gate| {
        map.remove_if(&0, |_, _| {
            gate.stop();
            false
        });
    });
}

#[test]
fn a_writer_stopped_in_retain_stops_nobody_elsewhere() {
    stall(|map, gate| {
        map.retain(|key, _| {
            if *key == 0 {
                gate.stop();
            }
            true
        });
    });
}

#[test]
fn a_writer_stopped_in_upsert_stops_nobody_elsewhere() {
    stall(|map, gate| {
        map.upsert(
            0,
            |value| {
                gate.stop();
                value.clone()
            },
            String::new,
        );
    });
}

#[test]
fn a_value_in_the_making_is_absent_and_then_there_and_made_once() {
    in_time("a value in the making", || {
        let map = ShardedMap::<u64, u64>::new();
        let (gate, made) = (Gate::default(), AtomicUsize::new(0));
        let make = || {
            made.fetch_add(1, Ordering::SeqCst);
            gate.stop();
            7
        };
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(*map.get_or_insert_with(1, make), 7));
            gate.reached();
            assert!(map.get(&1).is_none() && map.iter().next().is_none());
            let others: Vec<_> = (0..4).map(|_| scope.spawn(|| *map.get_or_insert_with(1, make))).collect();
            gate.open();
            assert!(others.into_iter().all(|other| other.join().expect("joined") == 7));
        });
        assert_eq!(made.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_key_stopped_in_its_hash_holds_no_lock() {
    in_time("a key stopped in its hash", || {
        let map = ShardedMap::<Key, u64>::new();
        let gate = Arc::new(Gate::default());
        thread::scope(|scope| {
            scope.spawn(|| {
                decide(Call::Hash, vec![Fate::Stop(Arc::clone(&gate))]);
                map.insert(Key::new(1), 1);
                assert!(all_happened());
            });
            gate.reached();
            for name in 1..100 {
                map.insert(Key { name, group: name }, name * 2);
            }
            map.remove(&Key { name: 5, group: 5 });
            assert!(map.insert(Key::new(1), 3).is_none());
            assert_eq!(map.len(), 99);
            gate.open();
        });
        assert_eq!(map.get_cloned(&Key::new(1)), Some(1), "the late one is the later one");
    });
}

#[test]
fn a_key_stopped_in_its_comparison_first_holds_no_lock_and_then_stops_no_reader() {
    in_time("a key stopped in its comparison", || {
        // One hash for all: one shard.
        let map = ShardedMap::<Key, u64>::new();
        map.insert(Key::new(1), 1);
        let (unlocked, locked) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
        thread::scope(|scope| {
            scope.spawn(|| {
                decide(Call::Eq, vec![Fate::Stop(Arc::clone(&unlocked)), Fate::Stop(Arc::clone(&locked))]);
                map.insert(Key::new(1), 2);
                assert!(all_happened());
            });
            unlocked.reached();
            // The first look takes no lock: the same shard can be written, which makes it look again, under the lock.
            map.insert(Key::new(2), 2);
            unlocked.open();
            locked.reached();
            assert_eq!(map.get_cloned(&Key::new(1)), Some(1));
            assert_eq!((map.get_cloned(&Key::new(2)), map.iter().count()), (Some(2), 2));
            let behind = scope.spawn(|| map.insert(Key::new(3), 3).is_none());
            locked.open();
            assert!(behind.join().expect("joined"));
        });
        assert_eq!((map.get_cloned(&Key::new(1)), map.len()), (Some(2), 3));
    });
}

#[test]
fn an_ordered_map_whose_key_stops_in_its_comparison_is_read_and_scanned() {
    in_time("an ordered map", || {
        let map = ShardedSkipMap::<Key, u64>::new();
        (0..200).for_each(|name| drop(map.insert(Key::new(name * 2), name)));
        let gate = Arc::new(Gate::default());
        thread::scope(|scope| {
            scope.spawn(|| {
                // Late enough that the shard is locked: finding the shard compares too.
                let passing = Arc::new(Gate::default());
                passing.open();
                let mut fates = vec![Fate::Stop(passing); 4];
                fates.push(Fate::Stop(Arc::clone(&gate)));
                decide(Call::Ord, fates);
                map.insert(Key::new(101), 0);
                assert!(all_happened());
            });
            gate.reached();
            assert_eq!(map.get_with(&Key::new(100), |value| *value), Some(50));
            assert_eq!(map.range(Key::new(50)..Key::new(150)).count(), 50);
            assert_eq!(map.len(), 200);
            let behind = scope.spawn(|| map.insert(Key::new(103), 0).is_none());
            gate.open();
            assert!(behind.join().expect("joined"));
        });
        assert_eq!(map.iter().count(), 202);
    });
}

#[test]
fn a_fixed_map_stopped_in_one_stripe_is_written_in_the_others() {
    in_time("a fixed map", || {
        let map = &*Box::leak(Box::new(FixedSyncMap::<Key, u64, 16, 8>::new()));
        let first = || Key { name: 0, group: 0 };
        map.insert(first(), 0).expect("room");
        let (gate, done) = (Arc::new(Gate::default()), Arc::new(AtomicUsize::new(0)));
        let stalled = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                decide(Call::Eq, vec![Fate::Stop(gate)]);
                map.insert(first(), 1).expect("room");
            })
        };
        gate.reached();
        let others: Vec<_> = (1..=16_u64)
            .map(|group| {
                let done = Arc::clone(&done);
                thread::spawn(move || {
                    map.insert(Key { name: group, group }, group).expect("room");
                    done.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        until("writers of other stripes", || done.load(Ordering::SeqCst) >= 4);
        gate.open();
        others.into_iter().chain([stalled]).for_each(|other| other.join().expect("joined"));
        assert_eq!((map.len(), map.get(&first())), (17, Some(1)));
    });
}

#[test]
fn a_checked_map_in_use_refuses_at_once_instead_of_waiting() {
    in_time("a checked map", || {
        let map = CheckedMap::<u64, u64>::new();
        map.insert(1, 1).expect("alone");
        let gate = Gate::default();
        thread::scope(|scope| {
            let inside = scope.spawn(|| map.read(|_| gate.stop()));
            gate.reached();
            assert!(map.insert(2, 2).is_err(), "a write under a read");
            assert_eq!(map.get_with(&1, |value| *value), Ok(Some(1)), "a read under a read");
            gate.open();
            inside.join().expect("joined").expect("it read");
        });
        assert_eq!(map.insert(2, 2), Ok(None));
    });
}
