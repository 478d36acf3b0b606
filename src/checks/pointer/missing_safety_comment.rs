//! An unsafe block or impl without a `SAFETY` comment, an unsafe function without a `# Safety` section.

use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, item_head};
use crate::model::hir::{ExprId, ItemId};
use crate::model::item::{ItemKind, Mark, Parent};
use crate::source::Span;

pub const CHECK: Check =
    Check { rule: "missing-safety-comment", looks_at: &[ExprKind::UnsafeBlock], named: None, run, item: Some(item) };

const KIND: &str = "missing-safety-comment";

/// Lines above a place that are looked through for its comment.
const LINES_ABOVE: u32 = 24;

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let span = cx.code.span(id);
    if !is_explained(cx, span) {
        let keyword = Span::new(span.file, span.start, span.end.min(span.start + "unsafe".len() as u32));
        sites.report_at(cx, id, keyword, SiteBuilder::possible(KIND).detail("unsafe block"));
    }
}

fn item(cx: &BodyCx<'_>, id: ItemId, sites: &mut Sites<'_>) {
    let Some(item) = cx.model.items.get(id.index()) else { return };
    let (wants, what) = match item.kind {
        ItemKind::Impl { is_unsafe: true, .. } => {
            let place = cx.code.items.get(id.index());
            (place.is_some_and(|&(_, name)| !is_explained(cx, name)), "unsafe impl")
        }
        ItemKind::Fn(function) => {
            let function = cx.model.functions.get(function.index());
            let declared = function.is_some_and(|it| it.is_unsafe && it.body.is_some());
            (declared && !item.attrs.is(Mark::DocSafety) && !in_trait_impl(cx, item.parent), "unsafe fn")
        }
        ItemKind::Trait { is_unsafe: true, .. } => (!item.attrs.is(Mark::DocSafety), "unsafe trait"),
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

/// Whether a comment that says `SAFETY` stands in the line, above the statement, or first within the braces.
fn is_explained(cx: &BodyCx<'_>, span: Span) -> bool {
    if span.file != cx.model.file {
        return true;
    }
    let line = cx.lines.line(span.start);
    let top = first_line(cx, line);
    let speaks = |comment: &crate::source::Comment| {
        let text = cx.text_of(comment.span);
        text.contains("SAFETY") || text.contains("Safety:") || text.contains("# Safety") || text.contains("safety:")
    };
    let after = cx.comments.partition_point(|it| it.span.end < span.start);
    let inside = cx.comments.get(after..).unwrap_or(&[]).iter().take(1).any(|comment| {
        let between = Span::new(span.file, span.start, comment.span.start.max(span.start));
        let first = cx.text_of(between).split_once('{').is_some_and(|(_, rest)| rest.trim().is_empty());
        (first || cx.lines.line(comment.span.start) == line) && speaks(comment)
    });
    let above = cx.comments.get(..after).unwrap_or(&[]).iter().rev();
    inside || above.take_while(|it| cx.lines.line(it.span.end) >= top).any(speaks)
}

/// The first line of the statement that `line` belongs to, with the comments and attributes above it.
fn first_line(cx: &BodyCx<'_>, line: u32) -> u32 {
    let mut top = line;
    while top > 1 && line - top < LINES_ABOVE {
        let Some(range) = cx.lines.line_range(cx.text, top - 1) else { break };
        let above = cx.text.get(range).unwrap_or("").trim();
        let comment =
            above.starts_with("//") || above.starts_with("/*") || above.starts_with('*') || above.ends_with("*/");
        let attribute = above.starts_with("#[");
        if !comment && !attribute && (above.is_empty() || above.ends_with([';', '{', '}', ','])) {
            break;
        }
        top -= 1;
    }
    top
}
