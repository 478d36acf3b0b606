//! A call of a std function that is documented to panic, and arithmetic on std's times.

use crate::checks::{Check, Class, Sites, View, std_panic, std_panics};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "panicking-api",
    looks_at: &[Class::MethodCall, Class::Call, Class::Arithmetic],
    named: Some(std_panics::names),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = std_panic(view, id, "panicking-api") {
        sites.report(view, id, draft);
    }
}
