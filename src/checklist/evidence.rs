//! Tells by its content what kind of evidence a file is, and has it read.

use serde_json::Value;

use super::fact::{Evidence, EvidenceError};
use super::{cargo_deny, compiler, drill, kubernetes, miri};

/// The kinds that are read, for who gave another.
const KNOWN: &str = "the JSON of a drill of the runtime, the JSON lines of `cargo clippy --message-format=json`, of rustc's \
                     `--error-format=json` and of `cargo deny --format json check`, the log of `cargo miri`, and manifests of Kubernetes";

impl Evidence {
    /// Reads the text of the file at `path`, of whatever kind it is. O(bytes); nesting is bounded by the reader of JSON.
    ///
    /// # Errors
    /// When it is no evidence, of another schema, or of two kinds at once.
    pub fn parse(path: &str, text: &str) -> Result<Self, EvidenceError> {
        let text = text.trim_start_matches('\u{feff}');
        let unknown = |why| EvidenceError::Unknown { path: path.to_owned(), why, known: KNOWN };
        let Some(first) = text.lines().find(|line| !line.trim().is_empty()) else {
            return Err(unknown("it is empty"));
        };
        if !first.trim_start().starts_with('{') {
            if kubernetes::is_manifest(text) {
                return kubernetes::read(path, text);
            }
            return if miri::is_log(text) {
                Ok(miri::read(path, text))
            } else {
                Err(unknown("nothing in it tells its kind"))
            };
        }
        // A drill writes one object over many lines, so that its first line alone is none.
        let Ok(Value::Object(object)) = serde_json::from_str(first) else { return drill::read(path, text) };
        if object.contains_key("reason") || object.contains_key("$message_type") {
            compiler::read(path, text)
        } else if object.contains_key("fields") && object.contains_key("type") {
            cargo_deny::read(path, text)
        } else if object.contains_key("schema") {
            drill::read(path, text)
        } else {
            Err(unknown("it is JSON, and has none of the keys that tell its kind"))
        }
    }
}

/// Calls `each` with every line that says something, read as JSON; what it refuses is an error at that line.
pub(super) fn json_lines<T: serde::de::DeserializeOwned>(
    path: &str,
    text: &str,
    kind: &'static str,
    mut each: impl FnMut(T) -> Result<(), &'static str>,
) -> Result<(), EvidenceError> {
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |why| EvidenceError::Line { path: path.to_owned(), line: at.saturating_add(1), kind, why };
        let value = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        each(value).map_err(|why| wrong(why.to_owned()))?;
    }
    Ok(())
}
