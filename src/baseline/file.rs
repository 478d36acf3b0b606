//! `auditor-baseline.toml`: one line a key, sorted, so that two branches' additions merge line by line.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;
use toml::Spanned;

use super::accepted::{Accepted, Key};
use crate::source::{LineIndex, clean};

/// The name of the file that is looked for.
pub const BASELINE_NAME: &str = "auditor-baseline.toml";

/// The version of the format that is written, and the newest that is read.
const VERSION: i64 = 1;

const HEAD: &str = "\
# Findings that were accepted when this file was written: `auditor scan --baseline` fails on new ones only.
# Written by `auditor baseline`, one line a finding of a function; no line numbers. After a merge keep the lines of both sides.
";

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{name}:{line}: {message}")]
pub struct BaselineError {
    name: String,
    line: u32,
    message: String,
}

#[derive(Deserialize)]
struct BaselineFile {
    version: Spanned<i64>,
    #[serde(default)]
    tool: String,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    findings: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    package: String,
    function: String,
    rule: String,
    expression: String,
    #[serde(default = "one")]
    count: u32,
}

const fn one() -> u32 {
    1
}

/// Reads `text`, which is the file called `name`. A key that stands there twice, as after a merge, has the larger count: never
/// more than one side accepted. O(length).
///
/// # Errors
/// When it is not a baseline of a version that is known; the message names the line.
pub fn parse(name: &str, text: &str) -> Result<Accepted, BaselineError> {
    let error = |at: usize, message: String| BaselineError {
        name: name.to_owned(),
        line: LineIndex::new(text).line(at as u32),
        message: clean(&message).into_owned(),
    };
    if let Some(at) = conflict(text) {
        let help = "a merge left its markers here: keep the lines of both sides, and delete the markers";
        return Err(error(at, help.to_owned()));
    }
    let file: BaselineFile = toml::from_str(text).map_err(|wrong| {
        error(wrong.span().map_or(0, |span| span.start), format!("not a baseline: {}", wrong.message()))
    })?;
    if !(1..=VERSION).contains(file.version.get_ref()) {
        let message =
            format!("version {} is not known to this auditor; it reads up to {VERSION}", file.version.get_ref());
        return Err(error(file.version.span().start, message));
    }
    let mut findings = BTreeMap::new();
    for Entry { package, function, rule, expression, count } in file.findings {
        let most = findings.entry(Key { package, function, rule, expression }).or_insert(0);
        *most = count.max(*most);
    }
    Ok(Accepted { findings, rules: file.rules.into_iter().collect(), tool: file.tool })
}

/// Where the first marker of a merge conflict stands.
fn conflict(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if ["<<<<<<< ", "||||||| ", ">>>>>>> "].iter().any(|marker| line.starts_with(marker)) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// Returns the text of the file that accepts `accepted`; `parse` reads the same back.
pub fn write(accepted: &Accepted) -> String {
    let mut out = String::from(HEAD);
    // A string takes what is written to it.
    let _fits = writeln!(out, "version = {VERSION}\ntool = {}\n\nrules = [", quoted(&accepted.tool));
    for rule in &accepted.rules {
        let _fits = writeln!(out, "  {},", quoted(rule));
    }
    out.push_str("]\n\nfindings = [\n");
    for (Key { package, function, rule, expression }, count) in &accepted.findings {
        let [package, function, rule, expression] = [package, function, rule, expression].map(|text| quoted(text));
        let _fits =
            write!(out, "  {{ package = {package}, function = {function}, rule = {rule}, expression = {expression}");
        if *count != 1 {
            let _fits = write!(out, ", count = {count}");
        }
        out.push_str(" },\n");
    }
    out.push_str("]\n");
    out
}

/// `text` as a TOML string on one line.
fn quoted(text: &str) -> String {
    if !text.contains(['\'', '\n', '\r']) && text.contains(['"', '\\']) && !text.chars().any(char::is_control) {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            _ if letter.is_control() => {
                let _fits = write!(out, "\\u{:04X}", letter as u32);
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(function: &str, expression: &str) -> Key {
        Key { package: "p".into(), function: function.into(), rule: "unwrap".into(), expression: expression.into() }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut accepted = Accepted { tool: "0.1.0".into(), ..Accepted::default() };
        accepted.rules.insert("unwrap".into());
        for text in ["x.unwrap()", "\"a\".unwrap()", "'a'.unwrap()", "\"\\u{1}\\'\"", "é\u{1}\t…"] {
            accepted.add(key("f", text), 1);
            accepted.add(key("<T as \"A\">::g", text), 3);
        }
        let text = write(&accepted);
        assert_eq!(parse("b.toml", &text), Ok(accepted.clone()));
        let of_findings = text.lines().filter(|line| line.starts_with("  { package")).count();
        assert_eq!(of_findings, accepted.findings.len(), "one line each\n{text}");
    }

    #[test]
    fn of_a_key_that_a_merge_left_twice_the_larger_count_holds() {
        let line = |count| {
            format!(
                "{{ package = \"p\", function = \"f\", rule = \"unwrap\", expression = \"x\", count = {count} }},\n"
            )
        };
        let text = format!("version = 1\nfindings = [\n{}{}{}]\n", line(2), line(3), line(1));
        assert_eq!(parse("b.toml", &text).map(|it| it.total()), Ok(3));
    }

    #[test]
    fn what_is_none_is_told_with_its_line() {
        let wrong = |text: &str| parse("b.toml", text).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(wrong("").starts_with("b.toml:1: not a baseline: missing field `version`"), "{}", wrong(""));
        assert!(wrong("\nversion = 2").starts_with("b.toml:2: version 2 is not known"), "{}", wrong("\nversion = 2"));
        assert!(wrong("version = 1\nfindings = 3").starts_with("b.toml:2: not a baseline"));
        assert!(wrong("version = 1\n<<<<<<< HEAD\n").starts_with("b.toml:2: a merge left"));
        // A newer one of the same version may say more.
        assert_eq!(wrong("version = 1\nmore = 1\n"), "");
    }
}
