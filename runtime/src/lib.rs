//! Concurrent maps that never panic, hang or lose data, and a panic hook whose records can be audited.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "std")]
pub mod checked;
pub mod contract;
#[cfg(all(feature = "drill-child", unix))]
pub mod drill;
#[cfg(feature = "std")]
mod epoch;
mod error_kind;
pub mod fixed;
#[cfg(feature = "std")]
pub mod map;
#[cfg(all(feature = "std", unix))]
pub mod metrics;
#[cfg(all(test, loom))]
mod models;
#[cfg(all(feature = "std", unix))]
pub mod panic;
mod raw;
mod sync;
pub mod tagged;

#[cfg(feature = "macros")]
pub use auditor_runtime_macros::{ErrorKind, panic_boundary};
#[cfg(feature = "std")]
pub use checked::CheckedMap;
#[cfg(feature = "std")]
pub use epoch::{ReclaimStats, flush, reclaim_stats};
pub use error_kind::ErrorKind;
pub use fixed::{FixedMap, FixedSyncMap};
#[cfg(feature = "std")]
pub use map::ShardedMap;
#[cfg(all(feature = "std", unix))]
pub use panic::{Config, InstallError, Installed, boundary, install};
