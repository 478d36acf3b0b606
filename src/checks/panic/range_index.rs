//! A range index of an array, slice, `Vec` or `VecDeque`.

use crate::checks::{BodyCx, Check, ExprKind, Sites, indexed};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "range-index",
    looks_at: &[ExprKind::Index, ExprKind::MethodCall],
    named: Some(crate::checks::index::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = indexed(cx, id).filter(|draft| draft.is("range-index")) {
        sites.report(cx, id, draft);
    }
}
