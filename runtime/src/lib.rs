//! Concurrent maps that never panic, hang or lose data, and a panic hook whose records can be audited.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "std")]
pub mod checked;
pub mod contract;
#[cfg(feature = "std")]
mod epoch;
pub mod fixed;
#[cfg(feature = "std")]
pub mod map;
#[cfg(all(test, loom))]
mod models;
#[cfg(feature = "std")]
pub mod ordered;
mod raw;
mod sync;
pub mod tagged;

#[cfg(feature = "std")]
pub use checked::CheckedMap;
#[cfg(feature = "std")]
pub use epoch::{ReclaimStats, flush, reclaim_stats};
pub use fixed::{FixedMap, FixedSyncMap};
#[cfg(feature = "std")]
pub use map::ShardedMap;
#[cfg(feature = "std")]
pub use ordered::ShardedSkipMap;
