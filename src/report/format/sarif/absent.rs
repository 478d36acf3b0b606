//! Findings that a baseline has and the scan no longer: results without a place, for they are nowhere now.

use std::collections::BTreeMap;

use super::log::{Location, LogicalLocation, Outcome, OutcomeProperties};
use super::rules::Rules;
use super::text;
use crate::baseline::Gone;
use crate::report::document::Key;
use crate::source::FileId;

/// What a log lists.
pub(super) enum Listed<'a> {
    /// An entry of the document.
    Entry(Key<'a>),
    /// What is no longer there.
    Absent(&'a Gone),
}

impl Listed<'_> {
    pub(super) fn file(&self) -> FileId {
        match self {
            Self::Entry(key) => key.file,
            Self::Absent(_) => FileId(u32::MAX),
        }
    }
}

/// The findings that are gone, if any are known of.
pub(super) fn of(gone: Option<&[Gone]>) -> impl Iterator<Item = Listed<'_>> {
    gone.into_iter().flatten().map(Listed::Absent)
}

/// One of them as a result.
pub(super) fn outcome<'a>(gone: &'a Gone, rules: &Rules<'_>) -> Outcome<'a> {
    let key = &gone.key;
    let name = LogicalLocation { fully_qualified_name: &key.function, kind: "function" };
    Outcome {
        rule_id: &key.rule,
        occurrence_count: Some(gone.count).filter(|count| *count > 1),
        rule_index: rules.index(&key.rule),
        kind: None,
        level: "none",
        message: text(super::escape(&format!("`{}` in `{}` is gone.", key.expression, key.function))),
        locations: vec![Location { id: None, physical: None, logical: vec![name], message: None }],
        related_locations: Vec::new(),
        code_flows: Vec::new(),
        rank: None,
        baseline_state: Some("absent"),
        partial_fingerprints: BTreeMap::new(),
        suppressions: Vec::new(),
        fixes: Vec::new(),
        properties: OutcomeProperties {
            verdict: "",
            confidence: None,
            reason: "",
            detail: "",
            context: &[],
            cfg: "",
            package: Some(&key.package),
            expression: Some(key.expression.clone()),
        },
    }
}
