//! How many bytes an entry is taken to own on the heap, so that garbage is bounded by bytes and not by its number.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::PathBuf;

/// What a value of a type that is not known here is taken to own.
const UNKNOWN: usize = 4096;

/// Bytes that a value owns on the heap: what is known of strings and of lists of numbers, nothing for types without a destructor, four KiB for all
/// others.
#[inline]
pub(super) fn bytes<T>(value: &T) -> usize {
    if !core::mem::needs_drop::<T>() {
        return 0;
    }
    let id = typeid::of::<T>();
    macro_rules! known {
        ($($ty:ty => $bytes:expr),* $(,)?) => { $(
            if id == typeid::of::<$ty>() {
                // SAFETY: T is this very type, as its id says, which has no lifetimes to differ in; a shared borrow of it becomes one.
                let value = unsafe { &*core::ptr::from_ref(value).cast::<$ty>() };
                let bytes: fn(&$ty) -> usize = $bytes;
                return bytes(value);
            }
        )* };
    }
    macro_rules! lists {
        ($($ty:ty),*) => { known! { $(
            Vec<$ty> => |list| list.capacity().saturating_mul(size_of::<$ty>()),
            VecDeque<$ty> => |list| list.capacity().saturating_mul(size_of::<$ty>()),
            Box<[$ty]> => |list| size_of_val(&**list),
        )* } };
    }
    known! {
        String => String::capacity,
        Box<str> => |text| text.len(),
        OsString => OsString::capacity,
        PathBuf => PathBuf::capacity,
    }
    lists!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f32, f64);
    UNKNOWN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_lists_say_what_they_own() {
        assert_eq!(bytes(&String::with_capacity(300)), 300);
        assert_eq!(bytes(&Vec::<u32>::with_capacity(10)), 40);
        assert_eq!(bytes(&Box::<[u64]>::from([1, 2])), 16);
        assert_eq!((bytes(&7_u64), bytes(&[1_u8; 90])), (0, 0));
    }

    #[test]
    fn what_is_not_known_counts_as_much() {
        struct Session(#[allow(dead_code)] String);
        assert_eq!(bytes(&Session(String::new())), UNKNOWN);
        let text = "borrowed".to_owned();
        assert_eq!(bytes(&vec![text.as_str()]), UNKNOWN);
    }
}
