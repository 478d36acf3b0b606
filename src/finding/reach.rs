//! How a site is reached from outside: the shortest ways to it. Which ones there are is decided where the program is put together.

use std::sync::Arc;

use crate::source::span::Span;

/// The shortest ways to a site, a kind of entry points each, the most telling first; no larger than a pointer where there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach(Option<Box<Ways>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Ways {
    paths: Vec<ReachPath>,
}

/// A way from an entry point to the function that holds a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachPath {
    /// Who enters there, such as `handler`.
    pub entry: &'static str,
    /// The functions on the way, the entry point first.
    pub hops: Vec<Hop>,
}

/// One function of a way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Its path.
    pub function: Arc<str>,
    /// Where it is defined.
    pub at: Span,
    /// Where the function before it calls it, or hands it on; none for the entry point.
    pub from: Option<Span>,
    /// How it is got to: `calls`, `may call`, …
    pub how: &'static str,
}

impl Reach {
    /// The ways, of which there may be none.
    pub fn new(paths: Vec<ReachPath>) -> Self {
        Self((!paths.is_empty()).then(|| Box::new(Ways { paths })))
    }

    /// Returns the ways.
    pub fn paths(&self) -> &[ReachPath] {
        self.0.as_ref().map_or(&[], |ways| &ways.paths)
    }

    /// Returns the most telling one.
    pub fn first(&self) -> Option<&ReachPath> {
        self.paths().first()
    }
}
