//! A call of a std function that is documented to panic, and arithmetic on std's times.

use crate::checks::{BodyCx, Check, ExprKind, Sites, std_panic, std_panics};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "panicking-api",
    looks_at: &[ExprKind::MethodCall, ExprKind::Call, ExprKind::Arithmetic],
    named: Some(std_panics::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = std_panic(cx, id, "panicking-api") {
        sites.report(cx, id, draft);
    }
}
