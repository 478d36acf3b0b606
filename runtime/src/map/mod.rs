//! [`ShardedMap`]: the safe surface over `raw` and `epoch`. Construction and lookups; writing is in `insert_remove` and `write`, whole-map work in `bulk`.

mod batch;
mod bulk;
mod codec;
mod entry;
mod error;
mod insert_remove;
mod iter;
mod lookup;
pub(crate) mod node;
#[cfg(all(feature = "rayon", not(any(auditor_loom, shuttle))))]
mod parallel;
mod refs;
mod stats;
mod traits;
mod write;

use core::any::TypeId;
use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;

pub use bulk::Drain;
pub use entry::Entry;
pub use error::TryInsertError;
pub use iter::Iter;
#[cfg(all(feature = "rayon", not(any(auditor_loom, shuttle))))]
pub use parallel::{ParIter, ParRef};
pub use refs::Ref;
pub use stats::ShardStats;

use crate::epoch::{self, Guard};
use crate::raw::{NoMemory, Probe, RawMap};
use node::Node;

/// The default hasher: foldhash with a seed of its own for each map.
pub type RandomState = foldhash::fast::RandomState;

/// A concurrent hash map. Reads take no lock, never wait for a writer and never retry; a writer locks one shard; the number of shards grows
/// while readers and writers run.
///
/// * **Reads** ([`get`](Self::get), [`contains_key`](Self::contains_key), [`iter`](Self::iter)): O(1) expected, bounded by the size of one
///   small table. They do not block and cannot be blocked.
/// * **Writes** wait for other writers of the same shard. The closure of [`update`](Self::update) or
///   [`get_or_insert_with`](Self::get_or_insert_with) runs under that shard's lock, exactly once; it may use the map, even the same key.
/// * **Growth** copies one table of at most 1,792 slots at a time, some tens of microseconds.
/// * **Consistency**: operations on keys are linearizable, over all keys together. Iteration and [`len`](Self::len) are not one instant.
/// * **Panics** in `Hash`, `Eq`, `Clone`, `Drop` or a closure leave the map consistent, unlocked and complete. A value's
///   destructor that panics after a removal is caught and counted ([`reclaim_stats`](crate::reclaim_stats)).
/// * **Memory**: integers of up to 8 bytes (also floats, `bool`, `char`) live in the table, copied in and out. Other keys and values live
///   in one allocation an entry. Removed ones are dropped later, in batches, on the thread that removed them
///   ([`flush`](crate::flush) hurries that), which is why `K` and `V` are `Send + 'static`. Reading and removing need no memory, but for
///   some 200 bytes when a thread uses a map for the first time. Where there is none, `try_` calls give back what they were given, and
///   the others abort, as the standard collections do.
///
/// ```
/// use auditor_runtime::ShardedMap;
///
/// let hits = ShardedMap::new();
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| {
///             for page in ["/", "/about", "/"] {
///                 hits.entry(page).and_update(|n| n + 1).or_insert(1);
///             }
///         });
///     }
/// });
/// assert_eq!(hits.get("/").map(|n| *n), Some(8));
/// ```
pub struct ShardedMap<K: 'static, V: 'static, S = RandomState> {
    raw: RawMap,
    hasher: S,
    _owns: PhantomData<Node<K, V>>,
}

// SAFETY: the map owns its keys and values; moving it moves them, and other threads may then drop them.
unsafe impl<K: Send, V: Send, S: Send> Send for ShardedMap<K, V, S> {}
// SAFETY: shared maps hand out references to keys and values on any thread (Sync) and take and drop them on any (Send); the raw
// table is all atomics under the protocol argued in `raw` and `epoch`.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync> Sync for ShardedMap<K, V, S> {}

impl<K, V> ShardedMap<K, V, RandomState>
where
    K: Eq + Hash + Send + 'static,
    V: Send + 'static,
{
    /// An empty map: about 1 KiB.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// A map with room for `capacity` entries before anything grows.
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::default())
    }
}

impl<K, V, S> ShardedMap<K, V, S>
where
    K: Eq + Hash + Send + 'static,
    V: Send + 'static,
    S: BuildHasher + 'static,
{
    /// An empty map with a hasher. It need not mix well: what is not known to be well mixed is mixed here once more.
    pub fn with_hasher(hasher: S) -> Self {
        Self::with_capacity_and_hasher(0, hasher)
    }

    /// A map with room for `capacity` entries and a hasher.
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        Self::with_shards(capacity, hasher, default_shards())
    }

    /// A map with at least `shards` shards from the start (rounded up to a power of two, at least 2): more of them mean fewer waits
    /// between writers.
    pub fn with_shards(capacity: usize, hasher: S, shards: usize) -> Self {
        Self::try_with_shards(capacity, hasher, shards).unwrap_or_else(|_| node::out_of_memory::<K, V>(NoMemory))
    }

    /// [`with_shards`](Self::with_shards) that gives the hasher back when there is no memory.
    ///
    /// # Errors
    ///
    /// The allocator had no memory for the tables.
    pub fn try_with_shards(capacity: usize, hasher: S, shards: usize) -> Result<Self, S> {
        let (depth, size) = crate::raw::plan(shards, capacity);
        match RawMap::new(depth, size) {
            Ok(raw) => Ok(Self { raw, hasher, _owns: PhantomData }),
            Err(NoMemory) => Err(hasher),
        }
    }

    /// The hasher.
    pub fn hasher(&self) -> &S {
        &self.hasher
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
                return found.map(|(word, payload)| Ref::copied(word, payload));
            }
        }
        if codec::is_inline::<K, V>() { self.get_beyond(hash, key) } else { self.get_held(hash, key) }
    }

    /// [`get`](Self::get) from an inline map in full.
    #[inline(never)]
    fn get_beyond<Q>(&self, hash: u64, key: &Q) -> Option<Ref<'_, K, V>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let (word, payload) = self.find(hash, key, &epoch::scope())?;
        Some(Ref::copied(word, payload))
    }

    /// The usual lookup in an inline map; None if it takes more than the first bucket, or more than a store to enter the epoch.
    #[inline]
    fn find_bits<Q>(&self, hash: u64, key: &Q) -> Option<Option<node::Contents>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let scope = epoch::quick()?;
        let table = self.raw.table(hash, &scope);
        table.prefetch(hash);
        let mut contents = None;
        let probe = table.probe(hash, |slot| {
            contents = node::matching::<K, V, Q>(slot, hash, key);
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
        let guard = epoch::pin();
        let (word, payload) = self.find(hash, key, &guard)?;
        // SAFETY: found under this guard in this map, which the Ref borrows.
        Some(unsafe { Ref::of(word, payload, guard) })
    }

    /// Runs `f` on a key's value, without keeping a reference. Never blocks.
    #[inline]
    pub fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = self.hash(key);
        let scope = epoch::scope();
        let (word, payload) = self.find(hash, key, &scope)?;
        // SAFETY: found under this scope, which outlives the use.
        Some(f(unsafe { node::from_slot::<K, V>(word, payload) }.value()))
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
    fn find<Q>(&self, hash: u64, key: &Q, guard: &Guard) -> Option<node::Contents>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let table = self.raw.table(hash, guard);
        table.find(hash, |slot| node::matching::<K, V, Q>(slot, hash, key)).map(|(_, contents)| contents)
    }
}

impl<K: 'static, V: 'static, S> Drop for ShardedMap<K, V, S> {
    fn drop(&mut self) {
        let release = |payload: *mut ()| {
            if !codec::is_inline::<K, V>() && !payload.is_null() {
                // A destructor that panics must not keep the others from running.
                // SAFETY: in the table, hence not retired; exclusive access, and each node is in one slot.
                epoch::panics(|| unsafe { node::free_node::<K, V>(payload, 0) });
            }
        };
        // SAFETY: exclusive access, and the last.
        unsafe { self.raw.destroy(release) };
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
