//! Reads back what a report lists, JSON or SARIF, so that two reports can be compared without their sources.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::accepted::{Accepted, Key};
use crate::finding::Severity;
use crate::source::clean;

/// The findings of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reported {
    /// The version of the tool that wrote it.
    pub tool: String,
    /// The rules that were looked at, where the report says so.
    pub rules: BTreeSet<String>,
    /// The findings that count, and those that a baseline had; waived ones are none.
    pub findings: Vec<ReportedFinding>,
}

/// One finding of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedFinding {
    /// What names it.
    pub key: Key,
    /// The file, as the report has it.
    pub file: String,
    /// Its line, counted from 1.
    pub line: u32,
    /// Its column, counted from 1.
    pub column: u32,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub title: String,
    /// Whether it counts: code outside the gate does not.
    pub counts: bool,
}

/// Why a file is no report that can be compared.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{name}: {message}")]
pub struct ReportError {
    name: String,
    message: String,
}

impl Reported {
    /// Reads `text`, which is the file called `name`. O(length).
    ///
    /// # Errors
    /// When it is no report of findings, or one whose findings do not say what names them.
    pub fn read(name: &str, text: &str) -> Result<Self, ReportError> {
        let error = |message: String| ReportError { name: name.to_owned(), message: clean(&message).into_owned() };
        let what = "no report of findings: `auditor scan --format json` or `--format sarif` writes one";
        let head: Head = serde_json::from_str(text).map_err(|wrong| error(format!("{what} ({wrong})")))?;
        let read = match head.schema.as_deref() {
            Some("auditor/report/v1") => serde_json::from_str(text).map(own),
            None if head.runs.is_some() => serde_json::from_str(text).map(sarif),
            Some(other) => return Err(error(format!("`{other}` is {what}"))),
            None => return Err(error(what.to_owned())),
        };
        let (reported, nameless) = read.map_err(|wrong| error(format!("{what} ({wrong})")))?;
        if nameless > 0 {
            let message =
                format!("{nameless} findings have no `expression`: a report of an older auditor, or another tool's");
            return Err(error(message));
        }
        Ok(reported)
    }

    /// Returns the findings that count as what a baseline accepts.
    pub fn accepted(&self) -> Accepted {
        let mut accepted = Accepted { tool: self.tool.clone(), rules: self.rules.clone(), findings: BTreeMap::new() };
        for one in self.findings.iter().filter(|one| one.counts) {
            accepted.add(one.key.clone(), 1);
        }
        accepted
    }
}

#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
    runs: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct OwnReport {
    tool: OwnTool,
    findings: Vec<OwnFinding>,
    #[serde(default)]
    rules: Vec<OwnRule>,
}

#[derive(Deserialize)]
struct OwnTool {
    version: String,
}

#[derive(Deserialize)]
struct OwnRule {
    id: String,
    selected: bool,
}

#[derive(Deserialize)]
struct OwnFinding {
    rule: String,
    severity: Severity,
    status: String,
    message: String,
    package: Option<String>,
    expression: Option<String>,
    function: String,
    file: String,
    line: u32,
    column: u32,
}

/// What the JSON report says, and how many of its findings lack a name.
fn own(report: OwnReport) -> (Reported, usize) {
    let mut nameless = 0;
    let mut findings = Vec::new();
    for one in report.findings.into_iter().filter(|one| one.status != "waived") {
        let Some(expression) = one.expression else {
            nameless += 1;
            continue;
        };
        let function = if one.function.is_empty() { one.file.clone() } else { one.function };
        let key = Key { package: one.package.unwrap_or_default(), function, rule: one.rule, expression };
        findings.push(ReportedFinding {
            key,
            file: one.file,
            line: one.line,
            column: one.column,
            severity: one.severity,
            title: one.message,
            counts: one.status != "ignored",
        });
    }
    let rules = report.rules.into_iter().filter(|rule| rule.selected).map(|rule| rule.id).collect();
    (Reported { tool: report.tool.version, rules, findings }, nameless)
}

#[derive(Deserialize)]
struct Log {
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    tool: SarifTool,
    #[serde(default)]
    results: Vec<Outcome>,
}

#[derive(Deserialize)]
struct SarifTool {
    driver: Driver,
}

#[derive(Deserialize)]
struct Driver {
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: String,
    kind: Option<String>,
    baseline_state: Option<String>,
    message: Text,
    #[serde(default)]
    locations: Vec<Location>,
    #[serde(default)]
    suppressions: Vec<Suppression>,
    #[serde(default)]
    rank: f64,
    #[serde(default)]
    properties: Properties,
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
struct Suppression {
    kind: String,
}

#[derive(Deserialize, Default)]
struct Properties {
    package: Option<String>,
    expression: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Option<Physical>,
    #[serde(default)]
    logical_locations: Vec<Logical>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Option<Region>,
}

#[derive(Deserialize)]
struct Artifact {
    uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(default)]
    start_column: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
}

/// What a SARIF log says. Which rules were looked at it does not say, for it lists those of the results alone.
fn sarif(log: Log) -> (Reported, usize) {
    let mut reported = Reported::default();
    let mut nameless = 0;
    for run in log.runs {
        reported.tool = run.tool.driver.version;
        for one in run.results {
            let waived = one.suppressions.iter().any(|by| by.kind == "inSource");
            let none = one.kind.as_deref() == Some("informational") || one.baseline_state.as_deref() == Some("absent");
            let Some(place) = one.locations.into_iter().next().filter(|_| !waived && !none) else { continue };
            let Some(expression) = one.properties.expression else {
                nameless += 1;
                continue;
            };
            let Some(physical) = place.physical_location else { continue };
            let file = physical.artifact_location.uri;
            let function = place.logical_locations.into_iter().next().map(|name| name.fully_qualified_name);
            let region = physical.region;
            let key = Key {
                package: one.properties.package.unwrap_or_default(),
                function: function.unwrap_or_else(|| file.clone()),
                rule: one.rule_id,
                expression,
            };
            // Severities are steps of twenty.
            let step = (one.rank - 1.0).max(0.0) / 20.0;
            reported.findings.push(ReportedFinding {
                key,
                file,
                line: region.as_ref().map_or(1, |region| region.start_line),
                column: region.map_or(1, |region| region.start_column.max(1)),
                severity: Severity::ALL
                    .into_iter()
                    .rev()
                    .find(|one| f64::from(*one as u8) <= step)
                    .unwrap_or(Severity::Info),
                title: one.message.text,
                counts: one.suppressions.is_empty(),
            });
        }
    }
    (reported, nameless)
}
