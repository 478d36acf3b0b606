//! A call of an unsafe function that no more specific rule knows.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, free_call, is_unchecked};
use crate::model::hir::{Expr, ExprId};
use crate::model::item::{ItemKind, Parent};
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::{FnRef, TyKind};

pub const CHECK: Check =
    Check { rule: "unsafe-call", looks_at: &[ExprKind::Call, ExprKind::MethodCall], named: None, run, item: None };

/// Unsafe functions of std, by the module that paths name before them.
const UNSAFE: &[(&str, &[&str])] = &[
    (
        "ptr",
        &[
            "copy",
            "copy_nonoverlapping",
            "drop_in_place",
            "read",
            "read_unaligned",
            "read_volatile",
            "replace",
            "swap",
            "swap_nonoverlapping",
            "write",
            "write_bytes",
            "write_unaligned",
            "write_volatile",
        ],
    ),
    ("alloc", &["alloc", "alloc_zeroed", "dealloc", "realloc"]),
    ("mem", &["zeroed", "uninitialized", "transmute_copy"]),
    ("Box", &["from_raw"]),
    ("Rc", &["from_raw", "increment_strong_count", "decrement_strong_count"]),
    ("Arc", &["from_raw", "increment_strong_count", "decrement_strong_count"]),
    ("CString", &["from_raw"]),
    ("CStr", &["from_ptr", "from_bytes_with_nul_unchecked"]),
    ("env", &["set_var", "remove_var"]),
];

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if cx.typed.callee(id).is_some_and(|callee| !callee.is_unsafe) {
        return;
    }
    if let Expr::Call { callee, .. } = cx.expr(id)
        && calls_unsafe_value(cx, callee)
    {
        sites.report(cx, id, SiteBuilder::possible("unsafe-call").detail(value_name(cx, callee)));
        return;
    }
    let (owner, name) = match cx.expr(id) {
        Expr::MethodCall { method, .. } => (Name::MISSING, method),
        _ => match free_call(cx, id) {
            Some((owner, name, _)) => (owner, name),
            None => return,
        },
    };
    if is_specific(cx, id, name) || !is_unsafe(cx, id, owner, name) {
        return;
    }
    let detail = if owner.is_missing() { name.to_string() } else { format!("{owner}::{name}") };
    sites.report(cx, id, SiteBuilder::possible("unsafe-call").detail(detail));
}

/// Whether a callee is a value, a pointer or a function item, whose call is unsafe.
fn calls_unsafe_value(cx: &BodyCx<'_>, callee: ExprId) -> bool {
    match cx.typed.adjusted_ty(callee).peel_refs().kind() {
        TyKind::FnPtr(_, is_unsafe) => *is_unsafe,
        TyKind::FnDef(FnRef::Fn(def), args) => cx.known.callee(*def, args).is_unsafe,
        _ => false,
    }
}

/// What a callee that is a value is called, where it has a name.
fn value_name(cx: &BodyCx<'_>, callee: ExprId) -> &'static str {
    match cx.expr(callee) {
        Expr::Local(binding) => cx.code.binding(binding).name.as_str(),
        Expr::Field { name, .. } => name.as_str(),
        Expr::Path(path) => {
            let last = cx.model.path(path).and_then(|path| path.segments.last());
            last.map_or("function pointer", |segment| segment.name.as_str())
        }
        _ => "function pointer",
    }
}

fn is_unsafe(cx: &BodyCx<'_>, id: ExprId, owner: Name, name: Name) -> bool {
    if let Some(callee) = cx.typed.callee(id) {
        return callee.is_unsafe;
    }
    if cx.unsafe_blocks.is_empty() && !cx.in_unsafe(id) || !cx.in_unsafe(id) {
        return false;
    }
    if owner.is_missing() {
        return matches!(cx.expr(id), Expr::Call { .. }) && is_own(cx, name);
    }
    UNSAFE.iter().any(|(from, names)| *from == owner.as_str() && names.contains(&name.as_str()))
}

/// Whether a free function of the file that is called `name` is unsafe.
fn is_own(cx: &BodyCx<'_>, name: Name) -> bool {
    cx.model.items.iter().any(|item| {
        let free = matches!(item.parent, Parent::File | Parent::Item(_));
        let ItemKind::Fn(function) = item.kind else { return false };
        let function = cx.model.functions.get(function.index());
        item.name == name && free && function.is_some_and(|it| it.is_unsafe && it.self_param.is_none())
    })
}

/// What other rules report: std's own, and `from_raw_parts` of any type.
fn is_specific(cx: &BodyCx<'_>, id: ExprId, name: Name) -> bool {
    let of_std = || cx.typed.callee(id).is_none_or(Callee::is_std);
    match name {
        Name::FROM_RAW_PARTS | Name::FROM_RAW_PARTS_MUT => true,
        _ => (name == Name::TRANSMUTE || is_unchecked(name)) && of_std(),
    }
}
