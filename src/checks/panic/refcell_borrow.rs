//! `borrow`, `borrow_mut` and their siblings on a `RefCell`.

use crate::checks::{BodyCx, Check, ExprKind, Sites, std_panic, std_panics};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "refcell-borrow",
    looks_at: &[ExprKind::MethodCall, ExprKind::Call],
    named: Some(std_panics::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = std_panic(cx, id, "refcell-borrow") {
        sites.report(cx, id, draft);
    }
}
