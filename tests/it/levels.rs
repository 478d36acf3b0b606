//! Lint levels, test attributes and predicates as rustc has them: which findings they leave.

use serde_json::Value;

use super::cli::Place;

/// `file:line status rule` of each finding of a scan of the place.
fn findings(place: &Place) -> Vec<String> {
    let run = place.run(&["scan", "--no-config", "--format", "json", "--profile", "strict", "--fail-on", "never", "."]);
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let told = report["findings"].as_array().expect("findings").iter().map(|it| {
        let text = |key: &str| it[key].as_str().expect("text").to_owned();
        format!("{}:{} {} {}", text("file"), it["line"], text("status"), text("rule"))
    });
    told.filter(|told| told.ends_with(" unwrap") || told.ends_with(" slice-index")).collect()
}

fn package(name: &str, dependencies: &str) -> Place {
    let place = Place::new(name);
    let manifest = format!("[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{dependencies}");
    place.write("Cargo.toml", &manifest);
    place
}

const UNWRAP: &str = "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n";

#[test]
fn levels_hold_for_the_files_of_the_modules_that_they_cover() {
    let place = package("levels-files", "");
    place.write(
        "src/lib.rs",
        "#![allow(clippy::indexing_slicing)]\npub mod loud;\n#[allow(clippy::unwrap_used)]\npub mod quiet;\n#[deny(clippy::indexing_slicing)]\npub mod strict;\n",
    );
    place.write("src/loud.rs", UNWRAP);
    place.write("src/quiet.rs", "pub mod deep;\n#[warn(clippy::unwrap_used)]\npub mod again;\n");
    place.write("src/quiet/deep.rs", UNWRAP);
    place.write("src/quiet/again.rs", UNWRAP);
    place.write("src/strict.rs", "pub fn f(x: &[u8]) -> u8 {\n    x[0]\n}\n#[allow(clippy::indexing_slicing)]\npub fn g(x: &[u8]) -> u8 {\n    x[0]\n}\n");
    assert_eq!(
        findings(&place),
        [
            "src/loud.rs:2 active unwrap",
            "src/quiet/again.rs:2 active unwrap",
            "src/quiet/deep.rs:2 waived unwrap",
            "src/strict.rs:2 active slice-index",
            "src/strict.rs:6 waived slice-index",
        ]
    );
}

#[test]
fn a_conditional_level_holds_where_its_condition_does() {
    let place = package("levels-conditions", "[features]\ndefault = [\"on\"]\non = []\noff = []\n");
    let function = |condition: &str| format!("#[cfg_attr({condition}, allow(clippy::unwrap_used))]\n{UNWRAP}");
    let conditions = ["test", "not(test)", "feature = \"on\"", "feature = \"off\"", "windows", "any()", "not(any())"];
    let text: String = conditions.iter().map(|condition| function(condition)).collect();
    place.write("src/lib.rs", &text);
    assert_eq!(
        findings(&place),
        [
            "src/lib.rs:3 active unwrap",
            "src/lib.rs:7 waived unwrap",
            "src/lib.rs:11 waived unwrap",
            "src/lib.rs:15 active unwrap",
            "src/lib.rs:19 active unwrap",
            "src/lib.rs:23 active unwrap",
            "src/lib.rs:27 waived unwrap",
        ]
    );
}

#[test]
fn a_level_on_a_macro_call_has_no_effect() {
    let place = package("levels-calls", "");
    place.write(
        "src/lib.rs",
        "macro_rules! same {\n    ($($t:tt)*) => { $($t)* };\n}\n#[allow(clippy::unwrap_used)]\nsame! { pub fn f(x: Option<u8>) -> u8 { x.unwrap() } }\n\
         pub fn g(x: Option<u8>, y: Option<u8>) {\n    #[allow(clippy::unwrap_used)]\n    same!(x.unwrap());\n    #[allow(clippy::unwrap_used)]\n    y.unwrap();\n}\n",
    );
    assert_eq!(
        findings(&place),
        ["src/lib.rs:5 active unwrap", "src/lib.rs:8 active unwrap", "src/lib.rs:10 waived unwrap"]
    );
}

#[test]
fn an_attribute_makes_a_test_by_the_crate_that_it_comes_from() {
    let dependencies = "[dependencies]\ntokio = \"1\"\nevil = \"1\"\nt = { package = \"test-log\", version = \"1\" }\n[dev-dependencies]\nanyones = \"1\"\n";
    let place = package("levels-tests", dependencies);
    let attributes = [
        ("#[tokio::test]", "ignored"),
        ("#[evil::test]", "active"),
        ("#[t::test]", "ignored"),
        ("#[anyones::thing]", "ignored"),
        ("#[imported]", "ignored"),
        ("#[wasm_bindgen_test]", "active"),
        ("#[test]", "ignored"),
        ("#[local::test]", "active"),
        ("#[cfg(kani)]", "ignored"),
        ("#[cfg(not(not(test)))]", "ignored"),
        ("#[cfg_attr(unix, test)]", "active"),
    ];
    let mut text = "use tokio::test as imported;\nmod local {}\n".to_owned();
    let mut expected = Vec::new();
    for (line, (attribute, status)) in (5..).step_by(4).zip(attributes) {
        text.push_str(attribute);
        text.push('\n');
        text.push_str(UNWRAP);
        expected.push(format!("src/lib.rs:{line} {status} unwrap"));
    }
    place.write("src/lib.rs", &text);
    assert_eq!(findings(&place), expected);
}

#[test]
fn without_a_manifest_names_have_to_do() {
    let place = Place::new("levels-alone");
    place.write("one.rs", format!("#[wasm_bindgen_test]\n{UNWRAP}#[quickcheck]\n{UNWRAP}#[evil::test]\n{UNWRAP}"));
    assert_eq!(findings(&place), ["one.rs:3 ignored unwrap", "one.rs:7 ignored unwrap", "one.rs:11 active unwrap"]);
}

#[test]
fn a_file_that_the_product_declares_as_well_is_the_products() {
    let place = package("levels-twice", "");
    place.write("src/lib.rs", "#[cfg(test)]\nmod one;\n#[cfg(not(test))]\nmod one;\n#[cfg(test)]\nmod two;\n");
    place.write("src/one.rs", UNWRAP);
    place.write("src/two.rs", UNWRAP);
    assert_eq!(findings(&place), ["src/one.rs:2 active unwrap", "src/two.rs:2 ignored unwrap"]);
}
