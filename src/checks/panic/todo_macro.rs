//! `todo!` and `unimplemented!`.

use crate::checks::{Check, Class, Draft, Sites, View, native_macro};
use crate::model::hir::ExprId;
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "todo-macro",
    looks_at: &[Class::Macro],
    named: Some(|| vec![Name::TODO, Name::UNIMPLEMENTED]),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if native_macro(view, id).is_some() {
        sites.report(view, id, Draft::always("todo-macro"));
    }
}
