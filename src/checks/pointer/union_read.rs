//! A field of a union read, by its name or by a pattern.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites};
use crate::model::hir::{Expr, ExprId, FieldPat, Pat, PatId};
use crate::model::name::Name;
use crate::types::typed_body::ValueRes;

pub const CHECK: Check =
    Check { rule: "union-read", looks_at: &[ExprKind::Field, ExprKind::Pattern], named: None, run, item: None };

/// Patterns within patterns that are looked into.
const DEPTH: u32 = 64;

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Expr::Field { base, name } = cx.expr(id) else { return patterns(cx, id, sites) };
    // Writing a field is safe and no read, nor is taking its raw address; outside of unsafe code nothing else compiles.
    if !cx.in_unsafe(id) || cx.is_unread(id) {
        return;
    }
    if cx.is_union(cx.typed.adjusted_ty(base)) {
        sites.report(cx, id, SiteBuilder::possible("union-read").detail(name.as_str()));
    }
}

/// Reports the expression that matches a value with a pattern that reads a union's field: at the value where there is one.
fn patterns(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let mut look = |at: ExprId, pat: PatId| {
        if let Some(field) = read_field(cx, pat, DEPTH) {
            sites.report(cx, at, SiteBuilder::possible("union-read").detail(field.as_str()));
        }
    };
    match cx.expr(id) {
        Expr::Let { pat, expr } => look(expr, pat),
        Expr::LetStmt { pat, init, .. } => look(init.unwrap_or(id), pat),
        Expr::For { pat, iter, .. } => look(iter, pat),
        Expr::Match { scrutinee, arms } => cx.code.list(arms).iter().for_each(|arm| look(scrutinee, arm.pat)),
        Expr::Closure { params, .. } => cx.code.list(params).iter().for_each(|param| look(id, param.pat)),
        _ => {}
    }
}

/// The first field of a union that a pattern reads.
fn read_field(cx: &BodyCx<'_>, pat: PatId, depth: u32) -> Option<Name> {
    let depth = depth.checked_sub(1)?;
    let any = |pats: &[PatId]| pats.iter().find_map(|&pat| read_field(cx, pat, depth));
    match cx.code.pat(pat) {
        Pat::Record { fields, .. } => {
            let fields = cx.code.list(fields);
            let union = match cx.typed.pat_res(pat) {
                Some(ValueRes::Struct(def)) => cx.known.is_union(def),
                _ => false,
            };
            let is_read = |field: &&FieldPat| !matches!(cx.code.pat(field.pat), Pat::Wild | Pat::Rest);
            if union && let Some(field) = fields.iter().find(is_read) {
                return Some(field.name);
            }
            fields.iter().find_map(|field| read_field(cx, field.pat, depth))
        }
        Pat::Bind { sub: Some(pat), .. } | Pat::Ref { pat, .. } | Pat::Box(pat) => read_field(cx, pat, depth),
        Pat::Tuple(pats) | Pat::TupleStruct { args: pats, .. } | Pat::Slice(pats) | Pat::Or(pats) => {
            any(cx.code.list(pats))
        }
        _ => None,
    }
}
