//! Closures: what is expected of them gives their parameters types before their bodies are looked at.

use crate::model::hir::{ExprId, List, Param, TypeId};
use crate::model::name::Name;
use crate::types::ty::{Ty, TyKind};

use super::function::Params;
use super::{Infer, Obligation};

impl Infer<'_> {
    pub(super) fn closure(
        &mut self,
        id: ExprId,
        params: List<Param>,
        ret: Option<TypeId>,
        body: ExprId,
        asynchronous: bool,
        expected: Option<Ty>,
    ) -> Ty {
        let code = self.code;
        let params = code.list(params);
        let wanted = expected.and_then(|ty| self.expected_signature(ty));
        let mut parts = Vec::with_capacity(params.len() + 1);
        for (at, &Param { pat, ty: written }) in params.iter().enumerate() {
            let hint = wanted.as_ref().and_then(|(params, _)| params.get(at)).copied();
            let ty = match written {
                Some(written) => self.lower_ty(written),
                None => hint.unwrap_or_else(|| self.fresh()),
            };
            if let Some(hint) = hint {
                self.unify(ty, hint);
            }
            let ty = self.normalize(ty);
            parts.push(ty);
            self.pat(pat, ty);
        }
        let result = match (ret, &wanted) {
            (Some(ret), _) => self.lower_ty(ret),
            (None, Some((_, Some(output)))) if !asynchronous => *output,
            _ => self.fresh(),
        };
        let outer_ret = std::mem::replace(&mut self.ret, result);
        let outer_breakables = std::mem::take(&mut self.breakables);
        let found = self.expr(body, Some(result));
        if !self.coerce_at(body, found, result) {
            self.unify(found, result);
        }
        self.breakables = outer_breakables;
        self.ret = outer_ret;
        let result = if asynchronous { self.world.future_of(result) } else { result };
        parts.push(result);
        Ty::intern(TyKind::Closure(id.number(), parts.into()))
    }

    /// Returns the parameters, and the result where it is known, that a closure is expected to have.
    fn expected_signature(&mut self, expected: Ty) -> Option<(Params, Option<Ty>)> {
        let expected = self.shallow(expected);
        match expected.kind() {
            // Beside another closure it becomes a function pointer, as that one does.
            TyKind::FnPtr(parts, _) | TyKind::Closure(_, parts) => {
                let (&ret, params) = parts.split_last()?;
                Some((params.into(), Some(ret)))
            }
            TyKind::FnDef(..) | TyKind::Dyn(_) | TyKind::Opaque(_) => {
                let (params, ret) = self.callable(expected)?;
                Some((params, Some(ret)))
            }
            // `Box<dyn Fn(A) -> B>`: the closure is its content.
            TyKind::Infer(..) | TyKind::Param(_) => self.pending_signature(expected),
            _ => None,
        }
    }

    /// A waiting bound `F: FnMut(A) -> B` on the variable that the closure will be.
    fn pending_signature(&mut self, subject: Ty) -> Option<(Params, Option<Ty>)> {
        let bound = self.pending.iter().find_map(|(obligation, _)| match obligation {
            Obligation::Bound(of, bound) if self.shallow(*of) == subject => self.fn_trait_bound(subject, bound),
            _ => None,
        })?;
        let args = self.normalize(bound.args.first().copied()?);
        let TyKind::Tuple(params) = self.shallow(args).kind() else { return None };
        let params: Params = params.iter().map(|&param| self.normalize(param)).collect();
        let output = bound.bindings.iter().find(|(name, _)| *name == Name::OUTPUT).map(|&(_, ty)| ty);
        let output = output.map(|ty| self.normalize(ty));
        Some((params, output))
    }
}
