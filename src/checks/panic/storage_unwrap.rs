//! An unwrap of what a file, a stream or a database answered.

use crate::checks::{Check, Class, Sites, View, error_type, free_call, origin, unwrapped};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;
use crate::types::ty::TyKind;

pub const CHECK: Check = Check {
    rule: "storage-unwrap",
    looks_at: &[Class::MethodCall, Class::Call],
    named: Some(unwrapped::names),
    run,
    item: None,
};

fn run(view: &View<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(found) = unwrapped(view, id) else { return };
    if found.value.is_some_and(|value| is_storage(view, value)) {
        sites.report(view, id, found.draft.rule("storage-unwrap"));
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

fn is_storage(view: &View<'_>, value: ExprId) -> bool {
    let (source, _) = origin(view, value);
    // What the error is says more than who answers: std's others are about formatting, parsing, locks and the like.
    match (is_io(view, value), is_io(view, source)) {
        (Some(true), _) | (_, Some(true)) => true,
        (Some(false), _) | (_, Some(false)) => false,
        (None, None) => asks_storage(view, source),
    }
}

/// Whether the error of a Result is `io::Error`; `None` where it is not known, or not std's.
fn is_io(view: &View<'_>, value: ExprId) -> Option<bool> {
    let error = error_type(view, value)?;
    match error.kind() {
        TyKind::Adt(def, _) if view.known.is_std(*def) => {
            Some(view.known.is_std_item(*def, [Name::new("io"), Name::new("Error")]))
        }
        _ => None,
    }
}

/// Whether a call does I/O or asks a database, as far as names tell.
fn asks_storage(view: &View<'_>, source: ExprId) -> bool {
    match view.expr(source) {
        Expr::MethodCall { receiver, method, .. } => {
            METHODS.contains(&method.as_str()) || opens(view, receiver, method)
        }
        Expr::Call { .. } => {
            let Some((owner, name, _)) = free_call(view, source) else { return false };
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
fn opens(view: &View<'_>, receiver: ExprId, method: Name) -> bool {
    let mut at = receiver;
    while method.as_str() == "open" {
        match view.expr(at) {
            Expr::MethodCall { receiver, .. } => at = receiver,
            _ => return free_call(view, at).is_some_and(|(owner, ..)| owner.as_str() == "OpenOptions"),
        }
    }
    false
}
