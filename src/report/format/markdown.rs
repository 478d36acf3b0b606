//! GitHub's Markdown: what a job's summary or a comment shows.

use std::io;

use crate::report::document::{Document, Entry};
use crate::report::lines::{at, one_line};
use crate::report::options::Options;
use crate::report::positions::Positions;
use crate::report::renderer::Format;
use crate::report::selection::worst_first;
use crate::report::table::Table;

pub(super) const FORMAT: Format = Format { name: "markdown", about: "Tables for a job's summary", render };

/// A summary is for a glance; GitHub takes a mebibyte.
const USUAL: usize = 50;

fn render(document: &dyn Document, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let conclusion = document.conclusion();
    let mut lines = conclusion.iter();
    writeln!(out, "## auditor: {}", lines.next().map(|line| escaped(line)).unwrap_or_default())?;
    if options.parts.summary() {
        document.tables().iter().try_for_each(|one| table(one, out))?;
    }
    if options.parts.entries() {
        entries(document, options, out)?;
    }
    let scan = document.scan();
    if !scan.gaps.is_empty() {
        writeln!(out, "\n### Not looked at, or not wholly\n")?;
    }
    for gap in scan.gaps.iter().take(USUAL) {
        writeln!(out, "- {}: {}", code(&format!("{}{}", scan.root.from_here, gap.path)), escaped(&gap.reason))?;
    }
    if options.parts.summary() {
        writeln!(out)?;
        lines.try_for_each(|line| writeln!(out, "- {}", escaped(line)))?;
    }
    Ok(())
}

fn entries(document: &dyn Document, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let mut listed = worst_first(document, options.show, options.limit.count(Some(USUAL)));
    // Sites that are no findings are many: what holds them all is the JSON.
    let most = options.limit.count(Some(USUAL)).unwrap_or(usize::MAX);
    let left_out = listed.left_out.len() + listed.keys.len().saturating_sub(most);
    listed.keys.truncate(most);
    if listed.keys.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| | confidence | rule | where | what |\n| --- | --- | --- | --- | --- |")?;
    let mut positions = Positions::new(document.scan().files);
    for key in &listed.keys {
        if let Some(entry) = document.entry(*key, &mut positions) {
            row(document, &entry, out)?;
        }
    }
    match left_out {
        0 => Ok(()),
        count => writeln!(out, "\n… and {count} more."),
    }
}

fn row(document: &dyn Document, entry: &Entry<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let note = if entry.note().is_empty() { String::new() } else { format!(": {}", entry.note()) };
    let what = escaped(&format!("{}{note}{}", entry.title(), entry.aside()));
    let confidence = entry.confidence.map_or("", |confidence| confidence.as_str());
    let place = code(&at(entry, document.scan().root));
    writeln!(out, "| {} | {confidence} | {} | {place} | {what} |", entry.word(), escaped(entry.rule))
}

fn table(table: &Table, out: &mut dyn io::Write) -> io::Result<()> {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let head: Vec<String> = table.head.iter().map(|head| escaped(head)).collect();
    let rule: Vec<String> = (0..head.len()).map(|column| if column == 0 { "---" } else { "--:" }.to_owned()).collect();
    writeln!(out, "\n{}\n{}", line(&head), line(&rule))?;
    for row in &table.rows {
        let cells: Vec<String> = row.cells.iter().map(|cell| escaped(cell)).collect();
        writeln!(out, "{}", line(&cells))?;
    }
    Ok(())
}

/// Text that is none of Markdown's or HTML's marks.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in one_line(text).chars() {
        if "\\`*_{}[]<>#|~!&@".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// Code within a cell: a bar would end the cell, a backtick the code.
fn code(text: &str) -> String {
    format!("`{}`", one_line(text).replace('`', "'").replace('|', "\\|"))
}
