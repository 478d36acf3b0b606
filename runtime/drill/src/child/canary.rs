//! A seeded data race, in builds with `--cfg canary` alone: a detector that does not see it proves nothing about the maps.

use std::sync::Barrier;
use std::sync::atomic::AtomicU64;
use std::thread;

/// Two threads add to one number without synchronization. This is undefined behaviour, on purpose.
pub(super) fn race() {
    let number = &AtomicU64::new(0);
    // Both begin together: one that has ended before the other starts may be ordered before it by what starting a thread does.
    let start = &Barrier::new(2);
    // auditor: allow(panicking-api) a thread that panics ends the drill's child, and the drill sees it
    thread::scope(|scope| {
        for _ in 0..2 {
            let racing = thread::Builder::new().spawn_scoped(scope, move || {
                start.wait();
                for _ in 0..100_000 {
                    // SAFETY: the address is valid and aligned for the whole scope. That two threads write there at once, and not
                    // atomically, is the race that a detector must report. Volatile: or the compiler makes one addition of all.
                    unsafe { number.as_ptr().write_volatile(number.as_ptr().read_volatile().wrapping_add(1)) };
                }
            });
            drop(racing);
        }
    });
}
