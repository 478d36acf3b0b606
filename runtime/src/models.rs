//! Models for loom: every interleaving, and every store that a load may read, of the small pieces. Run with
//! `RUSTFLAGS="--cfg auditor_loom" cargo test -p auditor-runtime --lib --release models`. Tables have two slots a bucket here, batches one object.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use loom::thread;

use crate::epoch::{Domain, Retired};
use crate::map::ShardedMap;
use crate::raw::lock::{Entered, ShardLock};
use crate::raw::{Claimed, Claims};
use crate::tagged::TreiberStack;

/// Runs a model with a bound on preemptions: full search of what real schedulers do, in seconds.
fn check(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    let executions = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&executions);
    builder.check(move || {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        model();
    });
    let executions = executions.load(std::sync::atomic::Ordering::Relaxed);
    eprintln!("{executions} executions");
    assert!(executions > 20, "{executions} executions explore nothing");
}

/// A fixed hasher: loom replays executions, so nothing may be random.
type Map<V> = ShardedMap<u64, V, foldhash::fast::FixedState>;

fn map<V: Send + 'static>() -> Arc<Map<V>> {
    Arc::new(Map::with_hasher(foldhash::fast::FixedState::with_seed(7)))
}

#[test]
fn the_lock_excludes_and_wakes() {
    check(3, || {
        let lock = Arc::new(ShardLock::new());
        let inside = Arc::new(AtomicUsize::new(0));
        let claims = Arc::new(Claims::new());
        let work = |me: usize, lock: &ShardLock, claims: &Claims, inside: &AtomicUsize| {
            assert_ne!(lock.lock(me, claims), Entered::Nested);
            assert_eq!(lock.lock(me, claims), Entered::Nested);
            // Relaxed on purpose: only the lock orders these.
            assert_eq!(inside.load(Ordering::Relaxed) % 2, 0);
            inside.store(inside.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            inside.store(inside.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            lock.unlock();
        };
        let other = {
            let (lock, claims, inside) = (Arc::clone(&lock), Arc::clone(&claims), Arc::clone(&inside));
            thread::spawn(move || work(4, &lock, &claims, &inside))
        };
        work(2, &lock, &claims, &inside);
        other.join().unwrap();
        assert_eq!(inside.load(Ordering::Relaxed), 4);
    });
}

#[test]
fn a_lent_lock_is_taken_over_by_one_and_taken_back_by_none_else() {
    check(3, || {
        let (lock, claims) = (Arc::new(ShardLock::new()), Arc::new(Claims::new()));
        let inside = Arc::new(AtomicUsize::new(0));
        // Relaxed on purpose, as above: only the lock orders these.
        let write = |inside: &AtomicUsize| {
            assert_eq!(inside.load(Ordering::Relaxed) % 2, 0, "two are inside");
            inside.store(inside.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            inside.store(inside.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        };
        let other = {
            let (lock, claims, inside) = (Arc::clone(&lock), Arc::clone(&claims), Arc::clone(&inside));
            thread::spawn(move || {
                assert_ne!(lock.lock(4, &claims), Entered::Nested);
                write(&inside);
                lock.unlock();
            })
        };
        assert_ne!(lock.lock(2, &claims), Entered::Nested);
        write(&inside);
        let lent = lock.lend(2, 7);
        if lock.take_back(lent, 2) {
            assert!(claims.is_empty(), "nobody has taken it over");
        } else {
            assert_eq!(claims.of_others(|key| key == 7, 4), Some(7), "the claim stands before the lock changes hands");
            assert_ne!(lock.lock(2, &claims), Entered::Nested);
            assert!(lock.has_claims());
        }
        write(&inside);
        lock.unlock();
        other.join().unwrap();
        assert_eq!(inside.load(Ordering::Relaxed), 6);
    });
}

#[test]
fn a_lock_lent_in_the_same_step_is_taken_over_with_its_key() {
    check(3, || {
        let (lock, claims) = (Arc::new(ShardLock::new()), Arc::new(Claims::new()));
        let other = {
            let (lock, claims) = (Arc::clone(&lock), Arc::clone(&claims));
            thread::spawn(move || {
                assert_ne!(lock.lock(4, &claims), Entered::Nested);
                let claimed = claims.of_others(|_| true, 4);
                assert!(matches!(claimed, None | Some(7)), "{claimed:?} was never lent for");
                lock.unlock();
            })
        };
        if let Some(lent) = lock.lock_if_lending(lock.lock_version(), 2, 7) {
            if lock.take_back(lent, 2) {
                lock.unlock();
            } else {
                drop(Claimed::of(&claims, 7, 2));
            }
        }
        other.join().unwrap();
        assert!(claims.is_empty());
    });
}

#[test]
fn no_update_is_lost_where_shards_change_hands_under_closures() {
    check(2, || {
        let map = map::<u64>();
        map.insert(1, 0);
        let other = {
            let map = Arc::clone(&map);
            thread::spawn(move || {
                map.update(&1, |value| value + 1);
                map.insert(2, 2);
            })
        };
        map.update(&1, |value| {
            // The checker may run the other thread here, up to where it waits for this key.
            thread::yield_now();
            value + 10
        });
        assert!(map.get(&1).is_some_and(|value| *value >= 10));
        other.join().unwrap();
        assert_eq!(map.get(&1).map(|value| *value), Some(11));
        assert_eq!(map.get(&2).map(|value| *value), Some(2));
    });
}

/// An object that is marked instead of freed, in a cell whose accesses the model orders: it sees a use after free, and a free that races with a use.
struct Marked {
    freed: UnsafeCell<bool>,
}

unsafe fn mark(object: *mut (), _extra: usize) {
    // SAFETY: the model keeps all objects until its threads have ended, and checks that this access is alone.
    unsafe { (*object.cast::<Marked>()).freed.with_mut(|freed| *freed = true) };
}

#[test]
fn what_a_reader_can_reach_is_not_freed() {
    check(3, || {
        let domain = Arc::new(Domain::try_new().expect("memory"));
        let objects: Vec<Box<Marked>> = (0..2).map(|_| Box::new(Marked { freed: UnsafeCell::new(false) })).collect();
        let address = |at: usize| core::ptr::from_ref::<Marked>(&objects[at]).cast_mut();
        let shared = Arc::new(AtomicPtr::new(address(0)));
        let reader = {
            let (domain, shared) = (Arc::clone(&domain), Arc::clone(&shared));
            thread::spawn(move || {
                let guard = domain.pin();
                let seen = shared.load(Ordering::Acquire);
                // SAFETY: all objects outlive the threads; the cell says whether the domain thought otherwise.
                assert!(!unsafe { (*seen).freed.with(|freed| *freed) }, "freed under a reader");
                drop(guard);
            })
        };
        shared.store(address(1), Ordering::Release);
        // What unlocking does for the maps.
        loom::sync::atomic::fence(Ordering::SeqCst);
        // SAFETY: `mark` may be called at any time while `objects` lives.
        domain.retire(unsafe { Retired::new(address(0).cast(), mark, 0, 8) });
        domain.collect();
        reader.join().unwrap();
        domain.collect();
        // SAFETY: the reader has ended.
        assert!(unsafe { objects[0].freed.with(|freed| *freed) }, "with no reader left it must go");
    });
}

#[test]
fn a_record_that_served_another_domain_hides_no_reader() {
    check(3, || {
        let (domain, other) =
            (Arc::new(Domain::try_new().expect("memory")), Arc::new(Domain::try_new().expect("memory")));
        let objects: Vec<Box<Marked>> = (0..2).map(|_| Box::new(Marked { freed: UnsafeCell::new(false) })).collect();
        let address = |at: usize| core::ptr::from_ref::<Marked>(&objects[at]).cast_mut();
        let shared = Arc::new(AtomicPtr::new(address(0)));
        let reader = {
            let (domain, other, shared) = (Arc::clone(&domain), Arc::clone(&other), Arc::clone(&shared));
            thread::spawn(move || {
                drop(other.pin());
                let guard = domain.pin();
                let seen = shared.load(Ordering::Acquire);
                // SAFETY: as above.
                assert!(!unsafe { (*seen).freed.with(|freed| *freed) }, "freed under a reader");
                drop(guard);
                drop(other.pin());
            })
        };
        shared.store(address(1), Ordering::Release);
        loom::sync::atomic::fence(Ordering::SeqCst); // As above.
        // SAFETY: as above.
        domain.retire(unsafe { Retired::new(address(0).cast(), mark, 0, 8) });
        domain.collect();
        reader.join().unwrap();
    });
}

#[test]
fn a_slot_that_is_filled_again_shows_no_parts_of_two_entries() {
    // Two keys of one bucket whose slots are emptied and filled at once, key and value travel together.
    check(3, || {
        let map = map::<u64>();
        map.insert(1, 1);
        let reader = {
            let map = Arc::clone(&map);
            thread::spawn(move || {
                for key in [1, 2] {
                    if let Some(found) = map.get(&key) {
                        assert_eq!(*found, key, "the value of another key");
                    }
                }
            })
        };
        map.remove(&1);
        map.insert(2, 2);
        reader.join().unwrap();
    });
}

#[test]
fn a_wide_value_is_read_whole_while_it_is_replaced() {
    check(3, || {
        let map = map::<[u64; 3]>();
        map.insert(1, [1; 3]);
        let reader = {
            let map = Arc::clone(&map);
            thread::spawn(move || {
                let found = map.get(&1).expect("it is there all the time");
                assert!(found.iter().all(|word| *word == found[0]), "parts of two values: {:?}", *found);
            })
        };
        map.insert(1, [2; 3]);
        map.insert(1, [3; 3]);
        reader.join().unwrap();
    });
}

#[test]
fn a_lookup_sees_an_insertion_whole_or_not_at_all() {
    check(4, || {
        let map = map::<u64>();
        let reader = {
            let map = Arc::clone(&map);
            thread::spawn(move || {
                let first = map.get(&1).map(|value| *value);
                let second = map.get(&1).map(|value| *value);
                assert!(matches!(first, None | Some(10 | 11)), "{first:?} was never put in");
                assert!(first <= second, "a later lookup went back: {first:?} then {second:?}");
            })
        };
        map.insert(1, 10);
        map.insert(1, 11);
        reader.join().unwrap();
        assert_eq!(map.get(&1).map(|value| *value), Some(11));
    });
}

#[test]
fn two_inserters_never_both_miss_each_other() {
    check(4, || {
        let map = map::<u64>();
        let other = {
            let map = Arc::clone(&map);
            thread::spawn(move || {
                map.insert(1, 1);
                map.contains_key(&2)
            })
        };
        map.insert(2, 2);
        let mine = map.contains_key(&1);
        assert!(other.join().unwrap() || mine, "both missed");
    });
}

#[test]
fn a_lasting_key_is_found_while_its_shard_grows_and_splits() {
    check(4, || {
        let map = map::<u64>();
        map.insert(0, 100);
        let writer = {
            let map = Arc::clone(&map);
            thread::spawn(move || {
                // Seven entries over two shards of two slots: tables double and split.
                for key in 1..7 {
                    map.insert(key, key);
                }
            })
        };
        assert_eq!(map.get(&0).map(|value| *value), Some(100));
        writer.join().unwrap();
        assert_eq!(map.len(), 7);
    });
}

#[test]
fn two_writers_lose_nothing_while_their_shard_grows() {
    check(2, || {
        let map = map::<u64>();
        // All in the shard of the hashes that begin with a zero, whose two slots the first two fill.
        let keys: Vec<u64> = (0..).filter(|key| map.hash(key) >> 63 == 0).take(4).collect();
        let [a, b, c, d] = keys[..] else { unreachable!() };
        map.insert(a, a);
        map.insert(b, b);
        let other = {
            let map = Arc::clone(&map);
            thread::spawn(move || {
                map.insert(c, c);
            })
        };
        map.insert(d, d);
        other.join().unwrap();
        for key in keys {
            assert_eq!(map.get(&key).map(|value| *value), Some(key));
        }
        assert_eq!(map.len(), 4);
    });
}

#[test]
fn a_removed_node_stays_for_its_reader() {
    check(4, || {
        let map = map::<Arc<usize>>();
        let value = Arc::new(1);
        map.insert(1, Arc::clone(&value));
        let remover = {
            let map = Arc::clone(&map);
            thread::spawn(move || {
                map.remove(&1);
                map.insert(2, Arc::new(2));
                map.flush();
            })
        };
        if let Some(found) = map.get(&1) {
            assert_eq!(**found, 1);
        }
        remover.join().unwrap();
        assert!(map.get(&1).is_none());
    });
}

#[test]
fn the_versioned_stack_survives_a_pop_that_was_overtaken() {
    check(4, || {
        let stack = Arc::new(TreiberStack::<usize, 2>::new());
        stack.push(1).unwrap();
        stack.push(2).unwrap();
        let other = {
            let stack = Arc::clone(&stack);
            thread::spawn(move || {
                let a = stack.pop();
                let b = stack.pop();
                if let Some(a) = a {
                    stack.push(a).unwrap();
                }
                usize::from(b.is_some())
            })
        };
        let mine = usize::from(stack.pop().is_some());
        let theirs = other.join().unwrap();
        let mut left = 0;
        while stack.pop().is_some() {
            left += 1;
        }
        assert_eq!(mine + theirs + left, 2, "an element was lost or came twice");
    });
}
