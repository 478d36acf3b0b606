//! The ordered map: against std's BTreeMap, under threads, under panics.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};
use std::thread;

use auditor_runtime::{ShardedSkipMap, flush};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Op {
    Insert(i32, u32),
    Remove(i32),
    Get(i32),
    Range(Bound<i32>, Bound<i32>),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let key = || prop_oneof![3 => -40_i32..40, 1 => any::<i32>()];
    let bound =
        move || prop_oneof![Just(Bound::Unbounded), key().prop_map(Bound::Included), key().prop_map(Bound::Excluded)];
    let op = prop_oneof![
        30 => (key(), any::<u32>()).prop_map(|(key, value)| Op::Insert(key, value)),
        15 => key().prop_map(Op::Remove),
        10 => key().prop_map(Op::Get),
        3 => (bound(), bound()).prop_map(|(from, to)| Op::Range(from, to)),
    ];
    proptest::collection::vec(op, 1..if cfg!(miri) { 80 } else { 900 })
}

/// BTreeMap panics at ranges that end before they start; ours are empty.
fn is_valid<K: Ord>(from: &Bound<K>, to: &Bound<K>) -> bool {
    match (from, to) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        (Bound::Excluded(from), Bound::Excluded(to)) => from < to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => from <= to,
    }
}

fn agree<K: Ord + Clone + Debug + Send + Sync + 'static>(ops: &[Op], key: fn(i32) -> K) -> Result<(), TestCaseError> {
    let map = ShardedSkipMap::<K, u32>::new();
    let mut peer = BTreeMap::new();
    for op in ops {
        match *op {
            Op::Insert(k, v) => prop_assert_eq!(map.insert(key(k), v).map(|old| *old), peer.insert(key(k), v)),
            Op::Remove(k) => prop_assert_eq!(map.remove(&key(k)).map(|old| *old), peer.remove(&key(k))),
            Op::Get(k) => prop_assert_eq!(map.get(&key(k)).map(|value| *value), peer.get(&key(k)).copied()),
            Op::Range(from, to) => {
                let range = (from.map(key), to.map(key));
                let ours: Vec<_> =
                    map.range(range.clone()).map(|entry| (entry.key().clone(), *entry.value())).collect();
                if is_valid(&range.0, &range.1) {
                    let theirs: Vec<_> = peer.range(range).map(|(key, value)| (key.clone(), *value)).collect();
                    prop_assert_eq!(ours, theirs);
                } else {
                    prop_assert!(ours.is_empty());
                }
            }
        }
        prop_assert_eq!(map.len(), peer.len());
    }
    prop_assert!(map.iter().map(|entry| (entry.key().clone(), *entry.value())).eq(peer.clone()));
    prop_assert_eq!(map.first().map(|entry| entry.key().clone()), peer.keys().next().cloned());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 3 } else if cfg!(tsan) { 16 } else { 128 }, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn keys_of_every_kind_of_prefix_agree_with_std(ops in ops()) {
        agree(&ops, |n| n)?;
        agree(&ops, |n| format!("a common start {n}"))?;
        agree(&ops, |n| n.to_string())?;
        agree(&ops, |n| (n % 3, n))?;
    }
}

const N: u64 = if cfg!(miri) { 150 } else { 30_000 };

#[test]
fn ascending_descending_and_scattered_keys_fill_many_shards_in_order() {
    let orders: [fn(u64) -> u64; 3] = [|n| n, |n| N - n, |n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)];
    for order in orders {
        let map: ShardedSkipMap<u64, u64> = (0..N).map(|n| (order(n), n)).collect();
        assert_eq!(map.len() as u64, N);
        assert!(cfg!(miri) || map.shard_count() > 10, "{} shards", map.shard_count());
        assert!((0..N).all(|n| map.get(&order(n)).is_some_and(|value| *value == n)));
        let keys: Vec<u64> = map.iter().map(|entry| *entry.key()).collect();
        assert!(keys.is_sorted() && keys.len() as u64 == N);
        for n in 0..N {
            assert_eq!(map.remove(&order(n)).map(|old| *old), Some(n));
        }
        assert!(map.is_empty() && map.iter().next().is_none());
    }
}

#[test]
fn scans_meet_every_lasting_entry_once_and_in_order_while_others_write() {
    let map = ShardedSkipMap::<u64, u64>::new();
    let lasting = if cfg!(miri) { 30 } else { 3_000 };
    for key in 0..lasting {
        map.insert(key * 10, key);
    }
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for thread in 1..3 {
            let (map, stop) = (&map, &stop);
            scope.spawn(move || {
                for round in 0..N / 2 {
                    let key = (round * 7) % (lasting * 10);
                    let key = key - key % 10 + thread;
                    map.insert(key, key);
                    if round % 3 == 0 {
                        map.remove(&key);
                    }
                }
                stop.store(true, Ordering::Relaxed);
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let keys: Vec<u64> = map.iter().map(|entry| *entry.key()).collect();
                    assert!(keys.is_sorted_by(|a, b| a < b), "out of order, or twice");
                    assert_eq!(keys.iter().filter(|key| **key % 10 == 0).count() as u64, lasting);
                    assert!(map.range(50..=90).filter(|entry| *entry.key() % 10 == 0).count() == 5);
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
    });
}

#[test]
fn writers_of_all_threads_lose_nothing() {
    let map = ShardedSkipMap::<String, u64>::new();
    thread::scope(|scope| {
        for thread in 0..4 {
            let map = &map;
            scope.spawn(move || {
                for n in 0..N / 10 {
                    let key = format!("{:06}", n * 4 + thread);
                    map.insert(key.clone(), n);
                    assert_eq!(map.get(&key).map(|value| *value), Some(n));
                    if n % 5 == 0 {
                        assert_eq!(map.remove(&key).map(|value| *value), Some(n));
                    }
                }
            });
        }
    });
    assert_eq!(map.len() as u64, 4 * (N / 10 - (N / 10).div_ceil(5)));
    assert_eq!(map.iter().count(), map.len());
}

thread_local!(static FUSE: std::cell::Cell<i64> = const { std::cell::Cell::new(-1) });

fn burn() {
    let left = FUSE.get();
    FUSE.set(left - 1);
    if left == 0 && !thread::panicking() {
        std::panic::panic_any("the fuse");
    }
}

/// A key whose Ord and Clone panic on a fuse, and that counts itself.
#[derive(Debug)]
struct Frail(u64, Arc<AtomicIsize>);

impl Frail {
    fn new(n: u64, alive: &Arc<AtomicIsize>) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self(n, Arc::clone(alive))
    }
}

impl Clone for Frail {
    fn clone(&self) -> Self {
        burn();
        Self::new(self.0, &self.1)
    }
}
impl Drop for Frail {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}
impl PartialEq for Frail {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Frail {}
impl PartialOrd for Frail {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Frail {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        burn();
        self.0.cmp(&other.0)
    }
}

#[test]
fn a_panic_in_ord_or_clone_loses_nothing() {
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref::<&str>() != Some(&"the fuse") {
            eprintln!("{info}");
        }
    }));
    let alive = Arc::new(AtomicIsize::new(0));
    let mut panics = 0;
    {
        let map = ShardedSkipMap::<Frail, u64>::new();
        let mut peer = BTreeMap::new();
        for round in 0..if cfg!(miri) { 120 } else { 6_000_u64 } {
            let n = (round * 37) % 701;
            let before = map.len();
            FUSE.set((round % 17) as i64);
            let key = Frail::new(n, &alive);
            let outcome = catch_unwind(AssertUnwindSafe(|| match round % 4 {
                0..3 => drop(map.insert(key, round)),
                _ => drop(map.remove(&key)),
            }));
            FUSE.set(-1);
            if outcome.is_err() {
                panics += 1;
                assert_eq!(map.len(), before, "a panic changed the map");
            } else if round % 4 < 3 {
                peer.insert(n, round);
            } else {
                peer.remove(&n);
            }
            if round % 101 == 0 {
                assert!(map.iter().map(|entry| (entry.key().0, *entry.value())).eq(peer.clone()));
            }
        }
        assert!(map.iter().map(|entry| (entry.key().0, *entry.value())).eq(peer.clone()));
    }
    assert!(panics > 10, "the fuse went off {panics} times");
    for _ in 0..1_000 {
        flush();
        if alive.load(Ordering::Relaxed) == 0 {
            break;
        }
        thread::sleep(std::time::Duration::from_millis(1));
    }
    assert_eq!(alive.load(Ordering::Relaxed), 0, "keys leaked or dropped twice");
}

#[test]
fn ranges_go_from_both_ends_as_those_of_a_btree_map_do() {
    use std::ops::Bound;
    let mut random = 0x5EED_u64;
    let mut below = |n: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % n
    };
    for keys in [0, 1, 5, 40, if cfg!(miri) { 100 } else { 3_000 }] {
        let model: std::collections::BTreeMap<u64, u64> = (0..keys).map(|_| (below(keys * 2 + 1), below(9))).collect();
        let map: ShardedSkipMap<u64, u64> = model.iter().map(|(key, value)| (*key, *value)).collect();
        let backwards: Vec<u64> = map.iter().rev().map(|entry| *entry.key()).collect();
        assert!(backwards.iter().eq(model.keys().rev()), "{keys} keys");
        for _ in 0..if cfg!(miri) { 3 } else { 60 } {
            let (a, b) = (below(keys * 2 + 2), below(keys * 2 + 2));
            let (low, high) = (a.min(b), a.max(b) + 1);
            let bounds = match below(3) {
                0 => (Bound::Included(low), Bound::Included(high)),
                1 => (Bound::Excluded(low), Bound::Excluded(high)),
                _ => (Bound::Unbounded, Bound::Excluded(high)),
            };
            let (mut ours, mut theirs) = (map.range(bounds), model.range(bounds));
            // Both ends in turns of no order, beyond the meeting too.
            for _ in 0..keys + 3 {
                let (found, wanted) =
                    if below(2) == 0 { (ours.next(), theirs.next()) } else { (ours.next_back(), theirs.next_back()) };
                assert_eq!(
                    found.map(|entry| (*entry.key(), *entry.value())),
                    wanted.map(|(key, value)| (*key, *value))
                );
            }
        }
    }
}

#[test]
fn a_scan_from_behind_meets_what_stays_while_others_write() {
    let map: ShardedSkipMap<u64, u64> = (0..2_000).map(|key| (key * 2, key)).collect();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 1_u64;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                n = n.wrapping_mul(5).wrapping_add(3) % 4_000;
                map.insert(n | 1, n);
                map.remove(&((n * 7 % 4_000) | 1));
            }
        });
        for _ in 0..if cfg!(miri) { 1 } else { 30 } {
            let seen: Vec<u64> = map.iter().rev().map(|entry| *entry.key()).collect();
            assert!(seen.is_sorted_by(|a, b| a > b), "in descending order, each once");
            assert_eq!(seen.iter().filter(|key| *key % 2 == 0).count(), 2_000);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
