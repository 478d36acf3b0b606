//! Writes out a rule's transcriber with its variables filled in; every token keeps its real place.

use std::cell::RefCell;
use std::slice;

use rustc_hash::FxHashMap;

use super::brackets::{is_close, is_open};
use super::definition::{Expanded, MacroDef};
use super::matcher::{Args, Binding, Bindings};
use super::rules::{Op, Variable};
use super::span_map::{Expansion, FragmentOrigin, InText, TokenOrigin};
use super::syntax_context::SyntaxContexts;
use crate::model::hir::SyntaxContext;
use crate::model::name::Name;
use crate::source::Span;
use crate::syntax::tokens::{Token, TokenText};
use crate::syntax::{Fragment, SyntaxKind as K};

/// Tokens that a transcriber is expected to write besides the call's own.
const ROOM: usize = 64;

/// Writes out `ops`; a text that would be longer than `limit` is given up.
pub(super) fn transcribe(
    ops: &[Op],
    def: &MacroDef,
    args: &Args<'_>,
    bindings: &Bindings,
    contexts: &RefCell<SyntaxContexts>,
    limit: usize,
) -> Expanded {
    let made = Expansion::with_room(args.tokens.len() + ROOM);
    // auditor: allow(refcell-borrow) no other borrow lives while a macro is written out
    let context = contexts.borrow_mut().expansion(def.site());
    let mut writer = Writer {
        def,
        args,
        bindings,
        contexts,
        context,
        limit,
        rounds: Vec::new(),
        alone: false,
        firsts: FxHashMap::default(),
        made,
    };
    match writer.write(ops) {
        Some(()) => Expanded::Text(writer.made),
        None if writer.made.text.len() > limit => Expanded::TooLong,
        // A repetition that its variables do not bound.
        None => Expanded::NoRule,
    }
}

struct Writer<'w> {
    def: &'w MacroDef,
    args: &'w Args<'w>,
    bindings: &'w Bindings,
    contexts: &'w RefCell<SyntaxContexts>,
    /// The context of the definition's own text.
    context: SyntaxContext,
    limit: usize,
    /// The round of each enclosing repetition.
    rounds: Vec<usize>,
    /// Whether what is written is a variable that a repetition without separator holds alone: `$($rest)*`.
    alone: bool,
    /// The first `$name` of each fragment, by the fragment's tokens.
    firsts: FxHashMap<(usize, usize), (Span, SyntaxContext)>,
    made: Expansion,
}

/// The context of a token of the definition whose context there is `written`.
fn marked(contexts: &RefCell<SyntaxContexts>, written: SyntaxContext, expansion: SyntaxContext) -> SyntaxContext {
    if written.is_root() {
        return expansion;
    }
    // auditor: allow(refcell-borrow) no other borrow lives while a macro is written out
    contexts.borrow_mut().marked(written, expansion)
}

/// The place of a name that is substituted for a `$name`; the first one that it was substituted for still counts, as in rustc.
fn substituted(place: TokenOrigin, variable: (Span, SyntaxContext)) -> TokenOrigin {
    TokenOrigin {
        variable: Some(variable),
        earlier: place.earlier.or(place.variable),
        matched: FragmentOrigin::Name,
        ..place
    }
}

/// The place of a token tree that is substituted for a `$name`; one that was substituted before stands at the `$name` now.
fn moved_on(place: TokenOrigin, variable: (Span, SyntaxContext)) -> TokenOrigin {
    let span = if place.variable.is_some() { variable.0 } else { place.span };
    TokenOrigin { span, variable: Some(variable), matched: FragmentOrigin::Tokens, ..place }
}

/// Whether tokens are one, or a pair of brackets with what is between.
fn is_one(tokens: &[Token]) -> bool {
    let mut open = 0_u32;
    let closed = tokens.iter().position(|token| {
        open = match token.kind {
            K::L_PAREN | K::L_BRACK | K::L_CURLY => open + 1,
            K::R_PAREN | K::R_BRACK | K::R_CURLY => open.saturating_sub(1),
            _ => open,
        };
        open == 0
    });
    closed.is_some_and(|at| at + 1 == tokens.len())
}

/// Whether a pattern has a `|` outside of brackets.
fn has_alternatives(tokens: &[Token]) -> bool {
    let mut depth = 0_u32;
    tokens.iter().any(|token| {
        if is_open(token.kind) {
            depth += 1;
        } else if is_close(token.kind) {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.kind == K::PIPE
    })
}

impl<'w> Writer<'w> {
    fn write(&mut self, ops: &[Op]) -> Option<()> {
        for (at, op) in ops.iter().enumerate() {
            if self.made.text.len() > self.limit {
                return None;
            }
            match op {
                Op::Tokens(tokens) => self.own(tokens),
                // Transcribers have none.
                Op::Group(..) => {}
                Op::Crate { start, end } => self.krate(*start, *end),
                Op::Var { name, start, token, .. } => {
                    let next = ops.get(at + 1);
                    let before_colons = matches!(next, Some(Op::Tokens(next))
                        if next.first().is_some_and(|next| next.kind == K::COLON && next.joint));
                    self.variable(*name, *start, token, before_colons);
                }
                Op::Repeat { ops, separator, .. } => self.repeat(ops, separator)?,
            }
        }
        Some(())
    }

    /// Writes tokens of the definition itself, which stand side by side.
    fn own(&mut self, tokens: &[Token]) {
        let (def, edition) = (self.def, self.args.edition);
        let (contexts, context) = (self.contexts, self.context);
        let place = |place: TokenOrigin| TokenOrigin {
            context: marked(contexts, place.context, context),
            variable: None,
            earlier: None,
            matched: FragmentOrigin::Tokens,
            ..place
        };
        self.definition(&def.source(), tokens, place, |token| {
            // What is a word to an older definition may be a keyword where it is called.
            if def.edition == edition { token.kind } else { token.kind_in(&def.text, edition) }
        });
    }

    fn own_place(&self, start: u32, end: u32) -> TokenOrigin {
        let place = self.def.source().place(start, end);
        let context = marked(self.contexts, place.context, self.context);
        TokenOrigin { context, variable: None, earlier: None, matched: FragmentOrigin::Tokens, ..place }
    }

    fn krate(&mut self, start: u32, end: u32) {
        let place = self.own_place(start, end);
        let krate = self.args.krate;
        if krate.is_missing() {
            self.made.push(K::CRATE_KW, "crate", place);
        } else {
            self.made.push_together([(K::COLON, ":"), (K::COLON, ":"), (K::IDENT, krate.as_str())], place);
        }
    }

    fn variable(&mut self, name: Name, start: u32, token: &Token, before_colons: bool) {
        let end = token.end;
        let Some((from, to, fragment)) = self.bound(name) else {
            // Not a variable of this macro: it may be one of a macro that this one defines.
            let place = self.own_place(start, end);
            self.made.push_together([(K::DOLLAR, "$"), (token.kind, self.def.text.text_of(token))], place);
            if !token.joint {
                self.made.space();
            }
            return;
        };
        let variable = self.variable_place(start, token);
        let written = self.made.text.len() as u32;
        if fragment.stays_whole() {
            let wrapped = self.fragment(from, to, fragment, before_colons, variable);
            self.made.push_piece(written, fragment, wrapped);
        } else {
            self.token_tree((from, to), fragment, variable);
        }
        self.made.space();
    }

    /// Where a `$name` of the definition stands, and its context: the name alone where the `$` came from elsewhere, as an argument.
    fn variable_place(&self, start: u32, name: &Token) -> (Span, SyntaxContext) {
        let (whole, name) = (self.own_place(start, name.end), self.own_place(name.start, name.end));
        let together = (whole.span.file, whole.span.end) == (name.span.file, name.span.end);
        let place = if together { whole } else { name };
        (place.span, place.context)
    }

    /// Writes a name, a lifetime or a token tree; the fragments in it stay what they are.
    fn token_tree(&mut self, (from, to): (usize, usize), fragment: Variable, variable: (Span, SyntaxContext)) {
        let tokens = self.args.tokens.get(from..to).unwrap_or(&[]);
        let written = self.made.text.len() as u32;
        let moved = |place| moved_on(place, variable);
        match (fragment, tokens) {
            (Variable::TokenTree, _) if self.alone => self.arguments(tokens, |place| place),
            (Variable::TokenTree, [first, within @ .., last]) => {
                self.arguments(slice::from_ref(first), moved);
                self.arguments(within, |place| place);
                self.arguments(slice::from_ref(last), moved);
            }
            (Variable::TokenTree, _) => self.arguments(tokens, moved),
            _ => self.arguments(tokens, |place| substituted(place, variable)),
        }
        self.pieces(tokens, written);
    }

    /// Takes over the fragments among `tokens`, which were written from `written` on.
    fn pieces(&mut self, tokens: &[Token], written: u32) {
        let ([first, .., last] | [first @ last]) = tokens else { return };
        let source = self.args.source;
        for piece in source.pieces(first.start, last.end) {
            self.made.copy_piece(piece, first.start, written);
        }
    }

    /// Writes a fragment that was parsed; tells whether it stands in parentheses that were put around it.
    fn fragment(
        &mut self,
        from: usize,
        to: usize,
        fragment: Variable,
        before_colons: bool,
        variable: (Span, SyntaxContext),
    ) -> bool {
        let all = self.args.tokens.get(from..to).unwrap_or(&[]);
        let first = Some(self.first(from, to, variable));
        let matched = FragmentOrigin::Fragment;
        let group = TokenOrigin { span: variable.0, context: variable.1, variable: None, earlier: first, matched };
        // One that was passed on is in parentheses already: they stand at this `$name` now.
        let known = self.args.group(from).is_some_and(|known| known.wrapped && known.end == to);
        let tokens = if known { all.get(1..all.len() - 1).unwrap_or(&[]) } else { all };
        let simple = tokens.len() <= 1;
        let is_value = matches!(fragment, Variable::Expr { .. } | Variable::Literal);
        let alternatives = matches!(fragment, Variable::Parsed(Fragment::Pattern)) && has_alternatives(tokens);
        let grouped = known || (!simple && (is_value || alternatives));
        let qualified = fragment == Variable::Parsed(Fragment::Type)
            && before_colons
            && !tokens.iter().all(|token| matches!(token.kind, K::IDENT | K::COLON));
        // What a group is part of begins and ends at the `$name`; what lies within stays where it was.
        if grouped {
            self.made.push(K::L_PAREN, "(", group);
            self.arguments(tokens, |place| place);
            self.made.push(K::R_PAREN, ")", group);
            return true;
        }
        if qualified {
            self.made.push_glue(K::L_ANGLE, "<");
        }
        if simple {
            self.arguments(tokens, |place| TokenOrigin { variable: Some(variable), earlier: first, matched, ..place });
        } else {
            let matched = FragmentOrigin::Tokens;
            self.arguments(tokens, |place| TokenOrigin { variable: Some(variable), matched, ..place });
        }
        if qualified {
            self.made.push_glue(K::R_ANGLE, ">");
        }
        false
    }

    /// The `$name` that the fragment from one token of the call to another is substituted for first: rustc combines it with
    /// what stands around every other as if it stood there. Where all of it was a fragment before, that was so then.
    fn first(&mut self, from: usize, to: usize, variable: (Span, SyntaxContext)) -> (Span, SyntaxContext) {
        let tokens = self.args.tokens.get(from..to).unwrap_or(&[]);
        let place = tokens.first().map(|token| self.args.source.place(token.start, token.end));
        if let Some(TokenOrigin { matched: FragmentOrigin::Fragment, earlier: Some(earlier), .. }) = place
            && is_one(tokens)
        {
            return earlier;
        }
        *self.firsts.entry((from, to)).or_insert(variable)
    }

    /// Writes tokens of the call, whose places are what `place` makes of their own.
    fn arguments(&mut self, tokens: &[Token], place: impl Fn(TokenOrigin) -> TokenOrigin) {
        self.made.push_tokens(tokens, self.args.source, place);
    }

    /// Writes tokens of the definition; what was made before stands side by side, but may come from anywhere.
    fn definition(
        &mut self,
        source: &InText<'_>,
        tokens: &[Token],
        place: impl Fn(TokenOrigin) -> TokenOrigin,
        kind: impl Fn(&Token) -> K,
    ) {
        for run in tokens.chunk_by(|_, _| source.is_file()) {
            let ([first, .., last] | [first @ last]) = run else { continue };
            let whole = place(source.place(first.start, last.end));
            self.made.push_run(run, source.text, whole, &kind);
            if !last.joint {
                self.made.space();
            }
        }
    }

    fn binding(&self, name: Name) -> Option<&Binding> {
        self.bindings.iter().rev().find(|(known, _)| *known == name).map(|(_, binding)| binding)
    }

    /// Returns what `name` is bound to in the current rounds.
    fn bound(&self, name: Name) -> Option<(usize, usize, Variable)> {
        let mut binding = self.binding(name)?;
        let mut rounds = self.rounds.iter();
        loop {
            match binding {
                Binding::Tokens { from, to, fragment } => return Some((*from, *to, *fragment)),
                Binding::Rounds(each) => binding = each.get(*rounds.next()?)?,
            }
        }
    }

    fn repeat(&mut self, ops: &[Op], separator: &[Token]) -> Option<()> {
        if let Some(tokens) = self.run_of(ops, separator) {
            let written = self.made.text.len() as u32;
            self.arguments(tokens, |place| place);
            self.pieces(tokens, written);
            self.made.space();
            return Some(());
        }
        let count = self.round_count(ops)?;
        for round in 0..count {
            if round > 0 {
                self.own(separator);
            }
            self.rounds.push(round);
            let outer = std::mem::replace(&mut self.alone, separator.is_empty() && matches!(ops, [Op::Var { .. }]));
            let written = self.write(ops);
            self.alone = outer;
            self.rounds.pop();
            written?;
        }
        Some(())
    }

    /// Returns the tokens of `$($rest)*`, which stand side by side in the call: they are written at once.
    fn run_of(&self, ops: &[Op], separator: &[Token]) -> Option<&'w [Token]> {
        let ([Op::Var { name, .. }], []) = (ops, separator) else { return None };
        let mut binding = self.binding(*name)?;
        for &round in &self.rounds {
            let Binding::Rounds(each) = binding else { return None };
            binding = each.get(round)?;
        }
        let Binding::Rounds(each) = binding else { return None };
        let (mut start, mut end) = (None, None);
        for one in each {
            let Binding::Tokens { from, to, fragment: Variable::TokenTree } = one else { return None };
            if end.is_some_and(|end| end != *from) {
                return None;
            }
            start.get_or_insert(*from);
            end = Some(*to);
        }
        self.args.tokens.get(start?..end?)
    }

    /// Returns how often a repetition goes round: as often as the first of its variables that repeats here.
    fn round_count(&self, ops: &[Op]) -> Option<usize> {
        ops.iter().find_map(|op| match op {
            Op::Var { name, .. } => {
                let mut binding = self.binding(*name)?;
                let mut rounds = self.rounds.iter();
                loop {
                    let Binding::Rounds(each) = binding else { return None };
                    match rounds.next() {
                        Some(&round) => binding = each.get(round)?,
                        None => return Some(each.len()),
                    }
                }
            }
            Op::Group(_, inside) | Op::Repeat { ops: inside, .. } => self.round_count(inside),
            Op::Tokens(_) | Op::Crate { .. } => None,
        })
    }
}
