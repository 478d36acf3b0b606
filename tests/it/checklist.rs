//! `auditor checklist` on the two fixture services, with evidence and without: each control is seen to fail and to pass.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::cli::Place;
use super::reports::assert_meets;

fn service(name: &str) -> String {
    format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Evidence as a drill writes it: each fact with its control and status.
pub(super) fn evidence(facts: &[(&str, &str)]) -> String {
    let fact = |(control, status): &(&str, &str)| {
        json!({
            "id": format!("fact-of-{}", control.to_lowercase()), "controls": [control], "title": "a claim", "status": status,
            "value": 1, "comparison": "at-most", "limit": 2, "unit": "ms", "how": "measured", "time": "2026-12-01T00:00:00Z",
            "detail": null,
        })
    };
    json!({
        "schema": "auditor/evidence/v1", "nonce": "n", "tool": { "name": "auditor-drill", "version": "0.1.0" },
        "subject": { "program": "service", "digest": "sha256:00" }, "machine": {}, "started": "", "finished": "2026-12-01T00:00:00Z",
        "facts": facts.iter().map(fact).collect::<Vec<_>>(),
    })
    .to_string()
}

/// The results by control, of a run that must end with `code`.
pub(super) fn results(place: &Place, args: &[&str], code: i32) -> BTreeMap<String, Value> {
    let run = place.run(&[&["checklist", "--format", "json", "--no-config"], args].concat());
    assert_eq!(run.code, code, "{}", run.stderr);
    assert_meets("checklist.v1.json", &run.stdout);
    let report: Value = serde_json::from_str(&run.stdout).expect("it is JSON");
    let controls = report["controls"].as_array().expect("there are controls");
    controls.iter().map(|it| (it["id"].as_str().unwrap_or_default().to_owned(), it.clone())).collect()
}

pub(super) fn of(results: &BTreeMap<String, Value>, wanted: &str) -> Vec<String> {
    results.iter().filter(|(_, it)| it["result"] == wanted).map(|(id, _)| id.clone()).collect()
}

const BY_DRILL: [&str; 5] = ["RIS-RT-07a", "RIS-RT-09b", "RIS-RT-12c", "SIG-Runtime-4.2.3", "zero-panic-sla"];

#[test]
fn the_service_before_fails_what_the_one_after_passes() {
    let place = Place::new("checklist");
    let before = results(&place, &[&service("service-before"), "--require", "sig"], 1);
    let of_panics = ["panic-on-missing-env", "panic-on-parse-fail", "panic-surface-reduction", "storage-unavailable"]
        .map(str::to_owned);
    assert_eq!(of(&before, "Failed"), of_panics);
    assert_eq!(of(&before, "Not Run"), BY_DRILL);
    let deciding = &before["panic-surface-reduction"]["evidence"];
    assert_eq!(deciding[0]["findings"].as_array().map(Vec::len), Some(17), "all that the demonstration counts");
    assert_eq!(deciding[1]["seen"], "17 open findings, 0 waived: 17 of at most 3");

    let after = results(&place, &[&service("service-after"), "--require", "sig"], 0);
    assert_eq!(of(&after, "Failed"), [""; 0]);
    assert_eq!(of(&after, "Not Run"), BY_DRILL, "what was not given is never passed");
    let kept = &after["panic-surface-reduction"]["evidence"][1];
    assert_eq!(kept["seen"], "0 open findings, 3 waived: 3 of at most 3");
    assert!(kept["findings"].as_array().into_iter().flatten().all(|it| it["waiver_reason"].is_string()));
}

#[test]
fn facts_of_a_drill_decide_what_sources_cannot() {
    let place = Place::new("checklist-evidence");
    place.write("src/lib.rs", "pub fn f() {}\n");
    let with = |status: &str| {
        let facts: Vec<(&str, &str)> = BY_DRILL.iter().map(|control| (*control, status)).collect();
        place.write("evidence.json", evidence(&facts));
        results(&place, &["src", "--evidence", "evidence.json"], 0)
    };
    assert_eq!(of(&with("passed"), "Not Run"), [""; 0]);
    assert_eq!(of(&with("failed"), "Failed"), BY_DRILL);
    assert_eq!(of(&with("not-run"), "Not Run"), BY_DRILL);
    assert_eq!(of(&with("reported"), "Not Run"), BY_DRILL, "what has no limit decides nothing");
    place.write("evidence.json", evidence(&[("RIS-RT-12c", "passed"), ("RIS-RT-12c", "not-run")]));
    place.write("more.json", evidence(&[("RIS-RT-07a", "passed"), ("RIS-RT-07a", "failed")]));
    let mixed =
        results(&place, &["src", "--evidence", "evidence.json", "--evidence", "more.json", "--require", "sig"], 1);
    assert_eq!(
        (of(&mixed, "Needs Review"), of(&mixed, "Failed")),
        (vec!["RIS-RT-12c".into()], vec!["RIS-RT-07a".into()])
    );
    let seen = &mixed["RIS-RT-07a"]["evidence"][0];
    assert_eq!(seen["seen"], "1 fact failed: fact-of-ris-rt-07a");
    assert_eq!(seen["facts"][0]["file"], "more.json");
}

#[test]
fn pointers_are_open_until_they_are_argued() {
    let place = Place::new("checklist-pointers");
    let read = "pub fn f(at: usize) -> u8 {\n    // SAFETY: `at` is the address of a static byte.\n    unsafe { *(at as *const u8) }\n}\n";
    place.write("src/lib.rs", read);
    let open = results(&place, &["src"], 0);
    assert_eq!(of(&open, "Failed"), ["memory-safety", "pointer-contract"]);
    let argued = read.replace("u8) }", "u8) } // auditor: allow(int-to-pointer) the loader gives addresses");
    place.write("src/lib.rs", argued);
    assert_eq!(of(&results(&place, &["src"], 0), "Failed"), [""; 0]);
    // What is not looked at cannot pass.
    place.write("src/lib.rs", "pub fn f() {}\npub fn g( {\n");
    let run = results(&place, &["src", "--require", "sig"], 1);
    assert!(of(&run, "Needs Review").contains(&"memory-safety".to_owned()), "{:?}", of(&run, "Needs Review"));
}

#[test]
fn a_rule_that_is_not_looked_at_is_not_run() {
    let place = Place::new("checklist-unselected");
    place.write("src/lib.rs", "pub fn f(a: u8, b: u8) -> u8 {\n    a + b\n}\n");
    let sum = |config: &str, result: &str, seen: &str| {
        place.write("auditor.toml", config);
        let run = place.run(&["checklist", "src", "--pack", "scrc", "--format", "json"]);
        let report: Value = serde_json::from_str(&run.stdout).expect("it is JSON");
        let controls = report["controls"].as_array().expect("there are controls");
        let one = controls.iter().find(|it| it["id"] == "gui_dCquvqE1csI3").expect("it is in the pack");
        assert_eq!(
            (one["result"].as_str(), one["evidence"][0]["seen"].as_str()),
            (Some(result), Some(seen)),
            "{config}"
        );
    };
    sum("", "Failed", "1 open finding, 0 waived");
    sum("ignore = [\"integer-overflow\"]\n", "Not Run", "not looked at: integer-overflow");
    let path = "[[per-path-ignores]]\npaths = [\"src/**\"]\nrules = [\"integer-overflow\"]\n";
    sum(path, "Needs Review", "0 open findings, 0 waived; 1 finding ignored by the configuration");
}

#[test]
fn packs_of_ones_own_and_wrong_ones() {
    let place = Place::new("checklist-own");
    place.write("src/lib.rs", "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n");
    let pack = "name = \"house\"\ntitle = \"Ours\"\nsource = { kind = \"house\", name = \"our rules\" }\n[[control]]\nid = \"H1\"\n\
                title = \"No unwrap\"\nasks = \"None.\"\ndecided_by = [{ rules = [\"RULE\"] }]\n";
    place.write("house.toml", pack.replace("RULE", "unwrap"));
    assert_eq!(of(&results(&place, &["src", "--pack", "house.toml"], 0), "Failed"), ["H1"]);
    place.write("wrong.toml", pack.replace("RULE", "unwarp"));
    place.write("not.json", "{\"schema\": \"auditor/report/v1\"}");
    for (args, says) in [
        (["checklist", "src", "--pack", "wrong.toml"], "did you mean `unwrap`?"),
        (["checklist", "src", "--pack", "gis"], "there are sig, anssi-rust, scrc"),
        (["checklist", "src", "--evidence", "not.json"], "its schema is `auditor/report/v1`"),
        (["checklist", "src", "--evidence", "absent.json"], "cannot read absent.json"),
    ] {
        let run = place.run(&args);
        assert_eq!(run.code, 2, "{args:?}");
        assert!(run.stderr.contains(says), "{args:?}: {}", run.stderr);
    }
    let listed = place.run(&["controls", "sig"]);
    assert!(listed.stdout.contains("RIS-RT-12c") && listed.stdout.contains("no publication with these ids was found"));
    assert!(!listed.stdout.to_lowercase().contains("compliant"));
}
