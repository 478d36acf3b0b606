//! An unwrap of what a file, a stream or a database answered.

use crate::checks::{BodyCx, Check, ExprKind, Sites, error_type, free_call, origin, unwrapped};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;
use crate::types::ty::TyKind;

pub const CHECK: Check = Check {
    rule: "storage-unwrap",
    looks_at: &[ExprKind::MethodCall, ExprKind::Call],
    named: Some(crate::checks::unwrap::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(found) = unwrapped(cx, id) else { return };
    if found.value.is_some_and(|value| is_storage(cx, value)) {
        sites.report(cx, id, found.draft.rule("storage-unwrap"));
    }
}

/// Methods that do I/O or ask a database, whatever holds them.
const METHODS: &[&str] = &[
    "begin",
    "commit",
    "execute",
    "fetch_all",
    "fetch_one",
    "fetch_optional",
    "flush",
    "get_result",
    "get_results",
    "metadata",
    "query",
    "query_as",
    "query_map",
    "query_one",
    "query_opt",
    "query_row",
    "read_dir",
    "read_exact",
    "read_line",
    "read_to_end",
    "read_to_string",
    "rollback",
    "sync_all",
    "sync_data",
    "write_all",
    "write_fmt",
    "canonicalize",
    "set_len",
];

fn is_storage(cx: &BodyCx<'_>, value: ExprId) -> bool {
    let (source, _) = origin(cx, value);
    // What the error is says more than who answers: std's others are about formatting, parsing, locks and the like.
    match (is_io(cx, value), is_io(cx, source)) {
        (Some(true), _) | (_, Some(true)) => true,
        (Some(false), _) | (_, Some(false)) => false,
        (None, None) => asks_storage(cx, source),
    }
}

/// Whether the error of a Result is `io::Error`; `None` where it is not known, or not std's.
fn is_io(cx: &BodyCx<'_>, value: ExprId) -> Option<bool> {
    let error = error_type(cx, value)?;
    match error.kind() {
        TyKind::Adt(def, _) if cx.known.is_std(*def) => {
            Some(cx.known.is_std_item(*def, [Name::new("io"), Name::new("Error")]))
        }
        _ => None,
    }
}

/// Whether a call does I/O or asks a database, as far as names tell.
fn asks_storage(cx: &BodyCx<'_>, source: ExprId) -> bool {
    match cx.expr(source) {
        Expr::MethodCall { receiver, method, .. } => METHODS.contains(&method.as_str()) || opens(cx, receiver, method),
        Expr::Call { .. } => {
            let Some((owner, name, _)) = free_call(cx, source) else { return false };
            match (owner, name.as_str()) {
                (Name::FS, _) => true,
                (Name::FILE, "open" | "create" | "create_new") => true,
                (owner, "connect" | "open" | "open_in_memory") => {
                    ["Connection", "Client", "Pool", "PgPool", "SqlitePool", "MySqlPool", "TcpStream", "PgConnection"]
                        .contains(&owner.as_str())
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// `OpenOptions::new().append(true).open(path)`: every link of the chain has the type of the first.
fn opens(cx: &BodyCx<'_>, receiver: ExprId, method: Name) -> bool {
    let mut at = receiver;
    while method.as_str() == "open" {
        match cx.expr(at) {
            Expr::MethodCall { receiver, .. } => at = receiver,
            _ => return free_call(cx, at).is_some_and(|(owner, ..)| owner.as_str() == "OpenOptions"),
        }
    }
    false
}
