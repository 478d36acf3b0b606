//! Sixteen threads a core: whoever is preempted holding a lock delays others, and nobody hangs or miscounts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use auditor_runtime::tagged::TreiberStack;
use auditor_runtime::{CheckedMap, FixedSyncMap, ShardedMap, ShardedSkipMap};

use crate::deadline::in_time;

const THREADS: u64 = 32;
const ROUNDS: u64 = 1_000;

/// Runs `work` on all threads at once.
fn all(what: &'static str, work: impl Fn(u64) + Sync + Send + 'static) {
    in_time(what, move || {
        thread::scope(|scope| {
            for name in 0..THREADS {
                let work = &work;
                scope.spawn(move || work(name));
            }
        });
    });
}

#[test]
fn far_too_many_threads_count_exactly_and_keep_their_own_keys() {
    let (words, texts) = (Arc::new(ShardedMap::<u64, u64>::new()), Arc::new(ShardedMap::<String, u64>::new()));
    let (in_words, in_texts) = (Arc::clone(&words), Arc::clone(&texts));
    all("sharded maps", move |name| {
        for round in 0..ROUNDS {
            let own = 1_000 + name * ROUNDS + round;
            assert!(words.insert(own, own).is_none());
            words.upsert(round % 7, |count| count + 1, || 1);
            texts.entry(format!("{}", round % 5)).and_update(|count| count + 1).or_insert(1);
            assert_eq!(words.get(&own).map(|value| *value), Some(own));
            if round % 2 == 0 {
                assert_eq!(words.remove(&own).map(|value| *value), Some(own));
            }
        }
    });
    assert_eq!(in_words.len() as u64, THREADS * ROUNDS / 2 + 7);
    assert_eq!((0..7).filter_map(|key| in_words.get_cloned(&key)).sum::<u64>(), THREADS * ROUNDS);
    assert_eq!(in_texts.iter().map(|count| *count.value()).sum::<u64>(), THREADS * ROUNDS);
}

#[test]
fn far_too_many_threads_fill_the_ordered_map() {
    let map = Arc::new(ShardedSkipMap::<u64, u64>::new());
    let filled = Arc::clone(&map);
    all("an ordered map", move |name| {
        for round in 0..ROUNDS {
            assert!(map.insert(round * THREADS + name, name).is_none());
            if round % 50 == 0 {
                let scanned: Vec<u64> = map.range(..round * THREADS).map(|entry| *entry.key()).collect();
                assert!(scanned.is_sorted());
            }
        }
    });
    assert!(filled.iter().map(|entry| *entry.key()).eq(0..THREADS * ROUNDS));
}

#[test]
fn far_too_many_threads_share_spin_locks_a_stack_and_a_checked_map() {
    static FIXED: FixedSyncMap<u64, u64, 8, 32> = FixedSyncMap::new();
    let stack = Arc::new(TreiberStack::<u64, 64>::new());
    let checked = Arc::new(CheckedMap::<u64, u64>::new());
    let (refused, held) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let totals = (Arc::clone(&checked), Arc::clone(&refused), Arc::clone(&held), Arc::clone(&stack));
    all("spin locks, a stack and a checked map", move |name| {
        for round in 0..ROUNDS {
            FIXED.insert(name, round).expect("room for a key a thread");
            assert_eq!(FIXED.get(&name), Some(round));
            if stack.push(name).is_ok() {
                held.fetch_add(1, Ordering::Relaxed);
            }
            if stack.pop().is_some_and(|element| element < THREADS) {
                held.fetch_sub(1, Ordering::Relaxed);
            }
            // Refused calls did nothing: those that were not are counted.
            if checked.write(|map| *map.entry(0).or_insert(0) += 1).is_err() {
                refused.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let (checked, refused, held, stack) = totals;
    let counted = checked.get_with(&0, |count| *count).expect("alone").unwrap_or(0);
    assert_eq!(counted + refused.load(Ordering::Relaxed), THREADS * ROUNDS);
    assert_eq!(std::iter::from_fn(|| stack.pop()).count() as u64, held.load(Ordering::Relaxed));
    assert_eq!(FIXED.len() as u64, THREADS);
}
