//! How a scan compares with what was accepted: what moved, what is gone, what the tool brings.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Findings;
use crate::baseline::{BASELINE_NAME, Comparison, Key, Moved};
use crate::finding::{Finding, Status};
use crate::report::positions::Positions;

/// More moved or gone findings than this are counted, not listed.
const MOST: usize = 10;

/// The comparison for programs.
#[derive(Serialize)]
pub(super) struct ComparisonJson<'a> {
    with: &'a str,
    new: u64,
    known: u64,
    /// Whether all was scanned that was accepted: else what moved or is gone is not known.
    whole: bool,
    moved: Vec<MovedJson<'a>>,
    gone: Vec<KeyJson<'a>>,
    new_rules: &'a BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_tool: Option<&'a str>,
    /// Findings that are waived here and were not there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waived: Vec<WaivedJson<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
}

#[derive(Serialize)]
struct WaivedJson<'a> {
    rule: &'a str,
    file: &'a str,
    line: u32,
    reason: Option<&'a str>,
}

/// The findings that are waived here and were not there, in their order.
fn waived<'a>(document: &Findings<'a>) -> Vec<WaivedJson<'a>> {
    let Some(comparison) = document.comparison else { return Vec::new() };
    let mut positions = Positions::new(document.scan.files);
    let findings = comparison.waived.iter().filter_map(|at| document.triaged.findings.get(*at));
    let one = |finding: &'a Finding| {
        let Status::Waived { reason, .. } = &finding.status else { return None };
        let place = positions.of(finding.site.span);
        let (rule, file, line) = (finding.site.rule.as_str(), place.path, place.start.line);
        Some(WaivedJson { rule, file, line, reason: reason.as_deref() })
    };
    findings.filter_map(one).collect()
}

#[derive(Serialize)]
struct MovedJson<'a> {
    from: KeyJson<'a>,
    to: KeyJson<'a>,
}

#[derive(Serialize)]
struct KeyJson<'a> {
    package: &'a str,
    function: &'a str,
    rule: &'a str,
    expression: &'a str,
    count: u32,
}

impl<'a> KeyJson<'a> {
    fn new(key: &'a Key, count: u32) -> Self {
        Self { package: &key.package, function: &key.function, rule: &key.rule, expression: &key.expression, count }
    }
}

impl<'a> ComparisonJson<'a> {
    pub(super) fn new(document: &Findings<'a>, comparison: &'a Comparison) -> Self {
        let Comparison { with, new, known, moved, gone, whole, new_rules, other_tool, notes, .. } = comparison;
        let key = KeyJson::new;
        let pair = |one: &'a Moved| MovedJson { from: key(&one.from, one.count), to: key(&one.to, one.count) };
        Self {
            with,
            new: *new,
            known: *known,
            whole: *whole,
            moved: moved.iter().map(pair).collect(),
            gone: gone.iter().map(|one| key(&one.key, one.count)).collect(),
            new_rules,
            other_tool: other_tool.as_deref(),
            waived: waived(document),
            notes,
        }
    }
}

/// Sentences about it, the most important first.
pub(super) fn lines(document: &Findings<'_>) -> Vec<String> {
    let Some(comparison) = document.comparison else { return Vec::new() };
    let Comparison { with, new, known, moved, gone, whole, new_rules, other_tool, notes, .. } = comparison;
    // auditor: allow(panicking-api) a sum of counts of things in memory
    let sum = |counts: &mut dyn Iterator<Item = u32>| counts.map(u64::from).sum::<u64>();
    let moves = sum(&mut moved.iter().map(|one| one.count));
    let lost = sum(&mut gone.iter().map(|one| one.count));
    let rest = if *whole {
        format!(", {moves} moved, {lost} gone")
    } else {
        "; a part was scanned: what moved or is gone is not known".to_owned()
    };
    let mut lines = vec![format!("against {with}: {new} new, {known} known{rest}")];
    let from = |one: &Moved| format!("  moved: {} (was in {})", place(&one.to, one.count), one.from.function);
    some(moved.iter().map(from), moved.len(), &mut lines);
    some(gone.iter().map(|one| format!("  gone: {}", place(&one.key, one.count))), gone.len(), &mut lines);
    let waived = waived(document);
    if !waived.is_empty() {
        let findings =
            if waived.len() == 1 { "1 finding is".to_owned() } else { format!("{} findings are", waived.len()) };
        lines.push(format!("{findings} waived here and not there:"));
        let one = |one: &WaivedJson<'_>| {
            let (from_here, reason) = (document.scan.root.from_here, one.reason.unwrap_or("no reason is given"));
            format!("  waived: {from_here}{}:{} {}: {reason}", one.file, one.line, one.rule)
        };
        some(waived.iter().map(one), waived.len(), &mut lines);
    }
    lines.extend(notes.iter().map(|note| format!("note: {note}")));
    if !new_rules.is_empty() {
        let rules: Vec<String> = new_rules.iter().map(|(rule, count)| format!("{rule} ({count})")).collect();
        let rules = rules.join(", ");
        lines.push(format!("of the new ones these are of rules that were not looked at then: {rules}"));
    }
    if let Some(tool) = other_tool {
        let version = env!("CARGO_PKG_VERSION");
        lines.push(format!(
            "{with} was written by auditor {tool}, this is {version}: findings can be new because it sees more; \
             look at them, then `auditor baseline` accepts those that stay"
        ));
    }
    if with.ends_with(BASELINE_NAME) && moves + lost > 0 {
        lines.push("`auditor baseline` brings the file up to date".to_owned());
    }
    lines
}

/// The first of `all`, and how many more there are.
fn some(all: impl Iterator<Item = String>, count: usize, lines: &mut Vec<String>) {
    lines.extend(all.take(MOST));
    if count > MOST {
        lines.push(format!("  and {} more", count - MOST));
    }
}

fn place(key: &Key, count: u32) -> String {
    let times = if count == 1 { String::new() } else { format!(" ({count} times)") };
    format!("{} `{}` in {}{times}", key.rule, key.expression, key.function)
}
