//! The tool's own cache: what was made from sources that never change, kept by name. A missing or unwritable cache only costs
//! time. Another user who can write to its folder can neither make a scan read what they put there nor write elsewhere.

use std::env;
use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The most bytes of one entry that are read back.
const MOST_BYTES: u64 = 64 << 20;

/// Part of every entry's name: what is kept by one version of the tool is not read by another.
const VERSION: &str = concat!("v", env!("CARGO_PKG_VERSION"), "-73");

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
    // Asked before it is opened: opening a pipe waits for a writer. A link is no entry, whatever it leads to.
    let own = |data: &Metadata| data.is_file() && is_users(data);
    if !fs::symlink_metadata(path.parent()?).is_ok_and(|data| data.is_dir() && is_users(&data)) {
        return None;
    }
    fs::symlink_metadata(path).ok().filter(own)?;
    let file = File::open(path).ok().filter(|file| file.metadata().is_ok_and(|data| own(&data)))?;
    let mut bytes = Vec::new();
    let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes).ok()?;
    (read as u64 <= MOST_BYTES).then_some(bytes)
}

/// Writes a file of a name that nobody can know, which the user alone can read, and renames it: a reader never sees half an
/// entry, and no link leads the writing elsewhere. A failure is not reported, for nothing is lost.
fn keep(path: &Path, bytes: &[u8]) {
    let _lost = try_keep(path, bytes);
}

fn try_keep(path: &Path, bytes: &[u8]) -> Option<()> {
    let dir = path.parent()?;
    make_dir(dir)?;
    fs::symlink_metadata(dir).ok().filter(|data| data.is_dir() && is_users(data))?;
    let mut fresh = NamedTempFile::new_in(dir).ok()?;
    fresh.write_all(bytes).ok()?;
    fresh.persist(path).ok().map(|_| ())
}

fn make_dir(dir: &Path) -> Option<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).ok()
}

/// Whether what `data` is of belongs to the user: in a folder that others can write to, nothing else does.
#[cfg(unix)]
fn is_users(data: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    data.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_users(_data: &Metadata) -> bool {
    true
}

/// `$AUDITOR_CACHE_DIR`, else `auditor` in the user's cache folder; empty turns the cache off.
fn dir() -> Option<PathBuf> {
    if let Some(set) = env::var_os("AUDITOR_CACHE_DIR") {
        return (!set.is_empty()).then(|| PathBuf::from(set));
    }
    // Its specification has a relative path ignored: it would lead into whatever is scanned.
    let base = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|set| set.is_absolute());
    let home = || Some(env::home_dir().filter(|home| home.is_absolute())?.join(".cache"));
    Some(base.or_else(home)?.join("auditor"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn an_entry_is_kept_for_its_user_alone_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v1/a.model");
        keep(&path, b"kept");
        assert_eq!(kept(&path).unwrap(), b"kept");
        for (path, mode) in [(path.as_path(), 0o600), (path.parent().unwrap(), 0o700)] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
        }
        keep(&path, b"anew");
        assert_eq!(kept(&path).unwrap(), b"anew");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left lying about");
    }

    #[test]
    fn links_pipes_and_folders_are_no_entries() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("victim"), "precious").unwrap();
        symlink(at("victim"), at("link.model")).unwrap();
        fs::create_dir(at("folder.model")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("pipe.model")).status().unwrap().success());
        for name in ["link.model", "folder.model", "pipe.model", "none.model"] {
            assert_eq!(kept(&at(name)), None, "{name}");
        }
        // The link gives way to the entry; what it led to is as it was.
        keep(&at("link.model"), b"kept");
        assert_eq!(kept(&at("link.model")).unwrap(), b"kept");
        assert_eq!(fs::read(at("victim")).unwrap(), b"precious");
    }

    #[test]
    fn a_linked_folder_is_no_cache() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("elsewhere")).unwrap();
        symlink(at("elsewhere"), at("v1")).unwrap();
        keep(&at("v1/a.model"), b"kept");
        assert_eq!(fs::read_dir(at("elsewhere")).unwrap().count(), 0);
        fs::write(at("elsewhere/a.model"), "planted").unwrap();
        assert_eq!(kept(&at("v1/a.model")), None);
    }

    #[test]
    fn what_another_user_owns_is_not_read() {
        let root = fs::metadata("/").unwrap();
        assert_eq!(is_users(&root), root.uid() == rustix::process::geteuid().as_raw());
    }
}
