//! Growth: a full table is copied into one or two new ones, which take its place at one stroke. Bounded by the size of a table.
//! The old table is never changed, so user code that panics while hashing leaves all as it was.

use core::ptr::NonNull;

use super::NoMemory;
use super::bucket::{Bucket, Slot};
use super::ctrl::LANES;
use super::directory::RawMap;
use super::held::{Held, limit, me};
use super::table::{self, Table};
use crate::epoch::Guard;
use crate::sync::atomic::Ordering;

/// The logarithm of the largest table that doubles; larger ones split: 512 buckets, 3,584 slots.
pub(crate) const LARGEST: u32 = if cfg!(any(auditor_loom, shuttle)) { 1 } else { 9 };

/// New tables that are not installed yet: freed when dropped.
struct Parts {
    words: [Option<NonNull<Bucket>>; 2],
}

impl Drop for Parts {
    fn drop(&mut self) {
        for word in self.words.iter().flatten() {
            // SAFETY: made by `table::allocate` in `rebuild` and never published, or forgotten by `Parts::installed`.
            unsafe { table::free(word.as_ptr().cast(), 0) };
        }
    }
}

/// What a rebuilt table becomes.
#[derive(Clone, Copy)]
enum Shape {
    One { log2: u32 },
    Two { log2: u32 },
}

impl RawMap {
    /// Copies a crowded table into a better one and returns that one, locked, for the hash at hand. `hash_of` may panic.
    ///
    /// Errors leave everything as it was and give the lock back.
    pub(crate) fn rebuild<'g>(
        &self,
        held: Held<'g>,
        hash: u64,
        guard: &'g Guard,
        hash_of: impl FnMut(&Slot) -> u64,
    ) -> Result<Held<'g>, (Held<'g>, NoMemory)> {
        let shape = self.shape(&held, guard);
        self.reshape(held, hash, guard, shape, hash_of)
    }

    /// Copies a table into the smallest one that holds it.
    pub(crate) fn shrink<'g>(
        &self,
        held: Held<'g>,
        hash: u64,
        guard: &'g Guard,
        hash_of: impl FnMut(&Slot) -> u64,
    ) -> Result<Held<'g>, (Held<'g>, NoMemory)> {
        let len = held.len();
        let smallest = (0..held.table().log2()).find(|&log2| len < limit(log2));
        match smallest {
            Some(log2) => self.reshape(held, hash, guard, Shape::One { log2 }, hash_of),
            None => Ok(held),
        }
    }

    fn shape(&self, held: &Held<'_>, guard: &Guard) -> Shape {
        let table = held.table();
        let (log2, len) = (table.log2(), held.len());
        // Mostly dead slots or worn overflow bits: the same size serves. The quarter left keeps the next rebuild far.
        if len < limit(log2) * 3 / 4 {
            return Shape::One { log2 };
        }
        match log2 {
            ..4 => Shape::One { log2: log2 + if cfg!(auditor_loom) { 1 } else { 2 } },
            _ if log2 < LARGEST => Shape::One { log2: log2 + 1 },
            _ if self.may_split(table.header().depth, guard) => Shape::Two { log2 },
            _ => Shape::One { log2: log2 + 1 },
        }
    }

    fn reshape<'g>(
        &self,
        held: Held<'g>,
        hash: u64,
        guard: &'g Guard,
        shape: Shape,
        mut hash_of: impl FnMut(&Slot) -> u64,
    ) -> Result<Held<'g>, (Held<'g>, NoMemory)> {
        let version = held.version();
        let parts = match self.copy(&held, hash, guard, shape, &mut hash_of) {
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
        // SAFETY: installed above; alive while the guard is held. Its lock was made held by this thread (`copy`).
        Ok(Held { table: unsafe { Table::from_word(mine) }, nested: false })
    }

    /// Fills new tables with the entries of a locked one.
    fn copy(
        &self,
        held: &Held<'_>,
        hash: u64,
        guard: &Guard,
        shape: Shape,
        hash_of: &mut impl FnMut(&Slot) -> u64,
    ) -> Result<Parts, NoMemory> {
        let old = held.table();
        let depth = old.header().depth;
        let mut parts = Parts { words: [None, None] };
        let upper = bit_below(hash, depth);
        match shape {
            Shape::One { log2 } => {
                parts.words = [Some(table::allocate(log2, depth, me(guard))?), None];
            }
            Shape::Two { log2 } => {
                let owner = |part: bool| if part == upper { me(guard) } else { 0 };
                let first = table::allocate(log2, depth + 1, owner(false))?;
                parts.words = [Some(first), None];
                parts.words = [Some(first), Some(table::allocate(log2, depth + 1, owner(true))?)];
            }
        }
        for (_, slot) in old.entries() {
            let key_hash = hash_of(slot);
            let word = match parts.words {
                [_, Some(second)] if bit_below(key_hash, depth) => second,
                [Some(first), _] => first,
                [None, _] => return Err(NoMemory),
            };
            // SAFETY: made above and not yet visible to anyone else.
            let part = Held { table: unsafe { Table::from_word(word) }, nested: true };
            let place = part.vacancy(key_hash, guard.domain()).ok_or(NoMemory)?;
            // Relaxed, both: the lock holder reads what lock holders wrote.
            part.publish(place, key_hash, slot.word.load(Ordering::Relaxed), slot.payload.load(Ordering::Relaxed));
        }
        for word in parts.words.iter().flatten() {
            // SAFETY: as above.
            inherit(old, unsafe { Table::from_word(*word) });
        }
        Ok(parts)
    }

    /// Puts an empty table of the smallest size in the place of a locked one; the old one, frozen, keeps its entries for the caller
    /// to hand out or retire. It lives as long as the guard.
    pub(crate) fn replace_by_empty(&self, held: &Held<'_>, hash: u64, guard: &Guard) -> Result<(), NoMemory> {
        let word = table::allocate(0, held.table().header().depth, 0)?;
        let parts = Parts { words: [Some(word), None] };
        // SAFETY: just made, of the old table's depth; that it holds none of the entries is what the caller asked for.
        unsafe { self.install(held, hash, &[word], guard) }?;
        core::mem::forget(parts); // Installed: the directory owns it now.
        Ok(())
    }
}

/// Counters go on.
fn inherit(old: Table<'_>, new: Table<'_>) {
    // Relaxed, all: written by lock holders, or before the table is visible.
    new.header().writes.store(old.header().writes.load(Ordering::Relaxed), Ordering::Relaxed);
    new.header().waits.store(old.header().waits.load(Ordering::Relaxed), Ordering::Relaxed);
}

/// The hash bit after the leading `depth` ones.
fn bit_below(hash: u64, depth: u32) -> bool {
    (hash << depth) >> 63 == 1
}

/// The directory's depth and the tables' size for `shards` tables at least and room for `capacity` entries at three quarters load.
pub(crate) fn plan(shards: usize, capacity: usize) -> (u32, u32) {
    // auditor: allow(panicking-api) `LANES` is a constant above zero
    let buckets = (capacity.saturating_mul(4) / 3).div_ceil(LANES).max(1);
    let total = buckets.checked_next_power_of_two().unwrap_or(1 << 62).trailing_zeros();
    let shards = shards.max(2).checked_next_power_of_two().unwrap_or(1 << 62).trailing_zeros();
    let depth = shards.max(total.saturating_sub(LARGEST)).min(super::directory::DEEPEST);
    (depth, total.saturating_sub(depth))
}
