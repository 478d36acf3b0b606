//! The system's allocator, which refuses what a thread asks it to refuse.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Which of this thread's next allocations are refused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refuse {
    /// The one after so many, alone.
    One(u64),
    /// All after so many.
    AllFrom(u64),
}

thread_local! {
    static REFUSE: Cell<Option<Refuse>> = const { Cell::new(None) };
    static REFUSED: Cell<u64> = const { Cell::new(0) };
}

struct Failing;

#[global_allocator]
static ALLOCATOR: Failing = Failing;

fn refuses() -> bool {
    let (refused, next) = match REFUSE.get() {
        None => return false,
        Some(Refuse::One(0)) => (true, None),
        Some(Refuse::One(left)) => (false, Some(Refuse::One(left - 1))),
        Some(Refuse::AllFrom(0)) => (true, Some(Refuse::AllFrom(0))),
        Some(Refuse::AllFrom(left)) => (false, Some(Refuse::AllFrom(left - 1))),
    };
    REFUSE.set(next);
    REFUSED.set(REFUSED.get() + u64::from(refused));
    refused
}

// SAFETY: what is not refused is handed to `System` as it came; null is what an allocator without memory returns.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if refuses() {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's obligations are `System::alloc`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` with this layout, as the caller promises of this allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs `work` while this thread's allocations are refused so; gives what it returned and how many were.
pub(crate) fn refusing<R>(refuse: Refuse, work: impl FnOnce() -> R) -> (R, u64) {
    /// Ends the refusal also where `work` panics.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            REFUSE.set(None);
        }
    }
    REFUSED.set(0);
    REFUSE.set(Some(refuse));
    let end = End;
    let result = work();
    drop(end);
    (result, REFUSED.get())
}

/// Refuses all of this thread's allocations from now on, its end included.
pub(crate) fn refuse_until_the_end() {
    REFUSE.set(Some(Refuse::AllFrom(0)));
}
