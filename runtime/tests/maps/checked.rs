//! The map that notices what Go's notices.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use auditor_runtime::checked::{AccessKind, CheckedMap, Policy};

#[test]
fn overlapping_calls_are_always_noticed_and_named() {
    let map = CheckedMap::new();
    map.insert(1, 1).unwrap();
    let (inside, leave) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            map.write(|map| {
                inside.wait();
                leave.wait();
                map.insert(2, 2);
            })
        });
        inside.wait();
        let read = map.get_with(&1, |_| ()).unwrap_err();
        let write = map.insert(3, 3).unwrap_err();
        assert_eq!((read.kind, write.kind), (AccessKind::Read, AccessKind::Write));
        assert_eq!(read.thread, thread::current().id());
        let (thread, location) = read.writer.unwrap();
        assert_eq!(thread, writer.thread().id());
        assert!(location.file().ends_with("checked.rs") && read.location.file().ends_with("checked.rs"));
        assert!(read.to_string().contains("concurrent map read at "));
        leave.wait();
        assert_eq!(writer.join().unwrap(), Ok(()));
    });
    assert_eq!(map.get_with(&2, |value| *value), Ok(Some(2)), "the writer inside was not disturbed");
    assert_eq!(map.len(), Ok(2));
}

#[test]
fn readers_may_overlap_and_keep_writers_out() {
    let map = CheckedMap::new();
    let outer = map.read(|_| {
        assert_eq!(map.len(), Ok(0));
        map.insert(1, 1).unwrap_err().writer
    });
    assert_eq!(outer, Ok(None));
    assert_eq!(map.insert(1, 1), Ok(None));
}

#[test]
fn every_call_is_counted_or_refused_under_contention() {
    let map = CheckedMap::new();
    let refused = AtomicUsize::new(0);
    let rounds = if cfg!(miri) { 50 } else { 20_000 };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..rounds {
                    if map.write(|map| *map.entry(0).or_insert(0) += 1).is_err() {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(map.get_with(&0, |count| *count), Ok(Some(3 * rounds - refused.into_inner())));
}

#[test]
fn a_panic_inside_leaves_the_map_open() {
    let map = CheckedMap::<u8, u8>::with_policy(Policy::Panic);
    assert!(catch_unwind(AssertUnwindSafe(|| map.write(|_| std::panic::panic_any("inside")))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| map.read(|_| map.insert(1, 1)))).is_err(), "the policy panics");
    assert_eq!(map.insert(1, 1), Ok(None));
}
