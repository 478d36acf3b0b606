//! Comments as the syntax stage finds them and triage reads them: text and place, no meaning.

use super::span::Span;

/// One comment of a file, doc comments too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// The whole comment with its markers.
    pub span: Span,
    /// Whether it is a doc comment (`///`, `//!`, `/** */`, `/*! */`).
    pub doc: bool,
    /// Whether only white space stands before it on its line.
    pub own_line: bool,
}
