//! Walks over types: substitution of parameters, and any other rebuilding of a type from its parts.

use crate::model::name::Name;
use crate::types::ty::{Len, TraitRef, Ty, TyKind};

/// What parameters stand for: few, so a list.
#[derive(Debug, Clone, Default)]
pub struct Subst(pub Vec<(Name, Ty)>);

impl Subst {
    /// Returns what a parameter stands for.
    pub fn get(&self, name: Name) -> Option<Ty> {
        self.0.iter().rev().find(|(known, _)| *known == name).map(|&(_, ty)| ty)
    }

    /// Replaces the parameters in `ty`; those without an entry stay.
    pub fn apply(&self, ty: Ty) -> Ty {
        if self.0.is_empty() || !ty.flags().param {
            return ty;
        }
        match ty.kind() {
            TyKind::Param(name) => self.get(*name).unwrap_or(ty),
            TyKind::Array(inner, Len::Param(name)) => {
                let len = match self.get(*name).map(Ty::kind) {
                    Some(TyKind::Const(len)) => *len,
                    Some(_) => Len::Unknown,
                    None => Len::Param(*name),
                };
                Ty::intern(TyKind::Array(self.apply(*inner), len))
            }
            TyKind::Const(Len::Param(name)) => self.get(*name).unwrap_or(ty),
            _ => rebuild(ty, &mut |part| self.apply(part)),
        }
    }

    /// Replaces the parameters in a trait reference.
    pub fn apply_trait(&self, of: &TraitRef) -> TraitRef {
        rebuild_trait(of, &mut |part| self.apply(part))
    }
}

/// Rebuilds a type with `each` applied to its direct parts.
pub fn rebuild(ty: Ty, each: &mut dyn FnMut(Ty) -> Ty) -> Ty {
    let mut all = |parts: &[Ty]| parts.iter().map(|&part| each(part)).collect::<Box<[Ty]>>();
    let kind = match ty.kind() {
        TyKind::Adt(def, args) => TyKind::Adt(*def, all(args)),
        TyKind::FnDef(def, args) => TyKind::FnDef(*def, all(args)),
        TyKind::Tuple(parts) => TyKind::Tuple(all(parts)),
        TyKind::FnPtr(parts) => TyKind::FnPtr(all(parts)),
        TyKind::Closure(at, parts) => TyKind::Closure(*at, all(parts)),
        TyKind::Ref(inner, mutable) => TyKind::Ref(each(*inner), *mutable),
        TyKind::Ptr(inner, mutable) => TyKind::Ptr(each(*inner), *mutable),
        TyKind::Slice(inner) => TyKind::Slice(each(*inner)),
        TyKind::Array(inner, len) => TyKind::Array(each(*inner), *len),
        TyKind::Assoc(inner, of, name, args) => {
            let args = all(args);
            TyKind::Assoc(each(*inner), *of, *name, args)
        }
        TyKind::Bounded(bounds, object) => {
            TyKind::Bounded(bounds.iter().map(|bound| rebuild_trait(bound, each)).collect(), *object)
        }
        _ => return ty,
    };
    Ty::intern(kind)
}

/// Rebuilds a trait reference with `each` applied to its types.
pub fn rebuild_trait(of: &TraitRef, each: &mut dyn FnMut(Ty) -> Ty) -> TraitRef {
    TraitRef {
        def: of.def,
        args: of.args.iter().map(|&arg| each(arg)).collect(),
        bindings: of.bindings.iter().map(|&(name, ty)| (name, each(ty))).collect(),
    }
}
