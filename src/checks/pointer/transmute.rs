//! `transmute`.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, arrow, free_call, measured};
use crate::model::hir::ExprId;
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::Ty;

pub const CHECK: Check =
    Check { rule: "transmute", looks_at: &[ExprKind::Call], named: Some(|| vec![Name::TRANSMUTE]), run, item: None };

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some((_, _, args)) = free_call(cx, id) else { return };
    if cx.code.list(args).len() == 1 && cx.typed.callee(id).is_none_or(Callee::is_std) {
        let from = cx.code.list(args).first().map_or_else(Ty::unknown, |&value| cx.ty(value));
        let detail = arrow(&measured(cx, from), &measured(cx, cx.ty(id)));
        sites.report(cx, id, SiteBuilder::possible("transmute").detail(detail));
    }
}
