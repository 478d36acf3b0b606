//! An unwrap of an environment variable.

use crate::checks::{Check, Class, Sites, View, free_call, origin, unwrapped};
use crate::model::hir::ExprId;
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "env-unwrap",
    looks_at: &[Class::MethodCall, Class::Call],
    named: Some(unwrapped::names),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(found) = unwrapped(view, id) else { return };
    if found.value.is_some_and(|value| is_variable(view, value)) {
        sites.report(view, id, found.draft.rule("env-unwrap"));
    }
}

fn is_variable(view: &View<'_>, value: ExprId) -> bool {
    let (source, _) = origin(view, value);
    let Some((owner, name @ (Name::VAR | Name::VAR_OS), _)) = free_call(view, source) else { return false };
    match view.typed.callee(source) {
        Some(callee) => callee.is_std() && callee.module == Name::ENV,
        // Plainly imported, `var` is too common a word to tell.
        None => owner == Name::ENV || name == Name::VAR_OS,
    }
}
