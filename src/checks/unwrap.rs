//! What an unwrap takes apart: which calls are unwraps of Option and Result, and where the value that they take comes from.

use super::body_cx::BodyCx;
use super::callee::{called_path, free_call, last_two};
use super::sites::SiteBuilder;
use crate::model::hir::{Expr, ExprId, Path};
use crate::model::name::Name;
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
    /// The callee's path, where it is called by path.
    pub path: Option<ExprId>,
}

/// Returns the unwrap that the expression `id` is.
pub fn unwrapped(cx: &BodyCx<'_>, id: ExprId) -> Option<Unwrapped> {
    match cx.expr(id) {
        Expr::MethodCall { receiver, method, args, .. } => {
            let (kind, arity) = kind(method)?;
            let wanted = arity == cx.code.list(args).len() && takes_apart(cx, id, receiver);
            wanted.then(|| Unwrapped { draft: draft(cx, kind, method, receiver), value: Some(receiver), path: None })
        }
        Expr::Call { callee, args } => {
            let (kind, method) = by_path(cx, called_path(cx, callee)?)?;
            let value = cx.code.list(args).first().copied();
            let draft = value.map_or(SiteBuilder::possible(kind), |value| draft(cx, kind, method, value));
            Some(Unwrapped { draft, value, path: Some(callee) })
        }
        Expr::Path(path) => {
            let (kind, _) = by_path(cx, cx.model.path(path)?)?;
            Some(Unwrapped { draft: SiteBuilder::possible(kind), value: None, path: None })
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

/// `Option::unwrap`, `Result::<T, E>::expect`, whatever is before.
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

/// Returns the name of the error type of an unwrapped Result, if types tell.
pub fn error_type(cx: &BodyCx<'_>, value: ExprId) -> Option<Ty> {
    match cx.ty(value).peel_refs().kind() {
        TyKind::Adt(_, args) => args.get(1).copied(),
        _ => None,
    }
}
