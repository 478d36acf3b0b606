//! How much removed memory maps keep: bounded for threads that end, idle, write while they end or fork, while readers of other maps stop, and after
//! panics in destructors. Each test counts the values alive; they run in one process, so each counts its own.
#![cfg(all(feature = "std", not(miri)))]

use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier};
use std::thread;

use auditor_runtime::{ShardedMap, ShardedSkipMap, flush};

/// What a map keeps at most of values of a type that it knows nothing of: eight in each of four stripes.
const KEPT: usize = 32;

/// A value of ten kilobytes that is counted while it lives.
struct Counted {
    alive: Arc<AtomicUsize>,
    _bytes: Vec<u8>,
}

#[derive(Default, Clone)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn value(&self) -> Counted {
        self.0.fetch_add(1, Ordering::SeqCst);
        Counted { alive: Arc::clone(&self.0), _bytes: vec![1; 10_000] }
    }

    fn alive(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn threads_that_end_leave_no_garbage_behind() {
    let (map, count) = (ShardedMap::<u64, Counted>::new(), Count::default());
    for _ in 0..300 {
        thread::scope(|scope| {
            scope.spawn(|| (0..100).for_each(|n| drop(map.insert(n % 10, count.value()))));
        });
        assert!(count.alive() <= 10 + KEPT, "{}", count.alive());
    }
}

#[test]
fn a_thread_that_goes_idle_keeps_little_and_a_dropped_map_nothing() {
    let (map, count) = (ShardedMap::<u64, Counted>::new(), Count::default());
    let (tell, told) = mpsc::channel::<()>();
    thread::scope(|scope| {
        // Another thread that uses maps, so that this is not the only one.
        scope.spawn(move || {
            ShardedMap::<u64, u64>::new().insert(1, 1);
            let _ = told.recv();
        });
        (0..500).for_each(|n| drop(map.insert(n, count.value())));
        (0..500).for_each(|n| drop(map.remove(&n)));
        assert!(count.alive() <= KEPT, "{}", count.alive());
        drop(map);
        assert_eq!(count.alive(), 0);
        drop(tell);
    });
}

#[test]
fn many_threads_that_idle_keep_no_more_than_one() {
    let (map, count) = (ShardedMap::<u64, Counted>::new(), Count::default());
    let (written, over) = (Barrier::new(17), Barrier::new(17));
    thread::scope(|scope| {
        for key in 0..16 {
            let (map, count, written, over) = (&map, &count, &written, &over);
            scope.spawn(move || {
                (0..100).for_each(|_| drop(map.insert(key, count.value())));
                written.wait();
                over.wait();
            });
        }
        written.wait();
        let alive = count.alive();
        over.wait();
        assert!(alive <= 16 + KEPT + 16, "{alive}");
    });
    flush();
    assert_eq!(count.alive(), 16);
}

#[test]
fn a_reference_or_an_iteration_delays_its_own_map_alone() {
    let other = ShardedMap::<String, String>::new();
    other.insert("a".into(), "b".into());
    let integers: ShardedMap<u64, u64> = (0..10).map(|n| (n, n)).collect();
    let (map, count) = (ShardedMap::<u64, Counted>::new(), Count::default());
    let (ready, over) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            let held = other.get("a");
            let mut entries = integers.iter();
            let _first = entries.next();
            ready.wait();
            over.wait();
            drop(held);
        });
        ready.wait();
        (0..5_000).for_each(|n| drop(map.insert(n % 10, count.value())));
        let alive = count.alive();
        over.wait();
        assert!(alive <= 10 + KEPT, "{alive}");
    });
}

#[test]
fn one_thread_may_hold_references_of_many_maps() {
    let maps: Vec<ShardedMap<u64, Counted>> = (0..20).map(|_| ShardedMap::new()).collect();
    let count = Count::default();
    maps.iter().for_each(|map| drop(map.insert(1, count.value())));
    let held: Vec<_> = maps.iter().filter_map(|map| map.get(&1)).collect();
    for map in &maps {
        map.insert(1, count.value());
    }
    assert_eq!((held.len(), count.alive()), (20, 40), "what is looked at stays");
    drop(held);
    flush();
    assert_eq!(count.alive(), 20);
    for map in &maps {
        (0..200).for_each(|_| drop(map.insert(1, count.value())));
    }
    assert!(count.alive() <= 20 + 20 * KEPT);
}

thread_local! {
    static LATE: std::cell::RefCell<Option<Late>> = const { std::cell::RefCell::new(None) };
}

/// Writes to a map when its thread ends, after the map's own thread-local is gone.
struct Late(Arc<ShardedMap<u64, Counted>>, Count);

impl Drop for Late {
    fn drop(&mut self) {
        (0..100).for_each(|n| drop(self.0.insert(n % 10, self.1.value())));
    }
}

#[test]
fn destructors_that_write_while_their_thread_ends_leave_nothing() {
    let (map, count) = (Arc::new(ShardedMap::<u64, Counted>::new()), Count::default());
    for early in [true, false] {
        for _ in 0..100 {
            let (map, count) = (Arc::clone(&map), count.clone());
            let ends = move || {
                if early {
                    map.insert(1, count.value());
                }
                LATE.set(Some(Late(Arc::clone(&map), count.clone())));
                if !early {
                    map.insert(1, count.value());
                }
            };
            thread::spawn(ends).join().expect("joined");
        }
        assert!(count.alive() <= 10 + KEPT, "{}", count.alive());
    }
}

/// A key whose destructor panics if it is told to.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Fragile(u64, bool);

impl Hash for Fragile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        if self.1 {
            resume_unwind(Box::new("the fate of a key"));
        }
    }
}

#[test]
fn a_key_whose_destructor_panics_on_a_hit_leaks_no_guard() {
    // `Fragile(1, true)` must equal `Fragile(1, false)` for the hit.
    struct Loose(Fragile);
    impl PartialEq for Loose {
        fn eq(&self, other: &Self) -> bool {
            self.0.0 == other.0.0
        }
    }
    impl Eq for Loose {}
    impl Hash for Loose {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }
    let (map, count) = (ShardedMap::<Loose, Counted>::new(), Count::default());
    map.insert(Loose(Fragile(1, false)), count.value());
    let hit = || drop(map.get_or_insert_with(Loose(Fragile(1, true)), || unreachable!("a hit")));
    assert!(catch_unwind(AssertUnwindSafe(hit)).is_err());
    (0..1_000).for_each(|_| drop(map.insert(Loose(Fragile(1, false)), count.value())));
    assert!(count.alive() <= 1 + KEPT, "{}", count.alive());

    let ordered = ShardedSkipMap::<Fragile, Counted>::new();
    let scan = || drop(ordered.range(Fragile(0, true)..));
    assert!(catch_unwind(AssertUnwindSafe(scan)).is_err());
    (0..1_000).for_each(|_| drop(ordered.insert(Fragile(1, false), count.value())));
    assert!(count.alive() <= 2 + 2 * KEPT, "{}", count.alive());
}

#[test]
fn a_value_whose_destructor_panics_leaks_no_other() {
    struct Value(#[allow(dead_code)] Counted, bool);
    impl Drop for Value {
        fn drop(&mut self) {
            if self.1 {
                resume_unwind(Box::new("the fate of a value"));
            }
        }
    }
    let (map, count) = (ShardedMap::<u64, Value>::new(), Count::default());
    map.insert(1, Value(count.value(), false));
    let update =
        || drop(map.entry(1).and_update(|_| Value(count.value(), false)).or_insert(Value(count.value(), true)));
    assert!(catch_unwind(AssertUnwindSafe(update)).is_err());
    drop(map);
    assert_eq!(count.alive(), 0);
}

/// A value that removes the next one when it goes.
struct Link(u64, Arc<ShardedMap<u64, Link>>);

impl Drop for Link {
    fn drop(&mut self) {
        self.1.remove(&(self.0 + 1));
        flush();
    }
}

#[test]
fn a_chain_of_destructors_runs_to_its_end_without_eating_the_stack() {
    const LINKS: u64 = 50_000;
    let map = Arc::new(ShardedMap::<u64, Link>::new());
    (0..LINKS).for_each(|n| drop(map.insert(n, Link(n, Arc::clone(&map)))));
    map.remove(&0);
    for _ in 0..20 {
        flush();
    }
    assert!(map.is_empty(), "{}", map.len());
}

#[cfg(target_os = "linux")]
#[test]
fn a_forked_child_frees_in_spite_of_a_guard_that_was_held_at_the_fork() {
    let (map, count) = (ShardedMap::<u64, Counted>::new(), Count::default());
    map.insert(1, count.value());
    let (ready, over) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            let held = map.get(&1);
            ready.wait();
            over.wait();
            drop(held);
        });
        ready.wait();
        // SAFETY: the child runs on this one thread, touches this map and its values, and leaves by _exit.
        let child = unsafe { libc::fork() };
        if child == 0 {
            (0..1_000).for_each(|n| drop(map.insert(n % 10, count.value())));
            let right = count.alive() <= 10 + KEPT;
            // SAFETY: ends the child without running the test harness's exit handlers.
            unsafe { libc::_exit(if right { 0 } else { 1 }) };
        }
        let mut status = 0;
        // SAFETY: waits for the child made above.
        let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
        over.wait();
        assert_eq!((waited, status), (child, 0), "the child kept too much");
    });
}
