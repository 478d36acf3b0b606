//! An unsafe block or impl without a `SAFETY` comment, an unsafe function without a `# Safety` section.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, item_head, safety_above};
use crate::model::hir::{ExprId, ItemId};
use crate::model::item::{ItemKind, Mark, Parent};
use crate::source::{Span, argues_safety};

pub const CHECK: Check =
    Check { rule: "missing-safety-comment", looks_at: &[ExprKind::UnsafeBlock], named: None, run, item: Some(item) };

const KIND: &str = "missing-safety-comment";

// What is there, and what was looked for.
const UNSAFE_BLOCK: &str = "unsafe block: no `SAFETY:` comment above its statement, in its line or first within it";
const UNSAFE_IMPL: &str = "unsafe impl: no `SAFETY:` comment above it";
const UNSAFE_FN: &str = "unsafe fn: no `# Safety` in its documentation";
const UNSAFE_TRAIT: &str = "unsafe trait: no `# Safety` in its documentation";

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let span = cx.code.span(id);
    if !is_explained(cx, span) {
        let keyword = Span::new(span.file, span.start, span.end.min(span.start + "unsafe".len() as u32));
        sites.report_at(cx, id, keyword, SiteBuilder::possible(KIND).detail(UNSAFE_BLOCK));
    }
}

fn item(cx: &BodyCx<'_>, id: ItemId, sites: &mut Sites<'_>) {
    let Some(item) = cx.model.items.get(id.index()) else { return };
    let (wants, what) = match item.kind {
        ItemKind::Impl { is_unsafe: true, .. } => {
            let place = cx.code.items.get(id.index());
            (place.is_some_and(|&(_, name)| !is_explained(cx, name)), UNSAFE_IMPL)
        }
        ItemKind::Fn(function) => {
            let function = cx.model.functions.get(function.index());
            let declared = function.is_some_and(|it| it.is_unsafe && it.body.is_some());
            (declared && !item.attrs.is(Mark::DocSafety) && !in_trait_impl(cx, item.parent), UNSAFE_FN)
        }
        ItemKind::Trait { is_unsafe: true, .. } => (!item.attrs.is(Mark::DocSafety), UNSAFE_TRAIT),
        _ => return,
    };
    if wants {
        sites.report_item(id, item_head(cx, id), SiteBuilder::possible(KIND).detail(what));
    }
}

/// A trait's method has its contract at the trait.
fn in_trait_impl(cx: &BodyCx<'_>, parent: Parent) -> bool {
    let Parent::Item(parent) = parent else { return false };
    let parent = cx.model.items.get(parent.index());
    parent.is_some_and(|it| matches!(it.kind, ItemKind::Impl { trait_path: Some(_), .. }))
}

/// Whether a comment argues for the unsafe code at `span`: above it or its statement, in its line, or first within the braces.
fn is_explained(cx: &BodyCx<'_>, span: Span) -> bool {
    if span.file != cx.model.file {
        return true;
    }
    let line = cx.lines.line(span.start);
    let after = cx.comments.partition_point(|it| it.span.end < span.start);
    let inside = cx.comments.get(after..).unwrap_or(&[]).iter().take(1).any(|comment| {
        let between = Span::new(span.file, span.start, comment.span.start.max(span.start));
        let first = cx.text_of(between).split_once('{').is_some_and(|(_, rest)| rest.trim().is_empty());
        (first || cx.lines.line(comment.span.start) == line) && argues_safety(cx.text_of(comment.span))
    });
    inside || safety_above::is_argued(cx, span.start)
}
