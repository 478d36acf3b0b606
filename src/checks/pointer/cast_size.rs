//! A slice made of a pointer and a length that count in different units, or of two things.

use crate::checks::contract::{Root, Source, checked, pointee, trace};
use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, arguments, arrow, measured};
use crate::model::hir::{BinaryOp, BindingId, Expr, ExprId};
use crate::model::name::Name;
use crate::types::layout::Measure;

pub const CHECK: Check = Check {
    rule: "cast-size",
    looks_at: &[ExprKind::Call],
    named: Some(|| ["from_raw_parts", "from_raw_parts_mut", "transmute_copy"].map(Name::new).to_vec()),
    run,
    item: None,
};

const RULE: &str = "cast-size";

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(callee) = cx.typed.callee(id).filter(|callee| callee.is_std() && callee.is_unsafe) else { return };
    let args = arguments(cx, id).unwrap_or_default();
    match (callee.name.as_str(), args.as_slice()) {
        ("transmute_copy", &[value]) => copied(cx, id, value, sites),
        ("from_raw_parts" | "from_raw_parts_mut", &[pointer, len]) => parts(cx, id, (pointer, len), sites),
        _ => {}
    }
}

/// `transmute_copy::<Small, Large>`: it reads behind the end.
fn copied(cx: &BodyCx<'_>, id: ExprId, value: ExprId, sites: &mut Sites<'_>) {
    let (from, to) = (pointee(cx, cx.ty(value)), cx.ty(id));
    if let (Measure::Exactly(has), Measure::Exactly(asked)) = (cx.known.layout(from).size, cx.known.layout(to).size)
        && asked > has
    {
        let reason = format!("{asked} bytes are read, and there are {has}");
        let detail = arrow(&measured(cx, from), &measured(cx, to));
        sites.report(cx, id, SiteBuilder::always(RULE).reason(reason).detail(detail));
    }
}

fn parts(cx: &BodyCx<'_>, id: ExprId, (pointer, len): (ExprId, ExprId), sites: &mut Sites<'_>) {
    let traced = trace(cx, pointer);
    let (Some(counted), Source::Elements) = (length_of(cx, len), traced.source) else { return };
    let Some(held) = held_by(traced.root).filter(|_| !traced.moved) else { return };
    let target = pointee(cx, cx.ty(pointer));
    if counted != held {
        if !compared(cx, id, counted, held) {
            let (one, other) = (cx.code.binding(held).name, cx.code.binding(counted).name);
            let reason = format!(
                "the pointer is into `{one}`, the length is that of `{other}`: nothing makes sure that `{one}` is as long"
            );
            sites.report(cx, id, SiteBuilder::possible(RULE).reason(reason));
        }
        return;
    }
    let (Measure::Exactly(has), Measure::Exactly(asked)) =
        (cx.known.layout(traced.of).size, cx.known.layout(target).size)
    else {
        return;
    };
    if asked > has {
        let name = cx.code.binding(held).name;
        let reason = format!(
            "`{name}.len()` counts elements of {has} bytes, the slice has elements of {asked}: it ends {} times as far",
            asked.checked_div(has).unwrap_or(0)
        );
        let detail = arrow(&measured(cx, traced.of), &measured(cx, target));
        sites.report(cx, id, SiteBuilder::always(RULE).reason(reason).detail(detail));
    }
}

/// The local whose length an expression is.
fn length_of(cx: &BodyCx<'_>, len: ExprId) -> Option<BindingId> {
    let at = match cx.expr(len) {
        Expr::Local(binding) => cx.tree().value(binding)?,
        _ => len,
    };
    let Expr::MethodCall { receiver, method, .. } = cx.expr(at) else { return None };
    let Expr::Local(binding) = cx.expr(receiver) else { return None };
    (method.as_str() == "len" && cx.typed.callee(at)?.is_std()).then_some(binding)
}

const fn held_by(root: Root) -> Option<BindingId> {
    match root {
        Root::Local(binding) | Root::Heap(binding) | Root::Behind(binding) => Some(binding),
        _ => None,
    }
}

/// Whether the two lengths were compared before.
fn compared(cx: &BodyCx<'_>, id: ExprId, one: BindingId, other: BindingId) -> bool {
    let is_length = |id: ExprId, of: BindingId| length_of(cx, id) == Some(of);
    let found = checked(cx, id, &|cond, _| match cx.expr(cond) {
        Expr::Binary { op: BinaryOp::Cmp(_), lhs, rhs } => {
            is_length(lhs, one) && is_length(rhs, other) || is_length(lhs, other) && is_length(rhs, one)
        }
        _ => false,
    });
    found.is_some()
}
