//! A pointer that outlives what it is to: to a local that the function returns, into a value that goes with its statement; a
//! `transmute` that changes nothing but a lifetime.

use crate::checks::contract::{Root, Traced, argument, holds_reference, is_moved, trace};
use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, arguments};
use crate::model::hir::{BodyKind, Expr, ExprId};
use crate::model::name::Name;
use crate::types::ty::TyKind;

pub const CHECK: Check = Check {
    rule: "cast-lifetime",
    looks_at: &[ExprKind::Call, ExprKind::MethodCall],
    named: Some(|| vec![Name::TRANSMUTE, Name::new("as_ptr"), Name::new("as_mut_ptr")]),
    run,
    item: None,
};

const RULE: &str = "cast-lifetime";

/// Expressions within expressions that a function can end with.
const DEPTH: u32 = 16;

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    match cx.expr(id) {
        Expr::Call { .. } => lengthened(cx, id, sites),
        Expr::MethodCall { .. } => of_temporary(cx, id, sites),
        _ => {}
    }
}

/// `transmute` between two types that differ in lifetimes alone.
fn lengthened(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(callee) = cx.typed.callee(id) else { return };
    let Some(&value) = arguments(cx, id).unwrap_or_default().first() else { return };
    let (from, to) = (cx.typed.adjusted_ty(value), cx.ty(id));
    let is_transmute = callee.is_std() && callee.name == Name::TRANSMUTE;
    if !is_transmute || from != to || from.flags().unknown || !holds_reference(from) || argument(cx, id).is_given() {
        return;
    }
    let reason = "the two types differ in lifetimes alone: what is borrowed may be gone while the new type says that it is there";
    let detail = cx.shown(to).unwrap_or_default();
    sites.report(cx, id, SiteBuilder::possible(RULE).reason(reason).detail(detail));
}

/// `make().as_ptr()` that is kept: what `make` gave goes at the end of the statement.
fn of_temporary(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Traced { root: Root::Temporary(holder), at, .. } = trace(cx, id) else { return };
    let kept = cx.tree().around(id).map(|around| cx.expr(around)).find(|around| {
        !matches!(around, Expr::Cast { .. }) && !matches!(around, Expr::Block { stmts, .. } if stmts.is_empty())
    });
    if at != id || !matches!(kept, Some(Expr::LetStmt { .. })) {
        return;
    }
    let shown = cx.shown(cx.ty(holder)).unwrap_or_else(|| "_".to_owned());
    let reason = format!(
        "the `{shown}` that it points into goes at the end of this statement: keep it in a variable of its own"
    );
    sites.report(cx, id, SiteBuilder::always(RULE).reason(reason).detail(shown));
}

/// Reports the pointers to its own locals that the body of `cx` returns.
pub fn returned(cx: &BodyCx<'_>, sites: &mut Sites<'_>) {
    let body = cx.body();
    let gives_pointer = cx
        .function()
        .and_then(|function| function.ret)
        .is_some_and(|ret| matches!(cx.model.ty(ret), crate::model::hir::TypeRef::Ptr { .. }));
    if body.kind != BodyKind::Fn || !gives_pointer {
        return;
    }
    ends(cx, body.root, DEPTH, &mut |end| {
        let traced = trace(cx, end);
        let (local, owned) = match traced.root {
            Root::Local(local) => (local, false),
            Root::Heap(local) => (local, true),
            _ => return,
        };
        if owned && is_moved(cx, local) || !matches!(cx.ty(end).kind(), TyKind::Ptr(..)) {
            return;
        }
        let name = cx.code.binding(local).name;
        let reason = if owned {
            format!("`{name}` is dropped when the function returns, and what it owns with it")
        } else {
            format!("`{name}` is gone when the function returns")
        };
        sites.report(cx, end, SiteBuilder::always(RULE).reason(reason).detail(name.to_string()));
    });
}

/// Shows `look` the expressions that a function's body ends with.
fn ends(cx: &BodyCx<'_>, id: ExprId, depth: u32, look: &mut dyn FnMut(ExprId)) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match cx.expr(id) {
        Expr::Block { tail: Some(tail), .. } => ends(cx, tail, depth, look),
        Expr::Block { stmts, tail: None, .. } => {
            let last = cx
                .code
                .list(stmts)
                .last()
                .map(|&last| if let Expr::Semi(inner) = cx.expr(last) { inner } else { last });
            if let Some(Expr::Return(Some(value))) = last.map(|last| cx.expr(last)) {
                ends(cx, value, depth, look);
            }
        }
        Expr::If { then, otherwise, .. } => {
            ends(cx, then, depth, look);
            if let Some(otherwise) = otherwise {
                ends(cx, otherwise, depth, look);
            }
        }
        Expr::Match { arms, .. } => cx.code.list(arms).iter().for_each(|arm| ends(cx, arm.body, depth, look)),
        Expr::Return(Some(value)) => ends(cx, value, depth, look),
        _ => look(id),
    }
}
