//! What every rule of the embedded packs must have.

use auditor::catalog::{Catalog, cwe_name};
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
    for pack in ["panic", "pointer", "waiver"] {
        let path = format!("{}/rules/{pack}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("the pack is there");
        let ids: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("id = ")).collect();
        assert!(ids.is_sorted() && !ids.is_empty(), "{pack}: {ids:?}");
    }
    let catalog = catalog();
    assert_eq!(catalog.packs().count(), 3);
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
