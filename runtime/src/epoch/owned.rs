//! A guard that is not bound to a thread: for references that are handed from one to another.

use super::domain::Domain;
use super::place;
use super::record::{Owner, Record};

/// As [`Guard`](super::Guard), but any thread may hold it, share it and drop it. Dearer to make: it searches for a record of its own.
pub(crate) struct OwnedGuard {
    record: &'static Record,
}

// SAFETY: the record was taken for this guard alone, so the cells in it that belong to its owner are touched by the guard's making and
// dropping only, and whatever moves the guard between threads orders those two.
unsafe impl Send for OwnedGuard {}
// SAFETY: nothing can be done with a shared reference to it.
unsafe impl Sync for OwnedGuard {}

impl OwnedGuard {
    /// Enters the domain: what the calling thread reads from now on stays until this is dropped, wherever that is.
    pub(crate) fn new(domain: &Domain) -> Self {
        let record = place::records().take(Owner::Guard).unwrap_or_else(|| place::no_record());
        record.enter(domain);
        Self { record }
    }
}

impl Drop for OwnedGuard {
    fn drop(&mut self) {
        self.record.leave();
        place::left(self.record);
    }
}
