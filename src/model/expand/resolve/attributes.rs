//! Resolves the paths of attribute macros: what one makes of a function is known by the crate that it comes from.

use super::{CrateRef, ExternCrate, From, Name, Place, Resolver, Search, segments};
use crate::facts::attributes::{AttributeFact, of_any_crate, of_crate};

impl Resolver<'_> {
    /// Returns what the attribute `path` makes of a function at `at`; `None` where that is not known, so that it is the product's.
    ///
    /// An attribute of a crate that only tests depend on makes a test: the product could not be compiled with it.
    pub(in crate::model) fn attribute(&self, path: &str, at: u32) -> Option<AttributeFact> {
        let path = segments(path);
        let (&name, before) = path.split_last()?;
        let Some(from) = self.from(at) else {
            return of_language(before, name).or_else(|| of_any_crate(name.as_str()));
        };
        let mut search = Search::new();
        if !before.is_empty() {
            return self.made_at(self.place(before, from, &mut search)?, before.first().copied(), from, name);
        }
        if let Some(fact) = self.imported_attribute(name, from, &mut search) {
            return Some(fact);
        }
        // Where there is no manifest the name has to do.
        let has_manifest = self.package(from.package).is_some_and(|package| package.has_manifest);
        of_language(before, name).or_else(|| if has_manifest { None } else { of_any_crate(name.as_str()) })
    }

    /// What an attribute makes that is imported under `name`, the product's where that is not known; `None` where nothing imports it.
    fn imported_attribute(&self, name: Name, from: From, search: &mut Search) -> Option<AttributeFact> {
        let package = self.package(from.package)?;
        let scopes = package.files.get(from.file as usize)?;
        for scope in scopes.around(from.at) {
            let Some(imports) = scopes.imports.get(scope as usize) else { continue };
            if let Some(import) = imports.named.get(&name).and_then(|imports| imports.first()) {
                let (&last, before) = import.path.split_last()?;
                let from = From { at: import.at, ..from };
                let place = self.place(before, from, search);
                let first = before.iter().find(|name| !name.is_missing()).copied();
                let fact = place.and_then(|place| self.made_at(place, first, from, last));
                return Some(fact.unwrap_or(AttributeFact::Product));
            }
            let globs =
                imports.globs.iter().filter_map(|glob| self.place(&glob.path, From { at: glob.at, ..from }, search));
            let mut found = globs.filter_map(|place| self.made_at(place, None, from, name));
            if let Some(found) = found.next() {
                return Some(found);
            }
        }
        let root = package.modules.get(package.modules.get(from.module as usize)?.root as usize)?;
        let crates = root.macro_use.iter().filter_map(|(krate, _)| self.krate(from.package, *krate));
        crates.into_iter().find_map(|place| self.made_at(place, None, from, name))
    }

    /// What the attribute `name` of the crate makes that a path leads to, which begins with `first`.
    fn made_at(&self, place: Place, first: Option<Name>, from: From, name: Name) -> Option<AttributeFact> {
        let dev = |krate: &CrateRef| krate.is_dev().then_some(AttributeFact::Test);
        let crates = |package: u32| self.package(package).map(|package| &package.crates);
        match place {
            Place::Extern { package, krate: ExternCrate::Known(said) } => {
                let krate = crates(package)?.get(&said)?;
                match krate {
                    CrateRef::Registry { package, .. } => {
                        of_crate(package.as_str(), name.as_str()).or_else(|| dev(krate))
                    }
                    _ => dev(krate),
                }
            }
            Place::Extern { krate: ExternCrate::Unlisted(said), .. } => of_crate(said.as_str(), name.as_str()),
            Place::Extern { krate: ExternCrate::Std, .. } => of_language(&[], name),
            Place::Module { package, .. } if package != from.package => dev(crates(from.package)?.get(&first?)?),
            Place::Module { .. } => None,
        }
    }
}

/// The language's own attributes.
fn of_language(before: &[Name], name: Name) -> Option<AttributeFact> {
    let is_std = before.first().is_none_or(|first| matches!(*first, Name::STD | Name::CORE));
    (is_std && matches!(name.as_str(), "test" | "bench")).then_some(AttributeFact::Test)
}
