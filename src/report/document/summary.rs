//! What sums up an audit: how many findings of which rules, packages and files, and what was not decided or not looked at.

use super::{Findings, stats};
use crate::finding::{RuleId, Severity};
use crate::report::table::{Row, Table, Weight, number, plural};
use crate::triage::Counts;

pub(super) fn tables(document: &Findings<'_>) -> Vec<Table> {
    [rules(document)].into_iter().filter(|table| !table.rows.is_empty()).collect()
}

/// Rules with something to show, worst first.
fn rules(document: &Findings<'_>) -> Table {
    let tally = &document.triaged.tally;
    let shown = |(id, counts): (&RuleId, &Counts)| {
        let (_, setting) = document.scan.policy.rule(id.as_str())?;
        let any = setting.selected && Counts { unselected: 0, ..*counts } != Counts::default();
        any.then(|| (id.to_string(), setting.severity, *counts))
    };
    let mut shown: Vec<(String, Severity, Counts)> = tally.rules.iter().filter_map(shown).collect();
    shown.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let row = |name: &str, severity: &str, counts: Counts, weight| {
        let numbers = [counts.active, counts.waived, counts.ignored, counts.indeterminate, counts.discharged];
        let cells = [name, severity].map(str::to_owned).into_iter().chain(numbers.map(number)).collect();
        Row { cells, weight }
    };
    let weight = |counts: &Counts| if counts.active == 0 { Weight::Dim } else { Weight::Plain };
    let mut rows: Vec<Row> =
        shown.iter().map(|(id, severity, counts)| row(id, severity.as_str(), *counts, weight(counts))).collect();
    if !rows.is_empty() {
        rows.push(row("total", "", tally.total(), Weight::Bold));
    }
    Table { head: vec!["rule", "severity", "findings", "waived", "ignored", "indeterminate", "discharged"], rows }
}

pub(super) fn conclusion(document: &Findings<'_>) -> Vec<String> {
    let tally = &document.triaged.tally;
    let total = tally.total();
    let by_severity: Vec<String> =
        tally.active.iter().rev().map(|(severity, count)| format!("{count} {severity}")).collect();
    let mut parts = vec![match total.active {
        0 => "no findings".to_owned(),
        active => format!("{} ({})", plural(active, "finding"), by_severity.join(", ")),
    }];
    let mut part = |count: u64, text: &str| {
        if count > 0 {
            parts.push(format!("{count} {text}"));
        }
    };
    part(total.waived, "waived");
    part(total.ignored, "ignored (tests, benches, examples, build scripts, ignored paths)");
    part(total.indeterminate, "indeterminate");
    part(total.discharged, "discharged");
    let mut lines = vec![parts.join(" · ")];
    let fail_on = document.scan.policy.fail_on;
    if total.active > 0 && !tally.worst().is_some_and(|worst| fail_on.fails(worst)) {
        lines.push(format!("none of them fails the run (fail-on = {fail_on})"));
    }
    lines.push(stats::scanned(&document.scan));
    lines.extend(stats::notes(&document.scan));
    lines
}
