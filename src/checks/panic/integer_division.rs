//! `/` and `%` on integers, as methods and as values too: a divisor of zero, and the least value by -1.

use crate::checks::{BodyCx, Check, ExprKind, Operands, SiteBuilder, Sites, constant, operation};
use crate::model::hir::{ArithOp, Expr, ExprId};
use crate::types::ty::Int;
use crate::types::typed_body::CallKind;

pub const CHECK: Check = Check {
    rule: "integer-division",
    looks_at: &[ExprKind::Arithmetic, ExprKind::MethodCall, ExprKind::Call, ExprKind::Path],
    named: Some(crate::checks::arithmetic::names),
    run,
    item: None,
};

const KIND: &str = "integer-division";

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(operation) = operation(cx, id).filter(|it| matches!(it.op, ArithOp::Div | ArithOp::Rem)) else { return };
    let known = operation.on;
    let signed = match known {
        Operands::Wrapped => false,
        Operands::Integers(int) => int.is_none_or(Int::is_signed),
        Operands::Unknown => true,
        Operands::Other | Operands::Time(_) => return,
    };
    let divisor = operation.operands.map(|(_, divisor)| unwrapped(cx, divisor));
    let draft = match divisor.and_then(|divisor| constant(cx, divisor)) {
        Some(0) => SiteBuilder::always(KIND).reason("the divisor is zero"),
        Some(-1) if signed => SiteBuilder::possible(KIND).reason("the least value by -1 overflows"),
        Some(value) => SiteBuilder::discharged(KIND, format!("the divisor is {value}")),
        None if known == Operands::Unknown => {
            SiteBuilder::indeterminate(KIND, "the types of the operands are not known")
        }
        None => SiteBuilder::possible(KIND),
    };
    sites.report(cx, id, draft);
}

/// The number in `Wrapping(2)`; every other divisor itself.
fn unwrapped(cx: &BodyCx<'_>, divisor: ExprId) -> ExprId {
    match cx.expr(divisor) {
        Expr::Call { args, .. } if matches!(cx.typed.call(divisor), Some(call) if call.kind == CallKind::Constructor) => {
            cx.code.list(args).first().copied().unwrap_or(divisor)
        }
        _ => divisor,
    }
}
