//! Names one run of the program, so that its records' ids are no other's: a forked child is a run of its own.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use super::clock::unix_nanos;

/// The name of the process that reads it.
pub(super) struct RunId {
    /// Differs from installation to installation.
    root: u64,
    /// The process that was named last, and a number that the time gave it: high and low half.
    process: AtomicU64,
}

impl RunId {
    /// Of this process: time, process and address space mixed by std's random keys.
    pub(super) fn new() -> Self {
        let root = RandomState::new().hash_one((unix_nanos(), std::process::id()));
        Self { root, process: AtomicU64::new(named_now()) }
    }

    /// This process's. In a forked child the first call makes it. Neither allocates nor locks.
    pub(super) fn current(&self) -> u64 {
        // Relaxed: pairs with the exchange below; the word is all there is to read.
        let named = self.process.load(Ordering::Relaxed);
        let own = if named >> 32 == u64::from(std::process::id()) {
            named
        } else {
            // The time keeps those apart that the system gives one pid, one after another.
            let own = named_now();
            // Relaxed: pairs with the same exchange by other threads, of which the first decides for all.
            self.process
                .compare_exchange(named, own, Ordering::Relaxed, Ordering::Relaxed)
                .map_or_else(|theirs| theirs, |_| own)
        };
        mixed(self.root ^ own)
    }
}

/// This process's pid, and a number for the present moment.
fn named_now() -> u64 {
    u64::from(std::process::id()).wrapping_shl(32) | (mixed(unix_nanos()) & u64::from(u32::MAX))
}

/// The finalizer of SplitMix64: every bit of the result hangs on every bit of the number.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::RunId;
    use std::sync::atomic::Ordering;

    #[test]
    fn another_process_has_another_name_which_all_its_threads_agree_on() {
        let id = RunId::new();
        let parent = id.current();
        assert_eq!(id.current(), parent);
        // As after a fork: the pid that is kept is not this process's.
        id.process.fetch_xor(1 << 32, Ordering::Relaxed);
        let names: Vec<u64> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| id.current())).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert!(names.iter().all(|name| *name == names[0] && *name != parent), "{names:?} {parent}");
    }
}
