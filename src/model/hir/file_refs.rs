//! What a file says of other files: the paths of its modules, the files that it includes.

use super::ItemId;
use crate::model::cfg::Cfg;
use crate::source::Span;

/// One path that a module's attributes name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModulePath {
    /// The module.
    pub item: ItemId,
    /// The path as written.
    pub path: Box<str>,
    /// When it counts.
    pub cfg: Cfg,
}

/// An `include!` that was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// What it names.
    pub target: IncludeTarget,
    /// The call.
    pub span: Span,
}

/// What an `include!` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncludeTarget {
    /// The file at this place, with `/`.
    File(Box<str>),
    /// A file that a build makes or names.
    Generated,
    /// More text than is read for one file.
    TooMuch,
}
