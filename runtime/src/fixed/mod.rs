//! Maps that never allocate: [`FixedMap`] for one owner, [`FixedSyncMap`] for several threads. No std.

mod bucket;
mod map;
mod sync;

use core::fmt;

pub use map::{FixedMap, Iter};
pub use sync::FixedSyncMap;

/// The map has no room for another key; key and value come back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Full<K, V> {
    /// The key that was to be inserted.
    pub key: K,
    /// Its value.
    pub value: V,
}

impl<K, V> fmt::Debug for Full<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Full { .. }")
    }
}

impl<K, V> fmt::Display for Full<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no room for another key")
    }
}

impl<K, V> core::error::Error for Full<K, V> {}
