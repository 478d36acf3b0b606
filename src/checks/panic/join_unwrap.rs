//! An unwrap of a thread's or a task's join.

use crate::checks::{Check, Class, Sites, View, free_call, origin, unwrapped};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "join-unwrap",
    looks_at: &[Class::MethodCall, Class::Call],
    named: Some(unwrapped::names),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(found) = unwrapped(view, id) else { return };
    if found.value.is_some_and(|value| is_join(view, value)) {
        sites.report(view, id, found.draft.rule("join-unwrap"));
    }
}

fn is_join(view: &View<'_>, value: ExprId) -> bool {
    let (source, awaited) = origin(view, value);
    let ty = view.adt_name(view.ty(source));
    if awaited && (ty.as_str() == "JoinHandle" || is_spawn(view, source)) {
        return true;
    }
    let Expr::MethodCall { method: Name::JOIN, args, .. } = view.expr(source) else { return false };
    match view.typed.callee(source) {
        Some(callee) => callee.owner.as_str().ends_with("JoinHandle"),
        // Paths and strings are joined with something.
        None => view.model.list(args).is_empty(),
    }
}

fn is_spawn(view: &View<'_>, source: ExprId) -> bool {
    matches!(free_call(view, source), Some((_, Name::SPAWN | Name::SPAWN_BLOCKING, _)))
}
