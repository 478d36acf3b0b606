//! The list of all records, one for the process: taking and giving back records, and what collectors ask of them.

use core::cell::Cell;
use std::alloc::{Layout, alloc};

use super::barrier;
use super::record::{ABSENT, ABSENT_SLOW, Owner, Record};
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};

/// All records.
pub(super) struct Records {
    head: AtomicPtr<Record>,
    /// Records taken by threads and by guards; not those of `Owner::More`, whose threads have another.
    taken: AtomicUsize,
    made: AtomicUsize,
}

impl Records {
    #[cfg(not(any(auditor_loom, shuttle)))]
    pub(super) const fn new() -> Self {
        Self { head: AtomicPtr::new(core::ptr::null_mut()), taken: AtomicUsize::new(0), made: AtomicUsize::new(0) }
    }

    #[cfg(any(auditor_loom, shuttle))]
    pub(super) fn new() -> Self {
        Self { head: AtomicPtr::new(core::ptr::null_mut()), taken: AtomicUsize::new(0), made: AtomicUsize::new(0) }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Record> {
        // Acquire: pairs with the Release exchange in `make` that linked the record.
        let mut at = self.head.load(Ordering::Acquire).cast_const();
        core::iter::from_fn(move || {
            // SAFETY: records are linked fully made, never unlinked, and freed by the list's Drop only.
            let record = unsafe { at.as_ref() }?;
            at = record.next;
            Some(record)
        })
    }

    /// Takes a record, one that was given back or a new one. None without memory for a new one.
    pub(super) fn take(&self, owner: Owner) -> Option<&Record> {
        // Acquire: pairs with the Release store in `release`. Relaxed on failure: nothing is read.
        let free =
            |record: &&Record| record.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok();
        let record = match self.iter().find(free) {
            Some(record) => record,
            None => self.make()?,
        };
        let slow = record.symmetric && !barrier::ALWAYS_SYMMETRIC || owner != Owner::Thread;
        record.owner.set(owner);
        record.idle.set(if slow { ABSENT_SLOW } else { ABSENT });
        // Relaxed: collectors treat both as absent.
        record.epoch.store(record.idle.get(), Ordering::Relaxed);
        if owner != Owner::More {
            // Relaxed: the fence below orders it.
            self.taken.fetch_add(1, Ordering::Relaxed);
            // SeqCst: pairs with the fence between unlinking and `others_than`: either that sees this record, or this record's owner sees what was
            // unlinked.
            fence(Ordering::SeqCst);
        }
        Some(record)
    }

    fn make(&self) -> Option<&Record> {
        let layout = Layout::new::<Record>();
        // SAFETY: a record is 128 bytes at least.
        let record = unsafe { alloc(layout) }.cast::<Record>();
        if record.is_null() {
            return None;
        }
        let fresh = Record {
            epoch: AtomicU64::new(ABSENT_SLOW),
            domain: AtomicU64::new(0),
            taken: AtomicBool::new(true),
            next: core::ptr::null_mut(),
            symmetric: barrier::symmetric(),
            // Relaxed: any number serves.
            index: self.made.fetch_add(1, Ordering::Relaxed),
            owner: Cell::new(Owner::Thread),
            idle: Cell::new(ABSENT_SLOW),
            depth: Cell::new(0),
            more: Cell::new(None),
        };
        // SAFETY: not null, allocated for a record, and ours alone. With Box's layout: Drop frees it as a Box.
        unsafe { record.write(fresh) };
        // Relaxed: only the address is used until the exchange below.
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            // SAFETY: the record is ours alone until the exchange succeeds.
            unsafe { (*record).next = head };
            // Release: pairs with the Acquire in `iter`. Relaxed on failure: the head is only an address.
            match self.head.compare_exchange_weak(head, record, Ordering::Release, Ordering::Relaxed) {
                // SAFETY: linked and never freed before the list, which `self` borrows.
                Ok(_) => return Some(unsafe { &*record }),
                Err(now) => head = now,
            }
        }
    }

    /// Gives back a record in which nothing is entered.
    pub(super) fn release(&self, record: &Record) {
        let counted = record.owner.get() != Owner::More;
        record.more.set(None);
        // Release: pairs with the Acquire exchange in `take`.
        record.taken.store(false, Ordering::Release);
        if counted {
            // Release: pairs with the Acquire in `others_than`: this owner's reads are over.
            self.taken.fetch_sub(1, Ordering::Release);
        }
    }

    /// How many more records are taken than the caller's own. If none: what was unlinked before a full fence before this call is out of everyone
    /// else's reach for good.
    #[inline]
    pub(super) fn others_than(&self, own: usize) -> usize {
        // Acquire: pairs with the Release in `release`.
        self.taken.load(Ordering::Acquire).saturating_sub(own)
    }

    /// The oldest clock with which anyone is in a domain.
    pub(super) fn scan(&self, domain: u64) -> u64 {
        let mut oldest = u64::MAX;
        for record in self.iter() {
            // Acquire, both: pair with the Release stores in `Record::write` and `Record::end`. In this order: see the module's text.
            let epoch = record.epoch.load(Ordering::Acquire);
            if epoch > ABSENT_SLOW && record.domain.load(Ordering::Acquire) == domain {
                oldest = oldest.min(epoch);
            }
        }
        oldest
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        // Relaxed: exclusive access.
        let mut at = self.head.load(Ordering::Relaxed);
        while !at.is_null() {
            // SAFETY: made with Box's layout in `make`, unlinked here by the only owner, once; guards live no longer than the list does.
            let record = unsafe { Box::from_raw(at) };
            at = record.next;
        }
    }
}
