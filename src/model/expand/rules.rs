//! Reads a definition's rules: matchers and transcribers as trees of operations.

use crate::model::name::Name;
use crate::syntax::tokens::Token;
use crate::syntax::{Edition, Fragment, SyntaxKind as K, lex};

use super::brackets::{is_close, is_open};

/// One rule, `(matcher) => { transcriber }`.
#[derive(Debug)]
pub(super) struct Rule {
    matcher: Vec<Op>,
    transcriber: Vec<Op>,
}

impl Rule {
    pub(super) fn matcher(&self) -> &[Op] {
        &self.matcher
    }

    pub(super) fn transcriber(&self) -> &[Op] {
        &self.transcriber
    }
}

/// One piece of a matcher or a transcriber.
#[derive(Debug)]
pub(super) enum Op {
    /// These very tokens, which stand side by side; those of a transcriber's groups are among them.
    Tokens(Vec<Token>),
    /// A delimited group of a matcher: the opening token, and what is inside.
    Group(Token, Vec<Op>),
    /// `$name:fragment` in a matcher, `$name` in a transcriber (then the fragment is missing); `start` is the `$`'s, `token`
    /// the name's.
    Var { name: Name, fragment: Option<Variable>, start: u32, token: Token },
    /// `$crate`.
    Crate { start: u32, end: u32 },
    /// `$( … ) separator op`.
    Repeat { ops: Vec<Op>, separator: Vec<Token>, at_least: usize, at_most: usize },
}

/// Parses the rules of a definition's text.
pub(super) fn parse(text: &str, edition: Edition) -> Vec<Rule> {
    let tokens = lex(text, edition);
    let mut reader = Reader { text, tokens: &tokens, edition, at: 0 };
    let mut rules = Vec::new();
    while let Some(rule) = reader.rule() {
        rules.push(rule);
    }
    rules
}

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
    edition: Edition,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<Token> {
        self.tokens.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek(0)?;
        self.at += 1;
        Some(token)
    }

    fn text_of(&self, token: Token) -> &str {
        self.text.get(token.start as usize..token.end as usize).unwrap_or("")
    }

    fn rule(&mut self) -> Option<Rule> {
        while self.peek(0)?.kind == K::SEMICOLON {
            self.at += 1;
        }
        let matcher = self.group(false)?;
        if self.next()?.kind != K::EQ || self.next()?.kind != K::R_ANGLE {
            return None;
        }
        let transcriber = self.group(true)?;
        Some(Rule { matcher, transcriber })
    }

    /// Reads a delimited group and returns what is inside; `flat` where groups within it are not told apart.
    fn group(&mut self, flat: bool) -> Option<Vec<Op>> {
        let open = self.next()?;
        is_open(open.kind).then_some(())?;
        let mut ops = Vec::new();
        self.until_close(flat, &mut ops);
        Some(ops)
    }

    /// Reads up to the closing delimiter, which is taken too.
    fn until_close(&mut self, flat: bool, ops: &mut Vec<Op>) -> Option<Token> {
        while let Some(token) = self.next() {
            if is_close(token.kind) {
                return Some(token);
            }
            if is_open(token.kind) && flat {
                push(ops, token);
                let close = self.until_close(flat, ops);
                push(ops, close.unwrap_or(token));
            } else if is_open(token.kind) {
                let mut inside = Vec::new();
                self.until_close(flat, &mut inside);
                ops.push(Op::Group(token, inside));
            } else if token.kind == K::DOLLAR {
                self.after_dollar(token, flat, ops);
            } else {
                push(ops, token);
            }
        }
        None
    }

    fn after_dollar(&mut self, dollar: Token, flat: bool, ops: &mut Vec<Op>) {
        let Some(next) = self.peek(0) else { return push(ops, dollar) };
        if next.kind == K::L_PAREN {
            self.at += 1;
            let mut inside = Vec::new();
            self.until_close(flat, &mut inside);
            ops.push(self.repeat(inside));
            return;
        }
        if next.kind == K::CRATE_KW {
            self.at += 1;
            ops.push(Op::Crate { start: dollar.start, end: next.end });
            return;
        }
        if next.kind != K::IDENT && !next.kind.is_any_identifier() {
            return push(ops, dollar);
        }
        self.at += 1;
        let name = Name::new(self.text_of(next));
        // In a transcriber the colon is the made text's own.
        let fragment = match (self.peek(0), self.peek(1)) {
            (Some(colon), Some(fragment)) if !flat && colon.kind == K::COLON && fragment.kind == K::IDENT => {
                Variable::new(self.text_of(fragment), self.edition)
            }
            _ => None,
        };
        if fragment.is_some() {
            self.at += 2;
        }
        ops.push(Op::Var { name, fragment, start: dollar.start, token: next });
    }

    fn repeat(&mut self, ops: Vec<Op>) -> Op {
        let mut separator: Vec<Token> = Vec::new();
        while let Some(token) = self.next() {
            let ends = match token.kind {
                K::STAR => Some((0, usize::MAX)),
                K::PLUS => Some((1, usize::MAX)),
                K::QUESTION => Some((0, 1)),
                _ => None,
            };
            // `$(…)+*` is a `+` for separator; `$(…)+` ends at the `+`.
            let is_separator = separator.is_empty()
                && self.peek(0).is_some_and(|n| matches!(n.kind, K::STAR | K::PLUS))
                && token.joint
                && token.kind != K::STAR;
            match ends {
                Some((at_least, at_most)) if !is_separator => return Op::Repeat { ops, separator, at_least, at_most },
                _ => separator.push(token),
            }
        }
        Op::Repeat { ops, separator, at_least: 0, at_most: usize::MAX }
    }
}

/// What a variable of a matcher takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::model) enum Variable {
    /// `tt`.
    TokenTree,
    /// `ident`.
    Ident,
    /// `lifetime`.
    Lifetime,
    /// `literal`.
    Literal,
    /// `vis`.
    Visibility,
    /// `block`.
    Block,
    /// `expr`; whether it takes `_` and `const { … }`, as it does where it is written in edition 2024.
    Expr { since_2024: bool },
    /// What else is parsed to know where it ends.
    Parsed(Fragment),
}

impl Variable {
    fn new(text: &str, edition: Edition) -> Option<Self> {
        Some(match text {
            "tt" => Self::TokenTree,
            "ident" => Self::Ident,
            "lifetime" => Self::Lifetime,
            "literal" => Self::Literal,
            "vis" => Self::Visibility,
            "block" => Self::Block,
            "expr" => Self::Expr { since_2024: edition >= Edition::Edition2024 },
            "expr_2021" => Self::Expr { since_2024: false },
            "ty" => Self::Parsed(Fragment::Type),
            "path" => Self::Parsed(Fragment::Path),
            "pat" => Self::Parsed(Fragment::Pattern),
            "pat_param" => Self::Parsed(Fragment::PatternNoTopAlt),
            "stmt" => Self::Parsed(Fragment::Statement),
            "item" => Self::Parsed(Fragment::Item),
            "meta" => Self::Parsed(Fragment::Meta),
            _ => return None,
        })
    }

    /// Tells whether what it took stays one piece to the macros that it is passed on to.
    pub(super) fn stays_whole(self) -> bool {
        !matches!(self, Self::TokenTree | Self::Ident | Self::Lifetime)
    }
}

/// Adds a token to those that stand before it.
fn push(ops: &mut Vec<Op>, token: Token) {
    if let Some(Op::Tokens(tokens)) = ops.last_mut() {
        tokens.push(token);
    } else {
        ops.push(Op::Tokens(vec![token]));
    }
}
