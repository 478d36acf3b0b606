//! What is given as evidence beside the scan: the facts of a drill of the runtime.

use serde::Deserialize;

/// The schema that is read.
const SCHEMA: &str = "auditor/evidence/v1";

/// A file of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The path that it was read from.
    pub path: String,
    /// What made it, with its version.
    pub tool: String,
    /// The program that it is about, with the digest of its file.
    pub subject: String,
    /// When it was finished, as written there.
    pub finished: String,
    /// What it says.
    pub facts: Vec<Fact>,
}

/// One thing that was measured.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Fact {
    /// Its id, kebab-case.
    pub id: String,
    /// The controls that it speaks to.
    pub controls: Vec<String>,
    /// What is claimed.
    pub title: String,
    /// Whether it holds.
    pub status: FactStatus,
    /// More about it.
    #[serde(default)]
    pub detail: Option<String>,
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
    /// It is of another schema.
    #[error("{path}: its schema is `{found}`; what is read is `{SCHEMA}`, which a drill of the runtime writes")]
    Schema {
        /// The file.
        path: String,
        /// The schema that it names.
        found: String,
    },
}

#[derive(Deserialize)]
struct SchemaOf {
    schema: String,
}

#[derive(Deserialize)]
struct File {
    tool: ToolOf,
    subject: SubjectOf,
    finished: String,
    facts: Vec<Fact>,
}

#[derive(Deserialize)]
struct ToolOf {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct SubjectOf {
    program: String,
    #[serde(default)]
    digest: String,
}

impl Evidence {
    /// Reads the text of the file at `path`. Keys that later versions add are passed over.
    ///
    /// # Errors
    /// When it is no evidence, or of another schema.
    pub fn parse(path: &str, text: &str) -> Result<Self, EvidenceError> {
        let shape = |source| EvidenceError::Shape { path: path.to_owned(), source };
        let schema: SchemaOf = serde_json::from_str(text).map_err(shape)?;
        if schema.schema != SCHEMA {
            return Err(EvidenceError::Schema { path: path.to_owned(), found: schema.schema });
        }
        let File { tool, subject, finished, facts } = serde_json::from_str(text).map_err(shape)?;
        let SubjectOf { program, digest } = subject;
        let subject = if digest.is_empty() { program } else { format!("{program} ({digest})") };
        let tool = format!("{} {}", tool.name, tool.version);
        Ok(Self { path: path.to_owned(), tool, subject, finished, facts })
    }
}
