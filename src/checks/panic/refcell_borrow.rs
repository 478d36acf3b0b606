//! `borrow`, `borrow_mut` and their siblings on a `RefCell`.

use crate::checks::{Check, Class, Sites, View, std_panic, std_panics};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "refcell-borrow",
    looks_at: &[Class::MethodCall, Class::Call],
    named: Some(std_panics::names),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = std_panic(view, id, "refcell-borrow") {
        sites.report(view, id, draft);
    }
}
