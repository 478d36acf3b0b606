//! The macros that dependencies export: read where code calls one that no scanned crate defines, kept in the user's cache.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::model::macros::{Exported, Exports, MacroTable, Outside, exported};
use crate::model::name::Name;
use crate::source::{
    DEFAULT_FILE_BYTES, DiscoverRequest, Edition, FileContext, Package, TargetKind, cache, discover, load,
};

use super::dependencies::entry_name;
use super::lowered::parser_edition;
use super::registry::Registry;

/// Text of one crate's macros that is kept, at most.
const MOST_BYTES: usize = 4 << 20;

/// The crates that are not scanned, by package and version requirement: packages share them.
pub(super) struct Others<'p> {
    registry: &'p Arc<Registry>,
    known: BTreeMap<(&'p str, Option<&'p str>), Arc<Outside>>,
}

impl<'p> Others<'p> {
    /// Nothing yet.
    pub(super) fn new(registry: &'p Arc<Registry>) -> Self {
        Self { registry, known: BTreeMap::new() }
    }

    /// Adds to `table` what the dependencies of `package` that `wanted` lets through export; reads nothing yet.
    pub(super) fn add(&mut self, table: &mut MacroTable, package: &'p Package, wanted: impl Fn(&str) -> bool) {
        for dependency in self.registry.of(package).filter(|dependency| wanted(&dependency.package)) {
            let (name, version) = (dependency.package.as_str(), dependency.version_req.as_deref());
            let registry = self.registry;
            let macros = self.known.entry((name, version)).or_insert_with(|| {
                let (registry, name, version) = (Arc::clone(registry), name.to_owned(), version.map(str::to_owned));
                Arc::new(Outside::new(move || read(&registry, &name, version.as_deref())))
            });
            table.add_outside(Name::new(&dependency.name), Arc::clone(macros));
            if dependency.is_renamed() {
                // What its macros say for `$crate`.
                table.add_outside(Name::new(&name.replace('-', "_")), Arc::clone(macros));
            }
        }
    }
}

/// What is kept of a crate: its library's name, its edition, its macros.
type Kept = (String, Edition, Vec<Exported>);

fn read(registry: &Registry, name: &str, wanted: Option<&str>) -> Option<Exports> {
    let dir = registry.sources(name, wanted)?;
    let make = || postcard::to_allocvec(&make(&dir, name)?).ok();
    let kept = cache::bytes(&entry_name(&dir, "macros"), make, |bytes| postcard::from_bytes::<Kept>(bytes).ok());
    let (library, edition, macros) = kept?;
    Some(Exports { krate: Name::new(&library), edition: parser_edition(edition), macros })
}

fn make(dir: &Path, name: &str) -> Option<Kept> {
    let paths = [dir.to_owned()];
    let discovery = discover(&DiscoverRequest::all(&paths)).ok()?;
    let package = discovery.packages.iter().find(|package| package.dir == dir || package.name == name)?;
    let mut targets = package.targets.iter();
    let lib = targets.find(|target| matches!(target.kind, TargetKind::Lib | TargetKind::ProcMacro))?;
    let edition = parser_edition(package.edition);
    let mut macros: Vec<Exported> = Vec::new();
    let mut bytes = 0;
    for file in discovery.files.iter().filter(|file| file.context == FileContext::Lib) {
        let Ok(text) = load(file, DEFAULT_FILE_BYTES) else { continue };
        let found = exported(&text, edition);
        bytes += found.iter().map(|(_, text)| text.len()).sum::<usize>();
        if bytes > MOST_BYTES {
            break;
        }
        macros.extend(found);
    }
    Some((lib.name.clone(), package.edition, macros))
}
