//! An unwrap of a lock's result, which is an error where a holder panicked.

use crate::checks::{Check, Class, Sites, View, origin, unwrapped};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "lock-unwrap",
    looks_at: &[Class::MethodCall, Class::Call],
    named: Some(unwrapped::names),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(found) = unwrapped(view, id) else { return };
    if found.value.is_some_and(|value| is_lock(view, value)) {
        sites.report(view, id, found.draft.rule("lock-unwrap"));
    }
}

fn is_lock(view: &View<'_>, value: ExprId) -> bool {
    let (source, _) = origin(view, value);
    let Expr::MethodCall { method, args, .. } = view.expr(source) else { return false };
    if let Some(callee) = view.typed.callee(source) {
        let locks = ["Mutex", "RwLock", "Condvar", "LazyLock"];
        return callee.is_std() && locks.contains(&callee.owner.as_str());
    }
    // Reads and writes of streams have arguments.
    matches!(method, Name::LOCK | Name::READ | Name::WRITE) && view.model.list(args).is_empty()
}
