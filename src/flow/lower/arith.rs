//! Operators on numbers, casts, comparisons, assignments.

use super::{Lower, Source};
use crate::flow::mir::{AssertKind, Comparison, Const, Extent, IntType, Operand, Place, Rvalue, Scalar};
use crate::model::hir::{ArithOp, BinaryOp, CmpOp, Expr, ExprId, List, Literal, UnaryOp};
use crate::types::ty::{DefId, Ty, TyKind};

/// Constants within constants that are computed.
const DEPTH: u32 = 32;

impl Lower<'_> {
    /// Returns the number that literals and named constants alone decide.
    pub(super) fn const_value(&self, expr: ExprId) -> Option<i128> {
        self.const_value_in(expr, DEPTH)
    }

    fn const_value_in(&self, expr: ExprId, depth: u32) -> Option<i128> {
        let depth = depth.checked_sub(1)?;
        match self.source.code.expr(expr) {
            Expr::Literal(Literal::Int { value, .. }) => Some(i128::from(u64::from(value))),
            Expr::Literal(Literal::Byte(value)) => Some(value.into()),
            Expr::Path(_) | Expr::Local(_) => {
                let Source { world, model, code, typed, .. } = self.source;
                let owner = DefId { file: model.file, item: self.owner };
                self.int_of(self.ty(expr))?;
                world.const_in_body(owner, code, typed, expr)
            }
            Expr::Unary { op: UnaryOp::Neg, expr } => self.const_value_in(expr, depth)?.checked_neg(),
            _ => None,
        }
    }

    pub(super) fn negation(&mut self, expr: ExprId, inner: ExprId) -> Operand {
        let ty = self.int_of(self.ty(expr)).filter(|_| self.source.typed.callee(expr).is_none());
        let value = self.operand(inner);
        let Some(ty) = ty.filter(|ty| ty.signed) else { return self.unknown(expr) };
        let zero = Operand::int(0, ty);
        self.assert(expr, AssertKind::Overflow(ArithOp::Sub, zero, value, ty));
        let temp = self.temp_of(Rvalue::Arith(ArithOp::Sub, zero, value, ty));
        Operand::Read(temp, Scalar::Int(ty))
    }

    /// The integer type that built-in arithmetic works on.
    fn built_in(&self, expr: ExprId, op: ArithOp, lhs: ExprId, rhs: ExprId) -> Option<IntType> {
        let ty = self.int_of(self.ty(lhs))?;
        let other = self.int_of(self.ty(rhs))?;
        let shift = matches!(op, ArithOp::Shl | ArithOp::Shr);
        (self.source.typed.callee(expr).is_none() && (shift || ty == other)).then_some(ty)
    }

    pub(super) fn arith(&mut self, expr: ExprId, op: ArithOp, lhs: ExprId, rhs: ExprId) -> Operand {
        let ty = self.built_in(expr, op, lhs, rhs);
        let (left, right) = (self.operand(lhs), self.operand(rhs));
        match ty {
            Some(ty) => self.arith_of(expr, op, (left, right), ty),
            None => self.unknown(expr),
        }
    }

    /// Asserts what the operator asserts, and computes.
    fn arith_of(&mut self, site: ExprId, op: ArithOp, (left, right): (Operand, Operand), ty: IntType) -> Operand {
        match op {
            ArithOp::Div | ArithOp::Rem => self.assert(site, AssertKind::Division(left, right, ty)),
            ArithOp::Add | ArithOp::Sub | ArithOp::Mul | ArithOp::Shl | ArithOp::Shr => {
                self.assert(site, AssertKind::Overflow(op, left, right, ty));
            }
            ArithOp::BitAnd | ArithOp::BitOr | ArithOp::BitXor => {}
        }
        let temp = self.temp_of(Rvalue::Arith(op, left, right, ty));
        Operand::Read(temp, Scalar::Int(ty))
    }

    /// `a op= b`: of numbers the right side first, then the place; of everything else a call.
    pub(super) fn assign_arith(&mut self, expr: ExprId, op: ArithOp, lhs: ExprId, rhs: ExprId) {
        let Some(ty) = self.built_in(expr, op, lhs, rhs) else {
            self.discard(lhs);
            self.discard(rhs);
            if let Some(root) = self.root(lhs) {
                self.lend(root, Extent::Whole);
            }
            return;
        };
        let right = self.operand(rhs);
        let left = self.operand(lhs);
        let value = self.arith_of(expr, op, (left, right), ty);
        self.store(lhs, value);
    }

    /// Writes a value to what an expression names, whose index was checked already.
    fn store(&mut self, target: ExprId, value: Operand) {
        match self.source.code.expr(target) {
            Expr::Index { base, .. } => self.lend_elements(base),
            _ => match self.place(target) {
                Some(place) => self.assign(place, Rvalue::Use(value)),
                None => self.write_somewhere(target),
            },
        }
    }

    /// Something that a place expression leads to is written.
    fn write_somewhere(&mut self, target: ExprId) {
        self.parts_of_unknown_place(target);
        if let Some(root) = self.root(target) {
            self.lend(root, Extent::Whole);
        }
    }

    /// `target = value`, where the value was evaluated already; destructuring too.
    pub(super) fn assign_to(&mut self, target: ExprId, value: Operand) {
        match self.source.code.expr(target) {
            Expr::Index { base, index } => {
                self.index(target, base, index);
                self.lend_elements(base);
            }
            Expr::Tuple(parts) => self.destructure(parts, value),
            Expr::Array(parts) | Expr::Call { args: parts, .. } => {
                for &part in self.source.code.list(parts) {
                    let unknown = self.unknown(part);
                    self.assign_to(part, unknown);
                }
            }
            Expr::Record { fields, .. } => {
                for field in self.source.code.list(fields) {
                    let unknown = self.unknown(field.value);
                    self.assign_to(field.value, unknown);
                }
            }
            Expr::Local(_) | Expr::Field { .. } | Expr::Deref(_) | Expr::Path(_) => match self.place(target) {
                Some(place) => self.assign(place, Rvalue::Use(value)),
                None => self.write_somewhere(target),
            },
            // `_`, or what cannot be written.
            _ => {}
        }
    }

    fn destructure(&mut self, parts: List<ExprId>, value: Operand) {
        let whole: Place = match value {
            Operand::Read(place, _) => place,
            constant @ Operand::Const(..) => self.temp_of(Rvalue::Use(constant)),
        };
        let parts = self.source.code.list(parts);
        let rest =
            parts.iter().any(|&part| matches!(self.source.code.expr(part), Expr::Range { low: None, high: None, .. }));
        for (at, &part) in parts.iter().enumerate() {
            let field = self.field(whole, super::aggregate::position(at));
            let scalar = self.scalar(self.ty(part));
            let value = if rest { self.unknown(part) } else { Operand::Read(field, scalar) };
            self.assign_to(part, value);
        }
    }

    /// An operand, where its type is one whose order is that of numbers.
    pub(super) fn is_ordered(&self, ty: Ty) -> bool {
        matches!(ty.peel_refs().kind(), TyKind::Int(_) | TyKind::Bool | TyKind::Char)
    }

    pub(super) fn comparison(&mut self, expr: ExprId, how: CmpOp, lhs: ExprId, rhs: ExprId) -> Operand {
        let ordered = self.is_ordered(self.ty(lhs)) && self.is_ordered(self.ty(rhs));
        let (left, right) = (self.operand(lhs), self.operand(rhs));
        if !ordered {
            return self.unknown(expr);
        }
        let (how, left, right, negated) = match how {
            CmpOp::Eq => (Comparison::Equal, left, right, false),
            CmpOp::Ne => (Comparison::Equal, left, right, true),
            CmpOp::Lt => (Comparison::Less, left, right, false),
            CmpOp::Le => (Comparison::LessEqual, left, right, false),
            CmpOp::Gt => (Comparison::Less, right, left, false),
            CmpOp::Ge => (Comparison::LessEqual, right, left, false),
        };
        let mut temp = self.temp_of(Rvalue::Compare(how, left, right));
        if negated {
            temp = self.temp_of(Rvalue::Not(Operand::Read(temp, Scalar::Bool)));
        }
        Operand::Read(temp, Scalar::Bool)
    }

    pub(super) fn cast(&mut self, expr: ExprId, inner: ExprId) -> Operand {
        let from = self.ty(inner);
        let value = self.operand(inner);
        if let TyKind::Ptr(_, true) = self.ty(expr).kind() {
            // `&mut x as *mut T`
            if let Expr::Ref { expr: lent, .. } = self.source.code.expr(inner)
                && let Some(root) = self.root(lent)
            {
                self.escaped.insert(root.local);
            }
        }
        let TyKind::Int(to) = self.ty(expr).kind() else { return self.unknown(expr) };
        let to = self.int_type(*to);
        let number = matches!(from.kind(), TyKind::Int(_) | TyKind::Bool | TyKind::Char | TyKind::Float(_));
        if !number {
            return self.unknown(expr);
        }
        let temp = match from.kind() {
            // It saturates, and NaN is zero.
            TyKind::Float(_) => self.temp_of(Rvalue::Unknown(Scalar::Int(to))),
            _ => self.temp_of(Rvalue::Cast(value, to)),
        };
        Operand::Read(temp, Scalar::Int(to))
    }

    /// Whether a literal index into an operator's sides is a comparison.
    pub(super) fn is_short_circuit(&self, expr: ExprId) -> bool {
        matches!(self.source.code.expr(expr), Expr::Binary { op: BinaryOp::And | BinaryOp::Or, .. })
    }

    /// `true` or `false`
    pub(super) fn bool_constant(value: bool) -> Operand {
        Operand::Const(Const::Int(value.into()), Scalar::Bool)
    }
}
