//! `/` and `%` on integers: a divisor of zero, and the least value by -1.

use crate::checks::{Check, Class, Draft, Operands, Sites, View, constant, operands};
use crate::model::hir::{ArithOp, ExprId};
use crate::types::ty::Int;

pub const CHECK: Check =
    Check { rule: "integer-division", looks_at: &[Class::Arithmetic], named: None, run, item: None };

const KIND: &str = "integer-division";

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some((ArithOp::Div | ArithOp::Rem, known, _, divisor)) = operands(view, id) else { return };
    let signed = match known {
        Operands::Integers(int) => int.is_none_or(Int::is_signed),
        Operands::Unknown => true,
        Operands::Other | Operands::Time(_) => return,
    };
    let draft = match constant(view, divisor) {
        Some(0) => Draft::always(KIND).reason("the divisor is zero"),
        Some(-1) if signed => Draft::possible(KIND).reason("the least value by -1 overflows"),
        Some(value) => Draft::discharged(KIND, format!("the divisor is {value}")),
        None if known == Operands::Unknown => Draft::indeterminate(KIND, "the types of the operands are not known"),
        None => Draft::possible(KIND),
    };
    sites.report(view, id, draft);
}
