//! `panic!`, `panic_any`, `resume_unwind`.

use crate::checks::{Check, Class, Draft, Sites, View, free_call, native_macro};
use crate::model::hir::ExprId;
use crate::model::name::Name;
use crate::types::typed::Callee;

pub const CHECK: Check = Check {
    rule: "panic-macro",
    looks_at: &[Class::Macro, Class::Call],
    named: Some(|| vec![Name::PANIC, Name::PANIC_ANY, Name::RESUME_UNWIND]),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if native_macro(view, id).is_some() {
        sites.report(view, id, Draft::always("panic-macro"));
    } else if let Some((_, name @ (Name::PANIC_ANY | Name::RESUME_UNWIND), _)) = free_call(view, id)
        && view.typed.callee(id).is_none_or(Callee::is_std)
    {
        sites.report(view, id, Draft::always("panic-macro").detail(name.as_str()));
    }
}
