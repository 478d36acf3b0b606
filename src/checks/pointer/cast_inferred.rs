//! A cast to a pointer whose pointee is left to inference: `as *const _`.

use crate::checks::{Check, Class, Draft, Sites, View, written};
use crate::model::hir::{Expr, ExprId, TypeRef};

pub const CHECK: Check = Check { rule: "cast-inferred", looks_at: &[Class::Cast], named: None, run, item: None };

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Expr::Cast { expr, ty } = view.expr(id) else { return };
    let TypeRef::Ptr { ty: pointee, .. } = view.model.ty(ty) else { return };
    if matches!(view.model.ty(pointee), TypeRef::Infer) {
        sites.report(view, id, Draft::possible("cast-inferred").detail(written(view, id, expr).to_owned()));
    }
}
