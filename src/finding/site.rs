//! A site and its verdict: what a check returns. Plain data; what it means for an audit is `finding.rs`'s business.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::sync::Arc;

use super::{Fix, Reach, Related};
use crate::source::span::Span;

/// The id of a rule, kebab-case; it reads after "allow". Cheap to clone, and one address long: a site has two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Arc<Box<str>>);

impl RuleId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for RuleId {
    fn from(id: &str) -> Self {
        Self(Arc::new(id.into()))
    }
}

/// Lets maps keyed by rule ids be asked with text.
impl Borrow<str> for RuleId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known about whether a site can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Panics or breaks its contract whenever it is reached.
    Always,
    /// Can go wrong, for all that is known.
    Possible,
    /// Cannot go wrong: `Site::reason` states the fact that shows it.
    Discharged,
    /// Not decided: `Site::reason` states what is missing.
    Indeterminate,
}

impl Verdict {
    /// The word used in every report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Possible => "possible",
            Self::Discharged => "discharged",
            Self::Indeterminate => "indeterminate",
        }
    }
}

/// One place in the code that can panic, casts a pointer or does something unsafe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// What the site is: a kind of the catalogue.
    pub kind: RuleId,
    /// The rule that decides about it: the kind's own, or a more specific one, such as `parse-unwrap` for an `unwrap`.
    pub rule: RuleId,
    /// The whole expression, without enclosing parentheses.
    pub span: Span,
    /// What is known about it.
    pub verdict: Verdict,
    /// Why the verdict is what it is; empty where the kind says it all.
    pub reason: Cow<'static, str>,
    /// The path of the enclosing function, such as `parse::header`.
    pub function: Arc<str>,
    /// Where the code runs, most general first: `lib`, `bin`, `test`, `bench`, `example`, `build-script`, `proc-macro`, then
    /// what is known of the function: `ffi-export`, `drop`, `main`, …
    pub context: Arc<[&'static str]>,
    /// The cfg predicate under which the site exists, as written; empty for code that is always compiled.
    pub cfg: Arc<str>,
    /// What the site looks at: the callee, or `from -> to` of a cast.
    pub detail: String,
    /// Whether the value it depends on comes from outside the program: from input, I/O or another crate.
    pub outside: bool,
    /// Other places that belong to it.
    pub related: Related,
    /// How it is reached from outside, where that was asked for.
    pub reach: Reach,
    /// What would put it in order, where that is known.
    pub fix: Option<Box<Fix>>,
}
