//! A cast to a pointer whose pointee is left to inference: `as *const _`.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, written};
use crate::model::hir::{Expr, ExprId, TypeRef};

pub const CHECK: Check = Check { rule: "cast-inferred", looks_at: &[ExprKind::Cast], named: None, run, item: None };

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Expr::Cast { expr, ty } = cx.expr(id) else { return };
    let TypeRef::Ptr { ty: pointee, .. } = cx.model.ty(ty) else { return };
    if matches!(cx.model.ty(pointee), TypeRef::Infer) {
        sites.report(cx, id, SiteBuilder::possible("cast-inferred").detail(written(cx, id, expr).to_owned()));
    }
}
