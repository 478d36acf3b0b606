//! The child's allocator: the system's, which counts what each thread allocates and can be told to refuse.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes allocated and not freed, of all threads.
static LIVE: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    /// Whether this thread's allocations are granted.
    static MEMORY: Cell<bool> = const { Cell::new(true) };
}

/// The system's allocator, which counts the allocations of each thread, and refuses them where a case wants that.
#[derive(Debug)]
pub struct CountingAllocator;

// SAFETY: every call that is not refused is handed to `System` as it came, so its guarantees are System's, and null is what an
// allocator without memory returns; the counter is a plain thread-local cell that neither allocates nor panics.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get().wrapping_add(1)));
        if !MEMORY.try_with(Cell::get).unwrap_or(true) {
            return std::ptr::null_mut();
        }
        // Relaxed: pairs with the subtraction in `dealloc`; a sum is right whatever the order of its parts.
        LIVE.fetch_add(size(layout), Ordering::Relaxed);
        // SAFETY: the caller's obligations are `System::alloc`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // Relaxed: as in `alloc`.
        LIVE.fetch_sub(size(layout), Ordering::Relaxed);
        // SAFETY: `pointer` came from `System` with this layout, as the caller promises of this allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn size(layout: Layout) -> u64 {
    u64::try_from(layout.size()).unwrap_or(0)
}

/// Bytes that all threads have allocated and not freed.
pub(super) fn live_bytes() -> u64 {
    // Relaxed: pairs with nothing, a statistic.
    LIVE.load(Ordering::Relaxed)
}

/// How often this thread has allocated.
pub(super) fn count() -> u64 {
    ALLOCATIONS.try_with(Cell::get).unwrap_or(0)
}

/// Refuses every allocation of this thread from now on.
pub(super) fn refuse() {
    let _ = MEMORY.try_with(|memory| memory.set(false));
}
