//! `transmute`.

use crate::checks::{Check, Class, Draft, Sites, View, arrow, free_call, measured};
use crate::model::hir::ExprId;
use crate::model::name::Name;
use crate::types::ty::Ty;
use crate::types::typed::Callee;

pub const CHECK: Check =
    Check { rule: "transmute", looks_at: &[Class::Call], named: Some(|| vec![Name::TRANSMUTE]), run, item: None };

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some((_, _, args)) = free_call(view, id) else { return };
    if view.model.list(args).len() == 1 && view.typed.callee(id).is_none_or(Callee::is_std) {
        let from = view.model.expr_list(args).next().map_or_else(Ty::unknown, |value| view.ty(value));
        let detail = arrow(&measured(view, from), &measured(view, view.ty(id)));
        sites.report(view, id, Draft::possible("transmute").detail(detail));
    }
}
