//! What may stand only in certain places, and how long a file or a function may be.

use crate::Breach;
use crate::facts::Facts;

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;

/// Names that say nothing of what is in a module.
const VAGUE: [&str; 8] = ["common", "helper", "helpers", "misc", "util", "utils", "xtask", "shared"];

/// The start of a path, and the modules that alone may use it; none for what no module may.
const PATHS: [(&[&str], &[&str]); 8] = [
    (&["std", "fs"], &["source", "artifact", "cli"]),
    (&["std", "io", "stdin"], &["cli", "main", "bin"]),
    (&["std", "io", "stdout"], &["cli", "main", "bin"]),
    (&["std", "io", "stderr"], &["cli", "main", "bin"]),
    // A scan asks no other program and no network.
    (&["std", "process", "Command"], &[]),
    (&["std", "net"], &[]),
    (&["ra_ap_*"], &["syntax", "fix"]),
    // Parsers that lose what a scan needs: for tests alone.
    (&["syn"], &[]),
];

const PRINTS: [&str; 5] = ["dbg", "eprint", "eprintln", "print", "println"];
const PRINTERS: [&str; 3] = ["cli", "main", "bin"];

/// Returns what stands where it may not.
pub(crate) fn breaches(files: &[Facts]) -> Vec<Breach> {
    files.iter().flat_map(misplaced).collect()
}

fn misplaced(file: &Facts) -> Vec<Breach> {
    let top = file.module.first().map_or("", String::as_str);
    let mut found = Vec::new();
    let mut add = |line, what| found.push(Breach { file: file.file.clone(), line, what });
    for written in &file.paths {
        for (path, allowed) in PATHS {
            if !allowed.contains(&top) && begins(&written.parts, path) {
                let places =
                    if allowed.is_empty() { "nowhere".to_owned() } else { format!("in {}", allowed.join(", ")) };
                add(written.line, format!("`{}` is used; it may be {places} only", written.parts.join("::")));
            }
        }
    }
    for (line, name) in &file.macros {
        if PRINTS.contains(&name.as_str()) && !PRINTERS.contains(&top) {
            add(*line, format!("`{name}!` prints; only {} may", PRINTERS.join(", ")));
        }
    }
    found
}

/// Tells whether a path begins with `start`, whose parts may end in `*`; `use std::*` would hide all of them.
fn begins(parts: &[String], start: &[&str]) -> bool {
    let one = |(part, start): (&String, &&str)| match start.strip_suffix('*') {
        Some(start) => part.starts_with(start),
        None => part == start || part == "*",
    };
    let glob = parts.last().is_some_and(|last| last == "*");
    (parts.len() >= start.len() || glob && parts.len() > 1) && parts.iter().zip(start).all(one)
}

/// Returns what is wrong with a file as a whole.
pub(crate) fn shape(file: &Facts) -> Vec<Breach> {
    let mut found = Vec::new();
    let mut add = |what| found.push(Breach { file: file.file.clone(), line: 1, what });
    if !(1..=5).contains(&file.header) {
        add(format!("opens with {} lines of `//!`; one to five say what lives here", file.header));
    }
    if file.lines > FILE_LINES {
        add(format!("{} lines; {FILE_LINES} are the most", file.lines));
    }
    if let Some(name) = file.module.iter().find(|name| VAGUE.contains(&name.as_str())) {
        add(format!("`{name}` says nothing of what is in it"));
    }
    found
}

/// Returns the functions over their budget.
pub(crate) fn long_functions(files: &[Facts]) -> Vec<Breach> {
    let long = |file: &Facts| {
        let over = file.functions.iter().filter(|it| it.lines > FUNCTION_LINES);
        let breach = over.map(|it| {
            let what = format!("function `{}` has {} lines; {FUNCTION_LINES} are the most", it.name, it.lines);
            Breach { file: file.file.clone(), line: it.line, what }
        });
        breach.collect::<Vec<_>>()
    };
    files.iter().flat_map(long).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(file: &str, text: &str) -> Vec<String> {
        misplaced(&Facts::read(file, text)).into_iter().map(|it| format!("{}: {}", it.line, it.what)).collect()
    }

    #[test]
    fn reading_is_for_source_and_printing_for_the_command_line() {
        for text in [
            "use std::fs;",
            "use std::{fs::File, io};",
            "fn f() { std::fs::read(x); }",
            "fn f() { g!(std::fs::read(x)) }",
        ] {
            assert_eq!(wrong("model/mod.rs", text).len(), 1, "{text}");
            assert_eq!(wrong("source/x.rs", text), [] as [&str; 0], "{text}");
        }
        assert_eq!(
            wrong("report/x.rs", "\nfn f() { println!(\"x\") }"),
            ["2: `println!` prints; only cli, main, bin may"]
        );
        assert_eq!(wrong("cli/x.rs", "fn f() { println!(\"x\"); std::io::stderr(); }"), [] as [&str; 0]);
        assert_eq!(wrong("report/x.rs", "use std::io::{self, Write};"), [] as [&str; 0]);
        assert_eq!(wrong("model/x.rs", "use std::io::*;").len(), 3);
        assert_eq!(
            wrong("cli/x.rs", "use std::process::Command;"),
            ["1: `std::process::Command` is used; it may be nowhere only"]
        );
        assert_eq!(wrong("model/x.rs", "#[cfg(test)] mod tests { use std::fs; }"), [] as [&str; 0]);
    }

    #[test]
    fn the_foreign_parser_is_for_syntax_and_fix() {
        for text in ["use ra_ap_parser::SyntaxKind;", "fn f(x: ra_ap_parser::SyntaxKind) {}"] {
            assert_eq!(wrong("model/x.rs", text).len(), 1, "{text}");
            assert_eq!(wrong("syntax/x.rs", text), [] as [&str; 0]);
        }
    }

    #[test]
    fn shapes_are_held() {
        let wrong =
            |file: &str, text: &str| shape(&Facts::read(file, text)).into_iter().map(|it| it.what).collect::<Vec<_>>();
        assert_eq!(wrong("model/x.rs", "//! What lives here.\nfn f() {}\n"), [] as [&str; 0]);
        assert_eq!(
            wrong("model/x.rs", "fn f() {}\n"),
            ["opens with 0 lines of `//!`; one to five say what lives here"]
        );
        assert_eq!(wrong("model/utils.rs", "//! X.\n"), ["`utils` says nothing of what is in it"]);
        assert_eq!(wrong("model/x.rs", &format!("//! X.\n{}", "\n".repeat(400))), ["401 lines; 400 are the most"]);
    }

    #[test]
    fn long_functions_are_named() {
        let body =
            |lines: usize| format!("impl X {{\n    fn long() {{\n{}    }}\n}}\n", "        g();\n".repeat(lines));
        let wrong = |lines| long_functions(&[Facts::read("model/x.rs", &body(lines))]);
        assert_eq!(wrong(58), []);
        let breach =
            Breach { file: "model/x.rs".into(), line: 2, what: "function `long` has 61 lines; 60 are the most".into() };
        assert_eq!(wrong(59), [breach]);
    }
}
