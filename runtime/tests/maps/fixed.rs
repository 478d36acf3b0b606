//! The maps that never allocate.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use auditor_runtime::{FixedMap, FixedSyncMap};
use proptest::prelude::*;

/// Counts the calling thread's allocations.
struct Counting;

thread_local!(static ALLOCATIONS: Cell<usize> = const { Cell::new(0) });

// SAFETY: all calls go to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[derive(Debug, Clone)]
enum Op {
    Insert(u8, u32),
    Remove(u8),
    Get(u8),
    Retain(u32),
    Clear,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        30 => (any::<u8>(), any::<u32>()).prop_map(|(key, value)| Op::Insert(key, value)),
        25 => any::<u8>().prop_map(Op::Remove),
        10 => any::<u8>().prop_map(Op::Get),
        1 => (2_u32..5).prop_map(Op::Retain),
        1 => Just(Op::Clear),
    ];
    proptest::collection::vec(op, 1..if cfg!(miri) { 60 } else { 500 })
}

fn agree<const BUCKETS: usize, S: std::hash::BuildHasher + Default>(ops: &[Op]) -> Result<(), TestCaseError> {
    let mut map = FixedMap::<u8, Box<u32>, BUCKETS, S>::default();
    let mut peer: HashMap<u8, Box<u32>> = HashMap::new();
    for op in ops {
        match *op {
            Op::Insert(key, value) => match map.insert(key, Box::new(value)) {
                Ok(old) => prop_assert_eq!(old, peer.insert(key, Box::new(value))),
                Err(full) => {
                    prop_assert_eq!(peer.len(), map.capacity(), "refused with room left");
                    prop_assert_eq!((full.key, *full.value), (key, value));
                    prop_assert!(!peer.contains_key(&key));
                }
            },
            Op::Remove(key) => prop_assert_eq!(map.remove(&key), peer.remove(&key)),
            Op::Get(key) => prop_assert_eq!(map.get(&key), peer.get(&key)),
            Op::Retain(n) => {
                map.retain(|_, value| **value % n != 0);
                peer.retain(|_, value| **value % n != 0);
            }
            Op::Clear => {
                map.clear();
                peer.clear();
            }
        }
        prop_assert_eq!(map.len(), peer.len());
        prop_assert_eq!(map.occupancy().sum::<usize>(), peer.len());
        prop_assert!(map.longest_probe() <= map.probe_limit());
    }
    let mut ours: Vec<_> = map.iter().map(|(key, value)| (*key, **value)).collect();
    let mut theirs: Vec<_> = peer.iter().map(|(key, value)| (*key, **value)).collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    prop_assert_eq!(ours, theirs);
    Ok(())
}

/// Everything collides.
#[derive(Default)]
struct One;
impl std::hash::Hasher for One {
    fn finish(&self) -> u64 {
        1
    }
    fn write(&mut self, _: &[u8]) {}
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else if cfg!(tsan) { 32 } else { 256 }, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_fixed_map_agrees_with_std_until_it_is_full(ops in ops()) {
        agree::<16, foldhash::fast::FixedState>(&ops)?;
        agree::<5, std::hash::RandomState>(&ops)?;
        agree::<1, foldhash::fast::FixedState>(&ops)?;
        agree::<7, BuildHasherDefault<One>>(&ops)?;
    }
}

#[test]
fn ten_thousand_insertions_allocate_nothing() {
    let n = if cfg!(miri) { 200 } else { 10_000 };
    let mut map = Box::new(FixedMap::<u64, u64, 2048>::new());
    let before = ALLOCATIONS.get();
    for key in 0..n {
        map.insert(key, key).unwrap();
    }
    assert!((0..n).all(|key| map.get(&key) == Some(&key)));
    for key in (0..n).step_by(2) {
        assert_eq!(map.remove(&key), Some(key));
    }
    assert_eq!(ALLOCATIONS.get(), before);
    assert_eq!(map.len() as u64, n / 2);
}

#[test]
fn removal_leaves_no_tombstone_behind() {
    let mut map = FixedMap::<u64, (), 8>::new();
    // Far more keys pass through than there are slots; probes stay as short as at the first filling.
    for round in 0..if cfg!(miri) { 5 } else { 1_000_u64 } {
        for key in 0..40 {
            map.insert(round * 40 + key, ()).unwrap();
        }
        for key in 0..40 {
            assert_eq!(map.remove(&(round * 40 + key)), Some(()));
        }
    }
    assert!(map.is_empty());
    for key in 0..56 {
        map.insert(key, ()).unwrap();
    }
    assert!(map.insert(99, ()).is_err());
}

#[test]
fn a_probe_limit_refuses_what_would_go_further() {
    let mut map = FixedMap::<u64, u64, 8, BuildHasherDefault<One>>::default().with_probe_limit(2);
    let taken = (0..50).take_while(|&key| map.insert(key, key).is_ok()).count();
    assert_eq!((taken, map.longest_probe()), (14, 2));
    assert!((0..14).all(|key| map.get(&key) == Some(&key)));
}

#[test]
fn a_destructor_that_panics_in_clear_leaves_the_rest_in_the_map() {
    struct Loud(#[allow(dead_code, reason = "counts while it lives")] Arc<()>, bool);
    impl Drop for Loud {
        fn drop(&mut self) {
            if self.1 && !thread::panicking() {
                std::panic::panic_any("drop");
            }
        }
    }
    let counted = Arc::new(());
    let mut map = FixedMap::<u8, Loud, 4>::new();
    for key in 0..20 {
        map.insert(key, Loud(Arc::clone(&counted), key == 7)).unwrap();
    }
    assert!(catch_unwind(AssertUnwindSafe(|| map.clear())).is_err());
    assert!(map.len() < 20);
    assert_eq!(Arc::strong_count(&counted) - 1, map.len());
    assert_eq!(map.iter().count(), map.len());
    drop(map);
    assert_eq!(Arc::strong_count(&counted), 1);
}

#[test]
fn a_shared_fixed_map_keeps_what_all_threads_put_in() {
    static MAP: FixedSyncMap<u64, u64, 8, 256> = FixedSyncMap::new();
    let each = if cfg!(miri) { 20 } else { 2_000 };
    thread::scope(|scope| {
        for me in 0..4 {
            scope.spawn(move || {
                for key in 0..each {
                    assert_eq!(MAP.insert(key * 4 + me, key), Ok(None));
                    assert_eq!(MAP.get(&(key * 4 + me)), Some(key));
                }
            });
        }
    });
    assert_eq!(MAP.len() as u64, 4 * each);
    thread::scope(|scope| {
        for me in 0..4 {
            scope.spawn(move || {
                for key in 0..each {
                    assert_eq!(MAP.remove(&(key * 4 + me)), Some(key));
                }
            });
        }
    });
    assert!(MAP.is_empty());
}

#[test]
fn a_full_stripe_gives_the_pair_back() {
    let map = FixedSyncMap::<u32, u8, 2, 1>::new();
    let refused: Vec<u32> = (0..20).filter_map(|key| map.insert(key, 0).err().map(|full| full.key)).collect();
    assert_eq!(refused.len() + map.len(), 20);
    assert!(refused.iter().all(|key| !map.contains_key(key)));
}

#[test]
fn a_panic_in_eq_unlocks_the_stripe() {
    #[derive(Clone, Copy)]
    struct Key(bool);
    impl std::hash::Hash for Key {
        fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
    }
    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            assert!(!self.0 && !other.0, "eq");
            true
        }
    }
    impl Eq for Key {}
    let map = FixedSyncMap::<Key, u8, 1, 1>::new();
    map.insert(Key(false), 1).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| map.get(&Key(true)))).is_err());
    assert_eq!(map.get(&Key(false)), Some(1));
}
