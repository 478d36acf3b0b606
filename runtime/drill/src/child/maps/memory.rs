//! What maps keep alive that they no longer hold: values that were overwritten or removed, tables that were left. Each case counts what is
//! alive while it runs, and when its map is gone.

use std::sync::atomic::{AtomicU64, Ordering};

use auditor_runtime::{ShardedMap, ShardedSkipMap, flush};

use super::super::allocator;
use super::super::say;

/// A value that is counted while it lives, and owns a kilobyte.
struct Counted(Box<[u8; 1024]>);

static MADE: AtomicU64 = AtomicU64::new(0);
static DROPPED: AtomicU64 = AtomicU64::new(0);

impl Counted {
    fn new() -> Self {
        // Relaxed: pairs with nothing, a count read by the thread that made the values or after joining those that did.
        MADE.fetch_add(1, Ordering::Relaxed);
        Self(Box::new([1; 1024]))
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        // Relaxed: as in `new`.
        MADE.fetch_add(1, Ordering::Relaxed);
        Self(self.0.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        // Relaxed: as in `new`.
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

fn alive() -> u64 {
    // Relaxed (both): as in `Counted::new`.
    MADE.load(Ordering::Relaxed).saturating_sub(DROPPED.load(Ordering::Relaxed))
}

/// Keys of each map: so many values a map holds.
const KEYS: u64 = 16;

/// Values that are written one over another.
const WRITES: u64 = 50_000;

/// The most values alive during `writes`, beyond those that the map holds; looked at every hundred writes.
fn most(writes: u64, mut write: impl FnMut(u64)) -> u64 {
    let before = alive();
    let mut most = 0;
    for number in 0..writes {
        write(number);
        if number % 100 == 0 {
            most = most.max(alive().saturating_sub(before));
        }
    }
    most.saturating_sub(KEYS)
}

/// Says for each case how many values, of so many written, were alive at once and not in the map; then what is left when all is over.
pub(in super::super) fn run() {
    let bytes = allocator::live_bytes();
    let overwritten = ShardedMap::new();
    say!("alive_overwriting {}", most(WRITES, |n| drop(overwritten.insert(n % KEYS, Counted::new()))));
    drop(overwritten);
    let removed = ShardedMap::new();
    let churn = most(WRITES, |n| {
        drop(removed.insert(n % KEYS, Counted::new()));
        drop(removed.remove(&(n.wrapping_add(KEYS / 2) % KEYS)));
    });
    say!("alive_removing {churn}");
    drop(removed);
    let updated = ShardedMap::new();
    say!("alive_updating {}", most(WRITES, |n| drop(updated.upsert(n % KEYS, |_| Counted::new(), Counted::new))));
    drop(updated);
    let ordered = ShardedSkipMap::new();
    say!("alive_ordered {}", most(WRITES, |n| drop(ordered.insert(n % KEYS, Counted::new()))));
    drop(ordered);
    integers();
    // What other threads hold back is freed by whoever flushes last: here by this one, for there is no other.
    for _ in 0..8 {
        flush();
    }
    say!("alive_after {}", alive());
    say!("bytes_after {}", allocator::live_bytes().saturating_sub(bytes));
    say!("values_written {}", WRITES.saturating_mul(4));
}

/// Numbers that come and go: the tables that grow with them and are left must go as well.
fn integers() {
    let map = ShardedMap::new();
    for round in 0..10_u64 {
        for key in 0..20_000_u64 {
            drop(map.insert(round.wrapping_shl(32) | key, key));
        }
        map.retain(|key, _| key % 1024 == 0);
        map.shrink_to_fit();
    }
    map.clear();
    map.shrink_to_fit();
    say!("integers_left {}", map.len());
}
