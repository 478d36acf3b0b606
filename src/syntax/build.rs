//! Runs rust-analyzer's lexer and parser and lays their events out as a flat tree. A panic of theirs becomes an error.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ra_ap_parser::{Edition, Input, LexedStr, Step, SyntaxKind, TopEntryPoint};

use super::depth;
use super::tokens::Fragment;
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
    let mut builder = Builder::new(&lexed);
    for step in output.iter() {
        builder.step(&step);
    }
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
            Step::Token { n_input_tokens, .. } => taken += usize::from(n_input_tokens),
            Step::FloatSplit { .. } => taken += 1,
            Step::Error { .. } => return None,
            Step::Enter { .. } | Step::Exit => {}
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

/// Lays the parser's steps out as a tree and puts the trivia between them, as `LexedStr::intersperse_trivia` does, which
/// slices the text and calls through a pointer for every step. White space is no entry: nothing asks for it.
struct Builder<'l> {
    lexed: &'l LexedStr<'l>,
    tree: Tree,
    errors: Vec<SyntaxError>,
    open: Vec<u32>,
    /// The next token of `lexed`.
    token: usize,
    /// Where that token begins.
    at: u32,
    /// Where the tree is first deeper than anything may walk.
    too_deep: Option<u32>,
}

impl<'l> Builder<'l> {
    fn new(lexed: &'l LexedStr<'l>) -> Self {
        let capacity = lexed.len() * 3 / 2 + 16;
        let tree = Tree { entries: Vec::with_capacity(capacity) };
        Self { lexed, tree, errors: Vec::new(), open: Vec::with_capacity(64), token: 0, at: 0, too_deep: None }
    }

    fn step(&mut self, step: &Step<'_>) {
        match *step {
            Step::Token { kind, n_input_tokens } => {
                self.trivia(usize::MAX);
                self.take(kind, usize::from(n_input_tokens));
            }
            Step::Enter { kind } => {
                if !self.open.is_empty() {
                    let trivia = self.trivia_ahead();
                    self.trivia(trivia - attached(kind, self.lexed, self.token..self.token + trivia));
                }
                self.enter(kind);
            }
            Step::Exit => self.exit(),
            Step::FloatSplit { ends_in_dot } => {
                self.trivia(usize::MAX);
                self.split_float(ends_in_dot);
            }
            Step::Error { msg } => self.error(msg),
        }
    }

    fn error(&mut self, message: &str) {
        self.errors.push(SyntaxError { offset: self.at, message: message.to_owned() });
    }

    fn enter(&mut self, kind: SyntaxKind) {
        self.open.push(self.tree.entries.len() as u32);
        if self.open.len() > depth::TREE_LIMIT {
            self.too_deep.get_or_insert(self.at);
        }
        self.push(kind, self.at, self.at);
    }

    fn exit(&mut self) {
        // What follows the last item belongs to the root.
        if self.open.len() == 1 {
            self.trivia(usize::MAX);
        }
        let next = self.tree.entries.len() as u32;
        if let Some(entry) = self.open.pop().and_then(|at| self.tree.entries.get_mut(at as usize)) {
            (entry.end, entry.next) = (self.at, next);
        }
    }

    /// `a.0.1`: the lexer took `0.1` for a float. The node for the first field is open, that for the second is to come.
    fn split_float(&mut self, ends_in_dot: bool) {
        let end = self.lexed.text_start(self.token + 1) as u32;
        let dot = self.lexed.text(self.token).find('.').map(|dot| self.at + dot as u32);
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
        self.token += 1;
    }

    /// The number of a tuple's field, up to `end`.
    fn field(&mut self, end: u32) {
        self.enter(SyntaxKind::NAME_REF);
        self.push(SyntaxKind::INT_NUMBER, self.at, end);
        self.at = end;
        self.exit();
    }

    fn trivia_ahead(&self) -> usize {
        (self.token..self.lexed.len()).take_while(|&token| self.lexed.kind(token).is_trivia()).count()
    }

    /// Takes at most so many tokens of trivia.
    fn trivia(&mut self, most: usize) {
        for _ in 0..most {
            if self.token >= self.lexed.len() {
                return;
            }
            match self.lexed.kind(self.token) {
                SyntaxKind::WHITESPACE => {
                    self.token += 1;
                    self.at = self.lexed.text_start(self.token) as u32;
                }
                SyntaxKind::COMMENT => self.take(SyntaxKind::COMMENT, 1),
                _ => return,
            }
        }
    }

    /// Takes so many tokens as one.
    fn take(&mut self, kind: SyntaxKind, tokens: usize) {
        self.token += tokens;
        let end = self.lexed.text_start(self.token) as u32;
        self.push(kind, self.at, end);
        self.at = end;
    }

    fn push(&mut self, kind: SyntaxKind, start: u32, end: u32) {
        let next = self.tree.entries.len() as u32 + 1;
        self.tree.entries.push(Entry { kind, start, end, next });
    }
}

/// Returns how many of the trivia before a node of `kind` belong to it: the comments above an item, up to a blank line.
fn attached(kind: SyntaxKind, lexed: &LexedStr<'_>, trivia: Range<usize>) -> usize {
    use SyntaxKind as K;
    if !matches!(
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
    ) {
        return 0;
    }
    let (end, mut taken) = (trivia.end, 0);
    for at in trivia.clone().rev() {
        let text = lexed.text(at);
        if lexed.kind(at) == K::COMMENT {
            if text.starts_with("//!") || text.starts_with("/*!") {
                break;
            }
            taken = end - at;
        } else if text.contains("\n\n") {
            // A doc comment belongs to the item wherever it stands.
            let above = at.checked_sub(1).filter(|above| trivia.contains(above));
            if !above.is_some_and(|above| lexed.kind(above) == K::COMMENT && is_outer_doc(lexed.text(above))) {
                break;
            }
        }
    }
    taken
}

fn is_outer_doc(comment: &str) -> bool {
    let line = comment.starts_with("///") && !comment.starts_with("////");
    line || (comment.starts_with("/**") && !comment.starts_with("/***"))
}
