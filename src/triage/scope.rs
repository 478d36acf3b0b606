//! What a waiver indexes: its line, the line below, or the item that begins there.

use crate::source::{Comment, SourceFile, Span};

/// What a waiver in a comment indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Sites that begin or end on this line.
    Line(u32),
    /// All that an item or statement holds.
    Item(Span),
}

/// The items of one file as a forest, to find the innermost one around a place, and the code below its comments.
pub(super) struct Items<'a> {
    spans: &'a [Span],
    /// For each item the next larger one around it.
    parents: Vec<Option<usize>>,
    /// For each comment where the next code begins.
    codes: Vec<Option<u32>>,
}

impl<'a> Items<'a> {
    /// Indexes the items of `file`, sorted by span; O(items + comments).
    pub(super) fn new(file: &SourceFile, spans: &'a [Span]) -> Self {
        let mut parents: Vec<Option<usize>> = Vec::with_capacity(spans.len());
        let mut open: Vec<usize> = Vec::new();
        for (at, span) in spans.iter().enumerate() {
            while open.last().is_some_and(|&last| spans.get(last).is_none_or(|last| last.end <= span.start)) {
                open.pop();
            }
            // Of two items that begin together the shorter one sorts first, so that the outer one comes to stand inside:
            // harmless, since a search takes the longest of those that begin at one place.
            parents.push(open.last().copied());
            open.push(at);
        }
        Self { spans, parents, codes: next_codes(file) }
    }

    /// The longest item that begins at `start`; O(log items + items that begin there).
    fn beginning_at(&self, start: u32) -> Option<Span> {
        let from = self.spans.partition_point(|span| span.start < start);
        self.spans.get(from..)?.iter().take_while(|span| span.start == start).max_by_key(|span| span.end).copied()
    }

    /// The innermost item that holds `at`, or begins there with a comment of its own; O(log items + depth).
    fn around(&self, at: u32) -> Option<Span> {
        let mut place = self.spans.partition_point(|span| span.start <= at).checked_sub(1);
        while let Some(here) = place {
            let span = *self.spans.get(here)?;
            if span.end > at {
                return Some(span);
            }
            place = *self.parents.get(here)?;
        }
        None
    }
}

/// Returns what a waiver in the comment at `at` of `file.comments` indexes. O(log items + lines of the header that holds it).
pub(super) fn of(file: &SourceFile, at: usize, comment: &Comment, items: &Items<'_>) -> Scope {
    let own_line = file.lines.line(comment.span.start);
    if !comment.own_line {
        return Scope::Line(own_line);
    }
    let Some(code) = items.codes.get(at).copied().flatten() else { return Scope::Line(own_line) };
    // A block comment on its own line may have code right behind it.
    if let Some(item) = items.beginning_at(code) {
        return Scope::Item(item);
    }
    match items.around(comment.span.start) {
        Some(item) if is_header(file, item.start, comment.span.start) => Scope::Item(item),
        _ => Scope::Line(file.lines.line(code)),
    }
}

/// Where the next code, or doc comment, begins after each comment of `file`. O(comments + blanks between them): from the last
/// to the first, since a run of comments has one answer.
fn next_codes(file: &SourceFile) -> Vec<Option<u32>> {
    let mut codes = vec![None; file.comments.len()];
    let mut below: Option<(&Comment, Option<u32>)> = None;
    for (comment, code) in file.comments.iter().zip(&mut codes).rev() {
        let start = skip_blanks(&file.text, comment.span.end);
        *code = match below {
            Some((next, answer)) if next.span.start == start && !next.doc => answer,
            _ => ((start as usize) < file.text.len()).then_some(start),
        };
        below = Some((comment, *code));
    }
    codes
}

fn skip_blanks(text: &str, from: u32) -> u32 {
    let rest = text.get(from as usize..).unwrap_or_default();
    from + (rest.len() - rest.trim_start().len()) as u32
}

/// Tells whether `text[from..to]` holds only attributes and comments: then the place is still before an item's keyword.
fn is_header(file: &SourceFile, from: u32, to: u32) -> bool {
    let bytes = file.text.as_bytes();
    let mut comments = file.comments.iter().skip(file.comments.partition_point(|comment| comment.span.start < from));
    let mut next = comments.next();
    let mut at = from;
    let mut depth = 0_u32;
    while at < to {
        if let Some(comment) = next.filter(|comment| comment.span.start == at) {
            at = comment.span.end;
            next = comments.next();
            continue;
        }
        while next.is_some_and(|comment| comment.span.start < at) {
            next = comments.next();
        }
        match bytes.get(at as usize) {
            Some(b'#') if depth == 0 && bytes.get(at as usize + 1) == Some(&b'[') => {
                depth = 1;
                at += 1;
            }
            Some(b'"') if depth > 0 => at += string_length(bytes, at as usize + 1),
            Some(b'[') if depth > 0 => depth += 1,
            Some(b']') if depth > 0 => depth -= 1,
            Some(byte) if depth > 0 || byte.is_ascii_whitespace() => {}
            _ => return false,
        }
        at += 1;
    }
    depth == 0
}

/// How many bytes a string literal has after its first quote, the last quote too.
fn string_length(bytes: &[u8], from: usize) -> u32 {
    let mut escaped = false;
    let ends = |&byte: &u8| {
        let end = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        end
    };
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(ends).map_or(rest.len(), |at| at + 1) as u32
}
