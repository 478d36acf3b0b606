//! The tool's own cache: texts made from sources that never change, kept by name. A missing or unwritable cache only costs
//! time.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::load::load_path;

/// The most bytes of a kept text that are read back.
const TEXT_BYTES: u64 = 64 << 20;

/// Part of every entry's name: what is kept by one version of the tool is not read by another.
const VERSION: &str = concat!("v", env!("CARGO_PKG_VERSION"), "-4");

/// Returns the text kept as `name`, else makes, keeps and returns it. Blocks on the disk.
pub fn text(name: &str, make: impl FnOnce() -> Option<String>) -> Option<String> {
    let path = dir().map(|dir| dir.join(VERSION).join(name));
    let kept = path.as_deref().filter(|path| path.is_file()).and_then(|path| load_path(path, name, TEXT_BYTES).ok());
    if kept.is_some() {
        return kept;
    }
    let made = make()?;
    if let Some(path) = path {
        keep(&path, &made);
    }
    Some(made)
}

/// Writes by a rename, so that a reader never sees half a text; a failure is not reported, for nothing is lost.
fn keep(path: &Path, text: &str) {
    let Some(dir) = path.parent() else { return };
    let fresh = path.with_extension(format!("{}.tmp", std::process::id()));
    let written =
        fs::create_dir_all(dir).and_then(|()| fs::write(&fresh, text)).and_then(|()| fs::rename(&fresh, path));
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
}

/// `$AUDITOR_CACHE_DIR`, else `auditor` in the user's cache folder; empty turns the cache off.
fn dir() -> Option<PathBuf> {
    if let Some(set) = env::var_os("AUDITOR_CACHE_DIR") {
        return (!set.is_empty()).then(|| PathBuf::from(set));
    }
    let base = env::var_os("XDG_CACHE_HOME").filter(|set| !set.is_empty()).map(PathBuf::from);
    Some(base.or_else(|| Some(env::home_dir()?.join(".cache")))?.join("auditor"))
}
