//! Values that are dropped where they are made: statements, `let _`, `drop(…)`, with `.ok()` behind or without.

use super::body_cx::BodyCx;
use super::callee::free_call;
use crate::model::hir::{Expr, ExprId, Pat};

/// Adapters behind a value that change nothing about its being dropped.
const ADAPTERS: u32 = 4;

/// Returns the value that the statement `id` makes and drops; `None` for any other.
pub fn discarded(cx: &BodyCx<'_>, id: ExprId) -> Option<ExprId> {
    let value = match cx.expr(id) {
        Expr::Semi(value) => value,
        Expr::LetStmt { pat, init: Some(init), .. } if matches!(cx.code.pat(pat), Pat::Wild) => init,
        _ => return None,
    };
    let value = match (cx.expr(value), free_call(cx, value)) {
        (_, Some((_, name, args))) if name.as_str() == "drop" => *cx.code.list(args).first()?,
        _ => value,
    };
    let mut value = value;
    for _ in 0..ADAPTERS {
        match cx.expr(value) {
            Expr::MethodCall { receiver, method, args } if args.is_empty() && method.as_str() == "ok" => {
                value = receiver;
            }
            _ => break,
        }
    }
    Some(value)
}
