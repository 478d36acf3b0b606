//! `assert!`, `assert_eq!`, `assert_ne!`.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, native_macro};
use crate::model::hir::{Expr, ExprId, Literal};
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "assert-macro",
    looks_at: &[ExprKind::Macro],
    named: Some(|| vec![Name::ASSERT, Name::ASSERT_EQ, Name::ASSERT_NE]),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some((name, args)) = native_macro(cx, id) else { return };
    let first = cx.code.list(args).first().map(|&first| cx.expr(first));
    let draft = match first {
        Some(Expr::Literal(Literal::Bool(false))) if name == Name::ASSERT => SiteBuilder::always("assert-macro"),
        Some(Expr::Literal(Literal::Bool(true))) if name == Name::ASSERT => {
            SiteBuilder::discharged("assert-macro", "the condition is `true`")
        }
        _ => SiteBuilder::possible("assert-macro"),
    };
    sites.report(cx, id, draft);
}
