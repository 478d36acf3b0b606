//! Runs rust-analyzer's parser and lays its events out as a flat tree. A panic of its becomes an error.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ra_ap_parser::{Edition, Step, SyntaxKind};

use super::depth;
use super::fragment::Fragment;
use super::lex::{Lexed, lex_all};
use super::tokens::{Token, TokenText, parser_input};
use super::tree::{Entry, Tree};

/// Something in a text that is not Rust, or that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Byte offset in the text.
    pub offset: u32,
    /// What is wrong, in the parser's words.
    pub message: String,
}

/// What parsing a text gives: always a tree, though it may be empty.
#[derive(Debug, Default)]
pub struct Parse {
    /// The tree; empty where the text was too deeply nested to be parsed.
    pub tree: Tree,
    /// Errors in the order of the text.
    pub errors: Vec<SyntaxError>,
}

/// Parses `text` as a whole `entry`; never fails, never recurses deeper than `depth::LIMIT` allows.
pub fn parse(text: &str, edition: Edition, entry: Fragment) -> Parse {
    let lexed = guarded(|| lex_all(text, edition));
    lexed.map_or_else(given_up, |lexed| parse_lexed(lexed, text, edition, entry))
}

/// Parses `text`, which was lexed before, as a whole `entry`; as [`parse`] does.
pub fn parse_lexed(lexed: Lexed, text: &str, edition: Edition, entry: Fragment) -> Parse {
    let Lexed { tokens, errors } = lexed;
    let attempt = guarded(|| built(Builder::new(&tokens, text, 0..text.len() as u32), edition, entry));
    let mut parse = attempt.unwrap_or_else(given_up);
    if !errors.is_empty() {
        parse.errors.extend(errors);
        parse.errors.sort_by_key(|error| error.offset);
    }
    parse
}

/// Parses `tokens`, whose text is `text`, as a whole `entry`; as [`parse`] does.
pub fn parse_tokens(tokens: &[Token], text: &str, edition: Edition, entry: Fragment) -> Parse {
    let (start, end) = (tokens.first().map_or(0, |first| first.start), tokens.last().map_or(0, |last| last.end));
    let attempt = guarded(|| built(Builder::new(tokens, text, start..end), edition, entry));
    attempt.unwrap_or_else(given_up)
}

/// Returns what `parse` does, or nothing where the parser panics.
pub(super) fn guarded<R>(parse: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(parse)).ok()
}

fn given_up() -> Parse {
    let error = SyntaxError { offset: 0, message: "the parser gave up on this file".into() };
    Parse { tree: Tree::default(), errors: vec![error] }
}

fn built(mut builder: Builder<'_>, edition: Edition, entry: Fragment) -> Parse {
    let input = match parser_input(builder.tokens, builder.text, edition) {
        Ok(input) => input,
        Err(offset) => return refused(offset, depth::LIMIT as usize),
    };
    let output = entry.whole().parse(&input);
    drop(input);
    for step in output.iter() {
        builder.step(&step);
    }
    if let Some(offset) = builder.too_deep {
        return refused(offset, depth::TREE_LIMIT);
    }
    builder.errors.sort_by_key(|error| error.offset);
    Parse { tree: builder.tree, errors: builder.errors }
}

fn refused(offset: u32, limit: usize) -> Parse {
    let message = format!("nested deeper than {limit} levels: not parsed");
    Parse { tree: Tree::default(), errors: vec![SyntaxError { offset, message }] }
}

/// Lays the parser's steps out as a tree and puts the comments between them, as `LexedStr::intersperse_trivia` does. White
/// space is no entry: nothing asks for it.
struct Builder<'l> {
    /// What is left of the tokens.
    tokens: &'l [Token],
    text: &'l str,
    tree: Tree,
    errors: Vec<SyntaxError>,
    /// How many nodes are open.
    depth: usize,
    /// The innermost of them. Until it is closed, its length is the place of the one that it stands in.
    open: u32,
    /// Where what comes next begins: the next token, or what is left before it.
    at: u32,
    /// Where the text ends.
    end: u32,
    /// Where the tree is first deeper than anything may walk.
    too_deep: Option<u32>,
}

impl<'l> Builder<'l> {
    fn new(tokens: &'l [Token], text: &'l str, range: Range<u32>) -> Self {
        // Over the 17 crates that the benchmarks scan, there are two entries to a token.
        let tree = Tree { entries: Vec::with_capacity(tokens.len() * 9 / 4 + 16), comments: Vec::new() };
        let Range { start: at, end } = range;
        Self { tokens, text, tree, errors: Vec::new(), depth: 0, open: 0, at, end, too_deep: None }
    }

    #[inline]
    fn step(&mut self, step: &Step<'_>) {
        match *step {
            Step::Token { kind, n_input_tokens } => match self.tokens.split_first() {
                Some((&Token { kind: own, start, end, .. }, rest))
                    if n_input_tokens == 1 && own != SyntaxKind::COMMENT =>
                {
                    self.tokens = rest;
                    self.at = end;
                    self.push(kind, start, end);
                }
                _ => {
                    self.comments(usize::MAX);
                    self.take(kind, usize::from(n_input_tokens));
                }
            },
            Step::Enter { kind } => {
                if self.depth > 0 {
                    match self.tokens.first() {
                        Some(next) if next.kind == SyntaxKind::COMMENT => self.comments_before(kind),
                        next => self.at = next.map_or(self.end, |next| next.start),
                    }
                }
                self.enter(kind);
            }
            Step::Exit => self.exit(),
            Step::FloatSplit { ends_in_dot } => {
                self.comments(usize::MAX);
                self.split_float(ends_in_dot);
            }
            Step::Error { msg } => self.error(msg),
        }
    }

    fn error(&mut self, message: &str) {
        self.errors.push(SyntaxError { offset: self.at, message: message.to_owned() });
    }

    fn enter(&mut self, kind: SyntaxKind) {
        self.depth += 1;
        if self.depth > depth::TREE_LIMIT {
            self.too_deep.get_or_insert(self.at);
        }
        let outer = std::mem::replace(&mut self.open, self.tree.entries.len() as u32);
        self.tree.entries.push(Entry { kind, start: self.at, end: self.at, len: outer });
    }

    fn exit(&mut self) {
        if self.depth <= 1 {
            if self.depth == 0 {
                return;
            }
            // What follows the last item belongs to the root.
            self.comments(usize::MAX);
        }
        let next = self.tree.entries.len() as u32;
        let at = self.open;
        if let Some(entry) = self.tree.entries.get_mut(at as usize) {
            self.open = std::mem::replace(&mut entry.len, next - at);
            entry.end = self.at;
            self.depth -= 1;
        }
    }

    /// `a.0.1`: the lexer took `0.1` for a float. The node for the first field is open, that for the second is to come.
    fn split_float(&mut self, ends_in_dot: bool) {
        let Some((float, rest)) = self.tokens.split_first() else { return };
        let end = float.end;
        let dot = self.text.text_of(float).find('.').map(|dot| self.at + dot as u32);
        if let Some(dot) = dot {
            self.field(dot);
            self.exit();
            self.push(SyntaxKind::DOT, dot, dot + 1);
            self.at = dot + 1;
            if !ends_in_dot {
                self.field(end);
            }
        } else {
            self.error("illegal float literal");
            self.enter(SyntaxKind::ERROR);
            self.push(SyntaxKind::FLOAT_NUMBER, self.at, end);
            self.at = end;
            self.exit();
            self.exit();
        }
        if !ends_in_dot {
            self.exit();
        }
        self.tokens = rest;
    }

    /// The number of a tuple's field, up to `end`.
    fn field(&mut self, end: u32) {
        self.enter(SyntaxKind::NAME_REF);
        self.push(SyntaxKind::INT_NUMBER, self.at, end);
        self.at = end;
        self.exit();
    }

    /// Takes the comments that stand before a node of `kind` and are none of it.
    fn comments_before(&mut self, kind: SyntaxKind) {
        let ahead = self.tokens.iter().take_while(|token| token.kind == SyntaxKind::COMMENT).count();
        let attached = self.tokens.split_at_checked(ahead).map_or(0, |(comments, _)| self.attached(kind, comments));
        self.comments(ahead - attached);
    }

    /// Takes at most so many comments, and goes on to what comes next.
    fn comments(&mut self, most: usize) {
        for _ in 0..most {
            match self.tokens.first() {
                Some(&Token { kind: SyntaxKind::COMMENT, start, end, .. }) => {
                    self.tree.comments.push((start, end));
                    self.take(SyntaxKind::COMMENT, 1);
                }
                _ => break,
            }
        }
        self.at = self.tokens.first().map_or(self.end, |token| token.start);
    }

    /// Takes so many tokens as one.
    fn take(&mut self, kind: SyntaxKind, tokens: usize) {
        let (taken, rest) = self.tokens.split_at_checked(tokens).unwrap_or((self.tokens, &[]));
        self.tokens = rest;
        if let [first, .., last] | [first @ last] = taken {
            self.at = last.end;
            self.push(kind, first.start, last.end);
        }
    }

    /// Adds a token.
    fn push(&mut self, kind: SyntaxKind, start: u32, end: u32) {
        self.tree.entries.push(Entry { kind, start, end, len: 1 });
    }

    /// Returns how many of the comments before a node of `kind` belong to it: those above an item, up to a blank line.
    fn attached(&self, kind: SyntaxKind, comments: &[Token]) -> usize {
        if !takes_comments(kind) {
            return 0;
        }
        let mut taken = 0;
        let mut below = self.tokens.get(comments.len()).map_or(self.end, |token| token.start);
        for comment in comments.iter().rev() {
            let text = self.text.text_of(comment);
            let between = self.text.get(comment.end as usize..below as usize).unwrap_or("");
            // A doc comment belongs to the item wherever it stands.
            let blank_line = between.contains("\n\n") || between.contains("\n\r\n");
            if blank_line && !is_outer_doc(text) || text.starts_with("//!") || text.starts_with("/*!") {
                break;
            }
            taken += 1;
            below = comment.start;
        }
        taken
    }
}

fn takes_comments(kind: SyntaxKind) -> bool {
    use SyntaxKind as K;
    matches!(
        kind,
        K::CONST
            | K::ENUM
            | K::FN
            | K::IMPL
            | K::MACRO_CALL
            | K::MACRO_DEF
            | K::MACRO_RULES
            | K::MODULE
            | K::RECORD_FIELD
            | K::STATIC
            | K::STRUCT
            | K::TRAIT
            | K::TUPLE_FIELD
            | K::TYPE_ALIAS
            | K::UNION
            | K::USE
            | K::VARIANT
            | K::EXTERN_CRATE
    )
}

fn is_outer_doc(comment: &str) -> bool {
    let line = comment.starts_with("///") && !comment.starts_with("////");
    line || (comment.starts_with("/**") && !comment.starts_with("/***"))
}
