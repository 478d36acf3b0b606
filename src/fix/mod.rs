//! What becomes of fixes: which of them go together, the texts that they make, the patch that shows them, and waivers, which are
//! written the same way. Reads and writes no file.

mod patch;
mod plan;
mod waive;

pub use patch::patch;
pub use plan::{Changed, Plan, plan};
pub use waive::waivers;
