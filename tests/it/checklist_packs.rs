//! The packs of publications: each control is seen to fail by what speaks against it, and to pass without.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::checklist::{evidence, of, results};
use super::cli::Place;

/// What each line does is what one of the controls asks not to do.
const BAD: &str = "\
pub fn unwraps(x: Option<u8>) -> u8 { x.unwrap() }
pub fn divides(a: u8, b: u8) -> u8 { a / b }
pub fn indexes(all: &[u8], at: usize) -> u8 { all[at] }
pub fn parses(text: &str) -> u32 { text.parse().unwrap() }
pub fn asks() -> String { std::env::var(\"HOME\").unwrap() }
pub fn reads() -> String { std::fs::read_to_string(\"rates\").unwrap() }
pub fn drops() { let _ = std::panic::catch_unwind(|| {}); }
";

/// The same with what can fail handled.
const GOOD: &str = "\
pub fn unwraps(x: Option<u8>) -> u8 { x.unwrap_or(0) }
pub fn divides(a: u8, b: u8) -> Option<u8> { a.checked_div(b) }
pub fn indexes(all: &[u8], at: usize) -> Option<u8> { all.get(at).copied() }
pub fn parses(text: &str) -> Option<u32> { text.parse().ok() }
";

fn run(place: &Place, pack: &str, code: &str, status: &str, errors: u64) -> BTreeMap<String, Value> {
    place.write("src/lib.rs", code);
    let drilled = ["RIS-RT-07a", "RIS-RT-09b", "SIG-Runtime-4.2.3"].map(|control| (control, status));
    place.write("drill.json", evidence(&drilled));
    let summary = json!({ "type": "summary", "fields": { "advisories": { "errors": errors, "warnings": 0 } } });
    place.write("deny.json", format!("{summary}\n"));
    results(place, &["src", "--pack", pack, "--evidence", "drill.json", "--evidence", "deny.json"], 0)
}

#[test]
fn each_control_fails_by_what_speaks_against_it_and_passes_without() {
    let place = Place::new("checklist-packs");
    for (pack, controls) in [("owasp-a10-2025", 6), ("owasp-asvs-5-v16", 6), ("openssf-osps", 2)] {
        let bad = run(&place, pack, BAD, "failed", 1);
        assert_eq!(of(&bad, "Failed").len(), controls, "{pack}: {:?}", of(&bad, "Passed"));
        let good = run(&place, pack, GOOD, "passed", 0);
        assert_eq!(of(&good, "Passed").len(), controls, "{pack}: {:?}", of(&good, "Failed"));
    }
}

#[test]
fn each_weakness_fails_its_own_control_alone() {
    let place = Place::new("checklist-weakness");
    let by_line = ["CWE-248", "CWE-369", "CWE-754", "CWE-755", "CWE-754", "CWE-755", "CWE-391"];
    for (line, weakness) in BAD.lines().zip(by_line) {
        let failed = of(&run(&place, "owasp-a10-2025", line, "passed", 0), "Failed");
        assert_eq!(failed, [format!("A10:2025/{weakness}")], "{line}");
    }
}

#[test]
fn what_is_not_given_is_not_run() {
    let place = Place::new("checklist-packs-bare");
    place.write("src/lib.rs", GOOD);
    let bare = |pack: &str| of(&results(&place, &["src", "--pack", pack], 0), "Not Run");
    assert_eq!(bare("owasp-a10-2025"), ["A10:2025/global-handler"]);
    assert_eq!(bare("owasp-asvs-5-v16"), ["16.2.1", "16.2.4", "16.3.4", "16.5.4"]);
    assert_eq!(bare("openssf-osps"), ["OSPS-VM-05.03"]);
}
