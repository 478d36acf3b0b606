//! The command line as its users see it: exit codes, streams, colours, errors.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::golden::assert_golden;

/// A folder of its own for one test; it goes when the test is done.
pub(crate) struct Place {
    root: PathBuf,
}

/// How a run of `auditor` ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("auditor-it-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&root).expect("the folder can be made");
        // Nothing above the folder can change what a test sees.
        let place = Self { root };
        place.write("auditor.toml", "");
        place
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the folder can be made");
        std::fs::write(path, text).expect("the file can be written");
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path)).expect("the file is there")
    }

    pub(crate) fn remove(&self, path: &str) {
        std::fs::remove_file(self.root.join(path)).expect("the file can be removed");
    }

    /// `auditor` in this folder, with nothing of the environment but what is needed to start.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auditor"));
        command.args(args).current_dir(&self.root).env_clear();
        for name in ["PATH", "SystemRoot"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::of(self.command(args).stdin(Stdio::null()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _left = std::fs::remove_dir_all(&self.root);
    }
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().expect("auditor starts");
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("errors are UTF-8"),
        }
    }
}

/// Runs `command` on `text` as its standard input.
pub(crate) fn piped(command: &mut Command, text: &[u8]) -> Run {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("auditor starts");
    let fed = child.stdin.take().expect("it is piped").write_all(text);
    // Wrong arguments end it before it reads, and a limit before it has read all.
    assert!(fed.is_ok() || fed.is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe));
    let output = child.wait_with_output().expect("auditor ends");
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("errors are UTF-8"),
    }
}

const BAD: &str = "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n";
const GOOD: &str = "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap_or(0)\n}\n";

#[test]
fn exit_codes_are_0_clean_1_findings_2_failure() {
    let place = Place::new("codes");
    place.write("good/src/lib.rs", GOOD);
    place.write("bad/src/lib.rs", BAD);
    for (args, code) in [
        (&["scan", "good"][..], 0),
        (&["scan", "bad"], 1),
        (&["scan", "good", "bad"], 1),
        (&["scan", "bad", "--fail-on", "critical"], 0),
        (&["scan", "bad", "--fail-on", "never"], 0),
        (&["scan", "bad", "--min-severity", "high"], 0),
        (&["scan", "bad", "--min-confidence", "medium"], 1),
        (&["scan", "bad", "--min-confidence", "high"], 0),
        (&["scan", "bad", "--min-confidence", "sure"], 2),
        (&["scan", "bad", "--ignore", "unwrap"], 0),
        (&["scan", "nowhere"], 2),
        (&["scan", "bad", "--select", "no-such-rule"], 2),
        (&["scan", "bad", "--fail-on", "severe"], 2),
        (&["scan", "bad", "--config", "nowhere.toml"], 2),
        (&["scan", "bad", "--exclude", "[a"], 2),
        (&["scan", "bad", "--jobs", "0"], 2),
        (&["explain", "no-such-rule"], 2),
        (&["frobnicate"], 2),
        (&[], 2),
        (&["--help"], 0),
        (&["--version"], 0),
        (&["surface", "bad"], 0),
    ] {
        let run = place.run(args);
        assert_eq!(run.code, code, "{args:?}\n{}\n{}", run.stdout, run.stderr);
        assert_eq!(run.stderr.is_empty(), code != 2, "{args:?}: {}", run.stderr);
    }
}

#[test]
fn errors_name_the_place_and_stay_off_standard_output() {
    let place = Place::new("errors");
    let run = place.run(&["scan", "no/such/folder"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("no/such/folder"), "{}", run.stderr);
    place.write("src/lib.rs", BAD);
    let run = place.run(&["scan", "--output", "no/such/folder/out.txt"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no/such/folder/out.txt"), "{}", run.stderr);
}

#[test]
fn a_scan_that_saw_no_file_is_no_success() {
    let place = Place::new("empty");
    place.write("docs/readme.md", "nothing");
    let run = place.run(&["scan", "docs"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("docs"), "{}", run.stderr);
}

#[test]
fn standard_input_is_scanned_under_the_name_it_is_given() {
    let place = Place::new("stdin");
    let feed = |args: &[&str]| {
        let run = piped(&mut place.command(args), BAD.as_bytes());
        (Some(run.code), run.stdout)
    };
    let (code, out) = feed(&["scan", "-", "--format", "short"]);
    assert_eq!(code, Some(1));
    assert!(out.starts_with("stdin.rs:2:5: medium unwrap: "), "{out}");
    let (_, out) = feed(&["scan", "-", "--stdin-filename", "src/new.rs", "--format", "short"]);
    assert!(out.starts_with("src/new.rs:2:5: "), "{out}");
    assert_eq!(feed(&["scan", "-", "src"]).0, Some(2));
}

#[test]
fn pipes_get_no_colours_unless_asked_and_no_color_is_obeyed() {
    let place = Place::new("color");
    place.write("src/lib.rs", BAD);
    let escapes = |command: &mut Command| Run::of(command.stdin(Stdio::null())).stdout.contains('\u{1b}');
    assert!(!escapes(&mut place.command(&["scan"])));
    assert!(escapes(&mut place.command(&["scan", "--color", "always"])));
    assert!(!escapes(place.command(&["scan"]).env("NO_COLOR", "1")));
    assert!(!escapes(&mut place.command(&["scan", "--color", "never"])));
    let file = place.run(&["scan", "--color", "auto", "--output", "out.txt"]);
    assert!(file.code == 1 && !file.stdout.contains('\u{1b}'), "{}", file.stdout);
    assert!(!place.read("out.txt").contains('\u{1b}'));
}

#[test]
fn sources_cannot_steer_the_terminal() {
    let place = Place::new("escapes");
    place.write("src/lib.rs", "pub fn f(x: Option<u8>) -> u8 {\n    /*\u{1b}[2J\u{202e}\u{9b}*/ x.unwrap()\n}\n");
    for format in ["text", "short"] {
        let run = place.run(&["scan", "--format", format]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(!run.stdout.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{format}: {:?}", run.stdout);
    }
}

#[test]
fn windows_line_ends_are_not_shown() {
    let place = Place::new("crlf");
    place.write("src/lib.rs", BAD.replace('\n', "\r\n"));
    let run = place.run(&["scan", "--quiet"]);
    assert!(run.stdout.contains("x.unwrap()\n") | run.stdout.contains("x.unwrap() \n"), "{:?}", run.stdout);
}

#[test]
fn windows_line_ends_change_nothing() {
    let place = Place::new("crlf-same");
    let text = "pub const A: &str = \"a \\\n    b\";\n// auditor: allow(unwrap) there is one\npub fn f(x: Option<u8>) -> u8 {\n    \
                x.unwrap()\n}\n\npub fn g(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n";
    let run = |text: &str| {
        place.write("src/lib.rs", text);
        place.run(&["scan", "--format", "short"])
    };
    let (unix, windows) = (run(text), run(&text.replace('\n', "\r\n")));
    assert_eq!(windows.stdout, unix.stdout);
    assert!(unix.stdout.contains("src/lib.rs:9:5") && !unix.stdout.contains("gap"), "{}", unix.stdout);
}

#[test]
fn a_reader_that_closes_the_pipe_early_ends_the_scan_quietly() {
    let place = Place::new("pipe");
    place.write("src/lib.rs", BAD.repeat(5000));
    let mut command = place.command(&["scan", "--format", "short"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("auditor starts");
    let mut first = [0; 10];
    let mut out = child.stdout.take().expect("it is piped");
    out.read_exact(&mut first).expect("auditor writes");
    drop(out);
    let output = child.wait_with_output().expect("auditor ends");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn the_output_file_holds_what_standard_output_would() {
    let place = Place::new("output");
    place.write("src/lib.rs", BAD);
    for format in ["text", "short", "json", "sarif"] {
        let shown = place.run(&["scan", "src", "--format", format]);
        let written = place.run(&["scan", "src", "--format", format, "--output", "out"]);
        assert_eq!((shown.code, written.code), (1, 1), "{}", written.stderr);
        assert_eq!(place.read("out"), shown.stdout, "{format}");
        // Who stands at the terminal still learns how it went.
        assert!(written.stdout.contains("1 finding (") && !written.stdout.contains("lib.rs:2"), "{}", written.stdout);
        let quiet = place.run(&["scan", "src", "--format", format, "--output", "out", "--quiet"]);
        assert_eq!(quiet.stdout, "", "{format}");
    }
}

#[test]
fn quiet_and_statistics_show_either_half() {
    let place = Place::new("halves");
    place.write("src/lib.rs", BAD);
    let quiet = place.run(&["scan", "--quiet"]).stdout;
    let counts = place.run(&["scan", "--statistics"]).stdout;
    assert!(quiet.contains("src/lib.rs:2:5") && !quiet.contains("scanned"), "{quiet}");
    assert!(!counts.contains("src/lib.rs:2:5") && counts.contains("1 finding (1 medium)"), "{counts}");
}

#[test]
fn timings_go_to_standard_error() {
    let place = Place::new("timings");
    place.write("src/lib.rs", GOOD);
    let run = place.run(&["scan", "--timings", "--quiet"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(run.stderr.contains("triage") && run.stderr.contains(" ms"), "{}", run.stderr);
}

#[test]
fn init_writes_a_configuration_and_never_overwrites_one() {
    let place = Place::new("init");
    let again = place.run(&["init"]);
    assert_eq!((again.code, place.read("auditor.toml").as_str()), (2, ""));
    assert!(again.stderr.contains("there already"), "{}", again.stderr);
    place.remove("auditor.toml");
    assert_eq!(place.run(&["init"]).code, 0);
    assert!(place.read("auditor.toml").contains("[[rule]]"));
}

#[test]
fn rules_and_explain_show_every_rule() {
    let place = Place::new("rules");
    let list = place.run(&["rules"]).stdout;
    let json: serde_json::Value =
        serde_json::from_str(&place.run(&["rules", "--format", "json"]).stdout).expect("JSON");
    let rules = json.as_array().expect("a list");
    assert!(rules.len() > 30);
    for rule in rules {
        let id = rule["id"].as_str().expect("an id");
        assert!(list.lines().any(|line| line.trim_start().starts_with(id)), "{id}");
    }
    assert_golden("rules.md", &place.run(&["rules", "--format", "markdown"]).stdout);
    let page = place.run(&["explain", "env-unwrap"]).stdout;
    assert!(page.contains("CWE-636") && page.contains("allow(env-unwrap)"), "{page}");
}

#[test]
fn completions_and_the_manual_are_generated() {
    let place = Place::new("completions");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = place.run(&["completions", shell]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stdout.contains("auditor"), "{shell}");
    }
    let man = place.run(&["man"]).stdout;
    assert!(man.contains(".TH auditor") && man.contains("fail\\-on"), "{man}");
}

#[test]
fn cargo_auditor_is_the_same_command() {
    let place = Place::new("cargo");
    place.write("src/lib.rs", BAD);
    let own = place.run(&["scan", "--format", "json"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-auditor"));
    let cargo = Run::of(command.args(["auditor", "scan", "--format", "json"]).env_clear().current_dir(&place.root));
    assert_eq!((own.code, own.stdout), (cargo.code, cargo.stdout), "{}", cargo.stderr);
}

#[test]
fn sarif_for_github_names_files_from_the_repositorys_root() {
    let place = Place::new("cli-github");
    place.write(".git/HEAD", "ref: refs/heads/main\n");
    place.write("crates/one part/Cargo.toml", "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    place.write("crates/one part/src/lib.rs", "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n");
    place.write("crates/one part/src/odd.rs", [0xff]);
    let uris = |more: &[&str]| {
        let run = place.run(&[&["scan", "--format", "sarif", "crates/one part"], more].concat());
        let log: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        let run = &log["runs"][0];
        let of = |places: &serde_json::Value| places[0]["physicalLocation"]["artifactLocation"]["uri"].clone();
        let gap = &run["invocations"][0]["toolExecutionNotifications"][0];
        [of(&run["results"][0]["locations"]), of(&gap["locations"])]
    };
    let from_root = ["crates/one%20part/src/lib.rs", "crates/one%20part/src/odd.rs"];
    assert_eq!(uris(&["--sarif-profile", "github"]), from_root);
    assert_eq!(uris(&[]), ["src/lib.rs", "src/odd.rs"]);
    // Without a repository the way begins where the user stands, or at the scanned folder if that is elsewhere.
    place.remove(".git/HEAD");
    std::fs::remove_dir(place.path(".git")).expect("the folder is empty");
    assert_eq!(uris(&["--sarif-profile", "github"]), from_root);
    let folder = place.path("crates/one part").to_string_lossy().into_owned();
    let run = Place::new("cli-elsewhere").run(&["scan", "--format", "sarif", "--sarif-profile", "github", &folder]);
    assert!(run.stdout.contains("\"uri\": \"src/lib.rs\""), "{}", run.stdout);
}
