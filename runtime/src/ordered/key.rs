//! Eight bytes that order as the key does: most comparisons need no look at the key itself.

use core::any::TypeId;
use core::cmp::Ordering;

/// Whether equal prefixes mean equal keys.
#[inline]
pub(super) fn is_exact<K: 'static>() -> bool {
    let id = TypeId::of::<K>();
    macro_rules! any_of {
        ($($ty:ty),*) => { false $(|| id == TypeId::of::<$ty>())* };
    }
    any_of!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, char, bool)
}

/// A number that does not order against the key: `a < b` in the keys' order implies `prefix(a) <= prefix(b)`. Zero for types that are not known here.
#[inline]
pub(super) fn prefix<K: 'static>(key: &K) -> u64 {
    let id = TypeId::of::<K>();
    macro_rules! as_type {
        ($ty:ty, $convert:expr) => {
            if id == TypeId::of::<$ty>() {
                // SAFETY: K is this very type, as its id says; a shared borrow becomes a shared borrow of the same type.
                let key = unsafe { &*core::ptr::from_ref(key).cast::<$ty>() };
                let convert: fn(&$ty) -> u64 = $convert;
                return convert(key);
            }
        };
    }
    const SIGN: u64 = 1 << 63;
    as_type!(u64, |key| *key);
    as_type!(u32, |key| u64::from(*key));
    as_type!(usize, |key| *key as u64);
    as_type!(i64, |key| (*key as u64) ^ SIGN);
    as_type!(i32, |key| (i64::from(*key) as u64) ^ SIGN);
    as_type!(isize, |key| (*key as i64 as u64) ^ SIGN);
    as_type!(u16, |key| u64::from(*key));
    as_type!(i16, |key| (i64::from(*key) as u64) ^ SIGN);
    as_type!(u8, |key| u64::from(*key));
    as_type!(i8, |key| (i64::from(*key) as u64) ^ SIGN);
    as_type!(char, |key| u64::from(*key));
    as_type!(bool, |key| u64::from(*key));
    as_type!(String, |key| of_bytes(key.as_bytes()));
    as_type!(&'static str, |key| of_bytes(key.as_bytes()));
    as_type!(Vec<u8>, |key| of_bytes(key));
    0
}

/// The first eight bytes, missing ones as zero.
fn of_bytes(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_be_bytes(first)
}

/// Compares two keys, by their prefixes where these decide.
#[inline]
pub(super) fn compare<K: Ord + 'static>(a_prefix: u64, a: &K, b_prefix: u64, b: &K) -> Ordering {
    match a_prefix.cmp(&b_prefix) {
        Ordering::Equal if !is_exact::<K>() => a.cmp(b),
        order => order,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn agrees<K: Ord + 'static>(a: &K, b: &K) -> bool {
        compare(prefix(a), a, prefix(b), b) == a.cmp(b) && (!is_exact::<K>() || (prefix(a) == prefix(b)) == (a == b))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 256 }, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn prefixes_order_as_their_keys_do(
            a: u64, b: u64, c: i64, d: i64, e: i8, f: i8, g in ".{0,12}", h in ".{0,12}",
            i: (u8, u8), j: (u8, u8), k: char, l: char,
        ) {
            prop_assert!(agrees(&a, &b) && agrees(&c, &d) && agrees(&e, &f) && agrees(&i, &j) && agrees(&k, &l));
            prop_assert!(agrees(&g, &h) && agrees(&g.clone().into_bytes(), &h.clone().into_bytes()));
            prop_assert!(agrees(&(g.clone() + "\0"), &g) && agrees(&(g.clone() + "same"), &(g + "also")));
        }
    }
}
