//! `unwrap` and `unwrap_err` of Option and Result, as methods, by path and as values.

use crate::checks::{BodyCx, Check, ExprKind, Sites, unwrapped};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "unwrap",
    looks_at: &[ExprKind::MethodCall, ExprKind::Call, ExprKind::Path],
    named: Some(crate::checks::unwrap::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(found) = unwrapped(cx, id).filter(|found| found.draft.is("unwrap")) else { return };
    sites.report(cx, id, found.draft);
}
