//! Values whose destructors panic, or catch a panic, and a function that no panic may leave.

use std::panic::{catch_unwind, panic_any};

pub(super) struct PanicsInDrop(pub(super) &'static str);

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        // auditor: allow(panic-macro) the drilled program panics: that is its work
        panic!("{}", self.0);
    }
}

/// A payload whose destructor panics with another of its kind, so many times.
pub(super) struct PanicsAgain(pub(super) u32);

impl Drop for PanicsAgain {
    fn drop(&mut self) {
        if let Some(left) = self.0.checked_sub(1) {
            // auditor: allow(panic-macro) the drilled program panics: that is its work
            panic_any(Self(left));
        }
    }
}

pub(super) struct CatchesInDrop;

impl Drop for CatchesInDrop {
    fn drop(&mut self) {
        // auditor: allow(panic-macro, ignored-unwind) the drilled program panics: that is its work
        drop(catch_unwind(|| panic!("caught inside a destructor")));
    }
}

thread_local! {
    pub(super) static AT_END: PanicsInDrop = const { PanicsInDrop("a thread-local's destructor panics") };
}

/// A panic that may not leave its function.
// auditor: allow(panic-macro) the drilled program panics: that is its work
pub(super) extern "C" fn out_of_c() {
    panic!("out of a C function");
}
