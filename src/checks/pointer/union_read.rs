//! A field of a union read.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites};
use crate::model::hir::{Expr, ExprId};
use crate::model::item::ItemKind;
use crate::types::ty::TyKind;

pub const CHECK: Check = Check { rule: "union-read", looks_at: &[ExprKind::Field], named: None, run, item: None };

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Expr::Field { base, name } = cx.expr(id) else { return };
    // Writing a field is safe and no read; outside of unsafe code nothing else compiles.
    if !cx.in_unsafe(id) {
        return;
    }
    let TyKind::Adt(def, _) = cx.ty(base).peel_refs().kind() else { return };
    let union = def.file == cx.model.file
        && cx.model.items.get(def.item.index()).is_some_and(|item| matches!(item.kind, ItemKind::Union { .. }));
    if union {
        sites.report(cx, id, SiteBuilder::possible("union-read").detail(name.as_str()));
    }
}
