//! Any use of a `static mut`.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites};
use crate::model::hir::{Anchor, Expr, ExprId};

pub const CHECK: Check = Check { rule: "static-mut", looks_at: &[ExprKind::Path], named: None, run, item: None };

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    // Most packages have none, and name none of others.
    if cx.static_muts.is_empty() && !cx.typed.is_static_mut(id) {
        return;
    }
    let Expr::Path(path) = cx.expr(id) else { return };
    let Some(path) = cx.model.path(path) else { return };
    let Some(last) = path.segments.last() else { return };
    // What names do not tell is one by its name: nothing else in the package may have it.
    let by_name = || {
        let free = !matches!(path.anchor, Anchor::Type { .. });
        free && cx.static_muts.contains(&last.name) && cx.ty(id).is_unknown()
    };
    if cx.typed.is_static_mut(id) || by_name() {
        sites.report(cx, id, SiteBuilder::possible("static-mut").detail(last.name.as_str()));
    }
}
