//! `transmute`.

use crate::checks::{Check, Class, Draft, Sites, View, free_call};
use crate::model::hir::ExprId;
use crate::model::name::Name;
use crate::types::typed::Callee;

pub const CHECK: Check = Check { rule: "transmute", looks_at: &[Class::Call], run, item: None };

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some((_, Name::TRANSMUTE, args)) = free_call(view, id) else { return };
    if view.model.list(args).len() == 1 && view.typed.callee(id).is_none_or(Callee::is_std) {
        let from = view.model.expr_list(args).next().and_then(|value| view.shown(view.ty(value)));
        let to = view.shown(view.ty(id));
        let (from, to) = (from.as_deref().unwrap_or("_"), to.as_deref().unwrap_or("_"));
        sites.report(view, id, Draft::possible("transmute").detail(format!("{from} -> {to}")));
    }
}
