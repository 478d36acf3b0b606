//! Any use of a `static mut`.

use crate::checks::{Check, Class, Draft, Sites, View};
use crate::model::hir::{Anchor, Expr, ExprId};

pub const CHECK: Check = Check { rule: "static-mut", looks_at: &[Class::Path], named: None, run, item: None };

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if view.static_muts.is_empty() {
        return;
    }
    let Expr::Path(path) = view.expr(id) else { return };
    let Some(path) = view.model.path(path).filter(|path| !matches!(path.anchor, Anchor::Type { .. })) else { return };
    let Some(last) = path.segments.last().filter(|last| view.static_muts.contains(&last.name)) else { return };
    sites.report(view, id, Draft::possible("static-mut").detail(last.name.as_str()));
}
