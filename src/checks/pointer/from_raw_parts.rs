//! `from_raw_parts`: a slice, Vec or String from a pointer and a length.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, free_call};
use crate::model::hir::ExprId;
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "from-raw-parts",
    looks_at: &[ExprKind::Call],
    named: Some(|| vec![Name::FROM_RAW_PARTS, Name::FROM_RAW_PARTS_MUT]),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    // A function of that name that is safe asks nothing of its caller.
    if let Some((owner, name, _)) = free_call(cx, id)
        && cx.typed.callee(id).is_none_or(|callee| callee.is_unsafe)
    {
        let detail = if owner.is_missing() { name.to_string() } else { format!("{owner}::{name}") };
        sites.report(cx, id, SiteBuilder::possible("from-raw-parts").detail(detail));
    }
}
