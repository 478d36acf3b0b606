//! Finds and reads what is scanned: packages, targets, files, their contexts, places in them. The only reader of the disk.

pub mod comment;
pub mod span;

pub use comment::Comment;
pub use span::{FileId, Span};
