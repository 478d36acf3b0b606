//! Waivers that are written at findings, and waivers that cover nothing and are taken out.

use super::super::cli::{Place, Run};

fn waive(place: &Place, args: &[&str]) -> Run {
    place.run(&[&["waive", "--reason", "the caller checks", "--allow-dirty"], args].concat())
}

/// What is written for the `unwrap`s of `before`; asserts that it covers them, and that a second run writes nothing.
fn waived(place: &Place, before: &str) -> String {
    place.write("src/lib.rs", before);
    let run = waive(place, &["--rule", "unwrap,slice-index"]);
    assert_eq!(run.code, 0, "{}{before}", run.stderr);
    let after = place.read("src/lib.rs");
    let left = place.run(&["scan", "--select", "unwrap,slice-index", "--format", "short", "--quiet"]);
    assert_eq!((left.code, left.stdout.as_str()), (0, ""), "{after}");
    assert_eq!(waive(place, &["--rule", "unwrap,slice-index"]).code, 0);
    assert_eq!(place.read("src/lib.rs"), after);
    after
}

#[test]
fn a_waiver_stands_above_a_simple_statement_and_behind_what_holds_blocks() {
    let place = Place::new("waive");
    let head = "pub fn f(x: Option<u8>, v: &[u8]) -> u8 {\n";
    let cases = [
        (
            "    let y = x.unwrap();\n    y\n}\n",
            "    // auditor: allow(unwrap) the caller checks\n    let y = x.unwrap();\n    y\n}\n",
        ),
        // Two rules of one statement, over two lines.
        (
            "    let y = x.unwrap()\n        + v[1];\n    y\n}\n",
            "    // auditor: allow(slice-index, unwrap) the caller checks\n    let y = x.unwrap()\n        + v[1];\n    y\n}\n",
        ),
        (
            "    if x.unwrap() > 1 {\n        return v[2];\n    }\n    0\n}\n",
            "    if x.unwrap() > 1 { // auditor: allow(unwrap) the caller checks\n        // auditor: allow(slice-index) the caller checks\n        return v[2];\n    }\n    0\n}\n",
        ),
        // A comment stands there already.
        (
            "    match x.unwrap() { // a word\n        _ => 1,\n    }\n}\n",
            "    match x.unwrap() { /* auditor: allow(unwrap) the caller checks */ // a word\n        _ => 1,\n    }\n}\n",
        ),
    ];
    for (before, after) in cases {
        assert_eq!(waived(&place, &format!("{head}{before}")), format!("{head}{after}"));
        let windows = |text: &str| format!("{head}{text}").replace('\n', "\r\n");
        assert_eq!(waived(&place, &windows(before)), windows(after));
    }
}

#[test]
fn other_rules_and_other_statements_stay_findings() {
    let place = Place::new("waive-others");
    place.write("src/lib.rs", "pub fn f(x: Option<u8>, v: &[u8]) -> u8 {\n    let y = x.unwrap() + v[1];\n    y\n}\n");
    assert_eq!(waive(&place, &["--rule", "unwrap"]).code, 0);
    let left = place.run(&["scan", "--select", "unwrap,slice-index", "--format", "short", "--quiet"]).stdout;
    assert!(left.contains("slice-index") && !left.contains("unwrap:"), "{left}");
}

#[test]
fn a_waiver_has_a_reason_and_a_rule_that_is_known() {
    let place = Place::new("waive-reason");
    let code = "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n";
    place.write("src/lib.rs", code);
    for args in [
        &["waive", "--rule", "unwrap"][..],
        &["waive", "--rule", "unwrap", "--reason", "  "],
        &["waive", "--rule", "unwrap", "--reason", "two\nlines"],
        &["waive", "--rule", "unwrap", "--reason", "ends */ it"],
        &["waive", "--reason", "why"],
        &["waive", "--rule", "unwarp", "--reason", "why", "--allow-dirty"],
        &["waive", "--rule", "unwrap", "--reason", "why"],
    ] {
        assert_eq!((place.run(args).code, place.read("src/lib.rs").as_str()), (2, code), "{args:?}");
    }
    let run = waive(&place, &["--rule", "unwrap", "--diff"]);
    assert_eq!((run.code, place.read("src/lib.rs").as_str()), (1, code));
    assert!(run.stdout.contains("+    // auditor: allow(unwrap) the caller checks"), "{}", run.stdout);
}

#[test]
fn waivers_that_cover_nothing_are_taken_out() {
    let place = Place::new("waive-unused");
    let before = "// auditor: allow(unwrap) nothing is here\npub fn f() {}\n\npub fn g(x: Option<u8>) -> u8 {\n    let y = 1; // auditor: allow(expect) nor here\n    // auditor: allow(expect, unwrap, slice-index) checked\n    x.unwrap() + y\n}\n/* auditor: allow(unwrap, expect) x */ pub fn h() {}\n";
    let after = "pub fn f() {}\n\npub fn g(x: Option<u8>) -> u8 {\n    let y = 1;\n    // auditor: allow(unwrap) checked\n    x.unwrap() + y\n}\npub fn h() {}\n";
    place.write("src/lib.rs", before);
    let run = place.run(&["fix", "--select", "unused-waiver,panic", "--allow-dirty"]);
    assert_eq!((run.code, place.read("src/lib.rs").as_str()), (0, after), "{}", run.stderr);
}
