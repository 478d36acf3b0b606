//! `auditor fix` and `auditor waive`: what they make of a file, that it compiles, what they leave alone, and which files they
//! refuse to touch.

mod edits;
mod waivers;

use std::process::Command;

use super::cli::{Place, Run};

/// Asserts that rustc accepts `text` as a library.
fn compiles(place: &Place, text: &str) {
    place.write("check/lib.rs", text);
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "-A", "warnings", "-o"]);
    let run = Run::of(command.args([place.path("check/lib.rmeta"), place.path("check/lib.rs")]));
    assert_eq!(run.code, 0, "{}\n{text}", run.stderr);
}

/// Returns what `auditor fix` with `args` makes of `before`; asserts that both compile, and that a second run changes nothing.
fn fixed(place: &Place, before: &str, args: &[&str]) -> String {
    compiles(place, before);
    place.write("lib.rs", before);
    let all = [&["fix", "lib.rs", "--allow-dirty", "--profile", "strict"], args].concat();
    let run = place.run(&all);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let after = place.read("lib.rs");
    compiles(place, &after);
    let again = place.run(&all);
    assert!(again.stderr.contains("nothing to fix"), "{}", again.stderr);
    assert_eq!(place.read("lib.rs"), after);
    after
}

/// Runs git in the folder of `place`, with nothing of the machine's configuration.
fn git(place: &Place, args: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "gc.auto=0"]).args(args);
    command.current_dir(place.path("")).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("HOME", place.path(""));
    let run = Run::of(&mut command);
    assert_eq!(run.code, 0, "git {args:?}: {}", run.stderr);
}

const BEFORE: &str = "pub fn first(x: &[u8]) -> Option<u8> {\n    Some(*x.first().unwrap()) // kept\n}\n";
const AFTER: &str = "pub fn first(x: &[u8]) -> Option<u8> {\n    Some(*x.first()?) // kept\n}\n";

#[test]
fn what_git_does_not_have_is_left_alone() {
    let place = Place::new("fix-dirty");
    place.write("src/lib.rs", BEFORE);
    let refused = |why: &str| {
        let text = place.read("src/lib.rs");
        let run = place.run(&["fix"]);
        assert_eq!((run.code, place.read("src/lib.rs")), (2, text), "{}", run.stderr);
        assert!(run.stderr.contains(why) && run.stderr.contains("--allow-dirty"), "{}", run.stderr);
    };
    refused("no git repository");
    git(&place, &["init", "-q"]);
    refused("differs from git's HEAD");
    git(&place, &["add", "-A"]);
    refused("differs from git's HEAD");
    git(&place, &["commit", "-q", "-m", "one"]);
    place.write("src/lib.rs", format!("// another\n{BEFORE}"));
    refused("differs from git's HEAD");
    place.write("src/lib.rs", BEFORE);
    place.write("src/other.rs", "// not committed, and not changed either\n");
    let run = place.run(&["fix"]);
    assert_eq!((run.code, place.read("src/lib.rs").as_str()), (0, AFTER), "{}", run.stderr);
    refused_or_nothing(&place);
}

/// What the run before wrote is not in git yet: a file that it does not change is none of its business.
fn refused_or_nothing(place: &Place) {
    let run = place.run(&["fix"]);
    assert_eq!((run.code, run.stderr.trim()), (0, "nothing to fix"));
}

#[test]
fn a_patch_is_what_would_be_written() {
    let place = Place::new("fix-patch");
    let cases = [
        BEFORE.to_owned(),
        BEFORE.trim_end().to_owned(),
        format!("\u{feff}{BEFORE}"),
        BEFORE.replace('\n', "\r\n"),
        format!("{BEFORE}{}{BEFORE}", "// between\n".repeat(9)).replacen("first(", "second(", 1),
        format!("{BEFORE}// auditor: allow(unwrap) nothing\n// auditor: allow(expect) nothing\npub fn g() {{}}\n"),
        format!("// auditor: allow(unwrap) nothing\n{BEFORE}").replace("unwrap()", "unwrap_or(&0)"),
    ];
    for before in cases {
        place.write("src/lib.rs", &before);
        let run = place.run(&["fix", "--diff"]);
        assert_eq!((run.code, place.read("src/lib.rs")), (1, before.clone()), "{}", run.stderr);
        place.write("change.patch", &run.stdout);
        git(&place, &["apply", "--whitespace=nowarn", "--unidiff-zero", "change.patch"]);
        let patched = place.read("src/lib.rs");
        place.write("src/lib.rs", &before);
        assert_eq!(place.run(&["fix", "--allow-dirty"]).code, 0);
        assert_eq!(place.read("src/lib.rs"), patched, "{}", run.stdout);
        assert_ne!(patched, before);
        let run = place.run(&["fix", "--diff"]);
        assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    }
}

#[test]
fn a_dry_run_names_files_and_changes_none() {
    let place = Place::new("fix-dry");
    place.write("src/lib.rs", BEFORE);
    let run = place.run(&["fix", "--dry-run"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, "src/lib.rs: 1 edits\n"), "{}", run.stderr);
    assert_eq!(place.read("src/lib.rs"), BEFORE);
    let piped = place.run(&["fix", "-"]);
    assert_eq!(piped.code, 2, "standard input cannot be changed");
}

#[cfg(unix)]
#[test]
fn rights_stay_and_links_are_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new("fix-rights");
    place.write("src/lib.rs", BEFORE);
    let path = place.path("src/lib.rs");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("the file is ours");
    place.run(&["fix", "--allow-dirty"]);
    assert_eq!(place.read("src/lib.rs"), AFTER);
    assert_eq!(std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o640);
}

#[test]
fn reports_say_what_fixes_what() {
    let place = Place::new("fix-reports");
    place.write("src/lib.rs", BEFORE);
    let text = place.run(&["scan"]).stdout;
    assert!(text.contains("`auditor fix` can fix 1 of them"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&place.run(&["scan", "--format", "json"]).stdout).expect("JSON");
    let fix = &json["findings"][0]["fix"];
    assert_eq!(fix["applicability"], "safe");
    assert_eq!(fix["edits"][0]["text"], "?");
    assert_eq!((&fix["edits"][0]["column"], &fix["edits"][0]["end_column"]), (&20.into(), &29.into()));
    let sarif: serde_json::Value =
        serde_json::from_str(&place.run(&["scan", "--format", "sarif"]).stdout).expect("SARIF is JSON");
    let change = &sarif["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "src/lib.rs");
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "?");
    assert_eq!(change["replacements"][0]["deletedRegion"]["startColumn"], 20);
}
