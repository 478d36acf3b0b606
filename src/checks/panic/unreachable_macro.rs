//! `unreachable!`.

use crate::checks::{Check, Class, Draft, Sites, View, native_macro};
use crate::model::hir::ExprId;
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "unreachable-macro",
    looks_at: &[Class::Macro],
    named: Some(|| vec![Name::UNREACHABLE]),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if native_macro(view, id).is_some() {
        sites.report(view, id, Draft::always("unreachable-macro"));
    }
}
