//! What an arithmetic operator works on: integers or not, constants and their values. Which operators can panic is the
//! checks' business.

use super::body_cx::BodyCx;
use crate::model::hir::{ArithOp, BinaryOp, Expr, ExprId, Literal};
use crate::model::name::Name;
use crate::types::ty::{Int, Ty, TyKind};

/// What is known of a binary operator's operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operands {
    /// Integers, of this type where it is known.
    Integers(Option<Int>),
    /// Something else: floats, a user's type, a type parameter.
    Other,
    /// A time of std's: its name.
    Time(Name),
    /// Nothing is known.
    Unknown,
}

/// Returns what the arithmetic operator at `id` works on.
pub fn operands(cx: &BodyCx<'_>, id: ExprId) -> Option<(ArithOp, Operands, ExprId, ExprId)> {
    let Expr::Binary { op: BinaryOp::Arith(op) | BinaryOp::AssignArith(op), lhs, rhs } = cx.expr(id) else {
        return None;
    };
    if let Some(callee) = cx.typed.callee(id)
        && callee.is_std()
        && matches!(callee.owner, Name::DURATION | Name::INSTANT | Name::SYSTEM_TIME)
    {
        return Some((op, Operands::Time(callee.owner), lhs, rhs));
    }
    let (left, right) = (sort(cx, lhs), sort(cx, rhs));
    let shift = matches!(op, ArithOp::Shl | ArithOp::Shr);
    let known = match (left, right) {
        (Sort::Unknown, Sort::Other) if shift => Operands::Unknown,
        (Sort::Other, _) | (_, Sort::Other) => time(cx, lhs).map_or(Operands::Other, Operands::Time),
        (Sort::Integer(int), _) if shift => Operands::Integers(int),
        (Sort::Unknown, Sort::Integer(_)) if shift => Operands::Integers(None),
        (Sort::Integer(int), Sort::Integer(other)) => Operands::Integers(int.or(other)),
        (Sort::Integer(int), Sort::Unknown) | (Sort::Unknown, Sort::Integer(int)) => Operands::Integers(int),
        (Sort::Unknown, Sort::Unknown) => Operands::Unknown,
    };
    Some((op, known, lhs, rhs))
}

#[derive(Clone, Copy)]
enum Sort {
    Integer(Option<Int>),
    Other,
    Unknown,
}

/// Returns whether a value is an integer, by its type, else by how it is written.
fn sort(cx: &BodyCx<'_>, id: ExprId) -> Sort {
    match of_type(cx.ty(id)) {
        Sort::Unknown => match cx.expr(id) {
            Expr::Literal(Literal::Int { suffix, .. }) => {
                Sort::Integer(Int::ALL.into_iter().find(|int| suffix.name() == Some(int.name())))
            }
            Expr::Literal(Literal::Byte(_)) => Sort::Integer(Some(Int::U8)),
            Expr::Literal(_) | Expr::Tuple(_) | Expr::Array(_) | Expr::Record { .. } | Expr::Closure { .. } => {
                Sort::Other
            }
            Expr::Call { .. } if time(cx, id).is_some() => Sort::Other,
            Expr::Cast { ty, .. } => cast_target(cx, ty),
            Expr::Unary { expr, .. } | Expr::Ref { expr, raw: false, .. } => match cx.expr(expr) {
                Expr::Literal(Literal::Float { .. }) => Sort::Other,
                Expr::Literal(Literal::Int { .. }) => Sort::Integer(None),
                _ => Sort::Unknown,
            },
            _ => Sort::Unknown,
        },
        known => known,
    }
}

/// What a cast to a primitive gives.
fn cast_target(cx: &BodyCx<'_>, ty: crate::model::hir::TypeId) -> Sort {
    let crate::model::hir::TypeRef::Path(path) = cx.model.ty(ty) else { return Sort::Unknown };
    let Some([one]) = cx.model.path(path).map(|path| path.segments) else { return Sort::Unknown };
    let name = one.name.as_str();
    match Int::ALL.into_iter().find(|int| int.as_str() == name) {
        Some(int) => Sort::Integer(Some(int)),
        None if matches!(name, "f32" | "f64") => Sort::Other,
        None => Sort::Unknown,
    }
}

fn of_type(ty: Ty) -> Sort {
    match ty.peel_refs().kind() {
        TyKind::Int(int) => Sort::Integer(Some(*int)),
        _ if ty.peel_refs().is_integer() => Sort::Integer(None),
        _ if ty.peel_refs().is_unknown() => Sort::Unknown,
        // `T::Item` of a parameter: its operators are those of a trait.
        TyKind::Projection(..) if is_generic(ty.peel_refs()) => Sort::Other,
        TyKind::Projection(..) | TyKind::Never => Sort::Unknown,
        _ => Sort::Other,
    }
}

/// Whether an associated type is one of a type parameter, which nothing in scope says more about.
pub fn is_generic(ty: Ty) -> bool {
    let mut ty = ty;
    while let TyKind::Projection(base, ..) = ty.kind() {
        ty = *base;
    }
    matches!(ty.kind(), TyKind::Param(_))
}

/// Returns the name of std's time type that `id` is by how it is written: `Instant::now()`, `Duration::from_secs(1)`.
fn time(cx: &BodyCx<'_>, id: ExprId) -> Option<Name> {
    let by_type = cx.adt_name(cx.ty(id));
    if matches!(by_type, Name::DURATION | Name::INSTANT | Name::SYSTEM_TIME) && cx.typed.callee(id).is_none() {
        return None;
    }
    let (owner, _, _) = super::callee::free_call(cx, id)?;
    matches!(owner, Name::DURATION | Name::INSTANT | Name::SYSTEM_TIME).then_some(owner)
}

/// Returns the value of an expression that constants alone decide.
pub fn constant(cx: &BodyCx<'_>, id: ExprId) -> Option<i128> {
    cx.known.constant(cx, id)
}
