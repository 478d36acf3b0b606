//! Where the sources of dependencies lie: what the locks pin, in the folders that cargo unpacked. What is in them is read
//! elsewhere.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::DependencyScope;
use crate::source::{
    Dependency, Locked, Package, RegistrySources, agrees, cargo_home, locked_dependencies, nearest_lock,
};

/// The sources that the packages of one scan can have.
pub(super) struct Registry {
    sources: RegistrySources,
    /// The folders of the scanned packages.
    packages: Vec<PathBuf>,
    scope: DependencyScope,
    /// Read when it is first asked for.
    locks: OnceLock<Locks>,
}

/// What the locks of all scanned packages pin.
#[derive(Default)]
struct Locks {
    by_name: BTreeMap<String, Vec<Locked>>,
    /// Whether every package has a lock.
    all: bool,
}

impl Registry {
    /// The sources for `packages`; reads nothing yet.
    pub(super) fn new(packages: &[Package], scope: DependencyScope) -> Self {
        let packages = packages.iter().map(|package| package.dir.clone()).collect();
        Self { sources: RegistrySources::new(cargo_home()), packages, scope, locks: OnceLock::new() }
    }

    /// Returns the dependencies of a scanned package that are looked for here, those of code that is not looked at left out.
    pub(super) fn of<'p>(&self, package: &'p Package) -> impl Iterator<Item = &'p Dependency> {
        let scope = self.scope;
        package.dependencies.iter().filter(move |dependency| scope.wants(dependency.kind))
    }

    /// Tells whether a dependency is one of code that is looked at.
    pub(super) fn wants(&self, dependency: &Dependency) -> bool {
        self.scope.wants(dependency.kind)
    }

    /// Whether cargo has a folder of registry sources at all.
    pub(super) fn is_there(&self) -> bool {
        self.sources.is_there()
    }

    /// Whether a build can have `package`: a lock names every crate that any build has, and what it leaves out is a feature
    /// that nothing turns on.
    pub(super) fn can_have(&self, package: &str) -> bool {
        let locks = self.locks();
        !locks.all || locks.by_name.contains_key(package)
    }

    /// Returns the folder with the sources of `package`, of a version that fits `wanted` if there is one. Blocks on the disk.
    pub(super) fn sources(&self, package: &str, wanted: Option<&str>) -> Option<PathBuf> {
        let pinned = self.locks().by_name.get(package).into_iter().flatten();
        let pinned = pinned.filter(|lock| lock.registry).map(|lock| lock.version.as_str());
        // Of a package in two versions the one that is asked for.
        let (fit, rest): (Vec<&str>, Vec<&str>) =
            pinned.partition(|version| wanted.is_none_or(|it| agrees(it, version)));
        fit.into_iter().chain(rest).chain(wanted).find_map(|version| self.sources.nearest(package, version))
    }

    fn locks(&self) -> &Locks {
        self.locks.get_or_init(|| {
            let mut locks = Locks { by_name: BTreeMap::new(), all: true };
            // The packages of a workspace share one.
            let nearest: BTreeMap<_, _> = self.packages.iter().map(|dir| (nearest_lock(dir), dir)).collect();
            for dir in nearest.into_values() {
                let pinned = locked_dependencies(dir);
                locks.all &= !pinned.is_empty();
                for lock in pinned {
                    locks.by_name.entry(lock.name.clone()).or_default().push(lock);
                }
            }
            locks
        })
    }
}
