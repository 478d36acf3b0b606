//! Memory that nobody wrote taken for a value.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;
use crate::types::ty::{Ty, TyKind};

pub const CHECK: Check = Check {
    rule: "uninit-assumed",
    looks_at: &[ExprKind::Call, ExprKind::MethodCall],
    named: Some(|| ["zeroed", "uninitialized", "assume_init", "set_len"].map(Name::new).to_vec()),
    run,
    item: None,
};

const RULE: &str = "uninit-assumed";

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(callee) = cx.typed.callee(id).filter(|callee| callee.is_std() && callee.is_unsafe) else { return };
    let shown = |ty: Ty| cx.shown(ty).unwrap_or_else(|| "_".to_owned());
    let (ty, reason) = match (callee.name.as_str(), cx.expr(id)) {
        ("zeroed", Expr::Call { .. }) if cx.known.forbids_zero(cx.ty(id)) => {
            let ty = cx.ty(id);
            (
                ty,
                format!(
                    "all bytes zero is no value of `{}`: build it with its own functions, or hold it in an Option",
                    shown(ty)
                ),
            )
        }
        ("uninitialized", Expr::Call { .. }) if cx.known.forbids_uninit(cx.ty(id)) => {
            let ty = cx.ty(id);
            (
                ty,
                format!(
                    "bytes that nobody wrote are no value of `{}`: use `MaybeUninit` and write it first",
                    shown(ty)
                ),
            )
        }
        ("assume_init", Expr::MethodCall { receiver, .. })
            if is_fresh(cx, receiver) && cx.known.forbids_uninit(cx.ty(id)) =>
        {
            let ty = cx.ty(id);
            (ty, format!("nothing was written to it, and bytes that nobody wrote are no value of `{}`", shown(ty)))
        }
        ("set_len", Expr::MethodCall { receiver, .. }) => {
            let Some(elem) = unwritten(cx, id, receiver) else { return };
            (
                elem,
                format!(
                    "nothing is written between `with_capacity` and here: the new elements are no values of `{}`; write them first, or use `resize`",
                    shown(elem)
                ),
            )
        }
        _ => return,
    };
    sites.report(cx, id, SiteBuilder::possible(RULE).reason(reason).detail(shown(ty)));
}

/// Whether an expression is `MaybeUninit::uninit()`, here or by a local that nothing writes.
fn is_fresh(cx: &BodyCx<'_>, id: ExprId) -> bool {
    let made = |id: ExprId| {
        let callee = cx.typed.callee(id);
        callee.is_some_and(|it| it.is_std() && it.owner.as_str() == "MaybeUninit" && it.name.as_str() == "uninit")
    };
    match cx.expr(id) {
        Expr::Local(binding) => {
            // It is named once, here: nothing can have written it.
            let once = cx.tree().uses(binding).len() == 1;
            once && cx.tree().value(binding).is_some_and(made)
        }
        _ => made(id),
    }
}

/// Functions of a vector that write none of its elements.
const NO_WRITES: [&str; 8] =
    ["set_len", "len", "capacity", "reserve", "reserve_exact", "is_empty", "try_reserve", "try_reserve_exact"];

/// The elements of a vector that was made empty, to which nothing was written before `id`.
fn unwritten(cx: &BodyCx<'_>, id: ExprId, receiver: ExprId) -> Option<Ty> {
    let Expr::Local(vector) = cx.expr(receiver) else { return None };
    let init = cx.tree().init(vector)?;
    let TyKind::Adt(_, args) = cx.ty(receiver).kind() else { return None };
    let &elem = args.first().filter(|_| cx.is_std_adt(cx.ty(receiver), Name::new("Vec")))?;
    let callee = cx.typed.callee(init)?;
    let empty = callee.is_std() && callee.owner.as_str() == "Vec";
    if !empty || !matches!(callee.name.as_str(), "with_capacity" | "new") || !cx.known.forbids_uninit(elem) {
        return None;
    }
    let here = cx.code.span(id).start;
    let writes = cx.tree().uses(vector).iter().filter(|&&at| cx.code.span(at).start < here).any(|&at| {
        match cx.tree().parent(at).map(|parent| cx.expr(parent)) {
            Some(Expr::MethodCall { receiver, method, .. }) if receiver == at => !NO_WRITES.contains(&method.as_str()),
            _ => true,
        }
    });
    let looped = cx.tree().around(id).any(|around| {
        let is_loop =
            matches!(cx.expr(around), Expr::Loop { .. } | Expr::While { .. } | Expr::For { .. } | Expr::Closure { .. });
        is_loop && !cx.code.span(around).contains(cx.code.span(init))
    });
    let zero = match cx.expr(id) {
        Expr::MethodCall { args, .. } => {
            cx.code.list(args).first().is_some_and(|&len| cx.known.constant(cx, len) == Some(0))
        }
        _ => true,
    };
    (!writes && !looped && !zero).then_some(elem)
}
