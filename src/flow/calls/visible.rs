//! Who sees an item from outside its crate: items that are `pub` in modules that are, and what public imports hand on.

use rustc_hash::FxHashSet;

use crate::model::hir::{ImportId, List, Path};
use crate::model::item::{Item, ItemKind, Parent};
use crate::source::FileId;
use crate::types::names::{ModuleId, Namespace, Res};
use crate::types::ty::{DefId, TyKind};
use crate::types::world::World;

/// Modules within modules that are followed.
const DEPTH: u32 = 64;

/// What is seen from outside.
#[derive(Debug, Default)]
pub(super) struct Visible {
    /// The modules that are declared `pub`.
    public_modules: FxHashSet<ModuleId>,
    /// The modules and items that a public import names.
    handed_on: FxHashSet<Res>,
}

impl Visible {
    /// Reads the modules and imports of the first `asked` files.
    pub(super) fn new(world: &World, asked: usize) -> Self {
        let mut visible = Self::default();
        for file in (0..asked as u32).map(FileId) {
            for (def, item) in world.items_of(file).filter(|(_, item)| item.public) {
                match item.kind {
                    ItemKind::Module { .. } => {
                        visible.public_modules.extend(world.names.module_of_module_item(def));
                    }
                    ItemKind::Use { imports } => visible.imports(world, def, imports),
                    _ => {}
                }
            }
        }
        visible
    }

    fn imports(&mut self, world: &World, def: DefId, imports: List<ImportId>) {
        let (Some(model), Some(module)) = (world.file(def.file), world.module_of(def)) else { return };
        for import in model.list(imports).iter().filter_map(|id| model.imports.get(id.index())) {
            let Some(path) = model.path(import.path) else { continue };
            self.handed_on.extend(resolved(world, module, path, Namespace::Types));
            self.handed_on.extend(resolved(world, module, path, Namespace::Values));
        }
    }

    /// Whether code outside the crate can name an item, or call it if it is a method.
    pub(super) fn is_seen(&self, world: &World, def: DefId) -> bool {
        let Some(item) = world.item(def) else { return false };
        match world.container(def) {
            Some(container) => self.is_member_seen(world, container, item),
            None => self.is_item_seen(world, def, item),
        }
    }

    fn is_member_seen(&self, world: &World, container: DefId, item: &Item) -> bool {
        let Some(holder) = world.item(container) else { return false };
        match holder.kind {
            ItemKind::Trait { .. } => self.is_item_seen(world, container, holder),
            ItemKind::Impl { trait_path, .. } => {
                let data = world.impl_of(container);
                let of = data.and_then(|data| match data.self_ty.peel_refs().kind() {
                    TyKind::Adt(adt, _) => Some(*adt),
                    _ => None,
                });
                let is_type_seen =
                    of.is_none_or(|adt| world.item(adt).is_some_and(|item| self.is_item_seen(world, adt, item)));
                (item.public || trait_path.is_some()) && is_type_seen
            }
            _ => false,
        }
    }

    fn is_item_seen(&self, world: &World, def: DefId, item: &Item) -> bool {
        if !item.public || matches!(item.parent, Parent::Block(..)) {
            return false;
        }
        if self.handed_on.contains(&Res::Item(def)) {
            return true;
        }
        world.module_of(def).is_some_and(|module| self.is_module_seen(world, module, DEPTH))
    }

    fn is_module_seen(&self, world: &World, id: ModuleId, depth: u32) -> bool {
        let module = world.names.module(id);
        if module.is_block || depth == 0 {
            return false;
        }
        let Some(parent) = module.parent else { return true };
        self.handed_on.contains(&Res::Module(id))
            || (self.public_modules.contains(&id) && self.is_module_seen(world, parent, depth - 1))
    }
}

/// What a path means in one namespace, if all of it is resolved.
fn resolved(world: &World, module: ModuleId, path: Path<'_>, space: Namespace) -> Option<Res> {
    let found = world.names.resolve(module, path, space, &world.files)?;
    (found.used == path.segments.len()).then_some(found.res)
}
