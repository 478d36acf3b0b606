//! Where things are, for people and for machines: paths, lines, columns.

use std::collections::HashMap;

use crate::source::{Cursor, FileId, Position, SourceFile, Span, clean_path};

/// Turns spans into lines and columns; cheap for spans in order, right for any.
pub struct Positions<'a> {
    files: &'a [SourceFile],
    cursors: HashMap<FileId, (Cursor<'a>, Cursor<'a>)>,
}

/// A span as people read it; the end is exclusive.
#[derive(Debug, Clone, Copy)]
pub struct Location<'a> {
    pub path: &'a str,
    pub start: Position,
    pub end: Position,
}

/// A path as people read it: from where they stand, `base` being the way to the scanned folder, so that terminals and editors
/// find the file. One that begins as a command of a CI's runner does, `::` or `##`, begins with `./`.
pub(super) fn shown(base: &str, path: &str) -> String {
    let whole = clean_path(&format!("{base}{path}"));
    if whole.trim_start().starts_with([':', '#']) { format!("./{whole}") } else { whole }
}

impl<'a> Positions<'a> {
    pub fn new(files: &'a [SourceFile]) -> Self {
        Self { files, cursors: HashMap::new() }
    }

    /// Returns the file that holds `span`.
    pub fn file(&self, span: Span) -> Option<&'a SourceFile> {
        self.files.get(span.file.0 as usize)
    }

    /// Returns where `span` is. A file that is not there, which cannot be, reads as an empty one.
    pub fn of(&mut self, span: Span) -> Location<'a> {
        let nowhere = Position { line: 1, column: 1 };
        let Some(file) = self.file(span) else { return Location { path: "", start: nowhere, end: nowhere } };
        let fresh = || (Cursor::new(&file.text, &file.lines), Cursor::new(&file.text, &file.lines));
        let (starts, ends) = self.cursors.entry(span.file).or_insert_with(fresh);
        Location { path: &file.path, start: starts.position(span.start), end: ends.position(span.end) }
    }
}
