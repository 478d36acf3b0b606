//! Decides the controls of a checklist by findings and evidence. What a control is, `catalog` reads; how results look is
//! `report`'s business.

mod cargo_deny;
mod cargo_profile;
mod compiler;
mod decide;
mod drill;
mod evidence;
mod fact;
mod facts;
mod kubernetes;
mod miri;

pub use decide::{Audited, Basis, ControlOutcome, ControlResult, Reason, decide};
pub use fact::{Compiled, Evidence, EvidenceError, Fact, FactStatus};
