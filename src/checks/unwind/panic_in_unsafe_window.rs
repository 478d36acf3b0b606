//! A value read out of its place by bits, and before it is put back or given up the caller's code: where that panics, the value is
//! dropped twice.

use crate::checks::contract::pointee;
use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, arguments};
use crate::model::hir::{BindingId, Expr, ExprId};
use crate::model::name::Name;
use crate::types::ty::{Ty, TyKind};
use crate::types::typed_body::CallKind;

pub const CHECK: Check = Check {
    rule: "panic-in-unsafe-window",
    looks_at: &[ExprKind::Call, ExprKind::MethodCall],
    named: Some(|| vec![Name::new("read")]),
    run,
    item: None,
};

/// Steps to the local that a pointer is made of.
const DEPTH: u32 = 12;

/// Parts of the names of types whose drop puts things right.
const GUARDS: [&str; 9] = ["Guard", "Hole", "OnDrop", "DropFlag", "Bomb", "Abort", "Defer", "SetLen", "Backshift"];

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if !is_std_unsafe(cx, id) {
        return;
    }
    let Some(&pointer) = arguments(cx, id).unwrap_or_default().first() else { return };
    let value = pointee(cx, cx.ty(pointer));
    if is_plain(value) || is_kept_from_drop(cx, id) {
        return;
    }
    let Some(place) = local_of(cx, pointer, DEPTH) else { return };
    let after = cx.code.span(id).end;
    let repairs = calls(cx).filter(|&call| cx.code.span(call).start >= after && repairs(cx, call, place));
    let Some(end) = repairs.map(|call| cx.code.span(call).end).min() else { return };
    if is_guarded(cx, end) {
        return;
    }
    for call in calls(cx) {
        let span = cx.code.span(call);
        if span.start >= after && span.end < end && is_callers(cx, call) {
            let name = cx.code.binding(place).name;
            let read = cx.text_of(cx.code.span(id));
            let read = if read.len() > 60 || read.contains('\n') { "it" } else { read };
            let reason = format!(
                "the caller's code runs after `{read}` and before `{name}` is whole again: if it panics, the value is dropped twice; read into a guard whose drop puts it back, or abort on unwinding"
            );
            sites.report(cx, call, SiteBuilder::possible(CHECK.rule).reason(reason).detail(name.to_string()));
            return;
        }
    }
}

fn calls<'c>(cx: &'c BodyCx<'_>) -> impl Iterator<Item = ExprId> + 'c {
    let own = cx.code.own_exprs(cx.body()).flatten().map(ExprId::new);
    own.filter(|&id| matches!(cx.expr(id), Expr::Call { .. } | Expr::MethodCall { .. }))
}

fn is_std_unsafe(cx: &BodyCx<'_>, id: ExprId) -> bool {
    cx.typed.callee(id).is_some_and(|callee| callee.is_std() && callee.is_unsafe)
}

/// What has no drop.
fn is_plain(ty: Ty) -> bool {
    match ty.kind() {
        TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool | TyKind::Char | TyKind::Ref(..) | TyKind::Ptr(..) => true,
        TyKind::Array(elem, _) => is_plain(*elem),
        TyKind::Tuple(parts) => parts.iter().all(|&part| is_plain(part)),
        _ => ty.is_unknown(),
    }
}

/// Whether what is read goes straight into what is never dropped.
fn is_kept_from_drop(cx: &BodyCx<'_>, id: ExprId) -> bool {
    let wraps = |ty: Ty| ["ManuallyDrop", "MaybeUninit"].iter().any(|name| cx.is_std_adt(ty, Name::new(name)));
    wraps(cx.ty(id)) || cx.tree().parent(id).is_some_and(|parent| wraps(cx.ty(parent)))
}

/// The local that a pointer is, or is made of.
fn local_of(cx: &BodyCx<'_>, id: ExprId, depth: u32) -> Option<BindingId> {
    let depth = depth.checked_sub(1)?;
    match cx.expr(id) {
        Expr::Local(binding) => match cx.tree().value(binding) {
            Some(init) => local_of(cx, init, depth).or(Some(binding)),
            None => Some(binding),
        },
        Expr::Cast { expr, .. } | Expr::Deref(expr) | Expr::Ref { expr, .. } => local_of(cx, expr, depth),
        Expr::MethodCall { receiver, method, .. } if matches!(method.as_str(), "cast" | "cast_mut" | "cast_const") => {
            local_of(cx, receiver, depth)
        }
        _ => None,
    }
}

/// Whether a call makes a place whole again, or gives up what it holds.
fn repairs(cx: &BodyCx<'_>, call: ExprId, place: BindingId) -> bool {
    let Some(callee) = cx.typed.callee(call).filter(|callee| callee.is_std()) else { return false };
    let first = arguments(cx, call).unwrap_or_default().first().copied();
    matches!(callee.name.as_str(), "write" | "forget") && first.and_then(|it| local_of(cx, it, DEPTH)) == Some(place)
}

/// Whether a call runs what the caller gave: a closure, or a trait's method of a type parameter.
fn is_callers(cx: &BodyCx<'_>, call: ExprId) -> bool {
    let Some(target) = cx.typed.call(call) else { return false };
    match target.kind {
        CallKind::FnBound | CallKind::Dyn => true,
        CallKind::Trait => target.args.first().is_some_and(|this| matches!(this.kind(), TyKind::Param(_))),
        _ => false,
    }
}

/// Whether a guard stands before `end`, or nothing unwinds from there.
fn is_guarded(cx: &BodyCx<'_>, end: u32) -> bool {
    let own = cx.code.own_exprs(cx.body()).flatten().map(ExprId::new);
    own.filter(|&id| cx.code.span(id).start < end).any(|id| match cx.expr(id) {
        Expr::LetStmt { init: Some(init), .. } => {
            let name = cx.adt_name(cx.ty(init));
            cx.is_own_adt(cx.ty(init)) && GUARDS.iter().any(|part| name.as_str().contains(part))
        }
        Expr::Call { .. } => cx.typed.callee(id).is_some_and(|it| it.is_std() && it.name.as_str() == "catch_unwind"),
        _ => false,
    })
}
