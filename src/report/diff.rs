//! How two reports differ, as text for people, as a line each, as Markdown, or as `auditor/diff/v1`.

use std::io::{self, Write};

use serde::Serialize;

use super::json_stream::Object;
use super::lines::one_line;
use crate::baseline::{Comparison, Key, Reported, ReportedFinding};

/// Two reports and how they differ.
#[derive(Debug, Clone, Copy)]
pub struct DiffReport<'a> {
    /// The older one, and what it is called.
    pub from: (&'a str, &'a Reported),
    /// The newer one.
    pub to: (&'a str, &'a Reported),
    /// How they compare.
    pub comparison: &'a Comparison,
    /// The findings of the newer one that the older one does not have.
    pub new: &'a [&'a ReportedFinding],
    /// What moved, with the function that it was in.
    pub moved: &'a [(&'a ReportedFinding, &'a str)],
}

#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'a str,
    severity: &'static str,
    message: &'a str,
    package: &'a str,
    function: &'a str,
    expression: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_from: Option<&'a str>,
}

#[derive(Serialize)]
struct Side<'a> {
    file: &'a str,
    tool: &'a str,
}

#[derive(Serialize)]
struct Counts {
    new: usize,
    known: u64,
    moved: usize,
    gone: usize,
}

impl<'a> DiffReport<'a> {
    /// The findings of the older report that are gone: of equal ones the last.
    fn gone(&self) -> Vec<&'a ReportedFinding> {
        let mut left: Vec<(&Key, u32)> = self.comparison.gone.iter().map(|one| (&one.key, one.count)).collect();
        let mut gone = Vec::new();
        for finding in self.from.1.findings.iter().rev().filter(|finding| finding.counts) {
            let place = left.binary_search_by(|(key, _)| (*key).cmp(&finding.key)).ok();
            if let Some((_, count)) = place.and_then(|at| left.get_mut(at)).filter(|(_, count)| *count > 0) {
                *count -= 1;
                gone.push(finding);
            }
        }
        gone.reverse();
        gone
    }

    fn counts(&self) -> Counts {
        Counts { new: self.new.len(), known: self.comparison.known, moved: self.moved.len(), gone: self.gone().len() }
    }

    /// What is to be said of it besides.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(tool) = &self.comparison.other_tool {
            notes.push(format!("{} was written by auditor {tool}, {} by {}", self.from.0, self.to.0, self.to.1.tool));
        }
        if !self.comparison.new_rules.is_empty() {
            let rules = self.comparison.new_rules.iter().map(|(rule, count)| format!("{rule} ({count})"));
            let rules = rules.collect::<Vec<_>>().join(", ");
            notes.push(format!("of the new ones these are of rules that {} did not look at: {rules}", self.from.0));
        }
        notes
    }
}

fn json<'a>(finding: &'a ReportedFinding, moved_from: Option<&'a str>) -> FindingJson<'a> {
    FindingJson {
        rule: &finding.key.rule,
        severity: finding.severity.as_str(),
        message: &finding.title,
        package: &finding.key.package,
        function: &finding.key.function,
        expression: &finding.key.expression,
        file: &finding.file,
        line: finding.line,
        column: finding.column,
        moved_from,
    }
}

/// Writes `diff` as `auditor/diff/v1`.
///
/// # Errors
/// When the output fails.
pub fn diff_json(diff: &DiffReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let side = |(file, report): (&'_ str, &'_ Reported)| (file.to_owned(), report.tool.clone());
    let (from, to) = (side(diff.from), side(diff.to));
    Object::write(out, |object| {
        object.field("schema", &"auditor/diff/v1")?;
        object.field("from", &Side { file: &from.0, tool: &from.1 })?;
        object.field("to", &Side { file: &to.0, tool: &to.1 })?;
        object.field("summary", &diff.counts())?;
        object.field("new", &diff.new.iter().map(|one| json(one, None)).collect::<Vec<_>>())?;
        object.field("moved", &diff.moved.iter().map(|(one, from)| json(one, Some(from))).collect::<Vec<_>>())?;
        object.field("gone", &diff.gone().into_iter().map(|one| json(one, None)).collect::<Vec<_>>())?;
        object.field("notes", &diff.notes())
    })
}

/// Writes `diff` for people.
///
/// # Errors
/// When the output fails.
pub fn diff_text(diff: &DiffReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut part = |head: &str, findings: &mut dyn Iterator<Item = (&ReportedFinding, Option<&str>)>| {
        let mut some = false;
        for (one, from) in findings {
            if !some {
                writeln!(out, "{head}")?;
                some = true;
            }
            let (file, ReportedFinding { line, column, key, .. }) = (one_line(&one.file), one);
            writeln!(out, "  {file}:{line}:{column}: {} {}", one.severity, one_line(&key.rule))?;
            let was = from.map(|from| format!(" (was in {})", one_line(from))).unwrap_or_default();
            writeln!(out, "    `{}` in {}{was}", one_line(&key.expression), one_line(&key.function))?;
        }
        if some { writeln!(out) } else { Ok(()) }
    };
    part("new", &mut diff.new.iter().map(|one| (*one, None)))?;
    part("moved", &mut diff.moved.iter().map(|(one, from)| (*one, Some(*from))))?;
    part("gone", &mut diff.gone().into_iter().map(|one| (one, None)))?;
    let Counts { new, known, moved, gone } = diff.counts();
    writeln!(out, "from {} to {}: {new} new, {known} known, {moved} moved, {gone} gone", diff.from.0, diff.to.0)?;
    diff.notes().iter().try_for_each(|note| writeln!(out, "note: {}", one_line(note)))
}

/// Writes `diff` as a line each: what is new, moved or gone, and where.
///
/// # Errors
/// When the output fails.
pub fn diff_short(diff: &DiffReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut line = |word: &str, one: &ReportedFinding| {
        let (file, rule, title) = (one_line(&one.file), one_line(&one.key.rule), one_line(&one.title));
        writeln!(out, "{file}:{}:{}: {} {rule}: {title} [{word}]", one.line, one.column, one.severity)
    };
    diff.new.iter().try_for_each(|one| line("new", one))?;
    diff.moved.iter().try_for_each(|(one, _)| line("moved", one))?;
    diff.gone().into_iter().try_for_each(|one| line("gone", one))
}

/// Writes `diff` as Markdown, for a job's summary or a comment on a change.
///
/// # Errors
/// When the output fails.
pub fn diff_markdown(diff: &DiffReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let cell =
        |text: &str| one_line(text).replace('\\', "\\\\").replace('|', "\\|").replace('`', "'").replace('<', "&lt;");
    let Counts { new, known, moved, gone } = diff.counts();
    writeln!(out, "## auditor: {new} new, {known} known, {moved} moved, {gone} gone\n")?;
    let rows = diff.new.iter().map(|one| ("new", *one)).chain(diff.moved.iter().map(|(one, _)| ("moved", *one)));
    let rows: Vec<_> = rows.chain(diff.gone().into_iter().map(|one| ("gone", one))).collect();
    if !rows.is_empty() {
        writeln!(out, "| | severity | rule | where | code |\n| --- | --- | --- | --- | --- |")?;
    }
    for (word, one) in rows {
        let (rule, file, code) = (cell(&one.key.rule), cell(&one.file), cell(&one.key.expression));
        writeln!(out, "| {word} | {} | {rule} | {file}:{} | `{code}` |", one.severity, one.line)?;
    }
    diff.notes().iter().try_for_each(|note| writeln!(out, "\n{}", cell(note)))
}
