//! Bytes and allocations: an allocator that counts for the calling thread, and what each map takes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use crate::measure::{Outcome, Series};
use crate::subjects::Subject;
use crate::work::scramble;

/// Counts the calling thread's allocations and bytes.
pub(crate) struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

fn count(bytes: i64) {
    let live = LIVE.get() + bytes;
    LIVE.set(live);
    if bytes > 0 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        PEAK.set(PEAK.get().max(live));
    }
}

// SAFETY: all calls go to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(at, layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller's contract.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64);
        // SAFETY: the caller's contract.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// What one map takes: bytes an entry live and at the peak, allocations an entry, bytes empty.
#[derive(Clone, Copy)]
pub(crate) struct Footprint {
    pub(crate) live: f64,
    pub(crate) peak: f64,
    pub(crate) allocations: f64,
    pub(crate) empty: i64,
}

pub(crate) fn footprint<M: Subject>(n: usize) -> Footprint {
    // A first map pays for what a process or thread needs once.
    drop(M::with_capacity(0));
    let (start, allocations) = (LIVE.get(), ALLOCATIONS.get());
    PEAK.set(start);
    let map = M::with_capacity(0);
    let empty = LIVE.get() - start;
    for key in 0..n as u64 {
        map.insert(scramble(key), key);
    }
    auditor_runtime::flush();
    let per = |bytes: i64| bytes as f64 / n as f64;
    let result = Footprint {
        live: per(LIVE.get() - start),
        peak: per(PEAK.get() - start),
        allocations: (ALLOCATIONS.get() - allocations) as f64 / n as f64,
        empty,
    };
    drop(map);
    result
}

/// One number of every footprint as a workload, so that it is reported like the others.
pub(crate) fn outcome(
    work: &str,
    unit: &'static str,
    of: impl Fn(&Footprint) -> f64,
    all: &[(&'static str, Footprint)],
) -> Outcome {
    let series = all.iter().map(|(name, footprint)| Series { name, values: vec![of(footprint)] }).collect();
    Outcome { work: work.to_owned(), unit, less_is_better: true, series }
}
