//! The diagnostics of rustc and clippy: cargo's JSON messages, or rustc's own JSON lines.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::evidence::json_lines;
use super::fact::{Compiled, Evidence, EvidenceError, Fact, FactStatus};

const KIND: &str = "message of cargo or diagnostic of rustc";

/// What clippy's links to its own pages start with; the name of the release follows.
const CLIPPY_PAGES: &str = "https://rust-lang.github.io/rust-clippy/";

/// A line, of cargo or of rustc: what neither has is left empty.
#[derive(Deserialize)]
struct Line {
    reason: Option<String>,
    #[serde(rename = "$message_type")]
    message_type: Option<String>,
    package_id: Option<String>,
    success: Option<bool>,
    /// Cargo's lines hold the diagnostic here; in rustc's own it is the text of the message.
    message: Option<Message>,
    code: Option<Code>,
    level: Option<String>,
    #[serde(default)]
    spans: Vec<Span>,
    #[serde(default)]
    children: Vec<Child>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Text(String),
    Whole(Diagnostic),
}

#[derive(Deserialize)]
struct Diagnostic {
    message: String,
    code: Option<Code>,
    level: String,
    #[serde(default)]
    spans: Vec<Span>,
    #[serde(default)]
    children: Vec<Child>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: u64,
    is_primary: bool,
}

#[derive(Deserialize)]
struct Child {
    message: String,
}

/// What the lines have said so far.
#[derive(Default)]
struct Run {
    facts: Vec<Fact>,
    packages: BTreeSet<String>,
    clippy: Option<String>,
    /// What cargo said of the end.
    success: Option<bool>,
    has_errors: bool,
}

/// Reads the lines of the file at `path`.
pub(super) fn read(path: &str, text: &str) -> Result<Evidence, EvidenceError> {
    let mut run = Run::default();
    json_lines(path, text, KIND, |line: Line| run.take(line))?;
    let tool = match &run.clippy {
        Some(release) => format!("clippy {release}"),
        None => "rustc (its version is not in the file)".to_owned(),
    };
    let subject = run.packages.into_iter().collect::<Vec<_>>().join(", ");
    // rustc's own lines have no end: whether all are there is not known.
    let is_whole = !run.has_errors && run.success == Some(true);
    let compiled = Some(Compiled { is_whole, is_clippy: run.clippy.is_some() });
    Ok(Evidence { path: path.to_owned(), tool, subject, finished: String::new(), facts: run.facts, compiled })
}

impl Run {
    fn take(&mut self, line: Line) -> Result<(), &'static str> {
        let Line { reason, message_type, package_id, success, message, code, level, spans, children } = line;
        let package = package_id.as_deref().map(package_name).unwrap_or_default();
        match (reason.as_deref(), message_type.as_deref(), message, level) {
            (Some("compiler-message"), _, Some(Message::Whole(diagnostic)), _) => {
                self.packages.insert(package);
                self.diagnostic(diagnostic);
            }
            (Some("compiler-artifact"), ..) => {
                // Of dependencies from elsewhere cargo shows no diagnostics: they are no part of what was looked at.
                if package_id.is_some_and(|id| id.contains("path+file:")) {
                    self.packages.insert(package);
                }
            }
            (Some("build-finished"), ..) => {
                self.success = Some(self.success.unwrap_or(true) && success.unwrap_or(false));
            }
            (Some("build-script-executed"), ..) => {}
            (None, Some("diagnostic"), Some(Message::Text(message)), Some(level)) => {
                self.diagnostic(Diagnostic { message, code, level, spans, children });
            }
            (None, Some("artifact" | "future_incompat" | "unused_extern" | "section_timing"), ..) => {}
            (Some(_), ..) => return Err("cargo has no such message"),
            (None, ..) => return Err("it is neither a message nor a diagnostic"),
        }
        Ok(())
    }

    fn diagnostic(&mut self, diagnostic: Diagnostic) {
        let Diagnostic { message, code, level, spans, children } = diagnostic;
        self.has_errors |= level.starts_with("error");
        let Some(Code { code }) = code else { return };
        if code.starts_with("clippy::") {
            let release = children.iter().find_map(|child| release_of(&child.message));
            let known = self.clippy.get_or_insert_with(String::new);
            if known.is_empty() {
                release.unwrap_or_default().clone_into(known);
            }
        }
        let place = spans.iter().find(|span| span.is_primary);
        let place = place.map(|span| format!("{}:{}", span.file_name, span.line_start)).unwrap_or_default();
        self.facts.push(Fact::named(code, message, FactStatus::Failed, &place));
    }
}

/// The name within what cargo calls a package: `path+file:///a/tiny#0.1.0`, `path+file:///a/b#tiny@0.1.0`.
fn package_name(id: &str) -> String {
    let (path, end) = id.rsplit_once('#').unwrap_or((id, ""));
    let name = match end.split_once('@') {
        Some((name, _)) => name,
        None => path.rsplit('/').next().unwrap_or(path),
    };
    name.to_owned()
}

/// The release in a link to one of clippy's pages: `rust-1.95.0`, `stable`.
fn release_of(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(CLIPPY_PAGES)?;
    rest.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_releases_are_read_out_of_what_cargo_writes() {
        assert_eq!(package_name("path+file:///tmp/tiny#0.1.0"), "tiny");
        assert_eq!(package_name("path+file:///tmp/other#tiny@0.1.0"), "tiny");
        assert_eq!(package_name("registry+https://github.com/rust-lang/crates.io-index#libc@0.2.1"), "libc");
        let help = "for further information visit https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#bool_comparison";
        assert_eq!(release_of(help), Some("rust-1.95.0"));
        assert_eq!(release_of("see the manual"), None);
    }
}
