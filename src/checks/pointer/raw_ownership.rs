//! Ownership taken of what nobody gave away: `from_raw` of a pointer to a local, or into what something else owns.

use crate::checks::contract::{Root, Source, trace};
use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, arguments};
use crate::model::hir::ExprId;
use crate::model::name::Name;
use crate::types::layout::Measure;

pub const CHECK: Check = Check {
    rule: "raw-ownership",
    looks_at: &[ExprKind::Call],
    named: Some(|| ["from_raw", "from_raw_parts", "from_raw_in", "from_non_null"].map(Name::new).to_vec()),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(callee) = cx.typed.callee(id).filter(|callee| callee.is_std() && callee.is_unsafe) else { return };
    let owner = callee.owner;
    if !matches!(owner.as_str(), "Box" | "Rc" | "Arc" | "Vec" | "String" | "CString") {
        return;
    }
    let Some(&pointer) = arguments(cx, id).unwrap_or_default().first() else { return };
    let traced = trace(cx, pointer);
    // What takes no room was never allocated: any address will do.
    if cx.known.layout(traced.of).size == Measure::Exactly(0) {
        return;
    }
    let whose = match (traced.source, traced.root) {
        (Source::Reference | Source::Cell, Root::Local(local)) => {
            format!("the local `{}`", cx.code.binding(local).name)
        }
        (Source::Elements, Root::Local(local)) => format!("the array `{}`", cx.code.binding(local).name),
        (Source::Reference | Source::Elements, Root::Static) => "a static or constant".to_owned(),
        (Source::Elements, Root::Behind(local)) if owner.as_str() != "Box" || !traced.shared => {
            format!("what `{}` borrows", cx.code.binding(local).name)
        }
        _ => return,
    };
    let reason = format!(
        "the pointer is into {whose}, which the allocator of `{owner}` did not make and which is freed twice or wrongly: only what `into_raw` gave goes back"
    );
    sites.report(
        cx,
        id,
        SiteBuilder::always("raw-ownership").reason(reason).detail(format!("{owner}::{}", callee.name)),
    );
}
