//! Lines of text for people: one line out of many, places, gaps, wrapped paragraphs, tables.

use std::io;

use textwrap::{Options, WordSeparator, WordSplitter};

use super::document::{Entry, Root};
use super::positions::{Location, shown};
use super::table::{Row, Table, Weight};
use crate::source::{Gap, clean};

/// How wide text is where nobody says.
pub(super) const USUAL_WIDTH: usize = 80;

/// `text` without what would break the line; runs of white space become one blank, at its start too.
pub(super) fn one_line(text: &str) -> String {
    let inner = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let blank = if text.starts_with(char::is_whitespace) { " " } else { "" };
    clean(&format!("{blank}{inner}")).into_owned()
}

/// `path:line:column` of an entry.
pub(super) fn at(entry: &Entry<'_>, root: Root<'_>) -> String {
    let Location { path, start, .. } = entry.location;
    format!("{}:{}:{}", shown(root.from_here, path), start.line, start.column)
}

/// Lists what was not looked at.
pub(super) fn gaps(gaps: &[Gap], root: Root<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    for gap in gaps {
        let at = gap.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
        writeln!(out, "{}{at}: gap: {}", shown(root.from_here, &gap.path), one_line(&gap.reason))?;
    }
    Ok(())
}

/// Writes a paragraph of lines that are no wider than `width`; all but the first are indented by `indent`.
pub(super) fn paragraph(text: &str, indent: &str, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    // Names and paths stay whole: they are searched for and copied.
    let options = Options::new(width)
        .subsequent_indent(indent)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
        .word_separator(WordSeparator::AsciiSpace);
    textwrap::wrap(&one_line(text), options).iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// Writes a table with columns as wide as what they hold. Columns that make it wider than `width` are left out, the last ones
/// first: a table puts what matters most to the left.
pub(super) fn table(table: &Table, color: bool, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let (bold, dim, plain) = if color { ("\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m") } else { ("", "", "") };
    let widths = widths(table, width);
    let mut line = |cells: &mut dyn Iterator<Item = &str>, paint: &str| {
        let mut text = String::new();
        for (at, (cell, &width)) in cells.zip(&widths).enumerate() {
            let pad = " ".repeat(width.saturating_sub(textwrap::core::display_width(cell)));
            text = if at == 0 { format!("{cell}{pad}") } else { format!("{text}  {pad}{cell}") };
        }
        writeln!(out, "{paint}{}{}", text.trim_end(), if paint.is_empty() { "" } else { plain })
    };
    line(&mut table.head.iter().copied(), bold)?;
    for row in &table.rows {
        let paint = match row.weight {
            Weight::Plain => "",
            Weight::Dim => dim,
            Weight::Bold => bold,
        };
        line(&mut row.cells.iter().map(String::as_str), paint)?;
    }
    Ok(())
}

/// The widths of the columns that fit.
fn widths(table: &Table, width: usize) -> Vec<usize> {
    let cell = |row: &Row, column: usize| row.cells.get(column).map_or(0, |cell| textwrap::core::display_width(cell));
    let widest = |(column, head): (usize, &&str)| {
        table.rows.iter().map(|row| cell(row, column)).fold(head.chars().count(), usize::max)
    };
    let mut widths: Vec<usize> = table.head.iter().enumerate().map(widest).collect();
    // auditor: allow(panicking-api) a sum of counts of things in memory
    while widths.len() > 2 && widths.iter().map(|width| width + 2).sum::<usize>() > width + 2 {
        widths.pop();
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_no_wider_than_it_may_be_and_aligned_by_what_is_seen() {
        let row = |cells: [&str; 3]| Row { cells: cells.map(str::to_owned).into(), weight: Weight::Plain };
        let wide = Table {
            head: vec!["name", "one", "other"],
            rows: vec![row(["łódź", "1", "2"]), row(["漢字", "10", "·"])],
        };
        let page = |width| {
            let mut out = Vec::new();
            assert!(table(&wide, false, width, &mut out).is_ok());
            String::from_utf8(out).unwrap_or_default()
        };
        assert_eq!(page(80), "name  one  other\nłódź    1      2\n漢字   10      ·\n");
        assert_eq!(page(12), "name  one\nłódź    1\n漢字   10\n");
    }

    #[test]
    fn a_paragraph_breaks_between_words_only() {
        let mut out = Vec::new();
        assert!(paragraph("note: a\nlong-winded path/of/a/file", "  ", 12, &mut out).is_ok());
        assert_eq!(String::from_utf8(out).unwrap_or_default(), "note: a\n  long-winded\n  path/of/a/file\n");
    }
}
