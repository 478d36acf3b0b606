//! The ratchet: what changes a comparison with the baseline, and what does not.

use super::cli::Place;

const MANIFEST: &str = "[package]\nname = \"meter\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

const LIB: &str = "\
pub mod parse;

pub fn first(words: &[&str]) -> char {
    let word = words.first().unwrap();
    word.chars().next().unwrap()
}

pub fn second(a: fn() -> Option<u8>, b: Option<u8>) -> u8 {
    a().unwrap() + b.unwrap()
}
";

const PARSE: &str = "\
pub fn number(text: &str) -> u32 {
    text.trim().parse::<u32>().unwrap()
}
";

/// A package with a baseline of its five findings.
fn accepted(name: &str) -> Place {
    let place = Place::new(name);
    place.write("Cargo.toml", MANIFEST);
    place.write("src/lib.rs", LIB);
    place.write("src/parse.rs", PARSE);
    let run = place.run(&["baseline"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert_eq!(run.stderr, "wrote ./auditor-baseline.toml: 5 findings\n");
    place
}

/// The line that says how the scan compares, with the exit code.
fn compared(place: &Place) -> (i32, String) {
    let run = place.run(&["scan", "--baseline"]);
    let line = run.stdout.lines().find_map(|line| line.strip_prefix("against auditor-baseline.toml: "));
    (run.code, line.unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr)).to_owned())
}

fn same() -> (i32, String) {
    (0, "0 new, 5 known, 0 moved, 0 gone".to_owned())
}

#[test]
fn moved_reformatted_and_renamed_neighbours_change_nothing() {
    let place = accepted("baseline-same");
    assert_eq!(compared(&place), same());
    for (from, to) in [
        // Reordered within the file, with new lines above.
        (
            LIB,
            "pub fn second(a: fn() -> Option<u8>, b: Option<u8>) -> u8 {\n    a().unwrap() + b.unwrap()\n}\n\n/// More.\npub mod parse;\npub fn more() {}\npub fn first(words: &[&str]) -> char {\n    let word = words.first().unwrap();\n    word.chars().next().unwrap()\n}\n",
        ),
        // Reformatted.
        (
            LIB,
            "pub mod parse;\npub fn first(words: &[&str],) -> char { let word =\n words\n.first()\n.unwrap(); word . chars()\n// Why.\n.next().unwrap() }\npub fn second(a: fn() -> Option<u8>, b: Option<u8>) -> u8 { a().unwrap()+b\n.unwrap() }",
        ),
        // A neighbour has another name, and a variable another type.
        (
            LIB,
            "pub mod parse;\nfn unrelated() {}\npub fn first(words: &[&'static str]) -> char {\n    let word = words.first().unwrap();\n    word.chars().next().unwrap()\n}\npub fn second(a: fn() -> Option<u8>, b: Option<u8>) -> u8 {\n    a().unwrap() + b.unwrap()\n}\n",
        ),
    ] {
        place.write("src/lib.rs", to);
        assert_eq!(compared(&place), same(), "{to}");
        place.write("src/lib.rs", from);
    }
    // The file of a module is moved to its other place.
    place.remove("src/parse.rs");
    place.write("src/parse/mod.rs", PARSE);
    assert_eq!(compared(&place), same());
    // The baseline that is written of it is the same file.
    let before = place.read("auditor-baseline.toml");
    assert_eq!(place.run(&["baseline"]).code, 0);
    assert_eq!(place.read("auditor-baseline.toml"), before);
}

#[test]
fn what_is_new_fails_and_alone_is_listed() {
    let place = accepted("baseline-new");
    place.write("src/parse.rs", format!("{PARSE}pub fn more(x: Option<u8>) -> u8 {{\n    x.expect(\"there\")\n}}\n"));
    let run = place.run(&["scan", "--baseline", "--format", "short"]);
    assert_eq!((run.code, run.stdout.lines().count()), (1, 1), "{}", run.stdout);
    assert!(run.stdout.starts_with("src/parse.rs:5:5: medium expect: "), "{}", run.stdout);
    assert_eq!(compared(&place), (1, "1 new, 5 known, 0 moved, 0 gone".to_owned()));
    assert_eq!(place.run(&["scan", "--baseline", "--fail-on", "high"]).code, 0);
    let shown = place.run(&["scan", "--baseline", "--format", "short", "--show", "known"]).stdout;
    assert_eq!(shown.matches(" [known]").count(), 5, "{shown}");
    // It is accepted by name alone.
    let run = place.run(&["baseline", "--shrink"]);
    assert_eq!((run.code, compared(&place).0), (1, 1), "{}", run.stderr);
    assert_eq!(
        place.run(&["baseline"]).stderr,
        "wrote ./auditor-baseline.toml: 6 findings (1 new, 5 as before, 0 moved; 0 gone)\n"
    );
    assert_eq!(compared(&place).0, 0);
}

#[test]
fn equal_sites_of_a_function_are_counted() {
    let place = accepted("baseline-equal");
    place.write("src/lib.rs", LIB.replace("a().unwrap() + b.unwrap()", "a().unwrap() + b.unwrap() + a().unwrap()"));
    assert_eq!(compared(&place), (1, "1 new, 5 known, 0 moved, 0 gone".to_owned()));
    assert_eq!(place.run(&["baseline"]).code, 0);
    assert!(place.read("auditor-baseline.toml").contains("expression = \"a().unwrap()\", count = 2 },\n"));
    place.write("src/lib.rs", LIB);
    assert_eq!(compared(&place), (0, "0 new, 5 known, 0 moved, 1 gone".to_owned()));
}

#[test]
fn a_move_between_modules_is_shown_and_does_not_fail() {
    let place = accepted("baseline-moved");
    let (mut lib, second) = (LIB.to_owned(), LIB.find("\npub fn second").expect("it is there"));
    let moved = lib.split_off(second);
    place.write("src/lib.rs", lib);
    place.write("src/parse.rs", format!("{PARSE}{moved}"));
    let run = place.run(&["scan", "--baseline"]);
    assert_eq!(compared(&place), (0, "0 new, 3 known, 2 moved, 0 gone".to_owned()));
    assert!(run.stdout.contains(" moved: unwrap `a().unwrap()` in parse::second (was in second)\n"), "{}", run.stdout);
    assert!(run.stdout.contains("`auditor baseline` brings the file up to date\n"), "{}", run.stdout);
    assert_eq!(place.run(&["baseline", "--shrink"]).code, 0);
    assert_eq!(compared(&place), same());
    // Two where there was one: one of them is new.
    place.write("src/lib.rs", format!("{}\n{moved}", "pub mod parse;\n"));
    assert_eq!(compared(&place), (1, "2 new, 3 known, 0 moved, 2 gone".to_owned()));
}

#[test]
fn a_merge_of_two_additions_hides_nothing() {
    let place = accepted("baseline-merge");
    let base = place.read("auditor-baseline.toml");
    let grown = |text: String, file: &str| {
        place.write(file, text);
        assert_eq!(place.run(&["baseline"]).code, 0);
        place.read("auditor-baseline.toml")
    };
    let twice = PARSE.replace("number", "double").replace("}\n", "") + "}\n";
    let one = grown(LIB.replace("a().unwrap() + b", "a().unwrap() + a().unwrap() + b"), "src/lib.rs");
    place.write("src/lib.rs", LIB);
    let other = grown(format!("{PARSE}{twice}"), "src/parse.rs");
    // Both sides' lines, as git's union driver leaves them: of the count that both changed each side's line.
    let mut lines: Vec<&str> = base.lines().collect();
    for side in [&one, &other] {
        for (at, line) in side.lines().enumerate() {
            if !lines.contains(&line) {
                lines.insert(at, line);
            }
        }
    }
    let merged = lines.join("\n");
    place.write("auditor-baseline.toml", &merged);
    place.write("src/lib.rs", LIB.replace("a().unwrap() + b", "a().unwrap() + a().unwrap() + b"));
    assert_eq!(compared(&place), (0, "0 new, 7 known, 0 moved, 0 gone".to_owned()), "{merged}");
    // Each side added one of the same: the merged count is one too low.
    place.write("src/lib.rs", LIB.replace("a().unwrap() + b", "a().unwrap() + a().unwrap() + a().unwrap() + b"));
    assert_eq!(compared(&place), (1, "1 new, 7 known, 0 moved, 0 gone".to_owned()), "{merged}");
    place.write("auditor-baseline.toml", format!("<<<<<<< HEAD\n{merged}"));
    let run = place.run(&["scan", "--baseline"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("auditor-baseline.toml:1: a merge left its markers here"), "{}", run.stderr);
}

#[test]
fn a_missing_or_foreign_baseline_is_an_error() {
    let place = Place::new("baseline-none");
    place.write("Cargo.toml", MANIFEST);
    place.write("src/lib.rs", LIB);
    place.write("src/parse.rs", PARSE);
    let failure = |args: &[&str]| {
        let run = place.run(args);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{args:?}");
        run.stderr
    };
    assert!(failure(&["scan", "--baseline"]).contains("`auditor baseline` writes one"));
    assert!(failure(&["scan", "--baseline", "none.toml"]).contains("cannot read none.toml"));
    assert!(failure(&["baseline", "--shrink"]).contains("to shrink"));
    place.write("auditor-baseline.toml", "version = 1\nfindings = [\n  { package = \"other\", function = \"f\", rule = \"unwrap\", expression = \"x\" },\n]\n");
    assert!(
        failure(&["scan", "--baseline"])
            .contains("is another project's: none of its packages is scanned, such as `other`")
    );
    place.write("auditor-baseline.toml", "fail-on = \"low\"\n");
    assert!(failure(&["scan", "--baseline"]).contains("auditor-baseline.toml:1: not a baseline"));
}

#[test]
fn a_scan_of_a_part_knows_nothing_of_what_is_gone() {
    let place = accepted("baseline-part");
    let run = place.run(&["scan", "--baseline", "auditor-baseline.toml", "src/parse.rs"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let said = "against auditor-baseline.toml: 0 new, 1 known; a part was scanned";
    assert!(run.stdout.contains(said), "{}", run.stdout);
    // A folder or a source is what to scan.
    let run = place.run(&["scan", "--baseline", "src/parse.rs"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("0 new, 1 known; a part"), "{}", run.stdout);
}

#[test]
fn news_of_the_tool_are_told_apart() {
    let place = accepted("baseline-tool");
    let text = place.read("auditor-baseline.toml");
    let older: String = text.split_inclusive('\n').filter(|line| !line.contains("\"unwrap\"")).collect();
    place.write(
        "auditor-baseline.toml",
        older.replace(concat!("tool = \"", env!("CARGO_PKG_VERSION")), "tool = \"0.0.1"),
    );
    // Lines are wrapped.
    let out = place.run(&["scan", "--baseline"]).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(out.contains("of the new ones these are of rules that were not looked at then: unwrap (4)"), "{out}");
    assert!(out.contains("auditor-baseline.toml was written by auditor 0.0.1, this is "), "{out}");
}
