//! Where lowered code really stands: a file's text, or text made by a macro expansion whose tokens keep their places.

use std::sync::Arc;

use crate::model::macros::MacroDef;
use crate::source::{FileId, Span};
use crate::syntax::tokens::{self, Token};
use crate::syntax::{Edition, Node, SyntaxKind};

/// Text being lowered, with the way back from its offsets to real places.
#[derive(Clone, Copy)]
pub(in crate::model) struct Source<'s> {
    /// The text that nodes' offsets refer to.
    pub text: &'s str,
    /// Added to offsets before they are looked up: where `text` begins in what `map` knows.
    pub base: u32,
    map: Map<'s>,
}

#[derive(Clone, Copy)]
enum Map<'s> {
    File(FileId),
    Made(&'s Virtual),
}

/// A real place as rustc sees it: a span, the expansion whose text it is, and for a macro's argument also the `$name` that
/// brought it in.
///
/// The rules by which two of them combine are rustc's (`Span::to`): places of one expansion combine; an argument combined
/// with its macro's own text counts as the `$name` in that text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) struct Place {
    /// Where the token stands.
    pub span: Span,
    /// The expansion that it was written for; 0 is the file itself.
    pub context: u32,
    /// The `$name` it was substituted for, and that text's expansion.
    pub variable: Option<(Span, u32)>,
    /// Of a name that was substituted again and again, the first `$name`.
    pub earlier: Option<(Span, u32)>,
}

/// Text made by an expansion, and its tokens.
#[derive(Debug, Clone, Default)]
pub(in crate::model) struct Virtual {
    /// The text, tokens apart where they were apart.
    pub text: String,
    /// What is parsed.
    pub tokens: Vec<Token>,
    /// Where each token came from, in order; parentheses put around an argument stand at its `$name`.
    segments: Vec<(u32, u32, Place)>,
}

impl Virtual {
    /// Appends a token that stands at `place`.
    pub(in crate::model) fn push(&mut self, kind: SyntaxKind, text: &str, place: Place) {
        self.push_together([(kind, text)], place);
    }

    /// Appends tokens that stand at one `place`.
    pub(in crate::model) fn push_together<'t>(
        &mut self,
        parts: impl IntoIterator<Item = (SyntaxKind, &'t str)>,
        place: Place,
    ) {
        let start = self.text.len() as u32;
        for (kind, text) in parts {
            self.push_glue(kind, text);
        }
        self.segments.push((start, self.text.len() as u32, place));
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

    fn first_from(&self, offset: u32) -> Option<Place> {
        let at = self.segments.partition_point(|&(_, end, _)| end <= offset);
        let &(start, _, place) = self.segments.get(at)?;
        let skipped = offset.saturating_sub(start);
        Some(Place { span: Span { start: place.span.start + skipped, ..place.span }, ..place })
    }

    fn last_before(&self, offset: u32) -> Option<Place> {
        let at = self.segments.partition_point(|&(start, _, _)| start < offset).checked_sub(1)?;
        let &(_, end, place) = self.segments.get(at)?;
        let cut = end.saturating_sub(offset);
        Some(Place { span: Span { end: place.span.end - cut, ..place.span }, ..place })
    }
}

impl<'s> Source<'s> {
    /// The text of a file.
    pub(in crate::model) fn file(file: FileId, text: &'s str) -> Self {
        Self { text, base: 0, map: Map::File(file) }
    }

    /// Text made by an expansion.
    pub(in crate::model) fn made(made: &'s Virtual) -> Self {
        Self { text: &made.text, base: 0, map: Map::Made(made) }
    }

    /// The same text, `base` bytes further in what places are looked up in.
    pub(in crate::model) fn moved(self, base: u32) -> Self {
        Self { base: self.base + base, ..self }
    }

    /// Reads the macro definition whose rules stand between the delimiters of `tree`.
    pub(in crate::model) fn definition_of(&self, tree: Node<'_>, edition: Edition) -> Option<MacroDef> {
        let Map::Made(made) = self.map else { return None };
        let text = self.text.get(tree.start() as usize + 1..(tree.end() as usize).checked_sub(1)?)?;
        Some(MacroDef::made(text, Arc::new(made.clone()), self.base + tree.start() + 1, edition))
    }

    /// The same places under another text of the same length, such as one with other delimiters.
    pub(in crate::model) fn with_text<'o>(&self, text: &'o str) -> Source<'o>
    where
        's: 'o,
    {
        Source { text, base: self.base, map: self.map }
    }

    /// Returns the text of `node`.
    pub(in crate::model) fn text_of(&self, node: Node<'_>) -> &'s str {
        self.text.get(node.start() as usize..node.end() as usize).unwrap_or("")
    }

    /// Returns the real place of one token.
    pub(in crate::model) fn place(&self, start: u32, end: u32) -> Place {
        let (start, end) = (self.base + start, self.base + end);
        match self.map {
            Map::File(file) => Place { span: Span::new(file, start, end), context: 0, variable: None, earlier: None },
            Map::Made(made) => made.first_from(start).unwrap_or(NOWHERE),
        }
    }

    /// Returns the real span of `start..end`.
    pub(in crate::model) fn span(&self, start: u32, end: u32) -> Span {
        let (start, end) = (self.base + start, self.base + end);
        match self.map {
            Map::File(file) => Span::new(file, start, end),
            Map::Made(made) => match (made.first_from(start), made.last_before(end)) {
                (Some(first), Some(last)) => combine(first, last),
                (Some(place), None) | (None, Some(place)) => place.span,
                (None, None) => NOWHERE.span,
            },
        }
    }

    /// Returns the real span of `node` without its leading attributes.
    pub(in crate::model) fn span_of(&self, node: Node<'_>) -> Span {
        self.span(node.start(), node.end())
    }

    /// Tells whether this text is a file's own.
    pub(in crate::model) fn is_file(&self) -> bool {
        matches!(self.map, Map::File(_))
    }
}

const NOWHERE: Place = Place { span: Span::new(FileId(0), 0, 0), context: 0, variable: None, earlier: None };

fn combine(first: Place, last: Place) -> Span {
    let joined = |from: Span, to: Span| {
        if from.file == to.file && from.start <= to.end { Span::new(from.file, from.start, to.end) } else { from }
    };
    if first.context == last.context {
        return joined(first.span, last.span);
    }
    let named = |place: Place, context: u32| {
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
        _ if first.context == 0 => last.span,
        _ => first.span,
    }
}
