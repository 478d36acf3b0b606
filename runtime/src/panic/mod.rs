//! The panic hook: counters, then a record, then pushes, then symbols, then the hook that was there before.
//!
//! ```no_run
//! # fn main() -> Result<(), auditor_runtime::InstallError> {
//! auditor_runtime::install(auditor_runtime::Config::from_env("checkout")?)?;
//! # Ok(()) }
//! ```
//!
//! A hook sees panics alone. Stack overflow, SIGSEGV, a failed allocation, `abort`, `exit` and foreign exceptions end a
//! process without one; `resume_unwind` raises a panic that hooks do not see. A caught panic is counted all the same, and
//! one panic can run the hook more than once: in a destructor during unwinding three times, out of an `extern "C"`
//! function twice.

mod boundary;
mod clock;
mod config;
mod counter_file;
mod counters;
mod descriptor;
mod error;
mod hook;
pub mod identity;
mod image;
mod install;
mod line;
mod lsda;
mod message;
mod probe;
mod push;
mod rate_limit;
mod record;
mod redact;
mod run_id;
mod stack;
mod state;
mod symbols;
mod thread_state;
pub mod trace;

pub use boundary::{BoundaryFuture, FromPanicked, Panicked, boundary, boundary_future};
pub use config::{Config, Records};
pub use counter_file::read_counter_file;
pub use counters::{LATENCY_BOUNDS_NS, Snapshot};
pub use error::InstallError;
pub use install::{Degraded, Installed, install};
pub use message::MessagePolicy;
pub use probe::{HookStatus, hook_status};
pub use record::RecordId;
pub use state::{component, counts, process_counts, push_latencies};
pub use thread_state::{Timing, last_timing};
