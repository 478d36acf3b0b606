//! Readers that stop with a reference or in the middle of an iteration: they see what they saw, nobody waits for them, and
//! what was kept for them is freed once they go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use auditor_runtime::{ShardedMap, ShardedSkipMap, flush};

use crate::deadline::{Gate, in_time, until};

/// A value that counts its end.
struct Counted(u64, Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

const ROUNDS: u64 = 30_000;
const KEYS: u64 = 100;

#[test]
fn a_stopped_reference_shows_its_value_and_all_that_was_kept_for_it_is_freed_after() {
    in_time("a stopped reference", || {
        let dropped = Arc::new(AtomicUsize::new(0));
        let map = ShardedMap::<u64, Counted>::new();
        let value = |n| Counted(n, Arc::clone(&dropped));
        (0..KEYS).for_each(|key| drop(map.insert(key, value(key))));
        let gate = Gate::default();
        thread::scope(|scope| {
            scope.spawn(|| {
                let held = map.get(&0).expect("there");
                let mut entries = map.iter();
                let first = entries.next().expect("not empty");
                gate.stop();
                assert_eq!((held.0, first.0), (0, *first.key()), "what it saw before");
                // Each key was there all the time, with one value or another.
                assert_eq!(entries.filter(|entry| entry.0 % KEYS == *entry.key()).count() as u64, KEYS - 1);
            });
            gate.reached();
            for round in KEYS..ROUNDS {
                map.insert(round % KEYS, value(round));
                assert_eq!(map.get_with(&(round % KEYS), |value| value.0), Some(round));
            }
            assert_eq!(map.len() as u64, KEYS);
            gate.open();
        });
        until("what was kept is freed", || {
            flush();
            dropped.load(Ordering::SeqCst) as u64 == ROUNDS - KEYS
        });
        drop(map);
        assert_eq!(dropped.load(Ordering::SeqCst) as u64, ROUNDS);
    });
}

#[test]
fn a_stopped_scan_goes_on_where_it_was_in_a_map_that_has_split_since() {
    in_time("a stopped scan", || {
        let map = ShardedSkipMap::<u64, u64>::new();
        (0..1_000).for_each(|n| drop(map.insert(n * 100, n)));
        let gate = Gate::default();
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut lasting = 0;
                let mut before = None;
                for entry in map.iter() {
                    assert!(before < Some(*entry.key()), "in order");
                    before = Some(*entry.key());
                    lasting += u64::from(entry.key() % 100 == 0);
                    if lasting == 500 {
                        gate.stop();
                    }
                }
                assert_eq!(lasting, 1_000, "each lasting entry once");
            });
            gate.reached();
            let shards = map.shard_count();
            (0..20_000).filter(|n| n % 100 != 0).for_each(|n| drop(map.insert(n * 5 + 1, n)));
            assert!(map.shard_count() > shards);
            gate.open();
        });
    });
}
