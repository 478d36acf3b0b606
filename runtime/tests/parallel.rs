//! rayon over `ShardedMap`: each entry once, on whatever thread, while others write; and what it hands out outlives removal.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use auditor_runtime::{ShardedMap, flush};
use rayon::prelude::*;

const COUNT: u64 = if cfg!(miri) { 60 } else { 50_000 };

#[test]
fn each_entry_is_met_once_and_by_more_than_one_thread() {
    let words: ShardedMap<u64, u64> = (0..COUNT).into_par_iter().map(|n| (n, n * 2)).collect();
    let texts: ShardedMap<String, u64> = (0..COUNT).into_par_iter().map(|n| (n.to_string(), n)).collect();
    assert_eq!((words.len() as u64, texts.len() as u64), (COUNT, COUNT));
    let threads = Mutex::new(HashSet::new());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().expect("a pool");
    let (sum, met) = pool.install(|| {
        let sum: u64 = words
            .par_iter()
            .map(|entry| {
                threads.lock().expect("locked").insert(thread::current().id());
                assert_eq!(*entry.value(), entry.key() * 2);
                *entry.value()
            })
            .sum();
        let met: HashSet<u64> = texts.par_iter().map(|entry| *entry).collect();
        (sum, met)
    });
    assert_eq!(sum, COUNT * (COUNT - 1));
    assert_eq!(met.len() as u64, COUNT);
    assert!(threads.into_inner().expect("whole").len() > 1 || cfg!(miri));
    assert_eq!(ShardedMap::<u64, u64>::new().par_iter().count(), 0);
}

#[test]
fn a_map_is_extended_in_parallel() {
    let mut map: ShardedMap<u64, u64> = (0..10).map(|n| (n, 0)).collect();
    map.par_extend((5..COUNT).into_par_iter().map(|n| (n, n)));
    assert_eq!(map.len() as u64, COUNT);
    assert_eq!((map.get_cloned(&4), map.get_cloned(&5)), (Some(0), Some(5)));
}

#[test]
fn lasting_entries_are_met_once_while_the_map_grows_and_churns() {
    let map = ShardedMap::<u64, String>::new();
    let lasting = COUNT / 10;
    (0..lasting).for_each(|n| drop(map.insert(n, n.to_string())));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0_u64.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                map.insert(n % lasting, (n % lasting).to_string());
                map.insert(lasting + n % (COUNT * 2), "passing".into());
                map.remove(&(lasting + n / 2 % (COUNT * 2)));
            }
        });
        for _ in 0..if cfg!(miri) { 2 } else { 20 } {
            let mut met: Vec<u64> = (&map)
                .into_par_iter()
                .filter(|entry| *entry.key() < lasting)
                .map(|entry| {
                    assert_eq!(*entry.value(), entry.key().to_string());
                    *entry.key()
                })
                .collect();
            met.par_sort_unstable();
            assert!(met.into_iter().eq(0..lasting));
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_was_collected_outlives_removal_and_is_freed_after() {
    struct Counted(u64, Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.1.fetch_add(1, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let map = ShardedMap::<u64, Counted>::new();
    let count = COUNT / 10;
    (0..count).for_each(|n| drop(map.insert(n, Counted(n, Arc::clone(&dropped)))));
    let collected: Vec<_> = map.par_iter().collect();
    map.clear();
    for _ in 0..10 {
        flush();
    }
    assert_eq!(dropped.load(Ordering::SeqCst), 0, "all of it is still referred to");
    // Dropped on other threads than those that found them.
    let right =
        collected.into_par_iter().filter(|entry| entry.key() == &entry.0 && entry.pair().0 == entry.key()).count();
    assert_eq!(right as u64, count);
    let start = Instant::now();
    while dropped.load(Ordering::SeqCst) < count as usize && start.elapsed() < Duration::from_secs(30) {
        flush();
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(dropped.load(Ordering::SeqCst) as u64, count);
}
