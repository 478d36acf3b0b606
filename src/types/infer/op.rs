//! Operators: built in for numbers, else through the operators' traits; indexing and casts.

use crate::model::hir::{ArithOp, BinaryOp, ExprId, TypeId, UnaryOp};
use crate::model::name::Name;
use crate::types::callee::short_name;
use crate::types::ty::{ConstArg, InferKind, Ty, TyKind, Tys};
use crate::types::typed_body::CallKind;

use super::{Infer, Obligation};

impl Infer<'_> {
    pub(super) fn binary(&mut self, id: ExprId, op: BinaryOp, lhs: ExprId, rhs: ExprId, expected: Option<Ty>) -> Ty {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                self.expr(lhs, Some(Ty::bool()));
                self.expr(rhs, Some(Ty::bool()));
                Ty::bool()
            }
            BinaryOp::Cmp(_) => {
                let left = self.expr(lhs, None);
                let right = self.expr(rhs, Some(left));
                if let (TyKind::Ptr(_, false), TyKind::Ptr(_, true)) =
                    (self.shallow(left).kind(), self.shallow(right).kind())
                {
                    self.results.coercions.push((rhs, left));
                }
                self.compared(left, right);
                Ty::bool()
            }
            BinaryOp::Assign => {
                let left = self.expr(lhs, None);
                let right = self.expr(rhs, Some(left));
                self.coerce_at(rhs, right, left);
                Ty::unit()
            }
            BinaryOp::Arith(op) => self.arith(id, op, lhs, rhs, expected, false),
            BinaryOp::AssignArith(op) => {
                self.arith(id, op, lhs, rhs, None, true);
                Ty::unit()
            }
        }
    }

    /// What a comparison says about open numbers: both sides have one type, references apart.
    fn compared(&mut self, left: Ty, right: Ty) {
        let (left, right) = (self.shallow(left), self.shallow(right));
        let open = |ty: Ty| matches!(ty.kind(), TyKind::Infer(..));
        let number = |ty: Ty| ty.is_integer() || ty.is_float();
        if (open(left) && (number(right) || !right.flags().infer))
            || (open(right) && (number(left) || !left.flags().infer))
        {
            self.commit_if_ok(|this| this.unify(left, right));
        } else if left.flags().infer || right.flags().infer {
            self.commit_if_ok(|this| this.unify(left, right));
        }
    }

    fn arith(&mut self, id: ExprId, op: ArithOp, lhs: ExprId, rhs: ExprId, expected: Option<Ty>, assign: bool) -> Ty {
        let hint = expected.map(|ty| self.shallow(ty)).filter(|ty| ty.is_integer() || ty.is_float());
        let left = self.expr(lhs, hint);
        let left = self.normalize(left);
        let shift = matches!(op, ArithOp::Shl | ArithOp::Shr);
        let mut left = self.shallow(left);
        let right_hint = (!shift && (left.is_integer() || left.is_float())).then_some(left);
        let right = self.expr(rhs, right_hint);
        let right = self.normalize(right);
        let mut right = self.shallow(right);
        if matches!(left.kind(), TyKind::Infer(_, InferKind::Any))
            || matches!(right.kind(), TyKind::Infer(_, InferKind::Any))
        {
            self.select_where_possible();
            (left, right) = (self.shallow(left), self.shallow(right));
        }
        if let Some(ty) = self.builtin_arith(left, right, shift) {
            return ty;
        }
        if left.is_unknown() && matches!(left.kind(), TyKind::Unknown) {
            return Ty::unknown();
        }
        self.overloaded(id, op, left, right, assign)
    }

    /// Arithmetic of numbers, behind references too.
    fn builtin_arith(&mut self, left: Ty, right: Ty, shift: bool) -> Option<Ty> {
        let (one, other) = (self.peel(left), self.peel(right));
        let number = |ty: Ty| ty.is_integer() || ty.is_float() || matches!(ty.kind(), TyKind::Bool);
        let open = |ty: Ty| matches!(ty.kind(), TyKind::Infer(_, InferKind::Any));
        if shift {
            return (number(one) && (number(other) || open(other) || other.is_unknown())).then_some(one);
        }
        match (number(one), number(other)) {
            (true, true) => self.commit_if_ok(|this| this.unify(one, other)).then_some(one),
            // `1 + x` with an open `x`: numbers add to numbers of their own type, except where `x` is of another kind.
            (true, false) if open(other) => {
                self.unify(one, other);
                Some(one)
            }
            (false, true) if open(one) => {
                self.unify(one, other);
                Some(other)
            }
            _ => None,
        }
    }

    pub(super) fn peel(&self, ty: Ty) -> Ty {
        let mut ty = self.shallow(ty);
        while let TyKind::Ref(inner, _) = ty.kind() {
            ty = self.shallow(*inner);
        }
        ty
    }

    fn overloaded(&mut self, id: ExprId, op: ArithOp, left: Ty, right: Ty, assign: bool) -> Ty {
        let (name, method) = operator(op);
        let (name, method) = if assign {
            (format!("{name}Assign"), format!("{method}_assign"))
        } else {
            (name.to_owned(), method.to_owned())
        };
        let Some(of) = self.std(&["ops", &name]) else { return Ty::unknown() };
        let member = self.world.impls.trait_data(of).and_then(|data| data.members.get(&Name::new(&method))).copied();
        let owner = short_name(self.world, left);
        if let Some(member) = member
            && !left.is_unknown()
        {
            self.record_callee(id, member, Some(owner));
            self.results.note_call(id, Some(member), &[left, right], CallKind::Static);
        }
        if assign {
            return Ty::unit();
        }
        match self.project(left, of, Name::OUTPUT, &[right]) {
            Some(ty) => ty,
            // What the left side is decides later, as in a closure that is called where it stands.
            None if matches!(left.kind(), TyKind::Infer(_, InferKind::Any)) => {
                let (result, args) = (self.fresh(), [right].into());
                let waiting = Obligation::Projection { base: left, of, name: Name::OUTPUT, args, result };
                self.pending.push((waiting, None));
                result
            }
            None if matches!(left.kind(), TyKind::Infer(..)) => Ty::unknown(),
            None => self.output_of_any(left, of).unwrap_or_else(Ty::unknown),
        }
    }

    /// The output that all impls of an operator for a type share, whatever they add.
    fn output_of_any(&mut self, left: Ty, of: crate::types::ty::DefId) -> Option<Ty> {
        let world = self.world;
        let shape = crate::types::index::SimplifiedType::of(left)?;
        let mut output = None;
        for at in world.impls.of_trait(of, Some(shape)) {
            let data = world.impl_at(at)?;
            let ty = world.impl_detail(data).ty(Name::OUTPUT)?;
            if ty.flags().param || ty.flags().assoc || output.is_some_and(|known| known != ty) {
                return None;
            }
            output = Some(ty);
        }
        output
    }

    pub(super) fn unary(&mut self, id: ExprId, op: UnaryOp, expr: ExprId, expected: Option<Ty>) -> Ty {
        let ty = self.expr(expr, expected);
        let ty = self.shallow(ty);
        let peeled = self.peel(ty);
        if peeled.is_integer() || peeled.is_float() || matches!(peeled.kind(), TyKind::Bool) {
            return peeled;
        }
        let (name, method) = match op {
            UnaryOp::Neg => ("Neg", "neg"),
            UnaryOp::Not => ("Not", "not"),
        };
        let Some(of) = self.std(&["ops", name]) else { return Ty::unknown() };
        if matches!(ty.kind(), TyKind::Infer(..)) {
            return ty;
        }
        let member = self.world.impls.trait_data(of).and_then(|data| data.members.get(&Name::new(method))).copied();
        if let (Some(member), false) = (member, ty.is_unknown()) {
            let owner = short_name(self.world, ty);
            self.record_callee(id, member, Some(owner));
            self.results.note_call(id, Some(member), &[ty], CallKind::Static);
        }
        self.project(ty, of, Name::OUTPUT, &[]).unwrap_or_else(Ty::unknown)
    }

    pub(super) fn index(&mut self, id: ExprId, base: ExprId, index: ExprId) -> Ty {
        let base_ty = self.expr(base, None);
        let base_ty = self.normalize(base_ty);
        let base_ty = self.structurally_resolve(base_ty);
        let index_ty = self.expr(index, None);
        let steps = self.autoderef(base_ty);
        for (at, &step) in steps.iter().enumerate() {
            let way = steps.get(..=at).unwrap_or(&[]);
            match step.kind() {
                TyKind::Array(elem, _) | TyKind::Slice(elem) => {
                    self.results.receivers.push((id, step));
                    self.note_derefs(base, way);
                    return self.index_slice(step, *elem, index_ty);
                }
                TyKind::Str => {
                    self.results.receivers.push((id, step));
                    self.note_derefs(base, way);
                    return step;
                }
                TyKind::Adt(def, args) => {
                    if let Some(ty) = self.index_adt(id, step, *def, args, index_ty) {
                        self.note_derefs(base, way);
                        return ty;
                    }
                }
                TyKind::Param(_) | TyKind::Projection(..) | TyKind::Dyn(..) | TyKind::Opaque(..) => {
                    let Some(of) = self.world.lang.index else { continue };
                    if let Some(ty) = self.project(step, of, Name::OUTPUT, &[index_ty]) {
                        self.note_derefs(base, way);
                        self.note_index(id, step, index_ty, None);
                        return ty;
                    }
                }
                _ => {}
            }
        }
        Ty::unknown()
    }

    /// Indexing what holds a slice: an element by a number, a slice by a range.
    fn index_slice(&mut self, step: Ty, elem: Ty, index: Ty) -> Ty {
        let index = self.shallow(index);
        match index.kind() {
            TyKind::Adt(def, _) if !self.world.crate_of(def.file).is_some_and(|krate| krate.is_std) => {
                // The program's own `impl Index<Id> for Vec<T>`.
                let of = self.world.lang.index;
                of.and_then(|of| self.project(step, of, Name::OUTPUT, &[index])).unwrap_or_else(Ty::unknown)
            }
            TyKind::Adt(..) => elem.slice(),
            TyKind::Infer(_, InferKind::Int | InferKind::Any) => {
                self.unify(index, Ty::usize());
                elem
            }
            TyKind::Int(_) => elem,
            TyKind::Tuple(_) | TyKind::Param(_) => Ty::unknown(),
            _ => elem,
        }
    }

    fn index_adt(&mut self, id: ExprId, step: Ty, def: crate::types::ty::DefId, args: &[Ty], index: Ty) -> Option<Ty> {
        let of = self.world.lang.index?;
        let world = self.world;
        let member = world.impls.trait_data(of).and_then(|data| data.members.get(&Name::new("index"))).copied();
        if Some(def) == self.world.lang.vec || self.is_std(def, Name::new("VecDeque")) {
            let elem = args.first().map_or_else(Ty::unknown, |&elem| self.shallow(elem));
            self.note_index(id, step, index, member);
            return Some(self.index_slice(step, elem, index));
        }
        if Some(def) == self.world.lang.string {
            self.note_index(id, step, index, member);
            return Some(Ty::str());
        }
        let shape = crate::types::index::SimplifiedType::Adt(def);
        let mut any = world.impls.of_trait(of, Some(shape));
        // Blanket impls come too; an impl of its own is what makes a type indexable.
        let has_own = any.any(|at| {
            world.impl_at(at).is_some_and(|data| matches!(data.self_ty.kind(), TyKind::Adt(known, _) if *known == def))
        });
        if !has_own {
            return None;
        }
        let ty = self.project(step, of, Name::OUTPUT, &[index]);
        let ty = ty.or_else(|| self.output_of_any(step, of));
        self.note_index(id, step, index, member);
        Some(ty.unwrap_or_else(Ty::unknown))
    }

    fn note_index(&mut self, id: ExprId, step: Ty, index: Ty, member: Option<crate::types::ty::DefId>) {
        self.results.receivers.push((id, step));
        if let Some(member) = member {
            let owner = short_name(self.world, step);
            self.record_callee(id, member, Some(owner));
            self.results.note_call(id, Some(member), &[step, index], CallKind::Static);
        }
    }

    pub(super) fn cast(&mut self, expr: ExprId, ty: TypeId) -> Ty {
        let target = self.lower_ty(ty);
        let target = self.normalize(target);
        let hint = (target.is_integer() || target.is_float()).then_some(target);
        let is_literal = matches!(self.code.expr(expr), crate::model::hir::Expr::Literal(_));
        let found = self.expr(expr, if is_literal { hint } else { None });
        let (from, to) = (self.shallow(found), self.shallow(target));
        if let (TyKind::Ref(one, _) | TyKind::Ptr(one, _), TyKind::Ptr(other, _)) = (from.kind(), to.kind())
            && matches!(self.shallow(*other).kind(), TyKind::Infer(..))
        {
            self.casts.push((*one, *other));
        }
        if let (TyKind::Infer(_, InferKind::Any), TyKind::Int(_) | TyKind::Float(_)) = (from.kind(), to.kind()) {
            self.select_where_possible();
        }
        target
    }

    pub(super) fn range(&mut self, low: Option<ExprId>, high: Option<ExprId>, inclusive: bool) -> Ty {
        let mut ty: Option<Ty> = None;
        for end in [low, high].into_iter().flatten() {
            let found = self.expr(end, ty);
            match ty {
                Some(known) => {
                    self.unify(known, found);
                }
                None => ty = Some(found),
            }
        }
        let name = match (low, high, inclusive) {
            (None, None, _) => "RangeFull",
            (Some(_), None, _) => "RangeFrom",
            (None, Some(_), false) => "RangeTo",
            (None, Some(_), true) => "RangeToInclusive",
            (Some(_), Some(_), false) => "Range",
            (Some(_), Some(_), true) => "RangeInclusive",
        };
        let Some(def) = self.std(&["ops", name]) else { return Ty::unknown() };
        Ty::adt(def, ty.into_iter().collect::<Tys>())
    }

    /// The length of an array expression's type.
    pub(super) fn array_of(&mut self, elem: Ty, len: ConstArg) -> Ty {
        Ty::intern(TyKind::Array(elem, len))
    }
}

fn operator(op: ArithOp) -> (&'static str, &'static str) {
    match op {
        ArithOp::Add => ("Add", "add"),
        ArithOp::Sub => ("Sub", "sub"),
        ArithOp::Mul => ("Mul", "mul"),
        ArithOp::Div => ("Div", "div"),
        ArithOp::Rem => ("Rem", "rem"),
        ArithOp::Shl => ("Shl", "shl"),
        ArithOp::Shr => ("Shr", "shr"),
        ArithOp::BitAnd => ("BitAnd", "bitand"),
        ArithOp::BitOr => ("BitOr", "bitor"),
        ArithOp::BitXor => ("BitXor", "bitxor"),
    }
}
