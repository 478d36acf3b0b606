//! Statements, branches that join, loops, and ways out.

use super::pattern::Scrutinee;
use super::{Breakable, Lower};
use crate::flow::mir::{BlockId, Operand, Place, Rvalue, Scalar, TerminatorKind};
use crate::model::hir::{Expr, ExprId, LabelId, List, MatchArm, PatId};
use crate::model::name::Name;
use crate::types::ty::{Ty, TyKind};

impl Lower<'_> {
    pub(super) fn statements(&mut self, stmts: List<ExprId>, tail: Option<ExprId>) -> Operand {
        for &stmt in self.source.code.list(stmts) {
            self.within(stmt, |this| this.where_compiled(stmt, |this| this.statement(stmt)));
        }
        match tail {
            Some(tail) if self.has_own_predicate(tail) => {
                let result = self.temp();
                self.where_compiled(tail, |this| this.operand_into(result, tail));
                Operand::Read(result, self.scalar(self.ty(tail)))
            }
            Some(tail) => self.operand(tail),
            None => self.unit(),
        }
    }

    pub(super) fn statement(&mut self, stmt: ExprId) {
        match self.source.code.expr(stmt) {
            Expr::LetStmt { pat, init: Some(init), .. } => {
                let otherwise = self.new_block();
                self.let_statement(pat, init, otherwise);
            }
            Expr::LetStmt { .. } => {}
            Expr::LetElse { stmt, otherwise } => {
                let not = self.new_block();
                if let Expr::LetStmt { pat, init: Some(init), .. } = self.source.code.expr(stmt) {
                    self.let_statement(pat, init, not);
                }
                let then = std::mem::replace(&mut self.block, not);
                self.discard(otherwise);
                self.terminate(TerminatorKind::Unreachable);
                self.block = then;
            }
            Expr::Semi(inner) => self.where_compiled(inner, |this| this.discard(inner)),
            _ => {
                self.operand(stmt);
            }
        }
    }

    fn let_statement(&mut self, pat: PatId, init: ExprId, otherwise: BlockId) {
        let scrutinee = self.scrutinee(init);
        self.match_pattern(pat, scrutinee, otherwise);
    }

    /// Writes the value of a way that ends at `join`.
    fn way(&mut self, expr: ExprId, into: Place, join: BlockId) {
        self.operand_into(into, expr);
        self.terminate(TerminatorKind::Goto(join));
    }

    pub(super) fn if_expr(&mut self, expr: ExprId, cond: ExprId, then: ExprId, otherwise: Option<ExprId>) -> Operand {
        let (result, not, join) = (self.temp(), self.new_block(), self.new_block());
        self.condition(cond, not);
        self.way(then, result, join);
        self.block = not;
        match otherwise {
            Some(otherwise) => self.way(otherwise, result, join),
            None => self.terminate(TerminatorKind::Goto(join)),
        }
        self.block = join;
        Operand::Read(result, self.scalar(self.ty(expr)))
    }

    pub(super) fn match_expr(&mut self, expr: ExprId, on: ExprId, arms: List<MatchArm>) -> Operand {
        let scrutinee = self.scrutinee(on);
        let (result, join) = (self.temp(), self.new_block());
        for &MatchArm { pat, guard, body } in self.source.code.list(arms) {
            let next = self.new_block();
            self.where_compiled(body, |this| {
                this.match_pattern(pat, scrutinee, next);
                if let Some(guard) = guard {
                    this.condition(guard, next);
                }
                this.way(body, result, join);
                this.block = next;
            });
        }
        // One of the arms matches.
        self.terminate(TerminatorKind::Unreachable);
        self.block = join;
        Operand::Read(result, self.scalar(self.ty(expr)))
    }

    /// Lowers what `break` leaves; `continue` leads to `again`.
    fn breakable(
        &mut self,
        target: ExprId,
        again: Option<BlockId>,
        lower: impl FnOnce(&mut Self, &Breakable),
    ) -> Operand {
        let (leave, value) = (self.new_block(), self.temp());
        self.breakables.push(Breakable { target, leave, again, value });
        let this = Breakable { target, leave, again, value };
        lower(self, &this);
        self.breakables.pop();
        self.block = leave;
        Operand::Read(value, self.scalar(self.ty(target)))
    }

    pub(super) fn labelled(&mut self, expr: ExprId, lower: impl FnOnce(&mut Self) -> Operand) -> Operand {
        self.breakable(expr, None, |this, block| {
            let found = lower(this);
            this.assign(block.value, Rvalue::Use(found));
            this.terminate(TerminatorKind::Goto(block.leave));
        })
    }

    pub(super) fn loop_expr(&mut self, expr: ExprId, body: ExprId) -> Operand {
        let header = self.new_block();
        self.goto(header);
        self.breakable(expr, Some(header), |this, _| {
            this.discard(body);
            this.terminate(TerminatorKind::Goto(header));
        })
    }

    pub(super) fn while_expr(&mut self, expr: ExprId, cond: ExprId, body: ExprId) -> Operand {
        let header = self.new_block();
        self.goto(header);
        self.breakable(expr, Some(header), |this, of| {
            this.condition(cond, of.leave);
            this.discard(body);
            this.terminate(TerminatorKind::Goto(header));
        })
    }

    /// Each turn has an item of what the iterator was when the loop began.
    pub(super) fn for_expr(&mut self, expr: ExprId, pat: PatId, iter: ExprId, body: ExprId) -> Operand {
        let iter_ty = self.ty(iter);
        let items = self.value_place(iter);
        // What is iterated by `&mut` is lent to the loop.
        if (matches!(iter_ty.kind(), TyKind::Ref(_, true)) || iter_ty.is_unknown())
            && let Some(place) = self.names_place(iter).then(|| self.place(iter)).flatten()
        {
            self.lend(place, crate::flow::mir::Extent::Whole);
        }
        let header = self.new_block();
        self.goto(header);
        self.breakable(expr, Some(header), |this, of| {
            let (turn, end) = (this.new_block(), this.new_block());
            this.terminate(TerminatorKind::Fork(turn, end));
            this.block = end;
            this.terminate(TerminatorKind::Goto(of.leave));
            this.block = turn;
            let scalar = this.item_scalar(iter_ty);
            let item = this.temp_of(Rvalue::Item(Operand::Read(items, Scalar::Other)));
            let item = this.temp_of(Rvalue::Use(Operand::Read(item, scalar)));
            let never = this.new_block();
            this.match_pattern(pat, Scrutinee { place: item, lent: false }, never);
            this.discard(body);
            this.terminate(TerminatorKind::Goto(header));
        })
    }

    /// What is known of the items of a range of numbers.
    fn item_scalar(&self, iter: Ty) -> Scalar {
        match iter.kind() {
            TyKind::Adt(_, args)
                if matches!(self.std_name(iter), Some(Name::RANGE | Name::RANGE_INCLUSIVE | Name::RANGE_FROM)) =>
            {
                args.first().map_or(Scalar::Other, |&of| self.scalar(of))
            }
            _ => Scalar::Other,
        }
    }

    pub(super) fn break_expr(&mut self, value: Option<ExprId>, label: Option<LabelId>) -> Operand {
        let value = value.map(|value| self.operand(value));
        let target = self.target(label, false);
        if let Some((leave, _, place)) = target {
            if let Some(value) = value {
                self.assign(place, Rvalue::Use(value));
            }
            self.leave(TerminatorKind::Goto(leave));
        } else {
            self.leave(TerminatorKind::Unreachable);
        }
        self.unit()
    }

    pub(super) fn continue_expr(&mut self, label: Option<LabelId>) -> Operand {
        match self.target(label, true) {
            Some((_, Some(again), _)) => self.leave(TerminatorKind::Goto(again)),
            _ => self.leave(TerminatorKind::Unreachable),
        }
        self.unit()
    }

    /// Where `break` and `continue` lead; without a label that is the innermost loop.
    fn target(&self, label: Option<LabelId>, again: bool) -> Option<(BlockId, Option<BlockId>, Place)> {
        let target = label.and_then(|label| self.source.code.label(label)).map(|label| label.target);
        let wanted = |it: &&Breakable| match target {
            Some(target) => it.target == target,
            None => it.again.is_some(),
        };
        let found = self.breakables.iter().rev().find(wanted).filter(|it| !again || it.again.is_some())?;
        Some((found.leave, found.again, found.value))
    }

    /// `return`
    pub(super) fn diverge(&mut self, value: Option<ExprId>) -> Operand {
        let value = value.map(|value| self.operand(value));
        self.exit_with(value);
        self.block = self.new_block();
        self.unit()
    }

    /// `?`: goes on with the payload, or returns.
    pub(super) fn try_expr(&mut self, expr: ExprId, inner: ExprId) -> Operand {
        let ty = self.ty(inner);
        let value = self.value_place(inner);
        let variant = match self.std_name(ty) {
            Some(Name::OPTION) => Name::SOME,
            Some(Name::RESULT) => Name::OK,
            _ => {
                let (then, out) = (self.new_block(), self.new_block());
                self.terminate(TerminatorKind::Fork(then, out));
                self.block = out;
                self.exit_with(None);
                self.block = then;
                return self.unknown(expr);
            }
        };
        let out = self.new_block();
        let test = self.temp_of(Rvalue::IsVariant(value, variant));
        self.branch(Operand::Read(test, Scalar::Bool), out);
        let then = std::mem::replace(&mut self.block, out);
        self.exit_with(None);
        self.block = then;
        let payload = self.payload(value, variant, super::aggregate::position(0));
        Operand::Read(payload, self.scalar(self.ty(expr)))
    }
}
