//! Dispatch over expressions: each gets its type here and nowhere else.

use smallvec::SmallVec;

use crate::model::hir::{BodyId, CallId, Expr, ExprId, List};
use crate::model::name::Name;
use crate::types::names::ModuleId;
use crate::types::signatures::Visibility;
use crate::types::ty::{ConstArg, DefId, Ty, TyKind, Tys};
use crate::types::typed_body::CallKind;

use super::Infer;

impl Infer<'_> {
    /// Infers an expression; `expected` is what its context would like it to be.
    pub(super) fn expr(&mut self, id: ExprId, expected: Option<Ty>) -> Ty {
        let ty = self.expr_inner(id, expected);
        let ty = self.normalize(ty);
        self.set(id, ty);
        ty
    }

    fn expr_inner(&mut self, id: ExprId, expected: Option<Ty>) -> Ty {
        match self.code.expr(id) {
            Expr::Missing => Ty::unknown(),
            Expr::Literal(literal) => self.literal(literal, expected),
            Expr::Path(path) => self.value_path(path, id).ty(),
            Expr::Local(binding) => self.local(binding, id).ty(),
            Expr::Unary { op, expr } => self.unary(id, op, expr, expected),
            Expr::Deref(inner) => self.deref_expr(id, inner),
            Expr::Ref { expr, mutable, raw } => self.borrow(expr, mutable, raw, expected),
            Expr::Binary { op, lhs, rhs } => self.binary(id, op, lhs, rhs, expected),
            Expr::Index { base, index } => self.index(id, base, index),
            Expr::Call { callee, args } => self.call(id, callee, args, expected),
            Expr::MethodCall { receiver, method, args } => self.method_call(id, receiver, method, args, expected),
            Expr::Field { base, name } => self.field(base, name),
            Expr::Cast { expr, ty } => self.cast(expr, ty),
            Expr::If { cond, then, otherwise } => self.if_expr(cond, then, otherwise, expected),
            Expr::Let { pat, expr } => {
                let ty = self.expr(expr, None);
                self.pat(pat, ty);
                Ty::bool()
            }
            Expr::Match { scrutinee, arms } => self.match_expr(scrutinee, arms, expected),
            Expr::Loop { body } => self.loop_expr(id, body, expected),
            Expr::While { cond, body } => self.while_expr(id, cond, body),
            Expr::For { pat, iter, body } => self.for_expr(id, pat, iter, body),
            Expr::Block { stmts, tail, kind } => self.block(id, stmts, tail, kind, expected),
            Expr::Closure { params, ret, body, asynchronous, .. } => {
                self.closure(id, params, ret, body, asynchronous, expected)
            }
            Expr::Return(value) => self.return_expr(value),
            Expr::Break { value, label } => self.break_expr(value, label),
            Expr::Continue { .. } => Ty::never(),
            Expr::Yield(value) => {
                if let Some(value) = value {
                    self.expr(value, None);
                }
                Ty::unknown()
            }
            Expr::Tuple(parts) => self.tuple(parts, expected),
            Expr::Array(_) | Expr::Repeat { .. } | Expr::Vec(_) | Expr::VecRepeat { .. } => self.sequence(id, expected),
            Expr::Record { path, fields, spread } => self.record(id, path, fields, spread, expected),
            Expr::Range { low, high, inclusive } => self.range(low, high, inclusive),
            Expr::Try(inner) => self.try_expr(inner),
            Expr::Await(inner) => self.await_expr(inner),
            Expr::ConstBlock(body) => self.const_block(body),
            Expr::Macro { call, args } => self.macro_call(call, args, expected),
            Expr::LetStmt { .. } | Expr::LetElse { .. } | Expr::Semi(_) => Ty::unit(),
        }
    }

    fn deref_expr(&mut self, id: ExprId, inner: ExprId) -> Ty {
        let ty = self.expr(inner, None);
        let ty = self.normalize(ty);
        let ty = self.structurally_resolve(ty);
        if let Some(target) = self.deref(ty) {
            self.note_overloaded_deref(id, ty);
            return target;
        }
        if matches!(self.shallow(ty).kind(), TyKind::Infer(..)) {
            let target = self.fresh();
            self.unify(ty, target.reference(false));
            return target;
        }
        Ty::unknown()
    }

    /// Notes what `*x` runs where that is not the language's own.
    fn note_overloaded_deref(&mut self, id: ExprId, ty: Ty) {
        if self.is_builtin_deref(ty) {
            return;
        }
        let data = self.world.lang.deref.and_then(|of| self.world.impls.trait_data(of));
        let member = data.and_then(|data| data.members.get(&Name::new("deref"))).copied();
        if let Some(member) = member {
            self.results.note_call(id, Some(member), &[ty], CallKind::Static);
        }
    }

    fn borrow(&mut self, expr: ExprId, mutable: bool, raw: bool, expected: Option<Ty>) -> Ty {
        let hint = expected.map(|ty| self.shallow(ty)).and_then(|ty| match ty.kind() {
            TyKind::Ref(inner, _) | TyKind::Ptr(inner, _) => Some(self.shallow(*inner)),
            _ => None,
        });
        // A slice is wanted: an array will do, so its length is not.
        let is_unsized =
            |ty: Ty| matches!(ty.kind(), TyKind::Slice(_) | TyKind::Str | TyKind::Dyn(..) | TyKind::Opaque(..));
        // A closure has the signature that `dyn Fn` says.
        let hint = hint.filter(|&ty| matches!(self.code.expr(expr), Expr::Closure { .. }) || !is_unsized(ty));
        let inner = self.expr(expr, hint);
        if raw { Ty::intern(TyKind::Ptr(inner, mutable)) } else { inner.reference(mutable) }
    }

    fn field(&mut self, base: ExprId, name: Name) -> Ty {
        let ty = self.expr(base, None);
        let ty = self.normalize(ty);
        let ty = self.structurally_resolve(ty);
        // A field that is not seen from here hides none of what it dereferences to: `Ref` has a `value` of its own.
        let mut unseen = None;
        let steps = self.autoderef(ty);
        for (at, &step) in steps.iter().enumerate() {
            match step.kind() {
                TyKind::Tuple(parts) => {
                    let part = name.as_str().parse::<usize>().ok().and_then(|at| parts.get(at));
                    if let Some(&part) = part {
                        self.note_derefs(base, steps.get(..=at).unwrap_or(&[]));
                        return part;
                    }
                }
                TyKind::Adt(def, args) => {
                    let world = self.world;
                    let Some(shape) = world.adt(*def) else { continue };
                    if let Some(field) = shape.field(name) {
                        let names = shape.generics.iter().map(|&(name, _)| name);
                        let subst = crate::types::subst::Subst(names.zip(args.iter().copied()).collect());
                        let field = subst.apply(field);
                        let field = self.normalize(field);
                        if shape.visibility(name).is_none_or(|reach| self.sees(*def, reach)) {
                            self.note_derefs(base, steps.get(..=at).unwrap_or(&[]));
                            return field;
                        }
                        unseen.get_or_insert((at, field));
                    }
                }
                _ => {}
            }
        }
        let Some((at, field)) = unseen else { return Ty::unknown() };
        self.note_derefs(base, steps.get(..=at).unwrap_or(&[]));
        field
    }

    /// Whether what `def` shows to some is seen where the body stands.
    fn sees(&self, def: DefId, reach: Visibility) -> bool {
        let (world, here) = (self.world, self.model.file);
        let one_crate = || world.crate_of(def.file).map(|it| it.root) == world.crate_of(here).map(|it| it.root);
        match reach {
            Visibility::Crate => one_crate(),
            Visibility::Module if def.file == here => true,
            Visibility::Module => world.module_of(def).is_some_and(|declared| {
                let outwards = |&at: &ModuleId| world.names.module(at).parent;
                std::iter::successors(Some(self.module), outwards).any(|at| at == declared)
            }),
        }
    }

    fn tuple(&mut self, parts: List<ExprId>, expected: Option<Ty>) -> Ty {
        let wanted = expected.map(|ty| self.shallow(ty)).and_then(|ty| match ty.kind() {
            TyKind::Tuple(parts) => Some(parts),
            _ => None,
        });
        let code = self.code;
        let mut types: SmallVec<[Ty; 4]> = SmallVec::new();
        for (at, &part) in code.list(parts).iter().enumerate() {
            let hint = wanted.and_then(|wanted| wanted.get(at)).copied();
            let found = self.expr(part, hint);
            types.push(match hint {
                Some(hint) if !self.shallow(hint).is_unknown() && self.coerce_at(part, found, hint) => hint,
                _ => found,
            });
        }
        Ty::tuple(types.as_slice())
    }

    /// Arrays and `vec!`.
    fn sequence(&mut self, id: ExprId, expected: Option<Ty>) -> Ty {
        let hint = expected.map(|ty| self.shallow(ty)).and_then(|ty| match ty.kind() {
            TyKind::Array(elem, _) | TyKind::Slice(elem) => Some(*elem),
            TyKind::Adt(def, args) if Some(*def) == self.world.lang.vec => args.first().copied(),
            _ => None,
        });
        match self.code.expr(id) {
            Expr::Array(list) => {
                let elem = self.elements(list, hint);
                let len = self.code.list(list).len() as u64;
                self.array_of(elem, ConstArg::Known(len))
            }
            Expr::Repeat { elem, len } => {
                let elem = self.expr(elem, hint);
                let len = self.with_scope(|scope| scope.len(len));
                self.array_of(elem, len)
            }
            Expr::Vec(list) => {
                let elem = self.elements(list, hint);
                self.vec_of(elem)
            }
            Expr::VecRepeat { elem, len } => {
                let elem = self.expr(elem, hint);
                self.expr(len, Some(Ty::usize()));
                self.vec_of(elem)
            }
            _ => Ty::unknown(),
        }
    }

    fn elements(&mut self, list: List<ExprId>, hint: Option<Ty>) -> Ty {
        let elem = hint.unwrap_or_else(|| self.fresh());
        let code = self.code;
        let mut function = None;
        for (at, &part) in code.list(list).iter().enumerate() {
            let found = self.expr(part, function.or(Some(elem)));
            // What several functions have in common is a pointer: which one, all of them decide.
            let is_function = matches!(found.kind(), TyKind::FnDef(..) | TyKind::Closure(..));
            if is_function && matches!(self.shallow(elem).kind(), TyKind::Infer(..)) {
                function = Some(function.map_or(found, |before| self.join(before, found, None)));
                continue;
            }
            let fits = self.coerce_at(part, found, elem);
            // A long table of numbers: the first ones decide, the rest only need their types written.
            if !fits && at == 0 {
                return found;
            }
        }
        if let Some(function) = function {
            self.unify(function, elem);
        }
        elem
    }

    fn vec_of(&mut self, elem: Ty) -> Ty {
        let Some(def) = self.world.lang.vec else { return Ty::unknown() };
        let global = self.std(&["alloc", "Global"]).map_or_else(Ty::unknown, |def| Ty::adt(def, []));
        let count = self.world.generic_names(def).count();
        Ty::adt(def, [elem, global].into_iter().take(count).collect::<Tys>())
    }

    /// A `const { … }` block: a body of its own, whose value alone matters here.
    fn const_block(&mut self, body: BodyId) -> Ty {
        let Some(body) = self.model.bodies.get(body.index()) else { return Ty::unknown() };
        self.expr(body.root, None)
    }

    fn macro_call(&mut self, call: CallId, args: List<ExprId>, expected: Option<Ty>) -> Ty {
        use crate::facts::macros::MacroValue;
        use crate::model::hir::ExpansionStatus;
        let code = self.code;
        let Some(info) = code.calls.get(call.index()) else { return Ty::unknown() };
        let mut args = code.list(args).iter().copied();
        if info.expansion == ExpansionStatus::Expanded {
            return args.next().map_or_else(Ty::unit, |value| self.expr(value, expected));
        }
        let mut types: SmallVec<[Ty; 4]> = SmallVec::new();
        for (at, arg) in args.enumerate() {
            // `assert_eq!(a, b)`: the second is compared with the first.
            let hint = if at == 1 { types.first().copied() } else { None };
            types.push(self.expr(arg, hint));
        }
        let string = || self.world.lang.string.map_or_else(Ty::unknown, |def| Ty::adt(def, []));
        match info.value {
            _ if info.expansion == ExpansionStatus::Opaque => Ty::unknown(),
            MacroValue::Unknown => Ty::unknown(),
            MacroValue::Never => Ty::never(),
            MacroValue::Compared => {
                if let [left, right, ..] = types.as_slice() {
                    let (left, right) = (*left, *right);
                    self.commit_if_ok(|this| this.unify(left, right));
                }
                Ty::unit()
            }
            MacroValue::Unit => Ty::unit(),
            MacroValue::String => string(),
            MacroValue::Str => Ty::str().reference(false),
            MacroValue::U32 => Ty::int(crate::types::ty::Int::U32),
            MacroValue::Bool => Ty::bool(),
            MacroValue::Usize => Ty::usize(),
            MacroValue::First => types.first().copied().unwrap_or_else(Ty::unit),
            MacroValue::Tried => types.first().map_or_else(Ty::unknown, |&ty| self.tried(ty)),
            MacroValue::Written => self.write_result(types.first().copied()),
            MacroValue::Bytes => {
                let bytes = Ty::intern(TyKind::Array(Ty::int(crate::types::ty::Int::U8), ConstArg::Unknown));
                bytes.reference(false)
            }
        }
    }

    /// `write!` gives what the writer's `write_fmt` gives.
    fn write_result(&mut self, writer: Option<Ty>) -> Ty {
        let Some(found) = writer.and_then(|writer| self.method(writer, Name::new("write_fmt"))) else {
            return Ty::unknown();
        };
        self.method_parts(None, &found, None).map_or_else(Ty::unknown, |(_, ret)| ret)
    }
}
