//! A thread or task whose handle is dropped where it is started.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, discarded, free_call};
use crate::facts::entries::{EntryKind, Given, of_call};
use crate::model::hir::ExprId;

pub const CHECK: Check =
    Check { rule: "detached-task", looks_at: &[ExprKind::Statement, ExprKind::Pattern], named: None, run, item: None };

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(value) = discarded(cx, id) else { return };
    if is_detached(cx, value) {
        sites.report(cx, value, SiteBuilder::possible("detached-task"));
    }
}

/// Whether a value is the handle of what was just started. A scope and a set keep theirs; a pool has none.
fn is_detached(cx: &BodyCx<'_>, value: ExprId) -> bool {
    let handle = cx.adt_name(cx.ty(value));
    if let Some(callee) = cx.typed.callee(value) {
        let holders = [callee.owner, callee.module];
        let holders: Vec<&str> = holders.iter().filter(|it| !it.is_missing()).map(|it| it.as_str()).collect();
        let given = of_call(callee.krate.as_str(), &holders, callee.name.as_str());
        let starts = matches!(given, Some(Given::Entry(EntryKind::Thread | EntryKind::Task)));
        return starts && matches!(handle.as_str(), "JoinHandle" | "Task");
    }
    let Some((before, name, _)) = free_call(cx, value) else { return false };
    let known = |krate: &str| of_call(krate, &[before.as_str()], name.as_str()).is_some();
    // Where the sources are not at hand, the path as it is written.
    handle.is_missing()
        && matches!(before.as_str(), "tokio" | "task" | "async_std")
        && (known("tokio") || known("async_std"))
        || (before.as_str() == "tokio" && name.as_str() == "spawn")
}
