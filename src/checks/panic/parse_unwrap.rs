//! An unwrap of what a text or bytes were parsed into.

use crate::checks::{BodyCx, Check, ExprKind, Sites, free_call, origin, unwrapped};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;
use crate::types::ty::TyKind;

pub const CHECK: Check = Check {
    rule: "parse-unwrap",
    looks_at: &[ExprKind::MethodCall, ExprKind::Call],
    named: Some(crate::checks::unwrap::names),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(found) = unwrapped(cx, id) else { return };
    if found.value.is_some_and(|value| is_parse(cx, value)) {
        sites.report(cx, id, found.draft.rule("parse-unwrap"));
    }
}

/// Functions that parse, by the module or type that they are called through.
const PARSERS: &[(&str, &[&str])] = &[
    ("serde_json", &["from_str", "from_slice", "from_reader", "from_value"]),
    ("serde_yaml", &["from_str", "from_slice", "from_reader"]),
    ("toml", &["from_str", "from_slice"]),
    ("bincode", &["deserialize", "deserialize_from"]),
    ("postcard", &["from_bytes"]),
    ("ron", &["from_str"]),
    ("Url", &["parse"]),
    ("Uuid", &["parse_str"]),
];

/// Whether what `parse` is called on is text: by the callee, else by the receiver's type; where neither is known it may be.
fn parses_itself(cx: &BodyCx<'_>, call: ExprId, receiver: ExprId) -> bool {
    let Some(callee) = cx.typed.callee(call) else { return true };
    let ty = cx.ty(receiver).peel_refs();
    (callee.is_std() && callee.owner.as_str() == "str")
        || matches!(ty.kind(), TyKind::Str)
        || cx.adt_name(ty).as_str() == "String"
}

fn is_parse(cx: &BodyCx<'_>, value: ExprId) -> bool {
    let (source, _) = origin(cx, value);
    match cx.expr(source) {
        Expr::MethodCall { receiver, method: Name::PARSE, args, .. } => {
            // The parsers of dependencies take what they parse, or how, as an argument; a text's own takes none.
            args.is_empty() && parses_itself(cx, source, receiver)
        }
        Expr::Call { .. } => {
            let Some((owner, name, _)) = free_call(cx, source) else { return false };
            if name == Name::FROM_STR || name.as_str() == "from_str_radix" {
                return true;
            }
            PARSERS.iter().any(|(from, names)| *from == owner.as_str() && names.contains(&name.as_str()))
        }
        _ => false,
    }
}
