//! Every single insertion timed while a map grows from empty: histograms at nanosecond resolution, nothing subtracted.

use std::time::Instant;

use hdrhistogram::Histogram;

use crate::subjects::Subject;
use crate::work::scramble;

/// One map's insertion times, in ns.
pub(crate) struct Latency {
    pub(crate) name: &'static str,
    pub(crate) histogram: Histogram<u64>,
    /// The worst of each pass, sorted.
    pub(crate) worst: Vec<u64>,
}

pub(crate) fn growth<M: Subject>(n: usize, passes: u64) -> Latency {
    let mut histogram = Histogram::<u64>::new(3).unwrap();
    let mut worst = Vec::new();
    for pass in 0..passes {
        let map = M::with_capacity(0);
        let mut max = 0;
        for key in 0..n as u64 {
            let key = scramble(key + (pass << 40));
            let start = Instant::now();
            map.insert(key, key);
            let time = start.elapsed().as_nanos() as u64;
            max = max.max(time);
            histogram.record(time.max(1)).unwrap();
        }
        worst.push(max);
    }
    worst.sort_unstable();
    Latency { name: M::NAME, histogram, worst }
}

/// What reading the clock twice takes.
pub(crate) fn timer_floor() -> u64 {
    let mut histogram = Histogram::<u64>::new(3).unwrap();
    for _ in 0..100_000 {
        let start = Instant::now();
        histogram.record((start.elapsed().as_nanos() as u64).max(1)).unwrap();
    }
    histogram.value_at_quantile(0.5)
}
