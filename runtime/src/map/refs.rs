//! What lookups return: a reference that holds an epoch guard, or a copy; never a lock.

use core::fmt;
use core::ops::Deref;

use super::node::{Found, Node};
use crate::epoch::Guard;

/// A key and its value as they were when they were looked up.
///
/// It holds no lock: keep it as long as you like, write to the same map meanwhile, even to the same key. What it shows does not change
/// afterwards; a later [`ShardedMap::insert`](super::ShardedMap::insert) replaces the value for others. While it lives, this thread's part
/// of removed entries is not freed, so do not keep one for the life of a program. It stays on its thread (not `Send`).
pub struct Ref<'a, K, V> {
    inner: Inner<'a, K, V>,
}

enum Inner<'a, K, V> {
    Copied(K, V),
    Held { node: &'a Node<K, V>, guard: Guard },
}

impl<'a, K, V> Ref<'a, K, V> {
    /// # Safety
    ///
    /// A node in `found` stays alive while `guard` does, and while the map is borrowed for `'a` (its Drop frees nodes).
    #[inline]
    pub(crate) unsafe fn new(found: Found<'_, K, V>, guard: Guard) -> Self {
        let inner = match found {
            Found::Bits(key, value) => Inner::Copied(key, value),
            // SAFETY: the reference is used only while `self` holds the guard, by the contract.
            Found::Node(node) => Inner::Held { node: unsafe { &*core::ptr::from_ref(node) }, guard },
        };
        Self { inner }
    }

    /// The key.
    pub fn key(&self) -> &K {
        match &self.inner {
            Inner::Copied(key, _) => key,
            Inner::Held { node, .. } => &node.key,
        }
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> &V {
        match &self.inner {
            Inner::Copied(_, value) => value,
            Inner::Held { node, .. } => &node.value,
        }
    }

    /// Both.
    pub fn pair(&self) -> (&K, &V) {
        (self.key(), self.value())
    }
}

impl<K: Clone, V: Clone> Clone for Ref<'_, K, V> {
    fn clone(&self) -> Self {
        let inner = match &self.inner {
            Inner::Copied(key, value) => Inner::Copied(key.clone(), value.clone()),
            Inner::Held { node, guard } => Inner::Held { node, guard: guard.clone() },
        };
        Self { inner }
    }
}

impl<K, V> Deref for Ref<'_, K, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        self.value()
    }
}

impl<K, V: PartialEq> PartialEq<V> for Ref<'_, K, V> {
    fn eq(&self, other: &V) -> bool {
        self.value() == other
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Ref<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ref").field(self.key()).field(self.value()).finish()
    }
}
