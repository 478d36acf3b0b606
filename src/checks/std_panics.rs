//! std's functions that are documented to panic, read from `rules/std/panics.toml`, and whether an expression calls one.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::arithmetic::constant;
use super::body_cx::BodyCx;
use super::callee::{called_path, last_two};
use super::sites::SiteBuilder;
use crate::model::hir::{ArithOp, BinaryOp, Expr, ExprId, List, Literal, UnaryOp};
use crate::model::name::Name;
use crate::types::ty::{ConstArg, Int, Ty, TyKind};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pack {
    api: Vec<Api>,
}

/// Functions of one owner that panic on one condition.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Api {
    owner: Option<String>,
    module: Option<String>,
    names: Vec<String>,
    condition: String,
    instead: String,
    args: Option<usize>,
    #[serde(default)]
    nonzero: bool,
    within: Option<(i128, i128)>,
    #[serde(default)]
    at: usize,
    buffer: Option<u64>,
    #[serde(default)]
    ordered: bool,
    #[serde(default)]
    zero_sized: bool,
    #[serde(default)]
    arrays: bool,
    kind: Option<String>,
}

struct Entry {
    owner: Option<Name>,
    module: Option<Name>,
    args: Option<usize>,
    nonzero: bool,
    within: Option<(i128, i128)>,
    at: usize,
    buffer: Option<u64>,
    ordered: bool,
    zero_sized: bool,
    arrays: bool,
    kind: &'static str,
    reason: String,
}

/// Types within types that are looked through.
const DEPTH: u32 = 8;

/// What std functions a check asks for.
pub type Asked = &'static str;

static ENTRIES: LazyLock<FxHashMap<Name, Vec<Entry>>> = LazyLock::new(|| {
    let pack: Pack = toml::from_str(include_str!("../../rules/std/panics.toml")).unwrap_or(Pack { api: Vec::new() });
    let mut entries: FxHashMap<Name, Vec<Entry>> = FxHashMap::default();
    for api in pack.api {
        for name in &api.names {
            entries.entry(Name::new(name)).or_default().push(Entry {
                owner: api.owner.as_deref().map(Name::new),
                module: api.module.as_deref().map(Name::new),
                args: api.args,
                nonzero: api.nonzero,
                within: api.within,
                at: api.at,
                buffer: api.buffer,
                ordered: api.ordered,
                zero_sized: api.zero_sized,
                arrays: api.arrays,
                kind: if api.kind.as_deref() == Some("refcell-borrow") { "refcell-borrow" } else { "panicking-api" },
                reason: format!("panics when {}; instead: {}", api.condition, api.instead),
            });
        }
    }
    entries
});

/// The names of the functions that are documented to panic.
pub fn names() -> Vec<Name> {
    ENTRIES.keys().copied().collect()
}

/// Returns the site of kind `asked` that a call, method call or operator is by what it runs of std.
pub fn std_panic(cx: &BodyCx<'_>, id: ExprId, asked: Asked) -> Option<SiteBuilder> {
    match cx.expr(id) {
        Expr::MethodCall { receiver, method, args, .. } => {
            let entries = ENTRIES.get(&method)?;
            let arity = cx.code.list(args).len();
            let (entry, owner) = match by_type(cx, id, receiver) {
                Found::Owner(owner) => (entries.iter().find(|entry| owned_by(entry, owner))?, Some(owner)),
                Found::NotStd => return None,
                Found::Unknown => (entries.iter().find(|entry| entry.args == Some(arity))?, None),
            };
            if entry.zero_sized && has_size(cx.typed.receiver(id).unwrap_or_else(|| cx.ty(receiver))) {
                return (entry.kind == asked).then(|| SiteBuilder::discharged(entry.kind, "the elements have a size"));
            }
            if let Some(len) = array_len(cx.ty(id), DEPTH).filter(|&len| entry.arrays && len > 0) {
                let fact = format!("the arrays have {len} elements");
                return (entry.kind == asked).then(|| SiteBuilder::discharged(entry.kind, fact));
            }
            (entry.kind == asked).then(|| draft(cx, entry, owner, method, args))
        }
        Expr::Call { callee, args } => by_path(cx, id, callee, args, asked),
        Expr::Binary { op: BinaryOp::Arith(op) | BinaryOp::AssignArith(op), .. } => {
            let (_, super::Operands::Time(owner), _, rhs) = super::operands(cx, id)? else { return None };
            if owner == Name::INSTANT && cx.adt_name(cx.ty(rhs)) == Name::INSTANT {
                // The time between two instants saturates at zero.
                return None;
            }
            let name = match op {
                ArithOp::Add => "add",
                ArithOp::Sub => "sub",
                ArithOp::Mul => "mul",
                ArithOp::Div => "div",
                _ => return None,
            };
            let entry = ENTRIES.get(&Name::new(name))?.iter().find(|entry| entry.owner == Some(owner))?;
            (entry.kind == asked).then(|| draft(cx, entry, Some(owner), Name::new(name), List::EMPTY))
        }
        _ => None,
    }
}

fn by_path(cx: &BodyCx<'_>, id: ExprId, callee: ExprId, args: List<ExprId>, asked: Asked) -> Option<SiteBuilder> {
    let (before, name) = last_two(cx, called_path(cx, callee)?);
    let entries = ENTRIES.get(&name)?;
    if let Some(callee) = cx.typed.callee(id) {
        if !callee.is_std() {
            return None;
        }
        let entry = entries.iter().find(|entry| match entry.module {
            Some(module) => callee.owner.is_missing() && callee.module == module,
            None => owned_by(entry, callee.owner),
        })?;
        let owner = if callee.owner.is_missing() { callee.module } else { callee.owner };
        return (entry.kind == asked).then(|| draft(cx, entry, Some(owner), name, args));
    }
    let entry = entries.iter().find(|entry| entry.module == Some(before) || owned_by(entry, before))?;
    (entry.kind == asked && !before.is_missing()).then(|| draft(cx, entry, Some(before), name, args))
}

enum Found {
    Owner(Name),
    NotStd,
    Unknown,
}

/// Who holds the method: by the callee, else by the receiver's type.
fn by_type(cx: &BodyCx<'_>, id: ExprId, receiver: ExprId) -> Found {
    if let Some(callee) = cx.typed.callee(id) {
        return if callee.is_std() { Found::Owner(callee.owner) } else { Found::NotStd };
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
            name => Found::Owner(name),
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
    *SLICE
}

fn owned_by(entry: &Entry, owner: Name) -> bool {
    let Some(wanted) = entry.owner else { return false };
    if wanted == owner {
        return true;
    }
    match wanted.as_str() {
        "integer" => Int::ALL.iter().any(|int| int.as_str() == owner.as_str()),
        "signed" => Int::ALL.iter().any(|int| int.is_signed() && int.as_str() == owner.as_str()),
        "float" => matches!(owner.as_str(), "f16" | "f32" | "f64" | "f128"),
        "slice" => owner.as_str() == "array",
        "pointer" => matches!(owner.as_str(), "NonNull" | "const_ptr" | "mut_ptr" | "ptr"),
        _ => false,
    }
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
        return (within || entry.nonzero && value > 0).then(|| value.to_string());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_and_names_every_function_once_an_owner() {
        let pack: Pack = toml::from_str(include_str!("../../rules/std/panics.toml")).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for api in &pack.api {
            assert!(api.owner.is_some() != api.module.is_some(), "{:?}", api.names);
            for name in &api.names {
                assert!(seen.insert((api.owner.clone(), api.module.clone(), name.clone())), "{name} twice");
            }
        }
        assert!(seen.len() > 120, "{}", seen.len());
    }
}
