//! What an arithmetic operator works on: integers or not, constants and their values. Which operators can panic is the
//! checks' business.

use super::body_cx::BodyCx;
use super::callee::{arguments, function, function_value};
use crate::model::hir::{ArithOp, BinaryOp, Expr, ExprId, Literal};
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::{Int, Ty, TyKind};

/// An arithmetic operator, or a call of the method that stands for it.
pub struct Operation {
    /// The operator.
    pub op: ArithOp,
    /// What it works on.
    pub on: Operands,
    /// The operands; `None` where the function is a value.
    pub operands: Option<(ExprId, ExprId)>,
}

impl Operation {
    /// Returns the value of the right operand, where it is constant.
    pub fn right(&self, cx: &BodyCx<'_>) -> Option<i128> {
        self.operands.and_then(|(_, rhs)| constant(cx, rhs))
    }
}

/// What is known of a binary operator's operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operands {
    /// Integers, of this type where it is known.
    Integers(Option<Int>),
    /// std's `Wrapping` and `Saturating` integers: their overflow has a value, their division by zero has none.
    Wrapped,
    /// Something else: floats, a user's type, a type parameter.
    Other,
    /// A time of std's: its name.
    Time(Name),
    /// Nothing is known.
    Unknown,
}

/// The traits' methods that operators stand for.
const METHODS: &[(&str, ArithOp)] = &[
    ("add", ArithOp::Add),
    ("sub", ArithOp::Sub),
    ("mul", ArithOp::Mul),
    ("div", ArithOp::Div),
    ("rem", ArithOp::Rem),
    ("shl", ArithOp::Shl),
    ("shr", ArithOp::Shr),
];

/// Returns the names of the methods that operators of two operands stand for.
pub fn names() -> Vec<Name> {
    METHODS.iter().flat_map(|(name, _)| [Name::new(name), Name::new(&format!("{name}_assign"))]).collect()
}

/// Returns the arithmetic operation that `id` is, as an operator, a method call, a call by path or a function as a value.
pub fn operation(cx: &BodyCx<'_>, id: ExprId) -> Option<Operation> {
    match cx.expr(id) {
        Expr::Binary { op: BinaryOp::Arith(op) | BinaryOp::AssignArith(op), lhs, rhs } => {
            Some(Operation { op, on: operands(cx, op, lhs, rhs), operands: Some((lhs, rhs)) })
        }
        Expr::MethodCall { .. } | Expr::Call { .. } | Expr::Path(_) => by_method(cx, id),
        _ => None,
    }
}

/// `a.div(b)`, `Div::div(a, b)`, `.fold(1, Mul::mul)`: by the type whose method it is.
fn by_method(cx: &BodyCx<'_>, id: ExprId) -> Option<Operation> {
    let callee = function(cx, id).filter(Callee::is_std)?;
    let name = callee.name.as_str();
    let name = name.strip_suffix("_assign").unwrap_or(name);
    let &(_, op) = METHODS.iter().find(|(method, _)| *method == name)?;
    let on = match callee.owner {
        Name::DURATION | Name::INSTANT | Name::SYSTEM_TIME => Operands::Time(callee.owner),
        Name::WRAPPING | Name::SATURATING => Operands::Wrapped,
        owner => Operands::Integers(Some(Int::ALL.into_iter().find(|int| int.name() == owner)?)),
    };
    let operands = match arguments(cx, id) {
        Some(passed) => Some((*passed.first()?, *passed.get(1)?)),
        None => None,
    };
    let right = match operands {
        Some((_, rhs)) => cx.ty(rhs),
        None => function_value(cx, id).and_then(|(_, args)| args.get(1).copied()).unwrap_or_else(Ty::unknown),
    };
    match on {
        Operands::Integers(_) => match right.peel_refs().kind() {
            // `2.mul(duration)` is the time's, and no `NonZero` divisor is zero.
            TyKind::Adt(..) if op == ArithOp::Mul && std_operand(cx, right).is_some() => {
                Some(Operation { op, on: std_operand(cx, right)?, operands })
            }
            TyKind::Adt(..) => None,
            _ => Some(Operation { op, on, operands }),
        },
        _ => Some(Operation { op, on, operands }),
    }
}

/// Returns what a type of std's own is as an operand.
fn std_operand(cx: &BodyCx<'_>, ty: Ty) -> Option<Operands> {
    let TyKind::Adt(def, _) = ty.peel_refs().kind() else { return None };
    match cx.known.name_of(*def) {
        name @ (Name::DURATION | Name::INSTANT | Name::SYSTEM_TIME) if cx.known.is_std(*def) => {
            Some(Operands::Time(name))
        }
        Name::WRAPPING | Name::SATURATING if cx.known.is_std(*def) => Some(Operands::Wrapped),
        _ => None,
    }
}

/// What the arithmetic operator `op` works on.
fn operands(cx: &BodyCx<'_>, op: ArithOp, lhs: ExprId, rhs: ExprId) -> Operands {
    if let Some(on) = std_operand(cx, cx.ty(lhs)) {
        return on;
    }
    let (left, right) = (sort(cx, lhs), sort(cx, rhs));
    if op == ArithOp::Mul
        && !matches!(left, Sort::Other)
        && let Some(on @ Operands::Time(_)) = std_operand(cx, cx.ty(rhs))
    {
        // `2 * duration` is what `duration * 2` is.
        return on;
    }
    let shift = matches!(op, ArithOp::Shl | ArithOp::Shr);
    match (left, right) {
        (Sort::Unknown, Sort::Other) if shift => Operands::Unknown,
        (Sort::Other, _) | (_, Sort::Other) => time(cx, lhs).map_or(Operands::Other, Operands::Time),
        (Sort::Integer(int), _) if shift => Operands::Integers(int),
        (Sort::Unknown, Sort::Integer(_)) if shift => Operands::Integers(None),
        (Sort::Integer(int), Sort::Integer(other)) => Operands::Integers(int.or(other)),
        (Sort::Integer(int), Sort::Unknown) | (Sort::Unknown, Sort::Integer(int)) => Operands::Integers(int),
        (Sort::Unknown, Sort::Unknown) => Operands::Unknown,
    }
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

/// Returns the name of std's time type that `id` is by how it is written: `Instant::now()`, `Duration::from_secs(1)`. A type
/// that is known is std's or not, whatever it is called.
fn time(cx: &BodyCx<'_>, id: ExprId) -> Option<Name> {
    if !cx.ty(id).peel_refs().is_unknown() || cx.typed.callee(id).is_some_and(|callee| !callee.is_std()) {
        return None;
    }
    let (owner, _, _) = super::callee::free_call(cx, id)?;
    matches!(owner, Name::DURATION | Name::INSTANT | Name::SYSTEM_TIME).then_some(owner)
}

/// Returns the value of an expression that constants alone decide.
pub fn constant(cx: &BodyCx<'_>, id: ExprId) -> Option<i128> {
    cx.known.constant(cx, id)
}
