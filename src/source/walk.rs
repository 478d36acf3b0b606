//! Finds the files of a scan: walks folders, asks `manifest.rs` who owns each file. Reads no source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder};

use super::gap::{Gap, GapKind};
use super::manifest::{Manifests, slashed};
use super::package::{Edition, Package};
use super::roles;
use super::target::{self, FileContext};
use super::unlisted::Scope;

/// What to scan.
#[derive(Debug, Clone, Copy)]
pub struct DiscoverRequest<'a> {
    /// Files and folders. A file is taken whatever its name; a folder is walked.
    pub paths: &'a [PathBuf],
    /// What to leave out of the walk: globs as in a `.gitignore`, relative to the root.
    pub exclude: &'a [String],
    /// The folder that paths are shown relative to, where it is not the one that `Discovery::root` tells of.
    pub root: Option<&'a Path>,
}

impl<'a> DiscoverRequest<'a> {
    /// Everything in `paths`.
    pub const fn all(paths: &'a [PathBuf]) -> Self {
        Self { paths, exclude: &[], root: None }
    }
}

/// One source file that was found, not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// As reports print it: relative to `Discovery::root`, with `/`.
    pub relative: String,
    /// Where it is read.
    pub absolute: PathBuf,
    /// An index into `Discovery::packages`; `None` without a readable manifest.
    pub package: Option<usize>,
    /// The kind of crate it belongs to, by its place.
    pub context: FileContext,
    /// The edition it is written in.
    pub edition: Edition,
    /// Whether it is no module but read where an `include!` names it.
    pub included: bool,
}

impl FoundFile {
    /// Where it lies, with `/`: what `mod name;` in it is looked for beside.
    pub fn place(&self) -> String {
        slashed(&self.absolute)
    }
}

/// What a scan will read, and what it cannot.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// The folder that report paths are relative to: the given folder; of a file, its parent; of several paths, the working
    /// folder where it holds them all, else the innermost folder that does.
    pub root: PathBuf,
    /// Packages that own a file or lie in the root, sorted by folder.
    pub packages: Vec<Package>,
    /// Files, sorted by `relative`.
    pub files: Vec<FoundFile>,
    /// What was not looked at, sorted.
    pub gaps: Vec<Gap>,
    /// What was asked for; `None` for the standard input, beside which nothing is.
    pub scope: Option<Scope>,
}

/// Why nothing can be scanned.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// No path was given.
    #[error("no path to scan was given")]
    NoPath,
    /// A path does not exist or cannot be reached.
    #[error("cannot scan `{}`: {error}", path.display())]
    Unreachable {
        /// The path as given.
        path: PathBuf,
        /// The system's reason.
        #[source]
        error: io::Error,
    },
    /// An exclude glob is malformed.
    #[error("malformed exclude glob `{glob}`: {reason}")]
    Glob {
        /// The glob as given.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The walk met no Rust file at all.
    #[error("no Rust sources found in `{}`", root.display())]
    NothingToRead {
        /// Where was looked.
        root: PathBuf,
    },
}

/// Finds what `request` names; blocks on the disk. The result depends on the disk's content alone, not on its order.
///
/// Hidden entries, cargo's `target/` folders and what a `.gitignore` names are left out, outside of git too; a user's global
/// ignore file is not honoured, so that two machines see one list. Symbolic links to folders are not followed.
///
/// # Errors
///
/// Where a path cannot be reached, a glob is malformed, or there is no Rust file.
pub fn discover(request: &DiscoverRequest<'_>) -> Result<Discovery, DiscoverError> {
    let given = request.paths.iter().map(|path| canonical(path)).collect::<Result<Vec<_>, _>>()?;
    let (folders, explicit): (Vec<_>, Vec<_>) = given.into_iter().partition(|path| path.is_dir());
    let root = request.root.map_or_else(|| common_root(&folders, &explicit), |root| Ok(root.to_owned()))?;
    let mut walk = Walk { found: BTreeMap::new(), links: Vec::new(), manifests: BTreeSet::new(), gaps: Vec::new() };
    let excluded = exclude_globs(&root, request.exclude)?;
    walk.folders(&root, &folders, &excluded);
    for path in explicit {
        walk.found.insert(relative(&root, &path), path);
    }
    if walk.found.is_empty() && walk.links.is_empty() && walk.gaps.is_empty() {
        return Err(DiscoverError::NothingToRead { root });
    }
    walk.inner_links(&root);
    let scope = Scope::new(&root, folders, excluded);
    let found = owners(root, walk);
    Ok(Discovery { scope: Some(scope), ..found })
}

/// Returns the folder that reports of a scan of `paths` count theirs from, as `Discovery::root` has it; blocks on the disk.
///
/// # Errors
///
/// Where a path cannot be reached, or none is given.
pub fn scan_root(paths: &[PathBuf]) -> Result<PathBuf, DiscoverError> {
    let given = paths.iter().map(|path| canonical(path)).collect::<Result<Vec<_>, _>>()?;
    let (folders, explicit): (Vec<_>, Vec<_>) = given.into_iter().partition(|path| path.is_dir());
    common_root(&folders, &explicit)
}

/// Returns the file that a scan of the standard input reports as `name`: no package, the newest edition.
pub fn stdin_file(name: &str) -> FoundFile {
    FoundFile {
        relative: name.to_owned(),
        absolute: PathBuf::from(name),
        package: None,
        context: target::context(name, &[]),
        edition: Edition::E2024,
        included: false,
    }
}

/// Resolves the links on the way to `path`, but keeps a file's own name.
fn canonical(path: &Path) -> Result<PathBuf, DiscoverError> {
    let resolve = || {
        // Reached through a link or not, the file must be there.
        if fs::metadata(path)?.is_dir() {
            return path.canonicalize();
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(folder.canonicalize()?.join(path.file_name().unwrap_or_default()))
    };
    resolve().map_err(|error| DiscoverError::Unreachable { path: path.to_owned(), error })
}

fn common_root(folders: &[PathBuf], explicit: &[PathBuf]) -> Result<PathBuf, DiscoverError> {
    let mut holders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
    holders.extend(explicit.iter().filter_map(|path| path.parent()));
    let Some((first, rest)) = holders.split_first() else { return Err(DiscoverError::NoPath) };
    if rest.is_empty() {
        return Ok(first.to_path_buf());
    }
    let working = Path::new(".").canonicalize();
    if let Some(working) = working.ok().filter(|working| holders.iter().all(|path| path.starts_with(working))) {
        return Ok(working);
    }
    let holds_all = |above: &&Path| rest.iter().all(|path| path.starts_with(above));
    Ok(first.ancestors().find(holds_all).unwrap_or(first).to_path_buf())
}

fn exclude_globs(root: &Path, globs: &[String]) -> Result<Override, DiscoverError> {
    let malformed =
        |glob: &str, error: &ignore::Error| DiscoverError::Glob { glob: glob.to_owned(), reason: error.to_string() };
    let mut builder = OverrideBuilder::new(root);
    for glob in globs {
        builder.add(&format!("!{glob}")).map_err(|error| malformed(glob, &error))?;
    }
    builder.build().map_err(|error| malformed(&globs.join(", "), &error))
}

fn relative(root: &Path, path: &Path) -> String {
    slashed(path.strip_prefix(root).unwrap_or(path))
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "rs")
}

/// What the walk has met so far.
struct Walk {
    /// Source files by relative path.
    found: BTreeMap<String, PathBuf>,
    /// Links to source files within the scanned folders, with what they point at.
    links: Vec<(PathBuf, PathBuf)>,
    /// Folders that hold a manifest.
    manifests: BTreeSet<PathBuf>,
    gaps: Vec<Gap>,
}

impl Walk {
    fn folders(&mut self, root: &Path, folders: &[PathBuf], excluded: &Override) {
        let Some((first, rest)) = folders.split_first() else { return };
        let mut builder = WalkBuilder::new(first);
        for folder in rest {
            builder.add(folder);
        }
        builder.ignore(false).git_global(false).git_exclude(false).require_git(false).follow_links(false);
        builder.overrides(excluded.clone()).filter_entry(|entry| !is_build_output(entry));
        for entry in builder.build() {
            match entry {
                Ok(entry) => self.entry(root, folders, &entry),
                Err(error) => {
                    let shown = error_path(&error).map_or_else(String::new, |path| relative(root, path));
                    self.gaps.push(Gap::new(
                        GapKind::Unreadable,
                        shown,
                        format!("cannot be read: {}", without_path(&error)),
                    ));
                }
            }
        }
    }

    fn entry(&mut self, root: &Path, folders: &[PathBuf], entry: &DirEntry) {
        let path = entry.path();
        let Some(kind) = entry.file_type() else { return };
        if kind.is_symlink() {
            self.link(root, folders, path);
        } else if kind.is_dir() {
        } else if is_rust(path) {
            // Special files too: `load` says why they are not read.
            self.found.insert(relative(root, path), path.to_owned());
        } else if entry.file_name() == "Cargo.toml" {
            self.manifests.extend(path.parent().map(Path::to_owned));
        }
    }

    fn link(&mut self, root: &Path, folders: &[PathBuf], path: &Path) {
        match path.canonicalize() {
            Ok(end) if !folders.iter().any(|folder| end.starts_with(folder)) => {
                if is_rust(path) || end.is_dir() {
                    let reason = "symbolic link leaves the scanned folder".to_owned();
                    self.gaps.push(Gap::new(GapKind::OutsideLink, relative(root, path), reason));
                }
            }
            Ok(end) if is_rust(path) && end.is_file() => self.links.push((path.to_owned(), end)),
            Err(error) if is_rust(path) => {
                self.gaps.push(Gap::new(
                    GapKind::Unreadable,
                    relative(root, path),
                    format!("symbolic link cannot be followed: {error}"),
                ));
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// Takes the links whose target the walk did not meet, such as one with another name: what it met is read once.
    fn inner_links(&mut self, root: &Path) {
        for (path, end) in std::mem::take(&mut self.links) {
            if !self.found.contains_key(&relative(root, &end)) {
                self.found.insert(relative(root, &path), path);
            }
        }
    }
}

/// Tells whether a folder is where cargo puts what it builds, rather than a module that is called `target`.
fn is_build_output(entry: &DirEntry) -> bool {
    let path = entry.path();
    entry.depth() > 0
        && entry.file_name() == "target"
        && entry.file_type().is_some_and(|kind| kind.is_dir())
        && (path.join("CACHEDIR.TAG").is_file() || path.with_file_name("Cargo.toml").is_file())
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

fn without_path(error: &ignore::Error) -> String {
    error.io_error().map_or_else(|| error.to_string(), ToString::to_string)
}

/// Assigns each file to the package whose manifest is nearest above it, and gives it a context and an edition.
fn owners(root: PathBuf, walk: Walk) -> Discovery {
    let mut manifests = Manifests::new(&root);
    let mut nearest: BTreeMap<PathBuf, Option<PathBuf>> = BTreeMap::new();
    for path in walk.found.values() {
        let Some(folder) = path.parent() else { continue };
        if !nearest.contains_key(folder) {
            let holder = folder.ancestors().find(|above| manifests.get(above).is_some()).map(Path::to_owned);
            nearest.insert(folder.to_owned(), holder);
        }
    }
    let dirs: BTreeSet<PathBuf> = walk.manifests.into_iter().chain(nearest.values().flatten().cloned()).collect();
    let mut packages: Vec<Package> = dirs.iter().filter_map(|dir| manifests.package(dir)).collect();
    roles::assign(&root, &mut packages);
    let files = walk.found.into_iter().map(|(relative, absolute)| {
        let holder = absolute.parent().and_then(|folder| nearest.get(folder)).and_then(Option::as_deref);
        let index = holder.and_then(|dir| packages.binary_search_by(|package| package.dir.as_path().cmp(dir)).ok());
        let package = index.and_then(|index| packages.get(index));
        let targets = package.map_or(&[] as &[_], |package| package.targets.as_slice());
        let inside = slashed(absolute.strip_prefix(holder.unwrap_or(&root)).unwrap_or(&absolute));
        let role = package.and_then(|package| package.role);
        let context = role.unwrap_or_else(|| target::context(&inside, targets));
        let edition = package.map_or(Edition::E2024, |package| package.edition);
        FoundFile { relative, absolute, package: index, context, edition, included: false }
    });
    let files = files.collect();
    let mut gaps = walk.gaps;
    gaps.append(&mut manifests.gaps);
    gaps.sort();
    gaps.dedup();
    Discovery { root, packages, files, gaps, scope: None }
}
