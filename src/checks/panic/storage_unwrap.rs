//! An unwrap of what a file, a stream or a database answered.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;

use crate::checks::{BodyCx, Check, ExprKind, Sites, free_call, origin, unwrapped};
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

/// What is known of crates that hold data.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pack {
    crates: Vec<String>,
    methods: Vec<String>,
}

/// The crates whose errors are a store's, and the methods by which they are known where the crate's sources are not at hand.
struct Stores {
    crates: FxHashSet<Name>,
    methods: FxHashSet<Name>,
}

static STORES: LazyLock<Stores> = LazyLock::new(|| {
    let nothing = Pack { crates: Vec::new(), methods: Vec::new() };
    let pack: Pack = toml::from_str(include_str!("../../../rules/ecosystem/stores.toml")).unwrap_or(nothing);
    let names = |texts: &[String]| texts.iter().map(|text| Name::new(text)).collect();
    Stores { crates: names(&pack.crates), methods: names(&pack.methods) }
});

fn is_storage(cx: &BodyCx<'_>, value: ExprId) -> bool {
    let (source, _) = origin(cx, value);
    // What the error is says more than who answers: std's others are about formatting, parsing, locks and the like.
    match (is_stores(cx, value), is_stores(cx, source)) {
        (Some(true), _) | (_, Some(true)) => true,
        (Some(false), _) | (_, Some(false)) => false,
        (None, None) => match cx.typed.callee(source) {
            Some(callee) if !callee.is_std() => is_store(callee.krate),
            _ => asks_storage(cx, source),
        },
    }
}

/// Whether the error of a Result is `io::Error` or a store's; `None` where it is not known.
fn is_stores(cx: &BodyCx<'_>, value: ExprId) -> Option<bool> {
    let TyKind::Adt(of, args) = cx.ty(value).peel_refs().kind() else { return None };
    if cx.known.is_std(*of) && cx.known.name_of(*of) == Name::OPTION {
        return Some(false);
    }
    match args.get(1)?.kind() {
        TyKind::Adt(def, _) if cx.known.is_std(*def) => {
            Some(cx.known.is_std_item(*def, [Name::new("io"), Name::new("Error")]))
        }
        TyKind::Adt(def, _) => Some(is_store(cx.known.crate_of(*def))),
        _ => None,
    }
}

fn is_store(krate: Name) -> bool {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    STORES.crates.contains(&krate)
}

/// Whether a call does I/O or asks a database, as far as names tell.
fn asks_storage(cx: &BodyCx<'_>, source: ExprId) -> bool {
    match cx.expr(source) {
        // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
        Expr::MethodCall { receiver, method, .. } => STORES.methods.contains(&method) || opens(cx, receiver, method),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_stores_reads() {
        assert!(is_store(Name::new("sqlx")) && STORES.methods.contains(&Name::new("fetch_one")));
        assert!(!is_store(Name::new("serde_json")));
    }
}
