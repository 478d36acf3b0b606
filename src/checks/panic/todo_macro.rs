//! `todo!` and `unimplemented!`.

use crate::checks::{Check, Class, Draft, Sites, View, native_macro};
use crate::model::hir::ExprId;
use crate::model::name::Name;

pub const CHECK: Check = Check { rule: "todo-macro", looks_at: &[Class::Macro], run, item: None };

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some((Name::TODO | Name::UNIMPLEMENTED, _)) = native_macro(view, id) {
        sites.report(view, id, Draft::always("todo-macro"));
    }
}
