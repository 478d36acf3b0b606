//! Finds and reads what is scanned: packages, targets, files, their contexts, places in them. The only reader of the disk.

mod around;
pub mod cache;
pub mod clean;
pub mod comment;
pub mod cursor;
mod dependency;
pub mod file;
pub mod lint;
pub mod load;
pub mod lockfile;
mod manifest;
pub mod package;
pub mod read;
pub mod span;
pub mod target;
pub mod unpacked;
pub mod walk;

pub use around::surround;
pub use clean::{clean, clean_path, is_harmful};
pub use comment::Comment;
pub use cursor::Cursor;
pub use file::{Gap, LineIndex, Position, SourceFile};
pub use lint::LintLevel;
pub use load::{DEFAULT_FILE_BYTES, load, load_from};
pub use lockfile::{Locked, agrees, cargo_home, locked_dependencies, nearest_lock};
pub use manifest::library_name;
pub use package::{Dependency, DependencyKind, Edition, Package, Profile, Target, TargetKind};
pub use read::{checkout_of, find_upwards, read_text, way_down, way_to};
pub use span::{FileId, Span};
pub use target::FileContext;
pub use unpacked::Unpacked;
pub use walk::{DiscoverError, DiscoverRequest, Discovery, FoundFile, discover, stdin_file};

#[cfg(test)]
mod tests;
