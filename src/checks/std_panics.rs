//! Whether an expression runs a function of std that is documented to panic, and whether what it passes rules that out.

use std::sync::LazyLock;

use super::arithmetic::{Operands, constant, operation};
use super::body_cx::BodyCx;
use super::callee::{called_path, function, function_value, last_two, native_macro};
use super::format_width::widths_are_small;
use super::panic_facts::{ENTRIES, Entry, owned_by};
use super::sites::SiteBuilder;
use crate::model::hir::{ArithOp, BinaryOp, CmpOp, Expr, ExprId, List, Literal, UnaryOp};
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::{ConstArg, Ty, TyKind};

/// Types within types that are looked through.
const DEPTH: u32 = 8;

/// What std functions a check asks for.
pub type Asked = &'static str;

/// Returns the site of kind `asked` that an expression is by what it runs of std: a call, a method call, an operator, a
/// dereference, a function as a value, a macro that formats.
pub fn std_panic(cx: &BodyCx<'_>, id: ExprId, asked: Asked) -> Option<SiteBuilder> {
    match cx.expr(id) {
        Expr::MethodCall { receiver, method, args, .. } => by_method(cx, id, (receiver, method, args), asked),
        Expr::Call { callee, args } => by_path(cx, id, callee, args, asked),
        Expr::Path(_) => {
            function_value(cx, id)?;
            let (entry, callee) = of_callee(cx, id, *cx.typed.callee(id)?)?;
            let reported = entry.kind == asked && !entry.result;
            reported.then(|| draft(cx, entry, Some(holder(&callee)), callee.name, List::EMPTY))
        }
        Expr::Binary { op: BinaryOp::Arith(_) | BinaryOp::AssignArith(_), .. } => {
            let operation = operation(cx, id)?;
            let Operands::Time(owner) = operation.on else { return None };
            if operation.operands.is_some_and(|(_, rhs)| is_elapsed(cx, owner, rhs)) {
                return None;
            }
            let name = match operation.op {
                ArithOp::Add => "add",
                ArithOp::Sub => "sub",
                ArithOp::Mul => "mul",
                ArithOp::Div => "div",
                _ => return None,
            };
            operator(cx, owner, name, asked)
        }
        Expr::Binary { op: BinaryOp::Cmp(op), lhs, .. } => {
            let name = match op {
                CmpOp::Eq => "eq",
                CmpOp::Ne => "ne",
                CmpOp::Lt => "lt",
                CmpOp::Le => "le",
                CmpOp::Gt => "gt",
                CmpOp::Ge => "ge",
            };
            operator(cx, std_adt(cx, cx.ty(lhs).peel_refs())?, name, asked)
        }
        Expr::Deref(inner) => dereferenced(cx, cx.ty(inner), asked),
        Expr::Macro { .. } => {
            let (name, args) = native_macro(cx, id)?;
            // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
            let (entry, leading) = ENTRIES.get(&name)?.iter().find_map(|entry| Some((entry, entry.format?)))?;
            let harmless = widths_are_small(cx, cx.code.list(args), leading)?;
            let draft = if harmless {
                SiteBuilder::discharged(entry.kind, "the widths and precisions are at most 65,535")
            } else {
                SiteBuilder::possible(entry.kind).reason(entry.reason.as_str()).detail(format!("{name}!"))
            };
            (entry.kind == asked).then_some(draft)
        }
        _ => None,
    }
}

/// Returns the site of kind `asked` that dereferencing a value of type `ty` is.
pub fn dereferenced(cx: &BodyCx<'_>, ty: Ty, asked: Asked) -> Option<SiteBuilder> {
    operator(cx, std_adt(cx, ty)?, "deref", asked)
}

/// The name of std's type that `ty` is.
fn std_adt(cx: &BodyCx<'_>, ty: Ty) -> Option<Name> {
    match ty.kind() {
        TyKind::Adt(def, _) if cx.known.is_std(*def) => Some(cx.known.name_of(*def)),
        _ => None,
    }
}

/// An operator that runs the function `name` of std's type `owner`.
fn operator(cx: &BodyCx<'_>, owner: Name, name: &str, asked: Asked) -> Option<SiteBuilder> {
    let name = Name::new(name);
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    let entry = ENTRIES.get(&name)?.iter().find(|entry| entry.owner == Some(owner))?;
    (entry.kind == asked).then(|| draft(cx, entry, Some(owner), name, List::EMPTY))
}

/// The time between two instants: it saturates at zero.
fn is_elapsed(cx: &BodyCx<'_>, owner: Name, rhs: ExprId) -> bool {
    owner == Name::INSTANT && cx.adt_name(cx.ty(rhs)) == Name::INSTANT
}

fn by_method(
    cx: &BodyCx<'_>,
    id: ExprId,
    (receiver, method, args): (ExprId, Name, List<ExprId>),
    asked: Asked,
) -> Option<SiteBuilder> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    let entries = ENTRIES.get(&method)?;
    let arity = cx.code.list(args).len();
    let (entry, owner) = match by_type(cx, id, receiver) {
        Found::Callee(callee) => {
            let (entry, callee) = of_callee(cx, id, callee)?;
            (entry, Some(holder(&callee)))
        }
        Found::Owner(owner) => (entries.iter().find(|entry| owned_by(entry, owner))?, Some(owner)),
        Found::NotStd => return None,
        Found::Unknown => (entries.iter().find(|entry| entry.args == Some(arity))?, None),
    };
    if entry.kind != asked {
        return None;
    }
    if let (Some(owner), Some(&rhs)) = (owner, cx.code.list(args).first())
        && is_elapsed(cx, owner, rhs)
    {
        return None;
    }
    if entry.zero_sized && has_size(cx.typed.receiver(id).unwrap_or_else(|| cx.ty(receiver))) {
        return Some(SiteBuilder::discharged(entry.kind, "the elements have a size"));
    }
    if let Some(len) = array_len(cx.ty(id), DEPTH).filter(|&len| entry.arrays && len > 0) {
        return Some(SiteBuilder::discharged(entry.kind, format!("the arrays have {len} elements")));
    }
    if entry.result && !gives_integer(cx.ty(id)) {
        return None;
    }
    Some(draft(cx, entry, owner, method, args))
}

fn by_path(cx: &BodyCx<'_>, id: ExprId, callee: ExprId, args: List<ExprId>, asked: Asked) -> Option<SiteBuilder> {
    if let Some(&callee) = cx.typed.callee(id) {
        let (entry, callee) = of_callee(cx, id, callee)?;
        let owner = holder(&callee);
        let rhs = cx.code.list(args).get(1);
        let reported = entry.kind == asked
            && !rhs.is_some_and(|&rhs| is_elapsed(cx, owner, rhs))
            && (!entry.result || gives_integer(cx.ty(id)));
        return reported.then(|| draft(cx, entry, Some(owner), callee.name, args));
    }
    let (before, name) = last_two(cx, called_path(cx, callee)?);
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    let entries = ENTRIES.get(&name)?;
    let entry = entries.iter().find(|entry| entry.module == Some(before) || owned_by(entry, before))?;
    (entry.kind == asked && !before.is_missing()).then(|| draft(cx, entry, Some(before), name, args))
}

/// Finds what is known of a function: by what holds it, else, of a trait's, by the type that it is called for.
fn of_callee(cx: &BodyCx<'_>, id: ExprId, callee: Callee) -> Option<(&'static Entry, Callee)> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    let entries = ENTRIES.get(&callee.name)?;
    let entry_of = |callee: &Callee| {
        let entry = entries.iter().find(|entry| match entry.module {
            // By the path that code calls it by, wherever std keeps it.
            Some(module) => {
                callee.owner.is_missing()
                    && (callee.module == module || cx.known.is_std_item(callee.def, [module, callee.name]))
            }
            None => owned_by(entry, callee.owner),
        });
        entry.filter(|_| callee.is_std())
    };
    if let Some(entry) = entry_of(&callee) {
        return Some((entry, callee));
    }
    let callee = function(cx, id)?;
    Some((entry_of(&callee)?, callee))
}

/// The type, trait or module that a function is called through.
fn holder(callee: &Callee) -> Name {
    if callee.owner.is_missing() { callee.module } else { callee.owner }
}

/// Whether a type is an integer, or an Option or Result of one.
fn gives_integer(ty: Ty) -> bool {
    match ty.kind() {
        TyKind::Adt(_, args) => args.first().is_some_and(|ty| ty.is_integer()),
        _ => ty.is_integer(),
    }
}

enum Found {
    Callee(Callee),
    Owner(Name),
    NotStd,
    Unknown,
}

/// Who holds the method: by the callee, else by the receiver's type.
fn by_type(cx: &BodyCx<'_>, id: ExprId, receiver: ExprId) -> Found {
    if let Some(&callee) = cx.typed.callee(id) {
        return Found::Callee(callee);
    }
    let ty = cx.typed.receiver(id).unwrap_or_else(|| cx.ty(receiver)).peel_refs();
    match ty.kind() {
        TyKind::Slice(_) | TyKind::Array(..) => Found::Owner(slice()),
        TyKind::Str => Found::Owner(Name::new("str")),
        TyKind::Char => Found::Owner(Name::new("char")),
        TyKind::Ptr(..) => Found::Owner(Name::new("pointer")),
        TyKind::Int(int) => Found::Owner(Name::new(int.as_str())),
        TyKind::Float(_) => Found::Owner(Name::new("f64")),
        TyKind::Adt(def, _) => match cx.known.name_of(*def) {
            Name::MISSING => Found::Unknown,
            name if cx.known.is_std(*def) => Found::Owner(name),
            _ => Found::NotStd,
        },
        TyKind::Projection(..) => Found::Unknown,
        _ if is_unknown(ty) => Found::Unknown,
        _ => Found::NotStd,
    }
}

/// The length of an array within a type, where it is known.
fn array_len(ty: Ty, depth: u32) -> Option<u64> {
    let depth = depth.checked_sub(1)?;
    let within = |parts: &[Ty]| parts.iter().find_map(|&part| array_len(part, depth));
    match ty.kind() {
        TyKind::Array(_, ConstArg::Known(len)) => Some(*len),
        TyKind::Ref(inner, _) | TyKind::Slice(inner) => array_len(*inner, depth),
        TyKind::Tuple(parts) | TyKind::Adt(_, parts) => within(parts),
        _ => None,
    }
}

/// Whether what a pointer points at, or a slice holds, is known to have a size.
fn has_size(ty: Ty) -> bool {
    match ty.peel_refs().kind() {
        TyKind::Ptr(inner, _) | TyKind::Slice(inner) => is_sized(*inner, DEPTH),
        _ => false,
    }
}

fn is_sized(ty: Ty, depth: u32) -> bool {
    match ty.kind() {
        TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool | TyKind::Char | TyKind::Ptr(..) | TyKind::Ref(..) => true,
        TyKind::Array(inner, ConstArg::Known(len)) => *len > 0 && depth > 0 && is_sized(*inner, depth - 1),
        _ => false,
    }
}

fn is_unknown(ty: Ty) -> bool {
    ty.is_unknown() || ty.is_integer() || ty.is_float()
}

fn slice() -> Name {
    static SLICE: LazyLock<Name> = LazyLock::new(|| Name::new("slice"));
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    *SLICE
}

fn draft(cx: &BodyCx<'_>, entry: &'static Entry, owner: Option<Name>, name: Name, args: List<ExprId>) -> SiteBuilder {
    let argument = cx.code.list(args).get(entry.at).copied();
    if let Some(value) = argument.and_then(|argument| harmless(cx, entry, argument)) {
        return SiteBuilder::discharged(entry.kind, format!("the argument is {value}"));
    }
    if let Some(least) = entry.buffer
        && let Some(buffer) = cx.code.list(args).get(entry.at).copied()
        && let TyKind::Array(_, ConstArg::Known(len)) = cx.ty(buffer).peel_refs().kind()
        && *len >= least
    {
        return SiteBuilder::discharged(entry.kind, format!("the buffer has {len} elements"));
    }
    let mut last = cx.code.list(args).iter().copied().rev();
    if entry.ordered
        && let (Some(greatest), Some(least)) = (last.next(), last.next())
        && in_order(cx, least, greatest)
    {
        return SiteBuilder::discharged(entry.kind, "the least is no greater than the greatest");
    }
    let Some(owner) = owner else {
        let missing = "the type of the receiver is not known";
        return SiteBuilder::indeterminate(entry.kind, missing).detail(name.as_str());
    };
    SiteBuilder::possible(entry.kind).reason(entry.reason.as_str()).detail(format!("{owner}::{name}"))
}

/// An argument that is written out and cannot panic, as it is shown.
fn harmless(cx: &BodyCx<'_>, entry: &Entry, argument: ExprId) -> Option<String> {
    if let Some(value) = constant(cx, argument) {
        let within = entry.within.is_some_and(|(low, high)| (low..=high).contains(&value));
        let nonzero = entry.nonzero && value != 0 && !(entry.minus_one && value == -1);
        return (within || nonzero).then(|| value.to_string());
    }
    let ((low, high), value) = (entry.within?, float(cx, argument)?);
    (value.floor() as i128 >= low && value.ceil() as i128 <= high).then(|| value.to_string())
}

/// Whether two numbers are written out and the first is not the greater.
fn in_order(cx: &BodyCx<'_>, least: ExprId, greatest: ExprId) -> bool {
    match (constant(cx, least), constant(cx, greatest)) {
        (Some(least), Some(greatest)) => least <= greatest,
        _ => match (float(cx, least), float(cx, greatest)) {
            (Some(least), Some(greatest)) => least <= greatest,
            _ => false,
        },
    }
}

/// The value of a float that is written out.
fn float(cx: &BodyCx<'_>, id: ExprId) -> Option<f64> {
    match cx.expr(id) {
        Expr::Literal(Literal::Float { .. }) => {
            let digits = cx.text_of(cx.code.span(id)).replace('_', "");
            let digits = digits.strip_suffix("f32").or(digits.strip_suffix("f64")).unwrap_or(&digits);
            digits.parse().ok()
        }
        Expr::Unary { op: UnaryOp::Neg, expr } => match cx.expr(expr) {
            Expr::Literal(Literal::Float { .. }) => float(cx, expr).map(|value| -value),
            _ => None,
        },
        _ => None,
    }
}
