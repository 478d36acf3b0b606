//! Errors of map operations.

use core::fmt;

/// There was no memory for an entry; key and value come back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TryInsertError<K, V> {
    /// The key that was to be inserted.
    pub key: K,
    /// Its value.
    pub value: V,
}

impl<K, V> fmt::Debug for TryInsertError<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TryInsertError { .. }")
    }
}

impl<K, V> fmt::Display for TryInsertError<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no memory for the entry")
    }
}

impl<K, V> core::error::Error for TryInsertError<K, V> {}
