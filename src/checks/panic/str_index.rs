//! A range index of a str or String: bounds and character boundaries.

use crate::checks::{BodyCx, Check, ExprKind, Sites, indexed};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "str-index",
    looks_at: &[ExprKind::Index, ExprKind::MethodCall],
    named: Some(crate::checks::index::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = indexed(cx, id).filter(|draft| draft.is("str-index")) {
        sites.report(cx, id, draft);
    }
}
