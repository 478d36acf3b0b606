//! The table `reports/accuracy.md`: how it is written, and whether a new one is worse.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::score::Score;

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) ours: Score,
    pub(crate) clippy: Option<Score>,
}

/// All that was measured.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) all: Score,
    /// The kinds that clippy has a lint for: ours, and clippy's.
    pub(crate) both: (Score, Score),
    pub(crate) crates: Vec<Row>,
    pub(crate) kinds: Vec<Row>,
}

const HEAD: &str = "\
# Accuracy

The surface against rustc's own MIR of eight published crates (debug build, default features, overflow checks on):
`AUDITOR_ACCURACY=1 cargo test --release --test accuracy -- --nocapture` measures and fails where a figure is worse than here;
with `BLESS=1` it writes this file.

- recall: of the compiler's sites, those that the surface lists, whatever its verdict
- precision: of what is listed as `always` or `possible` on compiled lines, what the compiler knows too
- unsure: of what is listed, what is `indeterminate`

What constants alone decide counts on neither side; nor does a panicking function of std beyond the oracle's list of them.
clippy compiles the crate; its lints are `unwrap_used`, `expect_used`, `indexing_slicing`, `string_slice` and
`arithmetic_side_effects`, and its figures are of the kinds that these stand for.
";

const COLUMNS: &str = "| | compiler's sites | recall | precision | unsure | clippy's recall | clippy's precision |\n\
                       | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";

/// Writes the tables.
pub(crate) fn render(rows: &Rows) -> String {
    let mut out = format!("{HEAD}\n## Together\n\n{COLUMNS}");
    line(&mut out, "all kinds", rows.all, None);
    line(&mut out, "kinds that clippy has a lint for", rows.both.0, Some(rows.both.1));
    for (title, rows) in [("By crate", &rows.crates), ("By kind", &rows.kinds)] {
        let _infallible = write!(out, "\n## {title}\n\n{COLUMNS}");
        for row in rows {
            line(&mut out, &row.name, row.ours, row.clippy);
        }
    }
    out
}

fn line(out: &mut String, name: &str, ours: Score, clippy: Option<Score>) {
    let (recall, precision, unsure) = (ours.recall(), ours.precision(), ours.unsure());
    let sites = ours.sites;
    let _infallible = write!(out, "| {name} | {sites} | {recall:.1} % | {precision:.1} % | {unsure:.1} % |");
    let _infallible = match clippy {
        Some(clippy) => writeln!(out, " {:.1} % | {:.1} % |", clippy.recall(), clippy.precision()),
        None => writeln!(out, " | |"),
    };
}

/// Returns what is worse in `new` than in `committed`: one line each.
pub(crate) fn worse(committed: &str, new: &str) -> Vec<String> {
    let (committed, new) = (figures(committed), figures(new));
    let mut worse = Vec::new();
    for (name, [recall, precision, unsure]) in &committed {
        let Some([new_recall, new_precision, new_unsure]) = new.get(name) else {
            worse.push(format!("{name}: no longer measured"));
            continue;
        };
        let lost = [
            ("recall", *recall, *new_recall, new_recall < recall),
            ("precision", *precision, *new_precision, new_precision < precision),
            ("unsure", *unsure, *new_unsure, new_unsure > unsure),
        ];
        let lost = lost.iter().filter(|(.., lost)| *lost);
        worse.extend(lost.map(|(what, was, is, _)| format!("{name}: {what} {is:.1} %, was {was:.1} %")));
    }
    worse
}

/// Recall, precision and unsure of each row, by its name.
fn figures(table: &str) -> BTreeMap<String, [f64; 3]> {
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, _, recall, precision, unsure, ..] = cells[..] else { return None };
        let percent = |cell: &str| cell.strip_suffix(" %")?.parse().ok();
        Some((name.to_owned(), [percent(recall)?, percent(precision)?, percent(unsure)?]))
    });
    rows.collect()
}
