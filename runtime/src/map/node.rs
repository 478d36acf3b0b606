//! Entries on their way into and out of a table: as bits in place, or in a node of their own.

use core::borrow::Borrow;
use core::marker::PhantomData;
use std::alloc::{Layout, alloc};

use super::codec;
use crate::epoch::{Guard, Retired};
use crate::raw::NoMemory;
use crate::raw::bucket::Slot;
use crate::sync::atomic::Ordering;

/// A key and its value, immutable once published.
pub(crate) struct Node<K, V> {
    pub(crate) key: K,
    pub(crate) value: V,
}

/// An entry that a reader found.
pub(crate) enum Found<'g, K, V> {
    /// Copied out of the table.
    Bits(K, V),
    /// In a node that lives as long as the guard.
    Node(&'g Node<K, V>),
}

impl<K, V> Found<'_, K, V> {
    #[inline]
    pub(crate) fn key(&self) -> &K {
        match self {
            Self::Bits(key, _) => key,
            Self::Node(node) => &node.key,
        }
    }

    #[inline]
    pub(crate) fn value(&self) -> &V {
        match self {
            Self::Bits(_, value) => value,
            Self::Node(node) => &node.value,
        }
    }
}

/// What a full slot holds: the key's bits or the hash, and the value's bits or the node. Plain words, so that a lookup stays in registers;
/// [`from_slot`] says what they mean.
pub(crate) type Contents = (u64, *mut ());

/// Reads a full slot. None if a node slot was emptied since its control word was read. Runs no user code.
#[inline]
pub(crate) fn contents<K: 'static, V: 'static>(slot: &Slot) -> Option<Contents> {
    // Relaxed: the Acquire load of the control word that named this slot ordered the word. In an inline table the slot is not
    // reused while this reader's guard lives, so word and payload belong to one entry.
    let word = slot.word.load(Ordering::Relaxed);
    // Acquire: pairs with the Release store in `LockedTable::publish` and `LockedTable::replace`.
    let payload = slot.payload.load(Ordering::Acquire);
    (codec::is_inline::<K, V>() || !payload.is_null()).then_some((word, payload))
}

/// Reads a full slot as an entry; see [`contents`].
#[inline]
pub(crate) fn read<'g, K: 'static, V: 'static>(slot: &'g Slot) -> Option<Found<'g, K, V>> {
    // SAFETY: just read from a full slot of this map, under the guard that 'g stands for: a node is retired no earlier than it is unlinked
    // from its slot, and freed only after that guard.
    contents::<K, V>(slot).map(|(word, payload)| unsafe { from_slot(word, payload) })
}

/// The entry that a slot's contents stand for.
///
/// # Safety
///
/// `word` and `payload` come from one full slot of a map of `K` and `V`; a node lives for `'g`.
#[inline]
pub(crate) unsafe fn from_slot<'g, K: 'static, V: 'static>(word: u64, payload: *mut ()) -> Found<'g, K, V> {
    // SAFETY: the contract; `Pending::new` made the contents in the form that `is_inline` tells.
    unsafe {
        if codec::is_inline::<K, V>() {
            Found::Bits(codec::from_bits(word), codec::from_bits(codec::from_payload(payload)))
        } else {
            Found::Node(&*payload.cast::<Node<K, V>>())
        }
    }
}

/// Reads a slot that may hold this key. Runs the key's `Eq`.
#[inline]
pub(crate) fn matching<K, V, Q>(slot: &Slot, hash: u64, key: &Q) -> Option<Contents>
where
    K: Borrow<Q> + 'static,
    V: 'static,
    Q: Eq + ?Sized,
{
    if codec::is_inline::<K, V>() {
        // Relaxed, Acquire: as in `contents`.
        let word = slot.word.load(Ordering::Relaxed);
        // SAFETY: a full slot of an inline map holds bits that `Pending::new` made of a K.
        let there: K = unsafe { codec::from_bits(word) };
        return (there.borrow() == key).then(|| (word, slot.payload.load(Ordering::Acquire)));
    }
    // Relaxed: as in `contents`. A node slot holds the whole hash: nearly every other key is turned away without looking at it.
    if slot.word.load(Ordering::Relaxed) != hash {
        return None;
    }
    let (word, payload) = contents::<K, V>(slot)?;
    // SAFETY: as in `read`; the entry is not used beyond this call.
    let found = unsafe { from_slot::<K, V>(word, payload) };
    (found.key().borrow() == key).then_some((word, payload))
}

/// Whether the word of a full slot in an inline map is this key's; [`matching`] without the value.
#[inline]
pub(crate) fn is_key<K, Q>(word: u64, key: &Q) -> bool
where
    K: Borrow<Q> + 'static,
    Q: Eq + ?Sized,
{
    // SAFETY: a full slot of an inline map, which callers ask for first, holds bits that `Pending::new` made of a K.
    let there: K = unsafe { codec::from_bits(word) };
    there.borrow() == key
}

/// An entry that is not in a table yet. Dropped, it drops its key and value.
pub(crate) struct Pending<K: 'static, V: 'static> {
    word: u64,
    payload: *mut (),
    _owns: PhantomData<Node<K, V>>,
}

impl<K: 'static, V: 'static> Pending<K, V> {
    /// Takes the entry over; gives it back when there is no memory.
    #[inline]
    pub(crate) fn new(hash: u64, key: K, value: V) -> Result<Self, (K, V)> {
        if codec::is_inline::<K, V>() {
            let (word, payload) = (codec::to_bits(&key), codec::to_payload(codec::to_bits(&value)));
            return Ok(Self { word, payload, _owns: PhantomData });
        }
        let layout = Layout::new::<Node<K, V>>();
        let at = if layout.size() == 0 {
            core::ptr::dangling_mut::<Node<K, V>>()
        } else {
            // SAFETY: the size is not zero.
            unsafe { alloc(layout) }.cast::<Node<K, V>>()
        };
        if at.is_null() {
            return Err((key, value));
        }
        // SAFETY: valid for a node (or dangling and aligned for one of size zero), ours alone.
        unsafe { at.write(Node { key, value }) };
        Ok(Self { word: hash, payload: at.cast(), _owns: PhantomData })
    }

    /// Runs `f` on the key.
    #[inline]
    pub(crate) fn with_key<R>(&self, f: impl FnOnce(&K) -> R) -> R {
        if codec::is_inline::<K, V>() {
            // SAFETY: made by `new` from a K of an inline map.
            f(&unsafe { codec::from_bits::<K>(self.word) })
        } else {
            // SAFETY: a node made by `new`, still ours.
            f(unsafe { &(*self.payload.cast::<Node<K, V>>()).key })
        }
    }

    #[inline]
    pub(crate) fn word(&self) -> u64 {
        self.word
    }

    /// Hands the payload to a table.
    #[inline]
    pub(crate) fn into_payload(self) -> *mut () {
        let payload = self.payload;
        core::mem::forget(self); // The table owns the node from here on.
        payload
    }

    /// Takes the entry apart again.
    pub(crate) fn into_parts(self) -> (K, V) {
        let (word, payload) = (self.word, self.into_payload());
        if codec::is_inline::<K, V>() {
            // SAFETY: made by `new` from a K and a V of an inline map.
            unsafe { (codec::from_bits(word), codec::from_bits(codec::from_payload(payload))) }
        } else {
            // SAFETY: made by `new` with the layout that Box uses, and ours alone.
            let node = *unsafe { Box::from_raw(payload.cast::<Node<K, V>>()) };
            (node.key, node.value)
        }
    }
}

impl<K: 'static, V: 'static> Drop for Pending<K, V> {
    fn drop(&mut self) {
        if !codec::is_inline::<K, V>() {
            // SAFETY: never handed out (`into_payload` forgets `self`).
            unsafe { free_node::<K, V>(self.payload, 0) };
        }
    }
}

/// Frees a node and drops its key and value. Fits [`Retired`].
///
/// # Safety
///
/// `payload` came from `Pending::into_payload` of a map of nodes, and nobody uses it any more.
pub(crate) unsafe fn free_node<K, V>(payload: *mut (), _extra: usize) {
    // SAFETY: allocated in `Pending::new` with the layout of a Box; exclusive by the contract.
    drop(unsafe { Box::from_raw(payload.cast::<Node<K, V>>()) });
}

/// Leaves an unlinked payload to the epochs; nothing to do for bits.
///
/// # Safety
///
/// The caller has unlinked `payload` from its map's only slot that held it, and nobody else retires it.
#[inline]
pub(crate) unsafe fn retire<K: Send + 'static, V: Send + 'static>(payload: *mut (), guard: &Guard) {
    if !codec::is_inline::<K, V>() {
        // SAFETY: unlinked by the caller, so no new reader finds it; K and V are Send and 'static, so any thread may drop them, at any
        // later time.
        let item = unsafe { Retired::new(payload, free_node::<K, V>, 0, size_of::<Node<K, V>>()) };
        guard.domain().retire(guard.record(), item);
    }
}

/// Turns "no memory" into what the standard collections do.
#[cold]
pub(crate) fn out_of_memory<K, V>(_: NoMemory) -> ! {
    std::alloc::handle_alloc_error(Layout::new::<Node<K, V>>())
}
