//! `+ - * << >>` and negation on integers, assigning forms, methods and functions as values too.

use crate::checks::{BodyCx, Check, ExprKind, Operands, SiteBuilder, Sites, constant, function, is_generic, operation};
use crate::model::hir::{ArithOp, Expr, ExprId, UnaryOp};
use crate::model::name::Name;
use crate::types::layout::Machine;
use crate::types::ty::{Int, TyKind};

pub const CHECK: Check = Check {
    rule: "integer-overflow",
    looks_at: &[ExprKind::Arithmetic, ExprKind::Negation, ExprKind::MethodCall, ExprKind::Call, ExprKind::Path],
    named: Some(|| crate::checks::arithmetic::names().into_iter().chain([Name::NEG]).collect()),
    run,
    item: None,
};

const KIND: &str = "integer-overflow";

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let draft = match cx.expr(id) {
        Expr::Unary { op: UnaryOp::Neg, expr } => negation(cx, expr),
        _ if is_negation(cx, id) => Some(SiteBuilder::possible(KIND)),
        _ => binary(cx, id),
    };
    if let Some(draft) = draft {
        sites.report(cx, id, draft);
    }
}

/// `x.neg()`, `Neg::neg(x)`, `.map(Neg::neg)` of signed integers.
fn is_negation(cx: &BodyCx<'_>, id: ExprId) -> bool {
    let callee = function(cx, id).filter(|callee| callee.name == Name::NEG && callee.is_std());
    callee.is_some_and(|callee| Int::ALL.into_iter().any(|int| int.is_signed() && int.name() == callee.owner))
}

fn negation(cx: &BodyCx<'_>, operand: ExprId) -> Option<SiteBuilder> {
    if matches!(cx.expr(operand), Expr::Literal(_)) {
        return None;
    }
    let ty = cx.ty(operand).peel_refs();
    match ty.kind() {
        TyKind::Int(int) => int.is_signed().then_some(SiteBuilder::possible(KIND)),
        _ if ty.is_integer() => Some(SiteBuilder::possible(KIND)),
        TyKind::Projection(..) if is_generic(ty) => None,
        TyKind::Projection(..) => Some(SiteBuilder::indeterminate(KIND, "the type of the operand is not known")),
        _ if ty.is_unknown() => Some(SiteBuilder::indeterminate(KIND, "the type of the operand is not known")),
        _ => None,
    }
}

fn binary(cx: &BodyCx<'_>, id: ExprId) -> Option<SiteBuilder> {
    let operation = operation(cx, id)?;
    let (op, known) = (operation.op, operation.on);
    if !matches!(op, ArithOp::Add | ArithOp::Sub | ArithOp::Mul | ArithOp::Shl | ArithOp::Shr) {
        return None;
    }
    let shift = matches!(op, ArithOp::Shl | ArithOp::Shr);
    let left = operation.operands.and_then(|(lhs, _)| constant(cx, lhs));
    let right = operation.right(cx);
    Some(match known {
        Operands::Other | Operands::Wrapped | Operands::Time(_) => return None,
        _ if !shift && left.is_some() && right.is_some() => SiteBuilder::discharged(KIND, "literals alone"),
        Operands::Integers(int) if shift => match right {
            Some(by) => shifted(int, by, cx.known.machine()),
            None => SiteBuilder::possible(KIND),
        },
        Operands::Integers(_) => SiteBuilder::possible(KIND),
        Operands::Unknown => SiteBuilder::indeterminate(KIND, "the types of the operands are not known"),
    })
}

/// A shift by a literal: of an unknown integer only what the narrowest allows is certain.
fn shifted(int: Option<Int>, by: i128, machine: Machine) -> SiteBuilder {
    let bits = int.map_or(8, |int| int.bytes(machine.pointer_bytes) * 8);
    if (0..i128::from(bits)).contains(&by) {
        SiteBuilder::discharged(KIND, format!("{by} is less than the width"))
    } else if int.is_none() {
        SiteBuilder::indeterminate(KIND, "the width of the operand is not known")
    } else {
        SiteBuilder::always(KIND).reason(format!("{by} is not less than the width {bits}"))
    }
}
