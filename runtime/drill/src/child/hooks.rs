//! Hooks around the hook: someone else's that comes later, and one that counts what it allocates.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, set_hook, take_hook};
use std::thread;

use auditor_runtime::panic::{self, boundary};

use super::{allocator, say};

/// Someone else's hook comes later, with or without a call of the one before.
// auditor: allow(panic-macro) the drilled program panics: that is its work
pub(super) fn replaced(kept: bool) {
    // auditor: allow(panicking-api) set before anything panics
    let before = take_hook();
    // auditor: allow(panicking-api) set before anything panics
    set_hook(Box::new(move |info| {
        if kept {
            before(info);
        }
    }));
    say!("status {:?}", panic::hook_status());
    let caught = boundary(|| panic!("who sees this?"));
    say!("recorded {}", caught.is_err_and(|panicked| panicked.record().is_some()));
}

/// How often the hook allocates: of a literal, a formatted and an opaque payload, the first and later panics alike.
// auditor: allow(panic-macro, ignored-unwind) the drilled program panics: that is its work
pub(super) fn allocations() {
    // auditor: allow(panicking-api) set before anything panics
    let hook = take_hook();
    // auditor: allow(panicking-api) set before anything panics
    set_hook(Box::new(move |info| {
        let before = allocator::count();
        hook(info);
        let after = allocator::count();
        say!("hook_allocations {}", after.wrapping_sub(before));
    }));
    for round in 0..3 {
        drop(catch_unwind(|| panic!("a literal")));
        drop(catch_unwind(AssertUnwindSafe(|| panic!("round {round} {}", "x".repeat(5000)))));
        drop(catch_unwind(|| panic_any(round)));
    }
    // auditor: allow(panicking-api) without threads there is nothing to drill, and the drill sees it
    drop(thread::spawn(|| panic!("on a thread")).join());
}
