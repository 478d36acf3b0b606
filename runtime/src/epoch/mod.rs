//! Reclamation: when may memory that readers might still hold be freed? Epochs with asymmetric fences.
//! What is freed, and how, the containers say; nothing here knows a map.
//!
//! A reader *enters* by writing the clock it saw into its own `Record` and *leaves* by clearing it: two plain stores,
//! no read-modify-write. A writer unlinks an object, reads the clock (the object's *stamp*) and keeps the object in its
//! thread's limbo. A collector adds one to the clock, makes every running thread execute a full fence (membarrier(2)), and reads
//! all records: the oldest clock in them, or its own, becomes the *safe* clock.
//!
//! **Claim.** An object stamped `s` may be freed once `safe >= s + 2`.
//!
//! *Why.* Let X be the collector that moved the clock from `s` to `s + 1`. The writer's fence stands between unlinking and
//! its load of the clock; that load did not see `s + 1`; so by the fence rule the unlinking comes before X's heavy fence.
//! Collectors exclude each other, so X's heavy fence happens before the clock becomes `s + 2`. A reader that enters with a
//! clock of at least `s + 2` acquired it, hence cannot see the object. A reader that entered with less and can see it
//! has its record written before its load (fence between), and that load missed the unlinking, so any later
//! collector's scan, which follows a heavy fence, finds the record: it holds `safe` below `s + 2` until it leaves. Its leaving
//! is a Release store, read by the scan with Acquire, so all its accesses happen before the object is freed. ∎

mod barrier;
mod domain;
mod guard;
mod limbo;
#[cfg(all(feature = "rayon", not(any(auditor_loom, shuttle))))]
mod owned;
mod record;

pub(crate) use domain::Domain;
pub(crate) use guard::{Guard, Quick, maintain, maintained, pin, quick, scope, try_maintained};
pub use guard::{ReclaimStats, flush, reclaim_stats};
pub(crate) use limbo::{Retired, panics};
#[cfg(all(feature = "rayon", not(any(auditor_loom, shuttle))))]
pub(crate) use owned::OwnedGuard;
