//! Walks over types: substitution of parameters, and any other rebuilding of a type from its parts.

use smallvec::SmallVec;

use crate::model::name::Name;
use crate::types::ty::{ConstArg, TraitRef, Ty, TyKind};

/// What parameters stand for: few, so a list that needs no memory of its own.
#[derive(Debug, Clone, Default)]
pub struct Subst(pub SmallVec<[(Name, Ty); 6]>);

impl Subst {
    /// Returns what a parameter stands for.
    pub fn get(&self, name: Name) -> Option<Ty> {
        self.0.iter().rev().find(|(known, _)| *known == name).map(|&(_, ty)| ty)
    }

    /// Returns what all of them stand for, in order.
    pub fn args<A: FromIterator<Ty>>(&self) -> A {
        self.0.iter().map(|&(_, ty)| ty).collect()
    }

    /// Replaces the parameters in `ty`; those without an entry stay.
    #[inline]
    pub fn apply(&self, ty: Ty) -> Ty {
        if ty.flags().param && !self.0.is_empty() { self.replaced(ty) } else { ty }
    }

    /// The same for a type in which there are parameters.
    fn replaced(&self, ty: Ty) -> Ty {
        match ty.kind() {
            TyKind::Param(name) => self.get(*name).unwrap_or(ty),
            TyKind::Array(inner, ConstArg::Param(name)) => {
                let len = match self.get(*name).map(Ty::kind) {
                    Some(TyKind::Const(len)) => *len,
                    Some(_) => ConstArg::Unknown,
                    None => ConstArg::Param(*name),
                };
                Ty::intern(TyKind::Array(self.apply(*inner), len))
            }
            TyKind::Const(ConstArg::Param(name)) => self.get(*name).unwrap_or(ty),
            _ => rebuild(ty, &mut |part| self.apply(part)),
        }
    }

    /// Replaces the parameters in a trait reference.
    pub fn apply_trait(&self, of: &TraitRef) -> TraitRef {
        rebuild_trait(of, &mut |part| self.apply(part))
    }
}

/// Tells whether `wanted` holds for one of the direct parts of a type; asks no more once it does.
pub fn any_part(ty: Ty, wanted: &mut dyn FnMut(Ty) -> bool) -> bool {
    any_part_of(ty.kind(), wanted)
}

/// The same for what is not a type yet.
pub fn any_part_of(kind: &TyKind, wanted: &mut dyn FnMut(Ty) -> bool) -> bool {
    match kind {
        TyKind::Adt(_, parts)
        | TyKind::FnDef(_, parts)
        | TyKind::Tuple(parts)
        | TyKind::FnPtr(parts, _)
        | TyKind::Closure(_, parts) => parts.iter().any(|&part| wanted(part)),
        TyKind::Ref(inner, _) | TyKind::Ptr(inner, _) | TyKind::Slice(inner) | TyKind::Array(inner, _) => {
            wanted(*inner)
        }
        TyKind::Projection(inner, _, _, args) => args.iter().any(|&arg| wanted(arg)) || wanted(*inner),
        TyKind::Dyn(bounds) | TyKind::Opaque(bounds) => bounds
            .iter()
            .any(|bound| bound.args.iter().any(|&arg| wanted(arg)) || bound.bindings.iter().any(|&(_, ty)| wanted(ty))),
        _ => false,
    }
}

/// Rebuilds a type with `each` applied to its direct parts; the same one where nothing changes.
pub fn rebuild(ty: Ty, each: &mut dyn FnMut(Ty) -> Ty) -> Ty {
    let kind = match ty.kind() {
        TyKind::Adt(def, args) => TyKind::Adt(*def, args.map(each)),
        TyKind::FnDef(def, args) => TyKind::FnDef(*def, args.map(each)),
        TyKind::Tuple(parts) => TyKind::Tuple(parts.map(each)),
        TyKind::FnPtr(parts, is_unsafe) => TyKind::FnPtr(parts.map(each), *is_unsafe),
        TyKind::Closure(at, parts) => TyKind::Closure(*at, parts.map(each)),
        TyKind::Ref(inner, mutable) => TyKind::Ref(each(*inner), *mutable),
        TyKind::Ptr(inner, mutable) => TyKind::Ptr(each(*inner), *mutable),
        TyKind::Slice(inner) => TyKind::Slice(each(*inner)),
        TyKind::Array(inner, len) => TyKind::Array(each(*inner), *len),
        TyKind::Projection(inner, of, name, args) => {
            let args = args.map(&mut *each);
            TyKind::Projection(each(*inner), *of, *name, args)
        }
        TyKind::Dyn(bounds) => TyKind::Dyn(bounds.iter().map(|bound| rebuild_trait(bound, each)).collect()),
        TyKind::Opaque(bounds) => TyKind::Opaque(bounds.iter().map(|bound| rebuild_trait(bound, each)).collect()),
        _ => return ty,
    };
    if kind == *ty.kind() { ty } else { Ty::intern(kind) }
}

/// Rebuilds a trait reference with `each` applied to its types.
pub fn rebuild_trait(of: &TraitRef, each: &mut dyn FnMut(Ty) -> Ty) -> TraitRef {
    TraitRef {
        def: of.def,
        args: of.args.map(&mut *each),
        bindings: of.bindings.iter().map(|&(name, ty)| (name, each(ty))).collect(),
    }
}
