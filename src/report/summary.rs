//! The table at the end of a text report: rules, severities, what was waived, undecided or not looked at.

use std::io;

use super::{Options, Report};
use crate::finding::Severity;
use crate::triage::Counts;

const HEAD: [&str; 7] = ["rule", "severity", "findings", "waived", "ignored", "indeterminate", "discharged"];

pub(super) fn render(report: &Report<'_>, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let rows = rows(report);
    if !rows.is_empty() {
        table(&rows, report.triaged.tally.total(), options, out)?;
        writeln!(out)?;
    }
    verdict(report, out)
}

struct Row {
    rule: String,
    severity: Severity,
    counts: Counts,
}

/// Rules with something to show, worst first.
fn rows(report: &Report<'_>) -> Vec<Row> {
    let row = |(id, counts): (_, &Counts)| {
        let (rule, setting) = report.policy.rule(crate::finding::RuleId::as_str(id))?;
        let shown = setting.selected && Counts { unselected: 0, ..*counts } != Counts::default();
        shown.then(|| Row { rule: rule.id.to_string(), severity: setting.severity, counts: *counts })
    };
    let mut rows: Vec<Row> = report.triaged.tally.rules.iter().filter_map(row).collect();
    rows.sort_by(|one, other| other.severity.cmp(&one.severity).then_with(|| one.rule.cmp(&other.rule)));
    rows
}

fn numbers(counts: Counts) -> [u64; 5] {
    [counts.active, counts.waived, counts.ignored, counts.indeterminate, counts.discharged]
}

fn table(rows: &[Row], total: Counts, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let widest = rows.iter().map(|row| row.rule.len()).max().unwrap_or(0).max(5);
    let (bold, dim, plain) = if options.color { ("\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m") } else { ("", "", "") };
    let [rule, severity, rest @ ..] = HEAD;
    write!(out, "{bold}{rule:<widest$}  {severity:<8}")?;
    for head in rest {
        write!(out, "  {head:>0$}", head.len())?;
    }
    writeln!(out, "{plain}")?;
    let mut line = |rule: &str, severity: &str, paint: &str, counts: Counts| {
        write!(out, "{paint}{rule:<widest$}  {severity:<8}")?;
        for (number, head) in numbers(counts).into_iter().zip(rest) {
            let number = if number == 0 { "·".to_owned() } else { number.to_string() };
            write!(out, "  {number:>0$}", head.len())?;
        }
        writeln!(out, "{}", if paint.is_empty() { "" } else { plain })
    };
    for row in rows {
        line(&row.rule, row.severity.as_str(), if row.counts.active == 0 { dim } else { "" }, row.counts)?;
    }
    line("total", "", bold, total)
}

fn verdict(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let tally = &report.triaged.tally;
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
    writeln!(out, "{}", parts.join(" · "))?;
    let fail_on = report.policy.fail_on;
    if total.active > 0 && !tally.worst().is_some_and(|worst| fail_on.fails(worst)) {
        writeln!(out, "none of them fails the run (fail-on = {fail_on})")?;
    }
    let coverage = report.coverage;
    write!(out, "{} scanned", plural(coverage.files, "file"))?;
    if report.gaps.is_empty() {
        write!(out, ", no gaps")?;
    } else {
        write!(out, ", {} not looked at or not wholly", plural(report.gaps.len() as u64, "place"))?;
    }
    for (understood, all, what) in [
        (coverage.macro_calls_expanded, coverage.macro_calls, "macro calls read"),
        (coverage.operands_typed, coverage.operands, "operands typed"),
        (coverage.calls_resolved, coverage.calls, "calls resolved"),
    ] {
        if all > 0 {
            write!(out, ", {understood} of {all} {what}")?;
        }
    }
    writeln!(out)?;
    super::stats::notes(report.unknown, coverage, out)
}

fn plural(count: u64, word: &str) -> String {
    if count == 1 { format!("{count} {word}") } else { format!("{count} {word}s") }
}
