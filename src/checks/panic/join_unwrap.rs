//! An unwrap of a thread's or a task's join.

use crate::checks::{BodyCx, Check, ExprKind, Sites, free_call, origin, unwrapped};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "join-unwrap",
    looks_at: &[ExprKind::MethodCall, ExprKind::Call],
    named: Some(crate::checks::unwrap::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(found) = unwrapped(cx, id) else { return };
    if found.value.is_some_and(|value| is_join(cx, value)) {
        sites.report(cx, id, found.draft.rule("join-unwrap"));
    }
}

fn is_join(cx: &BodyCx<'_>, value: ExprId) -> bool {
    let (source, awaited) = origin(cx, value);
    let ty = cx.adt_name(cx.ty(source));
    if awaited && (ty.as_str() == "JoinHandle" || is_spawn(cx, source)) {
        return true;
    }
    let Expr::MethodCall { method: Name::JOIN, args, .. } = cx.expr(source) else { return false };
    match cx.typed.callee(source) {
        Some(callee) => callee.owner.as_str().ends_with("JoinHandle"),
        // Paths and strings are joined with something.
        None => args.is_empty(),
    }
}

fn is_spawn(cx: &BodyCx<'_>, source: ExprId) -> bool {
    matches!(free_call(cx, source), Some((_, Name::SPAWN | Name::SPAWN_BLOCKING, _)))
}
