//! The lock of a shard: one word, re-entrant for its owner, so that a closure run under it may use the map.
//! It guards writers from each other; readers do not know it.

use crate::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use crate::sync::{MODELLED, relax, wait, wake_one};

const FREE: u32 = 0;
const TAKEN: u32 = 1;
const AWAITED: u32 = 2;
const NOBODY: usize = 0;
const SPINS: u32 = if MODELLED { 1 } else { 64 };

/// How a lock was entered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entered {
    /// At once, or after waiting: must be unlocked.
    Fresh {
        /// Whether another thread held it.
        waited: bool,
    },
    /// The caller holds it further up its stack: must not be unlocked.
    Nested,
}

/// The lock.
#[derive(Debug)]
pub(crate) struct ShardLock {
    word: AtomicU32,
    owner: AtomicUsize,
}

impl ShardLock {
    /// A free lock.
    pub(crate) fn new() -> Self {
        Self { word: AtomicU32::new(FREE), owner: AtomicUsize::new(NOBODY) }
    }

    /// A lock that `me` holds already.
    pub(crate) fn new_held(me: usize) -> Self {
        Self { word: AtomicU32::new(TAKEN), owner: AtomicUsize::new(me) }
    }

    /// Waits for the lock. `me` names the thread and is not zero.
    #[inline]
    pub(crate) fn lock(&self, me: usize) -> Entered {
        // Acquire: pairs with the exchange in `unlock`. Relaxed on failure: nothing is read.
        if self.word.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            // Relaxed: read by this thread alone (see `lock_slow`).
            self.owner.store(me, Ordering::Relaxed);
            return Entered::Fresh { waited: false };
        }
        self.lock_slow(me)
    }

    #[cold]
    fn lock_slow(&self, me: usize) -> Entered {
        // Relaxed: only this thread ever writes `me` here, and it removes it before it unlocks; so `me` is read exactly when
        // this thread holds the lock, whatever other threads write.
        if self.owner.load(Ordering::Relaxed) == me {
            return Entered::Nested;
        }
        for _ in 0..SPINS {
            // Relaxed: a look before the exchange that counts.
            if self.word.load(Ordering::Relaxed) == FREE
                // Acquire: pairs with the exchange in `unlock`. Relaxed on failure: nothing is read.
                && self.word.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
            {
                self.owner.store(me, Ordering::Relaxed); // Relaxed: as in `lock`.
                return Entered::Fresh { waited: true };
            }
            relax();
        }
        // Acquire: pairs with the exchange in `unlock`. The word says "awaited" even if nobody waits any more: one wake too many.
        while self.word.swap(AWAITED, Ordering::Acquire) != FREE {
            wait(&self.word, AWAITED);
        }
        self.owner.store(me, Ordering::Relaxed); // Relaxed: as in `lock`.
        Entered::Fresh { waited: true }
    }

    /// Frees a lock that this thread entered as `Fresh`.
    #[inline]
    pub(crate) fn unlock(&self) {
        self.owner.store(NOBODY, Ordering::Relaxed); // Relaxed: as in `lock`.
        // SeqCst: pairs with the Acquire exchanges in `lock`. An exchange, not a store: what this thread wrote must be visible to all before
        // it reads another key, or two threads that each insert one key and read the other's may both miss.
        let before = self.word.swap(FREE, Ordering::SeqCst);
        order_later_reads();
        if before == AWAITED {
            wake_one(&self.word);
        }
    }
}

/// Completes the store-load ordering of `unlock`.
#[inline]
fn order_later_reads() {
    // On x86 a locked exchange is a full fence by itself (Intel SDM volume 3, 8.2.3.9); elsewhere, and for the checkers that follow the language's
    // model, it takes a fence.
    #[cfg(any(not(any(target_arch = "x86_64", target_arch = "x86")), auditor_loom, shuttle, miri))]
    // SeqCst: pairs with the same fence in the other writer's `unlock` (store buffering).
    crate::sync::atomic::fence(Ordering::SeqCst);
}
