//! Reads single text files for other stages, such as configuration; the walk over sources is elsewhere.

use std::io;
use std::path::{Path, PathBuf};

use super::manifest::slashed;

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
    Some(from_here(&found).to_path_buf())
}

/// Returns what is put before a path relative to the folder `root`, so that it is found from where the user stands: empty, or
/// with a `/` at its end.
pub fn display_prefix(root: &Path) -> String {
    let way = slashed(from_here(root));
    if way.is_empty() || way.ends_with('/') { way } else { way + "/" }
}

/// Returns the folder at or above `folder` that a repository is checked out in. Blocks.
pub fn checkout_of(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join(".git").exists())
}

/// `path` relative to where the user stands, where it lies below: it reads better than an absolute one.
fn from_here(path: &Path) -> &Path {
    let here = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path)
}

/// Returns how one gets from the folder `base` down to `path` (a folder, or a file's folder), with `/`: empty if they are the
/// same, `None` if `path` is not below `base` or either cannot be reached. Blocks.
pub fn relative_to(base: &Path, path: &Path) -> Option<String> {
    let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    let mut path = path.canonicalize().ok()?;
    if path.is_file() {
        path.pop();
    }
    let rest = path.strip_prefix(base.canonicalize().ok()?).ok()?;
    Some(rest.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"))
}
