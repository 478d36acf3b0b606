//! Trait definitions: members, associated types, supertraits.

use rustc_hash::FxHashMap;

use crate::model::hir::{FileModel, ItemId};
use crate::model::item::{Item, ItemKind, Parent};
use crate::model::name::Name;
use crate::types::lower_ty::Scope;
use crate::types::ty::{DefId, TraitRef, Ty, TyKind};
use crate::types::world::World;

/// One trait.
#[derive(Debug, Default)]
pub struct TraitData {
    /// Its supertraits.
    pub supertraits: Vec<TraitRef>,
    /// Its functions and constants.
    pub members: FxHashMap<Name, DefId>,
    /// Its associated types with their bounds.
    pub types: FxHashMap<Name, Vec<TraitRef>>,
}

/// Reads the trait at `def`; its names are resolved.
pub(super) fn index_trait(world: &World, model: &FileModel, def: DefId) -> Option<TraitData> {
    let ItemKind::Trait { supertraits, .. } = world.item(def)?.kind else { return None };
    let scope = Scope::of_item(world, def)?;
    let own = Ty::intern(TyKind::Param(Name::SELF_TYPE));
    let args = world.own_trait_ref(def).map(|of| of.args).unwrap_or_default();
    let mut data = TraitData { supertraits: scope.bounds_on(own, model.list(supertraits)), ..TraitData::default() };
    for (child, item) in children(model, def.item) {
        match item.kind {
            ItemKind::TypeAlias { bounds, .. } => {
                let ty = Ty::intern(TyKind::Projection(own, Some(def), item.name, args));
                data.types.insert(item.name, scope.bounds_on(ty, model.list(bounds)));
            }
            ItemKind::Fn(_) | ItemKind::Const { .. } => {
                data.members.entry(item.name).or_insert(DefId { file: def.file, item: child });
            }
            _ => {}
        }
    }
    // `where Self: Super` is a supertrait too.
    for (subject, bound) in world.bounds_of(def) {
        if matches!(subject.kind(), TyKind::Param(name) if *name == Name::SELF_TYPE) {
            data.supertraits.push(bound);
        }
    }
    Some(data)
}

/// What stands directly in an impl or trait: all that it holds comes right after it.
pub(super) fn children(model: &FileModel, above: ItemId) -> impl Iterator<Item = (ItemId, &Item)> {
    let after = (above.0 + 1..).map(ItemId).zip(model.items.iter().skip(above.index() + 1));
    let within = after.take_while(move |(_, item)| match item.parent {
        Parent::File => false,
        Parent::Item(parent) | Parent::Block(_, parent) => parent >= above,
    });
    within.filter(move |(_, item)| item.parent == Parent::Item(above))
}
