//! The result of `catch_unwind`, dropped.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, discarded, free_call};
use crate::facts::entries::{Given, of_call};
use crate::model::hir::ExprId;

pub const CHECK: Check =
    Check { rule: "ignored-unwind", looks_at: &[ExprKind::Statement, ExprKind::Pattern], named: None, run, item: None };

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(value) = discarded(cx, id) else { return };
    let catches = match cx.typed.callee(value) {
        Some(callee) => of_call(callee.krate.as_str(), &[], callee.name.as_str()) == Some(Given::Caught),
        None => free_call(cx, value).is_some_and(|(_, name, _)| name.as_str() == "catch_unwind"),
    };
    if catches {
        sites.report(cx, value, SiteBuilder::possible("ignored-unwind"));
    }
}
