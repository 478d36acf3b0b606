//! What a scan says of what it could not know: counts by package, dependencies without sources, macros that stay closed.

use serde_json::Value;

use super::cli::{Place, Run};
use super::reports::assert_meets;

const LIB: &str = "use ghost::Store;\n\npub fn open(store: &Store, at: usize) -> u8 {\n    phantom::ask!(store, |x| x);\n    phantom::go();\n    \
                   store.bytes()[at]\n}\n";

fn place(name: &str) -> Place {
    let place = Place::new(name);
    let manifest = "[workspace]\nmembers = [\"one\", \"two\"]\n";
    place.write("Cargo.toml", manifest);
    place.write(
        "one/Cargo.toml",
        "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nghost = \"1\"\nphantom = \"2\"\nunused = \"3\"\n",
    );
    place.write("one/src/lib.rs", LIB);
    place.write("two/Cargo.toml", "[package]\nname = \"two\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    place.write("two/src/lib.rs", "pub fn sum(a: u32, b: u32) -> u32 {\n    a + b\n}\n");
    place
}

/// Runs `auditor` where there is no toolchain, no registry and no home.
fn alone(place: &Place, args: &[&str]) -> Run {
    let mut command = place.command(args);
    command.env_clear().env("PATH", "").env("CARGO_HOME", place.path("nowhere"));
    Run::of(command.env("XDG_CACHE_HOME", place.path("cache")).stdin(std::process::Stdio::null()))
}

#[test]
fn without_toolchain_and_registry_a_scan_works_and_names_what_it_could_not_know() {
    let place = place("alone");
    let run = alone(&place, &["scan", "--profile", "strict"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("integer-overflow"), "{}", run.stdout);
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 80), "{}", run.stdout);
    let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for note in [
        "note: sources of 2 of 2 dependencies not found (no folder of registry sources): ghost, phantom; calls into them are \
         unknown",
        "note: 1 macro call was not expanded: phantom::ask! (1); what they make is not seen",
    ] {
        assert!(words.contains(note), "{}", run.stdout);
    }
    for args in [
        &["scan", "--format", "json"][..],
        &["surface", "--format", "json"],
        &["surface", "--stats", "--format", "json"],
    ] {
        let report: Value = serde_json::from_str(&alone(&place, args).stdout).expect("JSON");
        let unknown = &report["unknown"];
        assert_eq!(unknown["registry_found"], false, "{args:?}");
        assert_eq!(unknown["dependencies"], serde_json::json!(["ghost", "phantom"]), "{args:?}");
        assert_eq!(unknown["macros"], serde_json::json!({ "phantom::ask": 1 }), "{args:?}");
    }
    let surface = alone(&place, &["surface"]);
    assert!(surface.stdout.contains("indeterminate slice-index in open"), "{}", surface.stdout);
    assert!(surface.stdout.contains("note: sources of 2 of 2"), "{}", surface.stdout);
}

#[test]
fn a_dependency_on_disk_is_not_missed() {
    let place = place("beside");
    let source = "nowhere/registry/src/index.crates.io-1/ghost-1.2.0";
    place.write(
        &format!("{source}/Cargo.toml"),
        "[package]\nname = \"ghost\"\nversion = \"1.2.0\"\nedition = \"2021\"\n",
    );
    place.write(
        &format!("{source}/src/lib.rs"),
        "pub struct Store;\nimpl Store {\n    pub fn bytes(&self) -> &[u8] {\n        &[]\n    }\n}\n",
    );
    let run = alone(&place, &["surface", "one", "two"]);
    assert!(run.stdout.contains("possible slice-index in open"), "{}", run.stdout);
    assert!(run.stdout.contains("note: sources of 1 of 2 dependencies not found: phantom;"), "{}", run.stdout);
}

/// Writes `files` of a package where cargo would have unpacked it; `tables` ends its manifest.
fn unpacked(place: &Place, package: &str, version: &str, tables: &str, lib: &str) {
    let source = format!("nowhere/registry/src/index.crates.io-1/{package}-{version}");
    let manifest = format!("[package]\nname = \"{package}\"\nversion = \"{version}\"\nedition = \"2021\"\n{tables}");
    place.write(&format!("{source}/Cargo.toml"), manifest);
    place.write(&format!("{source}/src/lib.rs"), lib);
}

/// A package in the folder `one`, beside what cargo unpacked.
fn package(name: &str, tables: &str, lib: &str) -> Place {
    let place = Place::new(name);
    place.write(
        "one/Cargo.toml",
        format!("[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{tables}"),
    );
    place.write("one/src/lib.rs", lib);
    place
}

const BYTES: &str = "pub fn bytes() -> Vec<u8> {\n    Vec::new()\n}\n";

#[test]
fn a_library_is_known_by_its_own_name_and_by_the_one_that_a_manifest_gives_it() {
    let place = package(
        "names",
        "[dependencies]\nmd-5 = \"0.1\"\nother = { package = \"plain\", version = \"1\" }\nouter = \"2\"\n",
        "pub fn first(at: usize) -> u8 {\n    md5::bytes()[at]\n}\npub fn second(at: usize) -> u8 {\n    other::bytes()[at]\n}\n\
         pub fn third(at: usize) -> u8 {\n    outer::made().bytes()[at]\n}\n",
    );
    unpacked(&place, "md-5", "0.1.3", "[lib]\nname = \"md5\"\n", BYTES);
    unpacked(&place, "plain", "1.2.0", "", BYTES);
    unpacked(
        &place,
        "outer",
        "2.0.0",
        "[dependencies]\nin-ner = \"0\"\n",
        "pub fn made() -> inside::Made {\n    inside::Made\n}\n",
    );
    let made = "pub struct Made;\nimpl Made {\n    pub fn bytes(&self) -> &[u8] {\n        &[]\n    }\n}\n";
    unpacked(&place, "in-ner", "0.3.0", "[lib]\nname = \"inside\"\n", made);
    let run = alone(&place, &["surface", "one"]);
    for function in ["first", "second", "third"] {
        assert!(run.stdout.contains(&format!("possible slice-index in {function}")), "{}", run.stdout);
    }
    assert!(!run.stdout.contains("not found"), "{}", run.stdout);
}

#[test]
fn what_the_usual_build_has_is_meant_wherever_it_comes_from() {
    let place = package(
        "usual",
        "[features]\ndefault = [\"std\"]\nstd = []\n[dependencies]\nplain = \"1\"\n",
        "#![no_std]\nextern crate plain as alloc;\nmod trace;\nuse crate::trace::Trace;\npub fn first(at: usize) -> u8 {\n    \
         alloc::bytes()[at]\n}\npub fn second(trace: Trace, at: usize) -> u8 {\n    trace.bytes()[at]\n}\n",
    );
    place.write(
        "one/src/trace.rs",
        "#[cfg(feature = \"std\")]\npub(crate) use plain::Trace;\n#[cfg(not(feature = \"std\"))]\npub(crate) enum Trace {}\n",
    );
    let trace = "pub struct Trace;\nimpl Trace {\n    pub fn bytes(&self) -> Vec<u8> {\n        Vec::new()\n    }\n}\n";
    unpacked(&place, "plain", "1.0.0", "", &format!("{BYTES}{trace}"));
    let run = alone(&place, &["surface", "one"]);
    for function in ["first", "second"] {
        assert!(run.stdout.contains(&format!("possible slice-index in {function}")), "{}", run.stdout);
    }
}

#[test]
fn of_a_package_in_two_versions_the_one_that_is_asked_for_is_read() {
    let place = package(
        "pinned",
        "[dependencies]\ntwice = \"2\"\n",
        "pub fn at(at: usize) -> u8 {\n    twice::bytes()[at]\n}\n",
    );
    let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    let pin = |version: &str| format!("[[package]]\nname = \"twice\"\nversion = \"{version}\"\n{registry}");
    place.write("one/Cargo.lock", format!("version = 4\n{}{}", pin("1.0.0"), pin("2.1.0")));
    unpacked(
        &place,
        "twice",
        "1.0.0",
        "",
        "pub fn bytes() -> std::collections::HashMap<usize, u8> {\n    todo!()\n}\n",
    );
    unpacked(&place, "twice", "2.1.0", "", BYTES);
    let run = alone(&place, &["surface", "one"]);
    assert!(run.stdout.contains("possible slice-index in at"), "{}", run.stdout);
}

#[test]
fn what_tests_and_build_scripts_depend_on_is_read_where_they_count() {
    let tables = "[dev-dependencies]\nghost = \"1\"\n[build-dependencies]\nmaker = \"1\"\n";
    let place = package("beside-product", tables, "");
    place.write("one/tests/all.rs", "#[test]\nfn reads() {\n    ghost::bytes()[3];\n}\n");
    place.write("one/build.rs", "fn main() {\n    maker::bytes()[3];\n}\n");
    for name in ["ghost", "maker"] {
        unpacked(&place, name, "1.2.0", "", BYTES);
    }
    let surface = alone(&place, &["surface", "one"]).stdout;
    assert!(surface.contains("tests/all.rs:3:5: possible slice-index in all::reads"), "{surface}");
    assert!(surface.contains("build.rs:2:5: possible slice-index in main"), "{surface}");
    let dependencies = |args: &[&str]| {
        let report: Value = serde_json::from_str(&alone(&place, args).stdout).expect("JSON");
        report["coverage"]["dependencies"].as_u64()
    };
    assert_eq!(dependencies(&["scan", "--format", "json", "one"]), Some(0));
    assert_eq!(dependencies(&["scan", "--format", "json", "--all-targets", "one"]), Some(2));
}

#[test]
fn a_macro_of_a_dependency_is_expanded_and_its_own_text_is_nobodys() {
    let place = package(
        "outside",
        "[dependencies]\nghost = \"1\"\nrenamed = { package = \"phantom\", version = \"2\" }\n",
        "use ghost::at;\npub fn one(list: &[u8]) -> u8 {\n    at!(list, 7)\n}\npub fn two(list: Option<u8>) -> u8 {\n    \
         ghost::run!(list.unwrap())\n}\nghost::kind! { Kind }\npub fn three(kind: Kind, at: usize) -> u8 {\n    kind.bytes()[at]\n}\n\
         pub fn four(at: usize) -> u8 {\n    renamed::deep!(at)\n}\npub fn five() {\n    ghost::hidden!();\n}\n",
    );
    let lib = "#[macro_export]\nmacro_rules! at {\n    ($list:expr, $at:expr) => {\n        $list[$at]\n    };\n}\n\
               #[macro_export]\nmacro_rules! run {\n    ($value:expr) => {{\n        let all = $crate::bytes();\n        all[0] + $value\n    }};\n}\n\
               #[macro_export]\nmacro_rules! kind {\n    ($name:ident) => {\n        pub struct $name;\n        impl $name {\n            \
               pub fn bytes(&self) -> Vec<u8> {\n                $crate::bytes()\n            }\n        }\n    };\n}\n\
               macro_rules! hidden {\n    () => {};\n}\npub fn bytes() -> Vec<u8> {\n    Vec::new()\n}\n";
    unpacked(&place, "ghost", "1.2.0", "", lib);
    let deep = "#[macro_export]\nmacro_rules! deep {\n    ($at:expr) => {\n        $crate::deeper!(($crate::bytes()), $at)\n    };\n}\n\
                #[macro_export]\nmacro_rules! deeper {\n    ($list:tt, $at:expr) => {\n        $list[$at]\n    };\n}\n";
    unpacked(&place, "phantom", "2.0.0", "", &format!("{deep}{BYTES}"));
    for cold in [true, false] {
        let run = alone(&place, &["surface", "one"]);
        let sites: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("one/src")).collect();
        assert_eq!(
            sites,
            ["one/src/lib.rs:6:17: possible unwrap in two", "one/src/lib.rs:10:5: possible slice-index in three"],
            "cold: {cold}\n{}",
            run.stdout
        );
        assert!(run.stdout.contains("note: 1 macro call was not expanded: ghost::hidden! (1)"), "{}", run.stdout);
    }
}

#[test]
fn a_macro_that_a_dependency_hands_on_is_that_of_the_crate_it_comes_from() {
    let place = package(
        "handed-on",
        "[dependencies]\nghost = \"1\"\n",
        "pub fn one(at: usize) -> u8 {\n    ghost::deep!(bytes)[at]\n}\n",
    );
    let needs = "[dependencies]\nphantom = \"2\"\n";
    unpacked(&place, "ghost", "1.2.0", needs, "pub use phantom::*;\n");
    let deep = "#[macro_export]\nmacro_rules! deep {\n    ($name:ident) => {\n        $crate::deeper!($name)\n    };\n}\n\
                #[macro_export]\nmacro_rules! deeper {\n    ($name:ident) => {\n        $crate::$name()\n    };\n}\n";
    unpacked(&place, "phantom", "2.0.0", "", &format!("{deep}{BYTES}"));
    for cold in [true, false] {
        let run = alone(&place, &["surface", "one"]);
        let first = run.stdout.lines().next();
        assert_eq!(first, Some("one/src/lib.rs:2:5: possible slice-index in one"), "cold: {cold}");
        assert!(run.stdout.contains("\n1 site\n"), "cold: {cold}");
    }
}

#[test]
fn a_statement_for_tests_alone_is_no_code_of_the_product() {
    let place = package("for-tests", "", "pub fn at(list: &[u8]) {\n    #[cfg(test)]\n    let _ = list[3];\n}\n");
    let surface: Value =
        serde_json::from_str(&alone(&place, &["surface", "--format", "json", "one"]).stdout).expect("JSON");
    assert_eq!(surface["sites"][0]["context"], serde_json::json!(["lib", "test"]));
    let run = alone(&place, &["scan", "--profile", "strict", "one"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn statistics_count_each_package_and_all_of_them() {
    let place = place("stats");
    let run = alone(&place, &["surface", "--stats"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let lines: Vec<&str> = run.stdout.lines().collect();
    let cells = |line: &str| {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        cells(lines[0]),
        ["crate", "files", "broken", "functions", "macros read", "typed", "resolved", "indeterminate"]
    );
    assert_eq!(cells(lines[1])[..4], ["one", "1", "·", "1"]);
    assert_eq!(cells(lines[1])[4], "0.0 %");
    assert_eq!(cells(lines[2]), ["two", "1", "·", "1", "·", "100.0 %", "·", "0.0 %"]);
    assert_eq!(cells(lines[3])[..4], ["all", "2", "·", "2"]);
    assert!(run.stdout.contains("0 of 2 read from sources on disk"), "{}", run.stdout);

    let json = alone(&place, &["surface", "--stats", "--format", "json"]).stdout;
    assert_meets("stats.v1.json", &json);
    let stats: Value = serde_json::from_str(&json).expect("JSON");
    let sum =
        |key: &str| stats["crates"].as_array().into_iter().flatten().filter_map(|one| one[key].as_u64()).sum::<u64>();
    for key in ["files", "functions", "macro_calls", "operands", "operands_typed", "calls", "calls_resolved", "sites"] {
        assert_eq!(Some(sum(key)), stats["all"][key].as_u64(), "{key}");
    }
}

#[test]
fn a_macro_that_a_scanned_crate_exports_is_expanded_where_others_call_it() {
    let place = place("exports");
    place.write("one/Cargo.toml", "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    let lib = "/// First of all.\n#[macro_export]\nmacro_rules! first {\n    ($list:expr) => {\n        $crate::of(&$list)[0]\n    };\n}\n\
               macro_rules! own {\n    ($list:expr) => {\n        $list[1]\n    };\n}\npub fn of(list: &[u8]) -> &[u8] {\n    list\n}\n\
               pub fn second(list: &[u8]) -> u8 {\n    own!(list)\n}\n";
    place.write("one/src/lib.rs", lib);
    let manifest = "[package]\nname = \"two\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\none = { path = \"../one\" }\n";
    place.write("two/Cargo.toml", manifest);
    place.write("two/src/lib.rs", "pub fn head(list: &[u8]) -> u8 {\n    one::first!(list)\n}\npub fn no(list: &[u8]) -> u8 {\n    own!(list)\n}\n");
    let run = alone(&place, &["surface"]);
    assert!(run.stdout.contains("one/src/lib.rs:5:9: possible slice-index in head"), "{}", run.stdout);
    assert!(run.stdout.contains("one/src/lib.rs:10:9: possible slice-index in second"), "{}", run.stdout);
    // What is not exported belongs to its crate alone.
    assert!(run.stdout.contains("note: 1 macro call was not expanded: own! (1)"), "{}", run.stdout);
}

#[test]
fn a_cfg_covers_the_file_of_its_module_and_those_below() {
    let place = Place::new("modules");
    place.write("Cargo.toml", "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    place.write("src/lib.rs", "#[cfg(feature = \"wide\")]\npub mod lanes;\npub mod plain;\n#[cfg(unix)]\n#[path = \"plain.rs\"]\npub mod again;\n");
    let text = "pub fn at(list: &[u8]) -> u8 {\n    list[0]\n}\n";
    place.write("src/lanes.rs", format!("#[cfg(unix)]\nmod inner;\n{text}"));
    place.write("src/lanes/inner.rs", text);
    place.write("src/plain.rs", text);
    let surface: Value = serde_json::from_str(&alone(&place, &["surface", "--format", "json"]).stdout).expect("JSON");
    let cfgs: Vec<(&str, &str)> = surface["sites"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|site| Some((site["file"].as_str()?, site["cfg"].as_str()?)))
        .collect();
    let all = [
        ("src/lanes.rs", "feature = \"wide\""),
        ("src/lanes/inner.rs", "all(feature = \"wide\", unix)"),
        ("src/plain.rs", ""),
    ];
    assert_eq!(cfgs, all);
}
