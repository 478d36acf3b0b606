//! `expect` and `expect_err` of Option and Result, as methods, by path and as values.

use crate::checks::{Check, Class, Sites, View, unwrapped};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "expect",
    looks_at: &[Class::MethodCall, Class::Call, Class::Path],
    named: Some(unwrapped::names),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(found) = unwrapped(view, id).filter(|found| found.draft.is("expect")) else { return };
    if let Some(path) = found.path {
        // The callee was seen as a value before the call was.
        sites.retract(path);
    }
    sites.report(view, id, found.draft);
}
