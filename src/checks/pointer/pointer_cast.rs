//! A raw pointer made one to something else, or a const one made mut.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, arrow, casted, pointing};
use crate::model::hir::ExprId;
use crate::types::ty::Ty;

pub const CHECK: Check = Check { rule: "pointer-cast", looks_at: &[ExprKind::Cast], named: None, run, item: None };

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = casted(cx, id).filter(|draft| draft.is("pointer-cast")) {
        sites.report(cx, id, draft);
    }
}

/// Reports `id`, a `*mut T` that is used as a `*const T` without a cast.
pub fn coerced(cx: &BodyCx<'_>, id: ExprId, to: Ty, sites: &mut Sites<'_>) {
    let detail = arrow(&pointing(cx, cx.ty(id), "_"), &pointing(cx, to, "_"));
    let fact = "only the right to write is given up";
    sites.report(cx, id, SiteBuilder::discharged("pointer-cast", fact).detail(detail));
}
