//! What a reader wants to see of a document, whatever its format.

use super::format::sarif;

/// How a report looks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Whether to colour.
    pub color: bool,
    /// How wide lines may be; 0 where unknown.
    pub width: usize,
    /// Which parts are written.
    pub parts: Parts,
    /// What is listed besides what counts.
    pub show: Show,
    /// How much is listed.
    pub limit: Limit,
    /// For whom SARIF is written.
    pub sarif: sarif::Profile,
}

/// Which parts of a document a format for people writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parts {
    /// Entries and summary.
    #[default]
    All,
    /// Entries alone.
    Entries,
    /// The summary alone.
    Summary,
}

impl Parts {
    /// Tells whether entries are written.
    pub const fn entries(self) -> bool {
        !matches!(self, Self::Summary)
    }

    /// Tells whether the summary is written.
    pub const fn summary(self) -> bool {
        !matches!(self, Self::Entries)
    }
}

/// How many entries a format lists, the worst ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limit {
    /// As many as suit the format.
    #[default]
    Usual,
    /// No more than this.
    AtMost(usize),
    /// All of them.
    None,
}

impl Limit {
    /// Returns how many are listed by a format that `usually` lists so many; `None` for all.
    pub const fn count(self, usually: Option<usize>) -> Option<usize> {
        match self {
            Self::Usual => usually,
            Self::AtMost(count) => Some(count),
            Self::None => None,
        }
    }
}

/// What is listed besides what counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Show {
    /// Waived findings.
    pub waived: bool,
    /// Findings that the baseline has.
    pub known: bool,
    /// Findings outside the gate.
    pub ignored: bool,
    /// Sites that could not be decided.
    pub indeterminate: bool,
    /// Sites that cannot go wrong.
    pub discharged: bool,
}

impl Show {
    /// Only what counts.
    pub const ACTIVE: Self =
        Self { waived: false, known: false, ignored: false, indeterminate: false, discharged: false };
    /// All findings, no other site.
    pub const FINDINGS: Self = Self { waived: true, known: true, ignored: true, ..Self::ACTIVE };
}
