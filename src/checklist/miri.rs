//! The log of `cargo miri`: what it found, or that what ran was free of it.

use super::fact::{Evidence, Fact, FactStatus};

/// How Miri calls undefined behaviour.
const UNDEFINED: &str = "error: Undefined Behavior: ";

/// How it calls memory that nobody frees.
const LEAKED: &str = "error: memory leaked: ";

/// What shows that a log is Miri's and no plain run of the tests: its preparation, and where cargo puts what it builds for it.
const SIGNS: [&str; 3] = ["Preparing a sysroot for Miri", "target/miri/", r"target\miri\"];

/// What a line starts with where cargo starts a program of tests.
const STARTS: [&str; 2] = ["Running ", "Doc-tests "];

/// What cuts a run short, or leaves out what it would check.
const UNDECIDED: [&str; 5] = [
    "error: unsupported operation",
    "error: abnormal termination",
    "error: test failed",
    "-Zmiri-disable-",
    "-Zmiri-ignore-",
];

/// Tells whether `text` is such a log.
pub(super) fn is_log(text: &str) -> bool {
    SIGNS.iter().chain([&UNDEFINED, &LEAKED]).any(|sign| text.contains(sign))
}

/// Reads the log in the file at `path`. O(bytes).
pub(super) fn read(path: &str, text: &str) -> Evidence {
    let (mut found, mut undecided, mut ran) = (Vec::new(), Vec::new(), Ran::default());
    let mut lines = text.lines().map(without_colors).peekable();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if let Some(what) = line.strip_prefix(UNDEFINED).or_else(|| line.strip_prefix(LEAKED)) {
            let place = lines.peek().map(|next| next.trim()).and_then(|next| next.strip_prefix("--> "));
            found.push(Fact::named(MIRI, format!("Miri: {what}"), FactStatus::Failed, place.unwrap_or_default()));
        } else if let Some(result) = line.strip_prefix("test result: ") {
            ran.finished = ran.finished.saturating_add(1);
            ran.passed = ran.passed.saturating_add(count(result, " passed"));
            ran.failed = ran.failed.saturating_add(count(result, " failed"));
        } else if STARTS.iter().any(|start| line.starts_with(start)) {
            ran.started = ran.started.saturating_add(1);
        }
        undecided.extend(UNDECIDED.iter().filter(|sign| line.contains(*sign)));
    }
    if found.is_empty() {
        found.push(ran.without_finding(&undecided));
    }
    let tool = "Miri (its version is not in the log)".to_owned();
    let (path, subject, finished) = (path.to_owned(), String::new(), String::new());
    Evidence { path, tool, subject, finished, facts: found, compiled: None }
}

/// The id of the facts that a log is.
const MIRI: &str = "miri/undefined-behavior";

/// The tests that a log tells of.
#[derive(Default)]
struct Ran {
    /// Programs of tests that cargo started.
    started: u64,
    /// Those that came to their end.
    finished: u64,
    passed: u64,
    failed: u64,
}

impl Ran {
    fn without_finding(&self, undecided: &[&&str]) -> Fact {
        let Self { started, finished, passed, failed } = *self;
        let title = "no undefined behaviour in the tests that ran under Miri";
        let counts = format!("{passed} tests passed, {failed} failed");
        let is_cut = started > finished;
        let detail = match undecided.first() {
            Some(sign) => format!("{counts}; the log has `{sign}`"),
            None if is_cut => format!("{counts}; {finished} of {started} programs of tests came to their end"),
            None => counts,
        };
        let is_decided = passed > 0 && failed == 0 && undecided.is_empty() && !is_cut;
        let status = if is_decided { FactStatus::Passed } else { FactStatus::NotRun };
        Fact::named(MIRI, title, status, &detail)
    }
}

/// The number before `word` in `ok. 5 passed; 0 failed; …`.
fn count(result: &str, word: &str) -> u64 {
    let before = result.split_once(word).map_or("", |(before, _)| before);
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// `line` without the escape sequences that colour it.
fn without_colors(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // A sequence ends with its first letter.
            characters.find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> Option<FactStatus> {
        is_log(text).then(|| read("miri.log", text).facts.first().map(|fact| fact.status))?
    }

    #[test]
    fn a_log_passes_only_by_tests_that_ran_under_miri() {
        let head = "Preparing a sysroot for Miri (target: x86_64-unknown-linux-gnu)... done\n";
        let ok = "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.20s\n";
        let found =
            "\u{1b}[1m\u{1b}[91merror\u{1b}[0m: Undefined Behavior: using uninitialized data\n  --> src/lib.rs:3:5\n";
        assert_eq!(status(&format!("{head}{ok}")), Some(FactStatus::Passed));
        assert_eq!(status(&format!("{head}{ok}{found}")), Some(FactStatus::Failed));
        assert_eq!(status("error: memory leaked: alloc1 (Rust heap, size: 4, align: 4)\n"), Some(FactStatus::Failed));
        assert_eq!(status(head), Some(FactStatus::NotRun));
        assert_eq!(status(&format!("{head}{}", ok.replace("5 passed", "0 passed"))), Some(FactStatus::NotRun));
        assert_eq!(
            status(&format!("{head}{ok}error: unsupported operation: `open` not available\n")),
            Some(FactStatus::NotRun)
        );
        assert_eq!(status(&format!("{head}MIRIFLAGS=-Zmiri-disable-validation\n{ok}")), Some(FactStatus::NotRun));
        let cut = "     Running tests/a.rs (target/miri/x86_64-unknown-linux-gnu/debug/deps/a-1)\n";
        assert_eq!(status(&format!("{head}{cut}{ok}{cut}")), Some(FactStatus::NotRun), "the second has no end");
        assert_eq!(status(ok), None, "a plain run of the tests shows nothing");
    }
}
