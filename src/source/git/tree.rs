//! Writes what a revision holds into a folder: regular files, and links that stay inside. A repository is hostile until shown
//! otherwise, so names, depth, count and bytes are bounded, and nothing is written through a link.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use gix_hash::ObjectId;
use gix_object::tree::EntryKind;
use gix_object::{Find, FindHeader, TreeRefIter};

use super::{Repository, Revision, RevisionError, damaged, disk};
use crate::source::load::DEFAULT_FILE_BYTES;
use crate::source::places::join_places;

/// The most bytes of a tree that are written.
const MOST_BYTES: u64 = 2 << 30;

/// The most files and folders.
const MOST_ENTRIES: u64 = 500_000;

/// The deepest folder.
const MOST_DEPTH: usize = 128;

/// The most bytes of a folder's own list, and of a link.
const LIST_BYTES: u64 = 64 << 20;
const LINK_BYTES: u64 = 4096;

/// What of a revision was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Folders that are repositories of their own.
    pub submodules: Vec<String>,
}

impl Repository {
    /// Writes the files of `revision` into the folder `into`, which is empty, and marks it as a checkout. Files that are larger
    /// than what is scanned are left out. Where the revision has a package without a lock file, the work tree's is lent: it
    /// is one that nobody keeps in git, and says which versions both sides use. Blocks on the disk.
    ///
    /// # Errors
    /// When an object is missing or wrong, the tree is larger than what is read, or the disk says no.
    pub fn write(&self, revision: &Revision, into: &Path) -> Result<LeftOut, RevisionError> {
        let tree = self.commit(&revision.id, &revision.name)?.tree;
        let mark = into.join(".git");
        fs::create_dir(&mark).map_err(|error| disk(&mark, error))?;
        let mut writer = Writer {
            repository: self,
            into,
            revision,
            bytes: 0,
            entries: 0,
            links: Vec::new(),
            open: vec![(tree, String::new(), 0)],
            left_out: LeftOut::default(),
        };
        while let Some((tree, folder, depth)) = writer.open.pop() {
            writer.folder(&tree, &folder, depth)?;
        }
        writer.links();
        Ok(writer.left_out)
    }
}

struct Writer<'a> {
    repository: &'a Repository,
    into: &'a Path,
    revision: &'a Revision,
    bytes: u64,
    entries: u64,
    /// Made last, so that nothing is written through them: where they lie, and what they lead to.
    links: Vec<(String, String)>,
    /// Folders that are not written yet, with their depth.
    open: Vec<(ObjectId, String, usize)>,
    left_out: LeftOut,
}

impl Writer<'_> {
    fn folder(&mut self, tree: &ObjectId, folder: &str, depth: usize) -> Result<(), RevisionError> {
        let list = self.object(tree, LIST_BYTES)?;
        let Some(list) = list else { return Err(damaged(format!("the folder `{folder}` has too many entries"))) };
        let mut has = (false, false);
        for entry in TreeRefIter::from_bytes(&list, tree.kind()) {
            let entry = entry.map_err(damaged)?;
            let name = std::str::from_utf8(entry.filename).ok();
            let Some(name) = name.filter(|name| is_plain(name)) else {
                return Err(damaged(format!("`{folder}` holds an entry called `{}`", entry.filename)));
            };
            let place = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            self.entries += 1;
            if self.entries > MOST_ENTRIES || depth > MOST_DEPTH {
                let what = format!("more than {MOST_ENTRIES} files, or folders deeper than {MOST_DEPTH}");
                return Err(self.too_large(&what));
            }
            has = (has.0 || name == "Cargo.toml", has.1 || name == "Cargo.lock");
            let id = entry.oid.to_owned();
            match entry.mode.kind() {
                EntryKind::Tree => {
                    let path = self.path(&place);
                    fs::create_dir(&path).map_err(|error| twice(&path, error))?;
                    self.open.push((id, place, depth + 1));
                }
                EntryKind::Blob | EntryKind::BlobExecutable => self.file(&id, &place)?,
                EntryKind::Link => {
                    let target = self.object(&id, LINK_BYTES)?.and_then(|bytes| String::from_utf8(bytes).ok());
                    self.links.extend(target.map(|target| (place, target)));
                }
                EntryKind::Commit => self.left_out.submodules.push(place),
            }
        }
        if has == (true, false) {
            self.lend_lock(folder);
        }
        Ok(())
    }

    fn file(&mut self, id: &ObjectId, place: &str) -> Result<(), RevisionError> {
        let Some(bytes) = self.object(id, DEFAULT_FILE_BYTES)? else { return Ok(()) };
        self.bytes += bytes.len() as u64;
        if self.bytes > MOST_BYTES {
            return Err(self.too_large(&format!("more than {MOST_BYTES} bytes")));
        }
        let path = self.path(place);
        let mut file = File::create_new(&path).map_err(|error| twice(&path, error))?;
        file.write_all(&bytes).map_err(|error| disk(&path, error))
    }

    /// The bytes of an object; `None` where there are more than `most`.
    fn object(&self, id: &ObjectId, most: u64) -> Result<Option<Vec<u8>>, RevisionError> {
        let objects = &self.repository.objects;
        let header = objects.try_header(id).map_err(damaged)?;
        let header = header.ok_or_else(|| RevisionError::Absent {
            what: format!("object {id} of `{}`", self.revision.name),
            help: "a clone with a filter leaves it out: `git fetch --refetch --no-filter` brings all".to_owned(),
        })?;
        if header.size > most {
            return Ok(None);
        }
        let mut buffer = Vec::new();
        let found = objects.try_find(id, &mut buffer).map_err(damaged)?.is_some();
        // The data stands in the buffer, which may be larger.
        buffer.truncate(header.size as usize);
        if found { Ok(Some(buffer)) } else { Err(damaged(format!("object {id} is gone"))) }
    }

    /// Copies the lock file that the work tree has in `folder`.
    fn lend_lock(&self, folder: &str) {
        let from = self.repository.work_tree.join(folder).join("Cargo.lock");
        let regular = fs::symlink_metadata(&from).is_ok_and(|data| data.is_file() && data.len() <= DEFAULT_FILE_BYTES);
        if regular {
            // Without it types of dependencies are not known, which is all.
            let _without = fs::copy(&from, self.path(folder).join("Cargo.lock"));
        }
    }

    /// Makes the links that stay inside; others are left out, as a scan leaves them out.
    fn links(&self) {
        for (place, target) in &self.links {
            let folder = place.rsplit_once('/').map_or("", |(folder, _)| folder);
            let end = join_places(folder, target);
            // A `..` behind a name would lead where a link of that name says.
            let up = target.split('/').skip_while(|part| *part == "..").any(|part| part == "..");
            let inside = !up && !Path::new(target).is_absolute() && !end.starts_with("..") && !end.starts_with(".git");
            if inside {
                // What cannot be linked is not there: its findings count as new, never as known.
                let _without = link(target, &self.path(place));
            }
        }
    }

    fn path(&self, place: &str) -> PathBuf {
        self.into.join(place)
    }

    fn too_large(&self, what: &str) -> RevisionError {
        RevisionError::TooLarge(format!("`{}` has {what}, which is more than is read", self.revision.name))
    }
}

/// Whether an entry of that name stays in its folder, on any system.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !matches!(name, "." | "..")
        && !name.eq_ignore_ascii_case(".git")
        && !name.contains(['/', '\0'])
        && (cfg!(unix) || !name.contains(['\\', ':']))
}

/// What is there before it is written stands in the list twice, at least to this disk.
fn twice(path: &Path, error: std::io::Error) -> RevisionError {
    if error.kind() == ErrorKind::AlreadyExists {
        return damaged(format!("two entries are called `{}`", path.display()));
    }
    disk(path, error)
}

#[cfg(unix)]
fn link(target: &str, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

/// Elsewhere git writes a link as a file that holds its target, unless it was told otherwise.
#[cfg(not(unix))]
fn link(target: &str, at: &Path) -> std::io::Result<()> {
    fs::write(at, target)
}
