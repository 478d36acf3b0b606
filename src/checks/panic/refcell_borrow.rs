//! `borrow`, `borrow_mut` and their siblings on a `RefCell`, and what borrows it by itself: its clone and its comparisons.

use crate::checks::{BodyCx, Check, ExprKind, Sites, std_panic};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "refcell-borrow",
    looks_at: &[ExprKind::MethodCall, ExprKind::Call, ExprKind::Path, ExprKind::Comparison],
    named: Some(crate::checks::panic_facts::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = std_panic(cx, id, "refcell-borrow") {
        sites.report(cx, id, draft);
    }
}
