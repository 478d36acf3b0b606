//! A field of a union read.

use crate::checks::{Check, Class, Draft, Sites, View};
use crate::model::hir::{Expr, ExprId};
use crate::model::item::ItemKind;
use crate::types::ty::TyKind;

pub const CHECK: Check = Check { rule: "union-read", looks_at: &[Class::Field], named: None, run, item: None };

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Expr::Field { base, name } = view.expr(id) else { return };
    // Writing a field is safe and no read; outside of unsafe code nothing else compiles.
    if !view.in_unsafe(id) {
        return;
    }
    let TyKind::Adt(def, _) = view.ty(base).peel_refs().kind() else { return };
    let union = def.file == view.model.file
        && view.model.items.get(def.item.index()).is_some_and(|item| matches!(item.kind, ItemKind::Union { .. }));
    if union {
        sites.report(view, id, Draft::possible("union-read").detail(name.as_str()));
    }
}
