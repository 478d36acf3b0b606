//! Concurrent maps that never panic, hang or lose data, and a panic hook whose records can be audited.
//!
//! # Which map when
//!
//! | you have | take | because |
//! | --- | --- | --- |
//! | many readers, some writers, keys looked up by name | [`ShardedMap`] | reads take no lock and wait for nobody; references hold no lock either, so they cannot deadlock |
//! | the same, and mostly writes | [`ShardedMap`], or dashmap | a write is one shard's lock for both and costs about the same for integers and plain values; entries that live in nodes cost an allocation a write more; dashmap holds its lock while you hold a reference |
//! | keys in order, ranges, the smallest key | [`ShardedSkipMap`] | lock-free lookups and scans; a scan took a seventh of crossbeam-skiplist's time |
//! | no allocator, or none allowed after start | [`FixedMap`], shared: [`FixedSyncMap`] | no allocation ever, no std, a bound on the work of every call |
//! | one thread at a time by design, and you want to know if that breaks | [`CheckedMap`] | an overlapping call gets an error that names thread and place |
//! | one thread | `std::collections::HashMap` | it is two to three times faster than any map that synchronizes |
//! | a few keys, hardly ever written | `RwLock<HashMap>` or an `Arc` swapped whole | nothing to learn |
//!
//! Where Go's article compares `sync.Map`, `RWMutex` with a map, and a sharded map, the choice here comes out differently, since reads of a
//! [`ShardedMap`] take no lock: there is no read-mostly special case. The figures, with what these maps lose, are in the crate's
//! `BENCHMARKS.md`; `cargo bench -p auditor-runtime --bench peers` renews them.
//!
//! # What all maps promise
//!
//! A panic in your code (`Hash`, `Eq`, `Ord`, `Clone`, `Drop`, a closure) leaves a map consistent, unlocked and complete. Closures run
//! once, while others write every other key, and may use the map; each method says what it waits for. No map waits for a reader. What is removed is dropped when no reader of the same map can have it,
//! mostly at once; how much of it may wait is bounded ([`ShardedMap`] says by what; [`flush`] hurries it, [`reclaim_stats`] counts it).
//!
//! # The panic hook
//!
//! [`install`], first in `main`, counts and records every panic; [`boundary`] turns one into an error; [`ErrorKind`] is what errors say of
//! themselves. See [`mod@panic`], [`metrics`], and the crate's `README.md` for what is not covered.
//!
//! # Other crates
//!
//! Feature `serde`: the maps but [`FixedSyncMap`] are serialized as maps, and read back. Feature `rayon`: `ShardedMap::par_iter`, and collecting
//! into one in parallel.
//!
//! # Without std
//!
//! With `default-features = false` the crate is `no_std` and needs no allocator: [`fixed`], [`tagged`] and [`contract`] remain.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "std")]
pub mod checked;
pub mod contract;
#[cfg(feature = "std")]
mod epoch;
mod error_kind;
pub mod fixed;
#[cfg(feature = "std")]
pub mod map;
#[cfg(all(feature = "std", unix))]
pub mod metrics;
#[cfg(all(test, auditor_loom))]
mod models;
#[cfg(feature = "std")]
pub mod ordered;
#[cfg(all(feature = "std", unix))]
pub mod panic;
mod raw;
#[cfg(all(test, shuttle))]
mod schedules;
#[cfg(feature = "serde")]
mod serialize;
mod sync;
pub mod tagged;

/// The README's code is compiled as a test of the documentation.
#[cfg(all(doctest, feature = "std", unix))]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(feature = "macros")]
pub use auditor_runtime_macros::{ErrorKind, Plain, panic_boundary};
#[cfg(feature = "std")]
pub use checked::CheckedMap;
#[cfg(feature = "std")]
pub use epoch::{ReclaimStats, flush, reclaim_stats};
pub use error_kind::ErrorKind;
pub use fixed::{FixedMap, FixedSyncMap};
#[cfg(feature = "std")]
pub use map::{Plain, ShardedMap, ShardedSet};
#[cfg(feature = "std")]
pub use ordered::ShardedSkipMap;
#[cfg(all(feature = "std", unix))]
pub use panic::{Config, InstallError, Installed, boundary, install};
