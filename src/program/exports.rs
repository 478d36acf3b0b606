//! The macros that dependencies export: read where code calls one that no scanned crate defines, kept in the user's cache.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::model::expand::{CrateExports, CrateRef, ExportedMacro, ExternMacros, exported};
use crate::model::name::Name;
use crate::source::{
    DEFAULT_FILE_BYTES, Dependency, DiscoverRequest, Edition, FileContext, Package, TargetKind, cache, discover, load,
};

use super::dependencies::entry_name;
use super::lowered::{is_dev, parser_edition};
use super::registry::Registry;

/// Text of one crate's macros that is kept, at most.
const MOST_BYTES: usize = 4 << 20;

/// The crates that are not scanned, by package, version requirement and whether they are read: packages share them.
pub(super) struct DependencyMacros<'p> {
    registry: &'p Arc<Registry>,
    known: BTreeMap<(&'p str, Option<&'p str>, bool), Arc<ExternMacros>>,
}

impl<'p> DependencyMacros<'p> {
    /// Nothing yet.
    pub(super) fn new(registry: &'p Arc<Registry>) -> Self {
        Self { registry, known: BTreeMap::new() }
    }

    /// Returns the crates that `package` depends on, but those that `is_scanned` tells, by the names that its code says; reads
    /// nothing yet.
    pub(super) fn of(&mut self, package: &'p Package, is_scanned: impl Fn(&str) -> bool) -> FxHashMap<Name, CrateRef> {
        let mut crates = FxHashMap::default();
        for dependency in package.dependencies.iter().filter(|dependency| !is_scanned(&dependency.package)) {
            let dev = is_dev(package, &dependency.name);
            let krate = if dependency.path.is_some() {
                CrateRef::Absent { dev }
            } else {
                let macros = self.macros(dependency);
                CrateRef::Registry { package: Name::new(&dependency.package), macros, dev }
            };
            if dependency.is_renamed() {
                // What its macros say for `$crate`.
                crates.entry(Name::new(&dependency.package.replace('-', "_"))).or_insert_with(|| krate.clone());
            }
            crates.insert(Name::new(&dependency.name), krate);
        }
        crates
    }

    fn macros(&mut self, dependency: &'p Dependency) -> Arc<ExternMacros> {
        let (name, version) = (dependency.package.as_str(), dependency.version_req.as_deref());
        let registry = self.registry;
        let macros = self.known.entry((name, version, registry.wants(dependency))).or_insert_with(|| {
            if !registry.wants(dependency) {
                // What only code names that is not looked at is not read.
                return Arc::new(ExternMacros::new(Vec::new));
            }
            let (registry, name, version) = (Arc::clone(registry), name.to_owned(), version.map(str::to_owned));
            Arc::new(ExternMacros::new(move || read(&registry, &name, version.as_deref())))
        });
        Arc::clone(macros)
    }
}

/// What is kept of a crate.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Its library's name.
    library: String,
    edition: Edition,
    macros: Vec<ExportedMacro>,
    /// The packages whose names it hands on, as `clap` does those of `clap_builder`, with the versions it asks for.
    reexports: Vec<(String, Option<String>)>,
}

/// The macros of a package, then those of the packages that it hands on, and so on.
fn read(registry: &Registry, name: &str, wanted: Option<&str>) -> Vec<CrateExports> {
    let mut all = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut open = VecDeque::from([(name.to_owned(), wanted.map(str::to_owned))]);
    while let Some((name, wanted)) = open.pop_front() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let Some(kept) = kept(registry, &name, wanted.as_deref()) else { continue };
        open.extend(kept.reexports);
        let krate = Name::new(&kept.library);
        all.push(CrateExports { krate, edition: parser_edition(kept.edition), macros: kept.macros });
    }
    all
}

fn kept(registry: &Registry, name: &str, wanted: Option<&str>) -> Option<Kept> {
    let dir = registry.sources(name, wanted)?;
    let make = || postcard::to_allocvec(&make(&dir, name)?).ok();
    cache::bytes(&entry_name(&dir, "macros"), make, |bytes| postcard::from_bytes(bytes).ok())
}

fn make(dir: &Path, name: &str) -> Option<Kept> {
    let paths = [dir.to_owned()];
    let discovery = discover(&DiscoverRequest::all(&paths)).ok()?;
    let package = discovery.packages.iter().find(|package| package.dir == dir || package.name == name)?;
    let mut targets = package.targets.iter();
    let lib = targets.find(|target| matches!(target.kind, TargetKind::Lib | TargetKind::ProcMacro))?;
    let edition = parser_edition(package.edition);
    let mut macros: Vec<ExportedMacro> = Vec::new();
    let mut handed_on: BTreeSet<&Dependency> = BTreeSet::new();
    let mut bytes = 0;
    for file in discovery.files.iter().filter(|file| file.context == FileContext::Lib) {
        let Ok(text) = load(file, DEFAULT_FILE_BYTES) else { continue };
        handed_on.extend(package.dependencies.iter().filter(|it| reexports(&text, &it.name)));
        let found = exported(&text, edition);
        // auditor: allow(panicking-api) a sum of counts of things in memory
        bytes += found.iter().map(|(_, text)| text.len()).sum::<usize>();
        if bytes > MOST_BYTES {
            break;
        }
        macros.extend(found);
    }
    let reexports = handed_on.into_iter().map(|it| (it.package.clone(), it.version_req.clone())).collect();
    Some(Kept { library: lib.name.clone(), edition: package.edition, macros, reexports })
}

/// Whether code hands on names of the crate that it calls `krate`.
fn reexports(text: &str, krate: &str) -> bool {
    ["pub use ", "pub use ::"].iter().any(|head| text.contains(&format!("{head}{krate}::")))
}
