//! Lint attributes as the model finds them and triage honours them: text and place, no meaning.

use super::span::Span;

/// One lint named by an `allow` or `expect` attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintLevel {
    /// The lint as written, such as `clippy::unwrap_used`.
    pub lint: String,
    /// Whether the attribute is `expect` rather than `allow`.
    pub expect: bool,
    /// The attribute's `reason = "…"`, if any.
    pub reason: Option<String>,
    /// The lint's name within the attribute.
    pub at: Span,
    /// What the attribute covers: the item, statement, expression or whole file. A crate's `#![allow]` in its root file
    /// yields one entry for each file of the crate.
    pub scope: Span,
}
