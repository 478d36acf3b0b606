//! An unwrap of a lock's result, which is an error where a holder panicked.

use crate::checks::{BodyCx, Check, ExprKind, Sites, origin, unwrapped};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "lock-unwrap",
    looks_at: &[ExprKind::MethodCall, ExprKind::Call],
    named: Some(crate::checks::unwrap::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(found) = unwrapped(cx, id) else { return };
    if found.value.is_some_and(|value| is_lock(cx, value)) {
        sites.report(cx, id, found.draft.rule("lock-unwrap"));
    }
}

fn is_lock(cx: &BodyCx<'_>, value: ExprId) -> bool {
    let (source, _) = origin(cx, value);
    let Expr::MethodCall { method, args, .. } = cx.expr(source) else { return false };
    if let Some(callee) = cx.typed.callee(source) {
        let locks = ["Mutex", "RwLock", "Condvar", "LazyLock"];
        // Those that do not wait fail whenever somebody else holds the lock.
        let waits = !callee.name.as_str().starts_with("try_");
        return waits && callee.is_std() && locks.contains(&callee.owner.as_str());
    }
    // Reads and writes of streams have arguments.
    matches!(method, Name::LOCK | Name::READ | Name::WRITE) && args.is_empty()
}
