//! Name resolution. `DefMap` is the module tree of all crates with the per-namespace items of each module. Associated items are
//! `index.rs`'s business.

mod collect;
mod imports;
mod lookup;

use rustc_hash::FxHashMap;

use crate::model::hir::{ExprId, FileModel, VariantId};
use crate::model::name::Name;
use crate::source::FileId;
use crate::types::ty::DefId;
use crate::types::world::{Crate, CrateId, ModuleFiles};

pub use lookup::{Namespace, PartialRes};

/// A module, or a block with items of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(pub u32);

/// What a name is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Res {
    /// A module.
    Module(ModuleId),
    /// An item.
    Item(DefId),
    /// A variant, and its enum.
    Variant(DefId, VariantId),
    /// A primitive type, by its name.
    Primitive(Name),
}

/// A name's meanings in the two namespaces, with how sure it is that the definition is compiled: 2 yes, 1 perhaps, 0 no.
#[derive(Debug, Clone, Copy, Default)]
struct Binding {
    types: Option<(Res, u8)>,
    values: Option<(Res, u8)>,
}

impl Binding {
    fn within(&self, space: Namespace) -> Option<(Res, u8)> {
        match space {
            Namespace::Types => self.types,
            Namespace::Values => self.values,
        }
    }

    /// Sets what is not set.
    fn fill(&mut self, types: Option<(Res, u8)>, values: Option<(Res, u8)>) {
        self.types = self.types.or(types);
        self.values = self.values.or(values);
    }
}

/// What an import of `*` brings the names of.
#[derive(Debug, Clone, Copy)]
struct Glob {
    res: Res,
    /// Whether the module alone, and those in it, see them.
    hidden: bool,
}

/// One module.
#[derive(Debug, Default)]
pub struct Module {
    /// Its crate.
    pub krate: CrateId,
    /// The module or, for a block, the scope around it.
    pub parent: Option<ModuleId>,
    /// Whether it is a block: names not found go on to the parent.
    pub is_block: bool,
    /// Its name; missing for a root or block.
    pub name: Name,
    names: FxHashMap<Name, Binding>,
    globs: Vec<Glob>,
    /// The traits imported as `_`.
    unnamed: Vec<Res>,
}

/// All modules and what is in them.
#[derive(Debug, Default)]
pub struct DefMap {
    modules: Vec<Module>,
    by_file: FxHashMap<FileId, ModuleId>,
    /// The modules of `mod name { … }` and `mod name;` items.
    by_item: FxHashMap<DefId, ModuleId>,
    /// The scope of every item, by file.
    item_scopes: Vec<Vec<ModuleId>>,
    blocks: FxHashMap<(FileId, ExprId), ModuleId>,
    roots: Vec<ModuleId>,
    crates: FxHashMap<Name, CrateId>,
    dependencies: Vec<FxHashMap<Name, CrateId>>,
    /// What the prelude brings, its globs followed.
    prelude: FxHashMap<Name, Binding>,
    std_roots: Vec<ModuleId>,
}

impl DefMap {
    /// Collects modules and resolves imports.
    pub fn new(files: &[FileModel], crates: &[Crate], paths: &[String], module_files: &ModuleFiles) -> Self {
        let (mut names, pending) = collect::collect(files, crates, paths, module_files);
        imports::resolve_imports(&mut names, files, pending);
        names
    }

    /// Returns a module; the root of nothing for an unknown id.
    pub fn module(&self, id: ModuleId) -> &Module {
        static NOWHERE: std::sync::LazyLock<Module> = std::sync::LazyLock::new(Module::default);
        // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
        self.modules.get(id.0 as usize).unwrap_or(&NOWHERE)
    }

    /// Returns the module that a file is.
    pub fn module_of_file(&self, file: FileId) -> Option<ModuleId> {
        self.by_file.get(&file).copied()
    }

    /// Returns the module that a `mod` item is.
    pub fn module_of_module_item(&self, def: DefId) -> Option<ModuleId> {
        self.by_item.get(&def).copied()
    }

    /// Returns the file that a module is, if it is one; O(files).
    pub fn file_of_module(&self, module: ModuleId) -> Option<FileId> {
        self.by_file.iter().find(|&(_, &known)| known == module).map(|(&file, _)| file)
    }

    /// Returns the module whose scope an item stands in.
    pub fn module_of_item(&self, def: DefId) -> Option<ModuleId> {
        self.item_scopes.get(def.file.0 as usize)?.get(def.item.index()).copied()
    }

    /// Returns the scope of a block that has items of its own.
    pub fn block(&self, file: FileId, expr: ExprId) -> Option<ModuleId> {
        self.blocks.get(&(file, expr)).copied()
    }

    /// Returns the path of a module in its crate, outermost first.
    pub fn path_of(&self, module: ModuleId) -> Vec<Name> {
        let mut path = Vec::new();
        let mut at = Some(module);
        while let Some(id) = at {
            let module = self.module(id);
            if !module.name.is_missing() {
                path.push(module.name);
            }
            at = module.parent;
        }
        path.reverse();
        path
    }

    /// Returns the std item at this path below core, alloc or std, whichever has it.
    pub fn std_item(&self, path: &[Name]) -> Option<DefId> {
        let (&last, modules) = path.split_last()?;
        self.std_roots.iter().find_map(|&root| {
            let mut at = root;
            for &name in modules {
                match self.module_binding(at, name, Namespace::Types)? {
                    Res::Module(module) => at = module,
                    _ => return None,
                }
            }
            match self
                .module_binding(at, last, Namespace::Types)
                .or_else(|| self.module_binding(at, last, Namespace::Values))?
            {
                Res::Item(def) => Some(def),
                _ => None,
            }
        })
    }
}

impl Default for CrateId {
    fn default() -> Self {
        Self(u32::MAX)
    }
}
