//! A pointer's or function's address made an integer.

use crate::checks::{BodyCx, Check, ExprKind, Sites, casted};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check { rule: "pointer-to-int", looks_at: &[ExprKind::Cast], named: None, run, item: None };

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = casted(cx, id).filter(|draft| draft.is("pointer-to-int")) {
        sites.report(cx, id, draft);
    }
}
