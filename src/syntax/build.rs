//! Runs rust-analyzer's lexer and parser and lays their events out as a flat tree. A panic of theirs becomes an error.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ra_ap_parser::{Edition, Input, LexedStr, StrStep, SyntaxKind, TopEntryPoint};

use super::depth;
use super::tokens::Fragment;
use super::tree::Tree;

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
    // A byte order mark is no token; blanks keep every offset as it is on disk.
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        return parse(&format!("   {rest}"), edition, entry);
    }
    let attempt = catch_unwind(AssertUnwindSafe(|| parse_checked(text, edition, entry)));
    attempt.unwrap_or_else(|_| Parse {
        tree: Tree::default(),
        errors: vec![SyntaxError { offset: 0, message: "the parser gave up on this file".into() }],
    })
}

fn parse_checked(text: &str, edition: Edition, entry: Fragment) -> Parse {
    let lexed = LexedStr::new(edition, text);
    if let Some(offset) = depth::too_deep(&lexed) {
        return refused(offset, depth::LIMIT as usize);
    }
    let output = top_entry(entry).parse(&lexed.to_input(edition));
    let mut builder = Builder::with_capacity(lexed.len());
    lexed.intersperse_trivia(&output, &mut |step| builder.step(&step));
    if let Some(offset) = builder.too_deep {
        return refused(offset, depth::TREE_LIMIT);
    }
    let mut errors = builder.errors;
    errors.extend(
        lexed.errors().map(|(token, message)| SyntaxError {
            offset: lexed.text_start(token) as u32,
            message: message.to_owned(),
        }),
    );
    errors.sort_by_key(|error| error.offset);
    Parse { tree: builder.tree, errors }
}

fn refused(offset: u32, limit: usize) -> Parse {
    let message = format!("nested deeper than {limit} levels: not parsed");
    Parse { tree: Tree::default(), errors: vec![SyntaxError { offset, message }] }
}

/// Parses a prefix of `kinds` as `fragment`; returns how many tokens it takes, or `None` where it has a syntax error.
///
/// `kinds` are a macro call's tokens: kind, whether glued to the next one, and the text's keyword where it is contextual.
pub fn parse_tokens(input: &Input, fragment: Fragment) -> Option<usize> {
    let output = catch_unwind(AssertUnwindSafe(|| fragment.prefix().parse(input))).ok()?;
    let mut taken = 0;
    for step in output.iter() {
        match step {
            ra_ap_parser::Step::Token { n_input_tokens, .. } => taken += usize::from(n_input_tokens),
            ra_ap_parser::Step::FloatSplit { .. } => taken += 1,
            ra_ap_parser::Step::Error { .. } => return None,
            ra_ap_parser::Step::Enter { .. } | ra_ap_parser::Step::Exit => {}
        }
    }
    Some(taken)
}

fn top_entry(entry: Fragment) -> TopEntryPoint {
    match entry {
        Fragment::File => TopEntryPoint::SourceFile,
        Fragment::Items | Fragment::Item => TopEntryPoint::MacroItems,
        Fragment::Pattern | Fragment::PatternNoTopAlt => TopEntryPoint::Pattern,
        Fragment::Type | Fragment::Path | Fragment::Visibility => TopEntryPoint::Type,
        Fragment::Expr => TopEntryPoint::Expr,
        Fragment::Meta => TopEntryPoint::MetaItem,
        Fragment::Statements | Fragment::Block | Fragment::Statement => TopEntryPoint::MacroStmts,
    }
}

struct Builder {
    tree: Tree,
    errors: Vec<SyntaxError>,
    open: Vec<u32>,
    at: u32,
    /// Where the tree is first deeper than anything may walk.
    too_deep: Option<u32>,
}

impl Builder {
    fn with_capacity(tokens: usize) -> Self {
        let capacity = tokens * 2 + 16;
        let tree = Tree {
            kinds: Vec::with_capacity(capacity),
            starts: Vec::with_capacity(capacity),
            ends: Vec::with_capacity(capacity),
            nexts: Vec::with_capacity(capacity),
        };
        Self { tree, errors: Vec::new(), open: Vec::with_capacity(64), at: 0, too_deep: None }
    }

    fn step(&mut self, step: &StrStep<'_>) {
        match *step {
            StrStep::Token { kind, text } => {
                let end = self.at + text.len() as u32;
                self.push(kind, self.at, end);
                self.at = end;
            }
            StrStep::Enter { kind } => {
                self.open.push(self.tree.kinds.len() as u32);
                if self.open.len() > depth::TREE_LIMIT {
                    self.too_deep.get_or_insert(self.at);
                }
                self.push(kind, self.at, self.at);
            }
            StrStep::Exit => {
                let next = self.tree.kinds.len() as u32;
                if let Some(at) = self.open.pop() {
                    if let Some(end) = self.tree.ends.get_mut(at as usize) {
                        *end = self.at;
                    }
                    if let Some(slot) = self.tree.nexts.get_mut(at as usize) {
                        *slot = next;
                    }
                }
            }
            StrStep::Error { msg, pos } => {
                self.errors.push(SyntaxError { offset: pos as u32, message: msg.to_owned() });
            }
        }
    }

    fn push(&mut self, kind: SyntaxKind, start: u32, end: u32) {
        self.tree.kinds.push(kind);
        self.tree.starts.push(start);
        self.tree.ends.push(end);
        self.tree.nexts.push(self.tree.kinds.len() as u32);
    }
}
