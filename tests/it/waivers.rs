//! What a waiver covers in code as it is written: its line, the next one, or all of what begins there.

use super::cli::Place;

/// Scans `code`; returns the lines of the findings that are left, with their rules.
fn left(place: &Place, code: &str) -> Vec<String> {
    place.write("src/lib.rs", code);
    let run = place.run(&["scan", "--format", "short"]);
    let told = run.stdout.lines().filter_map(|line| line.strip_prefix("src/lib.rs:"));
    told.filter_map(|line| {
        let mut parts = line.split(' ');
        let line = parts.next()?.split(':').next()?;
        Some(format!("{line} {}", parts.nth(1)?.trim_end_matches(':')))
    })
    .collect()
}

const ABOVE: &str = "// auditor: allow(unwrap) the caller checks";

#[test]
fn a_waiver_above_an_item_covers_all_of_it() {
    let place = Place::new("waiver-item");
    for head in [
        "pub fn f(x: Option<u8>) -> u8 {",
        "#[inline]\npub fn f(x: Option<u8>) -> u8 {",
        "/// Says why.\npub fn f(x: Option<u8>) -> u8 {",
        "// more\n#[inline]\n// and more\npub fn f(x: Option<u8>) -> u8 {",
        "pub mod m { pub fn f(x: Option<u8>) -> u8 {",
        "impl S { pub fn f(x: Option<u8>) -> u8 {",
    ] {
        let body = "\n    let y = x.unwrap();\n\n    y + x.unwrap()\n}";
        let closed = if head.matches('{').count() == 2 { "}" } else { "" };
        for before in
            ["", "pub struct S;\n", "pub struct S;\n\n", "// a word\n", "/// A struct.\npub struct S;\n// a word\n"]
        {
            let code = format!(
                "{before}{ABOVE}\n{head}{body}{closed}\n\npub fn other(x: Option<u8>) {{\n    x.unwrap();\n}}\n"
            );
            let last = code.lines().count() - 1;
            assert_eq!(left(&place, &code), [format!("{last} unwrap")], "{code}");
        }
    }
}

#[test]
fn a_waiver_between_or_behind_attributes_and_comments_covers_the_item_too() {
    let place = Place::new("waiver-between");
    for head in
        ["#[inline]\nW\npub fn", "/// Text.\nW\npub fn", "W\n#[inline]\n/// Text.\npub fn", "// text\nW\npub fn"]
    {
        let code = format!("{} f(x: Option<u8>) -> u8 {{\n    x.unwrap()\n}}\n", head.replace('W', ABOVE));
        assert!(left(&place, &code).is_empty(), "{code}");
    }
}

#[test]
fn a_waiver_within_a_body_covers_the_statement_below_and_no_more() {
    let place = Place::new("waiver-statement");
    let code = format!(
        "pub fn f(x: Option<u8>, z: Option<u8>) -> u8 {{\n    {ABOVE}\n    let y = if x.is_some() {{\n        x.unwrap()\n    }} else {{\n        \
         0\n    }};\n    {ABOVE}\n    x\n        .unwrap();\n    y + z.unwrap()\n}}\n"
    );
    assert_eq!(left(&place, &code), ["11 unwrap"]);
}

#[test]
fn a_lint_attribute_covers_what_it_stands_on_or_in() {
    let place = Place::new("waiver-lint");
    for code in [
        "// a word\n#[allow(clippy::unwrap_used)]\npub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n",
        "pub mod m {\n    #![allow(clippy::unwrap_used)]\n    pub fn f(x: Option<u8>) -> u8 {\n        x.unwrap()\n    }\n}\n",
        "pub fn f(x: Option<u8>) -> u8 {\n    // a word\n    #![expect(clippy::unwrap_used)]\n    x.unwrap()\n}\n",
        "pub struct S;\nimpl S {\n    #![allow(clippy::unwrap_used)]\n    pub fn f(x: Option<u8>) -> u8 {\n        x.unwrap()\n    }\n}\n",
        "#![allow(clippy::unwrap_used)]\npub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n",
    ] {
        assert!(left(&place, code).is_empty(), "{code}");
        let other = code.replace("unwrap_used", "panic");
        assert_eq!(left(&place, &other).len(), 1, "{other}");
    }
}

#[test]
fn a_panic_comment_with_its_reason_waives_what_it_covers() {
    let place = Place::new("waiver-panic-comment");
    let function = |inside: &str| format!("pub fn f(x: Option<u8>, v: &[u8]) -> u8 {{\n{inside}\n}}\n");
    for (inside, expected) in [
        ("    // PANIC: callers check `x`\n    x.unwrap()", &[][..]),
        ("    x.unwrap() // PANICS: callers check `x`", &[]),
        ("    // PANIC: callers check both,\n    // as the module says.\n    x.unwrap() + v[3]", &[]),
        ("    // PANIC:\n    x.unwrap()", &["3 unwrap"]),
        ("    // panic: it may\n    x.unwrap()", &["3 unwrap"]),
        ("    // PANIC: callers check `x`\n    let y = x.unwrap();\n\n    y + v[3]", &["5 slice-index"]),
    ] {
        assert_eq!(left(&place, &function(inside)), expected, "{inside}");
    }
    // One that covers nothing is told; one about what is ruled out says something true.
    place.write("src/lib.rs", function("    // PANIC: callers check `x`\n    x.unwrap_or(0)"));
    let run = place.run(&["scan", "--format", "short", "--select", "waiver,panic"]);
    assert!(run.stdout.contains("src/lib.rs:2:5: low unneeded-panic-comment"), "{}", run.stdout);
    place.write(
        "src/lib.rs",
        function("    if v.len() < 4 {\n        return 0;\n    }\n    // PANIC: four are there\n    v[3]"),
    );
    let run = place.run(&["scan", "--format", "short", "--select", "waiver,panic"]);
    assert!(!run.stdout.contains("unneeded-panic-comment"), "{}", run.stdout);
    // In the list of what is waived it is told apart.
    place.write("src/lib.rs", function("    x.unwrap() // PANIC: callers check `x`"));
    let json = place.run(&["scan", "--format", "json"]).stdout;
    assert!(json.contains("\"panic comment\"") && json.contains("callers check `x`"), "{json}");
}
