//! Many threads at once: nothing lost, nothing invented, nobody hangs, everything freed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use auditor_runtime::{ShardedMap, flush};

const THREADS: u64 = if cfg!(miri) { 3 } else { 8 };
const KEYS: u64 = if cfg!(miri) { 30 } else { 8_000 };

#[test]
fn inserts_of_all_threads_arrive_while_the_map_grows() {
    let map = ShardedMap::<u64, u64>::new();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let map = &map;
            scope.spawn(move || {
                for key in 0..KEYS {
                    map.insert(key * THREADS + thread, key);
                    assert_eq!(map.get(&(key * THREADS + thread)).map(|value| *value), Some(key));
                }
            });
        }
    });
    assert_eq!(map.len() as u64, THREADS * KEYS);
    assert!((0..KEYS * THREADS).all(|key| map.get(&key).is_some_and(|value| *value == key / THREADS)));
}

#[test]
fn counts_made_by_update_are_exact() {
    let map = ShardedMap::<String, u64>::new();
    let rounds = KEYS / 4;
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for n in 0..rounds {
                    map.entry(format!("{}", n % 7)).and_update(|count| count + 1).or_insert(1);
                }
            });
        }
    });
    assert_eq!(map.iter().map(|entry| *entry.value()).sum::<u64>(), THREADS * rounds);
}

#[test]
fn get_or_insert_makes_each_value_once() {
    let map = ShardedMap::<u64, Arc<u64>>::new();
    let made = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for key in 0..KEYS / 10 {
                    let value = map.get_or_insert_with(key, || {
                        made.fetch_add(1, Ordering::Relaxed);
                        Arc::new(key)
                    });
                    assert_eq!(**value, key);
                }
            });
        }
    });
    assert_eq!(made.load(Ordering::Relaxed) as u64, KEYS / 10);
}

#[test]
fn readers_see_whole_values_of_their_own_key_under_churn() {
    // A value names its key: a reader that got another key's value, or freed memory, would notice.
    let inline = ShardedMap::<u64, u64>::new();
    let nodes = ShardedMap::<u64, Vec<u64>>::new();
    let stop = AtomicBool::new(false);
    let span = 64;
    thread::scope(|scope| {
        for thread in 0..2 {
            let (inline, nodes, stop) = (&inline, &nodes, &stop);
            scope.spawn(move || {
                for round in 0..KEYS * 5 {
                    let key = (round * 7 + thread * 31) % span;
                    if round % 3 == 0 {
                        inline.remove(&key);
                        nodes.remove(&key);
                    } else {
                        inline.insert(key, (round << 8) | key);
                        nodes.insert(key, vec![key; 4]);
                    }
                }
                stop.store(true, Ordering::Relaxed);
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    for key in 0..span {
                        if let Some(value) = inline.get(&key) {
                            assert_eq!(*value & 0xff, key);
                        }
                        if let Some(value) = nodes.get(&key) {
                            assert_eq!(**value, [key; 4]);
                        }
                    }
                    assert!(inline.iter().all(|entry| *entry.value() & 0xff == *entry.key()));
                }
            });
        }
    });
}

#[test]
fn an_iterator_meets_every_lasting_entry_once_while_the_map_grows() {
    let map = ShardedMap::<u64, u64>::new();
    let lasting = if cfg!(miri) { 20 } else { 2_000 };
    for key in 0..lasting {
        map.insert(key, key);
    }
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for key in lasting..lasting + KEYS * 4 {
                map.insert(key, key);
            }
            stop.store(true, Ordering::Relaxed);
        });
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let mut met = vec![0_u8; lasting as usize];
                for entry in &map {
                    if let Some(count) = met.get_mut(*entry.key() as usize) {
                        *count += 1;
                    }
                }
                assert!(met.iter().all(|&count| count == 1));
            }
        });
    });
}

#[test]
fn a_reference_outlives_removal_and_blocks_no_writer() {
    let map = ShardedMap::<u64, String>::new();
    map.insert(1, "one".into());
    let held = map.get(&1).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            map.insert(1, "another".into());
            map.remove(&1);
            map.clear();
            for key in 0..KEYS {
                map.insert(key, key.to_string());
            }
        });
    });
    assert_eq!(held.value(), "one");
    // The same thread may write under its own reference too.
    map.insert(1, "third".into());
    assert_eq!(held.value(), "one");
}

#[test]
fn closures_may_use_the_map_they_run_under() {
    let map = ShardedMap::<u64, u64>::with_shards(0, Default::default(), 2);
    map.insert(1, 1);
    // Grows every shard from inside, so the lock's table is replaced under the closure.
    let entry = map.update(&1, |value| {
        for key in 100..100 + KEYS {
            map.insert(key, key);
        }
        value + 1
    });
    assert_eq!(entry.map(|value| *value), Some(2));
    assert_eq!(map.get(&1).map(|value| *value), Some(2));
    assert_eq!(map.len() as u64, KEYS + 1);
    // The same key, from inside.
    assert_eq!(
        *map.get_or_insert_with(2, || {
            map.insert(2, 22);
            20
        }),
        22
    );
    assert_eq!(
        *map.entry(2)
            .and_update(|value| {
                map.remove(&2);
                value + 1
            })
            .or_insert(0),
        23
    );
    assert!(
        map.update(&2, |value| {
            map.remove(&2);
            *value
        })
        .is_none()
    );
    assert!(
        map.remove_if(&1, |_, _| {
            map.insert(1, 5);
            true
        })
        .is_none(),
        "what was judged is gone"
    );
    map.retain(|key, _| {
        map.insert(*key, 0);
        *key < 100
    });
    assert!(map.contains_key(&1));
}

struct Counted(Arc<AtomicUsize>);
impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn every_value_is_dropped_exactly_once() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let made = AtomicUsize::new(0);
    let new = || {
        made.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(&dropped))
    };
    let map = ShardedMap::<u64, Counted>::new();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (map, new) = (&map, &new);
            scope.spawn(move || {
                for round in 0..KEYS {
                    let key = (round * 13 + thread) % 50;
                    match round % 4 {
                        0 => drop(map.remove(&key)),
                        1 => drop(map.update(&key, |_| new())),
                        2 if round % 512 == 2 => map.clear(),
                        _ => drop(map.insert(key, new())),
                    }
                }
            });
        }
    });
    drop(map);
    // Finished threads left their limbo to the others, and a reader that another test stalls on purpose keeps all of it: wait
    // until that test is done.
    let deadline = Instant::now() + Duration::from_secs(60);
    while dropped.load(Ordering::Relaxed) < made.load(Ordering::Relaxed) && Instant::now() < deadline {
        flush();
        thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(dropped.load(Ordering::Relaxed), made.load(Ordering::Relaxed));
}

#[test]
fn a_stalled_reader_stops_neither_readers_nor_writers() {
    let map = ShardedMap::<u64, String>::new();
    map.insert(0, "kept".into());
    let (stalled, resume) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            let held = map.get(&0).unwrap();
            stalled.store(true, Ordering::Release);
            while !resume.load(Ordering::Acquire) {
                thread::yield_now();
            }
            assert_eq!(held.value(), "kept");
        });
        while !stalled.load(Ordering::Acquire) {
            thread::yield_now();
        }
        for round in 0..KEYS {
            map.insert(round % 10, round.to_string());
            assert_eq!(map.get(&(round % 10)).unwrap().value(), &round.to_string());
        }
        resume.store(true, Ordering::Release);
    });
}

#[test]
fn a_map_used_while_its_thread_ends_stays_usable() {
    static MAP: std::sync::OnceLock<ShardedMap<u64, String>> = std::sync::OnceLock::new();
    struct Last;
    impl Drop for Last {
        fn drop(&mut self) {
            let map = MAP.get().unwrap();
            map.insert(2, "from a destructor".into());
            assert_eq!(map.get(&1).unwrap().value(), "first");
        }
    }
    thread_local!(static LAST: Last = const { Last });
    MAP.get_or_init(ShardedMap::new).insert(1, "first".into());
    thread::spawn(|| {
        LAST.with(|_| ());
        MAP.get().unwrap().insert(1, "first".into());
    })
    .join()
    .unwrap();
    assert_eq!(MAP.get().unwrap().get(&2).unwrap().value(), "from a destructor");
}
