//! What an unwrap takes apart: which calls are unwraps of Option and Result, and where the value that they take comes from.

use super::body_cx::BodyCx;
use super::callee::{called_path, free_call, function_value, last_two};
use super::sites::SiteBuilder;
use crate::model::hir::{Expr, ExprId, Path};
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::{Ty, TyKind};

/// What of std brings in text and bytes from outside: `stdin.lock().lines().next().unwrap()`.
const OUTER_OWNERS: &[&str] = &["Stdin", "StdinLock", "Lines", "BufRead", "Read", "Args", "ArgsOs"];

/// Adapters between a value's source and its unwrap that are looked through.
const ADAPTERS: usize = 8;

/// One unwrap.
pub struct Unwrapped {
    /// The site, of kind `unwrap` or `expect`.
    pub draft: SiteBuilder,
    /// What is unwrapped; `None` where the function is a value.
    pub value: Option<ExprId>,
}

/// Returns the unwrap that the expression `id` is.
pub fn unwrapped(cx: &BodyCx<'_>, id: ExprId) -> Option<Unwrapped> {
    match cx.expr(id) {
        Expr::MethodCall { receiver, method, args, .. } => {
            let (kind, arity) = kind(method)?;
            let wanted = arity == cx.code.list(args).len() && takes_apart(cx, id, receiver);
            wanted.then(|| Unwrapped { draft: draft(cx, kind, method, receiver), value: Some(receiver) })
        }
        Expr::Call { callee, args } => {
            let (kind, method) = match cx.typed.callee(id) {
                Some(known) => by_callee(known)?,
                None => by_path(cx, called_path(cx, callee)?)?,
            };
            let value = cx.code.list(args).first().copied();
            let draft = value.map_or(SiteBuilder::possible(kind), |value| draft(cx, kind, method, value));
            Some(Unwrapped { draft, value })
        }
        Expr::Path(_) => {
            let (_, args) = function_value(cx, id)?;
            let (kind, method) = by_callee(cx.typed.callee(id)?)?;
            Some(Unwrapped {
                draft: cannot_fail(cx, kind, method, args).unwrap_or(SiteBuilder::possible(kind)),
                value: None,
            })
        }
        _ => None,
    }
}

/// The names of what unwraps.
pub fn names() -> Vec<Name> {
    vec![Name::UNWRAP, Name::UNWRAP_ERR, Name::EXPECT, Name::EXPECT_ERR]
}

fn kind(method: Name) -> Option<(&'static str, usize)> {
    match method {
        Name::UNWRAP | Name::UNWRAP_ERR => Some(("unwrap", 0)),
        Name::EXPECT | Name::EXPECT_ERR => Some(("expect", 1)),
        _ => None,
    }
}

/// Whether a function unwraps, whatever it was called by.
fn by_callee(callee: &Callee) -> Option<(&'static str, Name)> {
    let (kind, _) = kind(callee.name)?;
    (callee.is_std() && matches!(callee.owner, Name::OPTION | Name::RESULT)).then_some((kind, callee.name))
}

/// `Option::unwrap`, `Result::<T, E>::expect`, whatever is before, where the function is not known.
fn by_path(cx: &BodyCx<'_>, path: Path<'_>) -> Option<(&'static str, Name)> {
    let (owner, last) = last_two(cx, path);
    let (kind, _) = kind(last)?;
    matches!(owner, Name::OPTION | Name::RESULT).then_some((kind, last))
}

/// Whether the method is Option's or Result's: by the callee, else by the receiver's type, else by its name alone.
fn takes_apart(cx: &BodyCx<'_>, id: ExprId, receiver: ExprId) -> bool {
    if let Some(callee) = cx.typed.callee(id) {
        return callee.is_std() && matches!(callee.owner, Name::OPTION | Name::RESULT);
    }
    let ty = cx.typed.receiver(id).unwrap_or_else(|| cx.ty(receiver)).peel_refs();
    match ty.kind() {
        TyKind::Adt(def, _) => matches!(cx.known.name_of(*def), Name::OPTION | Name::RESULT | Name::MISSING),
        TyKind::Projection(..) => true,
        _ => ty.is_unknown(),
    }
}

fn draft(cx: &BodyCx<'_>, kind: &'static str, method: Name, value: ExprId) -> SiteBuilder {
    let wants_error = matches!(method, Name::UNWRAP_ERR | Name::EXPECT_ERR);
    let variant = match cx.expr(value) {
        Expr::Path(path) => cx.model.path(path).map(|path| last_two(cx, path).1),
        _ => free_call(cx, value).map(|(_, name, _)| name),
    };
    if let TyKind::Adt(_, args) = cx.ty(value).peel_refs().kind()
        && let Some(discharged) = cannot_fail(cx, kind, method, args)
    {
        return discharged;
    }
    match (variant, wants_error) {
        (Some(Name::SOME | Name::OK), false) => SiteBuilder::discharged(kind, "the value is made right here"),
        (Some(Name::ERR), true) => SiteBuilder::discharged(kind, "the error is made right here"),
        (Some(Name::NONE | Name::ERR), false) | (Some(Name::OK), true) => SiteBuilder::always(kind),
        _ => SiteBuilder::possible(kind).outside(comes_from_outside(cx, value)),
    }
}

/// Whether a call that another crate answers, or the world outside the process, made the value.
fn comes_from_outside(cx: &BodyCx<'_>, value: ExprId) -> bool {
    let (source, _) = origin(cx, value);
    cx.typed.callee(source).is_some_and(|callee| {
        cx.known.is_dependency(callee.def) || (callee.is_std() && OUTER_OWNERS.contains(&callee.owner.as_str()))
    })
}

/// The unwrap of a Result with these arguments whose other side has no value.
fn cannot_fail(cx: &BodyCx<'_>, kind: &'static str, method: Name, args: &[Ty]) -> Option<SiteBuilder> {
    let &[value, error] = args else { return None };
    let (other, fact) = match method {
        Name::UNWRAP_ERR | Name::EXPECT_ERR => (value, "there is no value that it could be instead of the error"),
        _ => (error, "there is no value of the error's type"),
    };
    cx.is_uninhabited(other).then(|| SiteBuilder::discharged(kind, fact))
}

/// Returns the expression that an unwrapped value comes from: adapters such as `map_err`, `ok`, `?` and `.await` are looked
/// through. Whether one of them was an `.await` comes with it.
pub fn origin(cx: &BodyCx<'_>, value: ExprId) -> (ExprId, bool) {
    let (mut at, mut awaited) = (value, false);
    for _ in 0..ADAPTERS {
        match cx.expr(at) {
            Expr::Await(inner) => (at, awaited) = (inner, true),
            Expr::MethodCall { receiver, method, .. }
                if matches!(
                    method.as_str(),
                    "map_err"
                        | "map"
                        | "ok"
                        | "context"
                        | "with_context"
                        | "or_else"
                        | "as_ref"
                        | "as_mut"
                        | "err"
                        | "unwrap"
                        | "expect"
                        | "wrap_err"
                        | "inspect_err"
                        | "and_then"
                        | "cloned"
                        | "copied"
                        | "trim"
                ) =>
            {
                // An inner unwrap is a site of its own; what comes out of it is no longer the source's error.
                if kind(method).is_some() || method.as_str() == "trim" {
                    break;
                }
                at = receiver;
            }
            _ => break,
        }
    }
    (at, awaited)
}
