//! An unwrap of an environment variable.

use crate::checks::{BodyCx, Check, ExprKind, Sites, free_call, origin, unwrapped};
use crate::model::hir::ExprId;
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "env-unwrap",
    looks_at: &[ExprKind::MethodCall, ExprKind::Call],
    named: Some(crate::checks::unwrap::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(found) = unwrapped(cx, id) else { return };
    if found.value.is_some_and(|value| is_variable(cx, value)) {
        sites.report(cx, id, found.draft.rule("env-unwrap"));
    }
}

fn is_variable(cx: &BodyCx<'_>, value: ExprId) -> bool {
    let (source, _) = origin(cx, value);
    let Some((owner, name @ (Name::VAR | Name::VAR_OS), _)) = free_call(cx, source) else { return false };
    match cx.typed.callee(source) {
        Some(callee) => callee.is_std() && callee.module == Name::ENV,
        // Plainly imported, `var` is too common a word to tell.
        None => owner == Name::ENV || name == Name::VAR_OS,
    }
}
