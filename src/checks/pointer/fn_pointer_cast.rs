//! A function made a data pointer.

use crate::checks::{Check, Class, Sites, View, casted};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check { rule: "fn-pointer-cast", looks_at: &[Class::Cast], named: None, run, item: None };

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = casted(view, id).filter(|draft| draft.is("fn-pointer-cast")) {
        sites.report(view, id, draft);
    }
}
