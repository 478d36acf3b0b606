//! What an `as` cast turns into what: by types where they are known, else by how operand and target are written.

use std::borrow::Cow;

use super::body_cx::BodyCx;
use super::callee::free_call;
use super::conversion::{arrow, pointing};
use super::sites::SiteBuilder;
use crate::model::hir::{Expr, ExprId, Literal, TypeId, TypeRef};
use crate::types::ty::{Int, Ty, TyKind};

/// Types within types that are compared.
const DEPTH_LIMIT: u32 = 16;

/// What a side of a cast is, as far as it decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Pointer,
    Reference,
    Integer,
    Function,
    Other,
    Unknown,
}

/// Returns the pointer site that the cast `id` is, with `from -> to`; `None` where it is none.
pub fn casted(cx: &BodyCx<'_>, id: ExprId) -> Option<SiteBuilder> {
    let Expr::Cast { expr, ty } = cx.expr(id) else { return None };
    let to = target(cx, id, ty);
    if !matches!(to, Side::Pointer | Side::Integer) {
        return None;
    }
    let from = source(cx, expr);
    if from == Side::Reference && to == Side::Pointer {
        return decayed(cx, id, expr);
    }
    let (kind, sure) = match (from, to) {
        (Side::Pointer, Side::Pointer) => ("pointer-cast", differs(cx, id, expr, ty)?),
        (Side::Integer, Side::Pointer) => ("int-to-pointer", true),
        (Side::Function, Side::Pointer) => ("fn-pointer-cast", true),
        (Side::Pointer | Side::Function, Side::Integer) => ("pointer-to-int", true),
        (Side::Unknown, Side::Pointer) => ("pointer-cast", false),
        _ => return None,
    };
    let draft = if sure {
        SiteBuilder::possible(kind)
    } else {
        SiteBuilder::indeterminate(kind, "the type of the operand is not known")
    };
    Some(draft.detail(detail(cx, id, expr)))
}

/// A reference to an array that becomes a pointer to its elements.
fn decayed(cx: &BodyCx<'_>, id: ExprId, expr: ExprId) -> Option<SiteBuilder> {
    let (TyKind::Ref(array, _), TyKind::Ptr(to, _)) = (cx.ty(expr).kind(), cx.ty(id).kind()) else { return None };
    let TyKind::Array(elem, _) = array.kind() else { return None };
    let fact = "the pointer is to the array's first element";
    (elem == to).then(|| SiteBuilder::discharged("pointer-cast", fact).detail(detail(cx, id, expr)))
}

fn side(ty: Ty) -> Side {
    match ty.kind() {
        TyKind::Ptr(..) => Side::Pointer,
        TyKind::Ref(..) => Side::Reference,
        TyKind::Int(_) => Side::Integer,
        TyKind::FnPtr(..) | TyKind::FnDef(..) | TyKind::Closure(..) => Side::Function,
        _ if ty.is_integer() => Side::Integer,
        _ if ty.is_unknown() => Side::Unknown,
        TyKind::Projection(..) => Side::Unknown,
        _ => Side::Other,
    }
}

fn target(cx: &BodyCx<'_>, id: ExprId, ty: TypeId) -> Side {
    match cx.model.ty(ty) {
        TypeRef::Ptr { .. } => Side::Pointer,
        TypeRef::Path(path) => {
            let name = cx.model.path(path).and_then(|path| path.segments.last()).map(|last| last.name);
            let integer = name.is_some_and(|name| Int::ALL.iter().any(|int| int.as_str() == name.as_str()));
            if integer { Side::Integer } else { side(cx.ty(id)) }
        }
        TypeRef::Infer => side(cx.ty(id)),
        _ => Side::Other,
    }
}

fn source(cx: &BodyCx<'_>, expr: ExprId) -> Side {
    match side(cx.ty(expr)) {
        Side::Unknown => match cx.expr(expr) {
            Expr::Ref { raw: true, .. } => Side::Pointer,
            Expr::Ref { .. } => Side::Reference,
            Expr::Literal(Literal::Int { .. }) => Side::Integer,
            Expr::Literal(_) => Side::Other,
            Expr::Cast { ty, .. } => target(cx, expr, ty),
            _ if looks_like_pointer(cx, expr) => Side::Pointer,
            _ => Side::Unknown,
        },
        known => known,
    }
}

/// Tells whether an expression of unknown type is a raw pointer by how it is written.
pub fn looks_like_pointer(cx: &BodyCx<'_>, expr: ExprId) -> bool {
    match cx.expr(expr) {
        Expr::Ref { raw: true, .. } => true,
        Expr::Cast { ty, .. } => matches!(cx.model.ty(ty), TypeRef::Ptr { .. }),
        Expr::MethodCall { receiver, method, .. } => match method.as_str() {
            "as_ptr" | "as_mut_ptr" | "as_non_null_ptr" | "into_raw" | "cast_mut" | "cast_const" => true,
            "add" | "sub" | "offset" | "wrapping_add" | "wrapping_sub" | "byte_add" | "byte_sub" | "cast" => {
                looks_like_pointer(cx, receiver)
            }
            _ => false,
        },
        Expr::Call { .. } => free_call(cx, expr).is_some_and(|(owner, name, _)| {
            matches!(
                (owner.as_str(), name.as_str()),
                (
                    "ptr",
                    "null" | "null_mut" | "from_ref" | "from_mut" | "without_provenance" | "dangling" | "dangling_mut"
                ) | ("Box" | "Rc" | "Arc" | "CString", "into_raw")
            )
        }),
        _ => false,
    }
}

/// Whether a cast between raw pointers changes anything: `None` where it does not, `Some(false)` where the types are not
/// known.
fn differs(cx: &BodyCx<'_>, id: ExprId, expr: ExprId, ty: TypeId) -> Option<bool> {
    if let (TyKind::Ptr(from, from_mut), TyKind::Ptr(to, to_mut)) = (cx.ty(expr).kind(), cx.ty(id).kind()) {
        if from == to && !contains_unknown(*from) {
            return (to_mut != from_mut).then_some(true);
        }
        return Some(!contains_unknown(*from) && !contains_unknown(*to) || outermost_differs(*from, *to));
    }
    match (cx.expr(expr), cx.model.ty(ty)) {
        (Expr::Cast { ty: inner, .. }, TypeRef::Ptr { ty: to, mutable }) => match cx.model.ty(inner) {
            TypeRef::Ptr { ty: from, mutable: was_mutable } if same(cx, from, to, DEPTH_LIMIT) => {
                (mutable != was_mutable).then_some(true)
            }
            _ => Some(!matches!(cx.model.ty(to), TypeRef::Infer)),
        },
        _ => Some(false),
    }
}

fn contains_unknown(ty: Ty) -> bool {
    match ty.kind() {
        TyKind::Ptr(inner, _) | TyKind::Ref(inner, _) | TyKind::Slice(inner) | TyKind::Array(inner, _) => {
            contains_unknown(*inner)
        }
        TyKind::Adt(_, args) => args.iter().any(|&arg| contains_unknown(arg)),
        _ => ty.is_unknown(),
    }
}

/// Whether two types differ whatever their unknown parts are.
fn outermost_differs(a: Ty, b: Ty) -> bool {
    if a.is_unknown() || b.is_unknown() {
        return false;
    }
    match (a.kind(), b.kind()) {
        (TyKind::Adt(a, _), TyKind::Adt(b, _)) => a != b,
        (a, b) => std::mem::discriminant(a) != std::mem::discriminant(b),
    }
}

/// Whether two types are written the same.
fn same(cx: &BodyCx<'_>, a: TypeId, b: TypeId, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match (cx.model.ty(a), cx.model.ty(b)) {
        (TypeRef::Path(a), TypeRef::Path(b)) => match (cx.model.path(a), cx.model.path(b)) {
            (Some(a), Some(b)) => {
                let plain = |path: crate::model::hir::Path<'_>| path.segments.iter().all(|it| it.args.is_none());
                plain(a) && plain(b) && a.segments.iter().map(|it| it.name).eq(b.segments.iter().map(|it| it.name))
            }
            _ => false,
        },
        (TypeRef::Ptr { ty: a, mutable: m }, TypeRef::Ptr { ty: b, mutable: n })
        | (TypeRef::Ref { ty: a, mutable: m }, TypeRef::Ref { ty: b, mutable: n }) => m == n && same(cx, a, b, depth),
        (TypeRef::Slice(a), TypeRef::Slice(b)) => same(cx, a, b, depth),
        _ => false,
    }
}

fn detail(cx: &BodyCx<'_>, id: ExprId, expr: ExprId) -> Cow<'static, str> {
    let from = match cx.expr(expr) {
        Expr::Cast { expr: inner, .. } => written(cx, expr, inner),
        _ => "_",
    };
    let to = written(cx, id, expr);
    arrow(&pointing(cx, cx.ty(expr), from), &pointing(cx, cx.ty(id), to)).into()
}

/// Returns the target of the cast `id` as written.
pub fn written<'a>(cx: &BodyCx<'a>, id: ExprId, expr: ExprId) -> &'a str {
    let (whole, operand) = (cx.code.span(id), cx.code.span(expr));
    let mut rest = whole;
    // auditor: allow(panicking-api) a span starts at or before its end
    rest.start = operand.end.clamp(whole.start, whole.end);
    let text = cx.text_of(rest);
    text.find("as ").and_then(|at| text.get(at + 3..)).unwrap_or(text).trim()
}
