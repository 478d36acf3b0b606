//! Builds the module tree: which file is which module, which item stands where. Imports are only noted here.

use rustc_hash::FxHashMap;

use super::imports::Pending;
use super::{Binding, DefMap, Module, ModuleId, Res};
use crate::model::hir::{CfgId, ExprId, FileModel, ImportId, ItemId, List};
use crate::model::item::{Item, ItemKind, Parent};
use crate::model::name::Name;
use crate::source::FileId;
use crate::types::ty::DefId;
use crate::types::world::{Crate, CrateId, ModuleFiles};

/// Collects all modules of all crates.
pub(super) fn collect(
    files: &[FileModel],
    crates: &[Crate],
    paths: &[String],
    module_files: &ModuleFiles,
) -> (DefMap, Vec<Pending>) {
    let by_path: FxHashMap<&str, FileId> =
        paths.iter().enumerate().map(|(at, path)| (path.as_str(), FileId(at as u32))).collect();
    let mut names = DefMap {
        item_scopes: files.iter().map(|file| vec![ModuleId(u32::MAX); file.items.len()]).collect(),
        dependencies: crates.iter().map(|krate| krate.dependencies.clone()).collect(),
        ..DefMap::default()
    };
    let mut collector =
        Collector { names: &mut names, pending: Vec::new(), files, crates, paths, by_path, module_files };
    // std's roots come before its files, for its crates name each other in circles: core has `core_arch`, which uses core.
    let (std, others): (Vec<_>, Vec<_>) = crates.iter().zip((0..).map(CrateId)).partition(|(krate, _)| krate.is_std);
    let roots: Vec<ModuleId> = std.iter().map(|&(krate, id)| collector.root(krate, id)).collect();
    for ((krate, _), root) in std.into_iter().zip(roots) {
        collector.file(krate.root, root);
    }
    for (krate, id) in others {
        let root = collector.root(krate, id);
        collector.file(krate.root, root);
    }
    collector.orphans();
    let pending = collector.pending;
    (names, pending)
}

struct Collector<'c> {
    names: &'c mut DefMap,
    /// The imports, in the order of the modules' files.
    pending: Vec<Pending>,
    files: &'c [FileModel],
    crates: &'c [Crate],
    paths: &'c [String],
    by_path: FxHashMap<&'c str, FileId>,
    module_files: &'c ModuleFiles,
}

impl Collector<'_> {
    /// Adds a crate's root; that of the next crate must follow.
    fn root(&mut self, krate: &Crate, id: CrateId) -> ModuleId {
        let root = self.add(Module { krate: id, ..Module::default() });
        self.names.roots.push(root);
        self.names.crates.entry(krate.name).or_insert(id);
        if krate.is_std {
            self.names.std_roots.push(root);
        }
        root
    }

    fn add(&mut self, module: Module) -> ModuleId {
        self.names.modules.push(module);
        ModuleId(self.names.modules.len() as u32 - 1)
    }

    /// Puts a file's items under `module`; a file that is in the tree already stays where it is.
    fn file(&mut self, file: FileId, module: ModuleId) {
        if self.names.by_file.contains_key(&file) {
            return;
        }
        self.names.by_file.insert(file, module);
        let Some(model) = self.files.get(file.0 as usize) else { return };
        for at in 0..model.items.len() {
            self.item(model, ItemId(at as u32), module);
        }
    }

    /// Files that no crate reaches belong to the crate whose root is nearest above them, as modules of their own.
    fn orphans(&mut self) {
        for (at, path) in self.paths.iter().enumerate() {
            let file = FileId(at as u32);
            if self.names.by_file.contains_key(&file) {
                continue;
            }
            let near = self.crates.iter().enumerate().filter_map(|(id, krate)| {
                let root = self.paths.get(krate.root.0 as usize)?;
                let folder = folder_of(root);
                path.starts_with(folder).then_some((folder.len(), std::cmp::Reverse(id)))
            });
            let krate = near.max().map_or(CrateId::default(), |(_, std::cmp::Reverse(id))| CrateId(id as u32));
            let parent = self.names.roots.get(krate.0 as usize).copied();
            let module = self.add(Module { krate, parent, ..Module::default() });
            self.file(file, module);
        }
    }

    fn item(&mut self, model: &FileModel, id: ItemId, file_module: ModuleId) {
        let Some(item) = model.items.get(id.index()) else { return };
        let def = DefId { file: model.file, item: id };
        let (scope, is_assoc) = self.scope(model, item, file_module);
        if let Some(slot) =
            self.names.item_scopes.get_mut(model.file.0 as usize).and_then(|all| all.get_mut(id.index()))
        {
            *slot = scope;
        }
        if is_assoc {
            return;
        }
        let rank = self.rank(model, item.cfg, scope);
        match item.kind {
            ItemKind::Module { inline, path } => self.module(model, def, item, scope, inline, path, rank),
            ItemKind::Use { imports } => self.imports(model, imports, scope, rank, item.public),
            ItemKind::ExternCrate { krate } => {
                if let Some(root) = self.extern_crate(scope, krate) {
                    self.bind(scope, item.name, Some(Res::Module(root)), None, rank);
                }
                self.add_to_prelude(scope, krate, item.name, rank);
            }
            kind => {
                let (types, values) = namespaces(def, kind);
                self.bind(scope, item.name, types, values, rank);
            }
        }
    }

    fn extern_crate(&self, scope: ModuleId, krate: Name) -> Option<ModuleId> {
        let home = self.names.module(scope).krate;
        if krate == Name::SELF_VALUE {
            return self.names.roots.get(home.0 as usize).copied();
        }
        let id = self.crates.get(home.0 as usize)?.dependencies.get(&krate)?;
        self.names.roots.get(id.0 as usize).copied()
    }

    /// `extern crate alloc as alloc_crate;` at the root: every module of the crate can say `alloc_crate`. What surely is
    /// declared hides a crate that has that name by itself.
    fn add_to_prelude(&mut self, scope: ModuleId, krate: Name, name: Name, rank: u8) {
        let module = self.names.module(scope);
        if module.parent.is_some() {
            return;
        }
        let home = module.krate;
        let known = self.names.dependencies.get_mut(home.0 as usize);
        if let Some(known) = known
            && let Some(&id) = known.get(&krate)
        {
            let slot = known.entry(name).or_insert(id);
            if rank == 2 {
                *slot = id;
            }
        }
    }

    /// Returns the module an item stands in, and whether it is an associated item.
    fn scope(&mut self, model: &FileModel, item: &Item, file_module: ModuleId) -> (ModuleId, bool) {
        match item.parent {
            Parent::File => (file_module, false),
            Parent::Item(parent) => {
                let parent_def = DefId { file: model.file, item: parent };
                if let Some(&module) = self.names.by_item.get(&parent_def) {
                    return (module, false);
                }
                let scope = self.names.module_of_item(parent_def).unwrap_or(file_module);
                let kind = model.items.get(parent.index()).map(|parent| parent.kind);
                (scope, matches!(kind, Some(ItemKind::Impl { .. } | ItemKind::Trait { .. })))
            }
            Parent::Block(expr, owner) => {
                let owner = self.names.module_of_item(DefId { file: model.file, item: owner }).unwrap_or(file_module);
                (self.block(model, expr, owner), false)
            }
        }
    }

    /// Returns the scope of a block with items, within those of the blocks around it; the outermost is within `owner`'s.
    fn block(&mut self, model: &FileModel, expr: ExprId, owner: ModuleId) -> ModuleId {
        let (mut new, mut around) = (Vec::new(), owner);
        for block in std::iter::successors(Some(expr), |&block| model.block_around(block)) {
            if let Some(&known) = self.names.blocks.get(&(model.file, block)) {
                around = known;
                break;
            }
            new.push(block);
        }
        let krate = self.names.module(owner).krate;
        for block in new.into_iter().rev() {
            around = self.add(Module { krate, parent: Some(around), is_block: true, ..Module::default() });
            self.names.blocks.insert((model.file, block), around);
        }
        around
    }

    #[expect(clippy::too_many_arguments, reason = "what a module item says, taken apart once")]
    fn module(
        &mut self,
        model: &FileModel,
        def: DefId,
        item: &Item,
        scope: ModuleId,
        inline: bool,
        path: Option<Name>,
        rank: u8,
    ) {
        let krate = self.names.module(scope).krate;
        let known = self.module_files.get(&(def.file, def.item)).copied();
        let file = if inline { None } else { known.or_else(|| self.module_file(model, item, path)) };
        // A file that several crates of a package declare, as a library and its binary do, is the module that it is to the first.
        let known = file.and_then(|file| self.names.by_file.get(&file).copied());
        let id = known
            .unwrap_or_else(|| self.add(Module { krate, parent: Some(scope), name: item.name, ..Module::default() }));
        self.names.by_item.insert(def, id);
        self.bind(scope, item.name, Some(Res::Module(id)), None, rank);
        if let Some(file) = file {
            self.file(file, id);
        }
    }

    /// Finds the file of `mod name;`.
    fn module_file(&self, model: &FileModel, item: &Item, path: Option<Name>) -> Option<FileId> {
        let here = self.paths.get(model.file.0 as usize)?;
        let folder = folder_of(here);
        let file_name = here.get(folder.len()..)?;
        // A module file `a/b.rs` has its own modules in `a/b/`; roots and `mod.rs` have them beside themselves.
        let is_root = self.crates.iter().any(|krate| krate.root == model.file);
        let mut base = folder.to_owned();
        if !is_root && file_name != "mod.rs" {
            base.push_str(file_name.strip_suffix(".rs").unwrap_or(file_name));
            base.push('/');
        }
        let mut inner = String::new();
        let mut parent = item.parent;
        while let Parent::Item(id) = parent {
            let enclosing = model.items.get(id.index())?;
            // auditor: allow(panicking-api) every text can begin at zero
            inner.insert_str(0, &format!("{}/", enclosing.name));
            parent = enclosing.parent;
        }
        if let Some(path) = path {
            let from = if inner.is_empty() { folder.to_owned() } else { format!("{base}{inner}") };
            return self.by_path.get(normalized(&format!("{from}{path}")).as_str()).copied();
        }
        let name = item.name;
        [format!("{base}{inner}{name}.rs"), format!("{base}{inner}{name}/mod.rs")]
            .iter()
            .find_map(|candidate| self.by_path.get(candidate.as_str()).copied())
    }

    fn imports(&mut self, model: &FileModel, imports: List<ImportId>, scope: ModuleId, rank: u8, public: bool) {
        // Of scanned code it is not known who else sees them: `pub(super)` is no `pub`.
        let hidden =
            !public && self.crates.get(self.names.module(scope).krate.0 as usize).is_some_and(|krate| krate.is_std);
        for &at in model.list(imports) {
            let Some(import) = model.imports.get(at.index()) else { continue };
            self.pending.push(Pending {
                module: scope,
                name: import.name,
                file: model.file,
                path: import.path,
                rank,
                hidden,
                open: [true; 2],
            });
        }
    }

    fn bind(&mut self, scope: ModuleId, name: Name, types: Option<Res>, values: Option<Res>, rank: u8) {
        let Some(module) = self.names.modules.get_mut(scope.0 as usize) else { return };
        let binding: &mut Binding = module.names.entry(name).or_default();
        for (slot, res) in [(&mut binding.types, types), (&mut binding.values, values)] {
            if let Some(res) = res
                && slot.is_none_or(|(_, known)| known < rank)
            {
                *slot = Some((res, rank));
            }
        }
    }

    /// How likely a predicate holds in a default build: 2 yes, 1 not known, 0 no.
    fn rank(&self, model: &FileModel, cfg: CfgId, scope: ModuleId) -> u8 {
        let Some(cfg) = model.cfgs.get(cfg.index()) else { return 2 };
        let krate = self.crates.get(self.names.module(scope).krate.0 as usize);
        let features = krate.and_then(|krate| krate.features.as_ref());
        let truth = cfg.default_truth(&|feature| features.is_none_or(|on| on.contains(feature)));
        match truth {
            Some(true) => 2,
            None => 1,
            Some(false) => 0,
        }
    }
}

/// What an item's name means in the namespaces of types and of values.
fn namespaces(def: DefId, kind: ItemKind) -> (Option<Res>, Option<Res>) {
    let res = Some(Res::Item(def));
    match kind {
        ItemKind::Fn(_) | ItemKind::Const { .. } | ItemKind::Static { .. } => (None, res),
        ItemKind::Struct { tuple: true, .. } => (res, res),
        ItemKind::Struct { .. }
        | ItemKind::Union { .. }
        | ItemKind::Enum { .. }
        | ItemKind::Trait { .. }
        | ItemKind::TypeAlias { .. } => (res, None),
        _ => (None, None),
    }
}

fn folder_of(path: &str) -> &str {
    path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or("")
}

/// Resolves `.` and `..` in a path with `/`.
fn normalized(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." | "" if !parts.is_empty() => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
