//! Finds and reads what is scanned: packages, targets, files, their contexts, places in them. The only reader of the disk.

pub mod span;

pub use span::{FileId, Span};
