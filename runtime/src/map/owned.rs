//! What removals return: the entry itself, to be kept, shown or taken apart.

use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::Deref;

use super::heap;
use super::node::{self, Node};
use super::{codec, codec::Contents};
use crate::epoch::{Domain, Patience, Retired};

/// An entry that was taken out of a map, by [`remove`](super::ShardedMap::remove), [`insert`](super::ShardedMap::insert) (the one that was replaced),
/// [`drain`](super::ShardedMap::drain) and their like.
///
/// It shows the value (`*entry`), and gives it away: [`into_inner`](Self::into_inner) where it can wait for readers that still look at it,
/// [`try_into_inner`](Self::try_into_inner) where it must not. Dropped, key and value are dropped as soon as no reader is left: mostly at once.
pub struct Owned<'a, K, V> {
    inner: Inner<'a, K, V>,
}

enum Inner<'a, K, V> {
    Copied(K, V),
    Node { node: *mut Node<K, V>, domain: &'a Domain },
}

// SAFETY: the entry is owned, but for readers that may still look at it: keys and values go to another thread (Send) and may be looked at there and
// here (Sync).
unsafe impl<K: Send + Sync, V: Send + Sync> Send for Owned<'_, K, V> {}
// SAFETY: a shared one gives out shared references only.
unsafe impl<K: Sync, V: Sync> Sync for Owned<'_, K, V> {}

impl<'a, K, V> Owned<'a, K, V> {
    /// # Safety
    ///
    /// The contents were in a slot of a map of `K` and `V`, which may go to other threads, in this domain, and the caller has unlinked them; nobody
    /// else frees them.
    #[inline]
    pub(super) unsafe fn of(contents: Contents, domain: &'a Domain) -> Self {
        if codec::is_inline::<K, V>() {
            // SAFETY: the contract.
            let (key, value) = unsafe { node::into_parts(&contents) };
            Self { inner: Inner::Copied(key, value) }
        } else {
            Self { inner: Inner::Node { node: contents.payload.cast(), domain } }
        }
    }

    /// Copies of a plain value that was replaced where it is, and of the key that was given for that.
    #[inline]
    pub(super) fn replaced(key: K, value: V) -> Self {
        Self { inner: Inner::Copied(key, value) }
    }

    /// As [`of`](Self::of), for a node.
    ///
    /// # Safety
    ///
    /// As there.
    pub(crate) unsafe fn of_node(node: *mut Node<K, V>, domain: &'a Domain) -> Self {
        Self { inner: Inner::Node { node, domain } }
    }

    /// The key.
    pub fn key(&self) -> &K {
        match &self.inner {
            Inner::Copied(key, _) => key,
            // SAFETY: unlinked, and retired no earlier than this is dropped.
            Inner::Node { node, .. } => unsafe { &(**node).key },
        }
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> &V {
        match &self.inner {
            Inner::Copied(_, value) => value,
            // SAFETY: as in `key`.
            Inner::Node { node, .. } => unsafe { (**node).value() },
        }
    }

    /// Both.
    pub fn pair(&self) -> (&K, &V) {
        (self.key(), self.value())
    }

    /// Key and value, after all readers that may look at them have gone.
    ///
    /// Blocking: waits for references, iterations and lookups of this map that began before the removal, on other threads, with
    /// [`OwnedRef`](super::OwnedRef)s wherever they are held; for nobody where the entries are plain. At least a memory barrier (1 to 10 µs) where
    /// other threads use maps.
    ///
    /// # Errors
    ///
    /// The entry, unchanged, where this thread itself holds a reference or an iterator of this map, for which it would wait for ever; or where the kernel
    /// refused the barrier.
    pub fn into_pair(self) -> Result<(K, V), Self> {
        self.take(Patience::Endless)
    }

    /// The value, after all readers that may look at it have gone; see [`into_pair`](Self::into_pair). The key is dropped.
    ///
    /// ```
    /// # use auditor_runtime::ShardedMap;
    /// let handles = ShardedMap::new();
    /// handles.insert("worker", std::thread::spawn(|| 7));
    /// let handle = handles.remove("worker").and_then(|entry| entry.into_inner().ok());
    /// assert_eq!(handle.map(|handle| handle.join().unwrap()), Some(7));
    /// ```
    ///
    /// # Errors
    ///
    /// As [`into_pair`](Self::into_pair).
    pub fn into_inner(self) -> Result<V, Self> {
        self.into_pair().map(|(_, value)| value)
    }

    /// Key and value, if no reader can be looking at them. Never waits; where other threads use maps it takes a memory barrier (1 to 10 µs).
    ///
    /// # Errors
    ///
    /// The entry, unchanged, if it may still be looked at.
    pub fn try_into_pair(self) -> Result<(K, V), Self> {
        self.take(Patience::None)
    }

    /// The value, if no reader can be looking at it; see [`try_into_pair`](Self::try_into_pair).
    ///
    /// # Errors
    ///
    /// As [`try_into_pair`](Self::try_into_pair).
    pub fn try_into_inner(self) -> Result<V, Self> {
        self.try_into_pair().map(|(_, value)| value)
    }

    fn take(self, patience: Patience) -> Result<(K, V), Self> {
        if let Inner::Node { domain, .. } = &self.inner {
            if !domain.wait_for_readers(patience) {
                return Err(self);
            }
        }
        // SAFETY: no reader is left.
        Ok(unsafe { self.into_pair_alone() })
    }

    /// Key and value.
    ///
    /// # Safety
    ///
    /// No reader can have the entry.
    pub(super) unsafe fn into_pair_alone(self) -> (K, V) {
        let this = ManuallyDrop::new(self);
        // SAFETY: the place is not used again: `this` is never dropped.
        match unsafe { core::ptr::read(&this.inner) } {
            Inner::Copied(key, value) => (key, value),
            Inner::Node { node, .. } => {
                // SAFETY: unlinked, no reader is left by the contract, and this, its owner, gives it up. Made with Box's layout.
                unsafe { Box::from_raw(node) }.into_parts()
            }
        }
    }
}

impl<K, V> Drop for Owned<'_, K, V> {
    #[inline]
    fn drop(&mut self) {
        if let Inner::Node { node, domain } = self.inner {
            // SAFETY: as in `key`.
            let entry = unsafe { &*node };
            let bytes = heap::of_entry(domain, &entry.key, entry.value()).saturating_add(size_of::<Node<K, V>>());
            // SAFETY: unlinked, owned by this alone, and dropped with it. Maps that other threads can reach have keys and values that are Send.
            let item = unsafe { Retired::new(node.cast(), node::free_node::<K, V>, 0, bytes) };
            domain.retire(item);
        }
    }
}

impl<K, V> Deref for Owned<'_, K, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        self.value()
    }
}

impl<K, V: PartialEq> PartialEq<V> for Owned<'_, K, V> {
    fn eq(&self, other: &V) -> bool {
        self.value() == other
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Owned<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Owned").field(self.key()).field(self.value()).finish()
    }
}
