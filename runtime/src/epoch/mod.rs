//! Reclamation: when may memory that readers might still hold be freed? Epochs with asymmetric fences, one domain a map.
//! What is freed, and how, the containers say; nothing here knows a map.
//!
//! A reader *enters* a domain by writing the domain's name and the clock it saw there into a `Record` of its own and *leaves* by clearing the clock:
//! plain stores, no read-modify-write. A writer unlinks an object and leaves it to the domain. A collector takes the domain's garbage, adds
//! one to the clock (now `c`), makes every running thread execute a full fence (membarrier(2)), and reads all records.
//!
//! **Claim.** Garbage taken before the clock became `c` may be freed when a scan that follows the collector's fence finds nobody in the domain with a
//! clock below `c`.
//!
//! *Why.* A reader whose clock is at least `c` acquired it from the collector's addition, which comes after the collector took the garbage, by
//! a mutex, from whoever unlinked it: so that reader cannot see the object. Let a reader have entered with less, and let it see the object. Its record is
//! written before its loads, with a (compiler's, or full) fence between, and some load missed the unlinking. If that load came before the collector's
//! fence took effect on its processor, then so did the writing of the record, and the scan finds it, or finds what the same record was given
//! later: then the section is over. If the load came after, it would have seen the unlinking. Leaving is a Release store, read by the scan with
//! Acquire, so all of the reader's accesses happen before the object is freed. ∎
//!
//! The scan reads a record's clock first and its domain second, and a reader writes the domain first. If both are of one section, that section is judged
//! rightly. If the domain is of a later section than the clock, the section that the clock belonged to is over; the later one began after the
//! fence, hence sees all unlinking, and it does no harm to count it with a wrong clock.
//!
//! **Alone.** While one record is taken in the whole process (by this thread) and it is not in the domain, nobody can be reading: no fence
//! is needed but that between unlinking and the look at the number of records, which pairs with the one in `Records::take`.
//!
//! **How much waits.** Garbage belongs to the domain, not to the thread that made it. Each of a domain's stripes is collected, by whoever writes, when
//! 32 KiB are in it (`STRIPE_BYTES`): so at most four times that, and one object in each, waits, beside what readers that are inside
//! keep. When the map is dropped nothing is left.

mod barrier;
mod domain;
#[cfg(all(target_os = "linux", not(any(auditor_loom, shuttle, miri))))]
mod fork;
mod guard;
mod holder;
mod limbo;
#[cfg(not(any(auditor_loom, shuttle)))]
mod owned;
mod place;
mod record;
mod records;
mod registry;

pub(crate) use domain::{Domain, Patience};
pub(crate) use guard::{Guard, thread_name};
pub(crate) use holder::DomainOwner;
pub(crate) use limbo::{Retired, panics};
#[cfg(not(any(auditor_loom, shuttle)))]
pub(crate) use owned::OwnedGuard;
pub use registry::{ReclaimStats, flush, reclaim_stats};
