//! How code is written: the text around the parts of an expression, where white space, parentheses and operators stand.

use crate::checks::BodyCx;
use crate::model::hir::ExprId;
use crate::source::Span;

/// Returns the place from `from` to `to` in the file at hand; `None` where they are in the wrong order.
pub(super) fn between(cx: &BodyCx<'_>, from: u32, to: u32) -> Option<Span> {
    (from <= to).then_some(Span::new(cx.model.file, from, to))
}

/// Returns what follows the part `part` of the expression `whole` within it.
pub(super) fn behind(cx: &BodyCx<'_>, part: ExprId, whole: ExprId) -> Option<Span> {
    let (part, whole) = (cx.code.span(part), cx.code.span(whole));
    (whole.contains(part) && whole.file == cx.model.file).then_some(())?;
    between(cx, part.end, whole.end)
}

/// Returns the place of the `.method(…)` behind the receiver of the method call `id`, from its dot on, if it is written so.
pub(super) fn method(cx: &BodyCx<'_>, id: ExprId, receiver: ExprId, name: &str) -> Option<Span> {
    let tail = behind(cx, receiver, id)?;
    let text = cx.text_of(tail);
    let from_dot = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ')');
    from_dot.strip_prefix('.')?.trim_start().strip_prefix(name)?;
    // auditor: allow(integer-overflow) what is trimmed off a text is no longer than the text
    let start = tail.start + (text.len() - from_dot.len()) as u32;
    between(cx, start, tail.end)
}

/// The same with the white space before the dot, for what continues the line above.
pub(super) fn with_break(cx: &BodyCx<'_>, receiver: ExprId, tail: Span) -> Option<Span> {
    let before = between(cx, cx.code.span(receiver).end, tail.start)?;
    let blank = cx.text_of(before).trim_end().len() as u32;
    between(cx, before.start + blank, tail.end)
}

/// Tells whether a text is white space and parentheses but for `sign`, which stands in it once.
pub(super) fn is_only(text: &str, sign: &str) -> bool {
    let blank = |text: &str| text.chars().all(|letter| letter.is_whitespace() || letter == '(' || letter == ')');
    text.split_once(sign).is_some_and(|(before, after)| blank(before) && blank(after))
}

/// Tells whether a text is white space and parentheses, or nothing.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || letter == '(' || letter == ')')
}
