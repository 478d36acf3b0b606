//! Threads that end in the middle of a call, by a panic in each kind of user code, while they hold references and have garbage
//! of their own: the map is complete and unlocked, and everything is dropped once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use auditor_runtime::{ShardedMap, ShardedSkipMap, flush};

use crate::deadline::{in_time, until};
use crate::keys::{Call, Fate, Key, all_happened, decide, expect_fates};

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        panic!("the fate of a value's Clone");
    }
}

type Map = ShardedMap<Key, Counted>;

/// What a thread dies of: a name, what is decided for its keys, and the call.
type End = (&'static str, Option<Call>, fn(&Map, &dyn Fn() -> Counted));

const ENDS: [End; 12] = [
    ("hash in insert", Some(Call::Hash), |map, new| drop(map.insert(Key::new(1), new()))),
    ("eq in insert", Some(Call::Eq), |map, new| drop(map.insert(Key::new(1), new()))),
    ("eq in remove", Some(Call::Eq), |map, _| drop(map.remove(&Key::new(1)))),
    ("eq in get", Some(Call::Eq), |map, _| drop(map.get(&Key::new(1)))),
    ("key's clone in update", Some(Call::Clone), |map, new| drop(map.update(&Key::new(1), |_| new()))),
    ("value's clone in clone", None, |map, _| drop(map.clone())),
    ("update", None, |map, _| drop(map.update(&Key::new(1), |_| panic!("the fate of update")))),
    ("upsert", None, |map, _| {
        drop(map.upsert(Key::new(1), |_| panic!("the fate of upsert"), || panic!("the fate of upsert")))
    }),
    ("get_or_insert_with", None, |map, _| {
        drop(map.get_or_insert_with(Key::new(99), || panic!("the fate of get_or_insert_with")));
    }),
    ("remove_if", None, |map, _| drop(map.remove_if(&Key::new(1), |_, _| panic!("the fate of remove_if")))),
    ("retain", None, |map, _| map.retain(|key, _| if key.name == 3 { panic!("the fate of retain") } else { true })),
    ("iteration", None, |map, _| {
        map.iter().for_each(|entry| assert!(entry.key().name != 2, "the fate of an iteration"))
    }),
];

#[test]
fn a_thread_that_dies_in_a_call_leaves_the_map_whole_and_its_garbage_to_others() {
    expect_fates();
    in_time("threads that die", || {
        for (name, call, die) in ENDS {
            let (dropped, made) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
            let new = || {
                made.fetch_add(1, Ordering::SeqCst);
                Counted(Arc::clone(&dropped))
            };
            let map = Map::new();
            for name in 0..8 {
                map.insert(Key::new(name), new());
            }
            let ended = thread::scope(|scope| {
                let dies = || {
                    // Garbage of its own, less than a batch, and a reference and an iterator that live when it dies.
                    (0..50).for_each(|_| drop(map.insert(Key::new(7), new())));
                    let held = map.get(&Key::new(4));
                    let mut entries = map.iter();
                    let _first = entries.next();
                    if let Some(call) = call {
                        decide(call, vec![Fate::Panic]);
                    }
                    die(&map, &new);
                    drop(held);
                };
                scope.spawn(dies).join()
            });
            assert!(ended.is_err(), "{name}: it was to die");
            assert_eq!(map.len(), 8, "{name}");
            assert!((0..8).all(|name| map.contains_key(&Key::new(name))), "{name}: an entry is missing");
            // Every shard can be locked.
            map.retain(|_, _| true);
            map.insert(Key::new(1), new());
            drop(map);
            until(&format!("{name}: all is dropped"), || {
                flush();
                dropped.load(Ordering::SeqCst) >= made.load(Ordering::SeqCst)
            });
            assert_eq!(dropped.load(Ordering::SeqCst), made.load(Ordering::SeqCst), "{name}: dropped twice");
        }
    });
}

#[test]
fn a_thread_that_dies_in_a_call_leaves_the_ordered_map_whole() {
    expect_fates();
    in_time("threads that die", || {
        for call in [Call::Ord, Call::Clone] {
            // Each comparison and each clone that an insertion makes, one after another, while leaves and shards split.
            let map = ShardedSkipMap::<Key, u64>::new();
            let mut deaths = 0;
            for name in 0..3_000_u64 {
                let name = name * 1_103 % 3_000;
                let ended = thread::scope(|scope| {
                    let dies = || {
                        let open = Arc::new(crate::deadline::Gate::default());
                        open.open();
                        let mut fates = vec![Fate::Stop(open); (name % 12) as usize];
                        fates.push(Fate::Panic);
                        decide(call, fates);
                        map.insert(Key::new(name), name);
                        all_happened()
                    };
                    // A thread for one in ten: they cost more than what they do.
                    if name % 10 == 0 { scope.spawn(dies).join().is_err() } else { false }
                });
                deaths += u64::from(ended);
                map.insert(Key::new(name), name);
            }
            assert!(deaths > 0, "no thread died in {call:?}");
            assert!(map.iter().map(|entry| *entry.value()).eq(0..3_000), "{call:?}: all, in order");
        }
    });
}
