//! Places in sources: file ids and byte ranges. Lines and columns are derived in `lines.rs`.

use serde::{Deserialize, Serialize};

/// One file of a scan; an index into the scan's list of files, which is sorted by path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(pub u32);

impl FileId {
    /// A text that no scan reads, such as the body of a dependency's macro: nothing is reported there.
    pub const ELSEWHERE: Self = Self(u32::MAX);
}

/// A half-open range of bytes in one file's text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file that holds the bytes.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte; never less than `start`.
    pub end: u32,
}

impl Span {
    /// Returns the span of `start..end` in `file`.
    pub const fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// Tells whether `other` lies within this span (both in one file).
    pub const fn contains(self, other: Self) -> bool {
        self.file.0 == other.file.0 && self.start <= other.start && other.end <= self.end
    }
}
