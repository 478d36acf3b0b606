//! Macros of std and of well-known crates, whose arguments were read as what they are.

use super::Lower;
use crate::flow::mir::{AssertKind, Comparison, Extent, Operand, Rvalue, Scalar, TerminatorKind};
use crate::model::hir::{ExprId, List};
use crate::model::name::Name;

impl Lower<'_> {
    pub(super) fn native_macro(&mut self, expr: ExprId, name: Name, args: List<ExprId>) -> Operand {
        let args: Vec<ExprId> = self.source.code.list(args).to_vec();
        match (name.as_str(), args.as_slice()) {
            ("assert", [cond, rest @ ..]) => {
                let not = self.new_block();
                self.condition(*cond, not);
                self.failing(expr, not, rest);
            }
            ("assert_eq" | "assert_ne", [left, right, rest @ ..]) => {
                let ordered = self.is_ordered(self.ty(*left)) && self.is_ordered(self.ty(*right));
                let (left, right) = (self.operand(*left), self.operand(*right));
                let not = self.new_block();
                let mut test = if ordered {
                    self.temp_of(Rvalue::Compare(Comparison::Equal, left, right))
                } else {
                    self.temp_of(Rvalue::Unknown(Scalar::Bool))
                };
                if name.as_str() == "assert_ne" {
                    test = self.temp_of(Rvalue::Not(Operand::Read(test, Scalar::Bool)));
                }
                self.branch(Operand::Read(test, Scalar::Bool), not);
                self.failing(expr, not, rest);
            }
            ("ensure", [cond, rest @ ..]) => {
                let not = self.new_block();
                self.condition(*cond, not);
                let then = std::mem::replace(&mut self.block, not);
                self.discard_all(rest);
                self.exit_with(None);
                self.block = then;
            }
            ("panic" | "todo" | "unimplemented" | "unreachable", all) => {
                self.discard_all(all);
                self.sites.push((expr, self.block));
                let never = self.new_block();
                self.leave(TerminatorKind::Assert(AssertKind::Never, never));
            }
            ("bail", all) => {
                self.discard_all(all);
                self.exit_with(None);
                self.block = self.new_block();
            }
            ("dbg", [value]) => return self.operand(*value),
            ("try", [value]) => return self.try_expr(expr, *value),
            ("write" | "writeln", [to, rest @ ..]) => return self.written(expr, *to, rest),
            (
                "format" | "print" | "println" | "eprint" | "eprintln" | "format_args" | "const_format_args" | "anyhow",
                all,
            ) => self.discard_all(all),
            // Whether these evaluate their arguments depends on the build, or on what listens.
            (_, all) => self.perhaps(all),
        }
        self.unknown(expr)
    }

    /// What an assertion evaluates where it fails.
    fn failing(&mut self, _expr: ExprId, not: crate::flow::mir::BlockId, args: &[ExprId]) {
        let then = std::mem::replace(&mut self.block, not);
        self.discard_all(args);
        self.terminate(TerminatorKind::Unreachable);
        self.block = then;
    }

    /// Arguments that are evaluated or not.
    fn perhaps(&mut self, args: &[ExprId]) {
        let (inner, after) = (self.new_block(), self.new_block());
        self.terminate(TerminatorKind::Fork(inner, after));
        self.block = inner;
        self.discard_all(args);
        self.terminate(TerminatorKind::Goto(after));
        self.block = after;
    }

    /// `write!`: formatting into a `String` succeeds, and so does writing to a `Vec<u8>`, for values whose own formatting does.
    fn written(&mut self, expr: ExprId, to: ExprId, args: &[ExprId]) -> Operand {
        let content = self.content(self.ty(to));
        let place = self.place_or_temp(to);
        self.discard_all(args);
        if let Some(place) = place.or_else(|| self.root(to)) {
            self.lend(place, Extent::Whole);
        }
        let is_memory = matches!(self.std_name(content), Some(Name::STRING | Name::VEC));
        let formats = args.iter().all(|&arg| self.formats(arg));
        if is_memory && formats {
            let temp = self.temp_of(Rvalue::Aggregate(Some(Name::OK)));
            return Operand::Read(temp, Scalar::Other);
        }
        self.unknown(expr)
    }

    /// Whether formatting a value cannot fail: std's own numbers and texts.
    fn formats(&self, arg: ExprId) -> bool {
        use crate::types::ty::TyKind;
        let ty = self.content(self.ty(arg));
        match ty.kind() {
            TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool | TyKind::Char | TyKind::Str => true,
            _ => self.std_name(ty) == Some(Name::STRING),
        }
    }
}
