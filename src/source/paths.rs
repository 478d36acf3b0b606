//! Finds single files and folders for other stages, such as configuration; the walk over sources is elsewhere.

use std::path::{Path, PathBuf};

use super::manifest::slashed;

/// Returns the nearest thing called `name` in `start` (a folder, or a file's folder) or a folder above it, within the checkout
/// that holds it if one does: what lies above is another's. Whether it is a file is for its reader to say. Blocks.
pub fn find_upwards(start: &Path, name: &str) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    let checkout = checkout_of(&start);
    let within = start.ancestors().take_while(|folder| checkout.is_none_or(|checkout| folder.starts_with(checkout)));
    let found = within.map(|folder| folder.join(name)).find(|file| file.symlink_metadata().is_ok())?;
    Some(from_here(&found).to_path_buf())
}

/// Returns what is put before a path relative to the folder `root`, so that it is found from where the user stands: empty, or
/// with a `/` at its end.
pub fn display_prefix(root: &Path) -> String {
    let way = slashed(from_here(root));
    if way.is_empty() || way.ends_with('/') { way } else { way + "/" }
}

/// Returns `path` from the root of the file system, with `/`; as it stands if it cannot be reached. Blocks.
pub fn absolute(path: &Path) -> String {
    slashed(&path.canonicalize().unwrap_or_else(|_| path.to_owned()))
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
