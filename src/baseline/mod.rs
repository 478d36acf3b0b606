//! What was accepted when a ratchet was set: findings named by what they are, not by their lines, and how a scan compares
//! with them. What a finding is, and which ones count, is `triage`'s business.

mod accepted;
mod compare;
mod file;
mod reported;
mod waived;

pub use accepted::{Accepted, Key};
pub use compare::{Comparison, Fate, Gone, Moved, Scope, compare, compare_keys};
pub use file::{BASELINE_NAME, BaselineError, parse, write};
pub use reported::{ReportError, Reported, ReportedFinding};
pub use waived::{Waived, added_waivers, waived};
