//! All domains of the process, for what is asked of all maps together: [`flush`] and [`reclaim_stats`].

use core::cell::Cell;
use core::ptr::NonNull;

use super::barrier;
use super::domain::Domain;
use super::holder::{DomainOwner, Visit};

/// What collectors did so far, in all domains; statistics only.
pub(super) struct Totals {
    pub(super) collections: Count,
    pub(super) refused: Count,
    pub(super) drop_panics: Count,
    pub(super) leaked: Count,
}

// Not the model checkers' atomics: these order nothing.
use core::sync::atomic::{AtomicU64 as Count, Ordering};

pub(super) static TOTALS: Totals =
    Totals { collections: Count::new(0), refused: Count::new(0), drop_panics: Count::new(0), leaked: Count::new(0) };

/// A number that no other domain has or had.
pub(super) fn next_id() -> u64 {
    static NEXT: Count = Count::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed) // Relaxed: only the number counts.
}

/// A domain's address. Whoever is in the list has an owner.
struct Listed(Option<NonNull<Domain>>);

// SAFETY: domains are Sync; the address is followed under the list's lock only, or by a `Visit`.
unsafe impl Send for Listed {}

#[derive(Default)]
struct List {
    domains: Vec<Listed>,
    free: Vec<usize>,
}

static LIST: std::sync::Mutex<Option<List>> = std::sync::Mutex::new(None);

fn with_list<R>(work: impl FnOnce(&mut List) -> R) -> R {
    // Nothing panics under this lock.
    let mut list = LIST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    work(list.get_or_insert_default())
}

/// Takes a new domain up. False without memory.
pub(super) fn enlist(owner: &DomainOwner) -> bool {
    with_list(|list| {
        let at = match list.free.pop() {
            Some(at) => at,
            // Both lists grow together, so that striking off needs no memory.
            None if list.domains.try_reserve(1).is_err() => return false,
            None if list.free.try_reserve(list.domains.len() + 1).is_err() => return false,
            None => {
                list.domains.push(Listed(None));
                list.domains.len() - 1 // auditor: allow(integer-overflow) just pushed
            }
        };
        owner.slot().set(at);
        if let Some(place) = list.domains.get_mut(at) {
            place.0 = Some(NonNull::from(&**owner));
        }
        true
    })
}

/// Strikes a domain off: no visit begins any more.
pub(super) fn strike(owner: &DomainOwner) {
    let at = owner.slot().get();
    with_list(|list| {
        if let Some(place) = list.domains.get_mut(at) {
            place.0 = None;
            list.free.push(at);
        }
    });
}

thread_local! {
    /// The domain that this thread's `flush` is in. No destructor: usable while the thread ends.
    static VISITED: Cell<*const Domain> = const { Cell::new(core::ptr::null()) };
}

/// Whether this thread's `flush` is in a domain, further up the stack.
pub(super) fn is_visited_here(domain: &Domain) -> bool {
    // auditor: allow(panicking-api) a cell without a destructor is never gone
    core::ptr::eq(VISITED.get(), domain)
}

/// The next domain from a place of the list on.
fn next(at: &mut usize) -> Option<Visit> {
    with_list(|list| {
        let (offset, domain) =
            list.domains.iter().skip(*at).enumerate().find_map(|(offset, listed)| Some((offset, listed.0?)))?;
        *at += offset + 1;
        // SAFETY: in the list, which is locked.
        Some(unsafe { Visit::begin(domain) })
    })
}

/// Frees everything that has been removed from any map and that nobody can still be reading, whoever removed it.
///
/// Maps free removed keys and values when they can, and otherwise in batches of some 32 KiB that the next writers free. Call this where destructors must
/// run now. What another thread can still read (a live reference, an iterator) stays. Destructors run here; one that panics is caught and
/// counted. Inside a destructor that a map runs, this does nothing.
///
/// Returns the number of objects that are still kept, in all maps.
///
/// Blocking: never waits for a reader or a writer; a memory barrier for each map that has garbage, 1 to 10 µs.
pub fn flush() -> usize {
    let (mut at, mut kept) = (0, 0_usize);
    // auditor: allow(panicking-api) a cell without a destructor is never gone
    if !VISITED.get().is_null() {
        return 0;
    }
    while let Some(visit) = next(&mut at) {
        if visit.garbage().0 > 0 {
            // auditor: allow(panicking-api) as above
            VISITED.set(&raw const *visit);
            visit.collect_all();
            // auditor: allow(panicking-api) as above
            VISITED.set(core::ptr::null());
            kept = kept.saturating_add(visit.garbage().0);
        }
    }
    kept
}

/// What reclamation has done so far in this process, all maps together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReclaimStats {
    /// Objects that were removed and are not yet freed.
    pub garbage_objects: usize,
    /// Bytes of those objects, with what they own as far as it is known.
    pub garbage_bytes: usize,
    /// Memory barriers issued.
    pub collections: u64,
    /// Barriers the kernel refused: nothing is freed after such a refusal.
    pub refused: u64,
    /// Destructors of keys or values that panicked while being freed.
    pub drop_panics: u64,
    /// Objects leaked because there was no memory to remember them, and a reader that might have had them.
    pub leaked: u64,
    /// Whether readers pay for their own fences because membarrier(2) is not available.
    pub symmetric: bool,
}

/// Reads the counters of reclamation. O(maps), never waits for readers; the numbers are not of one instant.
pub fn reclaim_stats() -> ReclaimStats {
    let (mut at, mut objects, mut bytes) = (0, 0_usize, 0_usize);
    while let Some(visit) = next(&mut at) {
        let (more, more_bytes) = visit.garbage();
        (objects, bytes) = (objects.saturating_add(more), bytes.saturating_add(more_bytes));
    }
    // Relaxed, all: statistics.
    ReclaimStats {
        garbage_objects: objects,
        garbage_bytes: bytes,
        collections: TOTALS.collections.load(Ordering::Relaxed),
        refused: TOTALS.refused.load(Ordering::Relaxed),
        drop_panics: TOTALS.drop_panics.load(Ordering::Relaxed),
        leaked: TOTALS.leaked.load(Ordering::Relaxed),
        symmetric: barrier::symmetric(),
    }
}
