//! Something written through a pointer that was made of a shared reference.

use crate::checks::contract::{Source, Traced, is_written, trace};
use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;
use crate::types::ty::TyKind;

pub const CHECK: Check = Check {
    rule: "cast-constness",
    looks_at: &[ExprKind::Deref, ExprKind::MethodCall, ExprKind::Call],
    named: Some(|| {
        ["write", "write_volatile", "write_unaligned", "as_mut", "from_raw_parts_mut", "drop_in_place"]
            .map(Name::new)
            .to_vec()
    }),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let pointer = match cx.expr(id) {
        Expr::Deref(pointer) if is_written(cx, id) => pointer,
        Expr::MethodCall { receiver, .. } if is_std_unsafe(cx, id) => receiver,
        Expr::Call { args, .. } if is_std_unsafe(cx, id) => match cx.code.list(args).first() {
            Some(&first) => first,
            None => return,
        },
        _ => return,
    };
    if !matches!(cx.ty(pointer).kind(), TyKind::Ptr(..)) {
        return;
    }
    let traced: Traced = trace(cx, pointer);
    let made = matches!(traced.source, Source::Reference | Source::Elements) && traced.shared;
    // A cell within is there to be written.
    if !made || cx.known.may_hold_cell(traced.of) {
        return;
    }
    let shown = cx.shown(traced.of).unwrap_or_else(|| "_".to_owned());
    let reason = format!(
        "the pointer is made of `&{shown}`, through which nothing may be written, however it is cast: take `&mut`, or keep the value in an `UnsafeCell`"
    );
    sites.report(cx, id, SiteBuilder::always("cast-constness").reason(reason).detail(format!("&{shown}")));
}

fn is_std_unsafe(cx: &BodyCx<'_>, id: ExprId) -> bool {
    cx.typed.callee(id).is_some_and(|callee| callee.is_std() && callee.is_unsafe)
}
