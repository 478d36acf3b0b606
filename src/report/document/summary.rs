//! What sums up an audit: how many findings of which rules, packages and files, and what was not decided or not looked at.

use std::collections::BTreeMap;

use super::{Findings, Root, comparison, ledger, stats};
use crate::finding::{Applicability, RuleId, Severity, Status};
use crate::report::positions::shown;
use crate::report::table::{Row, Table, Weight, number, plural};
use crate::source::{SourceFile, clean_path};
use crate::triage::Counts;

pub(super) fn tables(document: &Findings<'_>) -> Vec<Table> {
    [packages(document), worst_files(document), rules(document)]
        .into_iter()
        .filter(|table| !table.rows.is_empty())
        .collect()
}

/// Lists no longer than this: who wants more reads the JSON.
const MOST_PACKAGES: usize = 12;
const MOST_FILES: usize = 5;

/// What counts in one package or file, the worst severity first.
type Severities = [u64; 5];

/// Counts active findings by what `name` calls their place, worst first.
fn counted<'a, K: Ord + Copy>(document: &Findings<'a>, name: impl Fn(&'a SourceFile) -> K) -> Vec<(K, Severities)> {
    let mut counts: BTreeMap<K, Severities> = BTreeMap::new();
    let active = document.triaged.findings.iter().filter(|finding| finding.status == Status::Active);
    for finding in active {
        let Some(file) = document.scan.files.get(finding.site.span.file.0 as usize) else { continue };
        let counts = counts.entry(name(file)).or_default();
        for (count, severity) in counts.iter_mut().zip(Severity::ALL.iter().rev()) {
            *count += u64::from(*severity == finding.severity);
        }
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(_, counts)| std::cmp::Reverse(*counts));
    sorted
}

/// A table of places by severity: `most` of them, and one row for the rest.
fn by_severity(head: &'static str, all: &[(String, Severities)], most: usize) -> Table {
    let severities: Vec<(usize, Severity)> = Severity::ALL.into_iter().rev().enumerate().collect();
    let occurs = |at: &usize| all.iter().any(|(_, counts)| counts.get(*at).is_some_and(|count| *count > 0));
    let columns: Vec<&(usize, Severity)> = severities.iter().filter(|(at, _)| occurs(at)).collect();
    let row = |name: String, counts: Severities, weight| {
        let of = |(at, _): &&(usize, Severity)| number(counts.get(*at).copied().unwrap_or(0));
        // auditor: allow(panicking-api) a sum of counts of things in memory
        let total = number(counts.iter().sum());
        Row {
            cells: std::iter::once(name).chain(std::iter::once(total)).chain(columns.iter().map(of)).collect(),
            weight,
        }
    };
    let (shown, rest) = all.split_at_checked(most).unwrap_or((all, &[]));
    let mut rows: Vec<Row> = shown.iter().map(|(name, counts)| row(name.clone(), *counts, Weight::Plain)).collect();
    if !rest.is_empty() {
        let mut counts = Severities::default();
        for (_, one) in rest {
            counts.iter_mut().zip(one).for_each(|(sum, count)| *sum += count);
        }
        rows.push(row(format!("{} more", rest.len()), counts, Weight::Dim));
    }
    let severities = columns.iter().map(|(_, severity)| severity.as_str());
    Table { head: [head, "findings"].into_iter().chain(severities).collect(), rows }
}

/// Packages by severity, where there are several.
fn packages(document: &Findings<'_>) -> Table {
    let name = |name: &str| if name.is_empty() { "(no package)".to_owned() } else { clean_path(name) };
    let counted = counted(document, |file| &*file.package);
    if counted.len() < 2 {
        return Table::default();
    }
    let named: Vec<(String, Severities)> =
        counted.into_iter().map(|(package, counts)| (name(package), counts)).collect();
    by_severity("package", &named, MOST_PACKAGES)
}

/// The worst files, where there are more than a few.
fn worst_files(document: &Findings<'_>) -> Table {
    let counted = counted(document, |file| file.path.as_str());
    if counted.len() < 3 {
        return Table::default();
    }
    let way = document.scan.root.from_here;
    let named: Vec<(String, Severities)> =
        counted.into_iter().map(|(path, counts)| (shortened(&shown(way, path)), counts)).collect();
    by_severity("file", &named, MOST_FILES)
}

/// A path that leaves room for its row: of a long one the end.
fn shortened(path: &str) -> String {
    const WIDTH: usize = 40;
    match path.char_indices().rev().nth(WIDTH - 1) {
        Some((at, _)) if at > 0 => format!("…{}", path.get(at..).unwrap_or(path)),
        _ => path.to_owned(),
    }
}

/// What to run next after findings.
pub(super) fn hints(document: &Findings<'_>) -> Vec<(String, &'static str)> {
    let tally = &document.triaged.tally;
    let total = tally.total();
    if total.active == 0 {
        return Vec::new();
    }
    let scan = format!("auditor scan{}", at_root(document.scan.root));
    let most = tally.rules.iter().filter(|(_, counts)| counts.active > 0).max_by_key(|(_, counts)| counts.active);
    let mut hints = Vec::new();
    hints
        .extend(most.map(|(rule, _)| (format!("auditor explain {rule}"), "why it matters, and what to write instead")));
    if tally.active.len() > 1 && total.active > 20 {
        let worst = tally.worst().map_or("high", Severity::as_str);
        hints.push((format!("{scan} --min-severity {worst}"), "the worst ones alone"));
    }
    if total.active > 20 {
        hints.push((format!("{scan} --format short"), "all of them, one line each"));
    }
    hints
}

/// The scanned folder as an argument, where that is not the current one.
fn at_root(root: Root<'_>) -> String {
    let path = root.from_here.trim_end_matches('/');
    let is_plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte));
    match path {
        "" => String::new(),
        path if is_plain => format!(" {path}"),
        path => format!(" '{}'", clean_path(path).replace('\'', r"'\''")),
    }
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

/// How many of the findings that count `auditor fix` can put in order.
fn fixable(document: &Findings<'_>) -> Option<String> {
    let active = document.triaged.findings.iter().filter(|finding| finding.status == Status::Active);
    let (mut safe, mut more) = (0_usize, 0_usize);
    for fix in active.filter_map(|finding| finding.site.fix.as_deref()) {
        match fix.applicability {
            Applicability::Safe => safe += 1,
            Applicability::Unsafe => more += 1,
            Applicability::DisplayOnly => {}
        }
    }
    match (safe, more) {
        (0, 0) => None,
        (0, more) => Some(format!("`auditor fix --unsafe-fixes` can fix {more} of them")),
        (safe, 0) => Some(format!("`auditor fix` can fix {safe} of them")),
        (safe, more) => Some(format!("`auditor fix` can fix {safe} of them, and {more} more with --unsafe-fixes")),
    }
}

pub(super) fn conclusion(document: &Findings<'_>) -> Vec<String> {
    let tally = &document.triaged.tally;
    let total = tally.total();
    let finding = if document.comparison.is_some() { "new finding" } else { "finding" };
    let of_each: Vec<String> =
        tally.active.iter().rev().map(|(severity, count)| format!("{count} {severity}")).collect();
    let mut parts = vec![match total.active {
        0 => format!("no {finding}s"),
        active => format!("{} ({})", plural(active, finding), of_each.join(", ")),
    }];
    let mut part = |count: u64, text: &str| {
        if count > 0 {
            parts.push(format!("{count} {text}"));
        }
    };
    part(total.known, "known");
    part(total.waived, "waived");
    part(total.ignored, "ignored (code or paths that do not count, or below a minimum)");
    part(total.indeterminate, "indeterminate");
    part(total.discharged, "discharged");
    let mut lines = vec![parts.join(" · ")];
    let fail_on = document.scan.policy.fail_on();
    if total.active > 0 && !tally.worst().is_some_and(|worst| fail_on.fails(worst)) {
        lines.push(format!("none of them fails the run (fail-on = {fail_on})"));
    }
    lines.extend(fixable(document));
    lines.extend(comparison::lines(document));
    if document.ledger.operations > 0 {
        lines.push(ledger::line(document.ledger));
    }
    lines.push(stats::scanned(&document.scan));
    lines.extend(stats::notes(&document.scan));
    lines
}
