//! Finds and reads what is scanned: packages, targets, files, their contexts, places in them. The only reader of the disk.

mod boundary;
pub mod cache;
pub mod comment;
mod context_files;
pub mod cursor;
mod dependency;
pub mod file;
mod gap;
mod git;
pub mod lint;
pub mod load;
pub mod lockfile;
mod manifest;
pub mod package;
pub mod paths;
mod places;
pub mod registry_src;
mod roles;
pub mod sanitize;
pub mod span;
pub mod target;
mod unlisted;
pub mod walk;

pub use boundary::{TextSource, read_given};
pub use comment::{Comment, argues_safety};
pub use context_files::add_context;
pub use cursor::Cursor;
pub use file::{LineIndex, Position, SourceFile};
pub use gap::{Gap, GapKind};
pub use git::{LeftOut, Repository, Revision, RevisionError};
pub use lint::{Level, LintLevel};
pub use load::{DEFAULT_FILE_BYTES, load, load_from};
pub use lockfile::{Locked, agrees, cargo_home, locked_dependencies, nearest_lock};
pub use manifest::{library_name, manifest_text, workspace_manifest};
pub use package::{Dependency, DependencyKind, Edition, Package, Profile, Target, TargetKind};
pub use paths::{absolute, checkout_of, display_prefix, find_upwards, relative_to};
pub use places::{folder_of, join_places};
pub use registry_src::RegistrySources;
pub use sanitize::{clean, clean_path, is_harmful};
pub use span::{FileId, Span};
pub use target::FileContext;
pub use unlisted::{Lookup, Scope};
pub use walk::{DiscoverError, DiscoverRequest, Discovery, FoundFile, discover, scan_root, stdin_file};

#[cfg(test)]
mod tests;
