//! What was not looked at: exit codes, who accepts it, what a repository cannot make the program read or write.

use super::cli::Place;

const BAD: &str = "pub fn f(x: Option<u8>) -> u8 {\n    x.unwrap()\n}\n";
const BROKEN: &str = "fn f( {{{";

#[test]
fn code_that_was_not_looked_at_wins_over_findings_and_hides_none() {
    let place = Place::new("gap-codes");
    place.write("src/lib.rs", BAD);
    place.write("src/broken.rs", BROKEN);
    let run = place.run(&["scan", "--format", "short", "."]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stdout.contains("src/lib.rs:2:5: medium unwrap"), "{}", run.stdout);
    assert!(run.stderr.contains("src/broken.rs:1:6: syntax-error: "), "{}", run.stderr);
    assert!(run.stderr.contains("--allow-gaps"), "{}", run.stderr);
    assert_eq!(place.run(&["scan", "--allow-gaps", "."]).code, 1);
    assert_eq!(place.run(&["scan", "--allow-gaps", "--fail-on", "never", "."]).code, 0);
    // Findings that fail nothing make no clean scan of it.
    assert_eq!(place.run(&["scan", "--fail-on", "never", "."]).code, 2);
}

#[test]
fn a_configuration_accepts_gaps_by_kind_and_path_with_a_reason() {
    let place = Place::new("gap-policy");
    place.write("src/broken.rs", BROKEN);
    place.write("src/noise.rs", b"\xff\xfe");
    let code = |gaps: &str| {
        place.write("auditor.toml", format!("[policy]\ngaps = [{gaps}]\n"));
        place.run(&["scan", "."])
    };
    let broken = "{ kind = \"syntax-error\", path = \"src/broken.rs\", reason = \"a template\" }";
    assert_eq!(code("").code, 2);
    assert_eq!(code(broken).code, 2, "the other one is still open");
    assert_eq!(code(&format!("{broken}, {{ kind = \"not-utf-8\", reason = \"made by a fuzzer\" }}")).code, 0);
    let elsewhere = "{ kind = \"syntax-error\", path = \"tests\", reason = \"a template\" }";
    assert_eq!(code(&format!("{elsewhere}, {{ kind = \"not-utf-8\", reason = \"made by a fuzzer\" }}")).code, 2);
    for (wrong, what) in [
        ("{ kind = \"syntax\", reason = \"x\" }", "no kind of gap is called `syntax`"),
        ("{ kind = \"syntax-error\", reason = \" - \" }", "accepted for a reason"),
        ("{ kind = \"syntax-error\" }", "missing field `reason`"),
    ] {
        let run = code(wrong);
        assert!(run.code == 2 && run.stderr.contains(what), "{wrong}: {}", run.stderr);
    }
}

#[test]
fn gaps_in_code_that_does_not_count_fail_nothing() {
    let place = Place::new("gap-tests");
    place.write("Cargo.toml", "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    place.write("src/lib.rs", "");
    place.write("tests/ui/wrong.rs", BROKEN);
    let run = place.run(&["scan", "."]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("gap: "), "it is named all the same: {}", run.stdout);
    assert_eq!(place.run(&["scan", "--all-targets", "."]).code, 2);
}

#[test]
fn standard_input_is_read_up_to_a_size() {
    let place = Place::new("gap-stdin");
    let text = format!("// {}\n", "a".repeat(33 << 20));
    let run = super::cli::piped(&mut place.command(&["scan", "-"]), text.as_bytes());
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("stdin.rs: file-size-limit: "), "{}", run.stderr);
}

#[test]
fn no_line_of_a_report_is_a_command_of_a_runner() {
    let place = Place::new("ci-commands");
    place.write("::error title=x::a.rs", BAD);
    place.write("##vso[task.setvariable variable=a]b.rs", BAD);
    place.write("::warning ::c.rs", "((");
    for format in ["short", "text", "json", "sarif"] {
        let run = place.run(&["scan", "--format", format, "."]);
        for line in run.stdout.lines().chain(run.stderr.lines()) {
            let start = line.trim_start();
            assert!(!start.starts_with("::") && !start.starts_with("##"), "{format}: {line}");
            assert!(!line.contains("##vso[") && !line.contains("##["), "{format}: {line}");
        }
    }
}

#[cfg(unix)]
#[test]
fn output_is_written_through_no_link_of_the_checkout() {
    let place = Place::new("output-links");
    place.write("p/src/lib.rs", BAD);
    place.write("p/.git/HEAD", "");
    place.write("victim", "precious");
    place.write("elsewhere/kept", "");
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, place.path(at)).expect("the link can be made");
    link("../victim", "p/report.json");
    link("../elsewhere", "p/out");
    let scan = |output: &str| {
        let args = ["scan", "--format", "json", "--fail-on", "never", "--output", output, "."];
        super::cli::Run::of(place.command(&args).current_dir(place.path("p")))
    };
    assert_eq!(scan("report.json").code, 0, "a link gives way to the file");
    assert_eq!(place.read("victim"), "precious");
    assert!(place.read("p/report.json").starts_with('{'));
    let run = scan("out/report.json");
    assert!(run.code == 2 && run.stderr.contains("is a link in the checkout"), "{}", run.stderr);
    assert!(!place.path("elsewhere/report.json").exists());
    // The user's own places outside of it are as they are.
    let outside = place.path("elsewhere/report.json");
    assert_eq!(scan(outside.to_str().expect("the path is text")).code, 0);
    assert!(outside.exists() && scan("/dev/null").code == 0);
    let left = std::fs::read_dir(place.path("p")).expect("it is there").count();
    assert_eq!(left, 4, "nothing else is left lying about");
}

#[cfg(unix)]
#[test]
fn a_configuration_reads_nothing_but_its_repository() {
    let place = Place::new("config-links");
    place.write("p/src/lib.rs", "");
    place.write("p/.git/config", "token = hunter2");
    place.write("secret.toml", "API_TOKEN hunter2");
    let link = |to: &str, at: &str| std::os::unix::fs::symlink(to, place.path(at)).expect("the link can be made");
    let scan = || {
        let run = super::cli::Run::of(place.command(&["scan", "."]).current_dir(place.path("p")));
        assert!(run.code == 2 && !run.stderr.contains("hunter2"), "{} {}", run.code, run.stderr);
        run.stderr
    };
    for extended in ["../secret.toml", ".git/config", "/dev/zero"] {
        place.write("p/auditor.toml", format!("extend = [\"{extended}\"]\n"));
        assert!(scan().contains("cannot read the pack"), "{extended}");
    }
    place.remove("p/auditor.toml");
    link("../secret.toml", "p/auditor.toml");
    assert!(scan().contains("outside the repository"));
    place.remove("p/auditor.toml");
    std::fs::create_dir(place.path("p/auditor.toml")).expect("the folder can be made");
    assert!(scan().contains("auditor.toml"));
}
