//! The span map: maps offsets of a file's text, or of text that an expansion made, to source spans with their expansion.

mod origin;

use std::sync::Arc;

use super::syntax_context::MacroDefSite;
use crate::model::hir::SyntaxContext;
use crate::source::{FileId, Span};
use crate::syntax::tokens::{self, Token};
use crate::syntax::{Node, SyntaxKind};

use super::rules::Variable;
pub(in crate::model) use origin::{FragmentOrigin, NOWHERE, TokenOrigin};
use origin::{combine, joined};

/// Text being lowered, with the way back from its offsets to real places.
#[derive(Clone, Copy)]
pub(in crate::model) struct InText<'s> {
    /// The text that nodes' offsets refer to.
    pub text: &'s str,
    /// Added to offsets before they are looked up: where `text` begins in what `map` knows.
    pub base: u32,
    pub(in crate::model) map: SpanMap<'s>,
}

#[derive(Clone, Copy)]
pub(in crate::model) enum SpanMap<'s> {
    File(FileId),
    Made(&'s Expansion),
}

/// Text made by an expansion, and its tokens.
#[derive(Debug, Clone, Default)]
pub(in crate::model) struct Expansion {
    /// The text, tokens apart where they were apart.
    pub text: String,
    /// What is parsed.
    pub tokens: Vec<Token>,
    /// Where the tokens came from, in order; parentheses put around an argument stand at its `$name`.
    segments: Vec<Segment>,
    /// The fragments that stay whole, in order; what is within one is not told apart.
    pieces: Vec<Piece>,
}

/// A fragment that a macro matched, in the text of its expansion.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) kind: Variable,
    /// Whether parentheses were put around it.
    pub(super) wrapped: bool,
}

/// Tokens that came from one place.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct Segment {
    start: u32,
    end: u32,
    place: TokenOrigin,
    /// Whether they stand side by side there, as they do here; else each stands for the whole place.
    run: bool,
}

impl Expansion {
    /// Nothing yet, with room for about so many tokens.
    pub(in crate::model) fn with_room(tokens: usize) -> Self {
        // Code has some six bytes to a token, and two to four tokens stand side by side.
        let (text, segments) = (String::with_capacity(tokens * 6), Vec::with_capacity(tokens / 2));
        Self { text, tokens: Vec::with_capacity(tokens), segments, pieces: Vec::new() }
    }

    /// Appends a token that stands at `place`.
    pub(in crate::model) fn push(&mut self, kind: SyntaxKind, text: &str, place: TokenOrigin) {
        self.push_together([(kind, text)], place);
    }

    /// Appends tokens that stand at one `place`.
    pub(in crate::model) fn push_together<'t>(
        &mut self,
        parts: impl IntoIterator<Item = (SyntaxKind, &'t str)>,
        place: TokenOrigin,
    ) {
        let start = self.text.len() as u32;
        for (kind, text) in parts {
            self.push_glue(kind, text);
        }
        self.segments.push(Segment { start, end: self.text.len() as u32, place, run: false });
    }

    /// Appends `tokens`, which stand side by side in `text`; the first of them begins, and the last ends, at `place`.
    pub(in crate::model) fn push_run(
        &mut self,
        tokens: &[Token],
        text: &str,
        place: TokenOrigin,
        kind: impl Fn(&Token) -> SyntaxKind,
    ) {
        let ([first, .., last] | [first @ last]) = tokens else { return };
        let start = self.text.len() as u32;
        self.text.push_str(text.get(first.start as usize..last.end as usize).unwrap_or(""));
        for token in tokens {
            let moved = |at: u32| start + (at - first.start);
            tokens::push(&mut self.tokens, kind(token), moved(token.start), moved(token.end));
        }
        self.segments.push(Segment { start, end: self.text.len() as u32, place, run: true });
    }

    /// Appends `tokens`, which stand side by side in the text of `from`, where `base` is added to their offsets; `origin` says
    /// where they came from now.
    fn push_copy(
        &mut self,
        (from, base): (&Self, u32),
        text: &str,
        tokens: &[Token],
        origin: impl Fn(TokenOrigin) -> TokenOrigin,
    ) {
        let ([first, .., last] | [first @ last]) = tokens else { return };
        let start = self.text.len() as u32;
        self.text.push_str(text.get(first.start as usize..last.end as usize).unwrap_or(""));
        for token in tokens {
            let moved = |at: u32| start + (at - first.start);
            tokens::push(&mut self.tokens, token.kind, moved(token.start), moved(token.end));
        }
        let (begin, end) = (base + first.start, base + last.end);
        let at = from.segments.partition_point(|segment| segment.end <= begin);
        let within = from.segments.get(at..).unwrap_or(&[]).iter().take_while(|segment| segment.start < end);
        self.segments.extend(within.map(|segment| {
            let (before, behind) = (begin.saturating_sub(segment.start), segment.end.saturating_sub(end));
            let mut place = segment.place;
            place.span.start += before;
            if segment.run {
                place.span.end = place.span.end.saturating_sub(behind);
            }
            Segment {
                start: start + (segment.start + before - begin),
                end: start + (segment.end - behind - begin),
                place: origin(place),
                run: segment.run,
            }
        }));
    }

    /// Appends tokens of a text, side by side as they stand there; `origin` says where they came from now.
    pub(super) fn push_tokens(
        &mut self,
        tokens: &[Token],
        source: &InText<'_>,
        origin: impl Fn(TokenOrigin) -> TokenOrigin,
    ) {
        let ([first, .., last] | [first @ last]) = tokens else { return };
        if let Some(made) = source.expansion() {
            self.push_copy(made, source.text, tokens, origin);
        } else {
            let whole = origin(source.place(first.start, last.end));
            self.push_run(tokens, source.text, whole, |token| token.kind);
        }
        if !last.joint {
            self.space();
        }
    }

    /// The same text as if it stood in a file: no expansion is told apart.
    pub(super) fn at_root(mut self) -> Self {
        for segment in &mut self.segments {
            let span = segment.place.span;
            segment.place = TokenOrigin { span, ..NOWHERE };
        }
        self
    }

    /// Notes that the text from `start` on is one fragment.
    pub(super) fn push_piece(&mut self, start: u32, kind: Variable, wrapped: bool) {
        let end = self.text.trim_end().len() as u32;
        if start < end {
            self.pieces.push(Piece { start, end, kind, wrapped });
        }
    }

    /// Notes a fragment that another text holds, `by` bytes further on here.
    pub(super) fn copy_piece(&mut self, piece: Piece, from: u32, to: u32) {
        let moved = |at: u32| to + (at - from);
        self.pieces.push(Piece { start: moved(piece.start), end: moved(piece.end), ..piece });
    }

    /// Appends a token that stands nowhere.
    pub(in crate::model) fn push_glue(&mut self, kind: SyntaxKind, text: &str) {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        tokens::push(&mut self.tokens, kind, start, self.text.len() as u32);
    }

    /// Sets what follows apart from what stands before it.
    pub(in crate::model) fn space(&mut self) {
        self.text.push(' ');
    }

    /// Returns the place from `start` to `end`.
    fn span(&self, start: u32, end: u32) -> Span {
        let at = self.segments.partition_point(|segment| segment.end <= start);
        if let Some((first, rest)) = self.segments.get(at..).and_then(<[_]>::split_first)
            && first.start < end
        {
            // Most of what is asked for ends in the segment that it begins in.
            let ends_here = rest.first().is_none_or(|next| end <= next.start);
            let more = if ends_here { 0 } else { rest.partition_point(|segment| segment.start < end) };
            let last = more.checked_sub(1).and_then(|at| rest.get(at)).unwrap_or(first);
            let (from, to) = (first.place.span, last.place.span);
            let start = from.start + start.saturating_sub(first.start);
            let end = to.end - last.end.saturating_sub(end);
            if first.place.context == last.place.context && from.file == to.file && start <= end {
                return Span::new(from.file, start, end);
            }
        }
        match (self.first_from(start), self.last_before(end)) {
            (Some((first, from)), Some((last, to))) => {
                if first.context == last.context
                    && let Some(joined) = joined(first.span, last.span)
                {
                    return joined;
                }
                combine(self.first_token(start, first, from), self.last_token(end, last, to))
            }
            (Some((place, from)), None) => self.first_token(start, place, from).span,
            (None, Some((place, to))) => self.last_token(end, place, to).span,
            (None, None) => NOWHERE.span,
        }
    }

    /// Whether all that is from `start` to `end` is of one expansion.
    pub(in crate::model) fn is_of_one(&self, start: u32, end: u32) -> bool {
        let from = self.segments.partition_point(|segment| segment.end <= start);
        let within = self.segments.get(from..).unwrap_or(&[]).iter().take_while(|segment| segment.start < end);
        let mut contexts = within.map(|segment| segment.place.context);
        contexts.next().is_none_or(|first| contexts.all(|context| context == first))
    }

    /// Returns the place of what follows `offset`, up to where its segment ends, and the segment.
    pub(in crate::model) fn first_from(&self, offset: u32) -> Option<(TokenOrigin, &Segment)> {
        let at = self.segments.partition_point(|segment| segment.end <= offset);
        let segment = self.segments.get(at)?;
        let skipped = offset.saturating_sub(segment.start);
        let place = segment.place;
        Some((TokenOrigin { span: Span { start: place.span.start + skipped, ..place.span }, ..place }, segment))
    }

    /// Returns the place of what stands before `offset`, from where its segment begins, and the segment.
    pub(in crate::model) fn last_before(&self, offset: u32) -> Option<(TokenOrigin, &Segment)> {
        let at = self.segments.partition_point(|segment| segment.start < offset).checked_sub(1)?;
        let segment = self.segments.get(at)?;
        let cut = segment.end.saturating_sub(offset);
        let place = segment.place;
        Some((TokenOrigin { span: Span { end: place.span.end - cut, ..place.span }, ..place }, segment))
    }

    /// Cuts what follows `offset` in its segment down to one token.
    pub(in crate::model) fn first_token(&self, offset: u32, place: TokenOrigin, segment: &Segment) -> TokenOrigin {
        let at = self.tokens.partition_point(|token| token.end <= offset);
        let Some(token) = self.tokens.get(at).filter(|_| segment.run) else { return place };
        let end = place.span.end - (segment.end - token.end);
        TokenOrigin { span: Span { end, ..place.span }, ..place }
    }

    /// Cuts what stands before `offset` in its segment down to one token.
    pub(in crate::model) fn last_token(&self, offset: u32, place: TokenOrigin, segment: &Segment) -> TokenOrigin {
        let at = self.tokens.partition_point(|token| token.start < offset).saturating_sub(1);
        let Some(token) = self.tokens.get(at).filter(|_| segment.run) else { return place };
        let start = place.span.start + (token.start - segment.start);
        TokenOrigin { span: Span { start, ..place.span }, ..place }
    }
}

impl<'s> InText<'s> {
    /// The text of a file.
    pub(in crate::model) fn file(file: FileId, text: &'s str) -> Self {
        Self { text, base: 0, map: SpanMap::File(file) }
    }

    /// Text made by an expansion.
    pub(in crate::model) fn made(made: &'s Expansion) -> Self {
        Self { text: &made.text, base: 0, map: SpanMap::Made(made) }
    }

    /// The same text, `base` bytes further in what places are looked up in.
    pub(in crate::model) fn moved(self, base: u32) -> Self {
        Self { base: self.base + base, ..self }
    }

    /// Returns the text between the delimiters of `tree`, with the expansion that made it and its offset there; `None` in a
    /// file's own text.
    pub(in crate::model) fn made_between(&self, tree: Node<'_>) -> Option<(&'s str, Arc<Expansion>, u32)> {
        let SpanMap::Made(made) = self.map else { return None };
        let text = self.text.get(tree.start() as usize + 1..(tree.end() as usize).checked_sub(1)?)?;
        Some((text, Arc::new(made.clone()), self.base + tree.start() + 1))
    }

    /// Returns the expansion that made the text, and where in its text this one begins.
    pub(super) fn expansion(&self) -> Option<(&'s Expansion, u32)> {
        match self.map {
            SpanMap::Made(made) => Some((made, self.base)),
            SpanMap::File(_) => None,
        }
    }

    /// Returns the fragments from one offset to another that stay whole.
    pub(super) fn pieces(&self, start: u32, end: u32) -> impl Iterator<Item = Piece> {
        let (pieces, base): (&[Piece], u32) = self.expansion().map_or((&[], 0), |(made, base)| (&made.pieces, base));
        let from = pieces.partition_point(|piece| piece.start < base + start);
        let within = pieces.get(from..).unwrap_or(&[]).iter().take_while(move |piece| piece.end <= base + end);
        within.map(move |piece| Piece { start: piece.start - base, end: piece.end - base, ..*piece })
    }

    /// The same places under another text of the same length, such as one with other delimiters.
    pub(in crate::model) fn with_text<'o>(&self, text: &'o str) -> InText<'o>
    where
        's: 'o,
    {
        InText { text, base: self.base, map: self.map }
    }

    /// Returns the text of `node`.
    pub(in crate::model) fn text_of(&self, node: Node<'_>) -> &'s str {
        self.text.get(node.start() as usize..node.end() as usize).unwrap_or("")
    }

    /// Returns the real place of one token.
    pub(in crate::model) fn place(&self, start: u32, end: u32) -> TokenOrigin {
        let (start, end) = (self.base + start, self.base + end);
        match self.map {
            SpanMap::File(file) => TokenOrigin {
                span: Span::new(file, start, end),
                context: SyntaxContext::ROOT,
                variable: None,
                earlier: None,
                matched: FragmentOrigin::Tokens,
            },
            SpanMap::Made(made) => {
                made.first_from(start).map_or(NOWHERE, |(place, from)| made.first_token(start, place, from))
            }
        }
    }

    /// Returns the syntax context of the token at `start`.
    #[inline]
    pub(in crate::model) fn context(&self, start: u32) -> SyntaxContext {
        match self.map {
            SpanMap::File(_) => SyntaxContext::ROOT,
            SpanMap::Made(made) => {
                made.first_from(self.base + start).map_or(SyntaxContext::ROOT, |(place, _)| place.context)
            }
        }
    }

    /// Returns which macro the rules are of whose opening delimiter stands at `start`.
    pub(in crate::model) fn macro_def_site(&self, start: u32) -> MacroDefSite {
        let place = self.place(start, start + 1);
        MacroDefSite { file: place.span.file, start: place.span.start, ctx: place.context }
    }

    /// Returns the real span of `start..end`.
    #[inline]
    pub(in crate::model) fn span(&self, start: u32, end: u32) -> Span {
        let (start, end) = (self.base + start, self.base + end);
        match self.map {
            SpanMap::File(file) => Span::new(file, start, end),
            SpanMap::Made(made) => made.span(start, end),
        }
    }

    /// Returns the real span of `node` without its leading attributes.
    pub(in crate::model) fn span_of(&self, node: Node<'_>) -> Span {
        self.span(node.start(), node.end())
    }

    /// Tells whether this text is a file's own.
    pub(in crate::model) fn is_file(&self) -> bool {
        matches!(self.map, SpanMap::File(_))
    }
}
