//! Lowers the calls of macros that are known by definition, whose arguments are read as what they are. Which macros those are
//! is data (`facts::macros`).

use super::{InText, Lower};
use crate::facts::macros::{MacroFact, Reads};
use crate::model::hir::{BinaryOp, ExpansionStatus, Expr, ExprId, List};
use crate::model::lower::Expansion;
use crate::source::Span;
use crate::syntax::tokens::{Token, TokenText};
use crate::syntax::{Fragment, Node, Parse, SyntaxKind as K, parse_tokens};

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

impl Lower<'_> {
    pub(super) fn known_macro(&mut self, source: &InText<'_>, call: Node<'_>, fact: &MacroFact) -> ExprId {
        let span = source.span_of(call);
        let lowered = match fact.reads {
            Reads::Arguments | Reads::Fields => {
                let args = self.args_of(source, call, fact.reads == Reads::Fields).unwrap_or(List::EMPTY);
                let call = self.note_known(source, call, fact, ExpansionStatus::Native);
                Expr::Macro { call, args }
            }
            Reads::Vec => self.vec_macro(source, call, fact),
            Reads::Matches => return self.matches_macro(source, call, fact),
            Reads::Value | Reads::RawRef | Reads::RawMut => {
                let args = self.args_of(source, call, false).unwrap_or(List::EMPTY);
                let first = self.out.code.list(args).first().copied();
                let call = self.note_known(source, call, fact, ExpansionStatus::Native);
                match first {
                    Some(expr) if fact.reads != Reads::Value => {
                        Expr::Ref { expr, mutable: fact.reads == Reads::RawMut, raw: true }
                    }
                    _ => Expr::Macro { call, args },
                }
            }
            Reads::CfgBranches => {
                self.note_known(source, call, fact, ExpansionStatus::Native);
                return self.branches_expr(source, call);
            }
            Reads::ThreadLocal | Reads::Nothing | Reads::JoinedNames | Reads::Rules => {
                let call = self.note_known(source, call, fact, ExpansionStatus::NoCode);
                Expr::Macro { call, args: List::EMPTY }
            }
        };
        self.add_expr(lowered, span)
    }

    fn vec_macro(&mut self, source: &InText<'_>, call: Node<'_>, fact: &MacroFact) -> Expr {
        let lowered = self.in_parsed_args(source, call, K::L_BRACK, false, |this, source, root| {
            if !root.has(K::SEMICOLON) {
                return Some(Expr::Vec(this.exprs_below(source, root)));
            }
            let mut parts = root.nodes();
            let elem = this.optional(source, parts.next());
            let len = parts.next().map(|n| if n.kind() == K::CONST_ARG { n.nodes().next().unwrap_or(n) } else { n });
            Some(Expr::VecRepeat { elem, len: this.optional(source, len) })
        });
        let status = if lowered.is_some() { ExpansionStatus::Native } else { ExpansionStatus::Opaque };
        self.note_known(source, call, fact, status);
        lowered.unwrap_or(Expr::Missing)
    }

    /// `matches!(e, p if g)` as the `match` it stands for; nothing of the made-up parts has a place.
    fn matches_macro(&mut self, source: &InText<'_>, call: Node<'_>, fact: &MacroFact) -> ExprId {
        let span = source.span_of(call);
        self.note_known(source, call, fact, ExpansionStatus::Native);
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
