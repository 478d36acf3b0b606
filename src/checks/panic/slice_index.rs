//! An integer index of an array, slice, `Vec` or `VecDeque`.

use crate::checks::{Check, Class, Sites, View, indexed};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "slice-index",
    looks_at: &[Class::Index, Class::MethodCall],
    named: Some(indexed::names),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = indexed(view, id).filter(|draft| draft.is("slice-index")) {
        sites.report(view, id, draft);
    }
}
