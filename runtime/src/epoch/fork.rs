//! What fork(2) leaves in the child: one thread, and the records of all the others, which nobody would ever give back.

use core::sync::atomic::{AtomicBool, Ordering};

use super::place;
use super::record::Owner;

/// Sees to it that children of this process clear what their parent's other threads held. Once.
pub(super) fn watch() {
    static WATCHED: AtomicBool = AtomicBool::new(false);
    // Relaxed: whoever comes first does it; a fork before that is one without other threads' records.
    if !WATCHED.swap(true, Ordering::Relaxed) {
        // SAFETY: the handler only touches atomics and cells of records, which need no lock, so it may run in the child of a process
        // with many threads.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    }
}

/// Runs in a child, on its only thread, before `fork` returns there.
extern "C" fn in_child() {
    for record in place::records().iter() {
        let is_mine = place::own().any(|own| core::ptr::eq(own, record));
        // Relaxed: no other thread is left that could write it.
        // A guard's record may be in the hands of this thread: it stays.
        if !is_mine && record.owner.get() != Owner::Guard && record.taken.load(Ordering::Relaxed) {
            record.depth.set(0);
            record.epoch.store(record.idle.get(), Ordering::Relaxed); // Relaxed: as above.
            place::records().release(record);
        }
    }
}
