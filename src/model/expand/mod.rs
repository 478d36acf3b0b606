//! Macro expansion: what macros a program has and which of them a path means, then matching, transcription, and the span map of the
//! result. `lower/` decides which calls are expanded.

mod brackets;
mod declarations;
mod definition;
mod doc_comments;
mod extern_macros;
mod matcher;
mod paste;
mod resolve;
mod rules;
pub(in crate::model) mod span_map;
pub(in crate::model) mod syntax_context;
mod tables;
mod transcribe;

pub use declarations::{Declarations, declarations};
pub use definition::MacroDef;
pub(in crate::model) use definition::{Expanded, Home};
pub(in crate::model) use doc_comments::doc_attributes;
pub use extern_macros::{CrateExports, ExportedMacro, ExternMacros, exported};
pub(in crate::model) use matcher::Args;
pub(in crate::model) use paste::pasted;
pub(in crate::model) use resolve::{Defs, Resolved, Resolver};
pub use tables::{CrateRef, FileInput, MacroTables, PackageInput, Root};
