//! `debug_assert!` and its siblings.

use crate::checks::{Check, Class, Draft, Sites, View, native_macro};
use crate::model::hir::ExprId;
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "debug-assert-macro",
    looks_at: &[Class::Macro],
    named: Some(|| vec![Name::DEBUG_ASSERT, Name::DEBUG_ASSERT_EQ, Name::DEBUG_ASSERT_NE]),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if native_macro(view, id).is_some() {
        sites.report(view, id, Draft::possible("debug-assert-macro"));
    }
}
