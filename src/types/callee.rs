//! Callees: the functions that calls run, described by crate, owner and name.

use serde::{Deserialize, Serialize};

use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::ty::{DefId, Ty, TyKind};
use crate::types::world::World;

/// The function that a call, a method call or an overloaded operator runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callee {
    /// Where it is defined.
    pub def: DefId,
    /// The crate that defines it: `core`, `alloc`, `std`, a dependency or the scanned crate.
    pub krate: Name,
    /// The type, primitive (`slice`, `str`, `u32`, …) or trait whose impl or declaration holds it; missing for a free function.
    pub owner: Name,
    /// The module that holds a free function; missing otherwise.
    pub module: Name,
    /// Its name.
    pub name: Name,
    /// Whether it is an unsafe function.
    pub is_unsafe: bool,
}

impl Callee {
    /// Describes a function.
    pub(super) fn of(world: &World, def: DefId) -> Self {
        let krate = world.crate_of(def.file).map_or(Name::MISSING, |krate| krate.name);
        let owner = world.container(def).map_or(Name::MISSING, |container| container_name(world, container));
        let module = world.module_of(def).map_or(Name::MISSING, |module| world.names.module(module).name);
        let function = world.function(def);
        let is_unsafe = function.is_some_and(|function| function.is_unsafe);
        Self { def, krate, owner, module, name: world.name_of(def), is_unsafe }
    }

    /// Describes the function that a call with these generic arguments runs. A function that a trait declares belongs to the
    /// type that it is called for, so that `Add::add` of two `Duration`s is `Duration`'s `add`.
    pub fn for_type(world: &World, def: DefId, args: &[Ty]) -> Self {
        let mut callee = world.fn_sig(def).map_or_else(|| Self::of(world, def), |sig| sig.callee);
        let container = world.container(def).and_then(|container| world.item(container));
        if let (Some(ItemKind::Trait { .. }), Some(this)) = (container.map(|item| item.kind), args.first()) {
            callee.owner = short_name(world, *this);
            if let TyKind::Adt(of, _) = this.peel_refs().kind() {
                callee.krate = world.crate_of(of.file).map_or(Name::MISSING, |krate| krate.name);
            }
        }
        callee
    }

    /// Whether std defines it.
    pub fn is_std(&self) -> bool {
        matches!(self.krate, Name::STD | Name::CORE | Name::ALLOC)
    }
}

fn container_name(world: &World, container: DefId) -> Name {
    match world.item(container).map(|item| item.kind) {
        Some(ItemKind::Impl { .. }) => {
            world.impl_of(container).map_or(Name::MISSING, |data| short_name(world, data.self_ty))
        }
        _ => world.name_of(container),
    }
}

/// A type's short name: an ADT's, a primitive's, `slice`, `array`.
pub(super) fn short_name(world: &World, ty: Ty) -> Name {
    match ty.kind() {
        TyKind::Adt(def, _) => world.name_of(*def),
        TyKind::Int(int) => int.name(),
        TyKind::Float(_) => Name::FLOAT,
        TyKind::Str => Name::STR,
        TyKind::Char => Name::CHAR,
        TyKind::Bool => Name::BOOL,
        TyKind::Slice(_) => Name::SLICE,
        TyKind::Array(..) => Name::ARRAY,
        TyKind::Ptr(..) => Name::POINTER,
        TyKind::Ref(inner, _) => short_name(world, *inner),
        _ => Name::MISSING,
    }
}
