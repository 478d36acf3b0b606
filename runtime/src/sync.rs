//! The one switch between std, loom and shuttle: atomics, spinning and parking.
//! No algorithm lives here.

#[cfg(all(feature = "std", not(auditor_loom), not(shuttle)))]
pub(crate) mod atomic {
    pub(crate) use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
}
/// Small targets have no 64-bit atomics of their own.
#[cfg(all(not(feature = "std"), not(auditor_loom), not(shuttle)))]
pub(crate) mod atomic {
    pub(crate) use core::sync::atomic::{AtomicU32, Ordering};
    pub(crate) use portable_atomic::AtomicU64;
}
#[cfg(auditor_loom)]
pub(crate) mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
}
#[cfg(all(shuttle, not(auditor_loom)))]
pub(crate) mod atomic {
    pub(crate) use shuttle::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
}

#[cfg(auditor_loom)]
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};
#[cfg(all(shuttle, not(auditor_loom)))]
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};
#[cfg(all(feature = "std", not(auditor_loom), not(shuttle)))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

/// Locks a mutex under which no user code runs, so that none is ever poisoned by a panic that matters.
#[cfg(feature = "std")]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(feature = "std")]
/// True where a model checker runs the threads: constants shrink, spinning yields to the scheduler.
pub(crate) const MODELLED: bool = cfg!(any(auditor_loom, shuttle));

#[cfg(feature = "std")]
/// Tells the processor, or the model checker, that this thread waits for another.
#[inline]
pub(crate) fn relax() {
    #[cfg(auditor_loom)]
    loom::thread::yield_now();
    #[cfg(all(shuttle, not(auditor_loom)))]
    shuttle::thread::yield_now();
    #[cfg(all(not(auditor_loom), not(shuttle)))]
    core::hint::spin_loop();
}

#[cfg(feature = "std")]
pub(crate) use parking::{wait, wake_one};

/// Sleeps by futex(2), for a millisecond at most if `briefly`. Spurious returns are allowed: callers loop. Not under Miri: its futex reads half of the word as an atomic of that size, and
/// two sizes in one place are what the language forbids; the kernel is no part of it.
#[cfg(all(feature = "std", target_os = "linux", not(any(auditor_loom, shuttle, miri))))]
mod parking {
    use super::atomic::AtomicU64;

    /// The low half of a word, which the kernel compares; the flags are there.
    fn low_half(word: *const AtomicU64) -> *mut u32 {
        let halves = word.cast_mut().cast::<u32>();
        halves.wrapping_add(usize::from(cfg!(target_endian = "big")))
    }

    pub(crate) fn wait(word: &AtomicU64, expected: u64, briefly: bool) {
        let moment = libc::timespec { tv_sec: 0, tv_nsec: 1_000_000 };
        let limit = if briefly { &raw const moment } else { core::ptr::null() };
        // SAFETY: the address is that of an aligned half of a live u64 for the whole call (borrowed), the kernel only reads it,
        // and the timeout is null, which means none, or one that lives as long.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                low_half(word),
                libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
                expected as u32,
                limit,
            );
        }
    }

    pub(crate) fn wake_one(word: *const AtomicU64) {
        // SAFETY: FUTEX_WAKE uses the address as a name only; it is neither read nor written.
        unsafe {
            libc::syscall(libc::SYS_futex, low_half(word), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, 1);
        }
    }
}

/// Elsewhere a fixed table of condition variables, picked by address.
#[cfg(all(feature = "std", any(not(target_os = "linux"), miri), not(any(auditor_loom, shuttle))))]
mod parking {
    use super::atomic::{AtomicU64, Ordering};
    use std::sync::{Condvar, Mutex, PoisonError};

    const SPOTS: usize = 64;
    static TABLE: [(Mutex<()>, Condvar); SPOTS] = [const { (Mutex::new(()), Condvar::new()) }; SPOTS];

    fn spot(word: *const AtomicU64) -> Option<&'static (Mutex<()>, Condvar)> {
        TABLE.get((word.addr() >> 7) & (SPOTS - 1))
    }

    pub(crate) fn wait(word: &AtomicU64, expected: u64, briefly: bool) {
        let Some((mutex, condvar)) = spot(word) else { return };
        let held = mutex.lock().unwrap_or_else(PoisonError::into_inner);
        // Relaxed: the mutex orders this load with the wake that follows the word's change.
        if word.load(Ordering::Relaxed) == expected {
            if briefly {
                drop(condvar.wait_timeout(held, core::time::Duration::from_millis(1)));
            } else {
                drop(condvar.wait(held));
            }
        }
    }

    pub(crate) fn wake_one(word: *const AtomicU64) {
        let Some((mutex, condvar)) = spot(word) else { return };
        drop(mutex.lock().unwrap_or_else(PoisonError::into_inner));
        // All, not one: several words share a spot.
        condvar.notify_all();
    }
}

/// Under a model checker waiting is a yield: the checker explores every wake-up.
#[cfg(all(feature = "std", any(auditor_loom, shuttle)))]
mod parking {
    use super::atomic::AtomicU64;

    pub(crate) fn wait(_word: &AtomicU64, _expected: u64, _briefly: bool) {
        super::relax();
    }

    pub(crate) fn wake_one(_word: *const AtomicU64) {}
}
