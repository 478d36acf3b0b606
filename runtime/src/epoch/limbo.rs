//! What was unlinked and is not yet freed: single objects, and the lists of them that a domain keeps.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An unlinked object and how to free it.
pub(crate) struct Retired {
    object: *mut (),
    free: unsafe fn(*mut (), usize),
    extra: usize,
    /// Bytes, as far as they are known: of the object itself and of what it owns.
    bytes: usize,
}

// SAFETY: `new` demands objects that any thread may free; the raw pointer is not used in any other way.
unsafe impl Send for Retired {}

impl Retired {
    /// # Safety
    ///
    /// `free(object, extra)` must be sound to call once, on any thread, as soon as no reader can hold the object and as long as its domain's
    /// owner lives; and nobody else may free it.
    pub(crate) unsafe fn new(object: *mut (), free: unsafe fn(*mut (), usize), extra: usize, bytes: usize) -> Self {
        Self { object, free, extra, bytes }
    }

    /// Frees the object; user code that panics in it is caught. Returns whether it panicked.
    pub(super) fn free(self) -> bool {
        // SAFETY: `new`'s contract; the caller has established that no reader is left, and `self` is consumed.
        panics(|| unsafe { (self.free)(self.object, self.extra) })
    }
}

/// Runs destructors that may be the user's. Returns whether they panicked: that is caught.
pub(crate) fn panics(destructors: impl FnOnce()) -> bool {
    let Err(payload) = catch_unwind(AssertUnwindSafe(destructors)) else { return false };
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // A payload whose own destructor panics: what that one threw is leaked, or there would be no end to it.
        core::mem::forget(second);
    }
    true
}

/// Objects that no collector has seen yet.
#[derive(Default)]
pub(super) struct Fresh {
    items: Vec<Retired>,
    bytes: usize,
}

impl Fresh {
    /// Keeps an object. Gives it back when there is no memory to remember it.
    pub(super) fn push(&mut self, item: Retired) -> Result<usize, Retired> {
        if self.items.try_reserve(1).is_err() {
            return Err(item);
        }
        self.bytes = self.bytes.saturating_add(item.bytes);
        self.items.push(item);
        Ok(self.bytes)
    }
}

/// Objects that were unlinked before the clock showed `clock`.
struct Batch {
    clock: u64,
    items: Vec<Retired>,
}

/// Batches in the order of their clocks.
#[derive(Default)]
pub(super) struct Waiting {
    batches: VecDeque<Batch>,
    pub(super) objects: usize,
    pub(super) bytes: usize,
}

impl Waiting {
    /// Makes room for `more` batches. False without memory for it.
    pub(super) fn reserve(&mut self, more: usize) -> bool {
        self.batches.try_reserve(more).is_ok()
    }

    /// Takes over what is fresh, under the clock that the next collection will show. Room was made before.
    pub(super) fn take(&mut self, fresh: &mut Fresh, clock: u64) {
        if fresh.items.is_empty() {
            return;
        }
        self.objects += fresh.items.len(); // auditor: allow(integer-overflow) objects in memory
        self.bytes = self.bytes.saturating_add(core::mem::take(&mut fresh.bytes));
        self.batches.push_back(Batch { clock, items: core::mem::take(&mut fresh.items) });
    }

    /// An object of a batch whose clock is at most `safe`. The oldest batches come first.
    pub(super) fn pop(&mut self, safe: u64) -> Option<Retired> {
        loop {
            let batch = self.batches.front_mut().filter(|batch| batch.clock <= safe)?;
            if let Some(item) = batch.items.pop() {
                self.objects = self.objects.saturating_sub(1);
                self.bytes = self.bytes.saturating_sub(item.bytes);
                return Some(item);
            }
            self.batches.pop_front();
        }
    }
}

impl Fresh {
    /// Objects and their bytes.
    pub(super) fn amount(&self) -> (usize, usize) {
        (self.items.len(), self.bytes)
    }
}
