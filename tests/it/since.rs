//! `scan --since REF`: what a change adds to a revision of a real git repository, and what it cannot do about its own judgement.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::cli::{Place, Run};

const MANIFEST: &str = "[package]\nname = \"meter\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

/// Runs git in the folder of `place`, with nothing of the machine's configuration; returns what it prints.
fn git(place: &Place, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]);
    command.args(["-c", "protocol.file.allow=always", "-c", "gc.auto=0"]).args(args).current_dir(place.path(""));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("HOME", place.path(""));
    let run = Run::of(&mut command);
    assert_eq!(run.code, 0, "git {args:?}: {}", run.stderr);
    run.stdout.trim().to_owned()
}

fn commit(place: &Place, message: &str) {
    git(place, &["add", "-A"]);
    git(place, &["commit", "-q", "--allow-empty", "-m", message]);
}

fn repository(name: &str) -> Place {
    let place = Place::new(name);
    git(&place, &["init", "-q"]);
    place.write("Cargo.toml", MANIFEST);
    place
}

/// How the scan compares, with the exit code.
fn since(place: &Place, name: &str) -> (i32, String) {
    let run = place.run(&["scan", "--since", name]);
    // Lines are wrapped.
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let counts = text.split_once(&format!("against {name} (")).and_then(|(_, rest)| rest.split_once("): "));
    let (_, counts) = counts.unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr));
    let end = counts.find(" gone").expect("it ends with what is gone");
    (run.code, format!("{} gone", &counts[..end]))
}

/// How many findings there are of each package, function, rule and expression.
type Counts = BTreeMap<[String; 4], i64>;

/// The findings that count in a report, by what a baseline names them by.
fn counts(report: &Value) -> Counts {
    let mut counts = BTreeMap::new();
    for one in report["findings"].as_array().expect("a report has findings") {
        let text = |name: &str| one[name].as_str().expect(name).to_owned();
        if text("status") == "active" {
            let function = if text("function").is_empty() { text("file") } else { text("function") };
            *counts.entry([text("package"), function, text("rule"), text("expression")]).or_insert(0) += 1;
        }
    }
    counts
}

fn report(place: &Place, args: &[&str]) -> Value {
    let run = place.run(&[&["scan", "--format", "json"], args].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
}

/// A source whose functions depend on `seed`: some stay, some go, some change, some are there twice.
fn source(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut functions = Vec::new();
    for number in 0..12 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let body = match state >> 60 {
            0..=3 => continue,
            4..=6 => "x.unwrap()".to_owned(),
            7..=9 => format!("x.expect(\"{}\")", state >> 33 & 1),
            10..=11 => "[1, 2, 3][usize::from(x.unwrap_or(0))]".to_owned(),
            12..=13 => "x.unwrap() + x.unwrap()".to_owned(),
            _ => "x.unwrap_or(0)".to_owned(),
        };
        functions.push(format!("pub fn f{number}(x: Option<u8>) -> u8 {{\n    {body}\n}}\n"));
    }
    functions.concat()
}

#[test]
fn it_is_the_difference_of_two_scans_over_many_commits() {
    let place = repository("since-many");
    let modules = ["a", "b", "c"];
    place.write("src/lib.rs", modules.map(|name| format!("pub mod {name};\n")).concat());
    let mut reports = Vec::new();
    for step in 0..16_u64 {
        for (at, name) in (0..).zip(modules) {
            // A module changes every few steps only; one is moved to its other place and back.
            let folder = name == "b" && step % 7 > 3;
            let (path, other) = (format!("src/{name}.rs"), format!("src/{name}/mod.rs"));
            let (path, other) = if folder { (other, path) } else { (path, other) };
            if place.path(&other).exists() {
                place.remove(&other);
            }
            place.write(&path, source(at * 1000 + (step + at) / 3));
        }
        commit(&place, &format!("step {step}"));
        match step {
            4 => drop(git(&place, &["tag", "-a", "-m", "a tag", "v1"])),
            8 => drop(git(&place, &["gc", "-q"])),
            12 => drop(git(&place, &["pack-refs", "--all"])),
            _ => {}
        }
        reports.push(counts(&report(&place, &[])));
        let back = [1, 2, 5, 9][step as usize % 4].min(step as usize);
        let then = &reports[reports.len() - 1 - back];
        let now = &reports[reports.len() - 1];
        let judged = report(&place, &["--since", &format!("HEAD~{back}")]);
        let more = |one: &Counts, other: &Counts| -> Counts {
            let rest = one.iter().map(|(key, count)| (key.clone(), count - other.get(key).unwrap_or(&0)));
            rest.filter(|(_, count)| *count > 0).collect()
        };
        let (added, lost) = (more(now, then), more(then, now));
        let comparison = &judged["comparison"];
        let moved: i64 =
            comparison["moved"].as_array().expect("moved").iter().map(|one| one["to"]["count"].as_i64().unwrap()).sum();
        let new = comparison["new"].as_i64().expect("new");
        assert_eq!(new + moved, added.values().sum::<i64>(), "step {step}, {back} back: {comparison}");
        for (key, count) in counts(&judged) {
            assert!(added.get(&key).is_some_and(|most| count <= *most), "step {step}: {key:?} is not new");
        }
        let gone: i64 =
            comparison["gone"].as_array().expect("gone").iter().map(|one| one["count"].as_i64().unwrap()).sum();
        assert_eq!(gone + moved, lost.values().sum::<i64>(), "step {step}, {back} back: {comparison}");
        // What moved has its rule and code in what is lost.
        for one in comparison["moved"].as_array().expect("moved") {
            let same = |key: &&[String; 4]| one["to"]["rule"] == key[2] && one["to"]["expression"] == key[3];
            assert!(lost.keys().any(|key| same(&key)), "step {step}: {one}");
        }
    }
    // The same commit by all its names.
    let hash = git(&place, &["rev-parse", "v1^{commit}"]);
    let expected = since(&place, &hash);
    for name in ["v1", "refs/tags/v1", "main~11", "@~5^~5", "v1^{commit}", &hash[..9]] {
        assert_eq!(since(&place, name), expected, "{name}");
    }
    git(&place, &["worktree", "add", "-q", "linked", "v1"]);
    let run = Run::of(place.command(&["scan", "--since", "HEAD"]).current_dir(place.path("linked")));
    assert!(run.stdout.contains("0 new, "), "{}{}", run.stdout, run.stderr);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn what_is_not_committed_counts_as_the_change() {
    let place = repository("since-dirty");
    place.write("src/lib.rs", "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n");
    commit(&place, "one");
    assert_eq!(since(&place, "HEAD"), (0, "0 new, 1 known, 0 moved, 0 gone".to_owned()));
    place.write("src/lib.rs", "pub mod more;\npub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n");
    place.write("src/more.rs", "pub fn g(x: Option<u8>) -> u8 {\n    x.expect(\"there\")\n}\n");
    assert_eq!(since(&place, "HEAD"), (1, "1 new, 1 known, 0 moved, 0 gone".to_owned()));
    // A file that the revision lacks is new wholly.
    let run = place.run(&["scan", "--since", "HEAD", "--format", "short", "src/more.rs", "-q"]);
    assert_eq!(run.stdout.lines().count(), 1, "{}{}", run.stdout, run.stderr);
    // Of an inner folder its own part is compared.
    let run = place.run(&["scan", "--since", "HEAD", "--format", "short", "src", "-q"]);
    assert_eq!(run.stdout.lines().count(), 1, "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_change_does_not_write_its_own_judgement() {
    let place = repository("since-policy");
    place.write("src/lib.rs", "pub fn f() {}\n");
    place.write("auditor.toml", "profile = \"default\"\n");
    commit(&place, "one");
    place.write("auditor.toml", "ignore = [\"unwrap\"]\nexclude = [\"src/**\"]\nfail-on = \"never\"\n");
    let bad = "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n";
    place.write("src/lib.rs", bad);
    assert_eq!(since(&place, "HEAD"), (1, "1 new, 0 known, 0 moved, 0 gone".to_owned()));
    let text = |place: &Place| {
        let run = place.run(&["scan", "--since", "HEAD"]);
        run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(text(&place).contains("note: auditor.toml differs from that of HEAD, which decides"), "{}", text(&place));
    // The same where the change brings the first configuration, or names it.
    let run = place.run(&["scan", "--since", "HEAD", "--config", "auditor.toml"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    git(&place, &["rm", "-q", "--cached", "auditor.toml"]);
    git(&place, &["commit", "-q", "-m", "two"]);
    assert_eq!(since(&place, "HEAD~1").0, 1);
    assert_eq!(since(&place, "HEAD").0, 1, "{}", text(&place));
    // A waiver is no finding, and is shown.
    place.write("src/lib.rs", bad.replace("x.unwrap()", "x.unwrap() // auditor: allow(unwrap) it is there"));
    assert_eq!(since(&place, "HEAD").0, 0);
    assert!(text(&place).contains("waived: src/lib.rs:2 unwrap: it is there"), "{}", text(&place));
    let json = report(&place, &["--since", "HEAD"]);
    assert_eq!(json["comparison"]["waived"][0]["reason"], "it is there", "{}", json["comparison"]);
    place.write("src/lib.rs", format!("#![allow(clippy::unwrap_used)]\n{bad}"));
    assert!(
        text(&place).contains("1 finding is waived here and not there: waived: src/lib.rs:3 unwrap"),
        "{}",
        text(&place)
    );
    // One that was there before is not.
    commit(&place, "three");
    assert!(!text(&place).contains("waived here"), "{}", text(&place));
}

#[test]
fn where_the_policy_is_locked_a_change_cannot_waive_what_it_adds() {
    let place = repository("since-locked");
    let unwrap = |reason: &str| format!("pub fn f(x: Option<u8>) -> u8 {{\n    x.unwrap(){reason}\n}}\n");
    place.write("src/lib.rs", unwrap(" // auditor: allow(unwrap) it is there"));
    place.write("auditor.toml", "[policy]\nlocked = true\n");
    commit(&place, "one");
    assert_eq!(since(&place, "HEAD"), (0, "0 new, 0 known, 0 moved, 0 gone".to_owned()), "its own waiver still holds");
    place.write("src/more.rs", unwrap(" // auditor: allow(unwrap) trust me"));
    place.write("auditor.toml", "");
    let (code, line) = since(&place, "HEAD");
    assert_eq!((code, line.as_str()), (1, "1 new, 0 known, 0 moved, 0 gone"));
    let run = place.run(&["scan", "--since", "HEAD"]);
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("the policy is locked, without effect are 1 waiver that the change adds"), "{text}");
    // Without the lock the same waiver counts, and is shown.
    commit(&place, "two");
    place.write("src/third.rs", unwrap(" // auditor: allow(unwrap) trust me"));
    assert_eq!(since(&place, "HEAD").0, 0);
}

#[test]
fn a_change_cannot_bring_a_configuration_of_its_own_folder() {
    let place = repository("since-nested");
    place.write("a/src/lib.rs", "pub fn f() {}\n");
    place.write("auditor.toml", "[policy]\nnested = \"free\"\n");
    commit(&place, "one");
    place.write("a/src/lib.rs", "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n");
    place.write("a/auditor.toml", "ignore = [\"unwrap\"]\n");
    assert_eq!(place.run(&["scan"]).code, 0, "on its own it counts");
    assert_eq!(since(&place, "HEAD").0, 1);
    commit(&place, "two");
    place.write("a/src/more.rs", "pub fn g(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n");
    assert_eq!(since(&place, "HEAD").0, 0, "from then on it does");
}

#[test]
fn three_dots_are_where_the_histories_part() {
    let place = repository("since-base");
    let file = |names: &[&str]| {
        let one = |name: &&str| format!("pub fn {name}(x: Option<u8>) -> u8 {{\n    x.unwrap()\n}}\n");
        names.iter().map(one).collect::<Vec<_>>().concat()
    };
    place.write("src/lib.rs", file(&["a", "b"]));
    commit(&place, "one");
    git(&place, &["checkout", "-q", "-b", "topic"]);
    place.write("src/lib.rs", file(&["a", "b", "c"]));
    commit(&place, "on topic");
    git(&place, &["checkout", "-q", "main"]);
    place.write("src/lib.rs", file(&["a"]));
    commit(&place, "on main b is mended");
    git(&place, &["checkout", "-q", "topic"]);
    // Held against main itself the branch has what main has mended since.
    assert_eq!(since(&place, "main").1, "2 new, 1 known, 0 moved, 0 gone");
    assert_eq!(since(&place, "main...").1, "1 new, 2 known, 0 moved, 0 gone");
    git(&place, &["merge", "-q", "-s", "ours", "-m", "merged", "main"]);
    assert_eq!(since(&place, "main...").1, "2 new, 1 known, 0 moved, 0 gone");
    assert_eq!(since(&place, "HEAD^2").1, "2 new, 1 known, 0 moved, 0 gone");
}

#[test]
fn what_cannot_be_had_is_told_with_what_to_fetch() {
    let place = repository("since-shallow");
    place.write("up/Cargo.toml", MANIFEST);
    for step in 0..4 {
        place.write("src/lib.rs", source(step));
        commit(&place, "step");
    }
    let old = git(&place, &["rev-parse", "HEAD~3"]);
    git(&place, &["clone", "-q", "--depth=2", &format!("file://{}", place.path("").display()), "clone"]);
    let failure = |name: &str| {
        let run = Run::of(place.command(&["scan", "--since", name]).current_dir(place.path("clone")));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{name}");
        run.stderr
    };
    assert!(failure(&old).contains(&format!("`git fetch --depth=1 origin {old}` brings it")), "{}", failure(&old));
    for name in ["HEAD~2", "HEAD~1^"] {
        assert!(failure(name).contains("`git fetch --deepen=50`"), "{}", failure(name));
    }
    assert!(failure("nowhere").contains("no branch, tag or commit is called `nowhere`"), "{}", failure("nowhere"));
    assert!(failure("main..topic").contains("a range is none"));
    assert!(failure("HEAD@{1}").contains("are not read"));
    assert!(failure("HEAD^{tree}").contains("`~n` and `^n` alone"));
    let run = Run::of(place.command(&["scan", "--since", "HEAD~1"]).current_dir(place.path("clone")));
    assert!(run.code < 2, "{}", run.stderr);
    // What is fetched by its hash alone has no history, and needs none.
    git(&place, &["-C", "clone", "fetch", "-q", "--depth=1", "origin", &old]);
    for name in ["FETCH_HEAD", &old] {
        let run = Run::of(place.command(&["scan", "--since", name]).current_dir(place.path("clone")));
        assert!(run.code < 2, "{}", run.stderr);
    }
    assert!(failure(&format!("{old}...")).contains("--deepen=50"), "{}", failure(&format!("{old}...")));
    let none = Place::new("since-none");
    none.write("src/lib.rs", "");
    let run = none.run(&["scan", "--since", "HEAD"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("is in no git repository"), "{}", run.stderr);
    git(&none, &["init", "-q"]);
    assert!(none.run(&["scan", "--since", "HEAD"]).stderr.contains("it has no commit yet"));
}

/// A tree may say anything: names that leave the folder, links that do.
#[cfg(unix)]
#[test]
fn a_hostile_tree_writes_nothing_elsewhere() {
    let place = repository("since-hostile");
    place.write("src/lib.rs", "pub mod outer;\npub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n");
    std::os::unix::fs::symlink("/etc/passwd", place.path("src/outer.rs")).unwrap();
    std::os::unix::fs::symlink("../..", place.path("src/up")).unwrap();
    std::os::unix::fs::symlink("lib.rs", place.path("src/inner.rs")).unwrap();
    commit(&place, "one");
    let run = place.run(&["scan", "--since", "HEAD", "--allow-gaps"]);
    assert!(run.stdout.contains("0 new, 1 known"), "{}{}", run.stdout, run.stderr);
    // A tree that git itself would not make.
    let blob = git(&place, &["rev-parse", "HEAD:src/lib.rs"]);
    for name in ["..", ".git", "a/b"] {
        let mut entry = format!("100644 {name}\0").into_bytes();
        entry.extend((0..20).map(|at| u8::from_str_radix(&blob[at * 2..at * 2 + 2], 16).unwrap()));
        place.write("tree", entry);
        let tree = git(&place, &["hash-object", "--literally", "-t", "tree", "-w", "tree"]);
        let commit = git(&place, &["commit-tree", &tree, "-m", "hostile"]);
        let run = place.run(&["scan", "--since", &commit]);
        assert_eq!(run.code, 2, "{name}: {}", run.stdout);
        assert!(run.stderr.contains("the repository cannot be read: `` holds an entry called"), "{}", run.stderr);
    }
}
