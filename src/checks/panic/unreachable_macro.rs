//! `unreachable!`.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, native_macro};
use crate::model::hir::ExprId;
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "unreachable-macro",
    looks_at: &[ExprKind::Macro],
    named: Some(|| vec![Name::UNREACHABLE]),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if native_macro(cx, id).is_some() {
        sites.report(cx, id, SiteBuilder::always("unreachable-macro"));
    }
}
