//! Everything that was read, together: files, crates, modules, impls. Built once, then only read, from any thread.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::hir::{FileModel, ItemId};
use crate::model::item::{Item, ItemKind};
use crate::model::name::Name;
use crate::source::FileId;
use crate::types::declared_types::DeclaredTypes;
use crate::types::index::Impls;
use crate::types::lang::Lang;
use crate::types::layout::Machine;
use crate::types::names::{DefMap, ModuleId};
use crate::types::signatures::Signatures;
use crate::types::ty::DefId;

/// The files of modules, by the items that declare them.
pub type ModuleFiles = FxHashMap<(FileId, ItemId), FileId>;

/// A crate of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CrateId(pub u32);

/// What one crate is made of, before names are resolved.
#[derive(Debug)]
pub struct Crate {
    /// The name that code uses for it.
    pub name: Name,
    /// Its root file.
    pub root: FileId,
    /// The names of other crates as it uses them.
    pub dependencies: FxHashMap<Name, CrateId>,
    /// Features that a default build has; `None` means all.
    pub features: Option<FxHashSet<String>>,
    /// Whether it is core, alloc or std.
    pub is_std: bool,
    /// Whether it is scanned rather than a dependency.
    pub is_local: bool,
}

/// Files by their models, crates and all that follows from them.
#[derive(Debug)]
pub struct World {
    /// By `FileId`.
    pub files: Vec<FileModel>,
    /// By `CrateId`.
    pub crates: Vec<Crate>,
    /// Modules and what names mean in them.
    pub names: DefMap,
    /// Impls and traits.
    pub impls: Impls,
    /// What aliases and defaults stand for, as far as it was asked for.
    pub declared: DeclaredTypes,
    /// Signatures that were asked for.
    pub signatures: Signatures,
    /// What the language itself refers to.
    pub lang: Lang,
    /// What the program is compiled for: constants depend on it.
    pub machine: Machine,
}

impl World {
    /// Resolves names and indexes impls.
    ///
    /// `paths` are the files' paths by `FileId`, to find the files of `mod name;` that `module_files` does not know; a crate's
    /// files share a folder.
    pub fn new(
        files: Vec<FileModel>,
        crates: Vec<Crate>,
        paths: &[String],
        module_files: &ModuleFiles,
        machine: Machine,
    ) -> Self {
        let names = DefMap::new(&files, &crates, paths, module_files);
        let signatures = Signatures::new(&files);
        let (impls, declared, lang) = (Impls::default(), DeclaredTypes::default(), Lang::default());
        let mut world = Self { files, crates, names, impls, declared, signatures, lang, machine };
        world.lang = Lang::of(&world);
        world.impls = Impls::new(&world);
        world
    }

    /// Gives its memory back on all threads at hand: first the models, which are the largest, then all that is many small
    /// things, while `meanwhile` runs.
    pub fn give_back<R: Send>(self, meanwhile: impl FnOnce() -> R + Send) -> R {
        let Self { files, names, impls, signatures, .. } = self;
        files.into_par_iter().for_each(drop);
        rayon::join(|| drop((signatures, names, impls)), meanwhile).1
    }

    /// Returns a file's model.
    pub fn file(&self, id: FileId) -> Option<&FileModel> {
        self.files.get(id.0 as usize)
    }

    /// Returns an item.
    pub fn item(&self, def: DefId) -> Option<&Item> {
        self.file(def.file)?.items.get(def.item.index())
    }

    /// Returns the crate that a file belongs to.
    pub fn crate_of(&self, file: FileId) -> Option<&Crate> {
        let module = self.names.module_of_file(file)?;
        self.crates.get(self.names.module(module).krate.0 as usize)
    }

    /// Returns an item's name.
    pub fn name_of(&self, def: DefId) -> Name {
        self.item(def).map_or(Name::MISSING, |item| item.name)
    }

    /// Returns the item in std with this name at this path, such as `["option", "Option"]` of core.
    pub fn std_item(&self, path: &[Name]) -> Option<DefId> {
        self.names.std_item(path)
    }

    /// Tells whether `def` is the std item called `name`: enough to tell Option, Vec and the like from a user's own.
    pub fn is_std(&self, def: DefId, name: Name) -> bool {
        self.name_of(def) == name && self.crate_of(def.file).is_some_and(|krate| krate.is_std)
    }

    /// Returns the module whose scope an item's own paths are resolved in.
    pub fn module_of(&self, def: DefId) -> Option<ModuleId> {
        self.names.module_of_item(def)
    }

    /// Iterates over the items of a file.
    pub fn items_of(&self, file: FileId) -> impl Iterator<Item = (DefId, &Item)> {
        let items = self.file(file).map_or(&[][..], |file| &file.items);
        items.iter().enumerate().map(move |(at, item)| (DefId { file, item: ItemId(at as u32) }, item))
    }

    /// Returns the impl or trait that directly encloses an item.
    pub fn container(&self, def: DefId) -> Option<DefId> {
        match self.item(def)?.parent {
            crate::model::item::Parent::Item(parent) => {
                let parent = DefId { file: def.file, item: parent };
                matches!(self.item(parent)?.kind, ItemKind::Impl { .. } | ItemKind::Trait { .. }).then_some(parent)
            }
            _ => None,
        }
    }
}
