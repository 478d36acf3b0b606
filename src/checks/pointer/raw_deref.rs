//! A raw pointer dereferenced.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, looks_like_pointer};
use crate::model::hir::{Expr, ExprId};
use crate::types::ty::TyKind;

pub const CHECK: Check = Check { rule: "raw-deref", looks_at: &[ExprKind::Deref], named: None, run, item: None };

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Expr::Deref(pointer) = cx.expr(id) else { return };
    // `&raw const *p` is `p` again.
    if cx.is_unread(id) {
        return;
    }
    let ty = cx.ty(pointer);
    let draft = match ty.kind() {
        TyKind::Ptr(..) => SiteBuilder::possible("raw-deref"),
        _ if !ty.is_unknown() => return,
        _ if !cx.in_unsafe(id) => return,
        _ if looks_like_pointer(cx, pointer) => SiteBuilder::possible("raw-deref"),
        _ => SiteBuilder::indeterminate("raw-deref", "the type of the operand is not known"),
    };
    let detail = cx.shown(ty).unwrap_or_default();
    sites.report(cx, id, draft.detail(detail));
}
