//! Changes the files of a checkout: only what git has, unless that is allowed; what was scanned and no later text; whole files
//! or none.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::ci_commands::Escape;
use super::fix::is_sound;
use super::output::{Failure, note, write_to};
use super::output_file;
use crate::fix::{Changed, patch};
use crate::source::{Repository, checkout_of, clean_path, read_given};

/// What was written so far.
pub(super) struct Rewrite {
    allow_dirty: bool,
    written: BTreeSet<PathBuf>,
}

impl Rewrite {
    pub(super) const fn new(allow_dirty: bool) -> Self {
        Self { allow_dirty, written: BTreeSet::new() }
    }

    /// How many files were written.
    pub(super) fn files(&self) -> usize {
        self.written.len()
    }

    /// Writes the files of `changed`, whose paths begin in `root`; returns how many. Blocks on the disk.
    ///
    /// # Errors
    /// When one of them differs from git's `HEAD`, or is in no repository, and that is not allowed: then none is written. When
    /// one was changed since it was scanned, or cannot be written.
    pub(super) fn write(&mut self, root: &Path, changed: &[Changed<'_>]) -> Result<usize, Failure> {
        let paths: Vec<PathBuf> = changed.iter().map(|one| root.join(&one.file.path)).collect();
        if !self.allow_dirty {
            let fresh = paths.iter().filter(|path| !self.written.contains(*path));
            clean_in_git(root, fresh)?;
        }
        let mut count = 0;
        for (one, path) in changed.iter().zip(paths) {
            let shown = clean_path(&path.display().to_string());
            let text = one.text();
            if path.is_symlink() {
                note(&format!("{shown} is a symbolic link and was left alone"));
                continue;
            }
            if !is_sound(one, &text) {
                note(&format!("{shown} was left alone: what the fixes make of it does not parse"));
                continue;
            }
            if read_given(&path).ok().as_deref() != Some(one.file.text.as_str()) {
                return Err(Failure::Other(format!("{shown} was changed while it was scanned")));
            }
            let failed = |source| Failure::Write { place: shown.clone(), source };
            output_file::replace(&path, text.as_bytes()).map_err(failed)?;
            self.written.insert(path);
            count += 1;
        }
        Ok(count)
    }
}

/// Refuses files that git does not have as they are. All that is asked about is the files that would change.
fn clean_in_git<'p>(root: &Path, paths: impl Iterator<Item = &'p PathBuf>) -> Result<(), Failure> {
    let mut paths = paths.peekable();
    if paths.peek().is_none() {
        return Ok(());
    }
    let absolute = root.canonicalize().map_err(|error| Failure::Other(format!("{}: {error}", root.display())))?;
    let Some(work_tree) = checkout_of(&absolute) else {
        return Err(refused("the folder is in no git repository, which could bring back what was there"));
    };
    let repository = Repository::open(work_tree)?;
    let dirty = |path: &&PathBuf| {
        let real = path.canonicalize().ok();
        let way = real.as_deref().and_then(|real| real.strip_prefix(work_tree).ok());
        let kept = way.and_then(|way| repository.head_file(way).ok().flatten());
        kept.is_none() || kept != std::fs::read(path).ok()
    };
    let changed: Vec<&PathBuf> = paths.filter(dirty).collect();
    let Some(first) = changed.first() else { return Ok(()) };
    let more = if changed.len() > 1 { format!(" (and {} more)", changed.len() - 1) } else { String::new() };
    Err(refused(&format!("{}{more} differs from git's HEAD", clean_path(&first.display().to_string()))))
}

fn refused(why: &str) -> Failure {
    Failure::Other(format!("{why}: commit it, or allow it with --allow-dirty"))
}

/// Prints what would change as a patch.
pub(super) fn print_patch(changed: &[Changed<'_>]) -> Result<(), Failure> {
    write_to(None, Escape::Nothing, |out| changed.iter().try_for_each(|one| out.write_all(patch(one).as_bytes())))
}

/// Prints which files would change.
pub(super) fn print_files(changed: &[Changed<'_>]) -> Result<(), Failure> {
    write_to(None, Escape::Text, |out| {
        changed.iter().try_for_each(|one| writeln!(out, "{}: {} edits", clean_path(&one.file.path), one.edits.len()))
    })
}
