//! Lint attributes as the model finds them and triage honours them: text and place, no meaning.

use super::span::Span;

/// What an attribute makes of a lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `allow`.
    Allow,
    /// `expect`.
    Expect,
    /// `warn`, `deny` or `forbid`: an `allow` further out no longer holds.
    Report,
}

/// One lint named by an `allow`, `expect`, `warn`, `deny` or `forbid` attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintLevel {
    /// The lint as written, such as `clippy::unwrap_used`.
    pub lint: String,
    /// What the attribute makes of it.
    pub level: Level,
    /// Whether it holds in builds of the product. An `allow` must hold in all, any other may hold in some.
    pub in_product: bool,
    /// Whether it holds in builds of tests, likewise.
    pub in_tests: bool,
    /// The attribute's `reason = "…"`, if any.
    pub reason: Option<String>,
    /// The lint's name within the attribute.
    pub at: Span,
    /// What the attribute covers: the item, statement, expression or whole file. One that covers a `mod name;` yields one entry
    /// for each file of that module; the nearest comes last.
    pub scope: Span,
}
