//! Any use of a `static mut`.

use crate::checks::{Check, Class, Draft, Sites, View};
use crate::model::hir::{Anchor, Expr, ExprId};

pub const CHECK: Check = Check { rule: "static-mut", looks_at: &[Class::Path], named: None, run, item: None };

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    // Most packages have none, and name none of others.
    if view.static_muts.is_empty() && !view.typed.is_static_mut(id) {
        return;
    }
    let Expr::Path(path) = view.expr(id) else { return };
    let Some(path) = view.model.path(path) else { return };
    let Some(last) = path.segments.last() else { return };
    // What names do not tell is one by its name: nothing else in the package may have it.
    let by_name = || {
        let free = !matches!(path.anchor, Anchor::Type { .. });
        free && view.static_muts.contains(&last.name) && view.ty(id).is_unknown()
    };
    if view.typed.is_static_mut(id) || by_name() {
        sites.report(view, id, Draft::possible("static-mut").detail(last.name.as_str()));
    }
}
