//! A safe public function that reads or writes through a raw pointer that its caller gives.

use crate::checks::contract::{Root, is_written, trace};
use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, arguments};
use crate::model::hir::{Expr, ExprId, TypeRef};
use crate::model::item::{Item, ItemKind, Parent};
use crate::model::name::Name;
use crate::types::ty::TyKind;

pub const CHECK: Check = Check {
    rule: "raw-deref-public",
    looks_at: &[ExprKind::Deref, ExprKind::Call, ExprKind::MethodCall],
    named: Some(|| NAMES.map(Name::new).to_vec()),
    run,
    item: None,
};

/// What reaches through its first argument, whatever else it is given.
const NAMES: [&str; 16] = [
    "read",
    "write",
    "read_volatile",
    "write_volatile",
    "read_unaligned",
    "write_unaligned",
    "replace",
    "drop_in_place",
    "as_ref",
    "as_mut",
    "copy",
    "copy_nonoverlapping",
    "write_bytes",
    "from_raw_parts",
    "from_raw_parts_mut",
    "from_ptr",
];

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let pointer = match cx.expr(id) {
        Expr::Deref(pointer) if !cx.is_unread(id) && !is_address(cx, id) => pointer,
        Expr::Call { .. } | Expr::MethodCall { .. } => {
            if !cx.typed.callee(id).is_some_and(|callee| callee.is_std() && callee.is_unsafe) {
                return;
            }
            match arguments(cx, id).unwrap_or_default().first() {
                Some(&first) => first,
                None => return,
            }
        }
        _ => return,
    };
    if !matches!(cx.ty(pointer).kind(), TyKind::Ptr(..)) || !is_safe_and_public(cx) {
        return;
    }
    let Root::Param(param) = trace(cx, pointer).root else { return };
    if !matches!(cx.typed.binding(param).kind(), TyKind::Ptr(..)) {
        return;
    }
    let name = cx.code.binding(param).name;
    let reason = format!(
        "any caller can give any `{name}`: make the function `unsafe` with a `# Safety` section, or take a reference or slice"
    );
    sites.report(cx, id, SiteBuilder::possible("raw-deref-public").reason(reason).detail(name.to_string()));
}

/// Whether only the address of a part of it is taken.
fn is_address(cx: &BodyCx<'_>, deref: ExprId) -> bool {
    let part = cx.tree().parent(deref).filter(|&part| matches!(cx.expr(part), Expr::Field { .. }));
    part.is_some_and(|part| cx.is_unread(part)) && !is_written(cx, deref)
}

/// Whether the body is that of a public function, or method of a type, that is not unsafe. What foreign code calls is its own matter.
fn is_safe_and_public(cx: &BodyCx<'_>) -> bool {
    let item = cx.model.items.get(cx.body().owner.index());
    let Some(item) = item.filter(|item| item.public) else { return false };
    let safe = cx.function().is_some_and(|function| !function.is_unsafe && !function.foreign_abi);
    safe && !is_hidden(cx, item)
}

/// Whether a module of the file that is not public holds it.
fn is_hidden(cx: &BodyCx<'_>, item: &Item) -> bool {
    let mut parent = item.parent;
    while let Parent::Item(at) = parent {
        let Some(around) = cx.model.items.get(at.index()) else { return true };
        match around.kind {
            ItemKind::Module { .. } if !around.public => return true,
            ItemKind::Impl { self_ty, .. } if is_private(cx, self_ty) => return true,
            _ => parent = around.parent,
        }
    }
    false
}

/// Whether a type of the file is not public.
fn is_private(cx: &BodyCx<'_>, ty: crate::model::hir::TypeId) -> bool {
    let TypeRef::Path(path) = cx.model.ty(ty) else { return false };
    let Some(name) = cx.model.path(path).and_then(|path| path.segments.last()).map(|last| last.name) else {
        return false;
    };
    let holds_fields = |item: &&Item| {
        item.name == name
            && matches!(item.kind, ItemKind::Struct { .. } | ItemKind::Enum { .. } | ItemKind::Union { .. })
    };
    cx.model.items.iter().find(holds_fields).is_some_and(|item| !item.public)
}
