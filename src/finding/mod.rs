//! Sites, findings, verdicts, severities, fingerprints: plain data that checks, triage and reports share.

pub mod coverage;
pub mod site;

pub use coverage::Coverage;
pub use site::{RuleId, Site, Verdict};
