//! `auditor diff`, and what SARIF says of a comparison.

use serde_json::Value;

use super::cli::Place;
use super::reports::assert_meets;

const BEFORE: &str = "\
pub fn first(x: Option<u8>) -> u8 {
    x.unwrap()
}
pub fn second(x: Option<u8>) -> u8 {
    x.expect(\"there\")
}
pub fn third(x: Option<u8>) -> u8 {
    x.unwrap() // auditor: allow(unwrap) it is there
}
pub fn fourth(v: &[u8]) -> u8 {
    v[0]
}
";

/// `first` stays and moves down, the code of `second` is in `fifth` now, `fourth` is mended, `sixth` is new.
const AFTER: &str = "\
pub fn sixth(x: Option<u8>, y: Option<u8>) -> u8 {
    x.unwrap() + y.unwrap()
}
pub fn first(x: Option<u8>) -> u8 {
    x.unwrap()
}
pub fn fifth(x: Option<u8>) -> u8 {
    x.expect(\"there\")
}
";

fn place(name: &str) -> Place {
    let place = Place::new(name);
    place.write("Cargo.toml", "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    for (text, name) in [(BEFORE, "before"), (AFTER, "after")] {
        place.write("src/lib.rs", text);
        for format in ["json", "sarif"] {
            let run = place.run(&["scan", "--format", format, "-o", &format!("{name}.{format}"), "-q"]);
            assert_eq!(run.code, 1, "{}", run.stderr);
        }
    }
    place
}

#[test]
fn what_is_new_moved_and_gone_is_told_from_either_format() {
    let place = place("diff");
    for (one, other) in [("json", "json"), ("sarif", "sarif"), ("json", "sarif"), ("sarif", "json")] {
        let (before, after) = (format!("before.{one}"), format!("after.{other}"));
        let run = place.run(&["diff", &before, &after, "--format", "short"]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert_eq!(lines.len(), 4, "{}", run.stdout);
        assert!(lines[0].starts_with("src/lib.rs:2:5: medium unwrap: "), "{}", run.stdout);
        assert!(lines[1].starts_with("src/lib.rs:2:18: medium unwrap: "), "{}", run.stdout);
        assert!(
            lines[2].starts_with("src/lib.rs:8:5: medium expect: ") && lines[2].ends_with(" [moved]"),
            "{}",
            run.stdout
        );
        assert!(lines[3].starts_with("src/lib.rs:11:5: medium slice-index: ") && lines[3].ends_with(" [gone]"));
        let text = place.run(&["diff", &before, &after]).stdout;
        assert!(text.ends_with(&format!("from {before} to {after}: 2 new, 1 known, 1 moved, 1 gone\n")), "{text}");
        assert!(text.contains("in fifth (was in second)\n"), "{text}");
    }
    let json = place.run(&["diff", "before.json", "after.sarif", "--format", "json"]).stdout;
    assert_meets("diff.v1.json", &json);
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!((&json["summary"]["new"], &json["moved"][0]["moved_from"]), (&2.into(), &"second".into()), "{json}");
    let markdown = place.run(&["diff", "before.json", "after.json", "--format", "markdown"]).stdout;
    assert_eq!(markdown.lines().filter(|line| line.starts_with("| new | medium | unwrap | src/lib.rs:2 |")).count(), 2);
}

#[test]
fn the_exit_code_is_about_what_is_new() {
    let place = place("diff-codes");
    for (args, code) in [
        (&["diff", "before.json", "before.sarif"][..], 0),
        (&["diff", "before.json", "after.json"], 1),
        (&["diff", "before.json", "after.json", "--fail-on", "high"], 0),
        (&["diff", "before.json", "after.json", "--fail-on", "never"], 0),
        (&["diff", "before.json", "none.json"], 2),
        (&["diff", "before.json", "Cargo.toml"], 2),
    ] {
        let run = place.run(args);
        assert_eq!(run.code, code, "{args:?}: {}", run.stderr);
    }
    place.write("surface.json", place.run(&["surface", "--format", "json"]).stdout);
    let run = place.run(&["diff", "before.json", "surface.json"]);
    assert!(run.stderr.contains("`auditor/surface/v1` is no report of findings"), "{}", run.stderr);
    // Another tool's log has findings without what names them.
    let other = "{\"runs\":[{\"tool\":{\"driver\":{\"name\":\"x\"}},\"results\":[{\"ruleId\":\"a\",\"message\":{\"text\":\"m\"},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"a.rs\"}}}]}]}]}";
    place.write("other.sarif", other);
    assert!(place.run(&["diff", "before.json", "other.sarif"]).stderr.contains("1 findings have no `expression`"));
}

#[test]
fn sarif_says_what_is_new_unchanged_and_absent() {
    let place = place("diff-sarif");
    place.write("src/lib.rs", BEFORE);
    assert_eq!(place.run(&["baseline"]).code, 0);
    place.write("src/lib.rs", AFTER);
    let log = |args: &[&str]| {
        let run = place.run(&[&["scan", "--format", "sarif"], args].concat());
        let log: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr));
        let results = log["runs"][0]["results"].as_array().expect("results").clone();
        let states = results.iter().map(|one| one["baselineState"].as_str().unwrap_or("none").to_owned());
        (states.collect::<Vec<_>>(), results)
    };
    let (mut states, results) = log(&["--baseline"]);
    states.sort();
    assert_eq!(states, ["absent", "new", "new", "unchanged", "unchanged"]);
    let absent = results.iter().find(|one| one["baselineState"] == "absent").expect("it is there");
    assert_eq!(absent["ruleId"], "slice-index");
    assert_eq!(absent["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "fourth");
    assert!(log(&[]).0.iter().all(|state| state == "none"));
    let (states, _) = log(&["--baseline", "--sarif-profile", "github"]);
    assert_eq!(states, ["new", "new"]);
}
