//! How much of each package was understood: a table, or `auditor/stats/v1`.

use std::io;

use serde::Serialize;

use super::json_stream::write_json;
use crate::finding::{Coverage, CrateCoverage, Unknown};
use crate::source::clean;

/// What `auditor surface --stats` shows.
#[derive(Debug, Clone, Copy)]
pub struct Stats<'a> {
    /// By package, sorted by name.
    pub crates: &'a [CrateCoverage],
    /// In all; files that could not be read and dependencies are counted here alone.
    pub all: &'a Coverage,
    /// What could not be known.
    pub unknown: &'a Unknown,
    /// Positions that were not looked at.
    pub gaps: usize,
}

#[derive(Serialize)]
struct StatsJson<'a> {
    schema: &'static str,
    crates: Vec<CrateJson<'a>>,
    all: AllJson<'a>,
    gaps: usize,
    unknown: &'a Unknown,
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

/// Writes `stats` as `auditor/stats/v1`.
///
/// # Errors
/// When `out` fails.
pub fn stats_json(stats: &Stats<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let (sites, indeterminate) = stats.sites();
    let json = StatsJson {
        schema: "auditor/stats/v1",
        crates: stats.crates.iter().map(CrateJson::new).collect(),
        all: AllJson { coverage: stats.all, sites, sites_indeterminate: indeterminate },
        gaps: stats.gaps,
        unknown: stats.unknown,
    };
    write_json(&json, out)
}

/// Writes `stats` as a table, then what could not be known.
///
/// # Errors
/// When `out` fails.
pub fn stats_text(stats: &Stats<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let (sites, indeterminate) = stats.sites();
    let mut rows: Vec<[String; 8]> = vec![HEAD.map(str::to_owned)];
    rows.extend(stats.crates.iter().map(|one| row(name_of(one), &one.coverage, one.sites, one.indeterminate)));
    rows.push(row("all", stats.all, sites, indeterminate));
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..HEAD.len()).map(|column| width(column).unwrap_or(0)).collect();
    for row in &rows {
        let mut line = String::new();
        for (at, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let cell = if at == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
            line.push_str(&cell);
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out)?;
    let all = stats.all;
    let read = share(all.dependencies_indexed, all.dependencies);
    writeln!(out, "dependencies that the code names: {read} read from sources on disk; std from an index of 1.95")?;
    if stats.gaps > 0 {
        writeln!(out, "gaps: {} not looked at or not wholly", stats.gaps)?;
    }
    notes(stats.unknown, all, out)
}

const HEAD: [&str; 8] =
    ["crate", "files", "with errors", "functions", "macro calls read", "operands typed", "calls resolved", "undecided"];

fn row(name: &str, coverage: &Coverage, sites: u64, indeterminate: u64) -> [String; 8] {
    [
        clean(name).into_owned(),
        coverage.files.to_string(),
        coverage.files_with_errors.to_string(),
        coverage.functions.to_string(),
        share(coverage.macro_calls_expanded, coverage.macro_calls),
        share(coverage.operands_typed, coverage.operands),
        share(coverage.calls_resolved, coverage.calls),
        share(indeterminate, sites),
    ]
}

/// `3 of 4 (75.0 %)`.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    // Rounded down, so that only all of it is 100 %.
    let tenths = u128::from(part) * 1000 / u128::from(whole); // auditor: allow(integer-division) above zero, checked
    format!("{part} of {whole} ({}.{} %)", tenths / 10, tenths % 10)
}

/// Writes what could not be known, a line each.
pub(super) fn notes(unknown: &Unknown, coverage: &Coverage, out: &mut dyn io::Write) -> io::Result<()> {
    unknown.notes(coverage.dependencies).iter().try_for_each(|note| writeln!(out, "note: {}", clean(note)))
}

fn name_of(one: &CrateCoverage) -> &str {
    if one.name.is_empty() { "(no package)" } else { &one.name }
}

impl Stats<'_> {
    fn sites(&self) -> (u64, u64) {
        let sum = |of: fn(&CrateCoverage) -> u64| self.crates.iter().map(of).sum();
        (sum(|one| one.sites), sum(|one| one.indeterminate))
    }
}
