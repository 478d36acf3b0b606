//! Follows paths of modules and crates, through imports, to where their last name is looked up.

use super::{CrateRef, ExternCrate, From, Imports, Name, Place, Resolver, Search};

impl Resolver<'_> {
    /// Where a path of modules leads.
    pub(super) fn place(&self, path: &[Name], from: From, search: &mut Search) -> Option<Place> {
        let (&first, mut rest) = path.split_first()?;
        let own = |module: u32| Place::Module { package: from.package, module };
        let mut place = match first {
            Name::CRATE => own(self.module(from.package, from.module)?.root),
            Name::SELF_VALUE => own(from.module),
            Name::SUPER => own(self.module(from.package, from.module)?.parent?),
            Name::MISSING => {
                let (&krate, behind) = rest.split_first()?;
                rest = behind;
                let listed = self.krate(from.package, krate).or_else(|| self.scanned(krate));
                listed.unwrap_or(Place::Extern { package: from.package, krate: ExternCrate::Unlisted(krate) })
            }
            name => self.lexical_module(name, from, search)?,
        };
        for &name in rest {
            place = match (place, name) {
                // What macros say of crates that a crate hands on for them.
                (Place::Extern { package, .. }, Name::STD | Name::CORE | Name::ALLOC) => {
                    Place::Extern { package, krate: ExternCrate::Std }
                }
                (Place::Extern { .. }, _) => place,
                (Place::Module { package, module }, Name::SUPER) => {
                    Place::Module { package, module: self.module(package, module)?.parent? }
                }
                (Place::Module { package, module }, name) => self.module_in(package, module, name, search)?,
            };
        }
        Some(place)
    }

    /// The scanned crate that calls itself `name`: what its macros say of it where code has it through another crate.
    fn scanned(&self, name: Name) -> Option<Place> {
        let package = self.tables.packages.iter().position(|package| package.library == Some(name))? as u32;
        Some(Place::Module { package, module: self.package(package)?.library_root? })
    }

    /// The module or crate that `name` means at the start of a path.
    fn lexical_module(&self, name: Name, from: From, search: &mut Search) -> Option<Place> {
        let scopes = self.scopes(from.package, from.file)?;
        let around = if from.at == 0 { None } else { Some(scopes.around(from.at)) };
        for scope in around.into_iter().flatten() {
            let is_block = scopes.modules.get(scope as usize).is_none_or(|&module| module == u32::MAX);
            // A block's own imports begin their paths there, too.
            let imports = scopes.imports.get(scope as usize).filter(|_| is_block);
            let imports = imports.filter(|_| search.may_ask(from.package, u32::MAX - scope, name, true));
            let Some(imports) = imports else { continue };
            let found = self.imported_module(imports, name, from, search);
            search.answered();
            if found.is_some() {
                return found;
            }
        }
        let module = self.module_in(from.package, from.module, name, search);
        let krate = module.or_else(|| self.krate(from.package, name));
        // In the 2015 edition paths of imports begin at the root.
        let root = self.module(from.package, from.module)?.root;
        let krate = krate.or_else(|| self.module_in(from.package, root, name, search));
        krate.or(Some(Place::Extern { package: from.package, krate: ExternCrate::Unlisted(name) }))
    }

    fn module_in(&self, package: u32, module: u32, name: Name, search: &mut Search) -> Option<Place> {
        let own = self.module(package, module)?;
        if let Some(&child) = own.children.get(&name) {
            return Some(Place::Module { package, module: child });
        }
        if !search.may_ask(package, module, name, true) {
            return None;
        }
        let imports = self.scopes(package, own.file).and_then(|scopes| scopes.imports.get(own.scope as usize));
        let from = From { package, module, file: own.file, at: 0 };
        let found = imports.and_then(|imports| self.imported_module(imports, name, from, search));
        search.answered();
        found
    }

    fn imported_module(&self, imports: &Imports, name: Name, from: From, search: &mut Search) -> Option<Place> {
        let named = imports.named.get(&name).into_iter().flatten();
        let mut named = named.filter_map(|import| match *import.path {
            // `use paste;` imports the crate.
            [own] if own == name => {
                let unlisted = Place::Extern { package: from.package, krate: ExternCrate::Unlisted(own) };
                Some(self.krate(from.package, own).unwrap_or(unlisted))
            }
            _ => self.place(&import.path, From { at: import.at, ..from }, search),
        });
        if let Some(found) = named.next() {
            return Some(found);
        }
        imports.globs.iter().find_map(|glob| match self.place(&glob.path, From { at: glob.at, ..from }, search)? {
            Place::Module { package, module } => self.module_in(package, module, name, search),
            Place::Extern { .. } => None,
        })
    }

    /// The crate that code of a package calls `name`.
    pub(super) fn krate(&self, package: u32, name: Name) -> Option<Place> {
        let own = self.package(package)?;
        let of = |package: u32| {
            let root = self.package(package)?.library_root?;
            Some(Place::Module { package, module: root })
        };
        match own.crates.get(&name) {
            Some(CrateRef::Scanned { package, .. }) => return of(*package),
            Some(_) => return Some(Place::Extern { package, krate: ExternCrate::Known(name) }),
            None => {}
        }
        if own.library == Some(name) {
            return of(package);
        }
        if matches!(name, Name::STD | Name::CORE | Name::ALLOC) {
            return Some(Place::Extern { package, krate: ExternCrate::Std });
        }
        None
    }
}
