//! Faults put in on purpose: user code that panics at its n-th call, for every n that occurs. After each, the map must hold every
//! committed entry and nothing else, be unlocked, and drop everything once.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use auditor_runtime::{ShardedMap, flush, reclaim_stats};

thread_local! {
    /// Calls of user code until one panics; below zero, none does.
    static FUSE: Cell<i64> = const { Cell::new(-1) };
    static WHERE: Cell<Kind> = const { Cell::new(Kind::Hash) };
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Hash,
    Eq,
    Clone,
    Drop,
    Closure,
}

fn burn(kind: Kind) {
    if WHERE.get() != kind || FUSE.get() < 0 {
        return;
    }
    FUSE.set(FUSE.get() - 1);
    if FUSE.get() < 0 && !thread::panicking() {
        std::panic::panic_any("the fuse");
    }
}

/// A key and value that count themselves.
#[derive(Debug)]
struct Frail {
    name: u64,
    alive: Arc<AtomicIsize>,
}

impl Frail {
    fn new(name: u64, alive: &Arc<AtomicIsize>) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self { name, alive: Arc::clone(alive) }
    }
}

impl Hash for Frail {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn(Kind::Hash);
        // Three keys share each hash, so that Eq has work.
        (self.name / 3).hash(state);
    }
}

impl PartialEq for Frail {
    fn eq(&self, other: &Self) -> bool {
        burn(Kind::Eq);
        self.name == other.name
    }
}

impl Eq for Frail {}

impl Clone for Frail {
    fn clone(&self) -> Self {
        burn(Kind::Clone);
        Self::new(self.name, &self.alive)
    }
}

impl Drop for Frail {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
        burn(Kind::Drop);
    }
}

/// Runs one operation with the fuse set; returns whether it panicked.
fn attempt(kind: Kind, fuse: i64, work: impl FnOnce()) -> bool {
    WHERE.set(kind);
    FUSE.set(fuse);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    FUSE.set(-1);
    outcome.is_err()
}

type Op = (&'static str, fn(&ShardedMap<Frail, Frail>, u64, &Arc<AtomicIsize>));

const OPS: &[Op] = &[
    ("insert", |map, n, alive| drop(map.insert(Frail::new(n, alive), Frail::new(n, alive)))),
    ("remove", |map, n, alive| drop(map.remove(&Frail::new(n, alive)))),
    ("get", |map, n, alive| drop(map.get(&Frail::new(n, alive)))),
    ("get_or_insert_with", |map, n, alive| {
        map.get_or_insert_with(Frail::new(n, alive), || {
            burn(Kind::Closure);
            Frail::new(n, alive)
        });
    }),
    ("update", |map, n, alive| {
        map.update(&Frail::new(n, alive), |old| {
            burn(Kind::Closure);
            old.clone()
        });
    }),
    ("upsert", |map, n, alive| {
        let (map, key) = (map, Frail::new(n, alive));
        map.upsert(
            key,
            |old| {
                burn(Kind::Closure);
                old.clone()
            },
            || {
                burn(Kind::Closure);
                Frail::new(n, alive)
            },
        );
    }),
    ("remove_if", |map, n, alive| {
        map.remove_if(&Frail::new(n, alive), |_, value| {
            burn(Kind::Closure);
            value.name % 2 == 0
        });
    }),
    ("retain", |map, n, _| {
        map.retain(|key, _| {
            burn(Kind::Closure);
            key.name % 16 != n % 16
        });
    }),
    ("shrink_to_fit", |map, _, _| map.shrink_to_fit()),
    ("clone", |map, _, _| drop(map.clone())),
    ("clear", |map, n, _| {
        if n % 29 == 0 {
            map.clear()
        }
    }),
];

/// After a fault: readable, writable from another thread, complete, and free of anything that was never put in.
fn check(map: &ShardedMap<Frail, Frail>, before: &HashMap<u64, u64>, touched: Option<u64>, all: bool, what: &str) {
    let now: HashMap<u64, u64> = map.iter().map(|entry| (entry.key().name, entry.value().name)).collect();
    assert_eq!(now.len(), map.len(), "{what}: an entry twice, or a wrong length");
    if !all {
        for (key, value) in before {
            if Some(*key) != touched {
                assert_eq!(now.get(key), Some(value), "{what}: lost {key}");
            }
        }
        for key in now.keys() {
            assert!(before.contains_key(key) || Some(*key) == touched, "{what}: {key} came from nowhere");
        }
    }
    for (key, value) in &now {
        assert_eq!(key, value, "{what}");
    }
    // Unlocked everywhere: another thread writes to every shard in bounded time.
    let (done, waiting) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            map.retain(|_, _| true);
            done.send(()).unwrap();
        });
        waiting.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("{what}: a shard stayed locked"));
    });
}

fn torture(kind: Kind) {
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref::<&str>() != Some(&"the fuse") {
            eprintln!("{info}");
        }
    }));
    let alive = Arc::new(AtomicIsize::new(0));
    let mut panics = 0;
    {
        let map = ShardedMap::<Frail, Frail>::new();
        let rounds = if cfg!(miri) { 6 } else { 600 };
        for round in 0..rounds {
            for (at, (name, op)) in OPS.iter().enumerate() {
                let key = (round * 7 + at as u64 * 13) % 97;
                // The fuse walks over all calls that the operation makes.
                let fuse = (round % 23) as i64;
                let before: HashMap<u64, u64> =
                    map.iter().map(|entry| (entry.key().name, entry.value().name)).collect();
                let panicked = attempt(kind, fuse, || op(&map, key, &alive));
                panics += usize::from(panicked);
                if panicked || round % 50 == 0 {
                    let all = matches!(*name, "retain" | "clear");
                    check(&map, &before, Some(key), all, &format!("{kind:?} at call {fuse} in {name}"));
                }
            }
        }
        attempt(kind, 5, || drop(map));
    }
    let before = reclaim_stats().drop_panics;
    // Everything retired is dropped, also by a destructor that panics; other tests' guards may hold the clock for a while.
    for _ in 0..1_000 {
        attempt(kind, if kind == Kind::Drop { 0 } else { -1 }, || {
            flush();
        });
        if alive.load(Ordering::Relaxed) == 0 {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(alive.load(Ordering::Relaxed), 0, "{kind:?}: values leaked or dropped twice");
    assert!(reclaim_stats().drop_panics >= before);
    assert!(panics > 0 || kind == Kind::Drop || cfg!(miri), "the fuse of {kind:?} never went off");
}

#[test]
fn a_panic_in_hash_loses_nothing() {
    torture(Kind::Hash);
}

#[test]
fn a_panic_in_eq_loses_nothing() {
    torture(Kind::Eq);
}

#[test]
fn a_panic_in_clone_loses_nothing() {
    torture(Kind::Clone);
}

#[test]
fn a_panic_in_drop_loses_nothing() {
    torture(Kind::Drop);
}

#[test]
fn a_panic_in_a_closure_loses_nothing() {
    torture(Kind::Closure);
}

/// A hasher that panics while a table of integers is copied: growth must leave the old one.
#[derive(Clone, Default)]
struct FrailState;

struct FrailHasher(u64);

impl Hasher for FrailHasher {
    fn finish(&self) -> u64 {
        burn(Kind::Hash);
        self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 << 8) | u64::from(byte);
        }
    }
}

impl std::hash::BuildHasher for FrailState {
    type Hasher = FrailHasher;
    fn build_hasher(&self) -> FrailHasher {
        FrailHasher(0)
    }
}

#[test]
fn a_hasher_that_panics_in_the_middle_of_growth_loses_nothing() {
    std::panic::set_hook(Box::new(|_| ()));
    let map = ShardedMap::<u64, u64, FrailState>::with_hasher(FrailState);
    let mut panics = 0;
    let n = if cfg!(miri) { 300 } else { 5_000 };
    for key in 0..n {
        // Call 0 is the key's own hash; later ones are of other keys, in a copy.
        if attempt(Kind::Hash, 1 + (key % 40) as i64, || drop(map.insert(key, key))) {
            panics += 1;
            assert_eq!(map.len() as u64, key, "growth failed before the entry went in");
            map.insert(key, key);
        }
        if key % 61 == 0 {
            assert!((0..=key).all(|key| map.get(&key).is_some_and(|value| *value == key)));
        }
    }
    assert!(panics > 0, "growth was never hit");
    assert!((0..n).all(|key| map.get(&key).is_some_and(|value| *value == key)));
}
