//! GitLab's code quality report: an array, which merge requests show beside their changes.

use std::io;

use serde::Serialize;

use crate::finding::Severity;
use crate::report::document::{Document, Key};
use crate::report::json_stream::write_array;
use crate::report::lines::one_line;
use crate::report::options::Options;
use crate::report::positions::Positions;
use crate::report::renderer::Format;
use crate::report::selection::worst_in_order;

pub(super) const FORMAT: Format = Format { name: "gitlab", about: "GitLab's code quality report", render };

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: IssueLocation,
}

#[derive(Serialize)]
struct IssueLocation {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

fn render(document: &dyn Document, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let listed = worst_in_order(document, options.show, options.limit.count(None));
    let positions = || Positions::new(document.scan().files);
    write_array(&listed.keys, |key| key.file, out, positions, |positions, key| issue(document, *key, positions))
}

fn issue<'a>(document: &'a dyn Document, key: Key<'a>, positions: &mut Positions<'a>) -> Option<Issue<'a>> {
    let entry = document.entry(key, positions)?;
    let location = entry.location;
    let path = format!("{}{}", document.scan().root.from_checkout, location.path);
    let note = entry.note();
    let note = if note.is_empty() { String::new() } else { format!(": {note}") };
    // Issues of one fingerprint are shown as one: a site that has none is named by its place.
    let fingerprint = entry.fingerprint.map_or_else(
        || format!("{}:{path}:{}:{}", entry.rule, location.start.line, location.start.column),
        |print| print.to_string(),
    );
    Some(Issue {
        description: one_line(&format!("{}{note}{}", entry.title(), entry.aside())),
        check_name: entry.rule,
        fingerprint,
        severity: entry.severity.map_or("info", severity),
        location: IssueLocation { lines: Lines { begin: location.start.line, end: location.end.line }, path },
    })
}

/// The word in GitLab's scale, which goes by what must be done first.
const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}
