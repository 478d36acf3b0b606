//! Indexes a crate from its folder: what `auditor index` prints, and what rules/std was made by.

use std::path::Path;

use super::lowered::parser_edition;
use super::{ScanError, Workers};
use crate::model::name::Name;
use crate::source::{DEFAULT_FILE_BYTES, DiscoverRequest, Edition, discover, load};
use crate::types::declaration_summary::{Sources, digest};

/// Returns the declarations of the crate whose root is `src/lib.rs` below `dir`, as compact Rust text; `None` where there is
/// no such root. Declarations that a 64-bit Linux build without features leaves out are left out; with `any_machine` those of
/// other machines stay. Blocks on the disk.
///
/// # Errors
///
/// When `dir` cannot be read.
pub fn index(dir: &Path, any_machine: bool) -> Result<Option<String>, ScanError> {
    Workers::new(None)?.run(|| {
        let paths = [dir.join("src")];
        let discovery = discover(&DiscoverRequest::all(&paths))?;
        let files: Vec<(String, String)> = discovery
            .files
            .iter()
            .filter_map(|file| Some((file.relative.clone(), load(file, DEFAULT_FILE_BYTES).ok()?)))
            .collect();
        let name = dir.file_name().map(|name| name.to_string_lossy().replace('-', "_")).unwrap_or_default();
        let edition = discovery.files.first().map_or(Edition::E2024, |file| file.edition);
        Ok(digest(&Sources {
            name: Name::new(&name),
            files: &files,
            root: "lib.rs",
            edition: parser_edition(edition),
            features: Some(rustc_hash::FxHashSet::default()),
            any_machine,
        }))
    })
}
