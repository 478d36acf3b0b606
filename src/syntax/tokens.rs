//! Tokens of texts, of macro calls and of what macros make: all that is parsed is parsed from them. How a text becomes
//! tokens is `lex.rs`'s business.

use ra_ap_parser::{Edition, Input, Step, SyntaxKind};

use super::depth::Nesting;
use super::fragment::Fragment;
use super::tree::Node;

/// One token of a text; white space is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The kind; keywords have kinds of their own. Operators of several characters are one token a character, glued by `joint`.
    pub kind: SyntaxKind,
    /// Whether the next token follows without white space.
    pub joint: bool,
    /// First byte in the text.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Gives the text of tokens.
pub trait TokenText {
    /// Returns the text of `token`.
    fn text_of(&self, token: &Token) -> &str;
}

impl TokenText for str {
    fn text_of(&self, token: &Token) -> &str {
        self.get(token.start as usize..token.end as usize).unwrap_or("")
    }
}

/// Adds a token to those before it.
#[inline]
pub fn push(tokens: &mut Vec<Token>, kind: SyntaxKind, start: u32, end: u32) {
    if kind != SyntaxKind::COMMENT
        && let Some(last) = tokens.last_mut()
    {
        last.joint = last.end == start;
    }
    tokens.push(Token { kind, joint: false, start, end });
}

impl Token {
    /// Returns the tokens below `node`, such as a `TOKEN_TREE` with its delimiters, without comments.
    pub fn below(node: Node<'_>) -> Vec<Self> {
        let mut tokens = Vec::with_capacity(node.len());
        for leaf in node.tokens() {
            push(&mut tokens, leaf.kind(), leaf.start(), leaf.end());
        }
        tokens
    }

    /// Returns the tokens below `node`, comments too.
    pub fn all_below(node: Node<'_>) -> Vec<Self> {
        let mut tokens = Vec::with_capacity(node.len());
        for leaf in node.leaves() {
            push(&mut tokens, leaf.kind(), leaf.start(), leaf.end());
        }
        tokens
    }

    /// Returns the kind that an identifier has in `edition`, where it may be a keyword.
    pub fn kind_in(&self, text: &str, edition: Edition) -> SyntaxKind {
        let keyword = || SyntaxKind::from_keyword(text.text_of(self), edition);
        if self.kind == SyntaxKind::IDENT { keyword().unwrap_or(SyntaxKind::IDENT) } else { self.kind }
    }
}

/// Builds the parser's input from tokens of `text`.
///
/// # Errors
///
/// The offset of the first token that is nested too deep to be parsed.
pub(super) fn parser_input(tokens: &[Token], text: &str, edition: Edition) -> Result<Input, u32> {
    let mut input = Input::with_capacity(tokens.len());
    let mut nesting = Nesting::default();
    let mut after_eq = false;
    for token in tokens {
        match token.kind {
            SyntaxKind::COMMENT => continue,
            SyntaxKind::IDENT => {
                let contextual = SyntaxKind::from_contextual_keyword(text.text_of(token), edition);
                input.push_ident(contextual.unwrap_or(SyntaxKind::IDENT), edition);
            }
            kind => {
                input.push(kind, edition);
                // What the parser takes apart in `a.0.1` are floats; it asks whether there is something behind the dot.
                let joint =
                    if kind == SyntaxKind::FLOAT_NUMBER { !text.text_of(token).ends_with('.') } else { token.joint };
                if joint {
                    input.was_joint();
                }
            }
        }
        if nesting.is_too_deep_at(token.kind, after_eq) {
            return Err(token.start);
        }
        after_eq = token.kind == SyntaxKind::EQ && token.joint;
    }
    Ok(input)
}

/// Returns how many of `tokens`, whose text is `text`, a fragment takes; `None` where they do not begin one.
pub fn fragment_len(tokens: &[Token], text: &str, edition: Edition, fragment: Fragment) -> Option<usize> {
    if is_one(tokens, fragment) {
        return Some(1);
    }
    // Arguments are short and calls can be long: a growing window keeps a call with many arguments from being quadratic.
    let mut window = 24;
    loop {
        let part = tokens.get(..window).unwrap_or(tokens);
        let taken = prefix_len(part, text, edition, fragment);
        if part.len() == tokens.len() || taken.is_some_and(|taken| taken + 2 < part.len()) {
            return taken;
        }
        window *= 4;
    }
}

/// Whether one name or literal is all that a fragment can take, as it is for most arguments: what ends it follows.
fn is_one(tokens: &[Token], fragment: Fragment) -> bool {
    let (first, next) = match tokens {
        [first] => (first.kind, SyntaxKind::COMMA),
        [first, next, ..] => (first.kind, next.kind),
        [] => return false,
    };
    let ends = matches!(next, SyntaxKind::COMMA | SyntaxKind::SEMICOLON);
    ends && match fragment {
        Fragment::Expr => first == SyntaxKind::IDENT || first.is_literal(),
        Fragment::Type | Fragment::Path | Fragment::Pattern | Fragment::PatternNoTopAlt => first == SyntaxKind::IDENT,
        _ => false,
    }
}

/// Parses a prefix of `tokens` as `fragment`; returns how many tokens it takes, or `None` where it has a syntax error.
fn prefix_len(tokens: &[Token], text: &str, edition: Edition, fragment: Fragment) -> Option<usize> {
    let input = parser_input(tokens, text, edition).ok()?;
    let output = super::build::guarded(|| fragment.prefix().parse(&input))?;
    let mut taken = 0;
    for step in output.iter() {
        match step {
            Step::Token { n_input_tokens, .. } => taken += usize::from(n_input_tokens),
            Step::FloatSplit { .. } => taken += 1,
            Step::Error { .. } => return None,
            Step::Enter { .. } | Step::Exit => {}
        }
    }
    Some(taken)
}
