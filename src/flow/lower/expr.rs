//! Expressions as values.

use super::Lower;
use super::literal::{character, string_length};
use crate::flow::mir::{Const, Extent, Operand, Place, Projection, Rvalue, Scalar, TerminatorKind};
use crate::model::hir::{BinaryOp, BlockKind, CallId, ExpansionStatus, Expr, ExprId, List, Literal, UnaryOp};
use crate::model::name::Name;
use crate::types::ty::{Ty, TyKind};

impl Lower<'_> {
    /// Evaluates an expression and returns its value as it is then: a constant or a temporary that nothing else writes.
    pub(super) fn operand(&mut self, expr: ExprId) -> Operand {
        if self.depth >= super::DEPTH {
            return self.unit();
        }
        self.meet_predicate(expr);
        self.depth += 1;
        let value = self.within(expr, |this| this.value(expr));
        self.depth -= 1;
        value
    }

    /// Evaluates an expression into a place.
    pub(super) fn operand_into(&mut self, place: Place, expr: ExprId) {
        let value = self.operand(expr);
        self.assign(place, Rvalue::Use(value));
    }

    /// Evaluates an expression and returns the place that has its value.
    pub(super) fn value_place(&mut self, expr: ExprId) -> Place {
        match self.operand(expr) {
            Operand::Read(place, _) => place,
            constant @ Operand::Const(..) => self.temp_of(Rvalue::Use(constant)),
        }
    }

    fn value(&mut self, expr: ExprId) -> Operand {
        match self.source.code.expr(expr) {
            Expr::Missing => {
                self.lend_everything();
                self.unknown(expr)
            }
            Expr::Literal(literal) => self.literal(expr, literal),
            Expr::Path(_) => self.path_value(expr),
            Expr::Local(_) | Expr::Deref(_) | Expr::Field { .. } => self.copied(expr),
            Expr::Unary { op, expr: inner } => self.unary(expr, op, inner),
            Expr::Ref { expr: inner, mutable, raw } => self.borrow(expr, inner, mutable, raw),
            Expr::Binary { op, lhs, rhs } => self.binary(expr, op, lhs, rhs),
            Expr::Index { base, index } => self.index(expr, base, index),
            Expr::Call { callee, args } => self.path_call(expr, callee, args),
            Expr::MethodCall { receiver, method, args } => self.method_call(expr, receiver, method, args),
            Expr::Cast { expr: inner, .. } => self.cast(expr, inner),
            Expr::If { cond, then, otherwise } => self.if_expr(expr, cond, then, otherwise),
            Expr::Let { .. } => self.bool_of(expr),
            Expr::Match { scrutinee, arms } => self.match_expr(expr, scrutinee, arms),
            Expr::Loop { body } => self.loop_expr(expr, body),
            Expr::While { cond, body } => self.while_expr(expr, cond, body),
            Expr::For { pat, iter, body } => self.for_expr(expr, pat, iter, body),
            Expr::Block { stmts, tail, kind, .. } => self.block_expr(expr, stmts, tail, kind),
            Expr::Closure { params, body, .. } => {
                self.closure(params, body);
                self.unknown(expr)
            }
            Expr::Return(value) => self.diverge(value),
            Expr::Break { value, label } => self.break_expr(value, label),
            Expr::Continue { label } => self.continue_expr(label),
            Expr::Yield(value) => {
                self.discard_all(value.as_slice());
                self.unknown(expr)
            }
            Expr::Tuple(parts) => self.tuple(expr, parts),
            Expr::Array(parts) | Expr::Vec(parts) => self.sequence(expr, parts),
            Expr::Repeat { elem, .. } => {
                self.discard(elem);
                self.unknown(expr)
            }
            Expr::VecRepeat { elem, len } => self.repeated(expr, elem, len),
            Expr::Record { path, fields, spread } => self.record(expr, path, fields, spread),
            Expr::Range { low, high, inclusive } => self.range(low, high, inclusive),
            Expr::Try(inner) => self.try_expr(expr, inner),
            Expr::Await(inner) => {
                self.discard(inner);
                self.unknown(expr)
            }
            Expr::ConstBlock(_) => self.unknown(expr),
            Expr::Macro { call, args } => self.macro_call(expr, call, args),
            Expr::LetStmt { .. } | Expr::LetElse { .. } | Expr::Semi(_) => {
                self.statement(expr);
                self.unit()
            }
        }
    }

    fn macro_call(&mut self, expr: ExprId, call: CallId, args: List<ExprId>) -> Operand {
        let status = self.source.code.calls.get(call.index()).map(|call| (call.expansion, call.name));
        match status {
            Some((ExpansionStatus::Native, name)) => self.native_macro(expr, name, args),
            Some((ExpansionStatus::Expanded, _)) => self.expanded(args),
            Some((ExpansionStatus::NoCode, _)) => self.unknown(expr),
            _ => self.opaque_macro(expr, args),
        }
    }

    /// Evaluates expressions whose values are not used.
    pub(super) fn discard_all(&mut self, all: &[ExprId]) {
        for &expr in all {
            self.discard(expr);
        }
    }

    /// Evaluates an expression whose value is not used.
    pub(super) fn discard(&mut self, expr: ExprId) {
        // A place alone is not read.
        if !matches!(self.source.code.expr(expr), Expr::Local(_)) {
            self.operand(expr);
        }
    }

    /// The value of a place, as it is now.
    fn copied(&mut self, expr: ExprId) -> Operand {
        let ty = self.ty(expr);
        let scalar = self.scalar(ty);
        if let Some(place) = self.place(expr) {
            let temp = self.temp_of(Rvalue::Use(Operand::Read(place, scalar)));
            return Operand::Read(temp, scalar);
        }
        self.parts_of_unknown_place(expr);
        self.unknown(expr)
    }

    /// Evaluates what an unknown place is computed from. Through a user's `DerefMut` it may be written.
    pub(super) fn parts_of_unknown_place(&mut self, expr: ExprId) {
        match self.source.code.expr(expr) {
            Expr::Deref(inner) | Expr::Field { base: inner, .. } if !self.names_place(inner) => self.discard(inner),
            Expr::Deref(inner) | Expr::Field { base: inner, .. } if self.place(inner).is_none() => {
                self.parts_of_unknown_place(inner);
            }
            _ => {}
        }
    }

    fn literal(&mut self, expr: ExprId, literal: Literal) -> Operand {
        let scalar = self.scalar(self.ty(expr));
        match literal {
            // A number of unknown type is none that could be compared.
            Literal::Int { value, .. } if !matches!(self.ty(expr).kind(), TyKind::Float(_)) => {
                let value = u64::from(value);
                if value == u64::MAX {
                    return self.unknown(expr);
                }
                Operand::Const(Const::Int(value.into()), scalar)
            }
            Literal::Bool(value) => Operand::Const(Const::Int(value.into()), Scalar::Bool),
            Literal::Byte(value) => Operand::Const(Const::Int(value.into()), scalar),
            Literal::Char => match character(self.text_of(expr)) {
                Some(value) => Operand::Const(Const::Char(value), Scalar::Char),
                None => self.unknown(expr),
            },
            Literal::Str => match string_length(self.text_of(expr)) {
                Some(len) => Operand::Const(Const::Sequence(len), Scalar::Text),
                None => self.unknown(expr),
            },
            Literal::ByteStr(len) => Operand::Const(Const::Sequence(len.into()), scalar),
            Literal::Int { .. } | Literal::Float { .. } | Literal::CStr => self.unknown(expr),
        }
    }

    /// A constant, a static, a unit variant, or a function as a value.
    fn path_value(&mut self, expr: ExprId) -> Operand {
        if let Some(value) = self.const_value(expr) {
            let scalar = self.scalar(self.ty(expr));
            return Operand::Const(Const::Int(value), scalar);
        }
        let Expr::Path(path) = self.source.code.expr(expr) else { return self.unknown(expr) };
        if let Some(variant) = self.variant_of(path, self.ty(expr)) {
            let temp = self.temp_of(Rvalue::Aggregate(Some(variant)));
            return Operand::Read(temp, Scalar::Other);
        }
        if self.place(expr).is_some() { self.copied(expr) } else { self.unknown(expr) }
    }

    fn unary(&mut self, expr: ExprId, op: UnaryOp, inner: ExprId) -> Operand {
        if let Some(value) = self.const_value(expr) {
            return Operand::Const(Const::Int(value), self.scalar(self.ty(expr)));
        }
        match op {
            UnaryOp::Not if self.content(self.ty(inner)) == Ty::bool() => {
                let value = self.operand(inner);
                let temp = self.temp_of(Rvalue::Not(value));
                Operand::Read(temp, Scalar::Bool)
            }
            UnaryOp::Not => {
                self.operand(inner);
                self.unknown(expr)
            }
            UnaryOp::Neg => self.negation(expr, inner),
        }
    }

    /// A borrow has the value of what it borrows. What is lent for writing is unknown to the lender from then on.
    fn borrow(&mut self, expr: ExprId, inner: ExprId, mutable: bool, raw: bool) -> Operand {
        if raw
            && mutable
            && let Some(root) = self.root(inner)
        {
            self.escaped.insert(root.local);
        }
        if !self.names_place(inner) {
            return self.borrow_value(expr, inner, mutable);
        }
        let value = self.copied(inner);
        if mutable {
            let lent = self.place(inner).or_else(|| self.root(inner));
            if let Some(place) = lent {
                if self.has_unsafe {
                    self.escaped.insert(place.local);
                }
                let elements =
                    matches!(self.content(self.ty(inner)).kind(), TyKind::Slice(_) | TyKind::Array(..) | TyKind::Str);
                self.lend(place, if elements { Extent::Elements } else { Extent::Whole });
            }
        }
        value
    }

    fn borrow_value(&mut self, _expr: ExprId, inner: ExprId, mutable: bool) -> Operand {
        let value = self.operand(inner);
        // `&mut v[a..b]`, `&mut v[i]`: the elements of what is indexed.
        if mutable && let Expr::Index { base, .. } = self.source.code.expr(inner) {
            self.lend_elements(base);
        }
        value
    }

    /// Lends the elements of what an expression names.
    pub(super) fn lend_elements(&mut self, base: ExprId) {
        let place = if self.names_place(base) { self.place(base) } else { None };
        match place {
            Some(place) => {
                let kind = self.content(self.ty(base));
                let known = matches!(kind.kind(), TyKind::Slice(_) | TyKind::Array(..) | TyKind::Str)
                    || matches!(self.std_name(kind), Some(Name::VEC | Name::VEC_DEQUE | Name::STRING));
                self.lend(place, if known { Extent::Elements } else { Extent::Whole });
            }
            None => {
                if let Some(root) = self.root(base) {
                    self.lend(root, Extent::Whole);
                }
            }
        }
    }

    fn binary(&mut self, expr: ExprId, op: BinaryOp, lhs: ExprId, rhs: ExprId) -> Operand {
        match op {
            BinaryOp::And | BinaryOp::Or => self.bool_of(expr),
            BinaryOp::Cmp(how) => self.comparison(expr, how, lhs, rhs),
            BinaryOp::Arith(op) => self.arith(expr, op, lhs, rhs),
            BinaryOp::AssignArith(op) => {
                self.assign_arith(expr, op, lhs, rhs);
                self.unit()
            }
            BinaryOp::Assign => {
                let value = self.operand(rhs);
                self.assign_to(lhs, value);
                self.unit()
            }
        }
    }

    fn block_expr(&mut self, expr: ExprId, stmts: List<ExprId>, tail: Option<ExprId>, kind: BlockKind) -> Operand {
        match kind {
            BlockKind::Async | BlockKind::Try => {
                self.deferred(|this| {
                    this.statements(stmts, tail);
                });
                self.unknown(expr)
            }
            BlockKind::Plain | BlockKind::Unsafe if self.source.code.label_of(expr).is_some() => {
                self.labelled(expr, |this| this.statements(stmts, tail))
            }
            BlockKind::Plain | BlockKind::Unsafe => self.statements(stmts, tail),
        }
    }

    /// What an expanded macro became.
    fn expanded(&mut self, args: List<ExprId>) -> Operand {
        let mut value = self.unit();
        for &arg in self.source.code.list(args) {
            value = self.operand(arg);
        }
        value
    }

    /// A macro that was not read may do anything with what it is given.
    fn opaque_macro(&mut self, expr: ExprId, args: List<ExprId>) -> Operand {
        for &arg in self.source.code.list(args) {
            let after = self.new_block();
            let inner = self.new_block();
            self.terminate(TerminatorKind::Fork(inner, after));
            self.block = inner;
            self.discard(arg);
            self.terminate(TerminatorKind::Goto(after));
            self.block = after;
        }
        self.lend_everything();
        self.unknown(expr)
    }

    /// The length of a place.
    pub(super) fn length_of(&mut self, place: Place) -> Place {
        self.mir.project(place, Projection::Len)
    }
}
