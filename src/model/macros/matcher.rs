//! Matches a call's tokens against a rule's matcher, greedily as `macro_rules!` does.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::rules::{Op, is_close, is_open};
use crate::model::lower::Source;
use crate::model::name::Name;
use crate::syntax::tokens::{Token, fragment_len};
use crate::syntax::{Edition, Fragment, SyntaxKind as K};

/// A call's argument tokens, without the outer delimiters, and the text they stand in.
pub(in crate::model) struct Args<'a> {
    /// The tokens.
    pub(in crate::model) tokens: &'a [Token],
    /// What their offsets refer to.
    pub(in crate::model) source: &'a Source<'a>,
    /// The edition they are read in.
    pub(in crate::model) edition: Edition,
    /// How far fragments reach that were asked for, by where they begin and must end: rule after rule asks for the same ones.
    known: RefCell<FxHashMap<(usize, usize, Fragment), Option<usize>>>,
}

impl<'a> Args<'a> {
    pub(in crate::model) fn new(tokens: &'a [Token], source: &'a Source<'a>, edition: Edition) -> Self {
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
        self.source.text.get(token.start as usize..token.end as usize).unwrap_or("")
    }
}

/// What a variable was bound to.
#[derive(Debug, Clone)]
pub(super) enum Binding {
    /// Tokens from one index to another, as this kind of fragment.
    Tokens { from: usize, to: usize, fragment: Name },
    /// One binding for each round of a repetition.
    Rounds(Vec<Binding>),
}

/// Variables by name.
pub(super) type Bindings = FxHashMap<Name, Binding>;

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
    let token = args.tokens.get(at..to).and_then(<[Token]>::first);
    match op {
        Op::Token(wanted) => same(wanted, text, token?, args).then_some(at + 1),
        Op::Crate { .. } => None,
        Op::Group(open, inside, _) => {
            if token?.kind != open.kind {
                return None;
            }
            let close = closing(args.tokens, at, to)?;
            let end = sequence(inside, text, args, at + 1, close, bindings)?;
            (end == close).then_some(close + 1)
        }
        Op::Var { name, fragment, .. } => {
            let len = variable(fragment.as_str(), args, at, to)?;
            bindings.insert(*name, Binding::Tokens { from: at, to: at + len, fragment: *fragment });
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
    let mut rounds: Vec<Bindings> = Vec::new();
    let mut at = from;
    while rounds.len() < at_most {
        let mut start = at;
        if !rounds.is_empty() && !separator.is_empty() {
            let fits = separator.iter().enumerate().all(|(n, wanted)| {
                args.tokens
                    .get(at..to)
                    .and_then(|rest| rest.get(n))
                    .is_some_and(|token| same(wanted, text, token, args))
            });
            if !fits {
                break;
            }
            start += separator.len();
        }
        let mut round = Bindings::default();
        match sequence(ops, text, args, start, to, &mut round) {
            // A round that takes nothing would go on for ever.
            Some(end) if end > at => {
                at = end;
                rounds.push(round);
            }
            _ => break,
        }
    }
    if rounds.len() < at_least {
        return None;
    }
    for name in variables(ops) {
        let each = rounds.iter().filter_map(|round| round.get(&name).cloned()).collect();
        bindings.insert(name, Binding::Rounds(each));
    }
    Some(at)
}

fn variables(ops: &[Op]) -> Vec<Name> {
    let mut names = Vec::new();
    for op in ops {
        match op {
            Op::Var { name, .. } => names.push(*name),
            Op::Group(_, inside, _) | Op::Repeat { ops: inside, .. } => names.extend(variables(inside)),
            Op::Token(_) | Op::Crate { .. } => {}
        }
    }
    names
}

fn same(wanted: &Token, text: &str, token: &Token, args: &Args<'_>) -> bool {
    wanted.kind == token.kind
        && (wanted.kind.is_punct()
            || text.get(wanted.start as usize..wanted.end as usize).unwrap_or("") == args.text_of(token))
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

/// Returns how many tokens at `at` a fragment takes.
fn variable(fragment: &str, args: &Args<'_>, at: usize, to: usize) -> Option<usize> {
    let rest = args.tokens.get(at..to)?;
    let first = rest.first();
    let parsed = match fragment {
        "vis" => {
            return Some(first.map_or(0, |_| args.fragment(at, to, Fragment::Visibility).unwrap_or(0)));
        }
        "tt" => {
            let kind = first?.kind;
            return if is_open(kind) { Some(closing(args.tokens, at, to)? + 1 - at) } else { Some(operator_len(rest)) };
        }
        "ident" => {
            let kind = first?.kind;
            return (kind == K::IDENT || (kind.is_any_identifier() && kind != K::UNDERSCORE)).then_some(1);
        }
        "lifetime" => return (first?.kind == K::LIFETIME_IDENT).then_some(1),
        "literal" => {
            let negative = usize::from(first?.kind == K::MINUS);
            let kind = rest.get(negative)?.kind;
            return (kind.is_literal() || matches!(kind, K::TRUE_KW | K::FALSE_KW)).then_some(1 + negative);
        }
        "expr" | "expr_2021" => {
            // These can begin no expression, though the parser would recover.
            if matches!(first?.kind, K::COMMA | K::SEMICOLON | K::EQ | K::LET_KW | K::R_ANGLE | K::UNDERSCORE) {
                return None;
            }
            Fragment::Expr
        }
        "block" => {
            if first?.kind != K::L_CURLY {
                return None;
            }
            return Some(closing(args.tokens, at, to)? + 1 - at);
        }
        "ty" => Fragment::Type,
        "path" => Fragment::Path,
        "pat" => Fragment::Pattern,
        "pat_param" => Fragment::PatternNoTopAlt,
        "stmt" => Fragment::Statement,
        "item" => Fragment::Item,
        "meta" => Fragment::Meta,
        _ => return None,
    };
    args.fragment(at, to, parsed).filter(|&len| len > 0)
}

/// Returns how many tokens one token tree takes: an operator of several characters is one to a macro.
fn operator_len(tokens: &[Token]) -> usize {
    let kinds: Vec<K> = tokens.iter().take(3).map(|token| token.kind).collect();
    let joint = |at: usize| tokens.get(at).is_some_and(|token| token.joint);
    let (two, three) = (joint(0), joint(0) && joint(1));
    match kinds.as_slice() {
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
