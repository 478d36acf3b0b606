//! The tool's own cache: what was made from sources that never change, kept by name. A missing or unwritable cache only costs
//! time.

use std::env;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The most bytes of one entry that are read back.
const MOST_BYTES: u64 = 64 << 20;

/// Part of every entry's name: what is kept by one version of the tool is not read by another.
const VERSION: &str = concat!("v", env!("CARGO_PKG_VERSION"), "-70");

/// Returns what `read` makes of the bytes kept as `name`, else makes and keeps them first. Blocks on the disk.
pub fn bytes<T>(name: &str, make: impl FnOnce() -> Option<Vec<u8>>, read: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
    let path = dir().map(|dir| dir.join(VERSION).join(name));
    // What cannot be read, cut short by a full disk say, is made anew.
    let kept = path.as_deref().and_then(kept).and_then(|bytes| read(&bytes));
    if kept.is_some() {
        return kept;
    }
    let made = make()?;
    if let Some(path) = path {
        keep(&path, &made);
    }
    read(&made)
}

fn kept(path: &Path) -> Option<Vec<u8>> {
    let file = fs::File::open(path).ok().filter(|file| file.metadata().is_ok_and(|data| data.is_file()))?;
    let mut bytes = Vec::new();
    let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes).ok()?;
    (read as u64 <= MOST_BYTES).then_some(bytes)
}

/// Writes by a rename, so that a reader never sees half an entry; a failure is not reported, for nothing is lost.
fn keep(path: &Path, bytes: &[u8]) {
    let Some(dir) = path.parent() else { return };
    let fresh = path.with_extension(format!("{}.tmp", std::process::id()));
    let written =
        fs::create_dir_all(dir).and_then(|()| fs::write(&fresh, bytes)).and_then(|()| fs::rename(&fresh, path));
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
