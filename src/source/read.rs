//! Reads single text files for other stages, such as configuration; the walk over sources is elsewhere.

use std::io;
use std::path::{Path, PathBuf};

/// Reads the file at `path` as UTF-8. Blocks.
///
/// # Errors
/// When the file cannot be read or is not valid UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
}

/// Returns the nearest file called `name` in `start` (a folder, or a file's folder) or a folder above it. Blocks.
pub fn find_upwards(start: &Path, name: &str) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    let found = start.ancestors().map(|folder| folder.join(name)).find(|file| file.is_file())?;
    // A path relative to where the user stands reads better than an absolute one.
    let here = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    match here.as_deref().and_then(|here| found.strip_prefix(here).ok()) {
        Some(relative) => Some(relative.to_path_buf()),
        None => Some(found),
    }
}
