//! Fixes of arithmetic: `checked_div` and `checked_rem` with `?` where the function returns an `Option`, and times that stop at
//! their limits.

use crate::checks::BodyCx;
use crate::finding::{Applicability, Edit, Fix};
use crate::model::hir::{ArithOp, BinaryOp, Expr, ExprId};
use crate::model::name::Name;
use crate::types::ty::TyKind;

use super::Suggester;
use super::question_mark::is_std;
use super::written::{behind, between, is_blank, is_only};

impl Suggester<'_> {
    /// `a / b` becomes `u32::checked_div(a, b)?`: by its path, for the operands may be literals.
    pub(super) fn division(&self, cx: &BodyCx<'_>, id: ExprId) -> Option<Fix> {
        let Expr::Binary { op: BinaryOp::Arith(op), lhs, rhs } = cx.expr(id) else { return None };
        let (sign, name) = match op {
            ArithOp::Div => ("/", "checked_div"),
            ArithOp::Rem => ("%", "checked_rem"),
            _ => return None,
        };
        let TyKind::Int(int) = cx.ty(id).kind() else { return None };
        if cx.ty(lhs) != cx.ty(id) || cx.ty(rhs) != cx.ty(id) || !self.has_option(cx, id) {
            return None;
        }
        let edits = by_path(cx, (id, lhs, rhs), sign, (&format!("{}::{name}", int.as_str()), "?"))?;
        Some(Fix::safe("return `None` where it cannot be divided", edits).but(Applicability::Unsafe))
    }

    /// Sums, differences and products of durations stop at the limits; a moment that cannot be is `None`.
    pub(super) fn time(&self, cx: &BodyCx<'_>, id: ExprId) -> Option<Fix> {
        let Expr::Binary { op: BinaryOp::Arith(op), lhs, rhs } = cx.expr(id) else { return None };
        let is = |expr: ExprId, name: Name| is_std(self.world, cx.ty(expr), name);
        let number = matches!(cx.ty(rhs).kind(), TyKind::Int(int) if int.as_str() == "u32");
        let std = self.std();
        if is(lhs, Name::DURATION) {
            let (sign, name) = match op {
                ArithOp::Add if is(rhs, Name::DURATION) => ("+", "saturating_add"),
                ArithOp::Sub if is(rhs, Name::DURATION) => ("-", "saturating_sub"),
                ArithOp::Mul if number => ("*", "saturating_mul"),
                _ => return None,
            };
            let edits = by_path(cx, (id, lhs, rhs), sign, (&format!("{std}::time::Duration::{name}"), ""))?;
            return Some(Fix::safe("stop at the limits of a duration", edits));
        }
        let owner = [Name::INSTANT, Name::SYSTEM_TIME].into_iter().find(|&name| is(lhs, name))?;
        let (sign, name) = match op {
            ArithOp::Add => ("+", "checked_add"),
            ArithOp::Sub => ("-", "checked_sub"),
            _ => return None,
        };
        if !is(rhs, Name::DURATION) || !self.has_option(cx, id) {
            return None;
        }
        let path = format!("{std}::time::{owner}::{name}");
        // Its methods take the moment by reference.
        let edits = by_path(cx, (id, lhs, rhs), sign, (&format!("{path}(&"), "?"))?;
        Some(Fix::safe("return `None` for a moment that cannot be", edits).but(Applicability::Unsafe))
    }
}

/// `a + b` as a call of the function `path`, with what follows the call. Parentheses around the operands go; a path that ends
/// in `(&` borrows the first operand, which then must not be one that binds less.
fn by_path(
    cx: &BodyCx<'_>,
    (id, lhs, rhs): (ExprId, ExprId, ExprId),
    sign: &str,
    (path, after): (&str, &str),
) -> Option<Vec<Edit>> {
    let (whole, left) = (cx.code.span(id), cx.code.span(lhs));
    if path.ends_with('&') && !is_operand(cx.expr(lhs)) {
        return None;
    }
    let lead = between(cx, whole.start, left.start)?;
    let middle = between(cx, left.end, cx.code.span(rhs).start)?;
    let tail = behind(cx, rhs, id)?;
    let plain = is_blank(cx.text_of(lead)) && is_only(cx.text_of(middle), sign) && is_blank(cx.text_of(tail));
    let open = if path.ends_with('&') { path.to_owned() } else { format!("{path}(") };
    plain.then(|| vec![Edit::new(lead, open), Edit::new(middle, ", "), Edit::new(tail, format!("){after}"))])
}

/// Whether a sign before an expression is about all of it.
pub(super) const fn is_operand(expr: Expr) -> bool {
    matches!(
        expr,
        Expr::Path(_)
            | Expr::Local(_)
            | Expr::Call { .. }
            | Expr::MethodCall { .. }
            | Expr::Field { .. }
            | Expr::Index { .. }
            | Expr::Try(_)
            | Expr::Await(_)
    )
}
