//! The clock, the list of records, and the collector. One domain serves the whole process.

use core::cell::{Cell, UnsafeCell};
use std::alloc::{Layout, alloc};
use std::sync::{Mutex, PoisonError};

use super::barrier;
use super::limbo::{Batch, Retired};
use super::record::{ABSENT, ABSENT_SLOW, Record};
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

/// Keeps a hot word on lines of its own.
#[repr(align(128))]
pub(super) struct Alone<T>(pub(super) T);

/// The reclamation domain; see the module's text for the argument.
pub(crate) struct Domain {
    pub(super) clock: Alone<AtomicU64>,
    safe: Alone<AtomicU64>,
    records: AtomicPtr<Record>,
    collecting: AtomicBool,
    orphans: Mutex<Vec<Batch>>,
    orphaned: AtomicUsize,
    pub(super) counters: Counters,
}

/// What the domain did so far; statistics only.
pub(super) struct Counters {
    pub(super) garbage_objects: AtomicUsize,
    pub(super) garbage_bytes: AtomicUsize,
    pub(super) collections: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) drop_panics: AtomicU64,
    pub(super) leaked: AtomicU64,
}

/// The fields of a fresh domain: constant where atomics are, which they are not under a model checker.
macro_rules! fresh {
    () => {
        Self {
            clock: Alone(AtomicU64::new(ABSENT_SLOW + 1)),
            safe: Alone(AtomicU64::new(ABSENT)),
            records: AtomicPtr::new(core::ptr::null_mut()),
            collecting: AtomicBool::new(false),
            orphans: Mutex::new(Vec::new()),
            orphaned: AtomicUsize::new(0),
            counters: Counters {
                garbage_objects: AtomicUsize::new(0),
                garbage_bytes: AtomicUsize::new(0),
                collections: AtomicU64::new(0),
                refused: AtomicU64::new(0),
                drop_panics: AtomicU64::new(0),
                leaked: AtomicU64::new(0),
            },
        }
    };
}

impl Domain {
    #[cfg(not(any(auditor_loom, shuttle)))]
    pub(crate) const fn new() -> Self {
        fresh!()
    }

    #[cfg(any(auditor_loom, shuttle))]
    pub(crate) fn new() -> Self {
        fresh!()
    }

    /// Whether readers fence themselves because the kernel cannot do it for them.
    pub(super) fn is_symmetric() -> bool {
        barrier::symmetric()
    }

    fn records(&self) -> impl Iterator<Item = &Record> {
        // Acquire: pairs with the Release exchange in `register` that linked the record.
        let mut at = self.records.load(Ordering::Acquire).cast_const();
        core::iter::from_fn(move || {
            // SAFETY: records are linked fully made, never unlinked, and freed by the domain's Drop only.
            let record = unsafe { at.as_ref() }?;
            at = record.next;
            Some(record)
        })
    }

    /// A record for the calling thread, new or left by a finished one. None without memory for a new one.
    pub(crate) fn register(&self) -> Option<&Record> {
        for record in self.records() {
            // Acquire: pairs with the Release store in `release`. Relaxed on failure: nothing is read.
            if record.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                return Some(record);
            }
        }
        let layout = Layout::new::<Record>();
        // SAFETY: a record is 128 bytes at least.
        let record = unsafe { alloc(layout) }.cast::<Record>();
        if record.is_null() {
            return None;
        }
        let symmetric = barrier::symmetric();
        let idle = if symmetric && !barrier::ALWAYS_SYMMETRIC { ABSENT_SLOW } else { ABSENT };
        let fresh = Record {
            epoch: AtomicU64::new(idle),
            taken: AtomicBool::new(true),
            next: core::ptr::null_mut(),
            symmetric,
            idle,
            depth: Cell::new(0),
            debt: Cell::new(0),
            limbo: UnsafeCell::default(),
        };
        // SAFETY: not null, allocated for a record, and ours alone. With Box's layout: the domain's Drop frees it as a Box.
        unsafe { record.write(fresh) };
        // Relaxed: only the address is used until the exchange below.
        let mut head = self.records.load(Ordering::Relaxed);
        loop {
            // SAFETY: the record is ours alone until the exchange succeeds.
            unsafe { (*record).next = head };
            // Release: pairs with the Acquire in `records`. Relaxed on failure: the head is only an address.
            match self.records.compare_exchange_weak(head, record, Ordering::Release, Ordering::Relaxed) {
                // SAFETY: linked and never freed before the domain, which `self` borrows.
                Ok(_) => return Some(unsafe { &*record }),
                Err(now) => head = now,
            }
        }
    }

    /// Gives a record back at the end of its thread; what it retired is left to the others.
    #[cfg(not(any(auditor_loom, shuttle)))]
    pub(crate) fn release(&self, record: &Record) {
        self.seal(record);
        let left = record.with_limbo(|limbo| core::mem::take(&mut limbo.sealed));
        if !left.is_empty() {
            let mut orphans = self.orphans.lock().unwrap_or_else(PoisonError::into_inner);
            if orphans.try_reserve(left.len()).is_ok() {
                orphans.extend(left);
            } else {
                // Without memory to hand them on, what they name is leaked (`Retired` has no destructor), the only safe choice.
                // Relaxed: a statistic.
                self.counters.leaked.fetch_add(left.iter().map(Batch::len).sum::<usize>() as u64, Ordering::Relaxed);
            }
            // Relaxed: a hint; the mutex orders the batches.
            self.orphaned.store(orphans.len(), Ordering::Relaxed);
        }
        record.debt.set(0);
        // Release: pairs with the Acquire exchange in `register`.
        record.taken.store(false, Ordering::Release);
    }

    /// Takes over an object that this thread has just unlinked. Runs no user code.
    pub(crate) fn retire(&self, record: &Record, item: Retired) {
        let (kept, full) = record.with_limbo(|limbo| (limbo.push(item), limbo.is_full()));
        if !kept {
            // Relaxed: a statistic.
            self.counters.leaked.fetch_add(1, Ordering::Relaxed);
        }
        if full {
            self.seal(record);
            record.debt.set(super::limbo::BATCH_OBJECTS);
        }
    }

    /// A stamp for slots that this thread has just unlinked in place; they may be reused when [`Domain::has_passed`] says so.
    pub(crate) fn stamp_slot(&self, record: &Record) -> u64 {
        record.debt.set(record.debt.get().wrapping_add(1)); // Collections reset it long before it wraps.
        self.stamp(record)
    }

    /// As [`stamp_slot`](Self::stamp_slot) in a section that `enter_quick` began: the kernel fences for this thread, or it always does so itself.
    #[inline]
    pub(crate) fn stamp_slot_quick(&self, record: &Record) -> u64 {
        record.debt.set(record.debt.get().wrapping_add(1)); // As in `stamp_slot`.
        self.stamp_after(barrier::ALWAYS_SYMMETRIC)
    }

    fn stamp(&self, record: &Record) -> u64 {
        self.stamp_after(record.symmetric)
    }

    #[inline]
    fn stamp_after(&self, symmetric: bool) -> u64 {
        barrier::light(symmetric);
        // Relaxed: the fence before it orders the unlinking; see the module's argument.
        self.clock.0.load(Ordering::Relaxed)
    }

    /// Whether no reader can still see what was stamped.
    pub(crate) fn has_passed(&self, stamp: u64) -> bool {
        // Acquire: pairs with the Release store in `advance`, hence with every reader's leaving that the scan saw.
        self.safe.0.load(Ordering::Acquire) >= stamp.saturating_add(2)
    }

    fn seal(&self, record: &Record) {
        let stamp = self.stamp(record);
        let (objects, bytes) = record.with_limbo(|limbo| {
            let before: usize = limbo.sealed.iter().map(Batch::len).sum();
            let held: usize = limbo.sealed.iter().map(|batch| batch.bytes).sum();
            limbo.seal(stamp);
            let after: usize = limbo.sealed.iter().map(Batch::len).sum();
            (after - before, limbo.sealed.iter().map(|batch| batch.bytes).sum::<usize>() - held)
        });
        // Relaxed: statistics.
        self.counters.garbage_objects.fetch_add(objects, Ordering::Relaxed);
        self.counters.garbage_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Moves the clock and finds the safe one. False when another thread is at it or the kernel refused.
    pub(crate) fn advance(&self) -> bool {
        // Acquire: pairs with the Release store below, so that collectors follow one another.
        if self.collecting.swap(true, Ordering::Acquire) {
            return false;
        }
        // AcqRel: pairs with the Acquire load in `Record::enter`.
        let before = self.clock.0.fetch_add(1, Ordering::AcqRel);
        let done = barrier::heavy(barrier::symmetric());
        if done {
            let safe = self.scan().min(before + 1); // auditor: allow(integer-overflow) 2^64 collections
            // Release: pairs with the Acquire in `has_passed`. Only the collector writes it, and it never falls: a later
            // scan may see an older reader that entered late, which cannot see what was unlinked before.
            if safe > self.safe.0.load(Ordering::Relaxed) {
                self.safe.0.store(safe, Ordering::Release);
            }
            self.counters.collections.fetch_add(1, Ordering::Relaxed); // Relaxed: a statistic.
        } else {
            self.counters.refused.fetch_add(1, Ordering::Relaxed); // Relaxed: a statistic.
        }
        // Release: pairs with the Acquire swap above.
        self.collecting.store(false, Ordering::Release);
        done
    }

    /// The oldest clock that an active reader entered with.
    fn scan(&self) -> u64 {
        self.records()
            // Acquire: pairs with the Release stores in `Record::enter` and `Record::leave`.
            .map(|record| record.epoch.load(Ordering::Acquire))
            .filter(|&epoch| epoch > ABSENT_SLOW)
            .min()
            .unwrap_or(u64::MAX)
    }

    /// Seals what this thread retired, moves the clock `rounds` times and frees what is ripe.
    /// Runs destructors: the caller must hold no lock.
    pub(crate) fn collect(&self, record: &Record, rounds: usize) {
        record.debt.set(0);
        self.seal(record);
        for _ in 0..rounds {
            self.advance();
        }
        // Acquire: pairs with the Release store in `advance`.
        let safe = self.safe.0.load(Ordering::Acquire);
        while let Some(batch) = record.with_limbo(|limbo| limbo.ripe(safe)) {
            self.free(batch);
        }
        // Relaxed: a hint.
        if self.orphaned.load(Ordering::Relaxed) > 0 {
            self.adopt(safe);
        }
    }

    /// Frees what finished threads left, batch by batch: writers that must not abort come here too, so nothing is allocated.
    fn adopt(&self, safe: u64) {
        while let Some(batch) = self.ripe_orphan(safe) {
            self.free(batch);
        }
    }

    /// Takes a ripe batch of a finished thread out; None also where another thread is at it.
    fn ripe_orphan(&self, safe: u64) -> Option<Batch> {
        let mut orphans = self.orphans.try_lock().ok()?;
        let at = orphans.iter().position(|batch| safe >= batch.stamp.saturating_add(2))?;
        // auditor: allow(panicking-api) just found there
        let batch = orphans.swap_remove(at);
        // Relaxed: a hint; the mutex orders the batches.
        self.orphaned.store(orphans.len(), Ordering::Relaxed);
        Some(batch)
    }

    fn free(&self, batch: Batch) {
        // Relaxed, all three: statistics.
        self.counters.garbage_objects.fetch_sub(batch.len(), Ordering::Relaxed);
        self.counters.garbage_bytes.fetch_sub(batch.bytes, Ordering::Relaxed);
        let panics = batch.free();
        self.counters.drop_panics.fetch_add(panics as u64, Ordering::Relaxed);
    }

    /// Objects and bytes in the calling thread's limbo.
    pub(crate) fn held_by(&self, record: &Record) -> (usize, usize) {
        record.with_limbo(|limbo| (limbo.objects(), limbo.bytes()))
    }
}

impl Drop for Domain {
    fn drop(&mut self) {
        let orphans = core::mem::take(self.orphans.get_mut().unwrap_or_else(PoisonError::into_inner));
        for batch in orphans {
            batch.free();
        }
        // Relaxed: exclusive access.
        let mut at = self.records.load(Ordering::Relaxed);
        while !at.is_null() {
            // SAFETY: made by Box::into_raw in `register`, unlinked here by the only owner, once; guards borrow the domain
            // (or live as long as the process), so none is left.
            let mut record = unsafe { Box::from_raw(at) };
            at = record.next;
            let limbo = record.limbo.get_mut();
            limbo.seal(ABSENT);
            for batch in core::mem::take(&mut limbo.sealed) {
                batch.free();
            }
        }
    }
}
