//! One file of a scan: its path, text and line starts. How it was found is `walk.rs`'s business.

use std::sync::Arc;

use super::comment::Comment;
use super::span::FileId;

/// One file that was read, decoded and, as far as it goes, parsed.
#[derive(Debug)]
pub struct SourceFile {
    /// Its place in the scan's list.
    pub id: FileId,
    /// The path as reports print it: relative to the scanned root, with `/`.
    pub path: String,
    /// The name of its package; empty where it has none.
    pub package: Arc<str>,
    /// The text, valid UTF-8, as read (a byte order mark and CRLF are kept, so that offsets are the disk's).
    pub text: String,
    /// Where lines begin.
    pub lines: LineIndex,
    /// All comments, in order.
    pub comments: Vec<Comment>,
}

/// Where lines begin in a text, to turn byte offsets into lines and columns.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

/// A place for people: line and column, both 1-based; columns count Unicode scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in Unicode scalars.
    pub column: u32,
}

impl LineIndex {
    /// Indexes `text`; O(n).
    pub fn new(text: &str) -> Self {
        let ends = || memchr::memchr_iter(b'\n', text.as_bytes());
        // Counting is far cheaper than growing.
        let mut starts = Vec::with_capacity(ends().count() + 1);
        starts.push(0);
        starts.extend(ends().map(|at| at as u32 + 1));
        Self { starts }
    }

    /// Returns the 1-based line that holds `offset`; O(log lines).
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|&start| start <= offset) as u32
    }

    /// Returns how many lines there are; a final newline begins one more, empty line.
    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// Returns the byte range of 1-based `line` in `text`, without its line end; `None` past the last line.
    pub fn line_range(&self, text: &str, line: u32) -> Option<std::ops::Range<usize>> {
        let at = line.checked_sub(1)? as usize;
        let start = *self.starts.get(at)? as usize;
        let end = self.starts.get(at + 1).map_or(text.len(), |&next| next as usize);
        let body = text.get(start..end)?;
        Some(start..start + body.trim_end_matches(['\n', '\r']).len())
    }

    /// Returns line and column of `offset` in `text`, the text that was indexed; O(log lines + line length).
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let line = self.line(offset);
        let start = self.starts.get(line.saturating_sub(1) as usize).copied().unwrap_or(0);
        let before = text.get(start as usize..offset as usize).unwrap_or("");
        // The mark that a file begins with is no character of its first line.
        let before = if start == 0 { before.strip_prefix('\u{feff}').unwrap_or(before) } else { before };
        Position { line, column: before.chars().count() as u32 + 1 }
    }
}
