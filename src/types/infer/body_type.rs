//! What the value of a body has to be, by what its item declares: of a function what it returns, of a constant its type.

use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::subst::{rebuild, rebuild_trait};
use crate::types::ty::{DefId, Ty, TyKind};

use super::{Infer, Obligation};

impl Infer<'_> {
    /// What a function's body evaluates to: of an async function, the future's output.
    pub(super) fn type_of_fn_body(&mut self, owner: DefId, ret: Ty) -> Ty {
        let is_async = self.world.function(owner).is_some_and(|function| function.is_async);
        let ret = match (is_async, ret.kind()) {
            (true, TyKind::Dyn(bounds) | TyKind::Opaque(bounds)) => {
                let output = bounds.first().and_then(|bound| bound.bindings.first());
                output.map_or_else(Ty::unknown, |&(_, ty)| ty)
            }
            _ => ret,
        };
        let ret = self.hidden_types(ret);
        self.normalize(ret)
    }

    /// Replaces each `impl Trait` in what a function returns by a variable with these bounds: the body chooses what it is, and
    /// the bounds give a closure its signature before its body is looked at.
    fn hidden_types(&mut self, ty: Ty) -> Ty {
        let TyKind::Opaque(bounds) = ty.kind() else { return rebuild(ty, &mut |part| self.hidden_types(part)) };
        let hidden = self.fresh();
        for bound in bounds {
            let bound = rebuild_trait(bound, &mut |part| self.hidden_types(part));
            self.pending.push((Obligation::Bound(hidden, bound), None));
        }
        hidden
    }

    /// What a constant's or static's body evaluates to.
    pub(super) fn type_of_constant(&mut self, owner: DefId) -> Ty {
        match self.world.item(owner).map(|item| item.kind) {
            Some(ItemKind::Const { ty: Some(ty), .. } | ItemKind::Static { ty: Some(ty), .. }) => {
                let ty = self.lower_ty(ty);
                match ty.kind() {
                    // A static of `thread_local!` is given what its key holds.
                    TyKind::Adt(key, args) if self.is_std(*key, Name::LOCAL_KEY) => {
                        args.first().copied().unwrap_or_else(Ty::unknown)
                    }
                    _ => ty,
                }
            }
            _ => self.fresh(),
        }
    }
}
