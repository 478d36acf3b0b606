//! What inference found out about one body: the view that checks get.

use crate::model::hir::ExprId;
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::infer::table::Table;
use crate::types::ty::{DefId, Ty, TyKind};
use crate::types::world::World;

/// The function that a call, a method call or an overloaded operator runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// Whether std defines it.
    pub fn is_std(&self) -> bool {
        matches!(self.krate, Name::STD | Name::CORE | Name::ALLOC)
    }
}

/// The types of one body's expressions. They are kept as inference left them, with its variables, and written out when asked
/// for: checks ask for few.
#[derive(Debug, Default)]
pub struct Typed {
    /// The first expression of the body.
    pub(super) first: u32,
    /// By expression from `first` on.
    pub(super) types: Vec<Ty>,
    /// Callees by expression, sorted.
    pub(super) callees: Vec<(ExprId, Callee)>,
    /// For method calls and indexing, the receiver's type after all dereferencing, sorted.
    pub(super) receivers: Vec<(ExprId, Ty)>,
    /// Expressions of type `*mut T` that are used as `*const T` without a cast, with the type they become.
    pub(super) coercions: Vec<(ExprId, Ty)>,
    /// The paths that name a `static mut`, sorted.
    pub(super) static_muts: Vec<ExprId>,
    /// What the variables in all these stand for.
    pub(super) table: Table,
}

impl Typed {
    /// Forgets everything; the memory is kept for the next body.
    pub(super) fn clear(&mut self) {
        self.first = 0;
        self.types.clear();
        self.callees.clear();
        self.receivers.clear();
        self.coercions.clear();
        self.static_muts.clear();
        self.table.clear();
    }

    /// Puts in order what is asked for by expression; of several notes on one the first counts.
    pub(super) fn finish(&mut self) {
        self.receivers.sort_by_key(|&(id, _)| id);
        self.receivers.dedup_by_key(|&mut (id, _)| id);
        self.coercions.sort_by_key(|&(id, _)| id);
        self.coercions.dedup_by_key(|&mut (id, _)| id);
        self.static_muts.sort_unstable();
        self.callees.sort_by_key(|&(id, _)| id);
        self.callees.dedup_by_key(|&mut (id, _)| id);
    }

    /// Returns the type of an expression; unknown for one of another body.
    pub fn ty(&self, expr: ExprId) -> Ty {
        let at = expr.number().checked_sub(self.first).map(|at| at as usize);
        at.and_then(|at| self.types.get(at)).map_or_else(Ty::unknown, |&ty| self.table.zonk(ty))
    }

    /// Returns what a call, method call or overloaded operator runs, if it is known.
    pub fn callee(&self, expr: ExprId) -> Option<&Callee> {
        let at = self.callees.binary_search_by_key(&expr, |&(id, _)| id).ok()?;
        self.callees.get(at).map(|(_, callee)| callee)
    }

    /// Tells whether a path names a `static mut`.
    pub fn is_static_mut(&self, path: ExprId) -> bool {
        self.static_muts.binary_search(&path).is_ok()
    }

    /// Iterates over the expressions of type `*mut T` that are used as `*const T` without a cast, with the type they become.
    pub fn coercions(&self) -> impl Iterator<Item = (ExprId, Ty)> {
        self.coercions.iter().map(|&(id, ty)| (id, self.table.zonk(ty)))
    }

    /// Returns the type whose method a method call runs, or that an index expression indexes: the receiver after all
    /// dereferencing.
    pub fn receiver(&self, expr: ExprId) -> Option<Ty> {
        let at = self.receivers.binary_search_by_key(&expr, |&(id, _)| id).ok()?;
        self.receivers.get(at).map(|&(_, ty)| self.table.zonk(ty))
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
