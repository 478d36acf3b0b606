//! Conditions as control flow: short circuits, `let` chains.

use super::Lower;
use crate::flow::mir::{BlockId, Operand, Rvalue, Scalar, TerminatorKind};
use crate::model::hir::{BinaryOp, BlockKind, Expr, ExprId, UnaryOp};

impl Lower<'_> {
    /// Evaluates a condition: goes on where it is true, and to `otherwise` where it is not.
    pub(super) fn condition(&mut self, expr: ExprId, otherwise: BlockId) {
        self.within(expr, |this| match this.source.code.expr(expr) {
            Expr::Binary { op: BinaryOp::And, lhs, rhs } => {
                this.condition(lhs, otherwise);
                this.condition(rhs, otherwise);
            }
            Expr::Binary { op: BinaryOp::Or, lhs, rhs } => {
                let (second, then) = (this.new_block(), this.new_block());
                this.condition(lhs, second);
                this.goto(then);
                this.block = second;
                this.condition(rhs, otherwise);
                this.goto(then);
            }
            Expr::Unary { op: UnaryOp::Not, expr: inner } if this.is_short_circuit(inner) => {
                let then = this.new_block();
                this.condition(inner, then);
                this.terminate(TerminatorKind::Goto(otherwise));
                this.block = then;
            }
            Expr::Let { pat, expr: scrutinee } => {
                let place = this.scrutinee(scrutinee);
                this.match_pattern(pat, place, otherwise);
            }
            Expr::Block { stmts, tail: Some(tail), kind: BlockKind::Plain, .. } if stmts.is_empty() => {
                this.condition(tail, otherwise);
            }
            _ => {
                let value = this.operand(expr);
                this.branch(value, otherwise);
            }
        });
    }

    /// Goes on where a bool is true.
    pub(super) fn branch(&mut self, on: Operand, otherwise: BlockId) {
        let then = self.new_block();
        // A block of its own, which nothing else leads to: what it says holds there.
        let not = self.new_block();
        self.terminate(TerminatorKind::Branch { on, then, otherwise: not });
        self.block = not;
        self.terminate(TerminatorKind::Goto(otherwise));
        self.block = then;
    }

    /// A condition as a value.
    pub(super) fn bool_of(&mut self, expr: ExprId) -> Operand {
        let temp = self.temp();
        let (otherwise, join) = (self.new_block(), self.new_block());
        self.condition(expr, otherwise);
        self.assign(temp, Rvalue::Use(Self::bool_constant(true)));
        self.terminate(TerminatorKind::Goto(join));
        self.block = otherwise;
        self.assign(temp, Rvalue::Use(Self::bool_constant(false)));
        self.goto(join);
        Operand::Read(temp, Scalar::Bool)
    }
}
