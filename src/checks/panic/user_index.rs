//! An index through a user's own `Index`.

use crate::checks::{Check, Class, Sites, View, indexed};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "user-index",
    looks_at: &[Class::Index, Class::MethodCall],
    named: Some(indexed::names),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = indexed(view, id).filter(|draft| draft.is("user-index")) {
        sites.report(view, id, draft);
    }
}
