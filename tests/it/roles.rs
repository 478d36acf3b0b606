//! What is product and what is not, and that what compiles is looked at: by the module tree, not by where a file lies.

use super::cli::Place;

const PACKAGE: &str = "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
const BAD: &str = "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n";

/// The exit code of a scan, and the places of its findings.
fn found(place: &Place, args: &[&str]) -> (i32, String) {
    let run = place.run(&[&["scan", "--format", "short", "--quiet", "."], args].concat());
    let places = run.stdout.lines().filter_map(|line| line.split_once(": ").map(|(place, _)| place));
    (run.code, places.collect::<Vec<_>>().join(" "))
}

#[test]
fn what_the_product_reaches_is_product_whatever_else_reaches_it() {
    for (what, manifest, lib) in [
        ("test target", "[[test]]\nname = \"t\"\npath = \"src/m.rs\"\n", "pub mod m;"),
        ("bench target", "[[bench]]\nname = \"t\"\npath = \"src/m.rs\"\n", "pub mod m;"),
        ("example target", "[[example]]\nname = \"t\"\npath = \"src/m.rs\"\n", "pub mod m;"),
        ("two cfgs", "", "#[cfg(test)] mod m; #[cfg(not(test))] pub mod m;"),
        ("two names", "", "#[cfg(test)] mod m; #[path = \"m.rs\"] pub mod product;"),
        ("any cfg", "", "#[cfg(any(test, feature = \"x\"))] pub mod m;"),
    ] {
        let place = Place::new(&format!("reach-{}", what.replace(' ', "-")));
        place.write("Cargo.toml", format!("{PACKAGE}{manifest}"));
        place.write("src/lib.rs", lib);
        place.write("src/m.rs", BAD);
        assert_eq!(found(&place, &[]), (1, "src/m.rs:2:5".to_owned()), "{what}");
    }
    let place = Place::new("reach-build");
    place.write("Cargo.toml", PACKAGE.replace("edition", "build = \"src/m.rs\"\nedition"));
    place.write("src/lib.rs", "pub mod m;");
    place.write("src/m.rs", BAD);
    assert_eq!(found(&place, &[]).1, "src/m.rs:2:5");
}

#[test]
fn what_tests_and_verification_alone_reach_is_theirs() {
    let place = Place::new("reach-aside");
    place.write("Cargo.toml", PACKAGE);
    let lib = "#[cfg(test)] mod a;\n#[cfg(all(kani, unix))] mod b;\n#[cfg(any(loom, miri))] mod c;\n#[cfg(fuzzing)] pub fn d(x: Option<u8>) \
               -> u8 { x.unwrap() }\n#[path = \"../tests/shared.rs\"]\npub mod shared;\n#[cfg(test)] #[path = \"inner.rs\"] mod e;\n";
    place.write("src/lib.rs", lib);
    for path in ["src/a.rs", "src/b.rs", "src/c.rs", "src/inner.rs", "tests/shared.rs", "tests/it.rs"] {
        place.write(path, BAD);
    }
    assert_eq!(found(&place, &[]), (1, "tests/shared.rs:2:5".to_owned()), "the library reaches it");
    let all = found(&place, &["--all-targets"]).1;
    assert_eq!(all.split(' ').count(), 7, "{all}");
    let json = place.run(&["scan", "--format", "json", "."]).stdout;
    assert!(json.contains("\"verification code\"") && json.contains("\"test code\""), "{json}");
}

#[test]
fn code_in_odd_places_is_scanned() {
    for (what, lib, path) in [
        ("hidden", "#[path = \".h/m.rs\"] pub mod m;", "src/.h/m.rs"),
        ("ending", "#[path = \"m.txt\"] pub mod m;", "src/m.txt"),
        ("ignored", "pub mod ignored;", "src/ignored.rs"),
        ("built", "#[path = \"../target/m.rs\"] pub mod m;", "target/m.rs"),
        ("conditional", "#[cfg_attr(not(any()), path = \"odd.in\")] pub mod m;", "src/odd.in"),
        ("escaped", "#[path = \"\\x6fdd.in\"] pub mod m;", "src/odd.in"),
        ("within", "pub mod outer { #[path = \"deep/m.in\"] pub mod m; }", "src/outer/deep/m.in"),
        ("raw", "pub mod r#try;", "src/try.rs"),
        ("by macro", "macro_rules! m { ($p:literal) => { #[path = $p] pub mod m; } } m!(\"odd.in\");", "src/odd.in"),
        ("included", "include!(\"part.in\");", "src/part.in"),
        ("joined", "include!(concat!(\"pa\", \"rt.in\"));", "src/part.in"),
        ("from the manifest", "include!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/part.in\"));", "part.in"),
        ("included twice", "include!(\"one.in\");", "src/part.in"),
    ] {
        let place = Place::new(&format!("odd-{}", what.replace(' ', "-")));
        place.write("Cargo.toml", PACKAGE);
        place.write(".gitignore", "ignored.rs\n");
        place.write("src/lib.rs", lib);
        place.write("src/one.in", "pub mod inner { include!(\"part.in\"); }");
        place.write(path, BAD);
        if path == "src/try.rs" {
            place.write("src/m.rs", "");
        }
        assert_eq!(found(&place, &[]), (1, format!("{path}:2:5")), "{what}");
    }
}

#[test]
fn an_included_expression_is_judged_where_it_is_included() {
    let place = Place::new("include-expr");
    place.write("Cargo.toml", PACKAGE);
    place.write(
        "src/lib.rs",
        "pub fn f(x: Option<u8>) -> u8 { include!(\"one.in\") }\npub const T: [u8; 2] = include!(\"table.rs\");",
    );
    place.write("src/one.in", "x.unwrap() // auditor: allow(unwrap) of no more than a test");
    place.write("src/table.rs", "[1, 2]");
    assert_eq!(found(&place, &[]), (0, String::new()), "a table is no broken file");
    place.write("src/one.in", "x.unwrap()");
    assert_eq!(found(&place, &[]), (1, "src/one.in:1:1".to_owned()));
    place.write("src/one.in", "x.unwrap( }");
    assert_eq!(found(&place, &[]).0, 2);
}

#[test]
fn code_that_cannot_be_looked_at_is_told_by_name() {
    let outside = Place::new("outside-code");
    outside.write("m.rs", BAD);
    for (what, lib, kind, code) in [
        ("absent", "mod absent;", "missing-module", 2),
        ("path", "#[path = \"gone.rs\"] mod gone;", "missing-module", 2),
        ("conditional", "#[cfg_attr(unix, path = \"gone.rs\")] mod gone;", "missing-module", 2),
        ("include", "include!(\"gone.in\");", "missing-include", 2),
        ("expression", "pub fn f() -> u8 { include!(\"gone.in\") }", "missing-include", 2),
        ("outside", "#[path = \"../../outside/m.rs\"] mod m;", "outside-checkout", 2),
        ("generated", "include!(concat!(env!(\"OUT_DIR\"), \"/g.rs\"));", "generated-code", 0),
        ("excluded", "mod excluded;", "excluded", 0),
        ("test", "#[cfg(test)] mod tests;", "missing-module", 0),
        ("never", "#[cfg(any())] mod gone;", "", 0),
    ] {
        let place = Place::new(&format!("told-{what}"));
        place.write("p/Cargo.toml", PACKAGE);
        place.write("p/src/lib.rs", lib);
        place.write("p/src/excluded.rs", BAD);
        place.write("outside/m.rs", BAD);
        let mut command = place.command(&["scan", "--format", "json", "--exclude", "excluded.rs", "."]);
        let run = super::cli::Run::of(command.current_dir(place.path("p")));
        assert_eq!(run.code, code, "{what}: {}", run.stderr);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("it is JSON");
        let gaps = report["gaps"].as_array().expect("gaps are a list");
        let kinds: Vec<&str> = gaps.iter().filter_map(|gap| gap["kind"].as_str()).collect();
        assert_eq!(kinds.join(" "), kind, "{what}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_within_the_checkout_and_told_where_they_leave_it() {
    let place = Place::new("links-of-modules");
    place.write("p/Cargo.toml", PACKAGE);
    place.write("p/src/lib.rs", "pub mod inner;\npub mod outer;\n");
    place.write("p/.hidden/mod.rs", BAD);
    place.write("elsewhere/mod.rs", BAD);
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, place.path(at)).expect("the link can be made");
    link("../.hidden", "p/src/inner");
    link("../../elsewhere", "p/src/outer");
    let mut command = place.command(&["scan", "--format", "short", "."]);
    let run = super::cli::Run::of(command.current_dir(place.path("p")));
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stdout.contains("src/inner/mod.rs:2:5: "), "{}", run.stdout);
    assert!(run.stderr.contains("outside-checkout") && !run.stdout.contains("src/outer/mod.rs:2"), "{}", run.stderr);
}

#[test]
fn a_chain_of_hidden_modules_is_followed_and_its_end_is_told() {
    let place = Place::new("chain");
    place.write("Cargo.toml", PACKAGE);
    place.write("src/lib.rs", "#[path = \".0/m.rs\"] mod m;");
    for at in 0..20 {
        place.write(&format!("src/.{at}/m.rs"), format!("#[path = \"../.{}/m.rs\"] mod m;", at + 1));
    }
    let run = place.run(&["scan", "."]);
    assert!(run.code == 2 && run.stderr.contains("file-chain-limit"), "{} {}", run.code, run.stderr);
}

#[test]
fn packages_have_roles_by_their_place_and_their_users() {
    let place = Place::new("package-roles");
    let package = |dir: &str, more: &str, binary: bool| {
        let name = dir.rsplit('/').next().unwrap_or(dir);
        let manifest = PACKAGE.replace("\"p\"", &format!("\"{name}\""));
        place.write(&format!("{dir}/Cargo.toml"), format!("{manifest}{more}"));
        place.write(&format!("{dir}/src/{}.rs", if binary { "main" } else { "lib" }), format!("{BAD}fn main() {{}}"));
    };
    place.write("Cargo.toml", "[workspace]\nmembers = [\"*\", \"tests/it\", \"examples/*\", \"benches/bb\"]\n");
    let app = "[dependencies]\nneeded = { path = \"../examples/needed\" }\n[dev-dependencies]\nsupport = { path = \"../support\" }\n\
               published = { path = \"../published\" }\n[build-dependencies]\ncodegen = { path = \"../codegen\" }\n";
    package("app", app, true);
    package("core", "[dev-dependencies]\nhelp = { path = \"../help\" }\n", false);
    package("help", "[dependencies]\ncore = { path = \"../core\" }\n", false);
    package("support", "[dependencies]\ndeeper = { path = \"../deeper\" }\n", false);
    package("deeper", "", false);
    package("codegen", "", false);
    package("published", "", false);
    let manifest = place.read("published/Cargo.toml");
    place.write("published/Cargo.toml", manifest.replace("edition", "license = \"MIT\"\ndescription = \"d\"\nedition"));
    package("tests/it", "[dependencies]\nlonely = { path = \"../../lonely\" }\n", false);
    package("lonely", "", false);
    package("examples/needed", "", false);
    package("examples/shown", "", false);
    package("benches/bb", "", false);
    package("xtask", "", true);
    let product = "app core examples/needed lonely published";
    let findings = |place: &Place| {
        let all = found(place, &[]).1;
        let dirs: Vec<&str> = all.split(' ').filter_map(|at| at.split_once("/src/")).map(|(dir, _)| dir).collect();
        dirs.join(" ")
    };
    assert_eq!(findings(&place), format!("{product} xtask"), "no alias runs it");
    place.write(".cargo/config.toml", "[alias]\nxtask = \"run --package xtask --\"\n");
    assert_eq!(findings(&place), product);
}

#[test]
fn a_generated_file_has_one_line_for_each_rule() {
    let place = Place::new("roles-generated");
    let function = |name: &str| {
        format!("pub fn {name}(x: Option<u8>, v: &[u8]) -> u8 {{\n    x.unwrap() + v[usize::from(v[0])] + v[1]\n}}\n")
    };
    let code = [function("f"), function("g")].concat();
    place.write("src/lib.rs", "pub mod wire;\npub mod other;\n");
    place.write("src/wire.rs", format!("// This file is @generated by a-builder.\n{code}"));
    place.write("src/other.rs", &code);
    let lines = |options: &[&str]| {
        let run =
            place.run(&[&["scan", "--format", "short", "--select", "unwrap,slice-index", "-q"], options].concat());
        assert_eq!(run.code, 1, "{}", run.stderr);
        let of = |file: &str| run.stdout.lines().filter(|line| line.starts_with(file)).map(str::to_owned).collect();
        let (wire, other): (Vec<String>, Vec<String>) = (of("src/wire.rs"), of("src/other.rs"));
        (wire, other.len())
    };
    let (wire, other) = lines(&[]);
    assert_eq!((wire.len(), other), (2, 8), "{wire:?}");
    assert!(
        wire.iter().any(|line| line.contains("unwrap") && line.contains("and one more like it in this generated file"))
    );
    assert!(wire.iter().any(|line| line.contains("slice-index") && line.contains("and 5 more like it")), "{wire:?}");
    // What a generator does not say, a configuration does.
    place.write("auditor.toml", "[roles]\ngenerated = [\"src/other.rs\"]\n");
    assert_eq!(lines(&[]).1, 2);
    // The next run of the generator changes nothing for a ratchet.
    assert_eq!(place.run(&["baseline"]).code, 0);
    place.write("src/wire.rs", format!("// This file is @generated by a-builder.\n{}{code}", function("e")));
    assert_eq!(place.run(&["scan", "--baseline"]).code, 0);
}
