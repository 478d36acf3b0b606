//! Control flow: branches that join, loops that are left, `?` and `.await`.

use crate::model::hir::{ExprId, LabelId, List, MatchArm, PatId};
use crate::model::name::Name;
use crate::types::ty::{FnRef, Ty, TyKind, Tys};

use super::{Breakable, Infer};

impl Infer<'_> {
    pub(super) fn if_expr(
        &mut self,
        cond: ExprId,
        then: ExprId,
        otherwise: Option<ExprId>,
        expected: Option<Ty>,
    ) -> Ty {
        self.expr(cond, Some(Ty::bool()));
        let first = self.expr(then, expected);
        match otherwise {
            Some(otherwise) => {
                let second = self.expr(otherwise, expected.or(Some(first)));
                self.join(first, second, expected)
            }
            None => Ty::unit(),
        }
    }

    /// Joins two branches' types.
    pub(super) fn join(&mut self, first: Ty, second: Ty, expected: Option<Ty>) -> Ty {
        let (first, second) = (self.shallow(first), self.shallow(second));
        if first == Ty::never() {
            return second;
        }
        if second == Ty::never() {
            return first;
        }
        if let Some(expected) = expected {
            let wanted = self.shallow(expected);
            if !wanted.is_unknown() && self.coerce(first, wanted) && self.coerce(second, wanted) {
                return wanted;
            }
        }
        if let Some(pointer) = self.common_fn_pointer(first, second) {
            return pointer;
        }
        if self.coerce(second, first) || !self.coerce(first, second) {
            return first;
        }
        second
    }

    /// Two closures or functions that are not the same become pointers to functions of one type.
    fn common_fn_pointer(&mut self, first: Ty, second: Ty) -> Option<Ty> {
        let is_item = |ty: Ty| matches!(ty.kind(), TyKind::FnDef(..) | TyKind::Closure(..));
        if !is_item(first) || !is_item(second) || self.commit_if_ok(|this| this.unify(first, second)) {
            return None;
        }
        let (params, ret) = self.callable(first)?;
        let (others, other) = self.callable(second)?;
        if params.len() != others.len() {
            return None;
        }
        self.unify_all(&params, &others);
        let ret = self.join(ret, other, None);
        let parts: Vec<Ty> = params.into_iter().chain([ret]).collect();
        let is_unsafe = self.is_unsafe_fn(first) || self.is_unsafe_fn(second);
        Some(Ty::intern(TyKind::FnPtr(parts.into(), is_unsafe)))
    }

    /// Whether calling a function, by its item, is unsafe.
    fn is_unsafe_fn(&self, ty: Ty) -> bool {
        let TyKind::FnDef(FnRef::Fn(def), _) = ty.kind() else { return false };
        self.world.function(*def).is_some_and(|function| function.is_unsafe)
    }

    pub(super) fn match_expr(&mut self, scrutinee: ExprId, arms: List<MatchArm>, expected: Option<Ty>) -> Ty {
        let ty = self.expr(scrutinee, None);
        let ty = self.structurally_resolve(ty);
        let code = self.code;
        let mut joined: Option<Ty> = None;
        for &MatchArm { pat, guard, body } in code.list(arms) {
            self.pat(pat, ty);
            if let Some(guard) = guard {
                self.expr(guard, Some(Ty::bool()));
            }
            let found = self.expr(body, expected.or(joined.filter(|&ty| ty != Ty::never())));
            joined = Some(match joined {
                Some(before) => self.join(before, found, expected),
                None => found,
            });
        }
        joined.unwrap_or_else(Ty::never)
    }

    pub(super) fn loop_expr(&mut self, id: ExprId, body: ExprId, expected: Option<Ty>) -> Ty {
        let value = expected.unwrap_or_else(|| self.fresh());
        self.breakables.push(Breakable { target: id, ty: value, is_loop: true, broken: false });
        self.expr(body, Some(Ty::unit()));
        match self.breakables.pop() {
            Some(left) if left.broken => value,
            _ => Ty::never(),
        }
    }

    pub(super) fn while_expr(&mut self, id: ExprId, cond: ExprId, body: ExprId) -> Ty {
        self.breakables.push(Breakable { target: id, ty: Ty::unit(), is_loop: true, broken: false });
        self.expr(cond, Some(Ty::bool()));
        self.expr(body, Some(Ty::unit()));
        self.breakables.pop();
        Ty::unit()
    }

    pub(super) fn for_expr(&mut self, id: ExprId, pat: PatId, iter: ExprId, body: ExprId) -> Ty {
        let ty = self.expr(iter, None);
        let ty = self.structurally_resolve(ty);
        let item = self.item_of(ty);
        self.pat(pat, item);
        self.breakables.push(Breakable { target: id, ty: Ty::unit(), is_loop: true, broken: false });
        self.expr(body, Some(Ty::unit()));
        self.breakables.pop();
        Ty::unit()
    }

    /// What iterating over a value gives.
    fn item_of(&mut self, ty: Ty) -> Ty {
        let Some(of) = self.world.lang.into_iterator else { return Ty::unknown() };
        let ty = self.resolve(ty);
        let item = Ty::intern(TyKind::Projection(ty, Some(of), Name::ITEM, Tys::default()));
        self.normalize(item)
    }

    pub(super) fn break_expr(&mut self, value: Option<ExprId>, label: Option<LabelId>) -> Ty {
        let named = label.and_then(|label| self.code.label(label)).map(|label| label.target);
        let at = self
            .breakables
            .iter()
            .rposition(|open| if label.is_none() { open.is_loop } else { Some(open.target) == named });
        let wanted = at.and_then(|at| self.breakables.get(at)).map(|target| target.ty);
        let found = value.map_or_else(Ty::unit, |value| self.expr(value, wanted));
        if let (Some(at), Some(wanted)) = (at, wanted) {
            match value {
                Some(value) => self.coerce_at(value, found, wanted),
                None => self.coerce(found, wanted),
            };
            if let Some(target) = self.breakables.get_mut(at) {
                target.broken = true;
            }
        }
        Ty::never()
    }

    pub(super) fn return_expr(&mut self, value: Option<ExprId>) -> Ty {
        let wanted = self.ret;
        let found = value.map_or_else(Ty::unit, |value| self.expr(value, Some(wanted)));
        match value {
            Some(value) => self.coerce_at(value, found, wanted),
            None => self.coerce(found, wanted),
        };
        Ty::never()
    }

    pub(super) fn try_expr(&mut self, expr: ExprId) -> Ty {
        let ty = self.expr(expr, None);
        self.tried(ty)
    }

    /// What `?` makes of a value, and `try!` did before it.
    pub(super) fn tried(&mut self, ty: Ty) -> Ty {
        let ty = self.normalize(ty);
        let ty = self.structurally_resolve(ty);
        match ty.kind() {
            TyKind::Adt(def, args) if self.is_std(*def, Name::OPTION) || self.is_std(*def, Name::RESULT) => {
                args.first().map_or_else(Ty::unknown, |&value| self.shallow(value))
            }
            TyKind::Adt(def, args) if self.is_std(*def, Name::new("ControlFlow")) => {
                args.get(1).map_or_else(Ty::unknown, |&value| self.shallow(value))
            }
            // `Poll<Result<T, E>>?` is `Poll<T>`.
            TyKind::Adt(def, args) if self.is_std(*def, Name::new("Poll")) => self.try_poll(*def, args),
            _ => Ty::unknown(),
        }
    }

    fn try_poll(&mut self, def: crate::types::ty::DefId, args: &[Ty]) -> Ty {
        let Some(inner) = args.first().map(|&inner| self.shallow(inner)) else { return Ty::unknown() };
        match inner.kind() {
            TyKind::Adt(result, parts) if self.is_std(*result, Name::RESULT) => {
                Ty::adt(def, parts.iter().take(1).copied().collect::<Tys>())
            }
            _ => Ty::unknown(),
        }
    }

    pub(super) fn await_expr(&mut self, expr: ExprId) -> Ty {
        let ty = self.expr(expr, None);
        self.select_where_possible();
        let Some(of) = self.world.lang.into_future else { return Ty::unknown() };
        let ty = self.resolve(ty);
        let output = Ty::intern(TyKind::Projection(ty, Some(of), Name::OUTPUT, Tys::default()));
        self.normalize(output)
    }
}
