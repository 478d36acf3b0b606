//! Macros by scope, across files and crates: which definition a call means, and what is told of those that nothing defines.

use serde_json::Value;

use super::cli::Place;

/// `file:line rule` of each site that can panic, and the macros that were not read.
fn scanned(place: &Place) -> (Vec<String>, Vec<String>) {
    let run = place.run(&["scan", "--no-config", "--format", "json", "--profile", "strict", "--fail-on", "never", "."]);
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let told = report["findings"].as_array().expect("findings").iter();
    let told = told.map(|it| {
        format!("{}:{} {}", it["file"].as_str().expect("text"), it["line"], it["rule"].as_str().expect("text"))
    });
    let unknown = report["unknown"]["macros"].as_object().expect("macros").keys().cloned().collect();
    (told.collect(), unknown)
}

fn package(place: &Place, at: &str, name: &str, rest: &str) {
    let manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n{rest}");
    place.write(&format!("{at}Cargo.toml"), &manifest);
}

#[test]
fn a_macro_is_known_where_the_text_of_its_crate_makes_it_known() {
    let place = Place::new("macros-text");
    package(&place, "", "p", "edition = \"2021\"\n");
    place.write(
        "src/lib.rs",
        "mod before;\n#[macro_use]\nmod macros;\nmod after;\n#[path = \"odd/place.rs\"]\nmod odd;\nmod hidden;\nmod last;\n",
    );
    place.write("src/macros.rs", "macro_rules! take { ($e:expr) => { $e.unwrap() }; }\nmacro_rules! define { ($n:ident) => { macro_rules! $n { ($e:expr) => { $e.expect(\"x\") }; } }; }\n");
    let call = "pub fn f(x: Option<u8>) -> u8 { take!(x) }\n";
    place.write("src/before.rs", call);
    place.write("src/after.rs", call);
    place.write("src/odd/place.rs", format!("define!(made);\n{call}pub mod below;\n"));
    place.write("src/odd/below.rs", "pub fn f(x: Option<u8>) -> u8 { made!(x) }\n");
    place.write(
        "src/hidden.rs",
        "macro_rules! take { ($e:expr) => { 0 }; }\npub fn f(x: Option<u8>) -> u8 { take!(x) }\n",
    );
    place.write("src/last.rs", call);
    let (found, unknown) = scanned(&place);
    assert_eq!(found, ["src/macros.rs:1 unwrap", "src/macros.rs:2 expect"]);
    assert_eq!(unknown, ["take"], "the call before the definition is not that macro's");
}

#[test]
fn a_macro_of_another_crate_is_found_by_the_paths_that_lead_to_it() {
    let place = Place::new("macros-crates");
    place.write("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\", \"c\"]\n");
    package(&place, "a/", "a", "edition = \"2021\"\n");
    place.write(
        "a/src/lib.rs",
        "#[macro_export]\nmacro_rules! outer { ($e:expr) => { $crate::inner!($e) }; }\n#[macro_export]\nmacro_rules! inner { ($e:expr) => { $e.unwrap() }; }\n\
         #[macro_export(local_inner_macros)]\nmacro_rules! local { ($e:expr) => { inner!($e) }; }\npub mod re { pub use crate::outer as renamed; }\n",
    );
    package(&place, "b/", "b", "edition = \"2021\"\n[dependencies]\nother = { package = \"a\", path = \"../a\" }\n");
    place.write(
        "b/src/lib.rs",
        "pub use other;\npub use other::re::renamed as assert;\n#[macro_use]\nextern crate other as o;\npub fn f(x: Option<u8>) {\n    other::outer!(x);\n    assert!(x);\n    \
         local!(x);\n    outer!(x);\n}\n",
    );
    package(&place, "c/", "c", "edition = \"2018\"\n[dependencies]\nb = { path = \"../b\" }\n");
    place.write(
        "c/src/main.rs",
        "use b::other::*;\nfn main() {\n    inner!(None::<u8>);\n    b::assert!(None::<u8>);\n}\n",
    );
    let (found, unknown) = scanned(&place);
    assert_eq!(found, ["a/src/lib.rs:4 unwrap"]);
    assert!(unknown.is_empty(), "{unknown:?}");
    let run = place.run(&["scan", "--no-config", "--format", "json", "--profile", "strict", "--fail-on", "never", "."]);
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let related = report["findings"][0]["related"].as_array().expect("the calls");
    let calls = related.iter().filter(|it| it["label"] == "expanded here").count();
    assert_eq!(calls, 6, "{}", report["findings"][0]);
}

#[test]
fn a_macro_that_nothing_known_defines_is_told() {
    let place = Place::new("macros-unknown");
    package(&place, "", "p", "edition = \"2021\"\n[dependencies]\nvendor = \"1\"\nlog = \"0.4\"\n");
    place.write(
        "src/lib.rs",
        "use vendor::assert;\nuse log::info as say;\npub fn f(x: u32, v: &[u8]) -> u32 {\n    assert!(x > 0);\n    vendor::error!(x);\n    say!(\"{}\", v[0]);\n    x\n}\n",
    );
    let (found, unknown) = scanned(&place);
    assert_eq!(found, ["src/lib.rs:6 slice-index"]);
    assert_eq!(unknown, ["assert", "vendor::error"]);
}

#[test]
fn an_expression_of_2021_is_neither_an_underscore_nor_a_constant_block() {
    let text = "macro_rules! any { ($x:expr) => { None::<u8>.unwrap() }; (_) => { 2 }; (const $t:tt) => { 3 }; }\n\
                pub fn f() -> [u8; 2] { [any!(_), any!(const { 1 })] }\n";
    for (edition, found) in [("2021", 0), ("2024", 1)] {
        let place = Place::new(&format!("macros-edition-{edition}"));
        package(&place, "", "p", &format!("edition = \"{edition}\"\n"));
        place.write("src/lib.rs", text);
        assert_eq!(scanned(&place).0.len(), found, "{edition}");
    }
}

#[test]
fn definitions_under_several_cfgs_leave_the_usual_one() {
    let place = Place::new("macros-cfgs");
    package(&place, "", "p", "edition = \"2021\"\n[features]\ndefault = [\"std\"]\nstd = []\n");
    place.write(
        "src/lib.rs",
        "#[cfg(feature = \"std\")]\nmacro_rules! m { ($e:expr) => { $e.unwrap() }; }\n#[cfg(not(feature = \"std\"))]\nmacro_rules! m { ($e:expr) => { 0 }; }\n\
         #[cfg(test)]\nmacro_rules! m { ($e:expr) => { 1 }; }\npub fn f(x: Option<u8>) -> u8 { m!(x) }\n",
    );
    assert_eq!(scanned(&place).0, ["src/lib.rs:2 unwrap"]);
}

#[test]
fn functions_in_a_macro_that_nothing_reads_are_a_gap() {
    let place = Place::new("macros-closed");
    package(&place, "", "p", "edition = \"2021\"\n[dependencies]\nverifier = \"1\"\n");
    place.write(
        "src/lib.rs",
        "verifier::verify! {\n    fn one(x: Option<u8>) -> u8 { x.unwrap() }\n    spec fn two();\n    fn three() {}\n}\nverifier::note!(fn);\n",
    );
    let run = place.run(&["scan", "--no-config", "--format", "json", "."]);
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let gaps = report["gaps"].as_array().expect("gaps");
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(gaps[0]["reason"].as_str().is_some_and(|reason| reason.starts_with("2 functions within")), "{gaps:?}");
}
