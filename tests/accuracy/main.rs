//! The surface against what the compiler itself knows of a pinned list of crates, with clippy beside it. Needs the network
//! and minutes, so it runs only when asked: `AUDITOR_ACCURACY=1 cargo test --release --test accuracy -- --nocapture`.
#![expect(clippy::print_stdout, reason = "the table and every miss are for people who ask for them with --nocapture")]

mod callee;
mod mir;
mod place;
mod report;
mod score;
#[cfg(test)]
mod tests;
mod tools;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use place::Sources;
use report::{Row, Rows};
use score::{KINDS, Score, score};

/// Small crates of many kinds, with few dependencies: containers, parsers, encoders, time, search, text, iterators, and two
/// that build much of their code with macros.
const CRATES: [(&str, &str); 8] = [
    ("base64", "0.22.1"),
    ("fixedbitset", "0.5.7"),
    ("http", "1.5.0"),
    ("humantime", "2.3.0"),
    ("itertools", "0.15.0"),
    ("memchr", "2.8.3"),
    ("smallvec", "1.15.1"),
    ("strsim", "0.11.1"),
];

const TABLE: &str = "reports/accuracy.md";

fn asked(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| value != "0" && !value.is_empty())
}

#[test]
fn accuracy_is_no_worse_than_the_committed_table() {
    if !asked("AUDITOR_ACCURACY") {
        // Written past the capture of passing tests: what was skipped must be seen.
        let _written = writeln!(std::io::stderr(), "accuracy: skipped; AUDITOR_ACCURACY=1 runs it (network, minutes)");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rows = measure(&root.join("target/accuracy"));
    let table = report::render(&rows);
    println!("{table}");
    let path = root.join(TABLE);
    if asked("BLESS") {
        std::fs::write(&path, &table).expect("the table can be written");
        return;
    }
    let committed = std::fs::read_to_string(&path).expect("the table is committed");
    let worse = report::worse(&committed, &table);
    assert!(worse.is_empty(), "worse than {TABLE}:\n{}", worse.join("\n"));
}

fn measure(work: &Path) -> Rows {
    let crates = tools::fetch(work, &CRATES);
    let mut rows = Rows::default();
    let (mut kinds, mut clippy_kinds) = (BTreeMap::<_, Score>::new(), BTreeMap::<_, Score>::new());
    for (name, version) in CRATES {
        let name = format!("{name}-{version}");
        let root = crates.join(&name);
        let sources = Sources::read(&root);
        let truth = tools::compiler(&root, &work.join("mir").join(&name), &sources);
        let (scores, differences) = score(&truth, &tools::auditor(&root), &KINDS);
        for (what, places) in [("missed", &differences.missed), ("wrong", &differences.wrong)] {
            for (place, kind) in places {
                let (line, column) = place.start;
                println!("{what} {kind} {name}/{}:{line}:{column}: {}", place.file, sources.text(place).escape_debug());
            }
        }
        let hits = tools::clippy(&root, &work.join("clippy"), &sources);
        let (clippy, _) = score(&truth, &hits, &tools::CLIPPY_KINDS);
        rows.crates.push(Row { name, ours: total(&scores), clippy: Some(total(&clippy)) });
        add(&mut kinds, scores);
        add(&mut clippy_kinds, clippy);
    }
    let row = |&kind: &&str| Row {
        name: kind.to_owned(),
        ours: kinds.get(kind).copied().unwrap_or_default(),
        clippy: clippy_kinds.get(kind).copied(),
    };
    rows.kinds = KINDS.iter().map(row).filter(|row| row.ours != Score::default()).collect();
    let both = tools::CLIPPY_KINDS.iter().filter_map(|kind| Some((*kind, *kinds.get(kind)?))).collect();
    rows.all = total(&kinds);
    rows.both = (total(&both), total(&clippy_kinds));
    rows
}

fn add(sum: &mut BTreeMap<&'static str, Score>, scores: BTreeMap<&'static str, Score>) {
    for (kind, score) in scores {
        *sum.entry(kind).or_default() += score;
    }
}

fn total(scores: &BTreeMap<&'static str, Score>) -> Score {
    let mut total = Score::default();
    for score in scores.values() {
        total += *score;
    }
    total
}
