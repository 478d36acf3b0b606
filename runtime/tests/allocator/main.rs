//! The maps without memory: `try_*` gives back what it was given, everything that frees or reads goes on, and what cannot
//! report an error aborts as the standard collections do. Nothing committed is lost.
#![cfg(feature = "std")]

// Miri starts no child processes.
#[cfg(not(miri))]
mod aborts;
mod failing;

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use auditor_runtime::tagged::TreiberStack;
use auditor_runtime::{FixedMap, FixedSyncMap, ShardedMap, flush, reclaim_stats};

use failing::{Refuse, refusing};

const ENTRIES: u64 = if cfg!(miri) { 700 } else { 6_000 };

/// Inserts with all allocations refused, or with one, which walks over all that an insertion makes.
fn insertions_fail_whole<K, V>(key: impl Fn(u64) -> K, value: impl Fn(u64) -> V)
where
    K: Eq + Hash + Clone + Debug + Send + 'static,
    V: PartialEq + Clone + Debug + Send + 'static,
{
    let map = ShardedMap::<K, V>::new();
    let mut expected = HashMap::new();
    let mut failures = 0;
    for n in 0..ENTRIES {
        // Stretches without any memory, in which tables fill up to the last slot, and between them one refusal at a time.
        let refuse = if n / 300 % 2 == 0 { Refuse::AllFrom(0) } else { Refuse::One(n % 5) };
        let pair = (key(n), value(n));
        let (outcome, refused) = refusing(refuse, || map.try_insert(pair.0.clone(), pair.1.clone()));
        match outcome {
            Ok(before) => assert!(before.is_none(), "{before:?} was there before {n}"),
            Err(error) => {
                assert!(refused > 0, "no allocation was refused");
                assert_eq!((&error.key, &error.value), (&pair.0, &pair.1), "the pair comes back");
                assert!(!map.contains_key(&error.key), "what was refused is not in the map");
                assert_eq!(map.len(), expected.len());
                failures += 1;
                // With memory again it goes in.
                assert!(map.try_insert(error.key, error.value).is_ok_and(|before| before.is_none()));
            }
        }
        expected.insert(pair.0, pair.1);
        if n % 499 == 0 {
            whole(&map, &expected);
        }
    }
    assert!(failures >= if cfg!(miri) { 1 } else { 5 }, "{failures} insertions failed: too little was tested");
    whole(&map, &expected);
}

fn whole<K, V>(map: &ShardedMap<K, V>, expected: &HashMap<K, V>)
where
    K: Eq + Hash + Clone + Debug + Send + 'static,
    V: PartialEq + Clone + Debug + Send + 'static,
{
    let found: HashMap<K, V> = map.iter().map(|entry| (entry.key().clone(), entry.value().clone())).collect();
    assert_eq!(&found, expected);
    assert!(expected.iter().all(|(key, value)| map.get(key).is_some_and(|there| *there == *value)));
}

#[test]
fn an_insertion_of_integers_without_memory_gives_the_pair_back_and_loses_nothing() {
    insertions_fail_whole(|n| n, |n| n * 3);
}

#[test]
fn an_insertion_of_nodes_without_memory_gives_the_pair_back_and_loses_nothing() {
    // The clones of key and value are made inside the refusal: words that need no memory of their own.
    insertions_fail_whole(|n| (n, n), |n| [n; 5]);
}

#[test]
fn a_value_that_could_not_go_in_is_not_dropped_by_the_map() {
    let map = ShardedMap::<u64, Arc<()>>::new();
    let value = Arc::new(());
    let given = Arc::clone(&value);
    let (outcome, _) = refusing(Refuse::AllFrom(0), || map.try_insert(1, given));
    let error = outcome.expect_err("there was no memory");
    assert_eq!(Arc::strong_count(&value), 2, "the clone is in the error");
    drop(error);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn replacing_needs_memory_for_nodes_and_none_for_integers() {
    let (words, nodes) = (ShardedMap::<u64, u64>::new(), ShardedMap::<u64, String>::new());
    words.insert(1, 10);
    nodes.insert(1, "old".into());
    let text = "new".to_owned();
    let ((word, node), _) =
        refusing(Refuse::AllFrom(0), || (words.try_insert(1, 11).is_ok(), nodes.try_insert(1, text)));
    assert!(word);
    assert_eq!(words.get_cloned(&1), Some(11));
    assert_eq!(node.expect_err("a node is allocated").value, "new");
    assert_eq!(nodes.get_cloned(&1).as_deref(), Some("old"), "the old value stands");
}

#[test]
fn a_thread_without_memory_for_its_first_use_gets_its_pair_back() {
    let map = ShardedMap::<u64, u64>::new();
    let over = AtomicBool::new(false);
    let refused = thread::scope(|scope| {
        // Records of threads that have ended are used again, without an allocation: each thread here keeps what it got.
        let refused = (0..500).any(|_| {
            let (tell, told) = mpsc::channel();
            let (map, over) = (&map, &over);
            scope.spawn(move || {
                let (outcome, _) = refusing(Refuse::AllFrom(0), || map.try_insert(7, 8).map(|_| ()));
                tell.send(outcome).expect("it is waited for");
                while !over.load(Ordering::SeqCst) {
                    thread::park_timeout(Duration::from_millis(5));
                }
            });
            let outcome = told.recv_timeout(Duration::from_secs(20)).expect("it neither panics nor aborts");
            match outcome {
                Ok(()) => drop(map.remove(&7)),
                Err(ref error) => assert_eq!((error.key, error.value), (7, 8)),
            }
            outcome.is_err()
        });
        over.store(true, Ordering::SeqCst);
        refused
    });
    assert!(refused, "every thread found a record");
    assert!(map.is_empty());
    assert!(map.try_insert(7, 8).is_ok());
}

#[test]
fn a_map_that_cannot_be_made_gives_the_hasher_back_and_frees_what_it_had() {
    for shards in [2, 64] {
        let mut failures = 0;
        for n in 0.. {
            let hasher = std::hash::RandomState::new();
            let (made, refused) =
                refusing(Refuse::One(n), || ShardedMap::<u64, u64, _>::try_with_shards(1_000, hasher, shards));
            match made {
                Ok(map) => {
                    assert_eq!(refused, 0, "a refused allocation is an error");
                    map.insert(1, 1);
                    break;
                }
                Err(_hasher) => failures += 1,
            }
        }
        assert!(failures > shards, "{failures} allocations for {shards} tables and what holds them");
    }
}

/// Counts what is dropped.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn reading_and_removing_go_on_without_memory() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let map = ShardedMap::<u64, Counted>::new();
    let count = if cfg!(miri) { 90 } else { 3_000 };
    for key in 0..count {
        map.insert(key, Counted(Arc::clone(&dropped)));
    }
    let leaked = reclaim_stats().leaked;
    let ((), refused) = refusing(Refuse::AllFrom(0), || {
        assert!(map.get(&1).is_some() && map.contains_key(&2) && map.get_with(&3, |_| ()).is_some());
        assert_eq!((map.len(), map.is_empty()), (count as usize, false));
        for key in 0..count / 3 {
            assert!(map.remove(&key).is_some_and(|entry| *entry.key() == key));
            assert!(!map.contains_key(&key));
        }
        assert!(map.remove_if(&(count / 3), |_, _| true).is_some());
        map.retain(|key, _| *key >= count / 3 * 2);
        assert_eq!(map.len() as u64, count / 3);
        map.shrink_to_fit();
        assert_eq!(map.len() as u64, count / 3);
        map.clear();
        assert_eq!(map.len(), 0);
        flush();
    });
    assert!(refused > 0, "something asked for memory, and went on without");
    // What the thread could not even note down is leaked, told as such, and nothing else is.
    let tables_too = reclaim_stats().leaked - leaked;
    for key in 0..count {
        assert!(map.insert(key, Counted(Arc::clone(&dropped))).is_none());
    }
    assert_eq!(map.len(), count as usize);
    drop(map);
    for _ in 0..if cfg!(miri) { 10 } else { 1_000 } {
        if dropped.load(Ordering::Relaxed) as u64 + tables_too >= 2 * count {
            break;
        }
        flush();
        thread::sleep(Duration::from_millis(2));
    }
    let dropped = dropped.load(Ordering::Relaxed) as u64;
    assert!(dropped <= 2 * count, "nothing is dropped twice");
    assert!(dropped + tables_too >= 2 * count, "{dropped} dropped and {tables_too} leaked of {}", 2 * count);
}

#[test]
fn what_a_thread_without_memory_leaves_behind_frees_no_value_twice() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let map = ShardedMap::<u64, Counted>::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            for key in 0..600 {
                map.insert(key, Counted(Arc::clone(&dropped)));
            }
            (0..600).for_each(|key| drop(map.remove(&key)));
            // The thread ends without memory: what it retired is handed on, or leaked.
            failing::refuse_until_the_end();
        });
    });
    for _ in 0..100 {
        flush();
    }
    assert!(dropped.load(Ordering::Relaxed) <= 600);
    assert!(map.is_empty());
    map.insert(1, Counted(dropped));
    assert_eq!(map.len(), 1);
}

#[test]
fn fixed_maps_and_stacks_never_ask() {
    static SHARED: FixedSyncMap<u64, u64, 2, 8> = FixedSyncMap::new();
    let mut map = FixedMap::<u64, u64, 8>::new();
    let stack = TreiberStack::<u64, 16>::new();
    let ((), refused) = refusing(Refuse::AllFrom(0), || {
        for n in 0..30 {
            assert_eq!(map.insert(n, n).is_ok(), SHARED.insert(n, n).is_ok());
            assert_eq!(map.get(&n).copied(), SHARED.get(&n));
        }
        for n in 0..20 {
            assert_eq!(stack.push(n).is_ok(), n < 16);
        }
        assert_eq!(std::iter::from_fn(|| stack.pop()).count(), 16);
        map.retain(|key, _| key % 2 == 0);
        assert_eq!((map.remove(&2), SHARED.remove(&2)), (Some(2), Some(2)));
    });
    assert_eq!(refused, 0, "no allocation was asked for");
}
