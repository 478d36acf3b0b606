//! Any text parses into a tree that holds all of it: `cargo +nightly fuzz run parse`.
#![no_main]

use auditor::syntax::{Edition, Fragment, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let parsed = parse(text, Edition::Edition2024, Fragment::File);
    match parsed.tree.root() {
        Some(root) => assert_eq!((root.start(), root.end() as usize), (0, text.len())),
        None => assert!(!parsed.errors.is_empty(), "a text without a tree has an error that says why"),
    }
});
