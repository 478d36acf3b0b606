//! A reference that may cross threads and `.await`.

use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

use super::Ref;
use super::node::Found;
use crate::epoch::OwnedGuard;

/// A key and its value as they were when they were looked up, as in [`Ref`]; unlike that it may go to another thread, and be held across an `.await`.
///
/// Like that it holds no lock, and what it shows does not change; while it lives, nothing that is removed from its map is freed. It is dearer to
/// make: some tens of nanoseconds. Made by [`get_owned`](super::ShardedMap::get_owned), and by parallel iteration.
pub struct OwnedRef<'a, K, V> {
    found: Found<'a, K, V>,
    /// Keeps the node, if `found` is one; shared by the entries of one iteration.
    alive: Option<Arc<OwnedGuard>>,
}

impl<'a, K, V> OwnedRef<'a, K, V> {
    /// # Safety
    ///
    /// `alive` was entered, in the domain of the entry's map, before `entry` was looked up, by the thread that looked it up.
    pub(super) unsafe fn of(entry: Ref<'a, K, V>, alive: &Arc<OwnedGuard>) -> Self {
        let found = entry.into_found();
        let alive = matches!(found, Found::Node(_)).then(|| Arc::clone(alive));
        Self { found, alive }
    }

    /// The key.
    pub fn key(&self) -> &K {
        self.found.key()
    }

    /// The value.
    pub fn value(&self) -> &V {
        self.found.value()
    }

    /// Both.
    pub fn pair(&self) -> (&K, &V) {
        (self.key(), self.value())
    }
}

impl<K: Clone, V: Clone> Clone for OwnedRef<'_, K, V> {
    fn clone(&self) -> Self {
        let found = match &self.found {
            Found::Bits(key, value) => Found::Bits(key.clone(), value.clone()),
            Found::Node(node) => Found::Node(node),
            Found::Cell(node, value) => Found::Cell(node, value.clone()),
        };
        Self { found, alive: self.alive.clone() }
    }
}

impl<K, V> Deref for OwnedRef<'_, K, V> {
    type Target = V;

    fn deref(&self) -> &V {
        self.value()
    }
}

impl<K, V: PartialEq> PartialEq<V> for OwnedRef<'_, K, V> {
    fn eq(&self, other: &V) -> bool {
        self.value() == other
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for OwnedRef<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnedRef").field(self.key()).field(self.value()).finish()
    }
}
