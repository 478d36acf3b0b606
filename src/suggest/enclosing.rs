//! What stands around a site in its body: closures and async blocks, out of which `?` does not return from the function, and the
//! expression that it is a part of.

use crate::checks::BodyCx;
use crate::model::hir::{BlockKind, Expr, ExprId};
use crate::source::Span;

use super::Suggester;

/// The macros of std that evaluate their arguments where they stand: `?` in one returns from the function around it.
const IN_PLACE: [&str; 20] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "format",
    "matches",
    "panic",
    "print",
    "println",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

impl Suggester<'_> {
    /// Whether a `return` at `id` returns from the function that the body is of.
    pub(super) fn returns(&self, cx: &BodyCx<'_>, id: ExprId) -> bool {
        let span = cx.code.span(id);
        let barriers = self.barriers.get_or_init(|| barriers(cx));
        let after = barriers.partition_point(|barrier| barrier.end <= span.start);
        barriers.get(after).is_none_or(|barrier| barrier.start > span.start)
    }

    /// The expression that directly holds `id`.
    pub(super) fn parent(&self, cx: &BodyCx<'_>, id: ExprId) -> Option<Expr> {
        let parents = self.parents.get_or_init(|| parents(cx));
        let at = id.number().checked_sub(cx.body().exprs.start)?;
        let parent = parents.get(at as usize).copied().filter(|parent| parent.number() != 0)?;
        Some(cx.expr(parent))
    }
}

/// The outermost places of the body out of which `return` does not lead, in order. O(body · log).
fn barriers(cx: &BodyCx<'_>) -> Vec<Span> {
    let body = cx.body();
    let exprs = cx.code.exprs.get(body.exprs.start as usize..body.exprs.end as usize).unwrap_or(&[]);
    let place = |(id, expr): (u32, &Expr)| match *expr {
        Expr::Closure { .. } | Expr::Block { kind: BlockKind::Async | BlockKind::Try, .. } => {
            Some(cx.code.span(ExprId::new(id)))
        }
        Expr::Macro { call, .. } => {
            let call = cx.code.calls.get(call.index())?;
            (!IN_PLACE.contains(&call.name.as_str())).then_some(call.span)
        }
        _ => None,
    };
    let mut found: Vec<Span> = (body.exprs.start..).zip(exprs).filter_map(place).collect();
    found.retain(|span| span.file == cx.model.file);
    found.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut reached = 0;
    found.retain(|span| {
        let outermost = span.end > reached;
        reached = reached.max(span.end);
        outermost
    });
    found
}

/// The expression that holds each of the body's, by its place; number 0 where there is none. O(body).
fn parents(cx: &BodyCx<'_>) -> Vec<ExprId> {
    let range = cx.body().exprs.clone();
    let mut parents = vec![ExprId::new(0); range.len()];
    for id in range.clone().map(ExprId::new) {
        cx.code.children(id, |child| {
            let at = child.number().checked_sub(range.start);
            if let Some(slot) = at.and_then(|at| parents.get_mut(at as usize)) {
                *slot = id;
            }
        });
    }
    parents
}
