//! Sites, findings, verdicts, severities, fingerprints: plain data that checks, triage and reports share.

pub mod confidence;
pub mod coverage;
pub mod expression;
pub mod fingerprint;
pub mod fix;
pub mod line_hash;
pub mod operation;
pub mod pattern;
pub mod reach;
pub mod related;
pub mod result;
pub mod severity;
pub mod site;
pub mod unknown;

pub use confidence::Confidence;
pub use coverage::{Coverage, CrateCoverage};
pub use expression::expression;
pub use fingerprint::Fingerprint;
pub use fix::{Applicability, Edit, Fix};
pub use operation::{Bytes, Duty, LedgerCounts, Obligation, Operation, Shape, Standing};
pub use pattern::{Match, Pattern};
pub use reach::{Hop, Reach, ReachPath};
pub use related::Related;
pub use result::{Finding, Status, WaivedBy};
pub use severity::Severity;
pub use site::{RuleId, Site, Verdict};
pub use unknown::Unknown;
