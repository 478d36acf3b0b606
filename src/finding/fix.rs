//! What would put a finding in order: edits of its file as plain data. Which they are the first column decides; what becomes of
//! them is `fix`'s business.

use std::borrow::Cow;

use crate::source::Span;

/// How sure it is that a fix does no harm, in the words that linters have for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Applicability {
    /// It compiles, and where nothing panicked all is as before.
    Safe,
    /// It compiles, and changes what callers see in a case that they could not see before.
    Unsafe,
    /// A person has to complete it: it is shown and never applied.
    DisplayOnly,
}

impl Applicability {
    /// The word used in every report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::DisplayOnly => "display-only",
        }
    }
}

/// One replacement: an empty span inserts, an empty text deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What stands there afterwards.
    pub text: Cow<'static, str>,
}

impl Edit {
    /// Replaces `span` with `text`.
    pub fn new(span: Span, text: impl Into<Cow<'static, str>>) -> Self {
        Self { span, text: text.into() }
    }

    /// Inserts `text` at the byte `at` of the file that `span` lies in.
    pub fn insert(span: Span, at: u32, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Span::new(span.file, at, at), text)
    }
}

/// A change that puts one finding in order: all of its edits or none, all in one file, none of them within another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Whether it can be applied without being read.
    pub applicability: Applicability,
    /// What it does, for people: an imperative without a full stop.
    pub title: Cow<'static, str>,
    /// What it changes, by place.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix that can be applied without being read.
    pub fn safe(title: impl Into<Cow<'static, str>>, edits: Vec<Edit>) -> Self {
        Self { applicability: Applicability::Safe, title: title.into(), edits }
    }

    /// The same with another applicability.
    #[must_use]
    pub const fn but(mut self, applicability: Applicability) -> Self {
        self.applicability = applicability;
        self
    }
}
