//! What was checked before a place is reached: conditions around it, and before it ways out that leave where a condition does not
//! hold. Only what nothing can change in between counts: locals that are never written.

use crate::checks::body_cx::BodyCx;
use crate::checks::callee::native_macro;
use crate::model::hir::{BinaryOp, BindingId, CmpOp, Expr, ExprId, Literal, UnaryOp};
use crate::types::ty::TyKind;

/// Conditions within conditions that are looked into.
const DEPTH: u32 = 16;

/// Returns the first condition for which `holds` is true, on all ways to `id`. It is asked with each condition that was tried, and
/// with how it turned out.
pub fn checked(cx: &BodyCx<'_>, id: ExprId, holds: &dyn Fn(ExprId, bool) -> bool) -> Option<ExprId> {
    let mut child = id;
    for around in cx.tree().around(id) {
        let found = match cx.expr(around) {
            Expr::If { cond, then, .. } if then == child => known(cx, cond, true, holds, DEPTH),
            Expr::If { cond, otherwise: Some(otherwise), .. } if otherwise == child => {
                known(cx, cond, false, holds, DEPTH)
            }
            Expr::While { cond, body } if body == child => known(cx, cond, true, holds, DEPTH),
            Expr::Binary { op: BinaryOp::And, lhs, rhs } if rhs == child => known(cx, lhs, true, holds, DEPTH),
            Expr::Binary { op: BinaryOp::Or, lhs, rhs } if rhs == child => known(cx, lhs, false, holds, DEPTH),
            Expr::Match { arms, .. } => cx.code.list(arms).iter().find_map(|arm| {
                arm.guard.filter(|_| arm.body == child).and_then(|guard| known(cx, guard, true, holds, DEPTH))
            }),
            Expr::Block { stmts, .. } => {
                let before = cx.code.list(stmts).iter().take_while(|&&stmt| stmt != child);
                before.copied().find_map(|stmt| left(cx, stmt, holds))
            }
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        child = around;
    }
    None
}

/// What a statement before makes sure of: it leaves, or panics, where that does not hold.
fn left(cx: &BodyCx<'_>, stmt: ExprId, holds: &dyn Fn(ExprId, bool) -> bool) -> Option<ExprId> {
    let stmt = if let Expr::Semi(inner) = cx.expr(stmt) { inner } else { stmt };
    match cx.expr(stmt) {
        Expr::If { cond, then, otherwise: None } if leaves(cx, then) => known(cx, cond, false, holds, DEPTH),
        Expr::Macro { .. } => {
            let (name, args) = native_macro(cx, stmt)?;
            let &cond = cx.code.list(args).first().filter(|_| name.as_str() == "assert")?;
            known(cx, cond, true, holds, DEPTH)
        }
        _ => None,
    }
}

/// Whether a block never comes to its end.
fn leaves(cx: &BodyCx<'_>, block: ExprId) -> bool {
    if matches!(cx.ty(block).kind(), TyKind::Never) {
        return true;
    }
    let Expr::Block { stmts, tail, .. } = cx.expr(block) else { return false };
    let last = tail.or_else(|| cx.code.list(stmts).last().copied());
    let last = last.map(|last| if let Expr::Semi(inner) = cx.expr(last) { inner } else { last });
    match last.map(|last| cx.expr(last)) {
        Some(Expr::Return(_) | Expr::Break { .. } | Expr::Continue { .. }) => true,
        Some(Expr::Macro { .. }) => {
            let name = last.and_then(|last| native_macro(cx, last)).map(|(name, _)| name);
            name.is_some_and(|name| matches!(name.as_str(), "panic" | "unreachable" | "todo" | "unimplemented"))
        }
        _ => false,
    }
}

/// The part of a condition that makes sure of it, given how the whole turned out.
fn known(
    cx: &BodyCx<'_>,
    cond: ExprId,
    turned_out: bool,
    holds: &dyn Fn(ExprId, bool) -> bool,
    depth: u32,
) -> Option<ExprId> {
    let depth = depth.checked_sub(1)?;
    match (cx.expr(cond), turned_out) {
        (Expr::Unary { op: UnaryOp::Not, expr }, _) => known(cx, expr, !turned_out, holds, depth),
        (Expr::Binary { op: BinaryOp::And, lhs, rhs }, true) | (Expr::Binary { op: BinaryOp::Or, lhs, rhs }, false) => {
            known(cx, lhs, turned_out, holds, depth).or_else(|| known(cx, rhs, turned_out, holds, depth))
        }
        _ => holds(cond, turned_out).then_some(cond),
    }
}

/// Returns the local that an expression always has the value of: behind casts between pointers.
pub fn fixed_local(cx: &BodyCx<'_>, id: ExprId) -> Option<BindingId> {
    let mut at = id;
    for _ in 0..DEPTH {
        at = match cx.expr(at) {
            Expr::Cast { expr, .. } => expr,
            Expr::MethodCall { receiver, method, .. }
                if matches!(method.as_str(), "cast" | "cast_mut" | "cast_const" | "addr" | "expose_provenance") =>
            {
                receiver
            }
            Expr::Local(binding) => match cx.tree().value(binding).filter(|&init| fixed_step(cx, init)) {
                Some(init) => init,
                None if cx.tree().value(binding).is_some() || cx.tree().is_fixed_param(binding) => {
                    return Some(binding);
                }
                None => return None,
            },
            _ => return None,
        };
    }
    None
}

/// Whether a local is given another one's value, cast.
fn fixed_step(cx: &BodyCx<'_>, init: ExprId) -> bool {
    match cx.expr(init) {
        Expr::Local(_) => true,
        Expr::Cast { expr, .. } => fixed_step(cx, expr),
        Expr::MethodCall { receiver, method, .. } if matches!(method.as_str(), "cast" | "cast_mut" | "cast_const") => {
            fixed_step(cx, receiver)
        }
        _ => false,
    }
}

/// Returns the check that `pointer` is not null on all ways to `id`.
pub fn null_check(cx: &BodyCx<'_>, id: ExprId, pointer: ExprId) -> Option<ExprId> {
    let local = fixed_local(cx, pointer)?;
    checked(cx, id, &|cond, turned_out| match cx.expr(cond) {
        Expr::MethodCall { receiver, method, .. } => {
            method.as_str() == "is_null" && !turned_out && fixed_local(cx, receiver) == Some(local)
        }
        _ => false,
    })
}

/// Returns the check that `pointer` is as aligned as what it is to, on all ways to `id`.
pub fn align_check(cx: &BodyCx<'_>, id: ExprId, pointer: ExprId, align: u64) -> Option<ExprId> {
    let local = fixed_local(cx, pointer)?;
    let bytes = |id: ExprId| cx.known.constant(cx, id).and_then(|value| u64::try_from(value).ok());
    checked(cx, id, &|cond, turned_out| match cx.expr(cond) {
        Expr::MethodCall { receiver, method, .. } => {
            // What it asks about is its receiver's type: a pointer to bytes is always aligned.
            let of = cx.known.layout(super::origin::pointee(cx, cx.ty(receiver))).align.least();
            method.as_str() == "is_aligned" && turned_out && of >= align && fixed_local(cx, receiver) == Some(local)
        }
        Expr::Binary { op: BinaryOp::Cmp(op), lhs, rhs } => {
            let equal = matches!((op, turned_out), (CmpOp::Eq, true) | (CmpOp::Ne, false));
            let zero = matches!(cx.expr(rhs), Expr::Literal(Literal::Int { .. })) && bytes(rhs) == Some(0);
            equal && zero && remainder_of(cx, lhs, local, align, &bytes)
        }
        _ => false,
    })
}

/// Whether an expression is zero only where the local is a multiple of `align`.
fn remainder_of(
    cx: &BodyCx<'_>,
    id: ExprId,
    local: BindingId,
    align: u64,
    bytes: &dyn Fn(ExprId) -> Option<u64>,
) -> bool {
    use crate::model::hir::ArithOp;
    match cx.expr(id) {
        Expr::Binary { op: BinaryOp::Arith(ArithOp::Rem), lhs, rhs } => {
            fixed_local(cx, lhs) == Some(local) && bytes(rhs).is_some_and(|by| by >= align && by.is_power_of_two())
        }
        _ => false,
    }
}

/// Returns the check that `index` is less than the length of the slice `base` on all ways to `id`.
pub fn bound_check(cx: &BodyCx<'_>, id: ExprId, base: ExprId, index: ExprId) -> Option<ExprId> {
    let (base, index) = (fixed_local(cx, base)?, fixed_local(cx, index)?);
    let is_length = |id: ExprId| match cx.expr(id) {
        Expr::MethodCall { receiver, method, .. } => {
            method.as_str() == "len" && fixed_local(cx, receiver) == Some(base)
        }
        _ => false,
    };
    checked(cx, id, &|cond, turned_out| {
        let Expr::Binary { op: BinaryOp::Cmp(op), lhs, rhs } = cx.expr(cond) else { return false };
        let is_index = |id: ExprId| fixed_local(cx, id) == Some(index);
        match (op, turned_out) {
            (CmpOp::Lt, true) | (CmpOp::Ge, false) => is_index(lhs) && is_length(rhs),
            (CmpOp::Gt, true) | (CmpOp::Le, false) => is_length(lhs) && is_index(rhs),
            _ => false,
        }
    })
}
