//! A call of a std function that is documented to panic, such a function as a value, arithmetic on std's times, dereferences and
//! widths that panic.

use crate::checks::{BodyCx, Check, ExprKind, Sites, std_panic, std_panics};
use crate::model::hir::ExprId;
use crate::types::ty::Ty;

pub const CHECK: Check = Check {
    rule: "panicking-api",
    looks_at: &[
        ExprKind::MethodCall,
        ExprKind::Call,
        ExprKind::Path,
        ExprKind::Arithmetic,
        ExprKind::Deref,
        ExprKind::Macro,
    ],
    named: Some(crate::checks::panic_facts::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = std_panic(cx, id, "panicking-api") {
        sites.report(cx, id, draft);
    }
}

/// Reports `id`, a value of type `ty` that is dereferenced without a `*`.
pub fn dereferenced(cx: &BodyCx<'_>, id: ExprId, ty: Ty, sites: &mut Sites<'_>) {
    if let Some(draft) = std_panics::dereferenced(cx, ty, "panicking-api") {
        sites.report(cx, id, draft);
    }
}
