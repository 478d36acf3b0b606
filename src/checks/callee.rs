//! Who is called, as written: the last names of a path, macros of std by name. Types decide first where they are known.

use super::body_cx::BodyCx;
use crate::model::hir::{CallId, ExpansionStatus, Expr, ExprId, List, Path};
use crate::model::name::Name;

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

/// Returns a call's last two names and its arguments, where `id` is a call of a path.
pub fn free_call(cx: &BodyCx<'_>, id: ExprId) -> Option<(Name, Name, List<ExprId>)> {
    let Expr::Call { callee, args } = cx.expr(id) else { return None };
    let (before, last) = last_two(cx, called_path(cx, callee)?);
    Some((before, last, args))
}

/// Returns the name and arguments of a macro call that was read as std's.
pub fn native_macro(cx: &BodyCx<'_>, id: ExprId) -> Option<(Name, List<ExprId>)> {
    let Expr::Macro { call, args } = cx.expr(id) else { return None };
    let CallId(at) = call;
    let call = cx.code.calls.get(at as usize)?;
    (call.expansion == ExpansionStatus::Native).then_some((call.name, args))
}
