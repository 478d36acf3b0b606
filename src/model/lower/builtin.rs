//! Built-in macros of std and of well-known crates, whose arguments are parsed as what they are. The table says as what.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{InText, Lower};
use crate::model::hir::{BinaryOp, ExpansionStatus, Expr, ExprId, List};
use crate::model::lower::Expansion;
use crate::model::name::Name;
use crate::source::Span;
use crate::syntax::tokens::{Token, TokenText};
use crate::syntax::{Fragment, Node, Parse, SyntaxKind as K, parse_tokens};

/// What a macro's arguments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BuiltinMacro {
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
    /// `cfg_if!`, `cfg_select!`: items or statements under cfgs.
    Branches,
    /// Nothing of the caller's runs.
    NoCode,
}

const TABLE: &[(BuiltinMacro, &[&str])] = &[
    (
        BuiltinMacro::Args,
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
        BuiltinMacro::Fields,
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
    (BuiltinMacro::Vec, &["vec"]),
    (BuiltinMacro::Matches, &["matches"]),
    (BuiltinMacro::Value, &["dbg", "try", "pin", "ready_unchecked"]),
    (BuiltinMacro::AddrOf { mutable: false }, &["addr_of"]),
    (BuiltinMacro::AddrOf { mutable: true }, &["addr_of_mut"]),
    (BuiltinMacro::ThreadLocal, &["thread_local"]),
    (BuiltinMacro::Branches, &["cfg_if", "cfg_select"]),
    (
        BuiltinMacro::NoCode,
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

/// What `matches!` adds to its arguments, behind the pattern.
const MATCH_END: &[(K, &str)] = &[
    (K::EQ, "="),
    (K::R_ANGLE, ">"),
    (K::TRUE_KW, "true"),
    (K::COMMA, ","),
    (K::UNDERSCORE, "_"),
    (K::EQ, "="),
    (K::R_ANGLE, ">"),
    (K::FALSE_KW, "false"),
    (K::R_CURLY, "}"),
];

static SHAPES: LazyLock<FxHashMap<Name, BuiltinMacro>> = LazyLock::new(|| {
    TABLE.iter().flat_map(|&(shape, names)| names.iter().map(move |name| (Name::new(name), shape))).collect()
});

/// Returns how a macro of this name is read.
pub(super) fn shape(name: Name) -> Option<BuiltinMacro> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    SHAPES.get(&name).copied()
}

impl Lower<'_> {
    pub(super) fn native(&mut self, source: &InText<'_>, call: Node<'_>, shape: BuiltinMacro) -> ExprId {
        let span = source.span_of(call);
        let lowered = match shape {
            BuiltinMacro::Args | BuiltinMacro::Fields => {
                let args = self.args_of(source, call, shape == BuiltinMacro::Fields).unwrap_or(List::EMPTY);
                let call = self.note_call(source, call, ExpansionStatus::Native);
                Expr::Macro { call, args }
            }
            BuiltinMacro::Vec => self.vec_macro(source, call),
            BuiltinMacro::Matches => return self.matches_macro(source, call),
            BuiltinMacro::Value | BuiltinMacro::AddrOf { .. } => {
                let args = self.args_of(source, call, false).unwrap_or(List::EMPTY);
                let first = self.out.code.list(args).first().copied();
                let call = self.note_call(source, call, ExpansionStatus::Native);
                match (shape, first) {
                    (BuiltinMacro::AddrOf { mutable }, Some(expr)) => Expr::Ref { expr, mutable, raw: true },
                    _ => Expr::Macro { call, args },
                }
            }
            BuiltinMacro::Branches => {
                self.note_call(source, call, ExpansionStatus::Native);
                return self.branches_expr(source, call);
            }
            BuiltinMacro::ThreadLocal | BuiltinMacro::NoCode => {
                let call = self.note_call(source, call, ExpansionStatus::NoCode);
                Expr::Macro { call, args: List::EMPTY }
            }
        };
        self.add_expr(lowered, span)
    }

    fn vec_macro(&mut self, source: &InText<'_>, call: Node<'_>) -> Expr {
        let lowered = self.in_parsed_args(source, call, K::L_BRACK, false, |this, source, root| {
            if !root.has(K::SEMICOLON) {
                return Some(Expr::Vec(this.exprs_below(source, root)));
            }
            let mut parts = root.nodes();
            let elem = this.optional(source, parts.next());
            let len = parts.next().map(|n| if n.kind() == K::CONST_ARG { n.nodes().next().unwrap_or(n) } else { n });
            Some(Expr::VecRepeat { elem, len: this.optional(source, len) })
        });
        self.note_call(source, call, if lowered.is_some() { ExpansionStatus::Native } else { ExpansionStatus::Opaque });
        lowered.unwrap_or(Expr::Missing)
    }

    /// `matches!(e, p if g)` as the `match` it stands for; nothing of the made-up parts has a place.
    fn matches_macro(&mut self, source: &InText<'_>, call: Node<'_>) -> ExprId {
        let span = source.span_of(call);
        self.note_call(source, call, ExpansionStatus::Native);
        let tokens = call.child(K::TOKEN_TREE).map(Token::below).unwrap_or_default();
        let inside = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or(&[]);
        let comma = crate::syntax::tokens::fragment_len(inside, source.text, self.cx.edition, Fragment::Expr);
        let mut made = Expansion::default();
        made.push_glue(K::MATCH_KW, "match");
        made.space();
        for (at, token) in inside.iter().enumerate() {
            if comma == Some(at) {
                made.push_glue(K::L_CURLY, "{");
                made.space();
            } else if !(token.kind == K::COMMA && at + 1 == inside.len()) {
                made.push(token.kind, source.text.text_of(token), source.place(token.start, token.end));
            }
            if !token.joint {
                made.space();
            }
        }
        made.space();
        for (kind, text) in MATCH_END {
            made.push_glue(*kind, text);
            if *kind != K::EQ {
                made.space();
            }
        }
        let parsed = parse_tokens(&made.tokens, &made.text, self.cx.edition, Fragment::Expr);
        let made_source = InText::made(&made);
        let root = parsed.tree.root().filter(|root| root.kind() == K::MATCH_EXPR);
        let id = match root {
            Some(root) => self.expr(&made_source, root),
            None => self.add_expr(Expr::Missing, span),
        };
        self.out.code.set_span(id, span);
        id
    }

    /// Lowers a call's arguments if they read as expressions without an error.
    pub(super) fn try_args(&mut self, source: &InText<'_>, call: Node<'_>) -> Option<List<ExprId>> {
        self.in_parsed_args(source, call, K::L_PAREN, true, |this, source, root| Some(this.argument_list(source, root)))
    }

    fn args_of(&mut self, source: &InText<'_>, call: Node<'_>, fields: bool) -> Option<List<ExprId>> {
        if !fields {
            return self.in_parsed_args(source, call, K::L_PAREN, false, |this, source, root| {
                Some(this.argument_list(source, root))
            });
        }
        let tokens = without_sigils(delimited(call.child(K::TOKEN_TREE)?, K::L_PAREN));
        let parsed = parse_tokens(&tokens, source.text, self.cx.edition, Fragment::Expr);
        let root = parsed.tree.root()?;
        Some(self.argument_list(source, root))
    }

    /// The elements of a parsed `(a, b, name = c)`; a name is left out.
    fn argument_list(&mut self, source: &InText<'_>, root: Node<'_>) -> List<ExprId> {
        let list = self.exprs_below(source, root);
        let value = |id: ExprId| match self.out.code.expr(id) {
            Expr::Binary { op: BinaryOp::Assign, rhs, .. } => rhs,
            _ => id,
        };
        if self.out.code.list(list).iter().all(|&id| value(id) == id) {
            return list;
        }
        let args: Vec<ExprId> = self.out.code.list(list).iter().map(|&id| value(id)).collect();
        self.out.code.add_list(&args)
    }

    /// Parses a call's token tree as an expression between the delimiters that `open` begins, and lowers it with `inside`.
    fn in_parsed_args<R>(
        &mut self,
        source: &InText<'_>,
        call: Node<'_>,
        open: K,
        strict: bool,
        inside: impl FnOnce(&mut Self, &InText<'_>, Node<'_>) -> Option<R>,
    ) -> Option<R> {
        let tree = call.child(K::TOKEN_TREE)?;
        self.expanded_bytes += (tree.end() - tree.start()) as usize;
        if self.expanded_bytes > super::macros::TEXT_LIMIT {
            return None;
        }
        let tokens = delimited(tree, open);
        let parsed = parse_tokens(&tokens, source.text, self.cx.edition, Fragment::Expr);
        if strict && !parsed.errors.is_empty() {
            return None;
        }
        inside(self, source, parsed.tree.root()?)
    }

    /// Parses what is between the delimiters of a token tree.
    pub(super) fn parse_inside(&self, source: &InText<'_>, tree: Node<'_>, fragment: Fragment) -> Parse {
        let tokens = Token::all_below(tree);
        let inside = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or(&[]);
        parse_tokens(inside, source.text, self.cx.edition, fragment)
    }

    /// `thread_local! { static X: T = init; }`: the statics, whose initialisers run at run time.
    pub(super) fn thread_local(&mut self, source: &InText<'_>, call: Node<'_>) {
        let Some(tree) = call.child(K::TOKEN_TREE) else { return };
        let parsed = self.parse_inside(source, tree, Fragment::Items);
        if let Some(root) = parsed.tree.root() {
            self.thread_local_depth += 1;
            self.items_below(source, root);
            self.thread_local_depth -= 1;
        }
    }
}

/// The tokens of a token tree between other delimiters: `[` for an array, `(` for a tuple.
fn delimited(tree: Node<'_>, open: K) -> Vec<Token> {
    let mut tokens = Token::all_below(tree);
    let close = if open == K::L_BRACK { K::R_BRACK } else { K::R_PAREN };
    if let [first, .., last] = tokens.as_mut_slice() {
        (first.kind, last.kind) = (open, close);
    }
    tokens
}

/// Leaves out what logging macros allow besides expressions: `target: "x",`, `%value`, `?value`.
fn without_sigils(mut tokens: Vec<Token>) -> Vec<Token> {
    let (mut before, mut name) = (K::EOF, false);
    let mut ahead = tokens.clone().into_iter().skip(1);
    tokens.retain(|token| {
        let next = ahead.next();
        if token.kind == K::COMMENT {
            return false;
        }
        let starts = matches!(before, K::COMMA | K::EQ | K::L_PAREN | K::L_BRACK | K::L_CURLY);
        before = token.kind;
        // The colon behind a name goes with it.
        if std::mem::take(&mut name) {
            return false;
        }
        name = starts && token.kind == K::IDENT && next.is_some_and(|next| next.kind == K::COLON && !next.joint);
        !(name || starts && matches!(token.kind, K::PERCENT | K::QUESTION))
    });
    tokens
}

/// Places in an opaque call's tokens that look like sites, with the kind they look like.
pub(super) fn token_hits(source: &InText<'_>, call: Node<'_>) -> Vec<(&'static str, Span)> {
    let Some(tree) = call.child(K::TOKEN_TREE) else { return Vec::new() };
    let tokens = Token::below(tree);
    let text = |token: &Token| source.text.text_of(token);
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
