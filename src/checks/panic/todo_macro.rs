//! `todo!` and `unimplemented!`.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, native_macro};
use crate::model::hir::ExprId;
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "todo-macro",
    looks_at: &[ExprKind::Macro],
    named: Some(|| vec![Name::TODO, Name::UNIMPLEMENTED]),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if native_macro(cx, id).is_some() {
        sites.report(cx, id, SiteBuilder::always("todo-macro"));
    }
}
