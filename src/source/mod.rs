//! Finds and reads what is scanned: packages, targets, files, their contexts, places in them. The only reader of the disk.

pub mod comment;
pub mod cursor;
pub mod file;
pub mod lint;
pub mod read;
pub mod span;

pub use comment::Comment;
pub use cursor::Cursor;
pub use file::{Gap, LineIndex, Position, SourceFile};
pub use lint::LintLevel;
pub use read::{find_upwards, read_text};
pub use span::{FileId, Span};
