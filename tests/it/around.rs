//! What surrounds the scanned files: the rest of their package and what it depends on by path give their code its types, and
//! are not reported themselves.

use serde_json::Value;

use super::cli::{Place, Run};

/// A workspace of two packages, and one beside it; `one` needs both of the others.
fn place(name: &str) -> Place {
    let place = Place::new(name);
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
    };
    place.write("ws/Cargo.toml", "[workspace]\nmembers = [\"one\", \"two\"]\n");
    let needs = "[dependencies]\ntwo = { path = \"../two\" }\nbeyond = { path = \"../../beyond\" }\n";
    place.write("ws/one/Cargo.toml", package("one", needs));
    place.write("ws/one/src/lib.rs", "mod deep;\nmod rows;\n");
    place.write("ws/one/src/rows.rs", "pub struct Rows {\n    pub all: Vec<u64>,\n}\n");
    place.write("ws/one/src/deep/mod.rs", "mod sum;\n");
    place.write(
        "ws/one/src/deep/sum.rs",
        "use crate::rows::Rows;\n\npub fn sum(rows: &Rows, at: usize) -> u64 {\n    rows.all[at] / two::parts()\n}\n\n\
         pub fn share(part: f64) -> f64 {\n    part / two::whole(|it| it)\n}\n\npub fn far(at: usize) -> u8 {\n    \
         beyond::bytes()[at]\n}\n\npub fn first(rows: &Rows) -> u64 {\n    two::first!(rows.all)\n}\n",
    );
    place.write("ws/two/Cargo.toml", package("two", ""));
    place.write(
        "ws/two/src/lib.rs",
        "pub fn parts() -> u64 {\n    None.unwrap()\n}\n\npub fn whole(of: impl Fn(f64) -> f64) -> f64 {\n    of(1.0)\n}\n\n\
         #[macro_export]\nmacro_rules! first {\n    ($rows:expr) => {\n        *$rows.first().expect(\"a row\")\n    };\n}\n",
    );
    place.write("beyond/Cargo.toml", package("beyond", ""));
    place.write("beyond/src/lib.rs", "pub fn bytes() -> &'static [u8] {\n    b\"beyond\"\n}\n");
    place
}

fn surface(place: &Place, path: &str, more: &[&str]) -> Value {
    let run = place.run(&[&["surface", "--format", "json", path], more].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    serde_json::from_str(&run.stdout).expect("JSON")
}

/// `kind line verdict` of the sites in the files whose path ends so.
fn sites(surface: &Value, file: &str) -> Vec<String> {
    let sites = surface["sites"].as_array().expect("sites").iter();
    let sites = sites.filter(|site| site["file"].as_str().is_some_and(|path| path.ends_with(file)));
    let text = |site: &Value, key: &str| site[key].as_str().expect("text").to_owned();
    sites.map(|site| format!("{} {} {}", text(site, "kind"), site["line"], text(site, "verdict"))).collect()
}

#[test]
fn a_file_alone_a_folder_and_a_member_have_the_sites_that_they_have_in_the_whole() {
    let place = place("around-parts");
    let whole = sites(&surface(&place, "ws", &[]), "sum.rs");
    let known = ["slice-index 4 possible", "integer-division 4 possible"];
    assert!(known.iter().all(|site| whole.contains(&(*site).to_owned())), "{whole:?}");
    assert!(!whole.iter().any(|site| site.starts_with("integer-division 8")), "{whole:?}");
    for part in ["ws/one", "ws/one/src", "ws/one/src/deep", "ws/one/src/deep/sum.rs"] {
        let surface = surface(&place, part, &[]);
        assert_eq!(sites(&surface, "sum.rs"), whole, "{part}");
        assert_eq!(sites(&surface, "").len(), whole.len(), "{part}: what surrounds it is not reported");
        assert_eq!(surface["coverage"]["macro_calls_expanded"], 1, "{part}");
    }
    assert_eq!(surface(&place, "ws/one/src/deep/sum.rs", &[])["coverage"]["files"], 1);
}

#[test]
fn what_is_excluded_gives_types_and_no_sites() {
    let place = place("around-excluded");
    let whole = sites(&surface(&place, "ws", &[]), "sum.rs");
    let rest = surface(&place, "ws", &["--exclude", "two/**", "--exclude", "rows.rs"]);
    assert_eq!(sites(&rest, "sum.rs"), whole);
    assert_eq!(sites(&rest, "").len(), whole.len());
    assert_eq!(rest["coverage"]["files"], 3);
}

#[test]
fn a_folder_outside_the_checkout_is_not_read_and_is_told() {
    let place = place("around-beyond");
    let outside = surface(&place, "ws/one", &[]);
    assert!(sites(&outside, "sum.rs").contains(&"slice-index 12 indeterminate".to_owned()), "{outside}");
    assert_eq!(outside["unknown"]["dependencies"], serde_json::json!(["beyond"]));
    // A repository around both makes them one checkout.
    place.write(".git/HEAD", "");
    let inside = surface(&place, "ws/one", &[]);
    assert!(sites(&inside, "sum.rs").contains(&"slice-index 12 possible".to_owned()), "{inside}");
    assert_eq!(inside["unknown"]["dependencies"], serde_json::json!([]));
}

#[test]
fn standard_input_stands_in_for_the_file_of_its_name() {
    let place = place("around-stdin");
    let text = place.read("ws/one/src/deep/sum.rs").replace("rows.all[at]", "rows.all[0]");
    place.write("text", &text);
    let name = "ws/one/src/deep/sum.rs";
    let from = |args: &[&str]| {
        let file = std::fs::File::open(place.path("text")).expect("the text is there");
        Run::of(place.command(args).stdin(file)).stdout
    };
    let placed = from(&["scan", "-", "--format", "short", "--stdin-filename", name]);
    assert!(placed.contains("sum.rs:4:5: medium slice-index"), "{placed}");
    assert!(placed.starts_with(name), "{placed}");
    assert!(!from(&["scan", "-", "--format", "short"]).contains("slice-index"), "without a package no type is known");
}

#[test]
fn people_read_paths_from_where_they_stand() {
    let place = place("around-paths");
    let line = "ws/one/src/deep/sum.rs:4:5: medium";
    for path in ["ws", "ws/one", "ws/one/src/deep/sum.rs"] {
        let run = place.run(&["scan", "--format", "short", path]);
        assert!(run.stdout.contains(line), "{path}: {}", run.stdout);
        let text = place.run(&["scan", path]).stdout;
        assert!(text.contains("[ws/one/src/deep/sum.rs:4:5]"), "{path}: {text}");
    }
    let surface = surface(&place, "ws/one", &[]);
    assert_eq!(surface["sites"][0]["file"], "src/deep/sum.rs", "machines read them from the scanned folder");
}

#[test]
fn a_file_that_several_crates_of_a_package_declare_means_the_same_to_each() {
    let place = Place::new("around-shared");
    place.write("Cargo.toml", "[package]\nname = \"shared\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    place.write("src/lib.rs", "pub mod config;\n");
    place.write("src/config.rs", "pub struct Config {\n    pub all: Vec<u32>,\n}\n");
    place.write(
        "src/main.rs",
        "mod config;\n\nfn main() {\n    let it = config::Config { all: vec![] };\n    it.all[0];\n}\n",
    );
    place.write("tests/common/mod.rs", "pub static FILES: &[&str] = &[];\n");
    for test in ["tests/a.rs", "tests/b.rs"] {
        place.write(test, "mod common;\nuse crate::common::FILES;\n\n#[test]\nfn first() {\n    FILES[0];\n}\n");
    }
    let surface = surface(&place, ".", &[]);
    assert_eq!(sites(&surface, "main.rs"), ["slice-index 5 always"]);
    for test in ["tests/a.rs", "tests/b.rs"] {
        assert_eq!(sites(&surface, test), ["slice-index 6 possible"], "{test}");
    }
}
