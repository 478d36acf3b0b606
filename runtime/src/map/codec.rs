//! Which entries travel as bits in the table itself, and how. All others go through nodes.

use core::mem::MaybeUninit;

use super::plain::is_plain;
use crate::raw::{Check, Stride, Words};
use crate::sync::MODELLED;

/// Bytes of a value that fit its slot.
const IN_SLOT: usize = size_of::<*mut ()>();
/// Words of a value outside its slot, at most.
const MOST_EXTRA: usize = 7;
/// The largest value that lives in the table.
const LARGEST: usize = if IN_SLOT + 8 * MOST_EXTRA < 64 { IN_SLOT + 8 * MOST_EXTRA } else { 64 };

/// Whether a map of these types keeps its entries in place. Decided by the compiler: each map has one of the two forms only.
#[inline]
pub(crate) fn is_inline<K, V>() -> bool {
    size_of::<K>() <= 8 && size_of::<V>() <= LARGEST && is_plain::<K>() && is_plain::<V>()
}

/// Whether a map of these types keeps its entries in nodes and its values there as one word, which is stored to in place; readers take a copy.
#[inline]
pub(crate) fn is_cell<K, V>() -> bool {
    !MODELLED && !is_inline::<K, V>() && size_of::<V>() <= 8 && is_plain::<V>()
}

/// How far apart buckets are in a map of these types.
#[inline]
pub(crate) fn stride<K, V>() -> Stride {
    Stride::new(if is_inline::<K, V>() { size_of::<V>().saturating_sub(IN_SLOT).div_ceil(8) } else { 0 })
}

/// Whether values have words outside their slots.
#[inline]
pub(crate) fn is_wide<K, V>() -> bool {
    is_inline::<K, V>() && size_of::<V>() > IN_SLOT
}

/// How readers of such a map look at slots.
#[inline]
pub(crate) fn check<K, V>() -> Check {
    if is_inline::<K, V>() { Check::Version } else { Check::None }
}

/// The words of a value outside its slot; of a map that has none they are never written.
#[derive(Clone, Copy)]
pub(crate) struct Extra([MaybeUninit<u64>; MOST_EXTRA]);

impl Extra {
    #[inline]
    pub(crate) fn new() -> Self {
        Self([const { MaybeUninit::uninit() }; MOST_EXTRA])
    }

    /// Takes words over.
    #[inline]
    pub(crate) fn fill(&mut self, words: impl Iterator<Item = u64>) {
        for (to, from) in self.0.iter_mut().zip(words) {
            to.write(from);
        }
    }
}

/// What a full slot holds: the key's bits or the hash, and the value's bits or the node. Plain words, so that a lookup stays in registers;
/// `node::from_contents` says what they mean.
#[derive(Clone, Copy)]
pub(crate) struct Contents {
    pub(crate) word: u64,
    pub(crate) payload: *mut (),
    pub(crate) extra: Extra,
}

impl Contents {
    /// The same as what a slot is filled with.
    ///
    /// # Safety
    ///
    /// `extra` has as many words written as the stride says.
    #[inline]
    pub(crate) unsafe fn words(&self, stride: Stride) -> Words<'_> {
        let written = stride.extra().min(MOST_EXTRA);
        // SAFETY: in bounds; written by the contract, and MaybeUninit has the layout of what it holds.
        let extra = unsafe { core::slice::from_raw_parts(self.extra.0.as_ptr().cast::<u64>(), written) };
        Words { word: self.word, payload: self.payload, extra }
    }
}

impl Contents {
    /// Whether these are those contents: the same node with the same value, or the same bits.
    #[inline]
    pub(crate) fn is<K, V>(&self, other: &Self) -> bool {
        // SAFETY: contents are made by `contents_of`, `Pending::new` and `node::contents`, which write as many words.
        let (mine, theirs) = unsafe { (self.words(stride::<K, V>()), other.words(stride::<K, V>())) };
        // SAFETY: as above: of cells the value's bits.
        let same_cell = !is_cell::<K, V>() || unsafe { self.cell_bits() == other.cell_bits() };
        same_cell
            && mine.word == theirs.word
            && mine.payload.addr() == theirs.payload.addr()
            && mine.extra == theirs.extra
    }

    /// The bits of the value in a cell.
    ///
    /// # Safety
    ///
    /// The contents are an entry's of a map of cells: made by `Pending::new` or `node::contents`.
    #[inline]
    pub(crate) unsafe fn cell_bits(&self) -> u64 {
        let [first, ..] = &self.extra.0;
        // SAFETY: written by both.
        unsafe { first.assume_init() }
    }
}

/// The bits of a plain key, or of the value in a cell.
#[inline]
pub(crate) fn key_bits<K>(key: &K) -> u64 {
    debug_assert!(size_of::<K>() <= 8 && is_plain::<K>());
    let mut bits = 0_u64;
    // SAFETY: callers ask `is_inline` first: at most eight bytes, all of them initialized; both places are valid for that many, and differ.
    unsafe {
        let (from, to) = (core::ptr::from_ref(key).cast::<u8>(), core::ptr::from_mut(&mut bits).cast::<u8>());
        core::ptr::copy_nonoverlapping(from, to, size_of::<K>().min(8));
    }
    bits
}

/// The plain key, or value, of bits that came from [`key_bits`].
///
/// # Safety
///
/// `bits` came from `key_bits::<K>`.
#[inline]
pub(crate) unsafe fn key_of<K>(bits: u64) -> K {
    debug_assert!(size_of::<K>() <= 8 && is_plain::<K>());
    let mut key = MaybeUninit::<K>::uninit();
    // SAFETY: as in `key_bits`; the bytes are those of a valid K by the contract.
    unsafe {
        let (from, to) = (core::ptr::from_ref(&bits).cast::<u8>(), key.as_mut_ptr().cast::<u8>());
        core::ptr::copy_nonoverlapping(from, to, size_of::<K>().min(8));
        key.assume_init()
    }
}

/// The contents of a slot with a plain key and a plain value.
#[inline]
pub(crate) fn contents_of<K, V>(key: &K, value: &V) -> Contents {
    debug_assert!(is_inline::<K, V>());
    let (mut first, mut extra) = (0_usize, Extra::new());
    let from = core::ptr::from_ref(value).cast::<u8>();
    let in_slot = size_of::<V>().min(IN_SLOT);
    let words = stride::<K, V>().extra();
    // The last word may be longer than what is left of the value.
    extra.fill(core::iter::repeat_n(0, words));
    // SAFETY: callers ask `is_inline` first: all bytes of the value are initialized, and it has no more of them than the two places together
    // (`stride`, `LARGEST`), which nothing else points to.
    unsafe {
        core::ptr::copy_nonoverlapping(from, core::ptr::from_mut(&mut first).cast::<u8>(), in_slot);
        let rest = (size_of::<V>() - in_slot).min(8 * MOST_EXTRA);
        core::ptr::copy_nonoverlapping(from.add(in_slot), extra.0.as_mut_ptr().cast::<u8>(), rest);
    }
    Contents { word: key_bits(key), payload: core::ptr::without_provenance_mut(first), extra }
}

/// The plain value in a slot.
///
/// # Safety
///
/// The contents came from [`contents_of`] with this `V`, or word by word from a slot filled with such.
#[inline]
pub(crate) unsafe fn value_of<V>(contents: &Contents) -> V {
    let mut value = MaybeUninit::<V>::uninit();
    let to = value.as_mut_ptr().cast::<u8>();
    let (first, in_slot) = (contents.payload.addr(), size_of::<V>().min(IN_SLOT));
    // SAFETY: the contract: the words hold all bytes of a valid V, the first in the payload, the rest in `extra`, which has been written
    // that far. The places differ.
    unsafe {
        core::ptr::copy_nonoverlapping(core::ptr::from_ref(&first).cast::<u8>(), to, in_slot);
        let rest = (size_of::<V>() - in_slot).min(8 * MOST_EXTRA);
        core::ptr::copy_nonoverlapping(contents.extra.0.as_ptr().cast::<u8>(), to.add(in_slot), rest);
        value.assume_init()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::fmt::Debug;

    fn travels<V: Copy + PartialEq + Debug>(value: V) {
        assert!(is_inline::<u64, V>());
        let contents = contents_of(&7_u64, &value);
        // SAFETY: plain, and the contents come from the same types.
        let (key, back) = unsafe { (key_of::<u64>(contents.word), value_of::<V>(&contents)) };
        assert_eq!((key, back), (7, value));
        // SAFETY: filled by `contents_of`.
        let words = unsafe { contents.words(stride::<u64, V>()) };
        assert!(words.extra.len() * 8 + IN_SLOT >= size_of::<V>());
    }

    #[test]
    fn plain_values_survive_the_way_through_a_slot() {
        travels(u64::MAX);
        travels(-1_i8);
        travels('ß');
        travels(true);
        travels(());
        travels(f64::MIN_POSITIVE);
        travels(core::num::NonZeroU64::MIN);
        travels((u64::MAX, 1_u64));
        travels([1_u8, 2, 3]);
        travels([0x0102_0304_0506_0708_u64; 8]);
        travels([7_u8; 61]);
        travels(u128::MAX - 5);
    }

    #[test]
    fn keys_of_every_size_survive() {
        fn key<K: Copy + PartialEq + Debug>(key: K) {
            // SAFETY: the bits come from the same type.
            assert_eq!(unsafe { key_of::<K>(key_bits(&key)) }, key);
        }
        key(());
        key(1_u8);
        key([1_u8, 2, 3]);
        key('x');
        key((1_u32, -2_i32));
        key(i64::MIN);
    }

    #[test]
    fn what_is_too_large_goes_through_nodes() {
        assert!(!is_inline::<u64, [u64; 9]>() && !is_inline::<u128, u64>() && !is_inline::<u64, String>());
        assert!(is_inline::<u32, f64>() && !is_wide::<u32, f64>() && is_wide::<u32, (u64, u64)>());
    }
}
