//! How many records a second are written: a storm of panics must not fill a disk. Counters see every panic all the same.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A budget of records for each second since it was made.
pub(super) struct RateLimit {
    base: Instant,
    /// Zero: no limit.
    per_second: u32,
    /// The second, and how many records of it were admitted: high and low half.
    window: AtomicU64,
    left_out: AtomicU64,
}

impl RateLimit {
    pub(super) fn new(per_second: u32) -> Self {
        Self { base: Instant::now(), per_second, window: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    /// Whether a record at `now` is to be written, and how many were left out since the last that was; none where it is left out, too.
    ///
    /// One that is `urgent` always is. Neither allocates nor locks.
    pub(super) fn admit(&self, now: Instant, urgent: bool) -> Option<u64> {
        let second = now.saturating_duration_since(self.base).as_secs() & u64::from(u32::MAX);
        if self.per_second != 0 && !self.takes(second) && !urgent {
            // Relaxed: pairs with the swap below; a sum is right whatever the order of its parts.
            self.left_out.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        // Relaxed: pairs with the addition above; each record left out is told once, by whichever comes first.
        Some(self.left_out.swap(0, Ordering::Relaxed))
    }

    /// Takes one of the second's budget, where there is one left.
    fn takes(&self, second: u64) -> bool {
        let take = |window: u64| {
            let (of, used) = (window >> 32, window & u64::from(u32::MAX));
            // A thread that was held up since an earlier second counts towards the present one.
            if of.wrapping_sub(second) < 60 {
                return (used < u64::from(self.per_second)).then(|| window.wrapping_add(1));
            }
            Some(second.wrapping_shl(32) | 1)
        };
        // Relaxed: pairs with nothing, the budget publishes no other data.
        self.window.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::RateLimit;
    use std::time::{Duration, Instant};

    #[test]
    fn a_seconds_budget_is_kept_and_what_was_left_out_is_told_once() {
        let limit = RateLimit::new(3);
        let start = limit.base;
        let admit = |millis: u64| limit.admit(start + Duration::from_millis(millis), false);
        assert_eq!([0, 1, 2, 3, 4].map(admit), [Some(0), Some(0), Some(0), None, None]);
        assert_eq!(
            limit.admit(start + Duration::from_millis(5), true),
            Some(2),
            "what ends the process is always written"
        );
        assert_eq!([6, 999, 1000].map(admit), [None, None, Some(2)]);
        // A clock read before a pause of its thread: the budget of the present second.
        assert_eq!([998, 1001, 1002].map(admit), [Some(0), Some(0), None]);
        assert_eq!(admit(90_000), Some(1));
    }

    #[test]
    fn no_limit_admits_all_and_threads_share_the_budget() {
        let limit = RateLimit::new(0);
        assert!((0..10_000).all(|_| limit.admit(Instant::now(), false) == Some(0)));
        let limit = RateLimit::new(100);
        let now = limit.base;
        let admitted: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..100).filter(|_| limit.admit(now, false).is_some()).count()))
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        assert_eq!(admitted, 100);
    }
}
