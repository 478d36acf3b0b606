//! What triage makes of sites: waivers and what they cover, the gate, selection, hygiene, fingerprints.

use auditor::audit::{Audit, Program, decide};
use auditor::catalog::{Overrides, Policy, Profile};
use auditor::finding::Status;
use auditor::source::{Gap, GapKind};

use super::sample::{file_lint, program};

fn policy() -> Policy {
    Policy::load(None, &Overrides::default()).expect("the embedded rules are in order")
}

fn audit(text: &str) -> Audit {
    decide(program(&[("src/lib.rs", text)]), policy())
}

/// Rule and status of each finding: `unwrap active`, `unwrap waived: reason`.
fn verdicts(audit: &Audit) -> Vec<String> {
    let finding = |found: &auditor::finding::Finding| {
        let more = match &found.status {
            Status::Active => String::new(),
            Status::Waived { reason, .. } => format!(": {}", reason.as_deref().unwrap_or("-")),
            Status::Known { .. } => String::new(),
            Status::Ignored(why) => format!(": {why}"),
        };
        format!("{} {}{more}", found.site.rule, found.status.as_str())
    };
    audit.triaged.findings.iter().map(finding).collect()
}

#[track_caller]
fn assert_verdicts(text: &str, expected: &[&str]) {
    assert_eq!(verdicts(&audit(text)), expected);
}

#[test]
fn a_waiver_at_the_end_of_a_line_covers_that_line_only() {
    assert_verdicts(
        "let a = ⟪unwrap|x.unwrap()⟫; // auditor: allow(unwrap) checked\nlet b = ⟪unwrap|y.unwrap()⟫;\n",
        &["unwrap waived: checked", "unwrap active"],
    );
}

#[test]
fn a_waiver_next_to_the_last_call_of_a_chain_covers_the_chain() {
    assert_verdicts(
        "⟪unwrap|x\n  .first()\n  .unwrap()⟫ // auditor: allow(unwrap) ok\n  .len();\n",
        &["unwrap waived: ok"],
    );
    assert_verdicts("x\n", &[]);
    assert_verdicts("⟪unwrap|x\n  .first()\n  // auditor: allow(unwrap) ok\n  .unwrap()⟫;\n", &["unwrap waived: ok"]);
}

#[test]
fn a_waiver_on_the_line_above_covers_the_next_code_line() {
    assert_verdicts(
        "// auditor: allow(unwrap) ok\n// more words\n\nf(⟪unwrap|x.unwrap()⟫);\ng(⟪unwrap|x.unwrap()⟫);\n",
        &["unwrap waived: ok", "unwrap active"],
    );
}

#[test]
fn a_waiver_above_an_item_covers_all_of_it() {
    let body = "fn f() {\n  ⟪unwrap|x.unwrap()⟫;\n  ⟪expect|y.expect()⟫;\n}";
    let text = format!("// auditor: allow(unwrap) ok\n⦃{body}⦄\n⟪unwrap|z.unwrap()⟫;\n");
    assert_verdicts(&text, &["unwrap waived: ok", "expect active", "unwrap active"]);
}

#[test]
fn a_waiver_between_docs_attributes_and_the_keyword_covers_the_item() {
    for head in ["/// Docs.\n#[inline]\n", "#[doc = \"]\"]\n", "/// Docs.\n", "#[a]\n// why\n#[b]\n"] {
        let text = format!("⦃{head}// auditor: allow(unwrap) ok\nfn f() {{\n  ⟪unwrap|x.unwrap()⟫;\n}}⦄\n");
        assert_verdicts(&text, &["unwrap waived: ok"]);
    }
    for head in ["/// Docs.\n", "#[inline]\n"] {
        let text = format!("// auditor: allow(unwrap) ok\n⦃{head}fn f() {{\n  ⟪unwrap|x.unwrap()⟫;\n}}⦄\n");
        assert_verdicts(&text, &["unwrap waived: ok"]);
    }
}

#[test]
fn a_waiver_within_a_body_does_not_cover_the_whole_body() {
    assert_verdicts(
        "⦃fn f() {\n  // auditor: allow(unwrap) ok\n  ⟪unwrap|x.unwrap()⟫;\n  ⟪unwrap|y.unwrap()⟫;\n}⦄\n",
        &["unwrap waived: ok", "unwrap active"],
    );
}

#[test]
fn the_innermost_waiver_is_the_one_that_is_used() {
    assert_verdicts(
        "// auditor: allow(unwrap) outer\n⦃fn f() {\n  // auditor: allow(unwrap) inner\n  ⦃let a = ⟪unwrap|x.unwrap()⟫;⦄\n  ⟪unwrap|y.unwrap()⟫\n}⦄\n",
        &["unwrap waived: inner", "unwrap waived: outer"],
    );
}

#[test]
fn one_waiver_can_name_several_rules_and_block_comments_count() {
    assert_verdicts(
        "⟪unwrap|⟪slice-index|x[0]⟫.unwrap()⟫; /* auditor: allow(unwrap, slice-index) both */\n",
        &["slice-index waived: both", "unwrap waived: both"],
    );
}

#[test]
fn doc_comments_are_no_waivers() {
    assert_verdicts("/// auditor: allow(unwrap) no\n⦃fn f() { ⟪unwrap|x.unwrap()⟫ }⦄\n", &["unwrap active"]);
}

#[test]
fn hygiene_reports_what_justifies_nothing() {
    assert_verdicts(
        "⟪unwrap|x.unwrap()⟫; // auditor: allow(unwrap)\n// auditor: allow(unwrp, expect) typo\n// auditor: allow unwrap\n",
        &[
            "unwrap waived: -",
            "waiver-without-reason active",
            "unknown-rule-in-waiver active",
            "unused-waiver active",
            "malformed-waiver active",
        ],
    );
}

#[test]
fn a_waiver_is_used_by_sites_that_do_not_count() {
    // A strict rule, a discharged site, test code.
    assert_verdicts("⟪integer-overflow|a + b⟫; // auditor: allow(integer-overflow) bounded\n", &[]);
    assert_verdicts("⟪slice-index=discharged:i < len|v[i]⟫; // auditor: allow(slice-index) bounded\n", &[]);
    let tests = [("tests/a.rs", "⟪unwrap|x.unwrap()⟫; // auditor: allow(unwrap) test\n")];
    assert_eq!(verdicts(&decide(program(&tests), policy())), ["unwrap ignored: test code"]);
}

#[test]
fn undecided_sites_in_tests_are_outside_the_gate_too() {
    let audit = decide(program(&[("tests/a.rs", "⟪unwrap=indeterminate:x|x.unwrap()⟫ ⟪unwrap|y.unwrap()⟫")]), policy());
    let total = audit.triaged.tally.total();
    assert_eq!((total.ignored, total.indeterminate), (2, 0));
}

#[test]
fn an_unused_waiver_proves_nothing_in_a_file_that_was_not_wholly_understood() {
    let mut program = program(&[("src/lib.rs", "// auditor: allow(unwrap) gone\n")]);
    assert_eq!(verdicts(&decide(clone(&program), policy())), ["unused-waiver active"]);
    program.gaps.push(Gap::new(GapKind::SyntaxError, "src/lib.rs", "does not parse"));
    assert_eq!(verdicts(&decide(program, policy())), Vec::<String>::new());
}

#[test]
fn lint_attributes_are_waivers_and_listed_when_used() {
    let mut program =
        program(&[("src/lib.rs", "#![allow(clippy::unwrap_used)]\n⟪unwrap|x.unwrap()⟫ ⟪expect|y.expect()⟫\n")]);
    program.lints.push(file_lint(&program, "clippy::unwrap_used", Some("a demo")));
    let audit = decide(program, policy());
    assert_eq!(verdicts(&audit), ["unwrap waived: a demo", "expect active"]);
    assert_eq!(audit.triaged.waivers.len(), 1);
}

#[test]
fn a_lint_that_waives_nothing_is_neither_listed_nor_reported() {
    let mut program = program(&[("src/lib.rs", "#![allow(clippy::unwrap_used)]\n")]);
    program.lints.push(file_lint(&program, "clippy::unwrap_used", None));
    let audit = decide(program, policy());
    assert_eq!((verdicts(&audit).len(), audit.triaged.waivers.len()), (0, 0));
}

#[test]
fn a_lint_attribute_waives_the_call_that_it_speaks_of() {
    let text = "#![allow(clippy::expect_used)]\n⟪parse-unwrap/unwrap|x.parse().unwrap()⟫ ⟪parse-unwrap/expect|y.parse().expect(\"a\")⟫\n";
    let mut program = program(&[("src/lib.rs", text)]);
    program.lints.push(file_lint(&program, "clippy::expect_used", None));
    assert_eq!(verdicts(&decide(program, policy())), ["parse-unwrap active", "parse-unwrap waived: -"]);
}

#[test]
fn a_comment_waiver_wins_over_a_lint_attribute() {
    let text = "#![allow(clippy::unwrap_used)]\n⟪unwrap|x.unwrap()⟫; // auditor: allow(unwrap) mine\n";
    let mut program = program(&[("src/lib.rs", text)]);
    program.lints.push(file_lint(&program, "clippy::unwrap_used", Some("theirs")));
    assert_eq!(verdicts(&decide(program, policy())), ["unwrap waived: mine"]);
}

#[test]
fn nothing_is_dropped() {
    let text = "⟪unwrap|a()⟫ ⟪unwrap=always|b()⟫ ⟪unwrap=discharged:c|c()⟫ ⟪unwrap=indeterminate:d|d()⟫ ⟪raw-deref|*p⟫ ⟪no-rule|q⟫";
    let audit = audit(text);
    let total = audit.triaged.tally.total();
    assert_eq!((total.active, total.discharged, total.indeterminate, total.unselected), (2, 1, 1, 2));
    assert_eq!(audit.triaged.findings.len() + audit.triaged.rest.len(), 6);
}

#[test]
fn tests_count_when_asked_for() {
    let files = [("src/lib.rs", "⟪unwrap|x.unwrap()⟫"), ("tests/a.rs", "⟪unwrap|x.unwrap()⟫")];
    let audit = decide(program(&files), policy());
    assert_eq!(verdicts(&audit), ["unwrap active", "unwrap ignored: test code"]);
    let overrides = Overrides { all_targets: true, ..Overrides::default() };
    let all = Policy::load(None, &overrides).expect("in order");
    assert_eq!(verdicts(&decide(program(&files), all)), ["unwrap active", "unwrap active"]);
}

#[test]
fn selection_takes_rules_packs_and_profiles() {
    let text = "⟪unwrap|x.unwrap()⟫ ⟪raw-deref|*p⟫ ⟪static-mut|S⟫";
    let select = |names: &[&str], profile| {
        let select = names.iter().map(|&name| name.to_owned()).collect();
        let policy = Policy::load(None, &Overrides { select, profile, ..Overrides::default() }).expect("in order");
        verdicts(&decide(program(&[("src/lib.rs", text)]), policy))
    };
    assert_eq!(select(&[], None), ["unwrap active", "static-mut active"]);
    assert_eq!(select(&["pointer"], None), ["static-mut active"]);
    assert_eq!(select(&["raw-deref"], None), ["raw-deref active"]);
    assert_eq!(select(&["pointer"], Some(Profile::Strict)), ["raw-deref active", "static-mut active"]);
}

#[test]
fn the_gate_is_severity() {
    let fails = |text: &str, fail_on: &str| {
        let fail_on = fail_on.parse().ok();
        let policy = Policy::load(None, &Overrides { fail_on, ..Overrides::default() }).expect("in order");
        decide(program(&[("src/lib.rs", text)]), policy).fails()
    };
    assert!(fails("⟪env-unwrap|x⟫", "high"));
    assert!(!fails("⟪expect|x⟫", "high"));
    assert!(fails("⟪expect|x⟫", "low"));
    assert!(!fails("⟪unwrap|x⟫", "never"));
    assert!(!fails("", "info"));
}

#[test]
fn equal_sites_have_different_fingerprints_that_moving_lines_keeps() {
    let prints = |text: &str| -> Vec<String> {
        audit(text).triaged.findings.iter().map(|found| found.fingerprint.to_string()).collect()
    };
    let before = prints("⟪unwrap|x.unwrap()⟫;\n⟪unwrap|x.unwrap()⟫;\n");
    assert_eq!(before.len(), 2);
    assert_ne!(before[0], before[1]);
    assert_eq!(before, prints("\n\nlet a = ⟪unwrap|x .unwrap()⟫;\n\n⟪unwrap|x.unwrap()⟫;\n"));
}

#[test]
fn a_long_run_of_waivers_is_read_once() {
    let text = format!("{}⟪unwrap|x.unwrap()⟫;\n", "// auditor: allow(unwrap) one of many\n".repeat(50_000));
    let started = std::time::Instant::now();
    let audit = audit(&text);
    assert_eq!(audit.triaged.tally.total().waived, 1);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn ten_thousand_waivers_and_sites_meet_quickly() {
    // A waiver on each item and on each line, nested items: quadratic matching would take minutes.
    let line = "⦃// w\n// auditor: allow(unwrap) ok\n⦃⟪unwrap|x.unwrap()⟫;⦄ ⟪expect|y.expect()⟫; // auditor: allow(expect) ok\n⦄";
    let text = line.repeat(20_000);
    let started = std::time::Instant::now();
    let audit = audit(&text);
    assert_eq!(audit.triaged.tally.total().waived, 40_000);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

fn clone(program: &Program) -> Program {
    let again: Vec<(&str, &str)> = program.files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    super::sample::program(&again)
}
