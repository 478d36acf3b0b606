//! The crates that the scanned packages depend on: found where cargo keeps their sources, indexed, the indexes kept. Cargo
//! and the network are never asked; what is not on disk is counted as absent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::model::cfg::Cfg;
use crate::model::hir::{Anchor, FileModel};
use crate::model::name::Name;
use crate::model::store;
use crate::source::{
    DEFAULT_FILE_BYTES, Dependency, DependencyKind, DiscoverRequest, FileContext, FileId, FoundFile, Locked, Package,
    TargetKind, cache, cargo_home, discover, load, locked_dependencies, nearest_source,
};
use crate::types::digest::{Sources, digest};
use crate::types::stdlib;

use super::lowered::{Lowered, parser_edition};

/// Crates that are indexed for one scan, at most: a bound, not a goal.
const MOST: usize = 600;

/// One dependency, indexed.
#[derive(Debug)]
pub(super) struct Indexed {
    /// The package's name.
    pub(super) package: String,
    /// Its declarations.
    pub(super) model: FileModel,
    /// The names its code uses for its own dependencies, and their packages.
    pub(super) dependencies: Vec<(Name, String)>,
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
pub(super) fn find(packages: &[Package], files: &[FoundFile], lowered: &[Lowered], first: FileId) -> Dependencies {
    let home = cargo_home();
    let registry_found = home.as_deref().is_some_and(|home| home.join("registry/src").is_dir());
    let mut found = Dependencies { registry_found, ..Dependencies::default() };
    let own: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut locked: BTreeMap<String, Vec<Locked>> = BTreeMap::new();
    // A lock names every crate that any build can have: what it does not name is a feature that nothing turns on.
    let mut all_locked = true;
    for package in packages {
        let locks = locked_dependencies(&package.dir);
        all_locked &= !locks.is_empty();
        for lock in locks {
            locked.entry(lock.name.clone()).or_default().push(lock);
        }
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut wave = named_by_code(packages, files, lowered);
    while !wave.is_empty() && found.indexed.len() < MOST {
        let fresh: BTreeMap<String, Option<String>> = wave
            .into_iter()
            .filter(|need| !all_locked || locked.contains_key(&need.package))
            .filter(|need| !own.contains(need.package.as_str()) && seen.insert(need.package.clone()))
            .map(|need| (need.package, need.version))
            .collect();
        found.wanted += fresh.len() as u64;
        let asked: Vec<String> = fresh.keys().cloned().collect();
        let read: Vec<(Indexed, Vec<Need>)> = fresh
            .into_par_iter()
            .filter_map(|(package, wanted)| {
                let (needs, model) = declarations(home.as_deref()?, &package, wanted.as_deref(), locked.get(&package))?;
                Some(index(package, model, needs))
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
fn index(package: String, model: FileModel, mut needs: Vec<Need>) -> (Indexed, Vec<Need>) {
    let dependencies = needs.iter().map(|need| (need.name, need.package.clone())).collect();
    let named: FxHashSet<Name> = mentions(&model).collect();
    needs.retain(|need| named.contains(&need.name));
    (Indexed { package, model, dependencies }, needs)
}

/// One dependency as a package's code asks for it.
#[derive(Serialize, Deserialize)]
struct Need {
    /// The name that code uses for it.
    name: Name,
    package: String,
    /// The version requirement.
    version: Option<String>,
}

/// What a package's product code asks a registry for. What only tests use costs more than it tells.
fn needs(package: &Package) -> impl Iterator<Item = (&Dependency, Need)> {
    let needed = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal && dependency.path.is_none());
    needed.map(|dependency| {
        let (name, package) = (Name::new(&dependency.name), dependency.package.clone());
        (dependency, Need { name, package, version: dependency.version_req.clone() })
    })
}

/// What the packages' code names of what they ask for.
fn named_by_code(packages: &[Package], files: &[FoundFile], lowered: &[Lowered]) -> Vec<Need> {
    let mut named: Vec<FxHashSet<Name>> = vec![FxHashSet::default(); packages.len()];
    for (file, one) in files.iter().zip(lowered) {
        if let Some(named) = file.package.and_then(|at| named.get_mut(at)) {
            named.extend(mentions(&one.model));
        }
    }
    let needs = packages
        .iter()
        .zip(&named)
        .flat_map(|(package, named)| needs(package).map(|(_, need)| need).filter(|need| named.contains(&need.name)));
    needs.collect()
}

/// The names that a file's paths begin with: those of crates are among them.
fn mentions(model: &FileModel) -> impl Iterator<Item = Name> {
    model.all_paths().filter_map(|path| match path.anchor {
        Anchor::Plain | Anchor::Global => path.segments.first().map(|segment| segment.name),
        Anchor::OtherCrate(name) => Some(name),
        _ => None,
    })
}

/// Returns a package's declarations, and what it asks for itself.
fn declarations(
    home: &Path,
    name: &str,
    wanted: Option<&str>,
    locked: Option<&Vec<Locked>>,
) -> Option<(Vec<Need>, FileModel)> {
    let pinned = locked.into_iter().flatten().filter(|lock| lock.registry).map(|lock| lock.version.as_str());
    let dir = pinned.chain(wanted).find_map(|version| nearest_source(home, name, version))?;
    let make = || {
        let discovery = discover(&DiscoverRequest { paths: std::slice::from_ref(&dir), exclude: &[] }).ok()?;
        let package = discovery.packages.into_iter().find(|package| package.dir == dir || package.name == name)?;
        let mut targets = package.targets.iter();
        let lib = targets.find(|target| matches!(target.kind, TargetKind::Lib | TargetKind::ProcMacro))?;
        if lib.kind == TargetKind::ProcMacro {
            // It exports macros alone, which are never run: nothing of it is missing.
            return store::write(&Vec::<Need>::new(), &FileModel::empty(FileId(0)));
        }
        let files = discovery.files.iter().filter(|file| file.context == FileContext::Lib);
        let files: Vec<(String, String)> =
            files.filter_map(|file| Some((file.relative.clone(), load(file, DEFAULT_FILE_BYTES).ok()?))).collect();
        let text = digest(&Sources {
            name: Name::new(&lib.name),
            files: &files,
            root: &lib.root,
            edition: parser_edition(package.edition),
            features: None,
        })?;
        store::write(&needs_here(&package), &stdlib::read_index(&text))
    };
    cache::bytes(&index_name(&dir), make, store::read)
}

/// What a dependency asks for, less what it asks for on other platforms: its index leaves their code out too.
fn needs_here(package: &Package) -> Vec<Need> {
    let here = |platform: &str| {
        let predicate = platform.strip_prefix("cfg(").and_then(|rest| rest.strip_suffix(')'));
        predicate.is_none_or(|text| Cfg::parse(text).default_truth(&|_| true) != Some(false))
    };
    let needs = needs(package).filter(|(dependency, _)| dependency.platform.as_deref().is_none_or(here));
    needs.map(|(_, need)| need).collect()
}

fn index_name(dir: &Path) -> String {
    let package = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{package}.model")
}

/// A path that no scanned file can have, for an index's file.
pub(super) fn path_of(package: &str) -> String {
    format!("<{package}>")
}
