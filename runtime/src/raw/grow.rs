//! Growth: a full table is copied into one or two new ones, which take its place at one stroke. Bounded by the size of a table.
//! The old table is never changed, so user code that panics while hashing leaves all as it was.

use core::ptr::NonNull;

use super::NoMemory;
use super::alloc;
use super::bucket::{At, Bucket, Stride};
use super::directory::RawMap;
use super::layout::{Size, limit};
use super::locked::{LockMode, LockedTable, Words};
use super::table::Table;
use crate::epoch::{Guard, thread_name};
use crate::sync::MODELLED;
use crate::sync::atomic::Ordering;

/// Buckets of the largest table: those that would get larger split. 1,792 slots.
const LARGEST: usize = if MODELLED { 2 } else { 256 };

/// Bytes of buckets up to which a new map is laid out in powers of two: for more, denser tables spare cache misses.
const ROOMY: usize = 4 << 20;
/// The same in buckets.
const ROOMY_BUCKETS: usize = ROOMY / size_of::<Bucket>();

/// New tables that are not installed yet: freed when dropped.
struct Parts {
    words: [Option<NonNull<Bucket>>; 2],
    stride: Stride,
}

impl Drop for Parts {
    fn drop(&mut self) {
        for word in self.words.iter().flatten() {
            // SAFETY: made by `alloc::allocate` in `rebuild` and never published, or forgotten by `Parts::installed`.
            unsafe { alloc::free(word.as_ptr().cast(), self.stride.extra()) };
        }
    }
}

/// What a rebuilt table becomes.
#[derive(Clone, Copy)]
enum Shape {
    One(Size),
    Two(Size),
}

impl RawMap {
    /// Copies a crowded table into a better one and returns that one, locked, for the hash at hand. `hash_of` may panic.
    ///
    /// Errors leave everything as it was and give the lock back.
    pub(crate) fn rebuild<'g>(
        &self,
        held: LockedTable<'g>,
        hash: u64,
        guard: &'g Guard,
        hash_of: impl FnMut(At<'_>, usize) -> u64,
    ) -> Result<LockedTable<'g>, (LockedTable<'g>, NoMemory)> {
        let shape = self.shape(&held, guard);
        self.reshape(held, hash, guard, shape, hash_of)
    }

    /// Copies a table into the smallest one that holds it.
    pub(crate) fn shrink<'g>(
        &self,
        held: LockedTable<'g>,
        hash: u64,
        guard: &'g Guard,
        hash_of: impl FnMut(At<'_>, usize) -> u64,
    ) -> Result<LockedTable<'g>, (LockedTable<'g>, NoMemory)> {
        let (len, size) = (held.len(), held.table().size());
        let smaller = (0..size.log2).map(|log2| Size { log2, ..size });
        match smaller.into_iter().find(|smaller| len < limit(smaller.buckets(), self.stride())) {
            Some(smallest) => self.reshape(held, hash, guard, Shape::One(smallest), hash_of),
            None => Ok(held),
        }
    }

    fn shape(&self, held: &LockedTable<'_>, guard: &Guard) -> Shape {
        let table = held.table();
        let (size, buckets) = (table.size(), table.buckets());
        let larger = |by: u32| Shape::One(Size { log2: size.log2 + by, ..size });
        if buckets < 16 && !MODELLED {
            larger(2)
        } else if buckets * 2 <= LARGEST || !self.may_split(table.header().depth, guard) {
            larger(1)
        } else {
            Shape::Two(size)
        }
    }

    fn reshape<'g>(
        &self,
        held: LockedTable<'g>,
        hash: u64,
        guard: &'g Guard,
        shape: Shape,
        mut hash_of: impl FnMut(At<'_>, usize) -> u64,
    ) -> Result<LockedTable<'g>, (LockedTable<'g>, NoMemory)> {
        let version = held.version();
        let parts = match self.copy(&held, hash, shape, &mut hash_of) {
            Ok(parts) => parts,
            Err(error) => return Err((held, error)),
        };
        // The hasher is user code: it may have written here through this thread. Then the copy is stale, and the caller looks again.
        if held.is_frozen() || held.version() != version {
            return Ok(held);
        }
        let list: &[NonNull<Bucket>] = match parts.words {
            [Some(first), Some(second)] => &[first, second],
            [Some(only), None] => &[only],
            [None, _] => return Err((held, NoMemory)),
        };
        // SAFETY: made by `copy` with every entry, at the depths that `install` asks for, in the order of their hashes.
        if let Err(error) = unsafe { self.install(&held, hash, list, guard) } {
            return Err((held, error));
        }
        let depth = held.table().header().depth;
        let mine = if list.len() == 2 && bit_below(hash, depth) { list.get(1) } else { list.first() };
        let Some(&mine) = mine else { return Ok(held) };
        core::mem::forget(parts); // Installed: the directory owns them now.
        // SAFETY: installed above; alive while the guard is held.
        let table = unsafe { Table::from_word(mine, self.quarters(), self.stride()) };
        // Its lock was made held by this thread (`copy`).
        Ok(LockedTable { table, mode: LockMode::Owned })
    }

    /// Fills new tables with the entries of a locked one.
    fn copy(
        &self,
        held: &LockedTable<'_>,
        hash: u64,
        shape: Shape,
        hash_of: &mut impl FnMut(At<'_>, usize) -> u64,
    ) -> Result<Parts, NoMemory> {
        let old = held.table();
        let depth = old.header().depth;
        let mut parts = Parts { words: [None, None], stride: self.stride() };
        let upper = bit_below(hash, depth);
        match shape {
            Shape::One(size) => {
                parts.words = [Some(alloc::allocate(size, self.stride(), depth, thread_name())?), None];
            }
            Shape::Two(size) => {
                let owner = |part: bool| if part == upper { thread_name() } else { 0 };
                let first = alloc::allocate(size, self.stride(), depth + 1, owner(false))?;
                parts.words = [Some(first), None];
                parts.words = [Some(first), Some(alloc::allocate(size, self.stride(), depth + 1, owner(true))?)];
            }
        }
        let [Some(first), second] = parts.words else { return Err(NoMemory) };
        let targets = [first, second.unwrap_or(first)].map(|word| {
            // SAFETY: made above and not yet visible to anyone else.
            let table = unsafe { Table::from_word(word, self.quarters(), self.stride()) };
            LockedTable { table, mode: LockMode::Unshared }
        });
        for (place, at) in old.entries() {
            let key_hash = hash_of(at, place.lane);
            // An index, not a branch, which would be mispredicted half the time. With one part both are that one.
            let Some(part) = targets.get(usize::from(bit_below(key_hash, depth))) else { continue };
            let slot = at.slot(place.lane);
            let mut extra = [0; 7];
            for (to, from) in extra.iter_mut().zip(at.extra(place.lane)) {
                *to = from.load(Ordering::Relaxed); // Relaxed: the lock holder reads what lock holders wrote.
            }
            // Relaxed, both: as above.
            let (word, payload) = (slot.word.load(Ordering::Relaxed), slot.payload.load(Ordering::Relaxed));
            if !part.append(key_hash, Words { word, payload, extra: &extra }) {
                return Err(NoMemory);
            }
        }
        for word in parts.words.iter().flatten() {
            // SAFETY: as above.
            inherit(old, unsafe { Table::from_word(*word, self.quarters(), self.stride()) });
        }
        Ok(parts)
    }

    /// Puts an empty table of the smallest size in the place of a locked one; the old one, frozen, keeps its entries for the caller
    /// to hand out or retire. It lives as long as the guard.
    pub(crate) fn replace_by_empty(&self, held: &LockedTable<'_>, hash: u64, guard: &Guard) -> Result<(), NoMemory> {
        let size = Size { log2: 0, quarters: self.quarters() };
        let word = alloc::allocate(size, self.stride(), held.table().header().depth, 0)?;
        let parts = Parts { words: [Some(word), None], stride: self.stride() };
        // SAFETY: just made, of the old table's depth; that it holds none of the entries is what the caller asked for.
        unsafe { self.install(held, hash, &[word], guard) }?;
        core::mem::forget(parts); // Installed: the directory owns it now.
        Ok(())
    }
}

/// Counters go on.
fn inherit(old: Table<'_>, new: Table<'_>) {
    new.header().lock.inherit(&old.header().lock);
    // Relaxed, both: written by lock holders, or before the table is visible.
    new.header().waits.store(old.header().waits.load(Ordering::Relaxed), Ordering::Relaxed);
}

/// The hash bit after the leading `depth` ones.
fn bit_below(hash: u64, depth: u32) -> bool {
    (hash << depth) >> 63 == 1
}

/// The directory's depth and the tables' size for `shards` tables at least and room for `capacity` entries: seven tenths full then, and no table
/// but by rare bad luck full enough to grow.
pub(crate) fn plan(shards: usize, capacity: usize, lanes: usize) -> (u32, Size) {
    let shards = shards.max(2).checked_next_power_of_two().unwrap_or(1 << 62).trailing_zeros();
    // auditor: allow(panicking-api) `LANES` and `LARGEST` are constants above zero
    let tables = (capacity.saturating_mul(10) / 7).div_ceil(lanes * LARGEST).max(1);
    let tables = tables.checked_next_power_of_two().unwrap_or(1 << 62).trailing_zeros();
    let depth = shards.max(tables).min(super::directory::DEEPEST);
    // Keys fall on the tables by chance: four standard deviations more must not reach the limit.
    let mean = capacity >> depth;
    let most = mean.saturating_add(mean.isqrt().saturating_mul(4));
    let slots = (mean.saturating_mul(10) / 7).max(most.saturating_mul(16) / 13);
    // auditor: allow(panicking-api) `LANES` is a constant above zero
    let buckets = slots.div_ceil(lanes).max(1);
    let log2 = buckets.checked_next_power_of_two().unwrap_or(1 << 62).trailing_zeros();
    let exact = Size { log2, quarters: 4 };
    let sizes = log2.checked_sub(1).into_iter().flat_map(|log2| (5..8).map(move |quarters| Size { log2, quarters }));
    // What fits a core's cache is better roomy, what does not is better dense.
    let is_large = exact.buckets().checked_shl(depth).is_none_or(|all| all > ROOMY_BUCKETS);
    let finer = sizes.filter(|_| is_large && log2 > 3).find(|size| size.buckets() >= buckets);
    (depth, finer.unwrap_or(exact))
}
