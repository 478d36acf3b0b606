//! What would put a site in order: from the typed body to edits as plain data, one file a kind of change. A change is proposed
//! only where its types say that it compiles; what is done with it is not known here.

mod arithmetic;
mod cast;
mod enclosing;
mod index;
mod question_mark;
mod safety;
mod unwrap;
mod written;

use std::cell::OnceCell;

use crate::checks::{BodyCx, Fixes};
use crate::finding::Fix;
use crate::model::hir::ExprId;
use crate::source::{Edition, Span};
use crate::types::world::World;

use question_mark::Returned;

/// Proposes fixes for the sites of one body. What it asks of the whole body is worked out once, when first asked.
pub struct Suggester<'a> {
    world: &'a World,
    edition: Edition,
    barriers: OnceCell<Vec<Span>>,
    parents: OnceCell<Vec<ExprId>>,
    returned: OnceCell<Option<Returned>>,
}

impl<'a> Suggester<'a> {
    /// Knows nothing of a body yet; `edition` is that of its file.
    pub fn new(world: &'a World, edition: Edition) -> Self {
        let (barriers, parents, returned) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { world, edition, barriers, parents, returned }
    }

    /// How a path into std begins: before 2018 it begins in the module at hand.
    fn std(&self) -> &'static str {
        if self.edition == Edition::E2015 { "::std" } else { "std" }
    }
}

impl Fixes for Suggester<'_> {
    fn fix(&self, cx: &BodyCx<'_>, id: ExprId, kind: &str, rule: &str) -> Option<Fix> {
        let fix = match kind {
            "unwrap" | "expect" => self.unwrap(cx, id, rule),
            "slice-index" | "range-index" | "str-index" | "map-index" => self.index(cx, id),
            "integer-division" => self.division(cx, id),
            "panicking-api" => self.time(cx, id),
            "refcell-borrow" => self.borrow(cx, id),
            "pointer-cast" => self.cast(cx, id),
            "missing-safety-comment" => safety::skeleton(cx, id),
            _ => None,
        }?;
        // What is deleted must be code alone: comments stay as they are.
        let kept = |span: Span| {
            let after = cx.comments.partition_point(|comment| comment.span.end <= span.start);
            cx.comments.get(after).is_none_or(|comment| comment.span.start >= span.end)
        };
        fix.edits.iter().all(|edit| kept(edit.span)).then_some(fix)
    }
}
