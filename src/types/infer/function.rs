//! Functions as values: what stands for their parameters, and what calling them takes and gives.

use smallvec::SmallVec;

use crate::model::hir::{GenericArg, GenericArgs};
use crate::model::name::Name;
use crate::types::subst::Subst;
use crate::types::ty::{Args, DefId, FnRef, TraitRef, Ty, TyKind, Tys};

use super::{Infer, Obligation};

/// What something that is called takes.
pub(super) type Params = SmallVec<[Ty; 4]>;

/// What a path is as a value. A function that is called needs no type of its own.
pub(super) enum Value {
    /// A function, or the constructor of a tuple struct or variant, with what stands for its parameters: its container's, then
    /// its own.
    Function(FnRef, Args),
    /// Anything else, by its type.
    Other(Ty),
}

impl Value {
    pub(super) fn unknown() -> Self {
        Self::Other(Ty::unknown())
    }

    pub(super) fn ty(self) -> Ty {
        match self {
            Self::Function(of, args) => Ty::intern(TyKind::FnDef(of, Tys::new(&args))),
            Self::Other(ty) => ty,
        }
    }
}

impl Infer<'_> {
    /// A function item as a value: `outer` stands for its container's parameters, what is written for its own.
    pub(super) fn fn_value(&mut self, def: DefId, outer: Args, written: Option<GenericArgs<'_>>) -> Value {
        let args = self.fn_args(def, outer, written);
        args.map_or_else(Value::unknown, |args| Value::Function(FnRef::Fn(def), args))
    }

    /// What stands for a function's parameters: `outer`, then what is written, else variables.
    pub(super) fn fn_args(&mut self, def: DefId, outer: Args, written: Option<GenericArgs<'_>>) -> Option<Args> {
        let sig = self.world.fn_sig(def)?;
        let mut args = outer;
        let own_from = sig.outer;
        for (at, &(_, is_const)) in sig.generics.iter().enumerate().skip(args.len()) {
            let given = at.checked_sub(own_from).and_then(|own| written.and_then(|written| written.args.get(own)));
            args.push(match given {
                Some(GenericArg::Type(ty)) if is_const => self.with_scope(|scope| scope.const_arg(*ty)),
                Some(GenericArg::Type(ty)) => self.lower_ty(*ty),
                Some(GenericArg::Const(body)) => Ty::intern(TyKind::Const(self.with_scope(|scope| scope.len(*body)))),
                None => self.fresh_arg(is_const),
            });
        }
        Some(args)
    }

    /// Instantiates what a function value calls: parameters, those before `from` left out, and result.
    pub(super) fn fn_parts(&mut self, of: FnRef, args: &[Ty], from: usize) -> Option<(Params, Ty)> {
        match of {
            FnRef::Fn(def) => {
                let sig = self.world.fn_sig(def)?;
                let subst = substitute(&sig.generics, args);
                // A bound that says only that a trait is there decides no type.
                let telling = |bound: &TraitRef| !bound.args.is_empty() || !bound.bindings.is_empty();
                for (subject, bound) in sig.bounds.iter().filter(|(_, bound)| telling(bound)) {
                    let (subject, bound) = (subst.apply(*subject), subst.apply_trait(bound));
                    if !bound.bindings.is_empty() || bound.args.iter().chain([&subject]).any(|&ty| is_undecided(ty)) {
                        self.pending.push((Obligation::Bound(subject, bound), None));
                    }
                }
                let params = sig.params.iter().skip(from).map(|&ty| self.normalize(subst.apply(ty))).collect();
                let ret = self.normalize(subst.apply(sig.ret));
                Some((params, ret))
            }
            FnRef::Struct(def) => self.constructor(def, 0, args),
            FnRef::Variant(def, at) => self.constructor(def, self.world.variant_place(def, at)?, args),
        }
    }

    fn constructor(&mut self, def: DefId, variant: usize, args: &[Ty]) -> Option<(Params, Ty)> {
        let shape = self.world.adt(def)?;
        let subst = substitute(&shape.generics, args);
        let fields = &shape.variants.get(variant)?.fields;
        let fields = fields.iter().map(|&(_, ty)| self.normalize(subst.apply(ty))).collect();
        Some((fields, Ty::adt(def, args)))
    }
}

/// Whether a bound can still say something about a type.
fn is_undecided(ty: Ty) -> bool {
    ty.flags().infer || ty.flags().assoc
}

fn substitute(generics: &[(Name, bool)], args: &[Ty]) -> Subst {
    Subst(generics.iter().map(|&(name, _)| name).zip(args.iter().copied()).collect())
}
