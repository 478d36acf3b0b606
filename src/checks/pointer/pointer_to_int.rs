//! A pointer's or function's address made an integer.

use crate::checks::{Check, Class, Sites, View, casted};
use crate::model::hir::ExprId;

pub const CHECK: Check = Check { rule: "pointer-to-int", looks_at: &[Class::Cast], named: None, run, item: None };

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    if let Some(draft) = casted(view, id).filter(|draft| draft.is("pointer-to-int")) {
        sites.report(view, id, draft);
    }
}
