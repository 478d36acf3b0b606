//! A site in a macro's body stands at its definition and names the calls that make it, in every report that shows places.

use serde_json::{Value, json};

use super::cli::{Place, Run};

/// A package whose macro is called in two files, once within another macro and ten times by a third.
fn place(name: &str) -> Place {
    let place = Place::new(name);
    place.write("Cargo.toml", "[package]\nname = \"calls\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    place.write(
        "src/lib.rs",
        "macro_rules! first {\n    ($rows:expr) => {\n        $rows[0]\n    };\n}\nmacro_rules! both {\n    ($rows:expr) => \
         {\n        first!($rows) + $rows[1]\n    };\n}\nmacro_rules! getter {\n    ($($name:ident)*) => {\n        $(pub fn \
         $name(text: &str) -> char {\n            text.chars().next().unwrap()\n        })*\n    };\n}\nmod other;\n\n\
         pub fn sum(rows: &[u8]) -> u8 {\n    first!(rows) + both!(rows)\n}\n\npub fn at(rows: &[u8], at: usize) -> u8 {\n    \
         first!([rows[at]])\n}\n\ngetter!(a b);\n",
    );
    let calls: Vec<String> = (0..10).map(|at| format!("getter!(g{at});\n")).collect();
    place.write("src/other.rs", calls.concat());
    place
}

fn findings(run: &Run) -> Vec<Value> {
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    report["findings"].as_array().expect("findings").clone()
}

/// `file:line:column` of the places that belong to the finding of `rule` in `src/lib.rs` at `line`.
fn places(findings: &[Value], rule: &str, line: u64) -> Vec<String> {
    let at = |it: &&Value| it["rule"] == rule && it["file"] == "src/lib.rs" && it["line"] == line;
    let finding = findings.iter().find(at).expect("the finding is there");
    let places = finding["related"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
    places.map(|it| format!("{}:{}:{}", it["file"].as_str().expect("a path"), it["line"], it["column"])).collect()
}

#[test]
fn a_site_in_a_macros_body_names_the_calls_that_make_it() {
    let found = findings(&place("related-json").run(&["scan", "--format", "json", "."]));
    assert_eq!(places(&found, "slice-index", 3), ["src/lib.rs:21:5", "src/lib.rs:21:20", "src/lib.rs:25:5"]);
    assert_eq!(places(&found, "slice-index", 8), ["src/lib.rs:21:20"]);
    assert_eq!(places(&found, "slice-index", 25), [""; 0], "an argument stands at its call");
    let unwraps = places(&found, "unwrap", 14);
    assert_eq!((unwraps.len(), unwraps.first().map(String::as_str)), (8, Some("src/lib.rs:28:1")));
    let unwrap = found.iter().find(|it| it["rule"] == "unwrap").expect("it is there");
    assert_eq!(unwrap["related_more"], 3, "eleven calls, eight of them listed");
    assert_eq!(unwrap["related"][1], json!({"file": "src/other.rs", "line": 1, "column": 1, "label": "expanded here"}));
}

#[test]
fn text_and_sarif_lead_to_the_calls() {
    let place = place("related-text");
    let text = place.run(&["scan", "--color", "never", "."]).stdout;
    assert!(text.contains("see src/lib.rs:21:5: expanded here"), "{text}");
    assert!(text.contains("and 7 more places"), "{text}");
    let sarif: Value = serde_json::from_str(&place.run(&["scan", "--format", "sarif", "."]).stdout).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let unwrap = results.iter().find(|it| it["ruleId"] == "unwrap").expect("it is there");
    let message = unwrap["message"]["text"].as_str().expect("a message");
    assert!(message.ends_with("See [expanded here](8). And 3 more places."), "{message}");
    assert_eq!(unwrap["relatedLocations"].as_array().map(Vec::len), Some(8));
}
