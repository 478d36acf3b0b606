//! Configuration: what it changes, and how its errors are shown.

use super::cli::Place;
use super::golden::assert_golden;

/// Each is wrong in one way; the error shows where.
const WRONG: [(&str, &str); 15] = [
    ("unknown key", "fail-on = \"low\"\nselct = []\n"),
    ("unknown key of a table", "[gate]\ntest = true\n"),
    ("wrong type", "select = \"unwrap\"\n"),
    ("wrong severity", "fail-on = \"hihg\"\n"),
    ("wrong profile", "profile = \"relaxed\"\n"),
    ("not TOML", "select = [\"unwrap\"\nignore = []\n"),
    ("unknown rule", "# Comment\nignore = [\"expect\", \"unwarp\"]\n"),
    ("unknown rule in severities", "[severity]\nunwrapp = \"low\"\n"),
    ("unknown rule in path ignores", "[[per-path-ignores]]\npaths = [\"src\"]\nrules = [\"slice-indx\"]\n"),
    ("nothing selected", "select = []\n"),
    ("bad glob", "exclude = [\"src/[a\"]\n"),
    ("missing pack", "extend = [\"team.toml\"]\n"),
    ("rule without match", "[[rule]]\nid = \"no-x\"\ntitle = \"x\"\n"),
    ("rule with two matches", "[[rule]]\nid = \"no-x\"\ntitle = \"x\"\nmatch = { path = \"a::b\", macro = \"c\" }\n"),
    ("rule id that is taken", "[[rule]]\nid = \"unwrap\"\ntitle = \"x\"\nmatch = { method = \"x\" }\n"),
];

#[test]
fn errors_show_the_offending_line() {
    let place = Place::new("config-errors");
    place.write("src/lib.rs", "fn main() {}\n");
    let mut page = String::new();
    for (name, text) in WRONG {
        place.write("auditor.toml", text);
        let run = place.run(&["scan"]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{name}: {}", run.stderr);
        page.extend(["== ", name, "\n", &run.stderr, "\n"]);
    }
    assert_golden("config-errors.txt", &page);
}

#[test]
fn a_hostile_configuration_cannot_steer_the_terminal() {
    let place = Place::new("config-hostile");
    place.write("src/lib.rs", "fn main() {}\n");
    for text in [
        "select = [\"a\u{9b}2J\u{202e}\"] # \u{85}\u{202e}\n",
        "\"a\u{9b}2J\u{202e}\" = 1\n",
        "# \u{1b}[2J\nprofile = \"x\"\n",
    ] {
        place.write("auditor.toml", text);
        let run = place.run(&["scan"]);
        assert_eq!(run.code, 2);
        assert!(!run.stderr.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{85}']), "{:?}", run.stderr);
    }
}

#[test]
fn a_configuration_changes_selection_severity_and_gate() {
    let place = Place::new("config-changes");
    place.write("src/lib.rs", "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n");
    place.write("tests/t.rs", "fn t(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n");
    let scan = |config: &str| {
        place.write("auditor.toml", config);
        let run = place.run(&["scan", "--format", "short", "--show", "ignored"]);
        let lines = run.stdout.lines().filter(|line| line.contains(" unwrap: ")).map(word).collect::<Vec<_>>();
        (run.code, lines.join(" "))
    };
    let word = |one: &str| one.to_owned();
    assert_eq!(scan(""), (1, word("src/lib.rs:medium tests/t.rs:medium-ignored")));
    assert_eq!(scan("ignore = [\"unwrap\"]"), (0, word("")));
    assert_eq!(scan("select = [\"expect\"]"), (0, word("")));
    assert_eq!(scan("[severity]\nunwrap = \"low\""), (1, word("src/lib.rs:low tests/t.rs:low-ignored")));
    assert_eq!(scan("fail-on = \"critical\""), (0, word("src/lib.rs:medium tests/t.rs:medium-ignored")));
    assert_eq!(scan("[gate]\ntests = true"), (1, word("src/lib.rs:medium tests/t.rs:medium")));
    let paths = "[[per-path-ignores]]\npaths = [\"src\"]\nrules = [\"panic\"]";
    assert_eq!(scan(paths), (0, word("src/lib.rs:medium-ignored tests/t.rs:medium-ignored")));
}

/// `src/lib.rs:2:5: medium unwrap: …` as `src/lib.rs:medium`.
fn word(line: &str) -> String {
    let path = line.split(':').next().unwrap_or_default();
    let severity = line.split_whitespace().nth(1).unwrap_or_default();
    format!("{path}:{severity}{}", if line.contains("[ignored") { "-ignored" } else { "" })
}

#[test]
fn the_nearest_configuration_above_the_scanned_path_holds() {
    let place = Place::new("config-nearest");
    place.write("a/src/lib.rs", "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n");
    place.write("auditor.toml", "ignore = [\"unwrap\"]\n");
    assert_eq!(place.run(&["scan", "a"]).code, 0);
    assert_eq!(place.run(&["scan", "a", "--isolated"]).code, 1);
    assert_eq!(place.run(&["scan", "a", "--no-config"]).code, 1, "its name before");
    place.write("a/auditor.toml", "");
    assert_eq!(place.run(&["scan", "a/src"]).code, 1);
    assert_eq!(place.run(&["scan", "a", "--config", "auditor.toml"]).code, 0);
}

#[test]
fn globs_count_from_the_configuration_wherever_the_scan_starts() {
    let place = Place::new("config-globs");
    let bad = "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n";
    place.write("a/b/src/lib.rs", bad);
    place.write("a/b/src/other.rs", bad);
    place.write("auditor.toml", "[[per-path-ignores]]\npaths = [\"a/b/src/lib.rs\"]\nrules = [\"unwrap\"]\n");
    for path in [".", "a", "a/b", "a/b/src"] {
        let run = place.run(&["scan", path, "--format", "short"]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        let lines: Vec<&str> = run.stdout.lines().collect();
        assert!(
            lines.len() == 1 && lines[0].contains("src/other.rs:2:5") | lines[0].starts_with("other.rs:2:5"),
            "{lines:?}"
        );
    }
    assert_eq!(place.run(&["scan", "a/b/src/lib.rs"]).code, 0);
}

#[test]
fn packs_of_a_user_add_rules() {
    let place = Place::new("config-packs");
    place.write("auditor.toml", "extend = [\"rules/team.toml\"]\n");
    place.write(
        "rules/team.toml",
        "name = \"team\"\ntitle = \"Ours\"\n[[rule]]\nid = \"raw-query\"\ntitle = \"raw SQL\"\nmatch = { method = \"raw_query\" }\n",
    );
    let run = place.run(&["rules"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("team — Ours"), "{}", run.stdout);
    assert!(run.stdout.contains("raw-query"), "{}", run.stdout);
}

#[test]
fn rules_of_a_user_find_methods_paths_and_macros() {
    let place = Place::new("config-own-rules");
    place.write(
        "src/lib.rs",
        "pub fn f(c: Client) {\n    c.raw_query(\"x\");\n    std::env::set_var(\"A\", \"b\");\n    danger!(1);\n    // auditor: allow(no-danger) shown to the user first\n    danger!(2);\n}\n",
    );
    place.write(
        "auditor.toml",
        r#"
            [[rule]]
            id = "raw-query"
            title = "raw SQL"
            severity = "high"
            match = { method = "raw_query" }
            [[rule]]
            id = "set-var"
            title = "changes the environment"
            match = { path = "std::env::set_var" }
            [[rule]]
            id = "no-danger"
            title = "danger"
            severity = "low"
            match = { macro = "danger!" }
        "#,
    );
    let run = place.run(&["scan", "--format", "short", "--show", "waived", "--select", "own"]);
    let found: Vec<&str> = run.stdout.lines().map(|line| line.split(" (").next().unwrap_or(line)).collect();
    assert_eq!(
        found,
        [
            "src/lib.rs:2:5: high raw-query: raw SQL",
            "src/lib.rs:3:5: medium set-var: changes the environment",
            "src/lib.rs:4:5: low no-danger: danger",
            "src/lib.rs:6:5: low no-danger: danger [waived: shown to the user first]",
        ],
        "{}",
        run.stderr
    );
}

#[test]
fn the_template_is_a_valid_configuration_that_changes_nothing() {
    let place = Place::new("config-template");
    place.write("src/lib.rs", "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n");
    let before = place.run(&["scan", "--format", "json"]);
    place.remove("auditor.toml");
    let init = place.run(&["init"]);
    assert_eq!(init.code, 0, "{}", init.stderr);
    let after = place.run(&["scan", "--format", "json"]);
    assert_eq!((before.code, before.stdout), (after.code, after.stdout), "{}", after.stderr);
    // Every commented key is a valid one too.
    let text = place.read("auditor.toml");
    let keys = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(key) if key.contains(" = ") || key.starts_with("[[") => key,
        _ => line,
    });
    place.write("auditor.toml", keys.collect::<Vec<_>>().join("\n"));
    place.write("team-rules.toml", "name = \"team\"\ntitle = \"Ours\"\n");
    let all = place.run(&["scan"]);
    assert_ne!(all.code, 2, "{}", all.stderr);
}

const UNWRAPS: &str = "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n";

#[test]
fn a_nested_configuration_rules_its_folder_and_may_ask_for_more() {
    let place = Place::new("config-nested");
    for path in ["a/src/lib.rs", "b/src/lib.rs", "b/c/src/lib.rs"] {
        place.write(path, UNWRAPS);
    }
    let scan = || {
        let run = place.run(&["scan", "--format", "short", "."]);
        let lines = run.stdout.lines().filter(|line| line.contains(" unwrap: ")).map(word).collect::<Vec<_>>();
        (run.code, lines.join(" "))
    };
    place.write("auditor.toml", "ignore = [\"unwrap\"]\n");
    assert_eq!(scan(), (0, String::new()));
    place.write("b/auditor.toml", "profile = \"strict\"\n");
    assert_eq!(scan(), (1, "b/c/src/lib.rs:medium b/src/lib.rs:medium".into()));
    place.write("b/c/auditor.toml", "[severity]\nunwrap = \"high\"\n");
    assert_eq!(scan(), (1, "b/c/src/lib.rs:high b/src/lib.rs:medium".into()));
    // The gate is the nearest file's as well.
    place.write("auditor.toml", "ignore = [\"unwrap\"]\nfail-on = \"critical\"\n");
    assert_eq!(scan().0, 0);
    place.write("b/c/auditor.toml", "fail-on = \"medium\"\n");
    assert_eq!(scan().0, 1);
    let run = place.run(&["scan", "--verbose", "--quiet", "."]);
    let named: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("configuration: ")).collect();
    assert_eq!(
        named,
        ["configuration: auditor.toml", "configuration: b/auditor.toml", "configuration: b/c/auditor.toml"]
    );
    assert_eq!(place.run(&["scan", "--isolated", "--fail-on", "critical", "."]).code, 0);
}

/// An error without the breaks and bars of its layout.
fn said(error: &str) -> String {
    error.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

#[test]
fn a_nested_configuration_that_asks_for_less_is_an_error_unless_it_is_free_to() {
    let place = Place::new("config-nested-less");
    place.write("src/lib.rs", UNWRAPS);
    place.write("vendored/src/lib.rs", UNWRAPS);
    let less = [
        "ignore = [\"unwrap\"]\n",
        "select = [\"expect\"]\n",
        "fail-on = \"never\"\n",
        "min-severity = \"critical\"\n",
        "min-confidence = \"high\"\n",
        "[severity]\nunwrap = \"info\"\n",
        "[[per-path-ignores]]\npaths = [\"src/lib.rs\"]\nrules = [\"unwrap\"]\n",
    ];
    for text in less {
        place.write("auditor.toml", "");
        place.write("vendored/auditor.toml", text);
        let run = place.run(&["scan", "--format", "short", "."]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{text}");
        let error = said(&run.stderr);
        assert!(error.contains("vendored/auditor.toml") && error.contains("asks for less"), "{}", run.stderr);
        assert!(error.contains("`[policy] nested = \"free\"` in the root's file"), "{}", run.stderr);
        place.write("auditor.toml", "[policy]\nnested = \"free\"\n");
        let run = place.run(&["scan", "--format", "short", "."]);
        assert_eq!(run.code, 1, "what is above stays what it was: {text}: {}", run.stderr);
        assert!(run.stdout.contains("src/lib.rs:2:5: medium unwrap"), "{}", run.stdout);
    }
    for whole in ["extend = [\"x.toml\"]\n", "exclude = [\"src\"]\n", "[policy]\nlocked = true\n"] {
        place.write("vendored/auditor.toml", whole);
        let run = place.run(&["scan", "."]);
        assert!(run.code == 2 && said(&run.stderr).contains("is about the whole scan"), "{whole}: {}", run.stderr);
    }
}

#[test]
fn a_nested_configuration_is_read_within_the_repository_alone() {
    let place = Place::new("config-nested-link");
    place.write("src/lib.rs", UNWRAPS);
    place.write("repo/.git/HEAD", "ref: refs/heads/main\n");
    place.write("repo/a/src/lib.rs", UNWRAPS);
    place.write("secret.toml", "token = \"hunter2\"\n");
    std::os::unix::fs::symlink("../../secret.toml", place.path("repo/a/auditor.toml")).expect("a link");
    let run = place.run(&["scan", "repo"]);
    assert!(run.code == 2 && !run.stderr.contains("hunter2"), "{}", run.stderr);
}
