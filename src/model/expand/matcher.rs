//! Matches a call's tokens against a rule's matcher, greedily as `macro_rules!` does.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::brackets::{closes, is_open};
use super::rules::{Op, Variable};
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
    /// What `$crate` is called where the call stands; missing for the call's own crate.
    pub(in crate::model) krate: Name,
    /// For each token that opens a bracket the index of the one that closes it.
    closes: Vec<u32>,
    /// Which tokens begin a fragment that an outer macro matched: it stays one piece.
    groups: FxHashMap<u32, Group>,
    /// How far fragments reach that were asked for, by where they begin and must end: rule after rule asks for the same ones.
    known: RefCell<FxHashMap<(usize, usize, Variable), Option<usize>>>,
}

/// A fragment that an outer macro matched, among a call's tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    /// One past its last token.
    pub(super) end: usize,
    pub(super) kind: Variable,
    /// Whether its first and last tokens are parentheses that were put around it.
    pub(super) wrapped: bool,
}

impl<'a> Args<'a> {
    pub(in crate::model) fn new(tokens: &'a [Token], source: &'a InText<'a>, edition: Edition) -> Self {
        let (closes, groups) = (closes(tokens), groups(tokens, source));
        Self { tokens, source, edition, krate: Name::MISSING, closes, groups, known: RefCell::default() }
    }

    /// Returns the fragment that begins at a token.
    pub(super) fn group(&self, at: usize) -> Option<Group> {
        if self.groups.is_empty() { None } else { self.groups.get(&(at as u32)).copied() }
    }

    /// Returns how many tokens from `at` on, `to` at most, a fragment takes; `None` where they do not begin one.
    fn fragment(&self, at: usize, to: usize, variable: Variable, fragment: Fragment) -> Option<usize> {
        let key = (at, to, variable);
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

    /// Returns the index of the token that closes the bracket at `open`.
    fn closing(&self, open: usize, to: usize) -> Option<usize> {
        let close = *self.closes.get(open)? as usize;
        (open < close && close < to).then_some(close)
    }
}

/// Finds the fragments among `tokens`; both stand in the order of the text.
fn groups(tokens: &[Token], source: &InText<'_>) -> FxHashMap<u32, Group> {
    let mut found = FxHashMap::default();
    let ([first, .., last] | [first @ last]) = tokens else { return found };
    let mut at = 0;
    for piece in source.pieces(first.start, last.end) {
        let rest = tokens.get(at..).unwrap_or(&[]);
        let from = at + rest.partition_point(|token| token.start < piece.start);
        let rest = tokens.get(from..).unwrap_or(&[]);
        let end = from + rest.partition_point(|token| token.end <= piece.end);
        if tokens.get(from).is_some_and(|token| token.start == piece.start) {
            found.insert(from as u32, Group { end, kind: piece.kind, wrapped: piece.wrapped });
        }
        at = from;
    }
    found
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

/// Matches all of `args`; `None` where the matcher, whose text is `text`, does not fit.
pub(super) fn matches(ops: &[Op], text: &str, args: &Args<'_>) -> Option<Bindings> {
    let mut bindings = Bindings::default();
    let matcher = Matcher { text, args };
    let end = matcher.sequence(ops, 0, args.tokens.len(), &mut bindings)?;
    (end == args.tokens.len()).then_some(bindings)
}

/// A rule's matcher against a call.
struct Matcher<'m> {
    text: &'m str,
    args: &'m Args<'m>,
}

impl Matcher<'_> {
    fn sequence(&self, ops: &[Op], from: usize, to: usize, bindings: &mut Bindings) -> Option<usize> {
        let mut at = from;
        for op in ops {
            at = self.one(op, at, to, bindings)?;
        }
        Some(at)
    }

    fn one(&self, op: &Op, at: usize, to: usize, bindings: &mut Bindings) -> Option<usize> {
        match op {
            Op::Tokens(wanted) => self.begins(at, to, wanted).then_some(at + wanted.len()),
            Op::Crate { .. } => None,
            Op::Group(open, inside) => {
                let first = self.args.tokens.get(at..to)?.first()?;
                if first.kind != open.kind || self.args.group(at).is_some() {
                    return None;
                }
                let close = self.args.closing(at, to)?;
                let end = self.sequence(inside, at + 1, close, bindings)?;
                (end == close).then_some(close + 1)
            }
            Op::Var { name, fragment, .. } => {
                let fragment = (*fragment)?;
                let len = variable(fragment, self.args, at, to)?;
                bindings.push((*name, Binding::Tokens { from: at, to: at + len, fragment }));
                Some(at + len)
            }
            Op::Repeat { ops, separator, at_least, at_most } => {
                let (bound, ends, end) = self.rounds(ops, separator, *at_most, at, to);
                if ends.len() < *at_least {
                    return None;
                }
                gather(&variables(ops), bound, &ends, bindings);
                Some(end)
            }
        }
    }

    /// Matches as many rounds as there are: what they bind, one after the other, where each one's end, and where the last ends.
    fn rounds(
        &self,
        ops: &[Op],
        separator: &[Token],
        at_most: usize,
        from: usize,
        to: usize,
    ) -> (Bindings, Vec<usize>, usize) {
        // Tables have thousands of rounds.
        let (mut bound, mut ends) = (Bindings::default(), Vec::new());
        let mut at = from;
        while ends.len() < at_most {
            let mut start = at;
            if !ends.is_empty() && !separator.is_empty() {
                if !self.begins(at, to, separator) {
                    break;
                }
                start += separator.len();
            }
            let before = bound.len();
            match self.sequence(ops, start, to, &mut bound) {
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
        (bound, ends, at)
    }

    /// Whether the tokens that are `wanted` stand at `at`, none of them within a fragment.
    fn begins(&self, at: usize, to: usize, wanted: &[Token]) -> bool {
        let Some(rest) = self.args.tokens.get(at..to).and_then(|rest| rest.get(..wanted.len())) else { return false };
        let same = |(token, wanted): (&Token, &Token)| {
            wanted.kind == token.kind
                && (wanted.kind.is_punct() || self.text.text_of(wanted) == self.args.text_of(token))
        };
        let whole = self.args.groups.is_empty() || (at..at + wanted.len()).all(|at| self.args.group(at).is_none());
        whole && rest.iter().zip(wanted).all(same)
    }
}

/// Adds for each of `names` what the rounds bound it to, whose bindings end at `ends`.
fn gather(names: &[Name], mut bound: Bindings, ends: &[usize], bindings: &mut Bindings) {
    for &name in names {
        let mut each = Vec::with_capacity(ends.len());
        let mut start = 0;
        for &end in ends {
            let round = bound.get_mut(start..end).unwrap_or_default();
            if let Some((taken, binding)) = round.iter_mut().rfind(|(known, _)| *known == name) {
                *taken = Name::MISSING;
                each.push(std::mem::replace(binding, Binding::Rounds(Vec::new())));
            }
            start = end;
        }
        bindings.push((name, Binding::Rounds(each)));
    }
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

/// Returns how many tokens at `at` a variable takes.
fn variable(variable: Variable, args: &Args<'_>, at: usize, to: usize) -> Option<usize> {
    if let Some(group) = args.group(at).filter(|group| group.end <= to) {
        return of_group(variable, group, args, at, to);
    }
    let rest = args.tokens.get(at..to)?;
    let first = rest.first().map(|token| token.kind);
    match variable {
        Variable::Visibility => {
            Some(first.map_or(0, |_| args.fragment(at, to, variable, Fragment::Visibility).unwrap_or(0)))
        }
        Variable::TokenTree if is_open(first?) => Some(args.closing(at, to)? + 1 - at),
        Variable::TokenTree => Some(operator_len(rest)),
        Variable::Ident => {
            let kind = first?;
            (kind == K::IDENT || (kind.is_any_identifier() && kind != K::UNDERSCORE)).then_some(1)
        }
        Variable::Lifetime => (first? == K::LIFETIME_IDENT).then_some(1),
        Variable::Literal => literal_len(rest),
        Variable::Block if first? == K::L_CURLY => Some(args.closing(at, to)? + 1 - at),
        Variable::Block => None,
        Variable::Expr { since_2024 } => match first? {
            // These can begin no expression, though the parser would recover.
            K::COMMA | K::SEMICOLON | K::EQ | K::LET_KW | K::R_ANGLE => None,
            K::UNDERSCORE | K::CONST_KW if !since_2024 => None,
            _ => args.fragment(at, to, variable, Fragment::Expr).filter(|&len| len > 0),
        },
        Variable::Parsed(fragment) => args.fragment(at, to, variable, fragment).filter(|&len| len > 0),
    }
}

/// Returns how many tokens a literal takes, with its sign.
fn literal_len(tokens: &[Token]) -> Option<usize> {
    let negative = usize::from(tokens.first()?.kind == K::MINUS);
    let kind = tokens.get(negative)?.kind;
    (kind.is_literal() || matches!(kind, K::TRUE_KW | K::FALSE_KW)).then_some(1 + negative)
}

/// Returns how many tokens a variable takes where they begin with a fragment that was matched before; as rustc, such a fragment
/// is one piece, and only some kinds of it begin others.
fn of_group(variable: Variable, group: Group, args: &Args<'_>, at: usize, to: usize) -> Option<usize> {
    use Fragment as F;
    use Variable as V;
    let len = group.end - at;
    let kind = group.kind;
    match variable {
        V::TokenTree => return Some(len),
        V::Ident | V::Lifetime => return None,
        V::Visibility => return Some(if kind == V::Visibility { len } else { 0 }),
        V::Block => return (kind == V::Block).then_some(len),
        V::Literal => {
            let inner = usize::from(group.wrapped);
            let tokens = args.tokens.get(at + inner..group.end - inner)?;
            let is_literal = literal_len(tokens) == Some(tokens.len());
            return (matches!(kind, V::Literal | V::Expr { .. }) && is_literal).then_some(len);
        }
        V::Expr { .. } | V::Parsed(_) => {}
    }
    let (begins, fragment) = match variable {
        V::Expr { .. } => {
            let begins = matches!(kind, V::Expr { .. } | V::Literal | V::Block | V::Parsed(F::Path));
            (begins, F::Expr)
        }
        V::Parsed(F::Type) => (matches!(kind, V::Parsed(F::Type | F::Path)), F::Type),
        V::Parsed(F::Path) => (matches!(kind, V::Parsed(F::Type | F::Path)), F::Path),
        V::Parsed(fragment @ (F::Pattern | F::PatternNoTopAlt)) => {
            let begins = matches!(kind, V::Expr { .. } | V::Literal)
                || matches!(kind, V::Parsed(F::Pattern | F::PatternNoTopAlt | F::Path | F::Type | F::Meta));
            (begins, fragment)
        }
        V::Parsed(F::Meta) => (matches!(kind, V::Parsed(F::Meta | F::Path)), F::Meta),
        V::Parsed(F::Item) => (matches!(kind, V::Parsed(F::Item) | V::Visibility), F::Item),
        V::Parsed(F::Statement) => (true, F::Statement),
        _ => (false, F::Expr),
    };
    if !begins {
        return None;
    }
    let next = args.tokens.get(group.end).filter(|_| group.end < to).map_or(K::COMMA, |token| token.kind);
    if matches!(next, K::COMMA | K::SEMICOLON) {
        return Some(len);
    }
    args.fragment(at, to, variable, fragment).filter(|&taken| taken >= len)
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
