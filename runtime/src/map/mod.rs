//! [`ShardedMap`]: the safe surface over `raw` and `epoch`. Construction and lookups; writing is in `insert_remove` and `write`, whole-map work in `bulk`.

mod ask;
mod batch;
mod bulk;
mod codec;
mod decide;
mod entry;
mod error;
mod heap;
mod here;
mod insert_remove;
mod iter;
mod lookup;
pub(crate) mod node;
mod owned;
#[cfg(not(any(auditor_loom, shuttle)))]
mod owned_ref;
#[cfg(all(feature = "rayon", not(any(auditor_loom, shuttle))))]
mod parallel;
mod plain;
mod refs;
mod set;
mod stats;
mod traits;
mod write;

use core::any::TypeId;
use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;

pub use bulk::Drain;
pub use decide::{Computed, Operation};
pub use entry::{Entry, OccupiedEntry, UpdateEntry, VacantEntry};
pub use error::TryInsertError;
pub use iter::Iter;
pub use owned::Owned;
#[cfg(not(any(auditor_loom, shuttle)))]
pub use owned_ref::OwnedRef;
#[cfg(all(feature = "rayon", not(any(auditor_loom, shuttle))))]
pub use parallel::ParIter;
pub use plain::Plain;
pub use refs::Ref;
pub use set::ShardedSet;
pub use stats::ShardStats;
pub use traits::IntoIter;

use crate::epoch::{self, Domain, Guard};
use crate::raw::{LockedTable, NoMemory, Probe, RawMap, Table};
use codec::Contents;
use node::Node;

/// Neither a subtype's nor a supertype's.
type Invariant<T> = PhantomData<fn(T) -> T>;

/// The default hasher: foldhash with a seed of its own for each map.
pub type RandomState = foldhash::fast::RandomState;

/// A concurrent hash map. Reads take no lock, never wait for a writer and never retry; a writer locks one shard; the number of shards grows
/// while readers and writers run.
///
/// * **Reads** ([`get`](Self::get), [`contains_key`](Self::contains_key), [`iter`](Self::iter)): O(1) expected, bounded by the size of one
///   small table. They do not block and cannot be blocked.
/// * **Writes** wait for other writers of the same shard, for some stores each. The closures of [`update`](Self::update), [`compute`](Self::compute),
///   [`get_or_insert_with`](Self::get_or_insert_with) and their like run exactly once, while others write every other key; they may use the map, even the
///   same key. Each method says what it waits for.
/// * **Growth** copies one table of at most 1,792 slots at a time, some tens of microseconds.
/// * **Consistency**: operations on keys are linearizable, over all keys together. Iteration and [`len`](Self::len) are not one instant.
/// * **Panics** in `Hash`, `Eq`, `Clone`, `Drop` or a closure leave the map consistent, unlocked and complete. A value's
///   destructor that panics after a removal is caught and counted ([`reclaim_stats`](crate::reclaim_stats)).
/// * **Memory**: keys of at most 8 bytes with values of at most 64, if both are [`Plain`], live in the table, copied in and out. Other keys and values
///   live in one allocation an entry, where plain values of at most 8 bytes are replaced in place; readers have copies of them. What is removed is dropped by the call that removed it while one thread uses maps; otherwise as soon as no reader can have it, by
///   whoever writes next: at most 128 KiB of it wait in a map, and four entries more, counting what strings and lists of numbers own, and 4 KiB for a type
///   that is not known to own less. Beyond that only what live references, iterators and lookups of *this* map, which began before a removal, may
///   still see. [`flush`](Self::flush) hurries that, [`reclaim_stats`](crate::reclaim_stats) counts it, and dropping the map leaves nothing.
/// * **Lack of memory**: reading and removing need none, but for some 200 bytes when a thread uses a map for the first time. Where there is
///   none, `try_` calls give back what they were given, and the others abort, as the standard collections do.
///
/// ```
/// use auditor_runtime::ShardedMap;
///
/// let hits = ShardedMap::new();
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| {
///             for page in ["/", "/about", "/"] {
///                 hits.entry(page).and_modify(|n| *n += 1).or_insert(1);
///             }
///         });
///     }
/// });
/// assert_eq!(hits.get("/").map(|n| *n), Some(8));
/// ```
pub struct ShardedMap<K, V, S = RandomState> {
    raw: RawMap,
    hasher: S,
    /// Not covariant: what goes in by one name must not come out by another.
    _entries: Invariant<Node<K, V>>,
}

// SAFETY: the map owns its keys and values; moving it moves them, and other threads may then drop them.
unsafe impl<K: Send, V: Send, S: Send> Send for ShardedMap<K, V, S> {}
// SAFETY: shared maps hand out references to keys and values on any thread (Sync) and take and drop them on any (Send); the raw
// table is all atomics under the protocol argued in `raw` and `epoch`.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Sync for ShardedMap<K, V, S> {}

impl<K, V> ShardedMap<K, V, RandomState>
where
    K: Eq + Hash + Send,
    V: Send,
{
    /// An empty map: about 1 KiB.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// A map with room for `capacity` entries before anything grows. A capacity that no memory can hold is not reserved: the map begins empty and
    /// grows; [`try_with_shards`](Self::try_with_shards) tells.
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::default())
    }
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send,
    V: Send,
    S: BuildHasher + 'static,
{
    /// An empty map with a hasher. It need not mix well: what is not known to be well mixed is mixed here once more.
    pub fn with_hasher(hasher: S) -> Self {
        Self::with_capacity_and_hasher(0, hasher)
    }

    /// A map with room for `capacity` entries and a hasher; see [`with_capacity`](Self::with_capacity).
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        Self::with_shards(capacity, hasher, default_shards())
    }

    /// A map with at least `shards` shards from the start (rounded up to a power of two, at least 2): more of them mean fewer waits
    /// between writers.
    pub fn with_shards(capacity: usize, hasher: S, shards: usize) -> Self {
        Self::try_with_shards(capacity, hasher, shards)
            .or_else(|hasher| Self::try_with_shards(0, hasher, shards.min(default_shards())))
            .unwrap_or_else(|_| node::out_of_memory::<K, V>(NoMemory))
    }

    /// [`with_shards`](Self::with_shards) that gives the hasher back when there is no memory.
    ///
    /// # Errors
    ///
    /// The allocator had no memory for the tables.
    pub fn try_with_shards(capacity: usize, hasher: S, shards: usize) -> Result<Self, S> {
        let stride = codec::stride::<K, V>();
        let (depth, size) = crate::raw::plan(shards, capacity, stride.lanes());
        match RawMap::new(depth, size, stride) {
            Ok(raw) => Ok(Self { raw, hasher, _entries: PhantomData }),
            Err(NoMemory) => Err(hasher),
        }
    }

    /// The hasher.
    pub fn hasher(&self) -> &S {
        &self.hasher
    }

    #[inline]
    fn domain(&self) -> &Domain {
        self.raw.domain()
    }

    /// The table that serves a hash.
    #[inline]
    fn table<'g>(&self, hash: u64, guard: &'g Guard) -> Table<'g> {
        self.raw.table(hash, guard).with_stride(codec::stride::<K, V>())
    }

    /// The table that a lock is on.
    #[inline]
    fn locked<'g>(&self, held: &LockedTable<'g>) -> Table<'g> {
        held.table().with_stride(codec::stride::<K, V>())
    }

    /// The hash that places a key. Runs user code; never called while anything is inconsistent.
    #[inline]
    pub(crate) fn hash<Q: Hash + ?Sized>(&self, key: &Q) -> u64 {
        let hash = self.hasher.hash_one(key);
        if is_well_mixed::<S>() { hash } else { mix(hash) }
    }

    /// The entry of a key, as of one moment between call and return.
    ///
    /// Never blocks. Expected O(1). Panics only if the key's `Hash` or `Eq` does.
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        if codec::is_inline::<K, V>() {
            // What comes back is a copy: nothing outlives this call.
            if let Some(found) = self.find_bits(hash, key) {
                // SAFETY: found in this map, which is inline, under the version check.
                return found.map(|contents| unsafe { Ref::copied(&contents) });
            }
            return self.get_beyond(hash, key);
        }
        self.get_held(hash, key)
    }

    /// [`get`](Self::get) from an inline map in full.
    #[inline(never)]
    fn get_beyond<Q>(&self, hash: u64, key: &Q) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let contents = self.find(hash, key, &self.domain().scope())?;
        // SAFETY: as in `get`.
        Some(unsafe { Ref::copied(&contents) })
    }

    /// The usual lookup in an inline map; None if it takes more than the first bucket, or more than two stores to enter the epoch.
    #[inline]
    fn find_bits<Q>(&self, hash: u64, key: &Q) -> Option<Option<Contents>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let scope = self.domain().quick()?;
        let table = self.table(hash, &scope);
        table.prefetch(hash);
        let mut contents = None;
        let probe = table.probe(hash, codec::check::<K, V>(), |at, lane| {
            contents = node::matching::<K, V, Q>(at, lane, hash, key);
            contents.is_some()
        });
        match probe {
            Probe::Found(_) => Some(contents),
            Probe::Absent(_) => Some(None),
            Probe::Unclear => None,
        }
    }

    /// [`get`](Self::get) from a map of nodes.
    #[inline]
    fn get_held<Q>(&self, hash: u64, key: &Q) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let guard = self.domain().pin();
        let contents = self.find(hash, key, &guard)?;
        // SAFETY: found under this guard in this map, which the Ref borrows.
        Some(unsafe { Ref::of(&contents, guard) })
    }

    /// As [`get`](Self::get), with a reference that may go to another thread or be held across an `.await`. Never blocks; some tens of nanoseconds more.
    ///
    /// ```
    /// # use auditor_runtime::ShardedMap;
    /// let map: ShardedMap<u32, String> = [(1, "one".to_owned())].into_iter().collect();
    /// let one = map.get_owned(&1).unwrap();
    /// map.remove(&1);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| assert_eq!(*one, "one"));
    /// });
    /// ```
    #[cfg(not(any(auditor_loom, shuttle)))]
    pub fn get_owned<Q>(&self, key: &Q) -> Option<OwnedRef<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let alive = std::sync::Arc::new(epoch::OwnedGuard::new(self.domain()));
        // SAFETY: entered just before the lookup, by this thread, in this map's domain.
        self.get(key).map(|entry| unsafe { OwnedRef::of(entry, &alive) })
    }

    /// Runs `f` on a key's value, without keeping a reference. Never blocks.
    #[inline]
    pub fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        let scope = self.domain().scope();
        let contents = self.find(hash, key, &scope)?;
        // SAFETY: found under this scope, which outlives the use.
        Some(f(unsafe { node::from_contents::<K, V>(&contents) }.value()))
    }

    /// A clone of a key's value. Never blocks.
    #[inline]
    pub fn get_cloned<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
        V: Clone,
    {
        self.get_with(key, V::clone)
    }

    /// Whether a key is there. Never blocks.
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.get_with(key, |_| ()).is_some()
    }

    #[inline]
    fn find<Q>(&self, hash: u64, key: &Q, guard: &Guard) -> Option<Contents>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let look = |at: crate::raw::At<'_>, lane| node::matching::<K, V, Q>(at, lane, hash, key);
        self.table(hash, guard).find(hash, codec::check::<K, V>(), look).map(|(_, contents)| contents)
    }
}

impl<K, V, S> Drop for ShardedMap<K, V, S> {
    fn drop(&mut self) {
        let release = |payload: *mut ()| {
            if !payload.is_null() {
                // A destructor that panics must not keep the others from running.
                // SAFETY: in the table, hence not retired; exclusive access, and each node is in one slot.
                epoch::panics(|| unsafe { node::free_node::<K, V>(payload, 0) });
            }
        };
        // SAFETY: exclusive access, and the last.
        unsafe { self.raw.destroy((!codec::is_inline::<K, V>()).then_some(release)) };
    }
}

/// Two shards a core, at least four.
fn default_shards() -> usize {
    use std::sync::OnceLock;
    static SHARDS: OnceLock<usize> = OnceLock::new();
    if cfg!(any(auditor_loom, shuttle)) {
        return 2;
    }
    *SHARDS.get_or_init(|| {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        cores.saturating_mul(2).checked_next_power_of_two().unwrap_or(4)
    })
}

/// Hashers whose high, middle and low bits are known to be good.
#[inline]
fn is_well_mixed<S: 'static>() -> bool {
    let id = TypeId::of::<S>();
    id == TypeId::of::<foldhash::fast::RandomState>()
        || id == TypeId::of::<foldhash::fast::FixedState>()
        || id == TypeId::of::<foldhash::quality::RandomState>()
        || id == TypeId::of::<foldhash::quality::FixedState>()
        || id == TypeId::of::<std::hash::RandomState>()
}

/// Spreads a hash over all 64 bits: both halves of a product with the golden ratio.
#[inline]
fn mix(hash: u64) -> u64 {
    let product = u128::from(hash) * 0x9E37_79B9_7F4A_7C15;
    (product as u64) ^ (product >> 64) as u64
}
