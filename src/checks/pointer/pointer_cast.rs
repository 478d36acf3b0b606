//! A raw pointer made one to something else, or a const one made mut.

use crate::checks::{Check, Class, Draft, Sites, View, arrow, casted, pointing};
use crate::model::hir::ExprId;
use crate::types::ty::Ty;

pub const CHECK: Check = Check { rule: "pointer-cast", looks_at: &[Class::Cast], named: None, run, item: None };

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = casted(view, id).filter(|draft| draft.is("pointer-cast")) {
        sites.report(view, id, draft);
    }
}

/// Reports `id`, a `*mut T` that is used as a `*const T` without a cast.
pub fn coerced(view: &View<'_>, id: ExprId, to: Ty, sites: &mut Sites<'_>) {
    let detail = arrow(&pointing(view, view.ty(id), "_"), &pointing(view, to, "_"));
    let fact = "only the right to write is given up";
    sites.report(view, id, Draft::discharged("pointer-cast", fact).detail(detail));
}
