//! `process::exit` outside of `main`, `process::abort` anywhere.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, free_call};
use crate::model::hir::ExprId;
use crate::model::item::Parent;
use crate::model::name::Name;

pub const CHECK: Check = Check {
    rule: "exit-call",
    looks_at: &[ExprKind::Call],
    named: Some(|| vec![Name::EXIT, Name::ABORT]),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some((owner, name, _)) = free_call(cx, id) else { return };
    let ours = match cx.typed.callee(id) {
        Some(callee) => callee.is_std() && callee.module == Name::PROCESS,
        None => owner == Name::PROCESS,
    };
    if ours && !(name == Name::EXIT && in_main(cx)) {
        sites.report(cx, id, SiteBuilder::always("exit-call").detail(format!("process::{name}")));
    }
}

fn in_main(cx: &BodyCx<'_>) -> bool {
    let owner = cx.model.items.get(cx.body().owner.index());
    owner.is_some_and(|item| item.name == Name::MAIN && item.parent == Parent::File)
}
