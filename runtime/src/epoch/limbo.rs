//! What a thread has unlinked and not yet freed, in batches by stamp.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::sync::MODELLED;

/// Objects a thread collects before it asks for a barrier: one costs up to 10 µs in a virtual machine.
pub(super) const BATCH_OBJECTS: usize = if MODELLED { 1 } else { 512 };
/// Bytes after which it asks sooner.
pub(super) const BATCH_BYTES: usize = 256 * 1024;

/// An unlinked object and how to free it.
pub(crate) struct Retired {
    object: *mut (),
    free: unsafe fn(*mut (), usize),
    extra: usize,
    bytes: usize,
}

impl Retired {
    /// # Safety
    ///
    /// `free(object, extra)` must be sound to call once, on any thread, as soon as no reader can hold the object; and nobody
    /// else may free it.
    pub(crate) unsafe fn new(object: *mut (), free: unsafe fn(*mut (), usize), extra: usize, bytes: usize) -> Self {
        Self { object, free, extra, bytes }
    }

    /// Frees the object; user code that panics in it is caught. Returns whether it panicked.
    fn free(self) -> bool {
        // SAFETY: `new`'s contract; the caller of `ripe` has established that no reader is left, and `self` is consumed.
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

/// Objects unlinked no later than the clock showed `stamp`.
pub(super) struct Batch {
    pub(super) stamp: u64,
    items: Vec<Retired>,
    pub(super) bytes: usize,
}

// SAFETY: `Retired::new` demands objects that any thread may free; the raw pointers are not used in any other way.
unsafe impl Send for Batch {}

impl Batch {
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Frees everything; returns how many destructors panicked. Runs user code: no lock may be held.
    pub(super) fn free(self) -> usize {
        self.items.into_iter().map(|item| usize::from(item.free())).sum()
    }
}

/// One thread's limbo.
#[derive(Default)]
pub(super) struct Limbo {
    current: Vec<Retired>,
    current_bytes: usize,
    pub(super) sealed: VecDeque<Batch>,
}

impl Limbo {
    #[cfg(not(any(auditor_loom, shuttle)))]
    pub(super) const fn new() -> Self {
        Self { current: Vec::new(), current_bytes: 0, sealed: VecDeque::new() }
    }

    /// Keeps an object. Without memory to remember it, it is leaked (safe) and false is returned.
    pub(super) fn push(&mut self, item: Retired) -> bool {
        if self.current.try_reserve(1).is_err() {
            // `Retired` has no destructor: what it names is leaked, the only safe choice without memory.
            return false;
        }
        self.current_bytes += item.bytes;
        self.current.push(item);
        true
    }

    /// Closes the current batch under a stamp taken after all of its objects were unlinked.
    pub(super) fn seal(&mut self, stamp: u64) {
        if self.current.is_empty() || self.sealed.try_reserve(1).is_err() {
            return;
        }
        let items = core::mem::take(&mut self.current);
        self.sealed.push_back(Batch { stamp, items, bytes: core::mem::take(&mut self.current_bytes) });
    }

    /// The oldest batch if the safe clock has passed it.
    pub(super) fn ripe(&mut self, safe: u64) -> Option<Batch> {
        match self.sealed.front() {
            Some(batch) if safe >= batch.stamp.saturating_add(2) => self.sealed.pop_front(),
            _ => None,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.current.len() >= BATCH_OBJECTS || self.current_bytes >= BATCH_BYTES
    }

    pub(super) fn objects(&self) -> usize {
        self.current.len() + self.sealed.iter().map(Batch::len).sum::<usize>()
    }

    pub(super) fn bytes(&self) -> usize {
        self.current_bytes + self.sealed.iter().map(|batch| batch.bytes).sum::<usize>()
    }
}
