//! What other tools wrote, given to `auditor checklist` as evidence: what it decides, what it does not, what is refused.

use std::process::Command;

use serde_json::{Value, json};

use super::checklist::{of, results};
use super::cli::Place;

/// A package of its own, and what cargo says of it: the compiler's own words.
fn compiled(place: &Place, command: &str, code: &str) {
    place.write("Cargo.toml", "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n");
    place.write("src/lib.rs", code);
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([command, "--offline", "--message-format=json", "--target-dir", "built"]).current_dir(place.path(""));
    for inherited in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_TARGET_DIR"] {
        cargo.env_remove(inherited);
    }
    let done = cargo.output().expect("cargo can be run");
    place.write("cargo.json", String::from_utf8(done.stdout).expect("it is UTF-8"));
}

fn with(place: &Place, file: &str, pack: &str) -> std::collections::BTreeMap<String, Value> {
    results(place, &["src", "--pack", pack, "--evidence", file], 0)
}

#[test]
fn diagnostics_of_the_compiler_decide_where_the_run_was_whole() {
    let place = Place::new("checklist-rustc");
    let index = "pub fn f() -> u8 {\n    let a = [1_u8, 2];\n    a[2]\n}\n";
    compiled(&place, "build", index);
    let failed = with(&place, "cargo.json", "sig");
    let reasons = failed["panic-surface-reduction"]["evidence"].as_array().expect("there are reasons");
    let by_lint = reasons.last().expect("the last is the compiler's");
    assert_eq!(
        (by_lint["result"].as_str(), by_lint["facts"][0]["id"].as_str()),
        (Some("Failed"), Some("unconditional_panic"))
    );
    assert_eq!(by_lint["facts"][0]["detail"], "src/lib.rs:3");

    // A check stops before it looks for that: that it is not there shows nothing, whatever it says of other lints.
    compiled(&place, "check", index);
    let checked = with(&place, "cargo.json", "sig");
    let reasons = checked["panic-surface-reduction"]["evidence"].as_array().expect("there are reasons");
    assert!(reasons.iter().all(|it| it["facts"].as_array().is_some_and(Vec::is_empty)));
    assert_eq!(reasons.len(), 2, "the rules and their budget alone");

    compiled(&place, "check", "pub fn f() {}\n");
    let passed = with(&place, "cargo.json", "sig");
    assert_eq!(passed["memory-safety"]["result"], "Passed");
    let seen = &passed["memory-safety"]["evidence"][1]["seen"];
    assert_eq!(seen, "no diagnostic of them that the sources do not allow");

    // A run that did not end well says nothing of what is not in it.
    compiled(&place, "check", "pub fn f() -> Missing {}\n");
    let broken = with(&place, "cargo.json", "sig");
    assert_eq!(broken["memory-safety"]["evidence"].as_array().map(Vec::len), Some(1), "only the scan speaks");
}

/// A line as cargo writes it for a lint of clippy.
fn of_clippy(lint: &str) -> String {
    let help = "for further information visit https://rust-lang.github.io/rust-clippy/rust-1.95.0/index.html#a";
    json!({
        "reason": "compiler-message", "package_id": "path+file:///w/tiny#0.1.0",
        "message": {
            "message": "a lint", "level": "warning", "code": { "code": lint, "explanation": null }, "rendered": "a lint",
            "spans": [{ "file_name": "src/lib.rs", "line_start": 7, "is_primary": true }],
            "children": [{ "message": help, "level": "help", "code": null, "spans": [], "children": [] }],
        },
    })
    .to_string()
}

#[test]
fn a_lint_that_may_be_off_is_not_shown_to_be_absent() {
    let place = Place::new("checklist-clippy");
    place.write("src/lib.rs", "pub fn f() {}\n");
    let pack = |more: &str| {
        let text = "name = \"own\"\ntitle = \"t\"\nsource = { kind = \"k\", name = \"n\" }\n[[control]]\nid = \"C\"\ntitle = \"t\"\n\
                    asks = \"a\"\ndecided_by = [{ lints = [\"clippy::unwrap_used\"]MORE }]\n";
        place.write("own.toml", text.replace("MORE", more));
    };
    let end = "{\"reason\":\"build-finished\",\"success\":true}\n";
    let run = |lines: &str| {
        place.write("clippy.json", format!("{lines}\n{end}"));
        let one = with(&place, "clippy.json", "own.toml");
        format!("{}: {}", one["C"]["result"], one["C"]["evidence"][0]["seen"]).replace('"', "")
    };
    pack("");
    assert_eq!(run(&of_clippy("clippy::unwrap_used")), "Failed: 1 diagnostic of clippy::unwrap_used");
    assert_eq!(run(&of_clippy("clippy::needless_return")), "Not Run: no diagnostic of them, which may be off");
    pack(", on_by_default = true");
    assert_eq!(run(""), "Not Run: no diagnostic of them, and nothing shows that clippy ran");
    assert_eq!(
        run(&of_clippy("clippy::needless_return")),
        "Passed: no diagnostic of them that the sources do not allow"
    );
    let told = place.run(&["checklist", "src", "--no-config", "--evidence", "clippy.json", "--format", "json"]);
    let report: Value = serde_json::from_str(&told.stdout).expect("it is JSON");
    assert_eq!(
        (&report["evidence"][0]["tool"], &report["evidence"][0]["subject"]),
        (&json!("clippy rust-1.95.0"), &json!("tiny"))
    );
}

#[test]
fn checks_of_cargo_deny_count_where_they_ran() {
    let place = Place::new("checklist-deny");
    place.write("src/lib.rs", "pub fn f() {}\n");
    let counts = |errors: u64| json!({ "errors": errors, "warnings": 1, "notes": 0, "helps": 0 });
    let result = |fields: Value| {
        let advisory = json!({ "type": "diagnostic", "fields": {
            "severity": "error", "message": "a hole", "code": "vulnerability", "labels": [], "graphs": [], "notes": [],
            "advisory": { "id": "RUSTSEC-2020-0071", "package": "time" },
        } });
        place.write("deny.json", format!("{advisory}\n{}\n", json!({ "type": "summary", "fields": fields })));
        with(&place, "deny.json", "anssi-rust")["LIBS-AUDIT"]["result"].as_str().map(str::to_owned)
    };
    assert_eq!(result(json!({ "advisories": counts(0) })).as_deref(), Some("Passed"));
    assert_eq!(result(json!({ "advisories": counts(1), "bans": counts(0) })).as_deref(), Some("Failed"));
    assert_eq!(result(json!({ "bans": counts(0) })).as_deref(), Some("Not Run"), "the check was not made");
}

#[test]
fn a_log_of_miri_fails_what_the_scan_alone_passes() {
    let place = Place::new("checklist-miri");
    place.write("src/lib.rs", "pub fn f() {}\n");
    let log = "Preparing a sysroot for Miri (target: x86_64-unknown-linux-gnu)... done\n\
               \x20    Running unittests src/lib.rs (target/miri/x86_64-unknown-linux-gnu/debug/deps/tiny-1)\n\
               test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s\n";
    place.write("miri.log", log);
    let passed = with(&place, "miri.log", "sig");
    assert_eq!((of(&passed, "Failed"), &passed["memory-safety"]["result"]), (vec![], &json!("Passed")));
    assert_eq!(passed["memory-safety"]["evidence"][1]["seen"], "1 fact passed");
    place.write(
        "miri.log",
        format!("{log}error: Undefined Behavior: using uninitialized data\n   --> src/lib.rs:3:9\n"),
    );
    let failed = with(&place, "miri.log", "sig");
    assert_eq!(of(&failed, "Failed"), ["memory-safety"]);
    assert_eq!(failed["memory-safety"]["evidence"][1]["facts"][0]["detail"], "src/lib.rs:3:9");
}

#[test]
fn what_is_no_evidence_is_an_error_that_names_the_place() {
    let place = Place::new("checklist-refused");
    place.write("src/lib.rs", "pub fn f() {}\n");
    let end = "{\"reason\":\"build-finished\",\"success\":true}";
    let deep = format!("{{\"reason\":{}", "[".repeat(100_000));
    for (text, says) in [
        ("", "given: it is no evidence: it is empty"),
        ("test result: ok. 3 passed; 0 failed", "nothing in it tells its kind"),
        ("{\"a\": 1}", "none of the keys that tell its kind"),
        (&format!("{end}\n\nerror: could not compile"), "given:3: it is no message of cargo"),
        (
            &format!("{end}\n{{\"reason\":\"other\"}}"),
            "given:2: it is no message of cargo or diagnostic of rustc: cargo has no such",
        ),
        (
            "{\"type\":\"summary\",\"fields\":{}}\n{\"type\":\"verdict\",\"fields\":{}}",
            "given:2: it is no line of cargo-deny",
        ),
        ("{\"type\":\"summary\",\"fields\":{\"bans\":{\"errors\":-1}}}", "given:1: it is no line of cargo-deny"),
        (&deep, "given: it is no evidence"),
    ] {
        place.write("given", text);
        let run = place.run(&["checklist", "src", "--no-config", "--evidence", "given"]);
        assert_eq!(run.code, 2, "{says}");
        assert!(run.stderr.contains(says), "{says}: {}", run.stderr);
    }
}
