//! `assert!`, `assert_eq!`, `assert_ne!`.

use crate::checks::{Check, Class, Draft, Sites, View, native_macro};
use crate::model::hir::{Expr, ExprId, Literal};
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "assert-macro",
    looks_at: &[Class::Macro],
    named: Some(|| vec![Name::ASSERT, Name::ASSERT_EQ, Name::ASSERT_NE]),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some((name, args)) = native_macro(view, id) else { return };
    let first = view.model.expr_list(args).next().map(|first| view.expr(first));
    let draft = match first {
        Some(Expr::Literal(Literal::Bool(false))) if name == Name::ASSERT => Draft::always("assert-macro"),
        Some(Expr::Literal(Literal::Bool(true))) if name == Name::ASSERT => {
            Draft::discharged("assert-macro", "the condition is `true`")
        }
        _ => Draft::possible("assert-macro"),
    };
    sites.report(view, id, draft);
}
