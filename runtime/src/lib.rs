//! Concurrent maps that never panic, hang or lose data, and a panic hook whose records can be audited.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "std")]
mod epoch;
#[cfg(feature = "std")]
pub mod map;
mod raw;
mod sync;

#[cfg(feature = "std")]
pub use epoch::{ReclaimStats, flush, reclaim_stats};
#[cfg(feature = "std")]
pub use map::ShardedMap;
