//! Where a token came from, and how the origins of two tokens combine to one span: by rustc's rules (`Span::to`).

use crate::model::hir::SyntaxContext;
use crate::source::{FileId, Span};

/// The origin of a token as rustc sees it: a span, the expansion whose text it is, and for a macro's argument also the `$name` that
/// brought it in.
///
/// The rules by which two of them combine are rustc's (`Span::to`): places of one expansion combine; an argument combined
/// with its macro's own text counts as the `$name` in that text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) struct TokenOrigin {
    /// Where the token stands.
    pub span: Span,
    /// The expansions that it was written for.
    pub context: SyntaxContext,
    /// The `$name` it was substituted for, and that text's expansion.
    pub variable: Option<(Span, SyntaxContext)>,
    /// Of what was substituted again and again, the first `$name`: of a name in an outer expansion, of a fragment anywhere.
    pub earlier: Option<(Span, SyntaxContext)>,
    /// What it was substituted as.
    pub matched: FragmentOrigin,
}

/// What a token of a macro's argument was matched as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum FragmentOrigin {
    /// Nothing, or a token tree.
    Tokens,
    /// `$name:ident` or a lifetime.
    Name,
    /// All of a fragment that was parsed, such as an expression.
    Fragment,
}

pub(in crate::model) const NOWHERE: TokenOrigin = TokenOrigin {
    span: Span::new(FileId(0), 0, 0),
    context: SyntaxContext::ROOT,
    variable: None,
    earlier: None,
    matched: FragmentOrigin::Tokens,
};

/// The place from one to another that does not stand before it.
pub(super) fn joined(from: Span, to: Span) -> Option<Span> {
    (from.file == to.file && from.start <= to.end).then(|| Span::new(from.file, from.start, to.end))
}

pub(super) fn combine(first: TokenOrigin, last: TokenOrigin) -> Span {
    let joined = |from: Span, to: Span| joined(from, to).unwrap_or(from);
    if first.context == last.context {
        return joined(first.span, last.span);
    }
    let named = |place: TokenOrigin, context: SyntaxContext| {
        let mut names = [place.variable, place.earlier].into_iter().flatten();
        names.find(|&(_, of)| of == context).map(|(span, _)| span)
    };
    if let Some(span) = named(first, last.context) {
        return joined(span, last.span);
    }
    if let Some(span) = named(last, first.context) {
        return joined(first.span, span);
    }
    match (first.variable, last.variable) {
        (Some((from, one)), Some((to, other))) if one == other => joined(from, to),
        // Neither text holds the other: rustc keeps the part that is further in.
        _ if first.context.is_root() => last.span,
        _ => first.span,
    }
}
