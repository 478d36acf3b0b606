//! `+ - * << >>` and negation on integers, assigning forms too.

use crate::checks::{Check, Class, Draft, Operands, Sites, View, constant, is_generic, operands};
use crate::model::hir::{ArithOp, Expr, ExprId, UnaryOp};
use crate::types::layout::Machine;
use crate::types::ty::{Int, TyKind};

pub const CHECK: Check =
    Check { rule: "integer-overflow", looks_at: &[Class::Arithmetic, Class::Negation], named: None, run, item: None };

const KIND: &str = "integer-overflow";

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let draft = match view.expr(id) {
        Expr::Unary { op: UnaryOp::Neg, expr } => negation(view, expr),
        _ => binary(view, id),
    };
    if let Some(draft) = draft {
        sites.report(view, id, draft);
    }
}

fn negation(view: &View<'_>, operand: ExprId) -> Option<Draft> {
    if matches!(view.expr(operand), Expr::Literal(_)) {
        return None;
    }
    let ty = view.ty(operand).peel_refs();
    match ty.kind() {
        TyKind::Int(int) => int.is_signed().then_some(Draft::possible(KIND)),
        _ if ty.is_integer() => Some(Draft::possible(KIND)),
        TyKind::Assoc(..) if is_generic(ty) => None,
        TyKind::Assoc(..) => Some(Draft::indeterminate(KIND, "the type of the operand is not known")),
        _ if ty.is_unknown() => Some(Draft::indeterminate(KIND, "the type of the operand is not known")),
        _ => None,
    }
}

fn binary(view: &View<'_>, id: ExprId) -> Option<Draft> {
    let (op, known, lhs, rhs) = operands(view, id)?;
    if !matches!(op, ArithOp::Add | ArithOp::Sub | ArithOp::Mul | ArithOp::Shl | ArithOp::Shr) {
        return None;
    }
    let shift = matches!(op, ArithOp::Shl | ArithOp::Shr);
    let (left, right) = (constant(view, lhs), constant(view, rhs));
    Some(match known {
        Operands::Other | Operands::Time(_) => return None,
        _ if !shift && left.is_some() && right.is_some() => Draft::discharged(KIND, "literals alone"),
        Operands::Integers(int) if shift => match right {
            Some(by) => shifted(int, by, view.known.machine()),
            None => Draft::possible(KIND),
        },
        Operands::Integers(_) => Draft::possible(KIND),
        Operands::Unknown => Draft::indeterminate(KIND, "the types of the operands are not known"),
    })
}

/// A shift by a literal: of an unknown integer only what the narrowest allows is certain.
fn shifted(int: Option<Int>, by: i128, machine: Machine) -> Draft {
    let bits = int.map_or(8, |int| int.bytes(machine.pointer_bytes) * 8);
    if (0..i128::from(bits)).contains(&by) {
        Draft::discharged(KIND, format!("{by} is less than the width"))
    } else if int.is_none() {
        Draft::indeterminate(KIND, "the width of the operand is not known")
    } else {
        Draft::always(KIND).reason(format!("{by} is not less than the width {bits}"))
    }
}
