//! Which keys and values travel as bits in the table itself, and how. Every other type goes through a node.

use core::any::TypeId;

/// Whether `T` is an integer, float, bool or char that fits a pointer: plain bits, no padding, no interior mutability, no destructor.
#[inline]
fn is_plain<T: 'static>() -> bool {
    let id = TypeId::of::<T>();
    macro_rules! any_of {
        ($($ty:ty),*) => { false $(|| id == TypeId::of::<$ty>())* };
    }
    size_of::<T>() <= size_of::<*mut ()>()
        && any_of!(
            u8,
            u16,
            u32,
            u64,
            usize,
            i8,
            i16,
            i32,
            i64,
            isize,
            f32,
            f64,
            bool,
            char,
            core::num::NonZeroU32,
            core::num::NonZeroU64,
            core::num::NonZeroUsize
        )
}

/// Whether a map of these types keeps its entries in place. Decided by the compiler: each map has one of the two forms only.
#[inline]
pub(crate) fn is_inline<K: 'static, V: 'static>() -> bool {
    is_plain::<K>() && is_plain::<V>()
}

/// The bits of a plain value.
#[inline]
pub(crate) fn to_bits<T: 'static>(value: &T) -> u64 {
    debug_assert!(is_plain::<T>());
    // SAFETY: in all arms `T` is plain, by every caller's check of `is_inline`: its size is one of these, all its bytes are
    // initialized, and the reference is valid for reads of them. Unaligned reads, since T's alignment is not known to be the integer's.
    unsafe {
        let at = core::ptr::from_ref(value);
        match size_of::<T>() {
            1 => u64::from(at.cast::<u8>().read_unaligned()),
            2 => u64::from(at.cast::<u16>().read_unaligned()),
            4 => u64::from(at.cast::<u32>().read_unaligned()),
            8 => at.cast::<u64>().read_unaligned(),
            _ => 0,
        }
    }
}

/// The plain value of bits that came from [`to_bits`].
///
/// # Safety
///
/// `bits` came from `to_bits::<T>`, and `is_plain::<T>()`.
#[inline]
pub(crate) unsafe fn from_bits<T: 'static>(bits: u64) -> T {
    debug_assert!(is_plain::<T>());
    // SAFETY: as in `to_bits`: the sizes match, and the bits are those of a valid `T` by the contract.
    unsafe {
        match size_of::<T>() {
            1 => core::mem::transmute_copy::<u8, T>(&(bits as u8)),
            2 => core::mem::transmute_copy::<u16, T>(&(bits as u16)),
            4 => core::mem::transmute_copy::<u32, T>(&(bits as u32)),
            _ => core::mem::transmute_copy::<u64, T>(&bits),
        }
    }
}

/// Bits in a payload: an address that is never followed.
#[inline]
pub(crate) fn to_payload(bits: u64) -> *mut () {
    core::ptr::without_provenance_mut(bits as usize)
}

/// The bits of a payload.
#[inline]
pub(crate) fn from_payload(payload: *mut ()) -> u64 {
    payload.addr() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travels<T: Copy + PartialEq + core::fmt::Debug + 'static>(value: T) {
        assert!(is_plain::<T>());
        // SAFETY: plain, and the bits come from the same type.
        assert_eq!(unsafe { from_bits::<T>(from_payload(to_payload(to_bits(&value)))) }, value);
    }

    #[test]
    fn plain_values_survive_the_way_through_a_payload() {
        travels(u64::MAX);
        travels(-1_i8);
        travels('ß');
        travels(true);
        travels(f64::MIN_POSITIVE);
        travels(i16::MIN);
        travels(core::num::NonZeroU64::MIN);
    }

    #[test]
    fn types_with_padding_cells_or_destructors_go_through_nodes() {
        assert!(!is_inline::<u64, String>());
        assert!(!is_inline::<u64, core::cell::Cell<u32>>());
        assert!(!is_inline::<u64, (u8, u32)>());
        assert!(!is_inline::<u128, u64>());
        assert!(!is_inline::<u64, core::sync::atomic::AtomicU64>());
        assert!(is_inline::<u32, f64>());
    }
}
