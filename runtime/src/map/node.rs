//! Entries on their way into and out of a table: as bits in place, or in a node of their own.

use core::borrow::Borrow;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use std::alloc::{Layout, alloc};

use super::codec::{self, Contents, Extra};
use crate::raw::{At, NoMemory, Words};
use crate::sync::atomic::{AtomicU64, Ordering};

/// A key and its value, immutable once published, but for the value's bits in maps of cells (see [`codec::is_cell`]).
pub(crate) struct Node<K, V> {
    pub(crate) key: K,
    value: Value<V>,
}

/// A value as it is, or as one word that lock holders store and readers load. Both views have the same bytes.
union Value<V> {
    whole: ManuallyDrop<V>,
    bits: ManuallyDrop<AtomicU64>,
}

impl<V> Drop for Value<V> {
    fn drop(&mut self) {
        if core::mem::needs_drop::<V>() {
            // SAFETY: initialized by `Node::new`; a value with a destructor is not plain, hence never seen as bits; dropped once, here.
            unsafe { ManuallyDrop::drop(&mut self.whole) };
        }
    }
}

impl<K, V> Node<K, V> {
    /// A node, as a map of these types wants it.
    #[inline]
    pub(crate) fn new(key: K, value: V) -> Self {
        let value = if codec::is_cell::<K, V>() {
            // Plain, hence Copy: nothing is left to drop.
            Value { bits: ManuallyDrop::new(AtomicU64::new(codec::key_bits(&value))) }
        } else {
            Value { whole: ManuallyDrop::new(value) }
        };
        Self { key, value }
    }

    /// The value, of a node that no lock holder stores to: not one that a map of cells holds just now.
    #[inline]
    pub(crate) fn value(&self) -> &V {
        // SAFETY: initialized by `new`, in either form with a valid value's bytes from the start of the union on; nobody writes by what is said above.
        unsafe { &self.value.whole }
    }

    /// The value's bits, of a node in a map of cells.
    #[inline]
    pub(crate) fn bits(&self) -> &AtomicU64 {
        debug_assert!(codec::is_cell::<K, V>(), "callers ask first");
        // SAFETY: made by `new` in this form. What `value` and `into_parts` read without atomics is no longer written.
        unsafe { &self.value.bits }
    }

    /// Takes it apart.
    pub(crate) fn into_parts(self) -> (K, V) {
        let Self { key, value } = self;
        let value = ManuallyDrop::new(value);
        // SAFETY: initialized by `new`; read once: the union is not dropped.
        (key, ManuallyDrop::into_inner(unsafe { core::ptr::read(&raw const value.whole) }))
    }
}

/// An entry that a reader found.
pub(crate) enum Found<'g, K, V> {
    /// Copied out of the table.
    Bits(K, V),
    /// In a node that lives as long as the guard.
    Node(&'g Node<K, V>),
    /// In a node that lives as long as the guard; the value copied out of it.
    Cell(&'g Node<K, V>, V),
}

impl<K, V> Found<'_, K, V> {
    #[inline]
    pub(crate) fn key(&self) -> &K {
        match self {
            Self::Bits(key, _) => key,
            Self::Node(node) | Self::Cell(node, _) => &node.key,
        }
    }

    #[inline]
    pub(crate) fn value(&self) -> &V {
        match self {
            Self::Bits(_, value) | Self::Cell(_, value) => value,
            Self::Node(node) => node.value(),
        }
    }
}

/// Reads a full slot, under a guard or the lock. None if a node slot was emptied since its control word was read. Runs no user code.
#[inline]
pub(crate) fn contents<K, V>(at: At<'_>, lane: usize) -> Option<Contents> {
    let slot = at.slot(lane);
    // Acquire, all: pair with the Release stores in `LockedTable::fill` and `LockedTable::replace`; a node comes with its contents, and of bits
    // those who look know by the version whether they belong together.
    let word = slot.word.load(Ordering::Acquire);
    let payload = slot.payload.load(Ordering::Acquire);
    let mut extra = Extra::new();
    if codec::is_wide::<K, V>() {
        extra.fill(at.extra(lane).iter().map(|word| word.load(Ordering::Acquire)));
    }
    if codec::is_cell::<K, V>() {
        if let Some(node) = NonNull::new(payload.cast::<Node<K, V>>()) {
            // Acquire: pairs with the Release store in `store_here`.
            // SAFETY: from a full slot of this map, under the caller's guard or lock: retired no earlier than it is unlinked, and freed only after that.
            extra.fill(core::iter::once(unsafe { node.as_ref() }.bits().load(Ordering::Acquire)));
        }
    }
    (codec::is_inline::<K, V>() || !payload.is_null()).then_some(Contents { word, payload, extra })
}

/// The entry that a slot's contents stand for.
///
/// # Safety
///
/// The contents come from one full slot of a map of `K` and `V`, all words from one entry; a node lives for `'g`.
#[inline]
pub(crate) unsafe fn from_contents<'g, K, V>(contents: &Contents) -> Found<'g, K, V> {
    // SAFETY: the contract; `Pending::new` made the contents in the form that `is_inline` tells.
    unsafe {
        if codec::is_inline::<K, V>() {
            Found::Bits(codec::key_of(contents.word), codec::value_of(contents))
        } else if codec::is_cell::<K, V>() {
            Found::Cell(&*contents.payload.cast::<Node<K, V>>(), codec::key_of(contents.cell_bits()))
        } else {
            Found::Node(&*contents.payload.cast::<Node<K, V>>())
        }
    }
}

/// Reads a slot that may hold this key. Runs the key's `Eq`.
#[inline]
pub(crate) fn matching<K, V, Q>(at: At<'_>, lane: usize, hash: u64, key: &Q) -> Option<Contents>
where
    K: Borrow<Q>,
    Q: Eq + ?Sized,
{
    let slot = at.slot(lane);
    if codec::is_inline::<K, V>() {
        // Acquire: as in `contents`.
        let word = slot.word.load(Ordering::Acquire);
        return if is_key::<K, Q>(word, key) { contents::<K, V>(at, lane) } else { None };
    }
    // Relaxed: a hint. A node slot holds the whole hash: nearly every other key is turned away without looking at it.
    if slot.word.load(Ordering::Relaxed) != hash {
        return None;
    }
    let contents = contents::<K, V>(at, lane)?;
    // SAFETY: just read from a full slot of this map under the caller's guard: a node is retired no earlier than it is unlinked
    // from its slot, and freed only after that guard. The key is not used beyond this call.
    let there = unsafe { &(*contents.payload.cast::<Node<K, V>>()).key };
    (there.borrow() == key).then_some(contents)
}

/// Whether the word of a full slot in an inline map is this key's; [`matching`] without the value.
#[inline]
pub(crate) fn is_key<K, Q>(word: u64, key: &Q) -> bool
where
    K: Borrow<Q>,
    Q: Eq + ?Sized,
{
    // SAFETY: a full slot of an inline map, which callers ask for first, holds bits that `Pending::new` made of a K: this entry's, or those of
    // one that came into the slot later.
    let there: K = unsafe { codec::key_of(word) };
    there.borrow() == key
}

/// An entry that is not in a table yet. Dropped, it drops its key and value.
pub(crate) struct Pending<K, V> {
    contents: Contents,
    _owns: PhantomData<Node<K, V>>,
}

impl<K, V> Pending<K, V> {
    /// Takes the entry over; gives it back when there is no memory.
    #[inline]
    pub(crate) fn new(hash: u64, key: K, value: V) -> Result<Self, (K, V)> {
        if codec::is_inline::<K, V>() {
            // Plain, hence Copy: nothing is left to drop.
            return Ok(Self { contents: codec::contents_of(&key, &value), _owns: PhantomData });
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
        unsafe { at.write(Node::new(key, value)) };
        let mut extra = Extra::new();
        if codec::is_cell::<K, V>() {
            // SAFETY: written just now. Relaxed: ours alone.
            extra.fill(core::iter::once(unsafe { (*at).bits() }.load(Ordering::Relaxed)));
        }
        Ok(Self { contents: Contents { word: hash, payload: at.cast(), extra }, _owns: PhantomData })
    }

    /// Runs `f` on the key.
    #[inline]
    pub(crate) fn with_key<R>(&self, f: impl FnOnce(&K) -> R) -> R {
        if codec::is_inline::<K, V>() {
            // SAFETY: made by `new` from a K of an inline map.
            f(&unsafe { codec::key_of::<K>(self.contents.word) })
        } else {
            // SAFETY: a node made by `new`, still ours.
            f(unsafe { &(*self.contents.payload.cast::<Node<K, V>>()).key })
        }
    }

    /// What a slot is filled with. Whoever does so forgets this by [`installed`](Self::installed).
    #[inline]
    pub(crate) fn words(&self) -> Words<'_> {
        // SAFETY: made by `new`, for this stride.
        unsafe { self.contents.words(codec::stride::<K, V>()) }
    }

    /// Tells that a table owns the entry from now on.
    #[inline]
    pub(crate) fn installed(self) -> Contents {
        let contents = self.contents;
        core::mem::forget(self);
        contents
    }

    /// Takes the entry apart again.
    pub(crate) fn into_parts(self) -> (K, V) {
        let contents = self.installed();
        // SAFETY: made by `new`, never in a table.
        unsafe { into_parts(&contents) }
    }
}

impl<K, V> Drop for Pending<K, V> {
    fn drop(&mut self) {
        if !codec::is_inline::<K, V>() {
            // SAFETY: never handed out (`installed` forgets `self`).
            unsafe { free_node::<K, V>(self.contents.payload, 0) };
        }
    }
}

/// Takes an entry apart.
///
/// # Safety
///
/// The contents are those of an entry of a map of `K` and `V` that nobody else uses any more.
pub(crate) unsafe fn into_parts<K, V>(contents: &Contents) -> (K, V) {
    // SAFETY: the contract; a node was made by `Pending::new` with the layout that Box uses.
    unsafe {
        if codec::is_inline::<K, V>() {
            (codec::key_of(contents.word), codec::value_of(contents))
        } else {
            Box::from_raw(contents.payload.cast::<Node<K, V>>()).into_parts()
        }
    }
}

/// Frees a node and drops its key and value. Fits [`Retired`](crate::epoch::Retired).
///
/// # Safety
///
/// `payload` came from `Pending::installed` of a map of nodes, and nobody uses it any more.
pub(crate) unsafe fn free_node<K, V>(payload: *mut (), _extra: usize) {
    // SAFETY: allocated in `Pending::new` with the layout of a Box; exclusive by the contract.
    drop(unsafe { Box::from_raw(payload.cast::<Node<K, V>>()) });
}

/// Turns "no memory" into what the standard collections do.
#[cold]
pub(crate) fn out_of_memory<K, V>(_: NoMemory) -> ! {
    std::alloc::handle_alloc_error(Layout::new::<Node<K, V>>())
}
