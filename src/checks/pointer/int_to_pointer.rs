//! An integer made a pointer.

use crate::checks::{BodyCx, Check, ExprKind, Sites, casted};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check { rule: "int-to-pointer", looks_at: &[ExprKind::Cast], named: None, run, item: None };

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = casted(cx, id).filter(|draft| draft.is("int-to-pointer")) {
        sites.report(cx, id, draft);
    }
}
