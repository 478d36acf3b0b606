//! Files that code names and the walk did not meet: in hidden or ignored folders, behind links, with other endings. They are
//! read where they lie in the checkout.

use std::fs;
use std::path::{Path, PathBuf};

use ignore::overrides::Override;

use super::manifest::slashed;
use super::paths::checkout_of;

/// What a scan was asked to look at.
#[derive(Debug, Clone)]
pub struct Scope {
    root: PathBuf,
    /// The folders that were walked.
    folders: Vec<PathBuf>,
    excluded: Override,
    /// The folder whose files alone are read.
    checkout: PathBuf,
}

/// What lies at a place that code names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Nothing, or no file.
    Missing,
    /// A file outside the checkout, by its path or by a link.
    Outside,
    /// A file that the user excluded from the scan.
    Excluded,
    /// A file that nobody asked for: one that lies outside the scanned folders.
    NotAsked,
    /// A file to be scanned.
    Found {
        /// As reports print it.
        relative: String,
        /// Where it lies once links are resolved: several names may lead to one file.
        real: String,
    },
}

impl Scope {
    /// A scan whose reports name paths relative to `root`, of `folders`, less what `excluded` names.
    pub(super) fn new(root: &Path, folders: Vec<PathBuf>, excluded: Override) -> Self {
        let checkout = checkout_of(root).unwrap_or(root).to_owned();
        Self { root: root.to_owned(), folders, excluded, checkout }
    }

    /// Looks at the file at `place`, of a package whose workspace lies in `workspace`. Blocks on the disk.
    pub fn look(&self, place: &str, workspace: Option<&Path>) -> Lookup {
        let path = Path::new(place);
        let Ok(real) = path.canonicalize() else { return Lookup::Missing };
        let within = |folder: &Path| real.starts_with(folder);
        let inside =
            within(&self.checkout) || workspace.is_some_and(within) || self.folders.iter().any(|it| within(it));
        if !inside {
            return Lookup::Outside;
        }
        if fs::metadata(&real).is_ok_and(|data| data.is_dir()) {
            return Lookup::Missing;
        }
        if !self.folders.iter().any(|folder| path.starts_with(folder) || real.starts_with(folder)) {
            return Lookup::NotAsked;
        }
        if path.ancestors().take_while(|above| *above != self.root).any(|above| self.is_excluded(above, above != path))
        {
            return Lookup::Excluded;
        }
        let relative = slashed(path.strip_prefix(&self.root).unwrap_or(path));
        Lookup::Found { relative, real: slashed(&real) }
    }

    fn is_excluded(&self, path: &Path, is_dir: bool) -> bool {
        self.excluded.matched(path, is_dir).is_ignore()
    }
}
