//! `process::exit` outside of `main`, `process::abort` anywhere.

use crate::checks::{Check, Class, Draft, Sites, View, free_call};
use crate::model::hir::ExprId;
use crate::model::item::Parent;
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "exit-call",
    looks_at: &[Class::Call],
    named: Some(|| vec![Name::EXIT, Name::ABORT]),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some((owner, name, _)) = free_call(view, id) else { return };
    let ours = match view.typed.callee(id) {
        Some(callee) => callee.is_std() && callee.module == Name::PROCESS,
        None => owner == Name::PROCESS,
    };
    if ours && !(name == Name::EXIT && in_main(view)) {
        sites.report(view, id, Draft::always("exit-call").detail(format!("process::{name}")));
    }
}

fn in_main(view: &View<'_>) -> bool {
    let owner = view.model.items.get(view.body().owner.index());
    owner.is_some_and(|item| item.name == Name::MAIN && item.parent == Parent::File)
}
