//! Sites, findings, verdicts, severities, fingerprints: plain data that checks, triage and reports share.

pub mod site;

pub use site::{RuleId, Site, Verdict};
