//! What every rule of the embedded packs must have.

use std::collections::BTreeSet;

use auditor::audit::{ScanRequest, audit};
use auditor::catalog::{Catalog, Overrides, Policy, Profile, cwe_name};
use auditor::finding::Severity;

fn catalog() -> Catalog {
    Catalog::embedded().expect("the embedded packs are in order")
}

#[test]
fn every_rule_says_what_why_and_what_instead() {
    for rule in catalog().rules() {
        for (name, text) in [("title", &rule.title), ("why", &rule.why), ("fix", &rule.fix)] {
            assert!(!text.trim().is_empty(), "{}: no {name}", rule.id);
        }
        assert!(rule.title.chars().count() <= 100, "{}: the title is long", rule.id);
        assert!(!rule.title.ends_with('.') && !rule.title.contains('\n'), "{}: a title is one clause", rule.id);
        for text in [&rule.why, &rule.fix] {
            assert!(text.ends_with('.'), "{}: not a sentence: {text}", rule.id);
            assert!(text.chars().count() <= 400, "{}: too long: {text}", rule.id);
        }
        assert!(!rule.bad.is_empty() && !rule.good.is_empty() && rule.bad != rule.good, "{}: examples", rule.id);
        assert!(rule.matches.is_none(), "{}: embedded rules have checks", rule.id);
    }
}

#[test]
fn examples_are_rust() {
    for rule in catalog().rules() {
        for code in [&rule.bad, &rule.good] {
            let block = syn::parse_str::<syn::Block>(&format!("{{\n{code}\n}}"));
            assert!(block.is_ok(), "{}: {code}\n{:?}", rule.id, block.err());
        }
    }
}

/// What decides these is a type: until it is known they are sites of another kind, or none.
const BY_TYPE: [&str; 7] =
    ["fn-pointer-cast", "int-to-pointer", "map-index", "pointer-to-int", "str-index", "union-read", "user-index"];
/// The ledger lists these however well they are argued.
const LEDGER: [&str; 2] = ["from-raw-parts", "unsafe-impl"];

#[test]
fn the_bad_example_is_found_and_the_good_one_is_not() {
    // Rules about contexts are about ways through whole programs: `reach.rs` has their samples.
    for rule in catalog().rules().iter().filter(|rule| rule.context.is_none()) {
        let id = rule.id.as_str();
        assert!(BY_TYPE.contains(&id) || sites(&rule.bad).contains(id), "{id}: not found in\n{}", rule.bad);
        assert!(LEDGER.contains(&id) || !sites(&rule.good).contains(id), "{id}: found in\n{}", rule.good);
    }
}

/// The rules of all sites and findings in `code`.
fn sites(code: &str) -> BTreeSet<String> {
    let overrides = Overrides { profile: Some(Profile::Strict), ..Overrides::default() };
    let policy = Policy::load(None, &overrides).expect("in order");
    let stdin = Some(("example.rs".to_owned(), format!("fn example() {{\n{code}\n}}\n").into_bytes()));
    let request = ScanRequest { stdin, jobs: Some(1), ..ScanRequest::default() };
    let audit = audit(&request, policy).expect("there is something to look at");
    assert!(audit.program.gaps.is_empty(), "{:?}\n{code}", audit.program.gaps);
    let rest = audit.triaged.rest.iter().map(|site| site.rule.to_string());
    audit.triaged.findings.iter().map(|found| found.site.rule.to_string()).chain(rest).collect()
}

#[test]
fn inventory_is_strict_and_only_inventory_is_info() {
    for rule in catalog().rules().iter().filter(|rule| rule.severity == Severity::Info) {
        assert_eq!(rule.profile.as_str(), "strict", "{}", rule.id);
    }
}

#[test]
fn every_weakness_has_a_name_and_every_panic_and_pointer_rule_a_reference() {
    for rule in catalog().rules() {
        for number in &rule.references.cwe {
            assert!(cwe_name(*number).is_some(), "{}: CWE-{number} has no name", rule.id);
        }
        if &*rule.pack != "waiver" {
            assert!(!rule.references.cwe.is_empty() || !rule.references.anssi.is_empty(), "{}: no reference", rule.id);
        }
    }
}

#[test]
fn packs_are_sorted_and_names_do_not_clash() {
    for pack in ["panic", "pointer", "reach", "task", "unwind", "waiver"] {
        let path = format!("{}/rules/{pack}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("the pack is there");
        let ids: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("id = ")).collect();
        assert!(ids.is_sorted() && !ids.is_empty(), "{pack}: {ids:?}");
    }
    let catalog = catalog();
    assert_eq!(catalog.packs().count(), 6);
    assert!(catalog.packs().all(|(name, _)| catalog.rule(name).is_none()));
}

#[test]
fn lints_lead_to_their_rules() {
    let catalog = catalog();
    let rules = |lint: &str| catalog.rules_for_lint(lint).map(|rule| rule.id.to_string()).collect::<Vec<_>>();
    assert!(rules("clippy::unwrap_used").contains(&"unwrap".to_owned()));
    assert_eq!(rules("clippy::indexing_slicing"), ["range-index", "slice-index"]);
    assert_eq!(rules("static_mut_refs"), ["static-mut"]);
    assert_eq!(rules("unwrap_used"), Vec::<String>::new());
}

#[test]
fn a_typing_error_is_answered_with_the_nearest_name() {
    let catalog = catalog();
    assert_eq!(catalog.suggestion("unwarp"), "did you mean `unwrap`?");
    assert_eq!(catalog.suggestion("pointr"), "did you mean `pointer`?");
    assert_eq!(catalog.suggestion("frobnicate"), "`auditor rules` lists the rules");
}
