//! GitHub's workflow commands: annotations in the lines of a change, for repositories without code scanning.

use std::io;

use crate::finding::Severity;
use crate::report::document::{Document, Entry, Key};
use crate::report::lines::one_line;
use crate::report::options::Options;
use crate::report::positions::Positions;
use crate::report::renderer::Format;
use crate::report::selection::worst_first;

pub(super) const FORMAT: Format =
    Format { name: "github", about: "GitHub's annotations, the worst within what it shows", render };

/// GitHub shows so many annotations of each level of a step.
const MOST: usize = 10;

/// The levels of annotations, worst first.
const LEVELS: [&str; 3] = ["error", "warning", "notice"];

fn render(document: &dyn Document, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let scan = document.scan();
    let way = scan.root.from_checkout;
    // What was not looked at is said first: it is what makes the job fail.
    let gaps = scan.gaps.iter().take(MOST / 2);
    let mut shown = [0, gaps.len(), 1];
    for gap in gaps {
        let line = gap.position.map(|at| format!(",line={},col={}", at.line, at.column)).unwrap_or_default();
        let (file, reason) = (property(&format!("{way}{}", gap.path)), data(&gap.reason));
        writeln!(out, "::warning file={file}{line},title=auditor gap::Not looked at, or not wholly: {reason}")?;
    }
    let listed = worst_first(document, options.show, options.limit.count(None));
    let mut positions = Positions::new(scan.files);
    let mut left_out = listed.left_out.len() + scan.gaps.len().saturating_sub(MOST / 2);
    for key in &listed.keys {
        let at = level(key);
        let Some(count) = shown.get_mut(at).filter(|count| **count < MOST) else {
            left_out += 1;
            continue;
        };
        *count += 1;
        if let Some(entry) = document.entry(*key, &mut positions) {
            annotation(LEVELS.get(at).unwrap_or(&"notice"), way, &entry, out)?;
        }
    }
    let conclusion = document.conclusion().into_iter().next().unwrap_or_default();
    let more = match left_out {
        0 => String::new(),
        count => format!("; {count} more than GitHub shows: see the job's report"),
    };
    writeln!(out, "::notice title=auditor::{}", data(&(conclusion + &more)))
}

/// The place of an entry's level in `LEVELS`.
const fn level(key: &Key<'_>) -> usize {
    match key.severity {
        Some(Severity::Critical | Severity::High) => 0,
        Some(Severity::Medium) => 1,
        Some(Severity::Low | Severity::Info) | None => 2,
    }
}

fn annotation(level: &str, way: &str, entry: &Entry<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let location = entry.location;
    let (start, end) = (location.start, location.end);
    write!(out, "::{level} file={},line={}", property(&format!("{way}{}", location.path)), start.line)?;
    write!(out, ",endLine={}", end.line)?;
    // Columns are shown within one line alone.
    if start.line == end.line {
        write!(out, ",col={},endColumn={}", start.column, end.column.max(start.column))?;
    }
    let note = entry.note();
    let note = if note.is_empty() { String::new() } else { format!(": {note}") };
    let message = data(&format!("{}{note}{}", entry.title(), entry.aside()));
    writeln!(out, ",title={}::{message}", property(&format!("{} ({})", entry.rule, entry.word())))
}

/// A message: percent signs and line ends are escaped. Two number signs would begin a command of the older kind.
fn data(text: &str) -> String {
    one_line(text).replace("##", "# #").replace('%', "%25")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_properties_is_escaped_in_them_alone() {
        assert_eq!(property("a:b,c%d\n##[x]"), "a%3Ab%2Cc%25d # #[x]");
        assert_eq!(data("a:b,c%d\r\n::stop"), "a:b,c%25d ::stop");
    }
}
