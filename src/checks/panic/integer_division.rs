//! `/` and `%` on integers: a divisor of zero, and the least value by -1.

use crate::checks::{BodyCx, Check, ExprKind, Operands, SiteBuilder, Sites, constant, operands};
use crate::model::hir::{ArithOp, ExprId};
use crate::types::ty::Int;

pub const CHECK: Check =
    Check { rule: "integer-division", looks_at: &[ExprKind::Arithmetic], named: None, run, item: None };

const KIND: &str = "integer-division";

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some((ArithOp::Div | ArithOp::Rem, known, _, divisor)) = operands(cx, id) else { return };
    let signed = match known {
        Operands::Integers(int) => int.is_none_or(Int::is_signed),
        Operands::Unknown => true,
        Operands::Other | Operands::Time(_) => return,
    };
    let draft = match constant(cx, divisor) {
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
