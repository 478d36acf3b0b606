//! Checked casts: the three parts of the contract of an unsafe pointer conversion (alignment, size, lifetime), and the validity of the
//! bits, checked or tied down; an error that says which part failed.

use core::fmt;

use bytemuck::checked::{CheckedCastError, try_cast_slice, try_from_bytes};
use bytemuck::{CheckedBitPattern, NoUninit, PodCastError};

/// Which part of a cast's contract does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CastError {
    /// The pointer is null.
    Null,
    /// The address is not a multiple of the target's alignment.
    Align {
        /// Bytes that the target asks for.
        needed: usize,
        /// Bytes by which the address is off.
        off_by: usize,
    },
    /// The source does not hold the target exactly.
    Size {
        /// Bytes of the target, or of one of its elements.
        needed: usize,
        /// Bytes of the source.
        given: usize,
    },
    /// Some bits are no value of the target, such as 2 for a bool.
    Validity,
}

impl fmt::Display for CastError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null pointer"),
            Self::Align { needed, off_by } => write!(f, "address is {off_by} bytes off an alignment of {needed}"),
            Self::Size { needed, given } => write!(f, "source of {given} bytes for a target of {needed}"),
            Self::Validity => f.write_str("bits that are no value of the target type"),
        }
    }
}

impl core::error::Error for CastError {}

fn explain<T>(error: CheckedCastError, address: usize, given: usize) -> CastError {
    match error {
        CheckedCastError::InvalidBitPattern => CastError::Validity,
        CheckedCastError::PodCastError(PodCastError::TargetAlignmentGreaterAndInputNotAligned) => {
            CastError::Align { needed: align_of::<T>(), off_by: address.checked_rem(align_of::<T>()).unwrap_or(0) }
        }
        CheckedCastError::PodCastError(_) => CastError::Size { needed: size_of::<T>(), given },
    }
}

/// Views bytes as one `T`, for as long as the bytes are borrowed. O(size of `T`); copies nothing.
///
/// # Errors
///
/// The bytes are not aligned for `T`, not exactly of its size, or no value of it; alignment is reported first.
///
/// ```
/// use auditor_runtime::contract::{CastError, cast};
///
/// let word = 1_u32.to_ne_bytes();
/// assert_eq!(cast::<u8>(&word), Err(CastError::Size { needed: 1, given: 4 }));
/// assert_eq!(cast::<bool>(&[1]), Ok(&true));
/// assert_eq!(cast::<bool>(&[9]), Err(CastError::Validity));
/// ```
pub fn cast<T: CheckedBitPattern>(bytes: &[u8]) -> Result<&T, CastError> {
    let address = bytes.as_ptr().addr();
    check_align::<T>(address)?;
    try_from_bytes(bytes).map_err(|error| explain::<T>(error, address, bytes.len()))
}

/// Views a slice as a slice of `T`, for as long as it is borrowed: its length is converted. O(length); copies nothing.
///
/// # Errors
///
/// As [`cast`]; the size fails when the source is not a whole number of `T`s.
pub fn cast_slice<S: NoUninit, T: CheckedBitPattern>(source: &[S]) -> Result<&[T], CastError> {
    let address = source.as_ptr().addr();
    check_align::<T>(address)?;
    try_cast_slice(source).map_err(|error| explain::<T>(error, address, size_of_val(source)))
}

/// Views what a raw pointer leads to as a `T` that lives no longer than `owner` is borrowed. Null, alignment, size and validity are checked;
/// what cannot be checked is the caller's.
///
/// # Errors
///
/// As [`cast`], or the pointer is null.
///
/// # Safety
///
/// Unless it is null, `pointer` is valid for reads of `len` initialized bytes that are not written while `owner` is borrowed, and
/// `owner` is what keeps them alive.
pub unsafe fn cast_ptr<T: CheckedBitPattern, O: ?Sized>(
    pointer: *const u8,
    len: usize,
    owner: &O,
) -> Result<&T, CastError> {
    let _ = owner;
    if pointer.is_null() {
        return Err(CastError::Null);
    }
    if len > isize::MAX as usize {
        return Err(CastError::Size { needed: size_of::<T>(), given: len });
    }
    // SAFETY: not null, bytes need no alignment, the length is within isize; valid, initialized and unwritten by the contract, for the
    // lifetime of `owner`, to which the signature ties the result.
    cast(unsafe { core::slice::from_raw_parts(pointer, len) })
}

fn check_align<T>(address: usize) -> Result<(), CastError> {
    match address.checked_rem(align_of::<T>()) {
        Some(0) | None => Ok(()),
        Some(off_by) => Err(CastError::Align { needed: align_of::<T>(), off_by }),
    }
}

#[cfg(all(test, not(auditor_loom)))]
mod tests {
    use super::*;

    #[repr(align(8))]
    struct Aligned([u8; 16]);

    #[test]
    fn each_part_of_the_contract_has_its_error() {
        let bytes = Aligned([1; 16]);
        assert_eq!(cast::<u64>(&bytes.0[..8]), Ok(&0x0101_0101_0101_0101));
        assert_eq!(cast::<u64>(&bytes.0[3..11]), Err(CastError::Align { needed: 8, off_by: 3 }));
        assert_eq!(cast::<u64>(&bytes.0[..12]), Err(CastError::Size { needed: 8, given: 12 }));
        assert_eq!(cast::<bool>(&[2]), Err(CastError::Validity));
    }

    #[test]
    fn slices_convert_their_length() {
        let bytes = Aligned([1; 16]);
        assert_eq!(cast_slice::<u8, u32>(&bytes.0).map(<[u32]>::len), Ok(4));
        assert_eq!(cast_slice::<u8, u32>(&bytes.0[..6]), Err(CastError::Size { needed: 4, given: 6 }));
        let words = [1_u64, 2];
        assert_eq!(cast_slice::<u64, u8>(&words).map(<[u8]>::len), Ok(16));
    }

    #[test]
    fn raw_pointers_are_checked_before_they_are_followed() {
        let bytes = Aligned([0; 16]);
        let at = bytes.0.as_ptr();
        // SAFETY: null is allowed; the others are 8 readable bytes inside `bytes`, which is the owner.
        unsafe {
            assert_eq!(cast_ptr::<u32, _>(core::ptr::null(), 4, &bytes), Err(CastError::Null));
            assert_eq!(cast_ptr::<u32, _>(at.add(2), 4, &bytes), Err(CastError::Align { needed: 4, off_by: 2 }));
            assert_eq!(cast_ptr::<u32, _>(at, 8, &bytes), Err(CastError::Size { needed: 4, given: 8 }));
            assert_eq!(cast_ptr::<u32, _>(at, 4, &bytes), Ok(&0));
        }
    }
}
