//! Tokens of macro calls and macro definitions, without trivia, and the fragments that a macro's matcher can ask for.

use ra_ap_parser::{Edition, Input, LexedStr, PrefixEntryPoint, SyntaxKind};

use super::tree::Node;

/// A syntactic construct that text or tokens can be parsed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fragment {
    /// A whole source file.
    File,
    /// Items, as a macro call between items expands to.
    Items,
    /// One item.
    Item,
    /// Statements with a trailing expression, as a macro call in a block expands to.
    Statements,
    /// One statement.
    Statement,
    /// One block.
    Block,
    /// One expression.
    Expr,
    /// One pattern, `|` allowed.
    Pattern,
    /// One pattern without a top-level `|`.
    PatternNoTopAlt,
    /// One type.
    Type,
    /// One path.
    Path,
    /// One attribute's content.
    Meta,
    /// A visibility, possibly none.
    Visibility,
}

impl Fragment {
    pub(super) fn prefix(self) -> PrefixEntryPoint {
        match self {
            Self::File | Self::Items | Self::Item => PrefixEntryPoint::Item,
            Self::Statements | Self::Statement => PrefixEntryPoint::Stmt,
            Self::Block => PrefixEntryPoint::Block,
            Self::Expr => PrefixEntryPoint::Expr,
            Self::Pattern => PrefixEntryPoint::PatTop,
            Self::PatternNoTopAlt => PrefixEntryPoint::Pat,
            Self::Type => PrefixEntryPoint::Ty,
            Self::Path => PrefixEntryPoint::Path,
            Self::Meta => PrefixEntryPoint::MetaItem,
            Self::Visibility => PrefixEntryPoint::Vis,
        }
    }
}

/// One token of a text, without its trivia.
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

impl Token {
    /// Returns the tokens below `node`, such as a `TOKEN_TREE` with its delimiters.
    pub fn below(node: Node<'_>) -> Vec<Self> {
        let mut tokens: Vec<Self> = Vec::new();
        for leaf in node.tokens() {
            if let Some(last) = tokens.last_mut() {
                last.joint = last.end == leaf.start();
            }
            tokens.push(Self { kind: leaf.kind(), joint: false, start: leaf.start(), end: leaf.end() });
        }
        tokens
    }
}

/// Builds the parser's input from tokens of `text`.
pub fn parser_input(tokens: &[Token], text: &str, edition: Edition) -> Input {
    let mut input = Input::with_capacity(tokens.len());
    for token in tokens {
        if token.kind == SyntaxKind::IDENT {
            let name = text.text_of(token);
            let contextual = SyntaxKind::from_contextual_keyword(name, edition).unwrap_or(SyntaxKind::IDENT);
            input.push_ident(contextual, edition);
        } else {
            input.push(token.kind, edition);
            if token.joint || token.kind == SyntaxKind::FLOAT_NUMBER {
                input.was_joint();
            }
        }
    }
    input
}

/// Lexes `text` into tokens without trivia; operators of several characters are one token a character.
pub fn lex(text: &str, edition: Edition) -> Vec<Token> {
    let lexed = LexedStr::new(edition, text);
    let mut tokens: Vec<Token> = Vec::with_capacity(lexed.len() / 2);
    for at in 0..lexed.len() {
        let kind = lexed.kind(at);
        if kind.is_trivia() {
            continue;
        }
        let range = lexed.text_range(at);
        let start = range.start as u32;
        if let Some(last) = tokens.last_mut() {
            last.joint = last.end == start;
        }
        tokens.push(Token { kind, joint: false, start, end: range.end as u32 });
    }
    tokens
}

/// Returns how many of `tokens`, whose text is `text`, a fragment takes; `None` where they do not begin one.
pub fn fragment_len(tokens: &[Token], text: &str, edition: Edition, fragment: Fragment) -> Option<usize> {
    // Arguments are short and calls can be long: a growing window keeps a call with many arguments from being quadratic.
    let mut window = 24;
    loop {
        let part = tokens.get(..window).unwrap_or(tokens);
        let taken = super::parse_tokens(&parser_input(part, text, edition), fragment);
        if part.len() == tokens.len() || taken.is_some_and(|taken| taken + 2 < part.len()) {
            return taken;
        }
        window *= 4;
    }
}
