//! The only place that names every stage, in order. What a stage does lives in the stage.

use crate::finding::{Coverage, Site};
use crate::source::{Gap, LintLevel, SourceFile, Span};

/// The program under audit, as far as the audit itself needs it: what the first column of stages hands to the second.
#[derive(Debug, Default)]
pub struct Program {
    /// The files, sorted by path; `FileId` indexes this list.
    pub files: Vec<SourceFile>,
    /// What was not looked at, sorted.
    pub gaps: Vec<Gap>,
    /// How much was understood.
    pub coverage: Coverage,
    /// Every site, sorted by file, then position, then kind.
    pub sites: Vec<Site>,
    /// Items and statements that can carry a waiver for all they hold: the span begins at the first attribute or doc
    /// comment. Sorted by span.
    pub items: Vec<Span>,
    /// `#[allow(…)]` and `#[expect(…)]` attributes that name a clippy or rustc lint.
    pub lints: Vec<LintLevel>,
}
