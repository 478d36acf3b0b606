//! Puts the scanned files, std and the crates of each package together into one world.

use rustc_hash::FxHashMap;

use super::dependencies::{self, Dependencies};
use super::lowered::Lowered;
use crate::model::hir::FileModel;
use crate::model::name::Name;
use crate::source::{FileId, FoundFile, Package, TargetKind};
use crate::types::layout::Machine;
use crate::types::stdlib::Std;
use crate::types::world::{Crate, CrateId, ModuleFiles, World};

/// Builds the world; the scanned files keep their ids, std's follow.
pub(super) fn build(
    found: &[FoundFile],
    packages: &[Package],
    lowered: &mut [Lowered],
    (std, others): (Std, Dependencies),
    (module_files, machine): (ModuleFiles, Machine),
) -> World {
    let mut paths: Vec<String> = found.iter().map(FoundFile::place).collect();
    let mut files: Vec<FileModel> = lowered.iter_mut().map(Lowered::take_model).collect();
    let std_names = std.names();
    let mut crates: Vec<Crate> = std.crates;
    files.extend(std.files);
    paths.extend(std.paths);
    let others = foreign(others, &std_names, &mut files, &mut paths, &mut crates);

    let by_path: FxHashMap<&str, FileId> =
        paths.iter().enumerate().map(|(at, path)| (path.as_str(), FileId(at as u32))).collect();
    let libs = libraries(packages, &by_path, &std_names, &others, &mut crates);
    for (at, package) in packages.iter().enumerate() {
        for target in &package.targets {
            if matches!(target.kind, TargetKind::Lib | TargetKind::ProcMacro) {
                continue;
            }
            let Some(&root) = by_path.get(package.place(target).as_str()) else { continue };
            let mut known = known_to(package, packages, &libs, &std_names, &others);
            if let Some(&(name, own)) = libs.get(&at) {
                known.insert(name, own);
            }
            let name = Name::new(&target.name.replace('-', "_"));
            crates.push(krate(name, root, known, package));
        }
    }
    let rooted = |at: usize| {
        packages.get(at).is_some_and(|package| {
            package.targets.iter().any(|target| by_path.contains_key(package.place(target).as_str()))
        })
    };
    let lone = found.iter().filter(|file| !file.package.is_some_and(rooted));
    lone_files(lone, &by_path, &std_names, &mut crates);
    drop(by_path);
    World::new(files, crates, &paths, &module_files, machine)
}

/// Adds the crates of dependencies, whose files' ids follow; returns each one's library by package.
fn foreign(
    others: Dependencies,
    std_names: &FxHashMap<Name, CrateId>,
    files: &mut Vec<FileModel>,
    paths: &mut Vec<String>,
    crates: &mut Vec<Crate>,
) -> FxHashMap<String, (Name, CrateId)> {
    let packages = others.indexed.iter().map(|other| other.package.clone());
    let libraries = others.indexed.iter().map(|other| other.library);
    let known = libraries.zip((crates.len() as u32..).map(CrateId));
    let ids: FxHashMap<String, (Name, CrateId)> = packages.zip(known).collect();
    for other in others.indexed {
        let mut dependencies = std_names.clone();
        dependencies
            .extend(other.dependencies.iter().filter_map(|need| Some((need.said(), ids.get(&need.package)?.1))));
        crates.push(Crate {
            name: other.library,
            root: other.model.file,
            dependencies,
            features: None,
            is_std: false,
            is_local: false,
        });
        paths.push(dependencies::path_of(&other.package));
        files.push(other.model);
    }
    ids
}

/// Adds the packages' libraries; returns each one's name and crate by package.
fn libraries(
    packages: &[Package],
    by_path: &FxHashMap<&str, FileId>,
    std_names: &FxHashMap<Name, CrateId>,
    others: &FxHashMap<String, (Name, CrateId)>,
    crates: &mut Vec<Crate>,
) -> FxHashMap<usize, (Name, CrateId)> {
    let mut libs = FxHashMap::default();
    for (at, package) in packages.iter().enumerate() {
        let lib = package.targets.iter().find(|target| matches!(target.kind, TargetKind::Lib | TargetKind::ProcMacro));
        let Some((lib, &root)) = lib.and_then(|lib| Some((lib, by_path.get(package.place(lib).as_str())?))) else {
            continue;
        };
        let name = Name::new(&lib.name.replace('-', "_"));
        libs.insert(at, (name, CrateId(crates.len() as u32)));
        crates.push(krate(name, root, std_names.clone(), package));
    }
    for (&at, &(_, id)) in &libs {
        let Some(package) = packages.get(at) else { continue };
        let known = known_to(package, packages, &libs, std_names, others);
        if let Some(krate) = crates.get_mut(id.0 as usize) {
            krate.dependencies = known;
        }
    }
    libs
}

/// What a package's code can name: std, and those of its dependencies that are scanned too or were indexed.
fn known_to(
    package: &Package,
    packages: &[Package],
    libs: &FxHashMap<usize, (Name, CrateId)>,
    std_names: &FxHashMap<Name, CrateId>,
    others: &FxHashMap<String, (Name, CrateId)>,
) -> FxHashMap<Name, CrateId> {
    let mut known = std_names.clone();
    for dependency in &package.dependencies {
        let at = packages.iter().position(|other| other.name == dependency.package);
        let scanned = at.and_then(|at| libs.get(&at));
        if let Some(&(library, id)) = scanned.or_else(|| others.get(&dependency.package)) {
            // `md-5` has a library `md5`; what the manifest renames has no other name.
            let name = if dependency.is_renamed() { Name::new(&dependency.name) } else { library };
            known.insert(name, id);
        }
    }
    known
}

fn krate(name: Name, root: FileId, dependencies: FxHashMap<Name, CrateId>, package: &Package) -> Crate {
    Crate {
        name,
        root,
        dependencies,
        features: Some(package.default_features.iter().cloned().collect()),
        is_std: false,
        is_local: true,
    }
}

/// Files without a package, or of one whose roots are not scanned, are crates of their own, unless a file beside them
/// declares them as modules.
fn lone_files<'f>(
    lone: impl Iterator<Item = &'f FoundFile>,
    by_path: &FxHashMap<&str, FileId>,
    std_names: &FxHashMap<Name, CrateId>,
    crates: &mut Vec<Crate>,
) {
    for file in lone {
        let place = file.place();
        let folder = place.rsplit_once('/').map_or("", |(folder, _)| folder);
        let root = ["lib.rs", "main.rs", "mod.rs"].iter().any(|name| place.ends_with(name));
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let has_root =
            ["lib.rs", "main.rs"].iter().any(|name| by_path.contains_key(format!("{prefix}{name}").as_str()));
        if !root && has_root {
            continue;
        }
        let Some(&root) = by_path.get(place.as_str()) else { continue };
        let dependencies = std_names.clone();
        let name = Name::CRATE;
        crates.push(Crate { name, root, dependencies, features: None, is_std: false, is_local: true });
    }
}
