//! Random input, shrunk by proptest: no bytes and no order of tokens make a scan panic, and threads change nothing.

use std::collections::BTreeSet;

use auditor::program::{ScanRequest, scan};
use auditor::syntax::{Edition, Fragment, parse};
use proptest::prelude::*;

use super::cli::Place;

/// Words that a parser, the lowering, the types and the checks all have an opinion about.
const WORDS: &[&str] = &[
    "fn",
    "f",
    "x",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    ",",
    ";",
    ":",
    "::",
    ".",
    "..",
    "..=",
    "=",
    "==",
    "=>",
    "->",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "&&",
    "|",
    "||",
    "!",
    "?",
    "#",
    "#!",
    "$",
    "@",
    "_",
    "'a",
    "'static",
    "let",
    "mut",
    "ref",
    "if",
    "else",
    "match",
    "while",
    "for",
    "in",
    "loop",
    "return",
    "break",
    "continue",
    "move",
    "async",
    "await",
    ".await",
    "unsafe",
    "const",
    "static",
    "impl",
    "trait",
    "struct",
    "enum",
    "union",
    "mod",
    "use",
    "pub",
    "crate",
    "self",
    "Self",
    "super",
    "where",
    "dyn",
    "as",
    "type",
    "extern",
    "\"C\"",
    "macro_rules!",
    "m",
    "m!(",
    "$x:expr",
    "$(",
    ")*",
    "$x",
    "vec![",
    "format!(\"{}\", ",
    "assert!(",
    "matches!(",
    "panic!()",
    "1",
    "0",
    "1.5",
    "255u8",
    "'c'",
    "\"s\"",
    "b\"s\"",
    "r#\"s\"#",
    "true",
    "u8",
    "usize",
    "i32",
    "str",
    "Vec",
    "Option",
    "Some",
    "None",
    "Result",
    "String",
    "Box",
    "T",
    "<T>",
    "impl Trait",
    "&mut",
    "*const u8",
    "[u8; 4]",
    ".unwrap()",
    ".expect(\"\")",
    ".len()",
    ".iter()",
    ".map(",
    "x[0]",
    "x[1..]",
    "a / b",
    "#[cfg(test)]",
    "#[derive(Clone)]",
    "#[allow(clippy::unwrap_used)]",
    "// auditor: allow(unwrap) why\n",
    "/// # Safety\n",
    "//",
    "/*",
    "*/",
    "\n",
    " ",
    "\t",
];

fn soup() -> impl Strategy<Value = String> {
    let glue = prop_oneof![9 => Just(" "), 1 => Just("")];
    let words = prop::collection::vec((prop::sample::select(WORDS), glue), 0..200);
    words.prop_map(|words| words.into_iter().flat_map(|(word, glue)| [word, glue]).collect())
}

/// Scans `files` in one go, as what std is takes longer to read than all of them; every file is read or a gap.
fn scan_files<T: AsRef<[u8]>>(name: &str, files: &[T]) {
    let place = Place::new(name);
    for (at, bytes) in files.iter().enumerate() {
        place.write(&format!("src/f{at}.rs"), bytes);
    }
    let request = ScanRequest { paths: vec![place.path("src")], jobs: Some(2), ..ScanRequest::default() };
    let program = scan(&request).expect("a folder can be looked at");
    let gaps: BTreeSet<_> = program.gaps.iter().map(|gap| &gap.path).collect();
    let read = program.files.iter().filter(|file| !gaps.contains(&file.path)).count();
    assert_eq!(read + gaps.len(), files.len());
}

/// Each case is many files.
fn cases() -> ProptestConfig {
    ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn arbitrary_bytes_never_panic(files in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..500), 1..30)) {
        scan_files("random-bytes", &files);
    }

    #[test]
    fn arbitrary_text_never_panics(files in prop::collection::vec("\\PC{0,200}", 1..30)) {
        scan_files("random-text", &files);
    }

    #[test]
    fn arbitrary_order_of_tokens_never_panics(files in prop::collection::vec(soup(), 1..30)) {
        scan_files("random-tokens", &files);
    }

    #[test]
    fn arbitrary_bodies_never_panic(files in prop::collection::vec(soup(), 1..30)) {
        let files: Vec<_> =
            files.iter().map(|body| format!("fn f(x: &[u8], a: u32, b: Option<String>) {{ {body} }}")).collect();
        scan_files("random-bodies", &files);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_holds_every_byte_but_white_space_once(text in soup()) {
        let tree = parse(&text, Edition::Edition2024, Fragment::File).tree;
        let mut at = 0;
        if let Some(root) = tree.root() {
            prop_assert_eq!((root.start(), root.end()), (0, text.len() as u32));
        }
        let leaves = tree.entries().zip(tree.entries().skip(1).map(Some).chain([None]));
        for ((_, start, end), next) in leaves {
            let leaf = next.is_none_or(|(_, next, _)| next >= end);
            if leaf && end > start {
                prop_assert!(start >= at && is_white(&text, at, start), "{}..{} is no white space", at, start);
                at = end;
            }
        }
        prop_assert!(is_white(&text, at, text.len() as u32), "{}.. is no white space", at);
    }
}

fn is_white(text: &str, start: u32, end: u32) -> bool {
    text.get(start as usize..end as usize).is_some_and(|gap| gap.chars().all(char::is_whitespace))
}

#[test]
fn the_output_is_the_same_for_any_number_of_jobs() {
    let place = Place::new("jobs");
    for file in 0..40 {
        let text = format!(
            "pub fn f{file}(v: &[u8], x: Option<u8>) -> u8 {{\n    v[{file}] / x.unwrap() + r#gen::g{file}(v)\n}}\n\
             pub mod deep {{ pub unsafe fn g(p: *const u8) -> u8 {{ *p.cast::<u16>() as u8 }} }}\n(((\n"
        );
        place.write(&format!("src/f{file}.rs"), text);
    }
    place.write("src/lib.rs", (0..40).map(|file| format!("mod f{file};")).collect::<Vec<_>>().join("\n"));
    place.write("Cargo.toml", "[package]\nname = \"many\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    for command in [["scan", "--format", "json"], ["scan", "--format", "text"], ["surface", "--format", "json"]] {
        let run = |jobs: &str| {
            let run = place.run(&[&command[..], &["--jobs", jobs]].concat());
            (run.code, run.stdout)
        };
        let one = run("1");
        assert!(one.1.len() > 1_000, "{}", one.1);
        assert_eq!(one, run("2"), "{command:?}");
        assert_eq!(one, run("8"), "{command:?}");
    }
}
