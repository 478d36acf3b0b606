//! A range index of an array, slice, `Vec` or `VecDeque`.

use crate::checks::{Check, Class, Sites, View, indexed};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "range-index",
    looks_at: &[Class::Index, Class::MethodCall],
    named: Some(indexed::names),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = indexed(view, id).filter(|draft| draft.is("range-index")) {
        sites.report(view, id, draft);
    }
}
