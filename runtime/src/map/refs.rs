//! What lookups return: a reference that holds an epoch guard, or a copy; never a lock.

use core::fmt;
use core::ops::Deref;

use super::codec::{self, Contents};
use super::node::{self, Found, Node};
use crate::epoch::Guard;

/// A key and its value as they were when they were looked up.
///
/// It holds no lock: keep it as long as you like, write to the same map meanwhile, even to the same key. What it shows does not change
/// afterwards; a later [`ShardedMap::insert`](super::ShardedMap::insert) replaces the value for others. While it lives, nothing that is removed from
/// this map, by any thread, is freed (that of other maps is), so do not keep one for the life of a program. Where entries are plain ([`Plain`](super::Plain))
/// it is a copy, and delays nothing. It stays on its thread (not `Send`); see [`OwnedRef`](super::OwnedRef) for one that does not.
pub struct Ref<'a, K, V> {
    inner: Inner<'a, K, V>,
}

enum Inner<'a, K, V> {
    Copied(K, V),
    Node { node: &'a Node<K, V>, guard: Guard },
    Cell { node: &'a Node<K, V>, value: V, guard: Guard },
}

impl<'a, K, V> Ref<'a, K, V> {
    /// # Safety
    ///
    /// The contents come from a full slot of a map of `K` and `V`, all words from one entry, seen under `guard`, and the map is borrowed for `'a` (its
    /// Drop frees nodes).
    #[inline]
    pub(crate) unsafe fn of(contents: &Contents, guard: Guard) -> Self {
        // SAFETY: the contract: what was seen under the guard lives as long as the guard, which `self` keeps, unless the map frees it.
        let inner = match unsafe { node::from_contents(contents) } {
            Found::Bits(key, value) => Inner::Copied(key, value),
            Found::Node(node) => Inner::Node { node, guard },
            Found::Cell(node, value) => Inner::Cell { node, value, guard },
        };
        Self { inner }
    }

    /// The entry of a map whose entries are bits, out of a slot's contents. No guard is needed for it.
    ///
    /// # Safety
    ///
    /// As for [`of`](Self::of), and the map is such a one.
    #[inline]
    pub(crate) unsafe fn copied(contents: &Contents) -> Self {
        debug_assert!(codec::is_inline::<K, V>(), "callers ask first");
        // SAFETY: the contract.
        let (key, value) = unsafe { (codec::key_of(contents.word), codec::value_of(contents)) };
        Self { inner: Inner::Copied(key, value) }
    }

    /// # Safety
    ///
    /// The node was reachable under `guard`, and what owns it is borrowed for `'a` and frees it only through the epochs or when dropped.
    #[inline]
    pub(crate) unsafe fn held(node: *const Node<K, V>, guard: Guard) -> Self {
        // SAFETY: the contract: alive as long as the guard, which `self` keeps.
        Self { inner: Inner::Node { node: unsafe { &*node }, guard } }
    }

    /// The node, of a map whose entries are nodes; null for a copy.
    pub(crate) fn node(&self) -> *const Node<K, V> {
        match &self.inner {
            Inner::Copied(..) => core::ptr::null(),
            Inner::Node { node, .. } | Inner::Cell { node, .. } => *node,
        }
    }

    /// The node, or the copies of key and value.
    #[cfg(not(any(auditor_loom, shuttle)))]
    pub(super) fn into_found(self) -> Found<'a, K, V> {
        match self.inner {
            Inner::Copied(key, value) => Found::Bits(key, value),
            // The reference to the node is the map's borrow; that the node lives is from here on the caller's care.
            Inner::Node { node, .. } => Found::Node(node),
            Inner::Cell { node, value, .. } => Found::Cell(node, value),
        }
    }

    /// The key.
    pub fn key(&self) -> &K {
        match &self.inner {
            Inner::Copied(key, _) => key,
            Inner::Node { node, .. } | Inner::Cell { node, .. } => &node.key,
        }
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> &V {
        match &self.inner {
            Inner::Copied(_, value) | Inner::Cell { value, .. } => value,
            Inner::Node { node, .. } => node.value(),
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
            Inner::Node { node, guard } => Inner::Node { node, guard: guard.clone() },
            Inner::Cell { node, value, guard } => Inner::Cell { node, value: value.clone(), guard: guard.clone() },
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
