//! The crates that the scanned packages depend on: found where cargo keeps their sources, indexed, the indexes kept. Cargo
//! and the network are never asked; what is not on disk is counted as absent.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::model::cfg::Cfg;
use crate::model::hir::FileModel;
use crate::model::name::Name;
use crate::model::store;
use crate::source::{
    DEFAULT_FILE_BYTES, Dependency, DependencyKind, DiscoverRequest, FileContext, FileId, FoundFile, Package,
    TargetKind, cache, discover, library_name, load, manifest_text,
};
use crate::types::declaration_summary::{Sources, digest};
use crate::types::stdlib;

use super::lowered::{Lowered, parser_edition};
use super::path_roots::PathRoots;
use super::registry::Registry;

/// Crates that are indexed for one scan, at most: a bound, not a goal.
const MOST: usize = 600;

/// One dependency, indexed.
#[derive(Debug)]
pub(super) struct Indexed {
    /// The package's name.
    pub(super) package: String,
    /// The name of its library.
    pub(super) library: Name,
    /// Its declarations.
    pub(super) model: FileModel,
    /// What it asks for itself.
    pub(super) dependencies: Vec<Requirement>,
}

/// What was found of the dependencies.
#[derive(Default)]
pub(super) struct Dependencies {
    /// Those that were read, each after those that asked for it; the files' ids follow each other.
    pub(super) indexed: Vec<Indexed>,
    /// How many were wanted.
    pub(super) wanted: u64,
    /// Those that are not on disk, sorted.
    pub(super) absent: Vec<String>,
    /// Whether cargo has a folder of registry sources at all.
    pub(super) registry_found: bool,
}

/// Finds and indexes the dependencies that the code of `packages` names, and those that their declarations name in turn; the
/// first gets the id `first`. A crate that no path begins with can give no expression a type.
pub(super) fn find(
    packages: &[Package],
    files: &[FoundFile],
    lowered: &[Lowered],
    first: FileId,
    registry: &Registry,
) -> Dependencies {
    let mut found = Dependencies { registry_found: registry.is_there(), ..Dependencies::default() };
    let own: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut wave = named_by_code(packages, files, lowered, registry);
    while !wave.is_empty() && found.indexed.len() < MOST {
        let fresh: BTreeMap<String, Option<String>> = wave
            .into_iter()
            .filter(|need| registry.can_have(&need.package))
            .filter(|need| !own.contains(need.package.as_str()) && seen.insert(need.package.clone()))
            .map(|need| (need.package, need.version))
            .collect();
        found.wanted += fresh.len() as u64;
        let asked: Vec<String> = fresh.keys().cloned().collect();
        let read: Vec<(Indexed, Vec<Requirement>)> = fresh
            .into_par_iter()
            .filter_map(|(package, wanted)| {
                let (declared, model) = declarations(registry, &package, wanted.as_deref())?;
                Some(index(package, model, declared))
            })
            .collect();
        let there: BTreeSet<&str> = read.iter().map(|(indexed, _)| indexed.package.as_str()).collect();
        found.absent.extend(asked.into_iter().filter(|name| !there.contains(name.as_str())));
        wave = Vec::new();
        for (mut indexed, needs) in read {
            wave.extend(needs);
            indexed.model.file = FileId(first.0 + found.indexed.len() as u32);
            found.indexed.push(indexed);
        }
    }
    found.absent.sort();
    found
}

/// Returns what a crate's declarations name of what it asks for, too.
fn index(package: String, model: FileModel, declared: Declared) -> (Indexed, Vec<Requirement>) {
    let named = PathRoots::by([&model]);
    let needs = declared.needs.iter().filter(|need| need.is_among(&named)).cloned().collect();
    (Indexed { package, library: declared.library, model, dependencies: declared.needs }, needs)
}

/// What a dependency's manifest says of it.
#[derive(Serialize, Deserialize)]
struct Declared {
    library: Name,
    needs: Vec<Requirement>,
}

/// One dependency as a package's code asks for it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Requirement {
    /// The name that code uses for it, unless its library has another.
    pub(super) name: Name,
    /// The name that its manifest gives its library, where that is another and code uses it.
    pub(super) library: Option<Name>,
    /// Whether `name` is its user's choice.
    renamed: bool,
    /// The package's name.
    pub(super) package: String,
    /// The version requirement.
    version: Option<String>,
}

impl Requirement {
    fn new(dependency: &Dependency) -> Self {
        let (name, package) = (Name::new(&dependency.name), dependency.package.clone());
        Self { name, library: None, renamed: dependency.is_renamed(), package, version: dependency.version_req.clone() }
    }

    /// Fills in the library's name: `md5` for `md-5`.
    fn with_library(self, registry: &Registry) -> Self {
        if self.renamed {
            return self;
        }
        let dir = registry.sources(&self.package, self.version.as_deref());
        let library = dir.and_then(|dir| library_name(&dir)).map(|name| Name::new(&name));
        Self { library: library.filter(|&library| library != self.name), ..self }
    }

    /// The name that code says.
    pub(super) fn said(&self) -> Name {
        self.library.unwrap_or(self.name)
    }

    /// Whether code says its name, or a macro of its own does, which knows no renaming.
    fn is_among(&self, named: &PathRoots) -> bool {
        named.has(self.said()) || (self.renamed && named.has(Name::new(&self.package.replace('-', "_"))))
    }
}

/// What the packages' code names of what they ask for, their tests and build scripts too.
fn named_by_code(
    packages: &[Package],
    files: &[FoundFile],
    lowered: &[Lowered],
    registry: &Registry,
) -> Vec<Requirement> {
    let mut of_packages: Vec<Vec<&FileModel>> = vec![Vec::new(); packages.len()];
    for (file, one) in files.iter().zip(lowered) {
        if let Some(models) = file.package.and_then(|at| of_packages.get_mut(at)) {
            models.push(&one.model);
        }
    }
    let needs = packages.par_iter().zip(of_packages).with_max_len(1).flat_map_iter(|(package, models)| {
        let named = PathRoots::by(models);
        let needs = registry.of(package).map(|dependency| {
            let need = Requirement::new(dependency);
            // The manifest is asked only where no path begins with the usual name.
            if need.is_among(&named) { need } else { need.with_library(registry) }
        });
        needs.filter(|need| need.is_among(&named)).collect::<Vec<_>>()
    });
    needs.collect()
}

/// Returns a package's declarations, and what its manifest says.
fn declarations(registry: &Registry, name: &str, wanted: Option<&str>) -> Option<(Declared, FileModel)> {
    let dir = registry.sources(name, wanted)?;
    let make = || {
        let discovery = discover(&DiscoverRequest::all(std::slice::from_ref(&dir))).ok()?;
        let package = discovery.packages.into_iter().find(|package| package.dir == dir || package.name == name)?;
        let mut targets = package.targets.iter();
        let lib = targets.find(|target| matches!(target.kind, TargetKind::Lib | TargetKind::ProcMacro))?;
        let library = Name::new(&lib.name);
        if lib.kind == TargetKind::ProcMacro {
            // It exports macros alone, which are never run: nothing of it is missing.
            return store::write(&Declared { library, needs: Vec::new() }, &FileModel::empty(FileId(0)));
        }
        let files = discovery.files.iter().filter(|file| file.context == FileContext::Lib);
        let files: Vec<(String, String)> =
            files.filter_map(|file| Some((file.relative.clone(), load(file, DEFAULT_FILE_BYTES).ok()?))).collect();
        let text = digest(&Sources {
            name: library,
            files: &files,
            root: &lib.root,
            edition: parser_edition(package.edition),
            features: None,
            any_machine: false,
        })?;
        store::write(&Declared { library, needs: needs_here(&package, registry) }, &stdlib::read_index(&text))
    };
    cache::bytes(&entry_name(&dir, "model"), make, store::read)
}

/// What a dependency asks for, less what its tests ask for, and less what it asks for on other platforms: its index leaves their
/// code out too.
fn needs_here(package: &Package, registry: &Registry) -> Vec<Requirement> {
    let here = |platform: &str| {
        let predicate = platform.strip_prefix("cfg(").and_then(|rest| rest.strip_suffix(')'));
        predicate.is_none_or(|text| Cfg::parse(text).default_truth(&|_| true) != Some(false))
    };
    let product = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    let needed = product.filter(|dependency| dependency.path.is_none());
    let needed = needed.filter(|dependency| dependency.platform.as_deref().is_none_or(here));
    needed.map(|dependency| Requirement::new(dependency).with_library(registry)).collect()
}

/// What the cache calls something of the package in `dir`: by the registry that it comes from, whose folder bears a hash of its
/// address, and by what its manifest says; cargo never changes what it unpacked. Blocks on the disk.
pub(super) fn entry_name(dir: &Path, kind: &str) -> String {
    let name = |path: Option<&Path>| {
        path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let mut key = DefaultHasher::new();
    (name(dir.parent()), manifest_text(dir)).hash(&mut key);
    format!("{:016x}/{}.{kind}", key.finish(), name(Some(dir)))
}

/// A path that no scanned file can have, for an index's file.
pub(super) fn path_of(package: &str) -> String {
    format!("<{package}>")
}
