//! Spans of operators whose operands a macro put together, by rustc's rules, which look at the operator too.

use super::InText;
use super::expr::is_expr;
use crate::model::expand::span_map::{Expansion, FragmentOrigin, NOWHERE, SpanMap, TokenOrigin};
use crate::model::hir::SyntaxContext;
use crate::source::Span;
use crate::syntax::{Node, SyntaxKind as K};

/// Operators within the left sides of others that are looked at.
const DEPTH: u32 = 32;

impl InText<'_> {
    /// Returns the real span of `left + right` or of `left as Type`.
    pub(super) fn span_of_operation(&self, node: Node<'_>) -> Span {
        let SpanMap::Made(made) = self.map else { return self.span_of(node) };
        if made.is_of_one(self.base + node.start(), self.base + node.end()) {
            return self.span_of(node);
        }
        self.operation(made, node, DEPTH).map_or_else(|| self.span_of(node), |place| place.span)
    }

    fn operation(&self, made: &Expansion, node: Node<'_>, depth: u32) -> Option<TokenOrigin> {
        let mut sides = node.children().filter(|child| !child.kind().is_trivia());
        let (left, operator, right) = (sides.next()?, sides.next()?, sides.next()?);
        if !is_expr(left.kind()) {
            return None;
        }
        let left = self.left(made, left, depth)?;
        let operator = self.ends(made, operator)?;
        let right = self.whole(made, right, depth)?;
        Some(to(to(left, operator), right))
    }

    /// An operand before its operator. One that ends with a `$name` counts as that name alone, whatever stands before it.
    fn left(&self, made: &Expansion, node: Node<'_>, depth: u32) -> Option<TokenOrigin> {
        let (end, segment) = made.last_before(self.base + node.end())?;
        let end = made.last_token(self.base + node.end(), end, segment);
        match (end.matched, end.variable) {
            (FragmentOrigin::Tokens, _) => self.whole(made, node, depth),
            (_, Some((span, context))) => Some(TokenOrigin { span, context, ..NOWHERE }),
            (_, None) => Some(TokenOrigin { span: end.span, context: end.context, ..NOWHERE }),
        }
    }

    fn whole(&self, made: &Expansion, node: Node<'_>, depth: u32) -> Option<TokenOrigin> {
        let Some(deeper) = depth.checked_sub(1) else { return self.ends(made, node) };
        match node.kind() {
            K::BIN_EXPR | K::CAST_EXPR => self.operation(made, node, deeper),
            K::PAREN_EXPR => {
                let (place, segment) = made.first_from(self.base + node.start())?;
                let open = made.first_token(self.base + node.start(), place, segment);
                match (open.matched, open.variable) {
                    // The parentheses stand for the borders of a fragment.
                    (FragmentOrigin::Fragment, None) => {
                        let inner = self.whole(made, node.find(is_expr)?, deeper)?;
                        Some(TokenOrigin {
                            variable: None,
                            earlier: open.earlier,
                            matched: FragmentOrigin::Fragment,
                            ..inner
                        })
                    }
                    _ => self.ends(made, node),
                }
            }
            _ => self.ends(made, node),
        }
    }

    /// The place from the first token of `node` to its last.
    fn ends(&self, made: &Expansion, node: Node<'_>) -> Option<TokenOrigin> {
        let (start, end) = (self.base + node.start(), self.base + node.end());
        let (first, segment) = made.first_from(start)?;
        let first = made.first_token(start, first, segment);
        let (last, segment) = made.last_before(end)?;
        let last = made.last_token(end, last, segment);
        if first.span == last.span {
            return Some(first);
        }
        // What begins or ends with a `$name` does so where that stands, not where its value does.
        let here = |place: TokenOrigin| match (place.matched, place.variable) {
            (FragmentOrigin::Fragment, Some((span, context))) => TokenOrigin { span, context, ..NOWHERE },
            _ => place,
        };
        Some(to(here(first), here(last)))
    }
}

/// The place from one to another, as rustc's `Span::to` has it.
fn to(from: TokenOrigin, to: TokenOrigin) -> TokenOrigin {
    let named = |place: TokenOrigin, context: SyntaxContext| {
        let per_use = place.variable.filter(|_| place.matched != FragmentOrigin::Fragment);
        [per_use, place.earlier].into_iter().flatten().find(|&(_, of)| of == context).map(|(span, _)| span)
    };
    let first =
        |place: TokenOrigin| if place.matched == FragmentOrigin::Fragment { place.earlier } else { place.variable };
    let made = |one: Span, other: Span, context| TokenOrigin { span: around(one, other), context, ..NOWHERE };
    if from.context == to.context {
        return made(from.span, to.span, from.context);
    }
    if let Some(span) = named(to, from.context) {
        return made(from.span, span, from.context);
    }
    if let Some(span) = named(from, to.context) {
        return made(span, to.span, to.context);
    }
    match (first(from), first(to)) {
        (Some((one, context)), Some((other, also))) if context == also => made(one, other, context),
        // Neither text holds the other: rustc keeps the part that is further in.
        _ if from.context.is_root() => to,
        _ => from,
    }
}

fn around(one: Span, other: Span) -> Span {
    if one.file != other.file {
        return one;
    }
    Span { start: one.start.min(other.start), end: one.end.max(other.end), ..one }
}
