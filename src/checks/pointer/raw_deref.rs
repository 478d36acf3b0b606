//! A raw pointer dereferenced.

use crate::checks::{Check, Class, Draft, Sites, View, looks_like_pointer};
use crate::model::hir::{Expr, ExprId};
use crate::types::ty::TyKind;

pub const CHECK: Check = Check { rule: "raw-deref", looks_at: &[Class::Deref], named: None, run, item: None };

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Expr::Deref(pointer) = view.expr(id) else { return };
    let ty = view.ty(pointer);
    let draft = match ty.kind() {
        TyKind::Ptr(..) => Draft::possible("raw-deref"),
        _ if !ty.is_unknown() => return,
        _ if !view.in_unsafe(id) => return,
        _ if looks_like_pointer(view, pointer) => Draft::possible("raw-deref"),
        _ => Draft::indeterminate("raw-deref", "the type of the operand is not known"),
    };
    let detail = view.shown(ty).unwrap_or_default();
    sites.report(view, id, draft.detail(detail));
}
