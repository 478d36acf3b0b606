//! The shape of evidence, `auditor/evidence/v1`: facts, each with what it speaks to, its figure and its limit.
//!
//! Schema: `schema/evidence.v1.json`. Readers ignore nothing: a field they do not know is another version.

use serde::Serialize;
use serde_json::Value;

use super::machine::Machine;

/// The schema's name.
pub const SCHEMA: &str = "auditor/evidence/v1";

/// What a drill found.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Evidence {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// What each child had to answer, chosen by whoever asked for the evidence, or new.
    pub nonce: String,
    /// What wrote it.
    pub tool: Tool,
    /// What was drilled.
    pub subject: Subject,
    /// Where.
    pub machine: Machine,
    /// When it began, RFC 3339.
    pub started: String,
    /// When it ended.
    pub finished: String,
    /// What was found, in the order in which it was looked for.
    pub facts: Vec<Fact>,
}

/// The program that wrote the evidence.
#[derive(Clone, Debug, Serialize)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// The program that was drilled.
#[derive(Clone, Debug, Serialize)]
pub struct Subject {
    /// Its path.
    pub program: String,
    /// Of its file, `sha256:…`: what ran is what was built, and can be compared with what is shipped.
    pub digest: String,
    /// Of the sources that it and the drill were built from.
    pub sources: String,
    /// Its build id, where it has one.
    pub build_id: Option<String>,
    /// The panic strategies that were drilled: `unwind`, `abort`.
    pub panic_strategies: Vec<&'static str>,
    /// `debug` or `release`.
    pub profile: &'static str,
}

/// How a fact came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The value keeps its limit.
    Passed,
    /// It does not.
    Failed,
    /// It was not looked at; `detail` says why.
    NotRun,
    /// It has no limit and is told for what it is.
    Reported,
}

/// How a value is compared with its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// The value may not be greater.
    AtMost,
    /// The value may not be smaller.
    AtLeast,
    /// The value must be the limit.
    Equals,
}

/// One fact.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Fact {
    /// Kebab-case, the same in every version.
    pub id: &'static str,
    /// The controls it speaks to.
    pub controls: &'static [&'static str],
    /// What is claimed, in words.
    pub title: &'static str,
    /// How it came out.
    pub status: Status,
    /// What was found: a number, a text, true or false, a list, or null.
    pub value: Value,
    /// How `value` is compared with `limit`.
    pub comparison: Option<Comparison>,
    /// What it is compared with.
    pub limit: Value,
    /// The unit of both, where they are numbers.
    pub unit: Option<&'static str>,
    /// How it was obtained.
    pub how: String,
    /// When it was decided, RFC 3339.
    pub time: String,
    /// What else there is to say.
    pub detail: Option<String>,
}

impl Evidence {
    /// Whether no fact failed.
    pub fn passed(&self) -> bool {
        self.facts.iter().all(|fact| fact.status != Status::Failed)
    }

    /// The fact of this id.
    pub fn fact(&self, id: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.id == id)
    }

    /// As JSON, indented, with a newline at its end.
    ///
    /// # Errors
    ///
    /// None that is known: every part can be written as JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}
