//! The crates that the scanned packages depend on: found where cargo keeps their sources, indexed, the indexes kept. Cargo
//! and the network are never asked; what is not on disk is counted as absent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::model::name::Name;
use crate::source::{
    DEFAULT_FILE_BYTES, DependencyKind, DiscoverRequest, FileContext, Locked, Package, TargetKind, cache, cargo_home,
    discover, load, locked_dependencies, nearest_source,
};
use crate::types::digest::{Sources, digest};

use super::lowered::parser_edition;

/// Crates that are indexed for one scan, at most: a bound, not a goal.
const MOST: usize = 600;

/// A package that something depends on, and the version that is asked for.
type Wanted = (String, Option<String>);

/// One dependency, indexed.
pub(super) struct Indexed {
    /// The package's name.
    pub(super) package: String,
    /// Its declarations.
    pub(super) text: String,
    /// The names its code uses for its own dependencies, and their packages.
    pub(super) dependencies: Vec<(Name, String)>,
}

/// What was found of the dependencies.
#[derive(Default)]
pub(super) struct Dependencies {
    /// Those that were read, each after those that asked for it.
    pub(super) indexed: Vec<Indexed>,
    /// How many were wanted.
    pub(super) wanted: u64,
}

/// Finds and indexes the dependencies of `packages`, theirs included.
pub(super) fn find(packages: &[Package]) -> Dependencies {
    let mut found = Dependencies::default();
    let Some(home) = cargo_home() else { return found };
    let own: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut locked: BTreeMap<String, Vec<Locked>> = BTreeMap::new();
    for package in packages {
        for lock in locked_dependencies(&package.dir) {
            locked.entry(lock.name.clone()).or_default().push(lock);
        }
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut wave: Vec<Wanted> = packages.iter().flat_map(wanted).collect();
    while !wave.is_empty() && found.indexed.len() < MOST {
        let fresh: BTreeMap<String, Option<String>> =
            wave.into_iter().filter(|(name, _)| !own.contains(name.as_str()) && seen.insert(name.clone())).collect();
        found.wanted += fresh.len() as u64;
        let jobs: Vec<Wanted> = fresh.into_iter().collect();
        let read: Vec<(Indexed, Vec<Wanted>)> = jobs
            .par_iter()
            .filter_map(|(name, wanted)| one(&home, name, wanted.as_deref(), locked.get(name)))
            .collect();
        wave = read.iter().flat_map(|(_, next)| next.clone()).collect();
        found.indexed.extend(read.into_iter().map(|(indexed, _)| indexed));
    }
    found
}

/// The registry packages that a package's product code asks for. What only tests use costs more than it tells.
fn wanted(package: &Package) -> Vec<Wanted> {
    let needed = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal && dependency.path.is_none());
    needed.map(|dependency| (dependency.package.clone(), dependency.version_req.clone())).collect()
}

fn one(home: &Path, name: &str, wanted: Option<&str>, locked: Option<&Vec<Locked>>) -> Option<(Indexed, Vec<Wanted>)> {
    let pinned = locked.into_iter().flatten().filter(|lock| lock.registry).map(|lock| lock.version.as_str());
    let dir = pinned.chain(wanted).find_map(|version| nearest_source(home, name, version))?;
    let discovery = discover(&DiscoverRequest { paths: std::slice::from_ref(&dir), exclude: &[] }).ok()?;
    let package = discovery.packages.into_iter().find(|package| package.dir == dir || package.name == name)?;
    let lib = package.targets.iter().find(|target| target.kind == TargetKind::Lib)?;
    let text = cache::text(&index_name(&dir), || {
        let files = discovery.files.iter().filter(|file| file.context == FileContext::Lib);
        let files: Vec<(String, String)> =
            files.filter_map(|file| Some((file.relative.clone(), load(file, DEFAULT_FILE_BYTES).ok()?))).collect();
        digest(&Sources {
            name: Name::new(&lib.name),
            files: &files,
            root: &lib.root,
            edition: parser_edition(package.edition),
            features: None,
        })
    })?;
    let dependencies = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    let dependencies = dependencies.map(|it| (Name::new(&it.name), it.package.clone())).collect();
    let next = self::wanted(&package);
    Some((Indexed { package: name.to_owned(), text, dependencies }, next))
}

fn index_name(dir: &Path) -> String {
    let package = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{package}.index")
}

/// A path that no scanned file can have, for an index's file.
pub(super) fn path_of(indexed: &Indexed) -> String {
    PathBuf::from(format!("<{}>", indexed.package)).display().to_string()
}
