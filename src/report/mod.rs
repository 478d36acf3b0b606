//! Renders what an audit found. `document/` has one file a document, `format/` one file a format, and every document has every
//! format. None of them prints, decides or reads the disk.

mod artifact;
mod batch;
mod diff;
mod document;
mod format;
mod json_stream;
mod lines;
mod options;
mod positions;
mod reach;
mod renderer;
mod selection;
mod snippet;
mod table;

pub use artifact::{ArtifactReport, ArtifactSource, artifact_json, artifact_text};
pub use diff::{DiffReport, diff_json, diff_markdown, diff_short, diff_text};
pub use document::{Checklist, Document, Entry, Findings, Key, Ledger, Root, Scan, Stats, Surface};
pub use format::{DOT, FORMATS, TEXT, sarif::Profile as SarifProfile};
pub use options::{Limit, Options, Parts, Show};

pub use reach::{DependencyReach, ReachFilter, ReachView};
pub use renderer::Format;
pub use table::{Row, Table, Weight};
