//! How much of each package was understood, and what could not be known. Its JSON is `auditor/stats/v1`.

use std::io;

use serde::Serialize;

use super::{Document, Entry, Key, Scan};
use crate::finding::{Coverage, CrateCoverage};
use crate::report::json_stream::Object;
use crate::report::options::Show;
use crate::report::positions::Positions;
use crate::report::table::{Row, Table, Weight, number, plural};
use crate::source::clean_path;

/// What `auditor surface --stats` shows.
#[derive(Debug, Clone, Copy)]
pub struct Stats<'a> {
    /// What was scanned; files that could not be read and dependencies are counted here alone.
    pub scan: Scan<'a>,
    /// By package, sorted by name.
    pub crates: &'a [CrateCoverage],
}

#[derive(Serialize)]
struct CrateJson<'a> {
    name: &'a str,
    files: u64,
    files_with_errors: u64,
    functions: u64,
    macro_calls: u64,
    macro_calls_expanded: u64,
    operands: u64,
    operands_typed: u64,
    calls: u64,
    calls_resolved: u64,
    sites: u64,
    sites_indeterminate: u64,
}

#[derive(Serialize)]
struct AllJson<'a> {
    #[serde(flatten)]
    coverage: &'a Coverage,
    sites: u64,
    sites_indeterminate: u64,
}

impl<'a> CrateJson<'a> {
    fn new(one: &'a CrateCoverage) -> Self {
        let coverage = one.coverage;
        Self {
            name: name_of(one),
            files: coverage.files,
            files_with_errors: coverage.files_with_errors,
            functions: coverage.functions,
            macro_calls: coverage.macro_calls,
            macro_calls_expanded: coverage.macro_calls_expanded,
            operands: coverage.operands,
            operands_typed: coverage.operands_typed,
            calls: coverage.calls,
            calls_resolved: coverage.calls_resolved,
            sites: one.sites,
            sites_indeterminate: one.indeterminate,
        }
    }
}

impl Document for Stats<'_> {
    fn schema(&self) -> &'static str {
        "auditor/stats/v1"
    }

    fn scan(&self) -> &Scan<'_> {
        &self.scan
    }

    fn fields(&self, json: &mut Object<'_>) -> io::Result<()> {
        let (sites, indeterminate) = self.sites();
        json.field("crates", &self.crates.iter().map(CrateJson::new).collect::<Vec<_>>())?;
        json.field("all", &AllJson { coverage: self.scan.coverage, sites, sites_indeterminate: indeterminate })?;
        json.field("gaps", &self.scan.gaps.len())?;
        json.field("unknown", self.scan.unknown)
    }

    /// It has none: it is about packages, not about places.
    fn keys(&self, _: Show) -> Vec<Key<'_>> {
        Vec::new()
    }

    fn entry<'d>(&'d self, _: Key<'d>, _: &mut Positions<'d>) -> Option<Entry<'d>> {
        None
    }

    fn tables(&self) -> Vec<Table> {
        let (sites, indeterminate) = self.sites();
        let of = |one: &CrateCoverage| row(name_of(one), &one.coverage, one.sites, one.indeterminate, Weight::Plain);
        let mut rows: Vec<Row> = self.crates.iter().map(of).collect();
        rows.push(row("all", self.scan.coverage, sites, indeterminate, Weight::Bold));
        vec![Table { head: HEAD.to_vec(), rows }]
    }

    fn conclusion(&self) -> Vec<String> {
        let all = self.scan.coverage;
        let read = format!("{} of {}", all.dependencies_indexed, all.dependencies);
        let mut lines = vec![
            scanned(&self.scan),
            format!("dependencies that the code names: {read} read from sources on disk; std from an index of 1.95"),
        ];
        lines.extend(notes(&self.scan));
        lines
    }
}

/// Shares are of what there is: of macro calls those that were read, …; of sites those that could not be decided.
const HEAD: [&str; 8] = ["crate", "files", "broken", "functions", "macros read", "typed", "resolved", "indeterminate"];

fn row(name: &str, coverage: &Coverage, sites: u64, indeterminate: u64, weight: Weight) -> Row {
    let cells = vec![
        clean_path(name),
        number(coverage.files),
        number(coverage.files_with_errors),
        number(coverage.functions),
        share(coverage.macro_calls_expanded, coverage.macro_calls),
        share(coverage.operands_typed, coverage.operands),
        share(coverage.calls_resolved, coverage.calls),
        share(indeterminate, sites),
    ];
    Row { cells, weight }
}

/// `75.0 %`, rounded down, so that only all of it is 100 %.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return number(0);
    }
    let tenths = u128::from(part) * 1000 / u128::from(whole); // auditor: allow(integer-division) above zero, checked
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// How much was scanned, in a sentence.
pub(super) fn scanned(scan: &Scan<'_>) -> String {
    let coverage = scan.coverage;
    let mut parts = vec![format!("{} scanned", plural(coverage.files, "file"))];
    parts.push(match scan.gaps.len() as u64 {
        0 => "no gaps".to_owned(),
        gaps => format!("{} not looked at or not wholly", plural(gaps, "place")),
    });
    for (understood, all, what) in [
        (coverage.macro_calls_expanded, coverage.macro_calls, "macro calls read"),
        (coverage.operands_typed, coverage.operands, "operands typed"),
        (coverage.calls_resolved, coverage.calls, "calls resolved"),
    ] {
        if all > 0 {
            parts.push(format!("{understood} of {all} {what}"));
        }
    }
    parts.join(", ")
}

/// What could not be known, a sentence each.
pub(super) fn notes(scan: &Scan<'_>) -> impl Iterator<Item = String> {
    scan.unknown.notes(scan.coverage.dependencies).into_iter().map(|note| format!("note: {note}"))
}

fn name_of(one: &CrateCoverage) -> &str {
    if one.name.is_empty() { "(no package)" } else { &one.name }
}

impl Stats<'_> {
    fn sites(&self) -> (u64, u64) {
        // auditor: allow(panicking-api) a sum of counts of things in memory
        let sum = |of: fn(&CrateCoverage) -> u64| self.crates.iter().map(of).sum();
        (sum(|one| one.sites), sum(|one| one.indeterminate))
    }
}
