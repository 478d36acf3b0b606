//! What `cargo deny --format json check` writes: diagnostics, and a summary of the checks that ran.

use serde::Deserialize;

use super::evidence::json_lines;
use super::fact::{Evidence, EvidenceError, Fact, FactStatus};

const KIND: &str = "line of cargo-deny";

#[derive(Deserialize)]
#[serde(tag = "type", content = "fields", rename_all = "lowercase")]
enum Line {
    Diagnostic(Diagnostic),
    Summary(Summary),
    Log(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Diagnostic {
    message: String,
    #[serde(default)]
    severity: String,
    code: Option<String>,
    advisory: Option<Advisory>,
}

#[derive(Deserialize)]
struct Advisory {
    id: String,
    #[serde(default)]
    package: String,
}

/// The checks, those that ran.
#[derive(Deserialize)]
struct Summary {
    advisories: Option<Counts>,
    bans: Option<Counts>,
    licenses: Option<Counts>,
    sources: Option<Counts>,
}

#[derive(Deserialize)]
struct Counts {
    errors: u64,
    #[serde(default)]
    warnings: u64,
}

/// Reads the lines of the file at `path`. A file without a summary was cut off: what it holds is told, and no check passes.
pub(super) fn read(path: &str, text: &str) -> Result<Evidence, EvidenceError> {
    let mut facts = Vec::new();
    json_lines(path, text, KIND, |line: Line| {
        match line {
            Line::Diagnostic(diagnostic) => facts.push(reported(diagnostic)),
            Line::Summary(summary) => facts.extend(decided(summary)),
            Line::Log(_) => {}
        }
        Ok(())
    })?;
    let tool = "cargo-deny (its version is not in the file)".to_owned();
    let (path, subject, finished) = (path.to_owned(), String::new(), String::new());
    Ok(Evidence { path, tool, subject, finished, facts, compiled: None })
}

/// A diagnostic decides nothing by itself: whether it is an error is the configuration's, and the summary counts it.
fn reported(diagnostic: Diagnostic) -> Fact {
    let Diagnostic { message, severity, code, advisory } = diagnostic;
    let about = advisory.map(|it| format!("{} {}", it.id, it.package)).unwrap_or_default();
    let id = format!("cargo-deny/{}", code.unwrap_or_default());
    Fact::named(id, message, FactStatus::Reported, format!("{severity} {about}").trim())
}

fn decided(summary: Summary) -> impl Iterator<Item = Fact> {
    let Summary { advisories, bans, licenses, sources } = summary;
    let checks = [("advisories", advisories), ("bans", bans), ("licenses", licenses), ("sources", sources)];
    checks.into_iter().filter_map(|(check, counts)| {
        let Counts { errors, warnings } = counts?;
        let status = if errors == 0 { FactStatus::Passed } else { FactStatus::Failed };
        let detail = format!("{errors} errors, {warnings} warnings; what its configuration ignores is not told");
        Some(Fact::named(
            format!("cargo-deny/{check}"),
            format!("`cargo deny check {check}` has no error"),
            status,
            &detail,
        ))
    })
}
