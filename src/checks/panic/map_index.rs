//! `map[&key]` of a `HashMap` or `BTreeMap`.

use crate::checks::{Check, Class, Sites, View, indexed};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check {
    rule: "map-index",
    looks_at: &[Class::Index, Class::MethodCall],
    named: Some(indexed::names),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = indexed(view, id).filter(|draft| draft.is("map-index")) {
        sites.report(view, id, draft);
    }
}
