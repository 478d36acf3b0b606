//! What was accepted when a ratchet was set: findings named by what they are, not by their lines, and how a scan compares
//! with them. What a finding is, and which ones count, is `triage`'s business.

mod accepted;
mod compare;
mod file;
mod waived;

pub use accepted::{Accepted, Key};
pub use compare::{Comparison, Gone, Moved, Scope, compare};
pub use file::{BASELINE_NAME, BaselineError, parse, write};
pub use waived::{Waived, added_waivers, waived};
