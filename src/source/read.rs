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

/// Returns how one gets from the folder `base` down to `path` (a folder, or a file's folder), with `/`: empty if they are the
/// same, `None` if `path` is not below `base` or either cannot be reached. Blocks.
pub fn way_down(base: &Path, path: &Path) -> Option<String> {
    let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    let mut path = path.canonicalize().ok()?;
    if path.is_file() {
        path.pop();
    }
    let rest = path.strip_prefix(base.canonicalize().ok()?).ok()?;
    Some(rest.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"))
}
