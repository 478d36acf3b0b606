//! Who is called: the function that types say is run, and where they say nothing the last names of the path as written; macros
//! of std by name.

use super::body_cx::BodyCx;
use crate::model::hir::{CallId, ExpansionStatus, Expr, ExprId, List, Path};
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::{DefId, FnRef, Ty, TyKind};
use crate::types::typed_body::{CallKind, CallTarget};

/// Returns the path that a call's callee is written as.
pub fn called_path<'a>(cx: &BodyCx<'a>, callee: ExprId) -> Option<Path<'a>> {
    match cx.expr(callee) {
        Expr::Path(path) => cx.model.path(path),
        _ => None,
    }
}

/// Returns the last two names of a path; the first is missing where there is one only.
pub fn last_two(cx: &BodyCx<'_>, path: Path<'_>) -> (Name, Name) {
    let mut names = path.segments.iter().rev().map(|segment| segment.name);
    let last = names.next().unwrap_or(Name::MISSING);
    let before = names.next().unwrap_or_else(|| match path.anchor {
        crate::model::hir::Anchor::Type { ty, trait_path: None } => crate::model::context::type_name(cx.model, ty),
        _ => Name::MISSING,
    });
    (before, last)
}

/// Returns a call's last two names and its arguments, where `id` is a call of a path. A function that was imported under
/// another name has its own, behind the type or module that holds it.
pub fn free_call(cx: &BodyCx<'_>, id: ExprId) -> Option<(Name, Name, List<ExprId>)> {
    let Expr::Call { callee, args } = cx.expr(id) else { return None };
    let (before, last) = last_two(cx, called_path(cx, callee)?);
    match cx.typed.callee(id) {
        Some(known) if known.name != last => {
            let owner = if known.owner.is_missing() { known.module } else { known.owner };
            Some((owner, known.name, args))
        }
        _ => Some((before, last, args)),
    }
}

/// Returns the function that the call, method call or path `id` runs or, as a value, will run: of a trait's function that of the
/// type it is for.
pub fn function(cx: &BodyCx<'_>, id: ExprId) -> Option<Callee> {
    if let Some(CallTarget { def: Some(def), args, kind: CallKind::Static | CallKind::Trait }) = cx.typed.call(id) {
        return Some(cx.known.callee(def, &args));
    }
    let (def, args) = function_value(cx, id)?;
    Some(cx.known.callee(def, args))
}

/// Returns the function that a path gives on as a value, with its generic arguments; `None` for the callee of a call.
pub fn function_value(cx: &BodyCx<'_>, id: ExprId) -> Option<(DefId, &'static [Ty])> {
    match (cx.expr(id), cx.ty(id).kind()) {
        (Expr::Path(_), TyKind::FnDef(FnRef::Fn(def), args)) => Some((*def, args)),
        _ => None,
    }
}

/// Returns what a call or method call passes, its receiver first; `None` for anything else.
pub fn arguments(cx: &BodyCx<'_>, id: ExprId) -> Option<Vec<ExprId>> {
    match cx.expr(id) {
        Expr::Call { args, .. } => Some(cx.code.list(args).to_vec()),
        Expr::MethodCall { receiver, args, .. } => {
            Some([receiver].into_iter().chain(cx.code.list(args).iter().copied()).collect())
        }
        _ => None,
    }
}

/// Returns the name and arguments of a macro call that was read as std's.
pub fn native_macro(cx: &BodyCx<'_>, id: ExprId) -> Option<(Name, List<ExprId>)> {
    let Expr::Macro { call, args } = cx.expr(id) else { return None };
    let CallId(at) = call;
    let call = cx.code.calls.get(at as usize)?;
    (call.expansion == ExpansionStatus::Native).then_some((call.name, args))
}

/// Tells whether std calls functions so that leave out a check.
pub fn is_unchecked(name: Name) -> bool {
    let name = name.as_str();
    let name = name.strip_suffix("_mut").unwrap_or(name);
    name.ends_with("_unchecked") || name.starts_with("unchecked_")
}
