//! Reads a definition's rules: matchers and transcribers as trees of operations.

use crate::model::name::Name;
use crate::syntax::tokens::Token;
use crate::syntax::{Edition, SyntaxKind as K, lex};

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
    /// This very token.
    Token(Token),
    /// A delimited group: opening token, inside, closing token.
    Group(Token, Vec<Op>, Token),
    /// `$name:fragment` in a matcher, `$name` in a transcriber (then the fragment is missing); `start` is the `$`'s, `token`
    /// the name's.
    Var { name: Name, fragment: Name, start: u32, token: Token },
    /// `$crate`.
    Crate { start: u32, end: u32 },
    /// `$( … ) separator op`.
    Repeat { ops: Vec<Op>, separator: Vec<Token>, at_least: usize, at_most: usize },
}

/// Parses the rules of a definition's text.
pub(super) fn parse(text: &str, edition: Edition) -> Vec<Rule> {
    let tokens = lex(text, edition);
    let mut reader = Reader { text, tokens: &tokens, at: 0 };
    let mut rules = Vec::new();
    while let Some(rule) = reader.rule() {
        rules.push(rule);
    }
    rules
}

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
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
        let matcher = self.group()?;
        if self.next()?.kind != K::EQ || self.next()?.kind != K::R_ANGLE {
            return None;
        }
        let transcriber = self.group()?;
        Some(Rule { matcher, transcriber })
    }

    /// Reads a delimited group and returns what is inside.
    fn group(&mut self) -> Option<Vec<Op>> {
        let open = self.next()?;
        is_open(open.kind).then_some(())?;
        let (ops, _) = self.until_close();
        Some(ops)
    }

    /// Reads up to the closing delimiter, which is taken too.
    fn until_close(&mut self) -> (Vec<Op>, Option<Token>) {
        let mut ops = Vec::new();
        while let Some(token) = self.next() {
            if is_close(token.kind) {
                return (ops, Some(token));
            }
            if is_open(token.kind) {
                let (inside, close) = self.until_close();
                ops.push(Op::Group(token, inside, close.unwrap_or(token)));
            } else if token.kind == K::DOLLAR {
                ops.push(self.after_dollar(token));
            } else {
                ops.push(Op::Token(token));
            }
        }
        (ops, None)
    }

    fn after_dollar(&mut self, dollar: Token) -> Op {
        let Some(next) = self.peek(0) else { return Op::Token(dollar) };
        if next.kind == K::L_PAREN {
            self.at += 1;
            let (ops, _) = self.until_close();
            return self.repeat(ops);
        }
        if next.kind == K::CRATE_KW {
            self.at += 1;
            return Op::Crate { start: dollar.start, end: next.end };
        }
        if next.kind != K::IDENT && !next.kind.is_any_identifier() {
            return Op::Token(dollar);
        }
        self.at += 1;
        let name = Name::new(self.text_of(next));
        let fragment = match (self.peek(0), self.peek(1)) {
            (Some(colon), Some(fragment))
                if colon.kind == K::COLON && fragment.kind == K::IDENT && is_fragment(self.text_of(fragment)) =>
            {
                self.at += 2;
                Name::new(self.text_of(fragment))
            }
            _ => Name::MISSING,
        };
        Op::Var { name, fragment, start: dollar.start, token: next }
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

fn is_fragment(text: &str) -> bool {
    const FRAGMENTS: &[&str] = &[
        "block",
        "expr",
        "expr_2021",
        "ident",
        "item",
        "lifetime",
        "literal",
        "meta",
        "pat",
        "pat_param",
        "path",
        "stmt",
        "tt",
        "ty",
        "vis",
    ];
    FRAGMENTS.contains(&text)
}

pub(super) fn is_open(kind: K) -> bool {
    matches!(kind, K::L_PAREN | K::L_BRACK | K::L_CURLY)
}

pub(super) fn is_close(kind: K) -> bool {
    matches!(kind, K::R_PAREN | K::R_BRACK | K::R_CURLY)
}
