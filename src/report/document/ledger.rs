//! The ledger: every unsafe operation and conversion between pointers, what each asks, and what is known of that; by function. Its
//! JSON is `auditor/ledger/v1`.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::rows::GapJson;
use super::{Document, Entry, Key, Scan, stats};
use crate::finding::{Confidence, LedgerCounts, Operation, Shape, Standing};
use crate::report::json_stream::Object;
use crate::report::options::Show;
use crate::report::positions::{Positions, shown};
use crate::report::table::{Row, Table, Weight, number, plural};

/// Functions in the table: who wants more reads the JSON.
const MOST_FUNCTIONS: usize = 20;

/// The ledger of a program.
#[derive(Debug, Clone, Copy)]
pub struct Ledger<'a> {
    /// What was scanned.
    pub scan: Scan<'a>,
    /// All operations, sorted by file and position.
    pub operations: &'a [Operation],
}

#[derive(Serialize)]
struct OperationJson<'a> {
    kind: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    function: &'a str,
    context: &'a [&'static str],
    cfg: &'a str,
    detail: &'a str,
    from: Option<&'a Shape>,
    to: Option<&'a Shape>,
    status: Option<Standing>,
    obligations: Vec<ObligationJson<'a>>,
    within: Option<WithinJson>,
}

#[derive(Serialize)]
struct ObligationJson<'a> {
    obligation: &'static str,
    status: Standing,
    fact: &'a str,
}

#[derive(Serialize)]
struct WithinJson {
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct FunctionJson<'a> {
    file: &'a str,
    function: &'a str,
    #[serde(flatten)]
    counts: LedgerCounts,
}

impl<'a> Ledger<'a> {
    /// Counts by function, those with the most that is violated or open first.
    fn functions(&self) -> Vec<((&'a str, &'a str), LedgerCounts)> {
        let mut by: BTreeMap<(&str, &str), Vec<&Operation>> = BTreeMap::new();
        for one in self.operations {
            let Some(file) = self.scan.files.get(one.site.span.file.0 as usize) else { continue };
            by.entry((file.path.as_str(), &*one.site.function)).or_default().push(one);
        }
        let mut all: Vec<_> = by.into_iter().map(|(name, all)| (name, LedgerCounts::of(all))).collect();
        all.sort_by(|one, other| {
            let rank = |counts: &LedgerCounts| std::cmp::Reverse((counts.violated, counts.open));
            rank(&one.1).cmp(&rank(&other.1)).then_with(|| one.0.cmp(&other.0))
        });
        all
    }
}

fn operation<'a>(one: &'a Operation, places: &mut Positions<'a>) -> OperationJson<'a> {
    let (site, at) = (&one.site, places.of(one.site.span));
    let obligations = one.obligations.iter();
    let within = one.within.map(|span| places.of(span)).map(|at| WithinJson {
        line: at.start.line,
        column: at.start.column,
        end_line: at.end.line,
        end_column: at.end.column,
    });
    OperationJson {
        kind: site.kind.as_str(),
        file: at.path,
        line: at.start.line,
        column: at.start.column,
        end_line: at.end.line,
        end_column: at.end.column,
        function: &site.function,
        context: &site.context,
        cfg: &site.cfg,
        detail: &site.detail,
        from: one.from.as_ref(),
        to: one.to.as_ref(),
        status: one.worst(),
        obligations: obligations
            .map(|it| ObligationJson { obligation: it.duty.as_str(), status: it.standing, fact: &it.fact })
            .collect(),
        within,
    }
}

impl<'a> Document for Ledger<'a> {
    fn schema(&self) -> &'static str {
        "auditor/ledger/v1"
    }

    fn scan(&self) -> &Scan<'_> {
        &self.scan
    }

    fn fields(&self, json: &mut Object<'_>) -> io::Result<()> {
        json.field("coverage", self.scan.coverage)?;
        json.field("unknown", self.scan.unknown)?;
        json.field("summary", &LedgerCounts::of(self.operations))?;
        let functions = self.functions().into_iter();
        let functions: Vec<_> =
            functions.map(|((file, function), counts)| FunctionJson { file, function, counts }).collect();
        json.field("functions", &functions)?;
        let positions = || Positions::new(self.scan.files);
        json.list("operations", self.operations, |one| one.site.span.file, positions, |at, one| operation(one, at))?;
        json.field("gaps", &GapJson::list(self.scan.gaps))
    }

    /// All of them, whatever `show` says: that is what a ledger is.
    fn keys(&self, _: Show) -> Vec<Key<'_>> {
        let key = |(at, one): (usize, &'a Operation)| Key {
            at,
            rule: one.site.kind.as_str(),
            file: one.site.span.file,
            severity: None,
            confidence: Confidence::Low,
        };
        self.operations.iter().enumerate().map(key).collect()
    }

    fn entry<'d>(&'d self, key: Key<'d>, positions: &mut Positions<'d>) -> Option<Entry<'d>> {
        let site = &self.operations.get(key.at)?.site;
        Some(Entry {
            rule: site.kind.as_str(),
            about: self.scan.policy.catalog.rule(site.kind.as_str()),
            severity: None,
            confidence: None,
            status: None,
            fingerprint: None,
            site,
            location: positions.of(site.span),
        })
    }

    fn tables(&self) -> Vec<Table> {
        let mut kinds: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
        for one in self.operations {
            kinds.entry(one.site.kind.as_str()).or_default().push(one);
        }
        if kinds.is_empty() {
            return Vec::new();
        }
        let mut rows: Vec<Row> =
            kinds.into_iter().map(|(kind, all)| row(kind, LedgerCounts::of(all), Weight::Plain)).collect();
        rows.push(row("total", LedgerCounts::of(self.operations), Weight::Bold));
        let functions = self.functions();
        let way = self.scan.root.from_here;
        let worst = functions.iter().take(MOST_FUNCTIONS);
        let by = worst.map(|((file, function), counts)| {
            let name = if function.is_empty() { shown(way, file) } else { format!("{}: {function}", shown(way, file)) };
            row(&name, *counts, Weight::Plain)
        });
        vec![Table { head: head("function"), rows: by.collect() }, Table { head: head("kind"), rows }]
    }

    fn conclusion(&self) -> Vec<String> {
        let mut lines = vec![line(LedgerCounts::of(self.operations)), stats::scanned(&self.scan)];
        lines.extend(stats::notes(&self.scan));
        lines
    }
}

fn head(first: &'static str) -> Vec<&'static str> {
    [first, "operations"].into_iter().chain(Standing::ALL.map(Standing::as_str)).collect()
}

fn row(name: &str, counts: LedgerCounts, weight: Weight) -> Row {
    let LedgerCounts { operations, met, violated, claimed, open } = counts;
    let cells = [operations, violated, open, claimed, met].map(number);
    Row { cells: std::iter::once(name.to_owned()).chain(cells).collect(), weight }
}

/// The ledger in a sentence.
pub(super) fn line(counts: LedgerCounts) -> String {
    let LedgerCounts { operations, met, violated, claimed, open } = counts;
    let operations = plural(operations, "unsafe operation and pointer conversion");
    format!("{operations}; of what they ask {met} met, {claimed} claimed by comments, {open} open, {violated} violated")
}
