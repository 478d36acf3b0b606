//! A domain: one map's clock and garbage. Retiring, collecting, freeing.

use core::cell::Cell;
use core::ptr::NonNull;
use std::alloc::{Layout, alloc};

use super::barrier;
use super::holder::DomainOwner;
use super::limbo::{Fresh, Retired, Waiting};
use super::place;
use super::record::ABSENT_SLOW;
use super::registry::{self, TOTALS};
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering, fence};
use crate::sync::{MODELLED, Mutex, lock, relax};

/// Lists of fresh garbage in a domain: threads that retire at the same time mostly meet in different ones.
pub(super) const STRIPES: usize = if MODELLED { 1 } else { 4 };
const _: () = assert!(STRIPES.is_power_of_two());
/// Bytes of garbage in a stripe at which it is collected: a barrier may cost 10 µs in a virtual machine.
pub(super) const STRIPE_BYTES: usize = if MODELLED { 0 } else { 32 * 1024 };
/// Destructors inside destructors that free at once; what is retired deeper waits for the outermost, or a chain of them would eat the stack.
const NESTED: u32 = 16;

/// Keeps a hot word on lines of its own.
#[repr(align(128))]
pub(super) struct Alone<T>(pub(super) T);

/// What readers look at.
struct Front {
    clock: AtomicU64,
    /// Never that of another domain of this process.
    id: u64,
    /// Whether there is something for `maintain` to do.
    due: AtomicBool,
}

/// The reclamation domain of one map; see the module's text for the argument.
pub(crate) struct Domain {
    front: Alone<Front>,
    /// The map, and those who visit from the registry.
    pub(super) owners: AtomicUsize,
    /// Where the registry keeps it.
    slot: Cell<usize>,
    collecting: AtomicBool,
    /// The newest clock before which nobody has been seen inside.
    safe: AtomicU64,
    /// What tells the bytes that an entry owns, if the map was given it: a function pointer that the map knows the type of. Null otherwise.
    entry_bytes: AtomicPtr<()>,
    /// Whether a collection left something to a reader: then every retirement looks whether that one has gone.
    blocked: AtomicBool,
    pub(super) stripes: [Alone<Mutex<Fresh>>; STRIPES],
    pub(super) waiting: Mutex<Waiting>,
}

// SAFETY: all is atomic or under a mutex, but for `slot`, which is written before the domain is shared, and read by its owner.
unsafe impl Sync for Domain {}
// SAFETY: garbage is Send (`Retired::new`), and nothing here depends on a thread.
unsafe impl Send for Domain {}

impl Domain {
    fn new() -> Self {
        Self {
            front: Alone(Front {
                clock: AtomicU64::new(ABSENT_SLOW + 1),
                id: registry::next_id(),
                due: AtomicBool::new(false),
            }),
            owners: AtomicUsize::new(1),
            slot: Cell::new(usize::MAX),
            collecting: AtomicBool::new(false),
            safe: AtomicU64::new(0),
            entry_bytes: AtomicPtr::new(core::ptr::null_mut()),
            blocked: AtomicBool::new(false),
            stripes: core::array::from_fn(|_| Alone(Mutex::new(Fresh::default()))),
            waiting: Mutex::new(Waiting::default()),
        }
    }

    /// A domain for a new map. None without memory.
    pub(crate) fn try_new() -> Option<DomainOwner> {
        let layout = Layout::new::<Self>();
        // SAFETY: a domain is 128 bytes at least.
        let domain = NonNull::new(unsafe { alloc(layout) })?.cast::<Self>();
        // SAFETY: allocated for a domain, and ours alone. With Box's layout: `leave` frees it as a Box.
        unsafe { domain.write(Self::new()) };
        // SAFETY: the only one so far, which the domain was made with.
        let owner = unsafe { DomainOwner::of(domain) };
        registry::enlist(&owner).then_some(owner)
    }

    #[inline]
    pub(super) fn clock(&self) -> &AtomicU64 {
        &self.front.0.clock
    }

    #[inline]
    pub(crate) fn id(&self) -> u64 {
        self.front.0.id
    }

    /// See the field.
    pub(crate) fn entry_bytes(&self) -> &AtomicPtr<()> {
        &self.entry_bytes
    }

    pub(super) fn slot(&self) -> &Cell<usize> {
        &self.slot
    }

    /// Takes over an object that this thread has unlinked, before a full fence. Frees it at once, with what else waits, where nobody can be reading:
    /// then destructors run here, and the caller must hold no lock, or a guard of this domain, which puts it off.
    pub(crate) fn retire(&self, item: Retired) {
        let single = place::is_single();
        if single && !self.is_entered_here() && place::nesting() < NESTED {
            free(item);
            return self.maintain();
        }
        let [first, ..] = &self.stripes;
        let stripe = self.stripes.get(place::stripe() & (STRIPES - 1)).unwrap_or(first);
        let pushed = lock(&stripe.0).push(item);
        match pushed {
            Ok(bytes) if single || bytes >= STRIPE_BYTES => {
                self.front.0.due.store(true, Ordering::Relaxed); // Relaxed: a hint.
                self.maintain();
            }
            // Relaxed: a hint.
            Ok(_) if self.blocked.load(Ordering::Relaxed) => self.retry(),
            Ok(_) => {}
            Err(item) => self.free_unremembered(item),
        }
    }

    /// Frees what an earlier collection left to a reader that has gone. Takes no barrier: those who came after it cannot see what was collected then.
    fn retry(&self) {
        // Acquire: as in `gather`.
        if place::nesting() >= NESTED || self.is_entered_here() || self.collecting.swap(true, Ordering::Acquire) {
            return;
        }
        // Relaxed: only collectors write it, and they exclude each other.
        let now = self.clock().load(Ordering::Relaxed);
        self.note_safe(now, place::records().scan(self.id()));
        self.collecting.store(false, Ordering::Release); // Release: as in `gather`.
        self.free_ripe();
    }

    /// Notes a scan that followed the barrier of every batch.
    fn note_safe(&self, now: u64, oldest: u64) {
        // Release: pairs with the Acquire in `pop`. It never falls: a reader that comes later cannot see what was unlinked before. Relaxed: only
        // collectors write it.
        let safe = self.safe.load(Ordering::Relaxed).max(oldest.min(now));
        self.safe.store(safe, Ordering::Release);
    }

    /// Frees the batches that are safe. Returns whether there was something.
    fn free_ripe(&self) -> bool {
        let _inside = place::Nested::enter();
        let mut freed = false;
        // One at a time: a destructor may drop the map itself.
        while let Some(item) = self.pop() {
            free(item);
            freed = true;
        }
        self.blocked.store(self.waiting_amount().0 > 0, Ordering::Relaxed); // Relaxed: a hint.
        freed
    }

    /// Without memory to remember an object it is freed now, if no reader can have it, and leaked otherwise.
    #[cold]
    fn free_unremembered(&self, item: Retired) {
        if !self.is_entered_here() && self.tick().is_some_and(|(now, oldest)| oldest >= now) {
            free(item);
        } else {
            TOTALS.leaked.fetch_add(1, Ordering::Relaxed); // Relaxed: a statistic. `Retired` has no destructor.
        }
    }

    /// Whether this thread holds a guard of this domain.
    pub(crate) fn is_entered_here(&self) -> bool {
        place::own().any(|record| record.is_in(self))
    }

    /// Collects if that is due. Writers call it last, when they hold neither lock nor guard.
    #[inline]
    pub(crate) fn maintain(&self) {
        // Relaxed: a hint.
        if self.front.0.due.load(Ordering::Relaxed) {
            self.collect();
        }
    }

    /// Moves the clock and looks who is inside: the new clock, and the oldest one of a reader. None when the kernel refused the barrier.
    fn tick(&self) -> Option<(u64, u64)> {
        // AcqRel: pairs with the Acquire load in `Record::write`.
        let now = self.clock().fetch_add(1, Ordering::AcqRel).wrapping_add(1);
        // SeqCst: pairs with the fence in `Records::take`.
        fence(Ordering::SeqCst);
        if place::is_single() && !self.is_entered_here() {
            return Some((now, u64::MAX));
        }
        if barrier::heavy(barrier::symmetric()) {
            TOTALS.collections.fetch_add(1, Ordering::Relaxed); // Relaxed: a statistic.
            Some((now, place::records().scan(self.id())))
        } else {
            TOTALS.refused.fetch_add(1, Ordering::Relaxed); // Relaxed: a statistic.
            None
        }
    }

    /// Frees what nobody can be reading any more, whoever retired it. Runs destructors: the caller must hold no lock. Does nothing inside a guard of
    /// this domain, in too deep a destructor, or while another thread is at it.
    #[cold]
    pub(crate) fn collect(&self) {
        self.collect_while(|freed| freed && self.front.0.due.load(Ordering::Relaxed)); // Relaxed: a hint.
    }

    /// [`collect`](Self::collect), and what the destructors that it runs have removed, and so on.
    pub(crate) fn collect_all(&self) {
        self.collect_while(|freed| freed);
    }

    fn collect_while(&self, go_on: impl Fn(bool) -> bool) {
        if place::nesting() >= NESTED || self.is_entered_here() {
            return;
        }
        // A bound, for values that come back whenever they are dropped.
        for _ in 0..1 << 20 {
            if !self.gather() || !go_on(self.free_ripe()) {
                return;
            }
        }
    }

    /// Moves fresh garbage to what waits, and finds out how much of that may go. False when another thread is at it.
    fn gather(&self) -> bool {
        // Acquire: pairs with the Release store below, so that collectors follow one another.
        if self.collecting.swap(true, Ordering::Acquire) {
            return false;
        }
        self.front.0.due.store(false, Ordering::Relaxed); // Relaxed: a hint.
        // Relaxed: only collectors write it, and they exclude each other.
        let next = self.clock().load(Ordering::Relaxed).wrapping_add(1);
        {
            let mut waiting = lock(&self.waiting);
            if waiting.reserve(STRIPES) {
                for stripe in &self.stripes {
                    // A stripe that a thread holds just now, or held when the process forked, is left for the next time.
                    if let Ok(mut fresh) = stripe.0.try_lock() {
                        waiting.take(&mut fresh, next);
                    }
                }
            }
        }
        if let Some((now, oldest)) = self.tick() {
            self.note_safe(now, oldest);
        }
        // Release: pairs with the Acquire swap above.
        self.collecting.store(false, Ordering::Release);
        true
    }

    fn pop(&self) -> Option<Retired> {
        // Acquire: pairs with the Release store in `gather`, hence with every reader's leaving that the scan saw.
        let safe = self.safe.load(Ordering::Acquire);
        lock(&self.waiting).pop(safe)
    }

    fn waiting_amount(&self) -> (usize, usize) {
        let waiting = lock(&self.waiting);
        (waiting.objects, waiting.bytes)
    }

    /// Objects that are not freed, and the bytes of them that are known.
    pub(crate) fn garbage(&self) -> (usize, usize) {
        self.stripes
            .iter()
            .map(|stripe| lock(&stripe.0).amount())
            .fold(self.waiting_amount(), |sum, one| (sum.0.saturating_add(one.0), sum.1.saturating_add(one.1)))
    }

    /// Waits until nobody can be reading what this thread unlinked before. False, at once, if this thread itself may be, by a guard that it holds;
    /// and where the kernel refuses the barrier.
    pub(crate) fn wait_for_readers(&self, patience: Patience) -> bool {
        // Collectors of the same domain may move the clock too: harmless here.
        // A thread without a record may hold a guard all the same, while it ends.
        if self.is_entered_here() || (patience == Patience::Endless && !place::has_record()) {
            return false;
        }
        let Some((now, mut oldest)) = self.tick() else { return false };
        let mut rounds = 0_u32;
        while oldest < now {
            if patience == Patience::None {
                return false;
            }
            rounds = rounds.saturating_add(1);
            if rounds < 64 {
                relax()
            } else {
                relax_long()
            }
            oldest = place::records().scan(self.id());
        }
        true
    }

    /// One owner more, or less. The last one frees the domain.
    pub(super) fn leave(domain: NonNull<Self>) {
        // SAFETY: an owner leaves, so the domain is alive.
        // AcqRel: pairs with itself: what other owners did happens before the freeing.
        if unsafe { domain.as_ref() }.owners.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: made by `try_new` with Box's layout, and the last owner is gone.
            drop(unsafe { Box::from_raw(domain.as_ptr()) });
        }
    }
}

/// Lets others run while this thread waits for them.
pub(super) fn relax_long() {
    if MODELLED { relax() } else { std::thread::sleep(std::time::Duration::from_micros(50)) }
}

/// Whether to wait for others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Patience {
    /// Look once.
    None,
    /// Until they have gone.
    Endless,
}

/// Frees an object nobody can be reading.
pub(super) fn free(item: Retired) {
    let _inside = place::Nested::enter();
    if item.free() {
        TOTALS.drop_panics.fetch_add(1, Ordering::Relaxed); // Relaxed: a statistic.
    }
}
