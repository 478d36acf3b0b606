//! Making and freeing tables.

use core::ptr::NonNull;
use std::alloc::{alloc, dealloc};

use super::NoMemory;
use super::bucket::{Bucket, Stride};
use super::ctrl::LANES;
use super::layout::{BASE_ALIGN, Header, Size, layout, limit};
use super::lock::ShardLock;
use super::table::{HASH_BITS, SHIFT_BITS, Table};
use crate::sync::atomic::{AtomicU64, AtomicUsize};

/// Bytes of tables that are asked for without a trial.
const MODEST: usize = 64 << 20;

/// Whether there is memory for so many tables. Asks the allocator for all of it at once, and gives it back: so a size out of all proportion is refused
/// before the first table of it fills what there is.
pub(super) fn is_possible(size: Size, stride: Stride, tables: usize) -> bool {
    let table = if size.log2 < HASH_BITS { layout(size.buckets(), stride).ok() } else { None };
    let bytes = table.and_then(|table| table.size().checked_mul(tables));
    bytes.is_some_and(|bytes| bytes <= MODEST || Vec::<u8>::new().try_reserve_exact(bytes).is_ok())
}

/// Makes an empty table, locked by `owner` unless it is zero. Returns its word.
pub(crate) fn allocate(size: Size, stride: Stride, depth: u32, owner: usize) -> Result<NonNull<Bucket>, NoMemory> {
    if size.log2 >= HASH_BITS {
        return Err(NoMemory);
    }
    let buckets = size.buckets();
    let layout = layout(buckets, stride)?;
    // SAFETY: the layout is not of size zero: it holds a header.
    let start = NonNull::new(unsafe { alloc(layout) }).ok_or(NoMemory)?;
    let skipped = start.as_ptr().addr().wrapping_neg() & (BASE_ALIGN - 1);
    let lock = if owner == 0 { ShardLock::new() } else { ShardLock::new_held(owner) };
    let made = Header {
        lock,
        depth,
        buckets,
        skipped,
        limit: limit(buckets, stride),
        used: AtomicUsize::new(0),
        waits: AtomicU64::new(0),
    };
    // SAFETY: the allocation holds, after the bytes skipped, a header and `buckets` buckets behind it (`layout`, which allows for as many bytes
    // as can be skipped from an address aligned to `ALIGNED`); they are aligned now, and ours alone; each place is written once.
    unsafe {
        let header = start.add(skipped).cast::<Header>();
        header.write(made);
        let base = header.add(1).cast::<Bucket>();
        for index in 0..buckets {
            let bucket = base.byte_add(index * stride.bytes());
            bucket.write(Bucket::new());
            let extra = bucket.add(1).cast::<AtomicU64>();
            for word in 0..LANES * stride.extra() {
                extra.add(word).write(AtomicU64::new(0));
            }
        }
        Ok(tagged(base, size.log2))
    }
}

/// Puts the size into the low bits.
fn tagged(base: NonNull<Bucket>, log2: u32) -> NonNull<Bucket> {
    base.map_addr(|addr| addr | (SHIFT_BITS - log2 as usize))
}

/// Frees a table made by [`allocate`]; what its slots point to is not touched. Fits [`crate::epoch::Retired`].
///
/// # Safety
///
/// `word` comes from `allocate`, with the stride of `extra` words, was not freed before, and nobody uses it any more.
pub(crate) unsafe fn free(word: *mut (), extra: usize) {
    let Some(word) = NonNull::new(word.cast::<Bucket>()) else { return };
    let stride = Stride::new(extra);
    // SAFETY: by the contract. Quarters matter to lookups only.
    let table = unsafe { Table::from_word(word, 4, stride) };
    let header = table.start();
    let (buckets, skipped) = (table.buckets(), table.header().skipped);
    if let Ok(layout) = layout(buckets, stride) {
        // SAFETY: the same layout and start as in `allocate`, exclusive access and first free by the contract.
        unsafe {
            // The model checkers' atomics own something; the others need no dropping.
            if core::mem::needs_drop::<Bucket>() {
                drop_atomics(table);
            }
            dealloc(header.cast::<u8>().sub(skipped).as_ptr(), layout);
        }
    }
}

/// # Safety
///
/// As for [`free`]; the table's contents are not used afterwards.
unsafe fn drop_atomics(table: Table<'_>) {
    // SAFETY: for the whole body, exclusive by the contract; each place is dropped once, by the pointers that it was written through.
    unsafe {
        for index in 0..table.buckets() {
            let bucket = table.base().byte_add(index * table.stride().bytes());
            let extra = bucket.add(1).cast::<AtomicU64>();
            for word in 0..LANES * table.stride().extra() {
                extra.add(word).drop_in_place();
            }
            bucket.drop_in_place();
        }
        table.start().drop_in_place();
    }
}
