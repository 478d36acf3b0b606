//! Decides the controls of a checklist by findings and evidence. What a control is, `catalog` reads; how results look is
//! `report`'s business.

mod decide;
mod evidence;

pub use decide::{Audited, Basis, ControlOutcome, ControlResult, Reason, decide};
pub use evidence::{Evidence, EvidenceError, Fact, FactStatus};
