//! Evidence of a drill of the runtime: `auditor/evidence/v1`.

use serde::Deserialize;

use super::fact::{Evidence, EvidenceError, Fact};

/// The schema that is read.
const SCHEMA: &str = "auditor/evidence/v1";

#[derive(Deserialize)]
struct SchemaOf {
    schema: String,
}

#[derive(Deserialize)]
struct File {
    tool: ToolOf,
    subject: SubjectOf,
    finished: String,
    facts: Vec<FactOfDrill>,
}

/// A fact that must say which controls it speaks to.
#[derive(Deserialize)]
struct FactOfDrill {
    controls: Vec<String>,
    #[serde(flatten)]
    fact: Fact,
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

/// Reads the text of the file at `path`. Keys that later versions add are passed over.
pub(super) fn read(path: &str, text: &str) -> Result<Evidence, EvidenceError> {
    let shape = |source| EvidenceError::Shape { path: path.to_owned(), source };
    let schema: SchemaOf = serde_json::from_str(text).map_err(shape)?;
    if schema.schema != SCHEMA {
        return Err(EvidenceError::Schema { path: path.to_owned(), found: schema.schema, expected: SCHEMA });
    }
    let File { tool, subject, finished, facts } = serde_json::from_str(text).map_err(shape)?;
    let SubjectOf { program, digest } = subject;
    let subject = if digest.is_empty() { program } else { format!("{program} ({digest})") };
    let tool = format!("{} {}", tool.name, tool.version);
    let facts = facts.into_iter().map(|FactOfDrill { controls, fact }| Fact { controls, ..fact }).collect();
    Ok(Evidence { path: path.to_owned(), tool, subject, finished, facts, compiled: None })
}
