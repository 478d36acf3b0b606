//! The few lines of a source around one place, as miette wants them: a finding costs its own lines, never its file.

use std::fmt;

use miette::{Diagnostic, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::source::{SourceFile, Span, clean};

/// Spans of more lines than this are shown by their first line.
const MOST_LINES: u32 = 8;
/// Lines longer than this are cut around the place.
const MOST_BYTES: usize = 240;

/// One finding as miette renders it.
pub(super) struct Shown {
    pub(super) code: String,
    pub(super) title: String,
    pub(super) severity: miette::Severity,
    pub(super) help: String,
    pub(super) label: String,
    pub(super) snippet: Snippet,
}

/// Some lines of a source; offsets count from their start.
pub(super) struct Snippet {
    name: String,
    text: String,
    line: usize,
    column: usize,
    span: SourceSpan,
}

impl Snippet {
    /// Cuts the lines of `span`, with one line of context on either side, out of `file`, called `name`. O(those lines).
    /// `column` is the 1-based one of the span's start.
    pub(super) fn new(name: String, file: &SourceFile, span: Span, column: u32) -> Self {
        let text = &file.text;
        let first = file.lines.line(span.start);
        let last = file.lines.line(span.end.saturating_sub(1).max(span.start));
        let range = |line: u32| file.lines.line_range(text, line).unwrap_or(span.start as usize..span.start as usize);
        let start = span.start as usize;
        let end = if last - first < MOST_LINES { span.end as usize } else { range(first).end.max(start) };
        let shown_last = file.lines.line(end.saturating_sub(1).max(start) as u32);
        let from = range(first.saturating_sub(1).max(1)).start;
        let to = range(shown_last.saturating_add(1).min(file.lines.line_count())).end.max(end);
        let (mut from, mut to, mut line) = (from, to, first.saturating_sub(1).max(1));
        if to - from > MOST_BYTES * (MOST_LINES as usize + 2) || range(first).len() > MOST_BYTES {
            // Something is too long for a terminal: show the place alone.
            from = boundary(text, range(first).start.max(start.saturating_sub(MOST_BYTES / 3)));
            to = boundary(text, range(first).end.min(from + MOST_BYTES));
            line = first;
        }
        // auditor: allow(panicking-api) the upper bound is at least `start`
        let end = end.clamp(start, to.max(start));
        let shown = text.get(from..start).unwrap_or_default();
        // Where the line is cut, its head is not counted: it may be a megabyte.
        let skipped = if line == first { (column as usize).saturating_sub(1 + shown.chars().count()) } else { 0 };
        Self {
            name,
            text: clean(text.get(from..to).unwrap_or_default()).into_owned(),
            line: line.saturating_sub(1) as usize,
            column: skipped,
            span: SourceSpan::new((start - from.min(start)).into(), end - start),
        }
    }
}

/// The nearest character boundary at or before `at`.
fn boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

impl SourceCode for Snippet {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        let from = inner.span().offset();
        // Columns are Unicode scalars here as everywhere; miette counts bytes.
        let head = self.text.get(..from).unwrap_or_default();
        let column = head.rsplit('\n').next().unwrap_or_default().chars().count();
        let column = if inner.line() == 0 { column + self.column } else { column };
        let contents = MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line() + self.line,
            column,
            inner.line_count(),
        );
        Ok(Box::new(contents))
    }
}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        if self.help.is_empty() { None } else { Some(Box::new(&self.help)) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.snippet)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = if self.label.is_empty() { None } else { Some(self.label.clone()) };
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(label, self.snippet.span))))
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Shown {}
