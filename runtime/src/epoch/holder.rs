//! Who keeps a domain alive: its map, and those who visit it from the registry. The last to leave frees it.

use core::ops::Deref;
use core::ptr::NonNull;

use super::domain::{Domain, STRIPES, free, relax_long};
use super::{place, registry};
use crate::sync::atomic::Ordering;
use crate::sync::lock;

/// A map's hold on its domain. Dropped with the map, when nobody reads any more: frees all garbage.
pub(crate) struct DomainOwner {
    domain: NonNull<Domain>,
}

impl DomainOwner {
    /// # Safety
    ///
    /// The domain is alive and counts this owner.
    pub(super) unsafe fn of(domain: NonNull<Domain>) -> Self {
        Self { domain }
    }
}

// SAFETY: a domain is Send and Sync.
unsafe impl Send for DomainOwner {}
// SAFETY: as above.
unsafe impl Sync for DomainOwner {}

impl Deref for DomainOwner {
    type Target = Domain;

    #[inline]
    fn deref(&self) -> &Domain {
        // SAFETY: this owner keeps it alive.
        unsafe { self.domain.as_ref() }
    }
}

impl Drop for DomainOwner {
    fn drop(&mut self) {
        registry::strike(self);
        // Destructors that another thread's `flush` is running must be over before what they may refer to ends with the map. If this thread's own
        // `flush` is further up the stack, it will find nothing left.
        let mine = usize::from(registry::is_visited_here(self));
        // Acquire: pairs with the AcqRel in `leave`.
        while self.owners.load(Ordering::Acquire) > 1 + mine {
            relax_long();
        }
        // Nobody reads: references borrow the map.
        let next = self.clock().load(Ordering::Relaxed).wrapping_add(1); // Relaxed: exclusive but for this thread's own visit.
        let mut waiting = lock(&self.waiting);
        if waiting.reserve(STRIPES) {
            for stripe in &self.stripes {
                waiting.take(&mut lock(&stripe.0), next);
            }
        }
        drop(waiting);
        let _inside = place::Nested::enter();
        loop {
            let item = lock(&self.waiting).pop(u64::MAX);
            let Some(item) = item else { break };
            free(item);
        }
        Domain::leave(self.domain);
    }
}

/// A stay in a domain that came from the registry.
pub(super) struct Visit(NonNull<Domain>);

impl Visit {
    /// # Safety
    ///
    /// The domain is in the registry, which the caller has locked: its owner has not struck it off and so has not left.
    pub(super) unsafe fn begin(domain: NonNull<Domain>) -> Self {
        // Relaxed: the registry's lock orders it with the owner's look.
        // SAFETY: the contract.
        unsafe { domain.as_ref() }.owners.fetch_add(1, Ordering::Relaxed);
        Self(domain)
    }
}

impl Deref for Visit {
    type Target = Domain;

    fn deref(&self) -> &Domain {
        // SAFETY: this visit is one of its owners.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        Domain::leave(self.0);
    }
}
