//! The table under every hash map here: words and pointers, no keys and values. One unsafe idea a file.
//! What a slot means, `map` says.

#[cfg(feature = "std")]
mod alloc;
#[cfg(feature = "std")]
mod bucket;
#[cfg(feature = "std")]
pub(crate) mod claims;
pub(crate) mod ctrl;
#[cfg(feature = "std")]
pub(crate) mod directory;
#[cfg(feature = "std")]
mod grow;
#[cfg(feature = "std")]
mod key_lock;
#[cfg(feature = "std")]
mod layout;
#[cfg(feature = "std")]
mod lent;
#[cfg(feature = "std")]
pub(crate) mod lock;
#[cfg(feature = "std")]
mod locked;
#[cfg(feature = "std")]
pub(crate) mod table;
#[cfg(feature = "std")]
mod waits;

#[cfg(feature = "std")]
pub(crate) use bucket::{At, Stride};
#[cfg(feature = "std")]
pub(crate) use claims::{Claimed, Claims};
#[cfg(feature = "std")]
pub(crate) use directory::RawMap;
#[cfg(feature = "std")]
pub(crate) use grow::plan;
#[cfg(feature = "std")]
pub(crate) use key_lock::KeyLock;
#[cfg(feature = "std")]
pub(crate) use layout::Place;
#[cfg(feature = "std")]
pub(crate) use lent::LentTable;
#[cfg(feature = "std")]
pub(crate) use lock::wake_at;
#[cfg(feature = "std")]
pub(crate) use locked::{LockedTable, Words};
#[cfg(feature = "std")]
pub(crate) use table::{Check, Probe, Table};

/// The allocator had no memory.
#[cfg(feature = "std")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoMemory;
