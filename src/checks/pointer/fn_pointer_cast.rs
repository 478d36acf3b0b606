//! A function made a data pointer.

use crate::checks::{BodyCx, Check, ExprKind, Sites, casted};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check { rule: "fn-pointer-cast", looks_at: &[ExprKind::Cast], named: None, run, item: None };

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = casted(cx, id).filter(|draft| draft.is("fn-pointer-cast")) {
        sites.report(cx, id, draft);
    }
}
