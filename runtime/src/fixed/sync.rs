//! [`FixedSyncMap`]: stripes of [`FixedMap`]s, each behind a spin lock.

use core::borrow::Borrow;
use core::cell::UnsafeCell;
use core::hash::{BuildHasher, Hash};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use foldhash::fast::FixedState;

use super::{FixedMap, Full};

/// One stripe, on cache lines of its own.
#[repr(align(128))]
struct Stripe<K, V, const BUCKETS: usize> {
    locked: AtomicBool,
    /// A copy of the map's length that can be read without the lock.
    len: AtomicUsize,
    map: UnsafeCell<FixedMap<K, V, BUCKETS>>,
}

// SAFETY: the map inside is touched only while `locked` is held, which one thread does at a time; K and V move between threads (Send).
unsafe impl<K: Send, V: Send, const BUCKETS: usize> Sync for Stripe<K, V, BUCKETS> {}

/// A shared hash map that allocates nothing, ever, and needs no std: `STRIPES` independent maps of `7 * BUCKETS` entries each.
///
/// A key's stripe is full or not whatever the others are; leave a third of the room free. Every operation takes its stripe's spin lock for a
/// lookup's time; values are copied out (`V: Copy`), so that no code of yours runs under the lock but `Eq` of the keys. That must not use the
/// map itself: it would wait for ever. A panic in it leaves the map as it was, and unlocked. Where threads have priorities, a spin lock can
/// make a low one hold up a high one: use [`ShardedMap`](crate::map::ShardedMap) with std.
///
/// ```
/// use auditor_runtime::FixedSyncMap;
///
/// static SESSIONS: FixedSyncMap<u64, u32, 4, 16> = FixedSyncMap::new();
/// SESSIONS.insert(7, 1).unwrap();
/// assert_eq!(SESSIONS.get(&7), Some(1));
/// assert_eq!(SESSIONS.remove(&7), Some(1));
/// ```
pub struct FixedSyncMap<K, V, const STRIPES: usize, const BUCKETS: usize, S = FixedState> {
    stripes: [Stripe<K, V, BUCKETS>; STRIPES],
    hasher: S,
}

/// Unlocks when dropped, also while a panic unwinds.
struct Locked<'a>(&'a AtomicBool);

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // SeqCst: pairs with the Acquire exchange in `with`; an exchange, so that this thread's later reads of other stripes come after it.
        self.0.swap(false, Ordering::SeqCst);
    }
}

impl<K, V, const STRIPES: usize, const BUCKETS: usize> FixedSyncMap<K, V, STRIPES, BUCKETS> {
    /// An empty map. Constant: fit for a static.
    pub const fn new() -> Self {
        Self::with_hasher(FixedState::with_seed(0x5eed))
    }
}

impl<K, V, const STRIPES: usize, const BUCKETS: usize, S> FixedSyncMap<K, V, STRIPES, BUCKETS, S> {
    const SOME: () = assert!(STRIPES > 0, "a map without stripes has no place for any key");

    /// An empty map with a hasher that chooses the stripe.
    pub const fn with_hasher(hasher: S) -> Self {
        let () = Self::SOME;
        Self {
            stripes: [const {
                Stripe {
                    locked: AtomicBool::new(false),
                    len: AtomicUsize::new(0),
                    map: UnsafeCell::new(FixedMap::with_hasher(FixedState::with_seed(0x5eed))),
                }
            }; STRIPES],
            hasher,
        }
    }

    /// Slots of all stripes.
    pub const fn capacity(&self) -> usize {
        STRIPES * BUCKETS * crate::raw::ctrl::LANES
    }

    /// Entries: the sum over the stripes, each as of a moment of its own. Takes no lock.
    pub fn len(&self) -> usize {
        // Relaxed: a sum over moments.
        // auditor: allow(panicking-api) a sum of counts of things in memory
        self.stripes.iter().map(|stripe| stripe.len.load(Ordering::Relaxed)).sum()
    }

    /// Whether there is no entry, in the sense of [`len`](Self::len).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K, V, const STRIPES: usize, const BUCKETS: usize, S> FixedSyncMap<K, V, STRIPES, BUCKETS, S>
where
    K: Eq + Hash,
    V: Copy,
    S: BuildHasher,
{
    /// The stripe of a key: by the hash's upper half; the maps inside use the lower.
    #[inline]
    fn stripe<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        (((self.hasher.hash_one(key) >> 32) * STRIPES as u64) >> 32) as usize
    }

    /// Runs `work` on a stripe under its lock. None if there is no such stripe, which `stripe` never gives.
    #[inline]
    fn with<R>(&self, stripe: usize, work: impl FnOnce(&mut FixedMap<K, V, BUCKETS>) -> R) -> Option<R> {
        let stripe = self.stripes.get(stripe)?;
        // Acquire: pairs with the exchange in `Locked::drop`.
        while stripe.locked.swap(true, Ordering::Acquire) {
            // Relaxed: a look before the exchange that counts.
            while stripe.locked.load(Ordering::Relaxed) {
                relax();
            }
        }
        let _locked = Locked(&stripe.locked);
        // SAFETY: the lock is held, and released after the last use of this reference (`_locked` is dropped after `map`).
        let map = unsafe { &mut *stripe.map.get() };
        let result = work(map);
        // Relaxed: see `len`.
        stripe.len.store(map.len(), Ordering::Relaxed);
        Some(result)
    }

    /// Puts a value under a key and returns what was there.
    ///
    /// # Errors
    ///
    /// The key is new and its stripe is full.
    pub fn insert(&self, key: K, value: V) -> Result<Option<V>, Full<K, V>> {
        let stripe = self.stripe(&key);
        // A stripe that exists always runs the closure; without one there is no room.
        let mut entry = Some((key, value));
        let done = self.with(stripe, |map| entry.take().map(|(key, value)| map.insert(key, value))).flatten();
        match (done, entry) {
            (Some(done), _) => done,
            (None, Some((key, value))) => Err(Full { key, value }),
            (None, None) => Ok(None),
        }
    }

    /// A copy of a key's value.
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.with(self.stripe(key), |map| map.get(key).copied())?
    }

    /// Whether a key is there.
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.get(key).is_some()
    }

    /// Removes a key and returns its value. The key is dropped after unlocking.
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.with(self.stripe(key), |map| map.remove_entry(key))?.map(|(_, value)| value)
    }
}

impl<K, V, const STRIPES: usize, const BUCKETS: usize, S: Default> Default for FixedSyncMap<K, V, STRIPES, BUCKETS, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V, const STRIPES: usize, const BUCKETS: usize, S> core::fmt::Debug for FixedSyncMap<K, V, STRIPES, BUCKETS, S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FixedSyncMap").field("len", &self.len()).field("capacity", &self.capacity()).finish()
    }
}

/// Lets the holder run: a preempted one would otherwise cost a whole time slice.
#[inline]
fn relax() {
    #[cfg(feature = "std")]
    std::thread::yield_now();
    #[cfg(not(feature = "std"))]
    core::hint::spin_loop();
}
