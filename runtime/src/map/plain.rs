//! [`Plain`]: types whose values are nothing but their bytes, which maps keep in the table itself.

use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8, NonZeroU16, NonZeroU32,
    NonZeroU64, NonZeroU128, NonZeroUsize,
};

/// A type whose values are their bytes: a [`ShardedMap`](crate::ShardedMap) keeps them in the table itself and copies them in and out, instead of
/// giving each entry a place in memory of its own. That takes a key of at most 8 bytes and a value of at most 64.
///
/// The numbers, `bool`, `char`, `()`, the `NonZero` types and options of them have it, and so have arrays of what has it and tuples of members of one
/// width. For a struct derive it (feature `macros`), which checks all that is demanded; maps of other types use nodes.
///
/// # Safety
///
/// Every byte of every value is initialized: there is no padding. There is no interior mutability in it. The implementation holds for all lifetime
/// arguments, or for none. Types with the same `Width` have the same size.
pub unsafe trait Plain: Copy {
    /// Stands for the type's size.
    type Width;
}

macro_rules! plain {
    ($($size:literal: $($ty:ty),*;)*) => { $($(
        const _: () = assert!(size_of::<$ty>() == $size || $size == 0);
        // SAFETY: a number, or a type with the layout of one: no padding, no cell.
        unsafe impl Plain for $ty {
            type Width = [u8; size_of::<$ty>()];
        }
    )*)* };
}
plain! {
    1: u8, i8, bool, NonZeroU8, NonZeroI8, Option<NonZeroU8>, Option<NonZeroI8>;
    2: u16, i16, NonZeroU16, NonZeroI16, Option<NonZeroU16>, Option<NonZeroI16>;
    4: u32, i32, f32, char, NonZeroU32, NonZeroI32, Option<NonZeroU32>, Option<NonZeroI32>;
    8: u64, i64, f64, NonZeroU64, NonZeroI64, Option<NonZeroU64>, Option<NonZeroI64>;
    16: u128, i128, NonZeroU128, NonZeroI128, Option<NonZeroU128>, Option<NonZeroI128>;
    0: usize, isize, NonZeroUsize, NonZeroIsize, Option<NonZeroUsize>, Option<NonZeroIsize>, ();
}

// SAFETY: elements follow one another without gaps.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {
    type Width = [T::Width; N];
}

macro_rules! tuples {
    ($($first:ident $($other:ident)*;)*) => { $(
        // SAFETY: members of one size, each a multiple of its own alignment, fill their places without gaps in any order.
        unsafe impl<$first: Plain, $($other: Plain<Width = $first::Width>),*> Plain for ($first, $($other,)*) {
            type Width = ($first::Width, $($other::Width,)*);
        }
    )* };
}
tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
}

/// Whether `T` is [`Plain`], for a `T` of which nothing is known here.
///
/// The language has no such question, but the standard library asks one like it, as it documents: `Iterator::fuse` does nothing to an iterator that is
/// a `FusedIterator`, and keeps any other from being asked again after its end. The probe is one exactly where `T` is plain, and answers when it is
/// asked again. Should a library one day fuse it all the same, the answer is "no" for every type, and maps use nodes: slower, and right.
#[inline]
pub(crate) fn is_plain<T>() -> bool {
    struct Probe<T> {
        was_asked: bool,
        of: PhantomData<T>,
    }

    impl<T> Iterator for Probe<T> {
        type Item = ();

        #[inline]
        fn next(&mut self) -> Option<()> {
            core::mem::replace(&mut self.was_asked, true).then_some(())
        }
    }

    impl<T: Plain> FusedIterator for Probe<T> {}

    let mut fused = Probe::<T> { was_asked: false, of: PhantomData }.fuse();
    fused.next().is_none() && fused.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    #[derive(Clone, Copy)]
    struct Unknown;

    #[derive(Clone, Copy)]
    #[allow(dead_code)]
    struct Point(i32, i32);
    // SAFETY: two members of four bytes each, aligned to four.
    unsafe impl Plain for Point {
        type Width = Self;
    }
    const _: () = assert!(size_of::<Point>() == 8);

    fn of<T>(_: T) -> bool {
        is_plain::<T>()
    }

    #[test]
    fn what_is_plain_is_known_where_nothing_is_known_of_the_type() {
        assert!(of(1_u8) && of('a') && of(1.5_f64) && of(()) && of(1_u128) && of(Some(NonZeroU64::MIN)));
        assert!(of((1_u64, 2_i64)) && of([1_u16; 5]) && of([(1_u8, true); 3]) && of((1_u32, 1.0_f32, 'a', -1)));
        assert!(of(Point(1, 2)) && of([Point(1, 2); 2]));
        assert!(of((1_u64,)) && of(([1_u8; 8], [2_u8; 8])));
    }

    #[test]
    fn what_may_have_padding_cells_or_destructors_is_not() {
        assert!(!of((1_u8, 2_u32)) && !of(Some(1_u64)) && !of(Unknown) && !of([Unknown; 2]));
        assert!(!of(String::new()) && !of(Cell::new(1)) && !of(core::sync::atomic::AtomicU64::new(1)) && !of("text"));
    }
}
