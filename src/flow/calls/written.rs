//! Paths as they are written, through the imports of their file: what is known of a crate whose sources are not at hand.

use rustc_hash::FxHashMap;

use crate::model::hir::{Anchor, FileModel, Path};
use crate::model::name::Name;

/// The crate that a path begins with, what holds its last name, and that name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) krate: Name,
    pub(super) holder: Name,
    pub(super) name: Name,
}

/// The imports of one file, whatever module of it they stand in.
#[derive(Debug, Default)]
pub(super) struct Imports {
    named: FxHashMap<Name, Vec<Name>>,
    /// The crates whose names are imported by `*`, or by `#[macro_use] extern crate`.
    pub(super) globs: Vec<Name>,
    /// The crates that something is imported from.
    pub(super) crates: Vec<Name>,
}

impl Imports {
    pub(super) fn of(model: &FileModel, everywhere: &[Name]) -> Self {
        let mut imports = Self { globs: everywhere.to_vec(), ..Self::default() };
        for import in &model.imports {
            let Some(path) = model.path(import.path) else { continue };
            let Some(names) = names(path) else { continue };
            imports.crates.extend(names.first());
            match import.name {
                Some(name) => {
                    imports.named.entry(name).or_insert(names);
                }
                None => imports.globs.extend(names.first()),
            }
        }
        imports
    }

    /// Returns what a path of these names leads to; `None` for one that begins with a name of the file's own, as far as is seen.
    pub(super) fn resolve(&self, names: &[Name]) -> Option<Written> {
        let (&first, rest) = names.split_first()?;
        let whole: Vec<Name> = match self.named.get(&first) {
            Some(path) => path.iter().chain(rest).copied().collect(),
            None => names.to_vec(),
        };
        let [krate, .., holder, name] = *whole.as_slice() else {
            let [krate, name] = *whole.as_slice() else { return None };
            return Some(Written { krate, holder: krate, name });
        };
        Some(Written { krate, holder, name })
    }
}

/// The names of a path that may begin with a crate's.
pub(super) fn names(path: Path<'_>) -> Option<Vec<Name>> {
    matches!(path.anchor, Anchor::Plain | Anchor::Global | Anchor::Root)
        .then(|| path.segments.iter().map(|segment| segment.name).collect())
}
