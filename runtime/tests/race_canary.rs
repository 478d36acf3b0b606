//! A seeded data race. `.ci/miri.sh` and `.ci/tsan.sh` build it with `--cfg canary` and fail if it passes: a detector that does not see this
//! one proves nothing about the maps. Without that flag there is nothing here.
#![cfg(canary)]

use std::cell::UnsafeCell;
use std::sync::Barrier;
use std::thread;

struct Racy(UnsafeCell<u64>);

// SAFETY: there is none: this is the race that detectors must catch. Nothing else uses the type.
unsafe impl Sync for Racy {}

fn race() -> u64 {
    let cell = Racy(UnsafeCell::new(0));
    // Both begin together: starting a thread may order it after one that has ended.
    let start = Barrier::new(2);
    thread::scope(|scope| {
        for _ in 0..2 {
            let (cell, start) = (&cell, &start);
            scope.spawn(move || {
                start.wait();
                for _ in 0..1_000 {
                    // SAFETY: none, on purpose: two threads write at once.
                    unsafe { *cell.0.get() += 1 };
                }
            });
        }
    });
    cell.0.into_inner()
}

#[test]
fn a_detector_must_stop_this() {
    assert!(race() <= 2_000);
}
