//! Concurrent maps that never panic, hang or lose data, and a panic hook whose records can be audited.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(all(feature = "drill-child", unix))]
pub mod drill;
mod error_kind;
#[cfg(all(feature = "std", unix))]
pub mod metrics;
#[cfg(all(feature = "std", unix))]
pub mod panic;

pub use error_kind::ErrorKind;
#[cfg(all(feature = "std", unix))]
pub use panic::{Config, InstallError, Installed, boundary, install};

#[cfg(feature = "macros")]
pub use auditor_runtime_macros::{ErrorKind, panic_boundary};
