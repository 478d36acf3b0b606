//! Revisions of a repository, read from git's own files: no git is started, nothing is fetched. Which commit a name means is
//! `name.rs`'s business, where two histories meet `history.rs`'s, and what a revision holds `tree.rs`'s.

mod blob;
mod history;
mod name;
mod tree;

pub use tree::LeftOut;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gix_hash::{Kind, ObjectId};
use gix_object::Find;

use super::boundary::read_given;
use super::sanitize::clean_path;

/// The most bytes of one allocation for what a pack says.
const ALLOCATION: usize = 256 << 20;

/// A repository that is checked out in a folder.
pub struct Repository {
    work_tree: PathBuf,
    /// Where `HEAD` of this work tree lies.
    git_dir: PathBuf,
    objects: gix_odb::Handle,
    refs: gix_ref::file::Store,
    /// Commits whose parents a shallow clone leaves out.
    shallow: BTreeSet<ObjectId>,
}

/// A commit that a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The name as given.
    pub name: String,
    id: ObjectId,
}

/// Why a revision cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// No repository is checked out there.
    #[error("{} lies in no git repository", .0.display())]
    NoRepository(PathBuf),
    /// The repository is of a kind that is not read.
    #[error("{0}")]
    Unsupported(String),
    /// Nothing has that name.
    #[error("no branch, tag or commit is called `{name}` here; {help}")]
    Unknown {
        /// The name as given.
        name: String,
        /// What can be done about it.
        help: String,
    },
    /// The name says something that is wrong.
    #[error("`{name}` names no revision: {why}")]
    Name {
        /// The name as given.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The clone does not have it.
    #[error("{what} is not in this clone; {help}")]
    Absent {
        /// What is missing.
        what: String,
        /// What to fetch.
        help: String,
    },
    /// What git keeps makes no sense.
    #[error("the repository cannot be read: {0}")]
    Damaged(String),
    /// The tree is more than is read.
    #[error("{0}")]
    TooLarge(String),
    /// The disk says no.
    #[error("{place}: {error}")]
    Disk {
        /// The file or folder.
        place: String,
        /// The system's reason.
        #[source]
        error: io::Error,
    },
}

/// What is wrong with what a repository keeps, in the words of its reader.
fn damaged(error: impl std::fmt::Display) -> RevisionError {
    RevisionError::Damaged(clean_path(&error.to_string()))
}

fn disk(place: &Path, error: io::Error) -> RevisionError {
    RevisionError::Disk { place: place.display().to_string(), error }
}

impl Revision {
    /// Returns the beginning of the commit's hash, as people write it.
    pub fn short(&self) -> String {
        self.id.to_hex_with_len(10).to_string()
    }
}

impl Repository {
    /// Opens the repository whose work tree is `work_tree`; its `.git` may be a folder, or a file that says where it is. Blocks.
    ///
    /// # Errors
    /// When there is none, or it is of a kind that is not read.
    pub fn open(work_tree: &Path) -> Result<Self, RevisionError> {
        let git_dir = git_dir(work_tree)?;
        let common = match read_given(&git_dir.join("commondir")) {
            Ok(text) => git_dir.join(text.trim()),
            Err(_) => git_dir.clone(),
        };
        let unsupported = |what: &str| Err(RevisionError::Unsupported(what.to_owned()));
        let config = read_given(&common.join("config")).unwrap_or_default().to_ascii_lowercase();
        let says = |key: &str, value: &str| {
            let line = |line: &str| line.split_once('=').map(|(name, what)| (name.trim() == key, what.trim() == value));
            config.lines().any(|text| line(text) == Some((true, true)))
        };
        if says("objectformat", "sha256") {
            return unsupported("the repository names its objects by SHA-256, which is not read");
        }
        if says("refstorage", "reftable") {
            return unsupported("the repository keeps its branches as a reftable, which is not read");
        }
        let objects = common.join("objects");
        let options = gix_odb::store::init::Options { alloc_limit_bytes: Some(ALLOCATION), ..Default::default() };
        let objects =
            gix_odb::at_opts(objects.clone(), Kind::Sha1, None, options).map_err(|error| disk(&objects, error))?;
        let refs = if common == git_dir {
            gix_ref::file::Store::at(git_dir.clone(), Kind::Sha1)
        } else {
            gix_ref::file::Store::for_linked_worktree(git_dir.clone(), common.clone(), Kind::Sha1)
        };
        let shallow = read_given(&common.join("shallow")).unwrap_or_default();
        let shallow = shallow.lines().filter_map(|line| ObjectId::from_hex(line.trim().as_bytes()).ok()).collect();
        Ok(Self { work_tree: work_tree.to_owned(), git_dir, objects, refs, shallow })
    }

    /// The parents of a commit, and when it was made in seconds; `name` is what the user asked for.
    fn commit(&self, id: &ObjectId, name: &str) -> Result<Commit, RevisionError> {
        let mut buffer = Vec::new();
        let found = self.objects.try_find(id, &mut buffer).map_err(damaged)?;
        let data = found.ok_or_else(|| self.absent(id, name))?;
        let object_hash = data.object_hash;
        let bytes = match data.kind {
            gix_object::Kind::Commit => data.data,
            other => return Err(damaged(format!("{id} is no commit but a {other}"))),
        };
        let read = || gix_object::CommitRefIter::from_bytes(bytes, object_hash);
        let tree = read().tree_id().map_err(damaged)?;
        let time = read().committer().map_err(damaged)?.seconds();
        let parents = if self.shallow.contains(id) { None } else { Some(read().parent_ids().collect()) };
        Ok(Commit { tree, parents, time })
    }

    /// What to say of an object that is named and not there.
    fn absent(&self, id: &ObjectId, name: &str) -> RevisionError {
        let help = if self.shallow.is_empty() {
            format!("`git fetch origin {id}` may bring it")
        } else {
            format!("it is shallow: `git fetch --depth=1 origin {id}` brings it, `git fetch --unshallow` all")
        };
        RevisionError::Absent { what: format!("commit {id}, which `{name}` names,"), help }
    }
}

/// What is read of a commit.
struct Commit {
    tree: ObjectId,
    /// `None` where a shallow clone leaves them out.
    parents: Option<Vec<ObjectId>>,
    time: i64,
}

/// The folder in which git keeps what it knows of the work tree at `work_tree`.
fn git_dir(work_tree: &Path) -> Result<PathBuf, RevisionError> {
    let at = work_tree.join(".git");
    let data = fs::metadata(&at).map_err(|_| RevisionError::NoRepository(work_tree.to_owned()))?;
    if data.is_dir() {
        return Ok(at);
    }
    let text = read_given(&at).map_err(|error| disk(&at, error))?;
    let way =
        text.trim().strip_prefix("gitdir:").ok_or_else(|| damaged(format!("{} names no folder", at.display())))?;
    Ok(work_tree.join(way.trim()))
}
