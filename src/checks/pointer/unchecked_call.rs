//! `get_unchecked`, `unchecked_add` and the other functions of std that leave out a check: std names them so.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, free_call, is_unchecked};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;
use crate::types::ty::TyKind;

pub const CHECK: Check =
    Check { rule: "unchecked-call", looks_at: &[ExprKind::Call, ExprKind::MethodCall], named: None, run, item: None };

/// The names that are distinctive enough to be taken for std's where the receiver is not known.
const DISTINCTIVE: &[Name] = &[
    Name::GET_UNCHECKED,
    Name::GET_UNCHECKED_MUT,
    Name::UNWRAP_UNCHECKED,
    Name::FROM_UTF8_UNCHECKED,
    Name::NEW_UNCHECKED,
    Name::UNREACHABLE_UNCHECKED,
];

/// Who holds such functions in std, as paths are written.
const HOLDERS: &[&str] =
    &["Box", "Layout", "NonNull", "NonZero", "Option", "Pin", "Result", "String", "char", "hint", "slice", "str"];

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some((owner, name, arity)) = called(cx, id).filter(|&(_, name, _)| is_unchecked(name)) else { return };
    let draft = match cx.typed.callee(id) {
        Some(callee) if callee.is_std() && callee.is_unsafe => SiteBuilder::possible("unchecked-call"),
        Some(_) => return,
        None if owner.as_str().starts_with("NonZero") || HOLDERS.contains(&owner.as_str()) => {
            SiteBuilder::possible("unchecked-call")
        }
        None if name == Name::UNREACHABLE_UNCHECKED || (name == Name::UNWRAP_UNCHECKED && arity == 0) => {
            SiteBuilder::possible("unchecked-call")
        }
        None if !DISTINCTIVE.contains(&name) => return,
        // A type of the file's own may have a function of that name.
        None if !owner.is_missing() => return,
        None => SiteBuilder::indeterminate("unchecked-call", "the type of the receiver is not known"),
    };
    sites.report(cx, id, draft.detail(name.as_str()));
}

/// The names of the callee and how many arguments it gets; the owner is missing for a method of unknown type.
fn called(cx: &BodyCx<'_>, id: ExprId) -> Option<(Name, Name, usize)> {
    let (owner, name, args) = match cx.expr(id) {
        Expr::MethodCall { method, .. } if !is_unchecked(method) => return None,
        Expr::MethodCall { receiver, method, args, .. } => {
            let ty = cx.typed.receiver(id).unwrap_or_else(|| cx.ty(receiver)).peel_refs();
            let owner = match ty.kind() {
                TyKind::Slice(_) | TyKind::Array(..) => Name::new("slice"),
                TyKind::Str => Name::new("str"),
                _ => cx.adt_name(ty),
            };
            (owner, method, args)
        }
        Expr::Call { .. } => free_call(cx, id)?,
        _ => return None,
    };
    Some((owner, name, cx.code.list(args).len()))
}
