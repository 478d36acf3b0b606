//! How many bytes an entry is taken to own on the heap, so that garbage is bounded by bytes and not by its number.

use core::hash::{BuildHasher, Hash};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::PathBuf;

use super::ShardedMap;
use crate::epoch::{self, Domain};
use crate::sync::atomic::Ordering;

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

/// Tells the bytes that an entry owns.
type EntryBytes<K, V> = fn(&K, &V) -> usize;

/// Bytes that an entry of a map in this domain owns on the heap: as its map was told, or as far as its types are known.
#[inline]
pub(super) fn of_entry<K, V>(domain: &Domain, key: &K, value: &V) -> usize {
    // Relaxed: written before the map was shared.
    let told = domain.entry_bytes().load(Ordering::Relaxed);
    if told.is_null() { bytes(key).saturating_add(bytes(value)) } else { as_told(told, key, value) }
}

#[cold]
fn as_told<K, V>(told: *mut (), key: &K, value: &V) -> usize {
    // SAFETY: stored by `with_entry_bytes` of a map of these types, which alone has this domain.
    let told = unsafe { core::mem::transmute::<*mut (), EntryBytes<K, V>>(told) };
    let mut bytes = UNKNOWN;
    // Called while entries are dropped: a panic here must not meet another.
    epoch::panics(|| bytes = told(key, value));
    bytes
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// The map, which asks `bytes` how much the key and the value of an entry own on the heap, instead of taking strings and lists of numbers for what they
    /// are and others for 4 KiB. That bounds how much of what was removed may wait for readers. `bytes` is asked once for each removed entry; if it panics,
    /// that is caught, and the entry counts as 4 KiB.
    ///
    /// ```
    /// use auditor_runtime::ShardedMap;
    ///
    /// struct Session {
    ///     pages: Vec<String>,
    /// }
    /// let sessions = ShardedMap::<u64, Session>::new()
    ///     .with_entry_bytes(|_, session| session.pages.iter().map(String::capacity).sum());
    /// # sessions.insert(1, Session { pages: vec![] });
    /// # sessions.remove(&1);
    /// ```
    #[must_use]
    pub fn with_entry_bytes(self, bytes: fn(&K, &V) -> usize) -> Self {
        // Relaxed: the map is not shared while it is moved.
        self.domain().entry_bytes().store(bytes as *mut (), Ordering::Relaxed);
        self
    }
}

#[cfg(all(test, not(any(auditor_loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn what_a_map_is_told_of_its_entries_counts() {
        let map = ShardedMap::<u64, Box<u8>>::new().with_entry_bytes(|key, _| if *key == 3 { panic!() } else { 1_000 });
        (0..5).for_each(|key| drop(map.insert(key, Box::new(1))));
        let held = map.get(&4);
        let node = size_of::<crate::map::node::Node<u64, Box<u8>>>();
        (0..3).for_each(|key| drop(map.remove(&key)));
        assert_eq!(map.domain().garbage(), (3, 3 * (1_000 + node)));
        drop(map.remove(&3));
        assert_eq!(map.domain().garbage(), (4, 3 * 1_000 + UNKNOWN + 4 * node));
        drop(held);
        assert_eq!(map.flush(), 0);
    }

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
