//! A seeded data race, in builds with `--cfg canary` alone: a detector that does not see it proves nothing about the maps.

use std::sync::atomic::AtomicU64;
use std::thread;

/// Two threads add to one number without synchronization. This is undefined behaviour, on purpose.
pub(super) fn race() {
    let number = &AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            let racing = thread::Builder::new().spawn_scoped(scope, move || {
                for _ in 0..100_000 {
                    // SAFETY: the address is valid and aligned for the whole scope. That two threads write there at once, and not
                    // atomically, is the race that a detector must report.
                    unsafe { number.as_ptr().write(number.as_ptr().read().wrapping_add(1)) };
                }
            });
            drop(racing);
        }
    });
}
