//! [`FixedMap`]: a hash map inside its own value.

use core::borrow::Borrow;
use core::fmt;
use core::hash::{BuildHasher, Hash};

use foldhash::fast::FixedState;

use super::Full;
use super::bucket::Bucket;
use crate::raw::ctrl::{LANES, tag};

/// A hash map of at most `7 * BUCKETS` entries that allocates nothing, ever, and needs no std.
///
/// Buckets hold seven entries and a word of tags; the word's high bits are the occupancy bitmap. A full bucket passes keys on to the next
/// and counts them, so a removal leaves no tombstone: the count falls again. Expected O(1); at most
/// [`probe_limit`](Self::probe_limit) buckets are looked at, and [`longest_probe`](Self::longest_probe) tells how many it came to. Fill it to five
/// sixths for one probe mostly.
///
/// The default hasher has a fixed seed: for keys that an attacker chooses give your own to [`with_hasher`](Self::with_hasher).
///
/// A panic in `Hash` or `Eq` leaves the map as it was.
///
/// ```
/// use auditor_runtime::FixedMap;
///
/// let mut ports = FixedMap::<&str, u16, 2>::new();
/// assert_eq!(ports.insert("http", 80), Ok(None));
/// assert_eq!(ports.insert("http", 8080), Ok(Some(80)));
/// assert_eq!(ports.get("http"), Some(&8080));
/// assert_eq!(ports.capacity(), 14);
/// ```
pub struct FixedMap<K, V, const BUCKETS: usize, S = FixedState> {
    buckets: [Bucket<K, V>; BUCKETS],
    len: usize,
    limit: usize,
    /// Buckets that passed a key on, at most, on its way.
    farthest: usize,
    hasher: S,
}

/// Where a key is: bucket, lane, and how many buckets passed it on.
struct Place {
    bucket: usize,
    lane: usize,
    distance: usize,
}

impl<K, V, const BUCKETS: usize> FixedMap<K, V, BUCKETS> {
    /// An empty map. Constant: fit for a static.
    pub const fn new() -> Self {
        Self::with_hasher(FixedState::with_seed(0x5eed))
    }
}

impl<K, V, const BUCKETS: usize, S> FixedMap<K, V, BUCKETS, S> {
    /// An empty map with a hasher.
    pub const fn with_hasher(hasher: S) -> Self {
        Self { buckets: [const { Bucket::EMPTY }; BUCKETS], len: 0, limit: BUCKETS, farthest: 0, hasher }
    }

    /// Bounds the buckets that one operation may look at: insertions that would go further are refused as [`Full`]. At least 1.
    #[must_use]
    pub const fn with_probe_limit(mut self, buckets: usize) -> Self {
        self.limit = if buckets == 0 {
            1
        } else if buckets < BUCKETS {
            buckets
        } else {
            BUCKETS
        };
        self
    }

    /// The most buckets that one operation may look at.
    pub const fn probe_limit(&self) -> usize {
        self.limit
    }

    /// The most buckets that a key needed since the map was made or cleared; 1 means that every key is in its first.
    pub const fn longest_probe(&self) -> usize {
        self.farthest + 1
    }

    /// Entries. O(1).
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none. O(1).
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Slots.
    pub const fn capacity(&self) -> usize {
        BUCKETS * LANES
    }

    /// The hasher.
    pub const fn hasher(&self) -> &S {
        &self.hasher
    }

    /// How many slots of each bucket are full, in order.
    pub fn occupancy(&self) -> impl Iterator<Item = usize> + '_ {
        self.buckets.iter().map(|bucket| bucket.ctrl().full().count())
    }

    /// All entries, in no useful order. O(capacity).
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { buckets: self.buckets.iter(), current: None, left: self.len }
    }

    /// Removes everything. O(capacity). If a destructor panics, what was not yet reached stays.
    pub fn clear(&mut self) {
        self.retain_entries(|_, _| false);
        for bucket in &mut self.buckets {
            bucket.set_passed(0);
        }
        self.farthest = 0;
    }

    /// Removes without mending the counts of passed keys; returns whether any went.
    fn retain_entries(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        for bucket in &mut self.buckets {
            for lane in bucket.ctrl().full() {
                let stays = bucket.entry_mut(lane).is_none_or(|(key, value)| keep(key, value));
                if !stays {
                    self.len -= 1; // auditor: allow(integer-overflow) a full lane was counted
                    drop(bucket.empty(lane));
                }
            }
        }
    }
}

impl<K: Eq + Hash, V, const BUCKETS: usize, S: BuildHasher> FixedMap<K, V, BUCKETS, S> {
    /// The bucket that a hash starts at.
    #[inline]
    fn home(hash: u64) -> usize {
        if BUCKETS.is_power_of_two() {
            hash as usize & (BUCKETS - 1)
        } else {
            ((u64::from(hash as u32) * BUCKETS as u64) >> 32) as usize
        }
    }

    /// The bucket after another, around the end.
    #[inline]
    fn after(bucket: usize) -> usize {
        if bucket + 1 == BUCKETS { 0 } else { bucket + 1 }
    }

    #[inline]
    fn find<Q>(&self, hash: u64, key: &Q) -> Option<Place>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let tag = tag(hash);
        let mut at = Self::home(hash);
        for distance in 0..self.limit {
            let bucket = self.buckets.get(at)?;
            for lane in bucket.ctrl().candidates(tag) {
                if bucket.entry(lane).is_some_and(|(there, _)| there.borrow() == key) {
                    return Some(Place { bucket: at, lane, distance });
                }
            }
            if bucket.passed() == 0 {
                return None;
            }
            at = Self::after(at);
        }
        None
    }

    /// Puts a value under a key and returns what was there; the first key stays.
    ///
    /// # Errors
    ///
    /// The key is new, and no bucket within [`probe_limit`](Self::probe_limit) has a free slot. The map is as before.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, Full<K, V>> {
        let hash = self.hasher.hash_one(&key);
        // Mostly a new key finds room in its first bucket, which no key was ever passed on from and where no tag is its own.
        if let Some(bucket) = self.buckets.get_mut(Self::home(hash)) {
            let word = bucket.ctrl();
            if word.overflow() == 0 && word.candidates(tag(hash)).next().is_none() {
                return match bucket.fill(tag(hash), (key, value)) {
                    Ok(()) => {
                        self.len += 1; // auditor: allow(integer-overflow) at most the capacity
                        Ok(None)
                    }
                    Err((key, value)) => self.insert_beyond(hash, 1, key, value),
                };
            }
        }
        self.insert_slowly(hash, key, value)
    }

    /// [`insert`](Self::insert) where the key may be there.
    #[inline(never)]
    fn insert_slowly(&mut self, hash: u64, key: K, value: V) -> Result<Option<V>, Full<K, V>> {
        if let Some(place) = self.find(hash, &key) {
            let there = self.buckets.get_mut(place.bucket).and_then(|bucket| bucket.entry_mut(place.lane));
            return Ok(there.map(|(_, there)| core::mem::replace(there, value)));
        }
        self.insert_beyond(hash, 0, key, value)
    }

    /// Puts an absent key into the first bucket with room, `from` buckets or more from its first.
    #[inline(never)]
    fn insert_beyond(&mut self, hash: u64, from: usize, key: K, value: V) -> Result<Option<V>, Full<K, V>> {
        let home = Self::home(hash);
        let mut at = if from == 0 { home } else { Self::after(home) };
        let mut entry = (key, value);
        for distance in from..self.limit {
            let Some(bucket) = self.buckets.get_mut(at) else { break };
            match bucket.fill(tag(hash), entry) {
                Ok(()) => {
                    self.len += 1; // auditor: allow(integer-overflow) at most the capacity
                    self.farthest = self.farthest.max(distance);
                    self.adjust(home, distance, 1);
                    return Ok(None);
                }
                Err(back) => entry = back,
            }
            at = Self::after(at);
        }
        let (key, value) = entry;
        Err(Full { key, value })
    }

    /// Counts a key in or out of the buckets that passed it on.
    #[inline]
    fn adjust(&mut self, home: usize, distance: usize, by: i8) {
        let mut at = home;
        for _ in 0..distance {
            if let Some(bucket) = self.buckets.get_mut(at) {
                let count = bucket.passed();
                // A count that has reached 255 no longer tells how many: it stays.
                if count != u8::MAX {
                    bucket.set_passed(count.saturating_add_signed(by));
                }
            }
            at = Self::after(at);
        }
    }

    /// A key's value.
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let place = self.find(self.hasher.hash_one(key), key)?;
        self.buckets.get(place.bucket)?.entry(place.lane).map(|(_, value)| value)
    }

    /// A key's value, to be changed in place.
    #[inline]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let place = self.find(self.hasher.hash_one(key), key)?;
        self.buckets.get_mut(place.bucket)?.entry_mut(place.lane).map(|(_, value)| value)
    }

    /// Whether a key is there.
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.find(self.hasher.hash_one(key), key).is_some()
    }

    /// Removes a key and returns its value.
    #[inline]
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// Removes a key and returns it with its value.
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let place = self.find(hash, key)?;
        self.adjust(Self::home(hash), place.distance, -1);
        self.len -= 1; // auditor: allow(integer-overflow) the key was counted
        self.buckets.get_mut(place.bucket)?.empty(place.lane)
    }

    /// Keeps the entries for which `keep` holds. O(capacity). If `keep` panics, what was removed before stays removed. Counts of passed keys are
    /// not mended: later misses may look at a bucket more, until [`clear`](Self::clear).
    pub fn retain(&mut self, keep: impl FnMut(&K, &mut V) -> bool) {
        self.retain_entries(keep);
    }
}

impl<K, V, const BUCKETS: usize, S: Default> Default for FixedMap<K, V, BUCKETS, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V, const BUCKETS: usize, S> Drop for FixedMap<K, V, BUCKETS, S> {
    fn drop(&mut self) {
        if core::mem::needs_drop::<(K, V)>() {
            self.retain_entries(|_, _| false);
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, const BUCKETS: usize, S> fmt::Debug for FixedMap<K, V, BUCKETS, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Iterator over a [`FixedMap`].
pub struct Iter<'a, K, V> {
    buckets: core::slice::Iter<'a, Bucket<K, V>>,
    current: Option<(&'a Bucket<K, V>, crate::raw::ctrl::Lanes)>,
    left: usize,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((bucket, lanes)) = &mut self.current {
                if let Some((key, value)) = lanes.next().and_then(|lane| bucket.entry(lane)) {
                    self.left = self.left.saturating_sub(1);
                    return Some((key, value));
                }
            }
            let bucket = self.buckets.next()?;
            self.current = Some((bucket, bucket.ctrl().full()));
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<'a, K, V, const BUCKETS: usize, S> IntoIterator for &'a FixedMap<K, V, BUCKETS, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}
