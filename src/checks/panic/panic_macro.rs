//! `panic!`, `panic_any`, `resume_unwind`.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, free_call, native_macro};
use crate::model::hir::ExprId;
use crate::model::name::Name;
use crate::types::callee::Callee;

pub const CHECK: Check = Check {
    rule: "panic-macro",
    looks_at: &[ExprKind::Macro, ExprKind::Call],
    named: Some(|| vec![Name::PANIC, Name::PANIC_ANY, Name::RESUME_UNWIND]),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if native_macro(cx, id).is_some() {
        sites.report(cx, id, SiteBuilder::always("panic-macro"));
    } else if let Some((_, name @ (Name::PANIC_ANY | Name::RESUME_UNWIND), _)) = free_call(cx, id)
        && cx.typed.callee(id).is_none_or(Callee::is_std)
    {
        sites.report(cx, id, SiteBuilder::always("panic-macro").detail(name.as_str()));
    }
}
