//! What is counted of panics: one block of atomics, held by the process and, where configured, by a shared file.

use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds of the latency histogram's buckets, in nanoseconds; the last bucket has none.
pub const LATENCY_BOUNDS_NS: [u64; 9] =
    [5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 1_000_000, 10_000_000, 200_000_000];

/// Number of buckets of the latency histogram.
pub(crate) const LATENCY_BUCKETS: usize = 10;

/// One count each. The layout is part of the counter file's format, version 1: append only.
#[repr(C)]
#[derive(Debug, Default)]
pub(crate) struct Counters {
    panics: AtomicU64,
    nested: AtomicU64,
    fatal: AtomicU64,
    records: AtomicU64,
    records_lost: AtomicU64,
    pushes: AtomicU64,
    pushes_failed: AtomicU64,
    pushes_suppressed: AtomicU64,
    caught: AtomicU64,
    unrecorded: AtomicU64,
    last_panic_unix_ns: AtomicU64,
    latency_sum_ns: AtomicU64,
    latency: [AtomicU64; LATENCY_BUCKETS],
    records_suppressed: AtomicU64,
}

/// The counts at one moment; each was right when it was read, they were not read at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Times the panic hook ran.
    pub panics: u64,
    /// Of these, while an earlier panic of the same thread was in flight.
    pub nested: u64,
    /// Of these, the ones after which the process ends.
    pub fatal: u64,
    /// Records written to a descriptor.
    pub records: u64,
    /// Records no descriptor took.
    pub records_lost: u64,
    /// Records left out by the limit of records a second.
    pub records_suppressed: u64,
    /// Pushes that a sink took.
    pub pushes: u64,
    /// Pushes that failed or ran past their deadline.
    pub pushes_failed: u64,
    /// Panics that did not wait for a push, because the last ones had failed.
    pub pushes_suppressed: u64,
    /// Panics caught by a boundary.
    pub caught: u64,
    /// Of these, the ones that the hook never saw: re-raised, or the hook had been replaced.
    pub unrecorded: u64,
    /// Time of the last panic, nanoseconds since the Unix epoch; zero for never.
    pub last_panic_unix_ns: u64,
    /// Sum of the latencies from hook entry to the record.
    pub latency_sum_ns: u64,
    /// How many records took at most as long as the bound of the same place (not cumulative); the last: longer.
    pub latency: [u64; LATENCY_BUCKETS],
}

impl Counters {
    pub(crate) const fn new() -> Self {
        Self {
            panics: AtomicU64::new(0),
            nested: AtomicU64::new(0),
            fatal: AtomicU64::new(0),
            records: AtomicU64::new(0),
            records_lost: AtomicU64::new(0),
            pushes: AtomicU64::new(0),
            pushes_failed: AtomicU64::new(0),
            pushes_suppressed: AtomicU64::new(0),
            caught: AtomicU64::new(0),
            unrecorded: AtomicU64::new(0),
            last_panic_unix_ns: AtomicU64::new(0),
            latency_sum_ns: AtomicU64::new(0),
            latency: [const { AtomicU64::new(0) }; LATENCY_BUCKETS],
            records_suppressed: AtomicU64::new(0),
        }
    }

    /// Counts a panic and gives its number, from 1.
    pub(crate) fn panicked(&self, unix_ns: u64) -> u64 {
        // Relaxed: pairs with nothing; the time is read for itself alone.
        self.last_panic_unix_ns.fetch_max(unix_ns, Ordering::Relaxed);
        raise(&self.panics)
    }

    /// Counts what the stack says of a panic that was counted.
    pub(crate) fn classified(&self, nested: bool, fatal: bool) {
        if nested {
            raise(&self.nested);
        }
        if fatal {
            raise(&self.fatal);
        }
    }

    pub(crate) fn record_written(&self, latency_ns: u64) {
        raise(&self.records);
        // Relaxed: pairs with nothing; a sum is right whatever the order of its parts.
        self.latency_sum_ns.fetch_add(latency_ns, Ordering::Relaxed);
        let place = LATENCY_BOUNDS_NS.iter().position(|bound| latency_ns <= *bound).unwrap_or(LATENCY_BOUNDS_NS.len());
        if let Some(bucket) = self.latency.get(place) {
            raise(bucket);
        }
    }

    pub(crate) fn record_lost(&self) {
        raise(&self.records_lost);
    }

    pub(crate) fn record_suppressed(&self) {
        raise(&self.records_suppressed);
    }

    pub(crate) fn pushed(&self, taken: bool) {
        raise(if taken { &self.pushes } else { &self.pushes_failed });
    }

    pub(crate) fn push_suppressed(&self) {
        raise(&self.pushes_suppressed);
    }

    pub(crate) fn caught(&self, recorded: bool) {
        raise(&self.caught);
        if !recorded {
            raise(&self.unrecorded);
        }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut latency = [0; LATENCY_BUCKETS];
        for (to, from) in latency.iter_mut().zip(&self.latency) {
            *to = read(from);
        }
        Snapshot {
            panics: read(&self.panics),
            nested: read(&self.nested),
            fatal: read(&self.fatal),
            records: read(&self.records),
            records_lost: read(&self.records_lost),
            records_suppressed: read(&self.records_suppressed),
            pushes: read(&self.pushes),
            pushes_failed: read(&self.pushes_failed),
            pushes_suppressed: read(&self.pushes_suppressed),
            caught: read(&self.caught),
            unrecorded: read(&self.unrecorded),
            last_panic_unix_ns: read(&self.last_panic_unix_ns),
            latency_sum_ns: read(&self.latency_sum_ns),
            latency,
        }
    }
}

fn raise(counter: &AtomicU64) -> u64 {
    // Relaxed: pairs with nothing; each counter stands for itself and publishes no other data.
    counter.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
}

fn read(counter: &AtomicU64) -> u64 {
    // Relaxed: pairs with nothing, as the additions do.
    counter.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::{Counters, LATENCY_BOUNDS_NS, LATENCY_BUCKETS};

    #[test]
    fn a_latency_falls_into_the_first_bucket_that_holds_it() {
        assert_eq!(LATENCY_BUCKETS, LATENCY_BOUNDS_NS.len() + 1);
        let counters = Counters::new();
        for latency in [0, 5_000, 5_001, 200_000_000, 200_000_001] {
            counters.record_written(latency);
        }
        let seen = counters.snapshot();
        assert_eq!(seen.latency, [2, 1, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!((seen.records, seen.latency_sum_ns), (5, 400_010_002));
    }

    #[test]
    fn panics_are_numbered_from_one_over_all_threads() {
        let counters = Counters::new();
        let mut numbers: Vec<u64> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..4).map(|_| scope.spawn(|| (0..250).map(|_| counters.panicked(7)).collect::<Vec<_>>())).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("no panic in the thread")).collect()
        });
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(1..=1000));
        assert_eq!(counters.snapshot().last_panic_unix_ns, 7);
    }
}
