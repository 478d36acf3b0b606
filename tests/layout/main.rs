//! Holds the sources to the layout of ARCHITECTURE.md: who may use whom, what may stand where, how long things are.
//! Each rule is also tried on a small text that breaks it.

#![allow(clippy::unwrap_used, reason = "a test that cannot read the sources must fail")]

mod edges;
mod facts;
mod places;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use facts::Facts;

/// One place that breaks the layout.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Breach {
    file: String,
    line: usize,
    what: String,
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "src/{}:{}: {}", self.file, self.line, self.what)
    }
}

/// All of `src/`, parsed.
fn sources() -> Vec<Facts> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(Facts::read(&name, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort_by(|a, b| a.file.cmp(&b.file));
    assert!(found.iter().any(|it| it.file == "lib.rs"), "src/ was not read");
    found
}

/// Drops the files that a `#[cfg(test)] mod name;` brings in.
fn product(all: Vec<Facts>) -> Vec<Facts> {
    let tests: BTreeSet<Vec<String>> = all.iter().flat_map(|it| it.test_modules.iter().cloned()).collect();
    all.into_iter().filter(|it| !tests.iter().any(|test| it.module.starts_with(test))).collect()
}

fn none(mut breaches: Vec<Breach>) {
    breaches.sort();
    let lines: Vec<String> = breaches.iter().map(Breach::to_string).collect();
    assert!(lines.is_empty(), "{} breaches:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn the_allowed_edges_have_no_cycle() {
    // Every module must come after all that it uses, in some order.
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    while let Some((name, _)) =
        edges::ALLOWED.iter().find(|(name, uses)| !placed.contains(name) && uses.iter().all(|it| placed.contains(it)))
    {
        placed.insert(name);
    }
    let all: BTreeSet<&str> = edges::ALLOWED.iter().map(|(name, _)| *name).collect();
    assert_eq!(placed, all, "the rest uses each other in a circle, or something unknown");
}

#[test]
fn modules_use_only_what_lies_below_them() {
    none(edges::breaches(&product(sources())));
}

#[test]
fn reading_printing_and_foreign_parsers_keep_to_their_places() {
    none(places::breaches(&product(sources())));
}

#[test]
fn every_file_says_what_it_is_and_stays_within_its_budget() {
    let all = sources();
    none(all.iter().flat_map(places::shape).collect());
    let long = all.iter().filter(|it| it.lines > 250).count();
    assert!(long * 4 <= all.len(), "{long} of {} files are over the usual 250 lines", all.len());
}

#[test]
fn every_function_stays_within_its_budget() {
    none(places::long_functions(&product(sources())));
}
