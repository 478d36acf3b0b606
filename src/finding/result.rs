//! One result of a rule at a site, and what became of it.

use super::confidence::Confidence;
use super::fingerprint::Fingerprint;
use super::severity::Severity;
use super::site::Site;
use crate::source::Span;

/// One result of a rule at a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where and what; the site's rule is the one that reports it.
    pub site: Site,
    /// How bad it is there, after the user's overrides.
    pub severity: Severity,
    /// How sure the scan is of it.
    pub confidence: Confidence,
    /// What stays the same when lines move.
    pub fingerprint: Fingerprint,
    /// What became of it in triage.
    pub status: Status,
    /// Whether it stands for all of its rule in a generated file, as the site's reason says.
    pub generated: bool,
}

/// What became of a finding in triage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It counts.
    Active,
    /// Somebody argued in the source that it is in order.
    Waived {
        /// What carries the argument.
        by: WaivedBy,
        /// Where that stands.
        at: Span,
        /// The argument; absent where none is given.
        reason: Option<String>,
    },
    /// A baseline, or the revision that the scan is compared with, has it.
    Known {
        /// The function that it was accepted in, where it is in another one now.
        moved_from: Option<String>,
    },
    /// Outside the gate; the text says why: `test code`, `ignored for tests/**`.
    Ignored(String),
}

impl Status {
    /// Returns the word used in every report.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Waived { .. } => "waived",
            Self::Known { .. } => "known",
            Self::Ignored(_) => "ignored",
        }
    }
}

/// What can carry a waiver.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaivedBy {
    /// A comment `auditor: allow(rule-id) reason`.
    Comment,
    /// A comment `PANIC: reason`.
    Remark,
    /// An `#[allow]` or `#[expect]` attribute; the lint it names, such as `clippy::unwrap_used`.
    Lint(String),
}
