//! Macros of std and of well-known crates, whose arguments are read as what they are. The table says which.

use std::borrow::Cow;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{Lower, Source};
use crate::model::hir::{BinaryOp, Expansion, Expr, ExprId, ListId};
use crate::model::lower::Virtual;
use crate::model::name::Name;
use crate::source::Span;
use crate::syntax::tokens::Token;
use crate::syntax::{Fragment, Node, SyntaxKind as K, parse};

/// What a macro's arguments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Expressions, some of them named, after a format string or before it.
    Args,
    /// The same with logging's `target:`, `%value` and `?value`.
    Fields,
    /// `vec![…]`.
    Vec,
    /// `matches!(expression, pattern)`.
    Matches,
    /// One expression, whose value the call has.
    Value,
    /// `addr_of!`: a raw borrow of its argument.
    AddrOf { mutable: bool },
    /// `thread_local!`: statics.
    ThreadLocal,
    /// `cfg_if!`: items or statements under cfgs.
    CfgIf,
    /// Nothing of the caller's runs.
    NoCode,
}

const TABLE: &[(Shape, &[&str])] = &[
    (
        Shape::Args,
        &[
            "assert",
            "assert_eq",
            "assert_ne",
            "debug_assert",
            "debug_assert_eq",
            "debug_assert_ne",
            "panic",
            "todo",
            "unimplemented",
            "unreachable",
            "format",
            "format_args",
            "print",
            "println",
            "eprint",
            "eprintln",
            "write",
            "writeln",
            "anyhow",
            "bail",
            "ensure",
            "const_format_args",
            "join",
            "try_join",
            "assert_matches",
        ],
    ),
    (
        Shape::Fields,
        &[
            "trace",
            "debug",
            "info",
            "warn",
            "error",
            "log",
            "event",
            "span",
            "trace_span",
            "debug_span",
            "info_span",
            "warn_span",
            "error_span",
        ],
    ),
    (Shape::Vec, &["vec"]),
    (Shape::Matches, &["matches"]),
    (Shape::Value, &["dbg", "try", "pin", "ready_unchecked"]),
    (Shape::AddrOf { mutable: false }, &["addr_of"]),
    (Shape::AddrOf { mutable: true }, &["addr_of_mut"]),
    (Shape::ThreadLocal, &["thread_local"]),
    (Shape::CfgIf, &["cfg_if"]),
    (
        Shape::NoCode,
        &[
            "concat",
            "stringify",
            "env",
            "option_env",
            "include_str",
            "include_bytes",
            "include",
            "line",
            "column",
            "file",
            "module_path",
            "cfg",
            "compile_error",
            "offset_of",
            "concat_bytes",
            "concat_idents",
            "global_asm",
            "asm",
            "is_x86_feature_detected",
            "is_aarch64_feature_detected",
            "trace_macros",
            "log_syntax",
        ],
    ),
];

static SHAPES: LazyLock<FxHashMap<Name, Shape>> = LazyLock::new(|| {
    TABLE.iter().flat_map(|&(shape, names)| names.iter().map(move |name| (Name::new(name), shape))).collect()
});

/// Returns how a macro of this name is read.
pub(super) fn shape(name: Name) -> Option<Shape> {
    SHAPES.get(&name).copied()
}

impl Lower<'_> {
    pub(super) fn native(&mut self, source: &Source<'_>, call: Node<'_>, shape: Shape) -> ExprId {
        let span = source.span_of(call);
        let lowered = match shape {
            Shape::Args | Shape::Fields => {
                let args = self.args_of(source, call, shape == Shape::Fields).unwrap_or(ListId::EMPTY);
                let call = self.note_call(source, call, Expansion::Native);
                Expr::Macro { call, args }
            }
            Shape::Vec => self.vec_macro(source, call),
            Shape::Matches => return self.matches_macro(source, call),
            Shape::Value | Shape::AddrOf { .. } => {
                let args = self.args_of(source, call, false).unwrap_or(ListId::EMPTY);
                let first = self.out.expr_list(args).next();
                let call = self.note_call(source, call, Expansion::Native);
                match (shape, first) {
                    (Shape::AddrOf { mutable }, Some(expr)) => Expr::Ref { expr, mutable, raw: true },
                    _ => Expr::Macro { call, args },
                }
            }
            Shape::ThreadLocal | Shape::CfgIf | Shape::NoCode => {
                let call = self.note_call(source, call, Expansion::NoCode);
                Expr::Macro { call, args: ListId::EMPTY }
            }
        };
        self.add_expr(lowered, span)
    }

    fn vec_macro(&mut self, source: &Source<'_>, call: Node<'_>) -> Expr {
        let lowered = self.in_parsed_args(source, call, '[', false, |this, source, root| {
            if !root.has(K::SEMICOLON) {
                return Some(Expr::Vec(this.exprs_below(source, root)));
            }
            let mut parts = root.nodes();
            let elem = this.optional(source, parts.next());
            let len = parts.next().map(|n| if n.kind() == K::CONST_ARG { n.nodes().next().unwrap_or(n) } else { n });
            Some(Expr::VecRepeat { elem, len: this.optional(source, len) })
        });
        self.note_call(source, call, if lowered.is_some() { Expansion::Native } else { Expansion::Opaque });
        lowered.unwrap_or(Expr::Missing)
    }

    /// `matches!(e, p if g)` as the `match` it stands for; nothing of the made-up parts has a place.
    fn matches_macro(&mut self, source: &Source<'_>, call: Node<'_>) -> ExprId {
        let span = source.span_of(call);
        self.note_call(source, call, Expansion::Native);
        let tokens = call.child(K::TOKEN_TREE).map(Token::below).unwrap_or_default();
        let inside = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or(&[]);
        let comma = crate::syntax::tokens::fragment_len(inside, source.text, self.around.edition, Fragment::Expr);
        let mut made = Virtual::default();
        made.push_glue("match ");
        for (at, token) in inside.iter().enumerate() {
            if comma == Some(at) {
                made.push_glue("{ ");
            } else if !(token.kind == K::COMMA && at + 1 == inside.len()) {
                let text = source.text.get(token.start as usize..token.end as usize).unwrap_or("");
                made.push(text, source.place(token.start, token.end));
            }
            if !token.joint {
                made.push_glue(" ");
            }
        }
        made.push_glue(" => true, _ => false }");
        let parsed = parse(&made.text, self.around.edition, Fragment::Expr);
        let made_source = Source::made(&made);
        let root = parsed.tree.root().filter(|root| root.kind() == K::MATCH_EXPR);
        let id = match root {
            Some(root) => self.expr(&made_source, root),
            None => self.add_expr(Expr::Missing, span),
        };
        self.out.code.set_span(id, span);
        id
    }

    /// Lowers a call's arguments if they read as expressions without an error.
    pub(super) fn try_args(&mut self, source: &Source<'_>, call: Node<'_>) -> Option<ListId> {
        self.in_parsed_args(source, call, '(', true, |this, source, root| Some(this.argument_list(source, root)))
    }

    fn args_of(&mut self, source: &Source<'_>, call: Node<'_>, fields: bool) -> Option<ListId> {
        let tree = call.child(K::TOKEN_TREE)?;
        if !fields {
            return self
                .in_parsed_args(source, call, '(', false, |this, source, root| Some(this.argument_list(source, root)));
        }
        let text = without_sigils(source, tree);
        let part = source.part(tree.start(), tree.end());
        let part = part.with_text(&text);
        let parsed = parse(&text, self.around.edition, Fragment::Expr);
        let root = parsed.tree.root()?;
        Some(self.argument_list(&part, root))
    }

    /// The elements of a parsed `(a, b, name = c)`; a name is left out.
    fn argument_list(&mut self, source: &Source<'_>, root: Node<'_>) -> ListId {
        let list = self.exprs_below(source, root);
        let mut args: Vec<u32> = Vec::new();
        for id in self.out.expr_list(list) {
            args.push(match self.out.code.expr(id) {
                Expr::Binary { op: BinaryOp::Assign, rhs, .. } => rhs.number(),
                _ => id.number(),
            });
        }
        self.list(&args)
    }

    /// Parses a call's token tree as an expression between the delimiters that `open` begins, and lowers it with `inside`.
    fn in_parsed_args<R>(
        &mut self,
        source: &Source<'_>,
        call: Node<'_>,
        open: char,
        strict: bool,
        inside: impl FnOnce(&mut Self, &Source<'_>, Node<'_>) -> Option<R>,
    ) -> Option<R> {
        let tree = call.child(K::TOKEN_TREE)?;
        self.expanded_bytes += (tree.end() - tree.start()) as usize;
        if self.expanded_bytes > super::macros::TEXT_LIMIT {
            return None;
        }
        let part = source.part(tree.start(), tree.end());
        let text = delimited(part.text, open);
        let part = part.with_text(&text);
        let parsed = parse(&text, self.around.edition, Fragment::Expr);
        if strict && !parsed.errors.is_empty() {
            return None;
        }
        inside(self, &part, parsed.tree.root()?)
    }

    pub(super) fn cfg_if(
        &mut self,
        source: &Source<'_>,
        call: Node<'_>,
        fragment: Fragment,
        mut inside: impl FnMut(&mut Self, &Source<'_>, Node<'_>),
    ) {
        let Some(tree) = call.child(K::TOKEN_TREE) else { return };
        for block in tree.children().filter(|n| n.kind() == K::TOKEN_TREE) {
            if !source.text_of(block).starts_with('{') {
                continue;
            }
            let part = source.part(block.start() + 1, block.end().saturating_sub(1));
            let parsed = parse(part.text, self.around.edition, fragment);
            if let Some(root) = parsed.tree.root() {
                inside(self, &part, root);
            }
        }
    }

    /// `thread_local! { static X: T = init; }`: the statics, whose initialisers run at run time.
    pub(super) fn thread_local(&mut self, source: &Source<'_>, call: Node<'_>) {
        let Some(tree) = call.child(K::TOKEN_TREE) else { return };
        let part = source.part(tree.start() + 1, tree.end().saturating_sub(1));
        let parsed = parse(part.text, self.around.edition, Fragment::Items);
        if let Some(root) = parsed.tree.root() {
            self.thread_local_depth += 1;
            self.items_below(&part, root);
            self.thread_local_depth -= 1;
        }
    }
}

/// The same text between other delimiters; `[` for an array, `(` for a tuple.
fn delimited(text: &str, open: char) -> Cow<'_, str> {
    if text.starts_with(open) {
        return Cow::Borrowed(text);
    }
    let close = if open == '[' { ']' } else { ')' };
    let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    Cow::Owned(format!("{open}{inside}{close}"))
}

/// Blanks out what logging macros allow besides expressions: `target: "x",`, `%value`, `?value`.
fn without_sigils(source: &Source<'_>, tree: Node<'_>) -> String {
    let mut text = delimited(source.text_of(tree), '(').into_owned();
    let tokens = Token::below(tree);
    let mut blank = |start: u32, end: u32| {
        let (from, to) = ((start - tree.start()) as usize, (end - tree.start()) as usize);
        // auditor: allow(panicking-api) tokens lie within their tree, and end where characters end
        text.replace_range(from..to, &" ".repeat(to - from));
    };
    for (at, token) in tokens.iter().enumerate().skip(1) {
        let before = tokens.get(at - 1).map(|token| token.kind);
        let starts = matches!(before, Some(K::COMMA | K::EQ | K::L_PAREN | K::L_BRACK | K::L_CURLY));
        if starts && matches!(token.kind, K::PERCENT | K::QUESTION) {
            blank(token.start, token.end);
        }
        let next = tokens.get(at + 1);
        if starts && token.kind == K::IDENT && next.is_some_and(|next| next.kind == K::COLON && !next.joint) {
            blank(token.start, next.map_or(token.end, |next| next.end));
        }
    }
    text
}

/// Places in an opaque call's tokens that look like sites, with the kind they look like.
pub(super) fn suspects(source: &Source<'_>, call: Node<'_>) -> Vec<(&'static str, Span)> {
    let Some(tree) = call.child(K::TOKEN_TREE) else { return Vec::new() };
    let tokens = Token::below(tree);
    let text = |token: &Token| source.text.get(token.start as usize..token.end as usize).unwrap_or("");
    let mut found = Vec::new();
    for window in tokens.windows(3) {
        let [first, second, third] = window else { continue };
        let kind = match (first.kind, text(second), third.kind) {
            (K::DOT, "unwrap" | "unwrap_err", K::L_PAREN) => "unwrap",
            (K::DOT, "expect" | "expect_err", K::L_PAREN) => "expect",
            (_, "!", K::L_PAREN | K::L_BRACK | K::L_CURLY) => match text(first) {
                "panic" => "panic-macro",
                "unreachable" => "unreachable-macro",
                "todo" | "unimplemented" => "todo-macro",
                "assert" | "assert_eq" | "assert_ne" => "assert-macro",
                _ => continue,
            },
            _ => continue,
        };
        found.push((kind, source.span(first.start, third.end)));
    }
    found
}
