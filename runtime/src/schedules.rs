//! Random schedules by shuttle: larger stories than loom can exhaust, on sequentially consistent memory. Run with
//! `RUSTFLAGS="--cfg shuttle" cargo test -p auditor-runtime --lib --release schedules`.

use shuttle::sync::Arc;
use shuttle::thread;

use crate::map::ShardedMap;
use crate::ordered::ShardedSkipMap;

/// A fixed hasher: schedules are replayed by their seed.
type Map = ShardedMap<u64, u64, foldhash::fast::FixedState>;

#[test]
fn maps_keep_what_three_writers_put_in_while_a_reader_looks() {
    shuttle::check_pct(
        || {
            let map = Arc::new(Map::with_hasher(foldhash::fast::FixedState::with_seed(7)));
            let ordered = Arc::new(ShardedSkipMap::<u64, u64>::new());
            map.insert(1_000, 1);
            let writers: Vec<_> = (0..3)
                .map(|me| {
                    let (map, ordered) = (Arc::clone(&map), Arc::clone(&ordered));
                    thread::spawn(move || {
                        for n in 0..30 {
                            map.insert(n * 3 + me, n);
                            ordered.insert(n * 3 + me, n);
                            if n % 4 == 0 {
                                assert_eq!(map.remove(&(n * 3 + me)).map(|value| *value), Some(n));
                                assert_eq!(ordered.remove(&(n * 3 + me)).map(|value| *value), Some(n));
                            }
                        }
                    })
                })
                .collect();
            for _ in 0..10 {
                assert_eq!(map.get(&1_000).map(|value| *value), Some(1));
                let keys: Vec<u64> = ordered.iter().map(|entry| *entry.key()).collect();
                assert!(keys.is_sorted_by(|a, b| a < b));
            }
            for writer in writers {
                writer.join().unwrap();
            }
            assert_eq!(map.len(), 1 + 3 * (30 - 8));
            assert_eq!(ordered.len(), 3 * (30 - 8));
        },
        200,
        3,
    );
}
