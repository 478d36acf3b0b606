//! What is read beside the scanned files, so that the names in them mean something: the rest of their packages, and the packages
//! of the same checkout that those depend on by path. Nothing of it is reported.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::manifest::slashed;
use super::package::{DependencyKind, Package};
use super::paths::checkout_of;
use super::target::{FileContext, is_held};
use super::walk::{DiscoverRequest, Discovery, FoundFile, discover};

/// Packages that are read beside the scanned ones, at most: a bound, not a goal.
const MOST: usize = 600;

/// Adds to `found`, which `request` found, what surrounds its files; `wants` tells which dependencies of the scanned packages
/// count. Returns how many files were asked for: they come first. Blocks on the disk.
///
/// Of a package that is scanned in part, the files of its library and of the kinds of crates that the scanned files belong to are
/// added. Of what it depends on by path, and so on from there, the libraries; a folder outside the checkout is left alone.
pub fn add_context(
    found: &mut Discovery,
    request: &DiscoverRequest<'_>,
    wants: &dyn Fn(DependencyKind) -> bool,
) -> usize {
    let asked = found.files.len();
    let whole: Vec<PathBuf> = match request.exclude {
        [] => request.paths.iter().filter_map(|path| path.canonicalize().ok()).collect(),
        _ => Vec::new(),
    };
    let mut around = Around { known: found.files.iter().map(|file| file.absolute.clone()).collect(), found };
    let scanned = around.found.packages.len();
    let mut open: VecDeque<usize> = VecDeque::new();
    for at in 0..scanned {
        let mut kinds = around.kinds(at, asked);
        if kinds.is_empty() {
            continue;
        }
        open.push_back(at);
        let Some(dir) = around.found.packages.get(at).map(|package| package.dir.clone()) else { continue };
        if !whole.iter().any(|path| dir.starts_with(path)) {
            kinds.extend([FileContext::Lib, FileContext::ProcMacro]);
            around.add(&dir, &kinds);
        }
    }
    while let Some(at) = open.pop_front() {
        let Some(package) = around.found.packages.get(at) else { break };
        let wants = |kind| kind == DependencyKind::Normal || (at < scanned && wants(kind));
        for dir in near(package, &wants) {
            let known = around.found.packages.iter().any(|package| package.dir == dir);
            if !known && around.found.packages.len() < scanned + MOST {
                open.extend(around.add(&dir, &[FileContext::Lib].into()));
            }
        }
    }
    asked
}

/// The folders of what `package` depends on by path, as far as they lie in the same checkout.
fn near(package: &Package, wants: &dyn Fn(DependencyKind) -> bool) -> BTreeSet<PathBuf> {
    let repository = checkout_of(&package.dir).unwrap_or(&package.workspace);
    let wanted = package.dependencies.iter().filter(|dependency| wants(dependency.kind));
    let dirs = wanted.filter_map(|dependency| dependency.path.as_ref()?.canonicalize().ok());
    dirs.filter(|dir| dir.starts_with(repository) || dir.starts_with(&package.workspace)).collect()
}

struct Around<'d> {
    found: &'d mut Discovery,
    /// The files that are there.
    known: BTreeSet<PathBuf>,
}

impl Around<'_> {
    /// The kinds of crates that the files of a package belong to, of those that were asked for; a sample belongs to none.
    fn kinds(&self, package: usize, asked: usize) -> BTreeSet<FileContext> {
        let Some(Package { dir, targets, .. }) = self.found.packages.get(package) else { return BTreeSet::new() };
        let files = self.found.files.iter().take(asked).filter(|file| file.package == Some(package));
        let inside = |file: &&FoundFile| file.absolute.strip_prefix(dir).is_ok_and(|it| is_held(&slashed(it), targets));
        files.filter(inside).map(|file| file.context).collect()
    }

    /// Adds the files of the package in `dir` that belong to crates of such kinds; returns the package's number.
    fn add(&mut self, dir: &Path, kinds: &BTreeSet<FileContext>) -> Option<usize> {
        let paths = [dir.to_owned()];
        let root = self.found.root.clone();
        let more = discover(&DiscoverRequest { root: Some(&root), ..DiscoverRequest::all(&paths) }).ok()?;
        let at = more.packages.iter().position(|package| package.dir == dir)?;
        let known = self.found.packages.iter().position(|package| package.dir == dir);
        let number = known.unwrap_or(self.found.packages.len());
        if known.is_none() {
            self.found.packages.extend(more.packages.into_iter().nth(at));
        }
        let own = more.files.into_iter().filter(|file| file.package == Some(at) && kinds.contains(&file.context));
        for file in own {
            if self.known.insert(file.absolute.clone()) {
                self.found.files.push(FoundFile { package: Some(number), ..file });
            }
        }
        Some(number)
    }
}
