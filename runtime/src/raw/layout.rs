//! How large a table is and how it lies in memory: header, then buckets, in one allocation. Reading one is in `table`, making one in `alloc`.

use std::alloc::Layout;

use super::NoMemory;
use super::bucket::Stride;
use super::lock::ShardLock;
use crate::sync::atomic::{AtomicU64, AtomicUsize};

/// What writers share about a table. Lies before the buckets; readers never touch it.
#[repr(C, align(128))]
pub(crate) struct Header {
    pub(crate) lock: ShardLock,
    /// Leading hash bits that all keys here share.
    pub(crate) depth: u32,
    pub(super) buckets: usize,
    /// Bytes of the allocation before this header.
    pub(super) skipped: usize,
    /// Full slots at which the table is rebuilt.
    pub(super) limit: usize,
    /// Full slots.
    pub(crate) used: AtomicUsize,
    pub(crate) waits: AtomicU64,
}

/// Where a slot is in its table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) bucket: usize,
    pub(crate) lane: usize,
}

/// How many buckets a table has: a power of two, or five, six or seven quarters of one. The number of quarters is the map's, the same for all
/// its tables; the power is each table's own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Size {
    pub(crate) log2: u32,
    /// 4 to 7.
    pub(crate) quarters: u32,
}

impl Size {
    /// The number of buckets, at least one. In a table of less than four the last bucket may get fewer keys than the others.
    pub(crate) fn buckets(self) -> usize {
        ((self.quarters as usize) << self.log2).div_ceil(4)
    }
}

/// Where the allocator's alignment ends. Asked for more, some allocators cannot use a freed piece for the next one of its own size: then growth
/// takes fresh pages all the time. So the alignment of 128 is made here.
pub(super) const ALIGNED: usize = 16;

/// Where the first bucket stands: the low bits of its address hold the table's size.
pub(super) const BASE_ALIGN: usize = 128;

/// The whole allocation: header and buckets, and what it may take to align them.
pub(super) fn layout(buckets: usize, stride: Stride) -> Result<Layout, NoMemory> {
    let buckets = buckets.checked_mul(stride.bytes()).ok_or(NoMemory)?;
    let bytes = buckets.checked_add(size_of::<Header>() + BASE_ALIGN - ALIGNED).ok_or(NoMemory)?;
    Layout::from_size_align(bytes, ALIGNED).map_err(|_| NoMemory)
}

/// Entries at which a table of so many buckets is rebuilt.
pub(super) fn limit(buckets: usize, stride: Stride) -> usize {
    if buckets == 1 { stride.lanes() } else { (stride.lanes() * buckets * 13) >> 4 }
}

const _: () =
    assert!(align_of::<Header>() == BASE_ALIGN && size_of::<Header>() % BASE_ALIGN == 0, "buckets follow the header");
