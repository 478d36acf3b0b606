//! Calls: of functions, constructors, closures and anything callable; arguments against parameters.

use crate::model::hir::{Expr, ExprId, List, PathId, RecordField};
use crate::types::subst::{Subst, any_part};
use crate::types::ty::{FnRef, Ty, TyKind, Tys};
use crate::types::typed_body::{CallKind, ValueRes};

use super::Infer;
use super::function::{Params, Value};

impl Infer<'_> {
    pub(super) fn call(&mut self, id: ExprId, callee: ExprId, args: List<ExprId>, expected: Option<Ty>) -> Ty {
        let before = self.results.callees.len();
        let called = self.called(callee);
        // The call runs what its callee names; what a call gives is a value.
        let is_name = matches!(self.code.expr(callee), Expr::Path(_) | Expr::Local(_));
        let noted = self.results.callees.get(before..).unwrap_or(&[]).iter().rev().find(|&&(known, _)| known == callee);
        if let Some(&(_, of)) = noted.filter(|_| is_name) {
            self.results.callees.push((id, of));
        }
        let found = match called {
            Value::Function(of, args) => {
                self.note_function_call(id, of, &args);
                self.fn_parts(of, &args, 0).ok_or_else(Ty::unknown)
            }
            Value::Other(ty) => self.autoderef_call(id, callee, ty).ok_or(ty),
        };
        match found {
            Ok((params, ret)) => {
                self.call_args(args, &params, ret, expected);
                ret
            }
            Err(callee) => self.call_open(id, callee, args),
        }
    }

    /// Infers a callee.
    fn called(&mut self, callee: ExprId) -> Value {
        let Expr::Path(path) = self.code.expr(callee) else {
            let ty = self.expr(callee, None);
            return Value::Other(self.shallow(ty));
        };
        match self.value_path(path, callee) {
            Value::Function(of, mut args) => {
                for arg in &mut args {
                    *arg = self.normalize(*arg);
                }
                // That it is a function is all that is asked of it: which one the call shows.
                self.set(callee, Ty::function());
                Value::Function(of, args)
            }
            Value::Other(ty) => {
                let ty = self.normalize(ty);
                self.set(callee, ty);
                Value::Other(self.shallow(ty))
            }
        }
    }

    fn note_function_call(&mut self, id: ExprId, of: FnRef, args: &[Ty]) {
        let (def, kind) = match of {
            FnRef::Fn(def) => (def, CallKind::Static),
            FnRef::Struct(def) | FnRef::Variant(def, _) => (def, CallKind::Constructor),
        };
        self.results.note_call(id, Some(def), args, kind);
    }

    /// Calls a value of type `ty`, the callee of the call `id`, after all dereferencing that this takes.
    fn autoderef_call(&mut self, id: ExprId, callee: ExprId, ty: Ty) -> Option<(Params, Ty)> {
        if let Some(found) = self.callable(ty) {
            self.note_value_call(id, ty);
            return Some(found);
        }
        if !matches!(ty.kind(), TyKind::Adt(..) | TyKind::Ref(..)) {
            return None;
        }
        let steps = self.autoderef(ty);
        let (at, found) = steps.iter().enumerate().skip(1).find_map(|(at, &step)| Some((at, self.callable(step)?)))?;
        self.note_derefs(callee, steps.get(..=at).unwrap_or(&[]));
        if let Some(&step) = steps.get(at) {
            self.note_value_call(id, step);
        }
        Some(found)
    }

    fn note_value_call(&mut self, id: ExprId, ty: Ty) {
        let kind = match self.peel(ty).kind() {
            TyKind::FnDef(of, args) => return self.note_function_call(id, *of, args),
            TyKind::Closure(at, _) => CallKind::Closure(ExprId::new(*at)),
            TyKind::FnPtr(..) => CallKind::Pointer,
            _ => CallKind::FnBound,
        };
        self.results.note_call(id, None, &[], kind);
    }

    /// A call of what is not known to be callable: its arguments have types all the same.
    fn call_open(&mut self, id: ExprId, callee: Ty, args: List<ExprId>) -> Ty {
        let code = self.code;
        let types: Vec<Ty> = code.list(args).iter().map(|&arg| self.expr(arg, None)).collect();
        if matches!(callee.kind(), TyKind::Infer(..)) {
            self.results.note_call(id, None, &[], CallKind::Pointer);
            let ret = self.fresh();
            let parts: Vec<Ty> = types.into_iter().chain([ret]).collect();
            let pointer = Ty::intern(TyKind::FnPtr(parts.into(), false));
            self.unify(callee, pointer);
            return ret;
        }
        Ty::unknown()
    }

    /// Checks arguments against parameters: closures last, when what they are given is known.
    pub(super) fn call_args(&mut self, args: List<ExprId>, params: &[Ty], ret: Ty, expected: Option<Ty>) {
        // What is wanted of the call may decide its parameters; a mismatch is coerced later.
        let hints = match expected.map(|ty| self.shallow(ty)) {
            Some(wanted) if !matches!(ret.kind(), TyKind::Infer(..)) => self.expect_ret(ret, wanted, params),
            _ => Params::new(),
        };
        let code = self.code;
        let is_closure = |infer: &Self, arg: ExprId| matches!(infer.code.expr(arg), Expr::Closure { .. });
        for pass in [false, true] {
            for (at, &arg) in code.list(args).iter().enumerate() {
                if is_closure(self, arg) != pass {
                    continue;
                }
                if pass {
                    self.select_where_possible();
                }
                let wanted = params.get(at).copied();
                let wanted = wanted.map(|ty| self.normalize(ty));
                self.call_arg(arg, wanted, hints.get(at).copied());
            }
        }
        if !self.pending.is_empty() {
            self.select_where_possible();
        }
    }

    /// Infers an argument; `hint` is what its parameter would be if the call's result were what is wanted of it.
    fn call_arg(&mut self, arg: ExprId, param: Option<Ty>, hint: Option<Ty>) {
        let ty = self.expr(arg, hint.or(param));
        let Some(param) = param else { return };
        // The content of a box is not yet what the box is coerced to.
        let sized = hint.filter(|hint| !matches!(hint.kind(), TyKind::Slice(_) | TyKind::Str | TyKind::Dyn(_)));
        match sized {
            Some(hint) if self.coerce_at(arg, ty, hint) => {
                self.unify(param, hint);
            }
            _ => {
                self.coerce_at(arg, ty, param);
            }
        }
    }

    /// Lets the wanted type of a call decide open parts of its result, where they agree in all that is known. Where the value
    /// may be coerced to it instead, nothing is decided: what the parameters would be is returned.
    fn expect_ret(&mut self, ret: Ty, wanted: Ty, params: &[Ty]) -> Params {
        let wanted = self.resolve(wanted);
        if !matches!(wanted.kind(), TyKind::Adt(..) | TyKind::Tuple(_) | TyKind::Array(..)) || wanted.flags().unknown {
            return Params::new();
        }
        if !has_coercible(wanted) {
            self.commit_if_ok(|this| this.unify(ret, wanted));
            return Params::new();
        }
        self.probe(|this| {
            if this.unify(ret, wanted) {
                params.iter().map(|&param| this.resolve(param)).collect()
            } else {
                Params::new()
            }
        })
    }

    /// Infers `Path { field: value, … }`.
    pub(super) fn record(
        &mut self,
        id: ExprId,
        path: Option<PathId>,
        fields: List<RecordField>,
        spread: Option<ExprId>,
        expected: Option<Ty>,
    ) -> Ty {
        let code = self.code;
        let fields = code.list(fields);
        let adt = path.and_then(|path| self.adt_path(path));
        let Some((def, variant, given)) = adt else {
            for field in fields {
                self.expr(field.value, None);
            }
            if let Some(spread) = spread {
                return self.expr(spread, None);
            }
            return Ty::unknown();
        };
        let res = variant.map_or(ValueRes::Struct(def), |variant| ValueRes::Variant(def, variant));
        self.results.note_res(id, res);
        let ty = given.unwrap_or_else(|| {
            let args = self.fresh_subst(self.world.generic_names(def));
            Ty::adt(def, args.0.into_iter().map(|(_, ty)| ty).collect::<Tys>())
        });
        if let Some(expected) = expected {
            self.commit_if_ok(|this| this.unify(ty, expected));
        }
        let place = variant.and_then(|at| self.world.variant_place(def, at)).unwrap_or(0);
        let world = self.world;
        let shape = world.adt(def);
        let TyKind::Adt(_, args) = ty.kind() else { return ty };
        let subst = Subst(
            shape
                .map(|shape| shape.generics.iter().map(|&(name, _)| name).zip(args.iter().copied()).collect())
                .unwrap_or_default(),
        );
        let known = shape.and_then(|shape| shape.variants.get(place));
        for &RecordField { name, value } in fields {
            let wanted = known
                .and_then(|known| known.fields.iter().find(|(known, _)| *known == name))
                .map(|&(_, ty)| subst.apply(ty));
            let wanted = wanted.map(|ty| self.normalize(ty));
            let found = self.expr(value, wanted);
            if let Some(wanted) = wanted {
                self.coerce_at(value, found, wanted);
            }
        }
        if let Some(spread) = spread {
            let found = self.expr(spread, Some(ty));
            self.commit_if_ok(|this| this.unify(found, ty));
        }
        ty
    }
}

/// Whether a type holds something that a value of another type could be coerced to.
fn has_coercible(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Dyn(_) | TyKind::Ref(..) | TyKind::FnPtr(..) | TyKind::Slice(_))
        || any_part(ty, &mut has_coercible)
}
