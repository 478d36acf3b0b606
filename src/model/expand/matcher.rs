//! Matches a call's tokens against a rule's matcher, greedily as `macro_rules!` does.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::rules::{Op, Variable, is_close, is_open};
use super::span_map::InText;
use crate::model::name::Name;
use crate::syntax::tokens::{Token, TokenText, fragment_len};
use crate::syntax::{Edition, Fragment, SyntaxKind as K};

/// A call's argument tokens, without the outer delimiters, and the text they stand in.
pub(in crate::model) struct Args<'a> {
    /// The tokens.
    pub(in crate::model) tokens: &'a [Token],
    /// What their offsets refer to.
    pub(in crate::model) source: &'a InText<'a>,
    /// The edition they are read in.
    pub(in crate::model) edition: Edition,
    /// How far fragments reach that were asked for, by where they begin and must end: rule after rule asks for the same ones.
    known: RefCell<FxHashMap<(usize, usize, Fragment), Option<usize>>>,
}

impl<'a> Args<'a> {
    pub(in crate::model) fn new(tokens: &'a [Token], source: &'a InText<'a>, edition: Edition) -> Self {
        Self { tokens, source, edition, known: RefCell::default() }
    }

    /// Returns how many tokens from `at` on, `to` at most, a fragment takes; `None` where they do not begin one.
    fn fragment(&self, at: usize, to: usize, fragment: Fragment) -> Option<usize> {
        let key = (at, to, fragment);
        // auditor: allow(refcell-borrow) the borrow ends with the line, and nothing within it asks again
        let known = self.known.borrow().get(&key).copied();
        if let Some(known) = known {
            return known;
        }
        let rest = self.tokens.get(at..to)?;
        let len = fragment_len(rest, self.source.text, self.edition, fragment);
        // auditor: allow(refcell-borrow) as above: parsing is done
        self.known.borrow_mut().insert(key, len);
        len
    }

    fn text_of(&self, token: &Token) -> &str {
        self.source.text.text_of(token)
    }
}

/// What a variable was bound to.
#[derive(Debug, Clone)]
pub(super) enum Binding {
    /// Tokens from one index to another, as this kind of fragment.
    Tokens { from: usize, to: usize, fragment: Variable },
    /// One binding for each round of a repetition.
    Rounds(Vec<Binding>),
}

/// Variables by name: few, and the last of a name counts.
pub(super) type Bindings = Vec<(Name, Binding)>;

/// Matches all of `args`; `None` where the matcher does not fit.
pub(super) fn matches(ops: &[Op], text: &str, args: &Args<'_>) -> Option<Bindings> {
    let mut bindings = Bindings::default();
    let end = sequence(ops, text, args, 0, args.tokens.len(), &mut bindings)?;
    (end == args.tokens.len()).then_some(bindings)
}

fn sequence(ops: &[Op], text: &str, args: &Args<'_>, from: usize, to: usize, bindings: &mut Bindings) -> Option<usize> {
    let mut at = from;
    for op in ops {
        at = one(op, text, args, at, to, bindings)?;
    }
    Some(at)
}

fn one(op: &Op, text: &str, args: &Args<'_>, at: usize, to: usize, bindings: &mut Bindings) -> Option<usize> {
    let rest = args.tokens.get(at..to)?;
    match op {
        Op::Tokens(wanted) => begins(rest, wanted, text, args).then_some(at + wanted.len()),
        Op::Crate { .. } => None,
        Op::Group(open, inside) => {
            if rest.first()?.kind != open.kind {
                return None;
            }
            let close = closing(args.tokens, at, to)?;
            let end = sequence(inside, text, args, at + 1, close, bindings)?;
            (end == close).then_some(close + 1)
        }
        Op::Var { name, fragment, .. } => {
            let fragment = (*fragment)?;
            let len = variable(fragment, args, at, to)?;
            bindings.push((*name, Binding::Tokens { from: at, to: at + len, fragment }));
            Some(at + len)
        }
        Op::Repeat { ops, separator, at_least, at_most } => {
            repetition(ops, separator, (*at_least, *at_most), text, args, at, to, bindings)
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the state of one match; a struct would only rename it")]
fn repetition(
    ops: &[Op],
    separator: &[Token],
    (at_least, at_most): (usize, usize),
    text: &str,
    args: &Args<'_>,
    from: usize,
    to: usize,
    bindings: &mut Bindings,
) -> Option<usize> {
    // Of all rounds, one after the other, and where each one's end: tables have thousands of rounds.
    let (mut bound, mut ends) = (Bindings::default(), Vec::new());
    let mut at = from;
    while ends.len() < at_most {
        let mut start = at;
        if !ends.is_empty() && !separator.is_empty() {
            if !args.tokens.get(at..to).is_some_and(|rest| begins(rest, separator, text, args)) {
                break;
            }
            start += separator.len();
        }
        let before = bound.len();
        match sequence(ops, text, args, start, to, &mut bound) {
            // A round that takes nothing would go on for ever.
            Some(end) if end > at => {
                at = end;
                ends.push(bound.len());
            }
            _ => {
                bound.truncate(before);
                break;
            }
        }
    }
    if ends.len() < at_least {
        return None;
    }
    for name in variables(ops) {
        let mut each = Vec::with_capacity(ends.len());
        let mut start = 0;
        for &end in &ends {
            let round = bound.get_mut(start..end).unwrap_or_default();
            if let Some((taken, binding)) = round.iter_mut().rfind(|(known, _)| *known == name) {
                *taken = Name::MISSING;
                each.push(std::mem::replace(binding, Binding::Rounds(Vec::new())));
            }
            start = end;
        }
        bindings.push((name, Binding::Rounds(each)));
    }
    Some(at)
}

fn variables(ops: &[Op]) -> Vec<Name> {
    let mut names = Vec::new();
    for op in ops {
        match op {
            Op::Var { name, .. } => names.push(*name),
            Op::Group(_, inside) | Op::Repeat { ops: inside, .. } => names.extend(variables(inside)),
            Op::Tokens(_) | Op::Crate { .. } => {}
        }
    }
    names
}

/// Whether `rest` begins with the tokens that are `wanted`, whose text is `text`.
fn begins(rest: &[Token], wanted: &[Token], text: &str, args: &Args<'_>) -> bool {
    let Some(rest) = rest.get(..wanted.len()) else { return false };
    rest.iter().zip(wanted).all(|(token, wanted)| {
        wanted.kind == token.kind && (wanted.kind.is_punct() || text.text_of(wanted) == args.text_of(token))
    })
}

/// Returns the index of the token that closes the group opened at `open`.
pub(super) fn closing(tokens: &[Token], open: usize, to: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (n, token) in tokens.get(open..to)?.iter().enumerate() {
        if is_open(token.kind) {
            depth += 1;
        } else if is_close(token.kind) {
            depth -= 1;
            if depth == 0 {
                return Some(open + n);
            }
        }
    }
    None
}

/// Returns how many tokens at `at` a variable takes.
fn variable(variable: Variable, args: &Args<'_>, at: usize, to: usize) -> Option<usize> {
    let rest = args.tokens.get(at..to)?;
    let first = rest.first().map(|token| token.kind);
    match variable {
        Variable::Visibility => Some(first.map_or(0, |_| args.fragment(at, to, Fragment::Visibility).unwrap_or(0))),
        Variable::TokenTree if is_open(first?) => Some(closing(args.tokens, at, to)? + 1 - at),
        Variable::TokenTree => Some(operator_len(rest)),
        Variable::Ident => {
            let kind = first?;
            (kind == K::IDENT || (kind.is_any_identifier() && kind != K::UNDERSCORE)).then_some(1)
        }
        Variable::Lifetime => (first? == K::LIFETIME_IDENT).then_some(1),
        Variable::Literal => {
            let negative = usize::from(first? == K::MINUS);
            let kind = rest.get(negative)?.kind;
            (kind.is_literal() || matches!(kind, K::TRUE_KW | K::FALSE_KW)).then_some(1 + negative)
        }
        Variable::Block if first? == K::L_CURLY => Some(closing(args.tokens, at, to)? + 1 - at),
        Variable::Block => None,
        // These can begin no expression, though the parser would recover.
        Variable::Parsed(Fragment::Expr)
            if matches!(first?, K::COMMA | K::SEMICOLON | K::EQ | K::LET_KW | K::R_ANGLE | K::UNDERSCORE) =>
        {
            None
        }
        Variable::Parsed(fragment) => args.fragment(at, to, fragment).filter(|&len| len > 0),
    }
}

/// Returns how many tokens one token tree takes: an operator of several characters is one to a macro.
fn operator_len(tokens: &[Token]) -> usize {
    let kinds: [K; 3] = std::array::from_fn(|at| tokens.get(at).map_or(K::EOF, |token| token.kind));
    let joint = |at: usize| tokens.get(at).is_some_and(|token| token.joint);
    let (two, three) = (joint(0), joint(0) && joint(1));
    match kinds {
        [K::DOT, K::DOT, K::DOT | K::EQ] if three => 3,
        [K::L_ANGLE, K::L_ANGLE, K::EQ] | [K::R_ANGLE, K::R_ANGLE, K::EQ] if three => 3,
        [K::MINUS | K::EQ, K::R_ANGLE, ..]
        | [K::COLON, K::COLON, ..]
        | [K::DOT, K::DOT, ..]
        | [K::AMP, K::AMP, ..]
        | [K::PIPE, K::PIPE, ..]
        | [K::L_ANGLE, K::L_ANGLE, ..]
        | [K::R_ANGLE, K::R_ANGLE, ..]
            if two =>
        {
            2
        }
        [
            K::EQ
            | K::BANG
            | K::L_ANGLE
            | K::R_ANGLE
            | K::PLUS
            | K::MINUS
            | K::STAR
            | K::SLASH
            | K::PERCENT
            | K::CARET
            | K::AMP
            | K::PIPE,
            K::EQ,
            ..,
        ] if two => 2,
        _ => 1,
    }
}
