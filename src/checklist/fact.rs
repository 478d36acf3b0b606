//! What evidence is, whoever wrote it: facts, each with what it speaks to. Reading the kinds is left to the files beside this one.

use serde::Deserialize;

/// The most characters of a detail that are kept: what others wrote has no bound.
const DETAIL_CHARS: usize = 300;

/// A file of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The path that it was read from.
    pub path: String,
    /// What made it, with its version where the file has it.
    pub tool: String,
    /// What it is about: a program with the digest of its file, or packages.
    pub subject: String,
    /// When it was finished, as written there; empty where it is not.
    pub finished: String,
    /// What it says.
    pub facts: Vec<Fact>,
    /// What the compiler's diagnostics leave to say of lints that are not among them; `None` where it has none.
    pub compiled: Option<Compiled>,
}

/// A run of the compiler, as its messages show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compiled {
    /// Whether it came to its end without an error.
    pub is_whole: bool,
    /// Whether clippy was seen to speak: a run without any of its lints looks as one of the compiler alone.
    pub is_clippy: bool,
}

/// One thing that was measured or seen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Fact {
    /// Its id, kebab-case; of the compiler's diagnostics the name of the lint.
    pub id: String,
    /// The controls that it speaks to by itself: a drill names them.
    #[serde(default)]
    pub controls: Vec<String>,
    /// What is claimed.
    pub title: String,
    /// Whether it holds.
    pub status: FactStatus,
    /// More about it.
    #[serde(default)]
    pub detail: Option<String>,
}

impl Fact {
    /// A fact that names no control: a pack names it by its id.
    pub(super) fn named(id: impl Into<String>, title: impl Into<String>, status: FactStatus, detail: &str) -> Self {
        let clipped: String = detail.chars().take(DETAIL_CHARS).collect();
        let detail = (!clipped.is_empty()).then_some(clipped);
        Self { id: id.into(), controls: Vec::new(), title: title.into(), status, detail }
    }
}

/// Whether a fact holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactStatus {
    /// Its figure is within its limit.
    Passed,
    /// It is not.
    Failed,
    /// It was not looked at.
    NotRun,
    /// It has no limit: it decides nothing.
    Reported,
}

/// Why evidence could not be used.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// It is no JSON, or not of the shape.
    #[error("{path}: it is no evidence: {source}")]
    Shape {
        /// The file.
        path: String,
        /// What is wrong, with line and column.
        source: serde_json::Error,
    },
    /// A line of it is not what the lines before it are.
    #[error("{path}:{line}: it is no {kind}: {why}")]
    Line {
        /// The file.
        path: String,
        /// The line, from one.
        line: usize,
        /// What the file was taken for.
        kind: &'static str,
        /// What is wrong.
        why: String,
    },
    /// It looks like a manifest, and cannot be read.
    #[error("{path}: it cannot be read as YAML: {why}")]
    Yaml {
        /// The file.
        path: String,
        /// What is wrong, with its place.
        why: String,
    },
    /// It is of another schema.
    #[error("{path}: its schema is `{found}`; what is read is `{expected}`, which a drill of the runtime writes")]
    Schema {
        /// The file.
        path: String,
        /// The schema that it names.
        found: String,
        /// The one that is read.
        expected: &'static str,
    },
    /// It is of no kind that is known.
    #[error("{path}: it is no evidence: {why}; what is read is {known}")]
    Unknown {
        /// The file.
        path: String,
        /// What is missing.
        why: &'static str,
        /// The kinds that are read.
        known: &'static str,
    },
}
