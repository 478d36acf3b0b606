//! Lowers macro calls by what they mean: known macros as what they are, `macro_rules!` by expansion; the rest is counted and
//! searched.

use std::cell::RefCell;
use std::sync::Arc;

use super::builtin;
use super::call_tokens::{functions_in, inside, last_name, macro_path, sole_call, without_comments};
use super::expr::is_expr;
use super::pat::is_pat;
use super::types::is_type;
use super::{Expansion, InText, Lower};
use crate::facts::macros::{MacroFact, MacroValue, Reads};
use crate::model::expand::{Args, Defs, Expanded, Home, MacroDef, Resolved, doc_attributes, pasted};
use crate::model::hir::{self, CallId, ExpansionStatus, Expr, ExprId, List, MacroCall, PatId, TypeId};
use crate::model::name::Name;
use crate::source::Span;
use crate::syntax::tokens::Token;
use crate::syntax::{Fragment, Node, SyntaxKind as K, parse_tokens};

/// Expansions within expansions that are followed, as rustc's default recursion limit.
const DEPTH_LIMIT: u32 = 128;

/// Text that expansions of one file may make or read in all: hostile macros double at every level.
pub(super) const TEXT_LIMIT: usize = 32 << 20;

/// What a call counts for besides the text that it makes.
const CALL_BYTES: usize = 64;

/// What became of a call.
enum Call {
    Expanded(Made),
    Known(&'static MacroFact),
    Opaque,
}

/// What an expansion made.
struct Made {
    text: Expansion,
    /// The macro that made it, if it is one with rules.
    by: Option<Arc<MacroDef>>,
    /// The calls within each other that it took.
    levels: u32,
}

impl Lower<'_> {
    pub(super) fn macro_expr(&mut self, source: &InText<'_>, call: Node<'_>) -> ExprId {
        let span = source.span_of(call);
        match self.call(source, call) {
            Call::Expanded(made) => {
                let id = self.note_call(source, call, ExpansionStatus::Expanded);
                let value = self.lower_made(made, id, Fragment::Expr, super::Lower::made_expr);
                let args = self.out.code.add_list(&[value]);
                self.add_expr(Expr::Macro { call: id, args }, span)
            }
            Call::Known(fact) => self.native_or_opaque(source, call, fact),
            Call::Opaque => self.opaque(source, call),
        }
    }

    fn native_or_opaque(&mut self, source: &InText<'_>, call: Node<'_>, fact: &MacroFact) -> ExprId {
        if is_include(fact) {
            return self.include_expr(source, call).unwrap_or_else(|| self.opaque(source, call));
        }
        self.known_macro(source, call, fact)
    }

    /// Notes where a node stands in the file that is lowered; in another one it stands where that is included.
    pub(super) fn note_site(&mut self, source: &InText<'_>, node: Node<'_>) {
        if source.is_file() && self.included.is_empty() {
            self.site = node.start();
        }
    }

    /// Lowers a macro call that stands as a statement; returns its value where it ends in an expression.
    pub(super) fn macro_statements(&mut self, source: &InText<'_>, call: Node<'_>) -> Option<ExprId> {
        let made = match self.call(source, call) {
            Call::Expanded(made) => made,
            Call::Known(fact) if fact.reads == Reads::ThreadLocal => {
                self.note_known(source, call, fact, ExpansionStatus::Native);
                self.thread_local(source, call);
                return None;
            }
            Call::Known(fact) if fact.reads == Reads::CfgBranches => {
                self.note_known(source, call, fact, ExpansionStatus::Native);
                self.branches(source, call, Fragment::Statements, |this, source, root| {
                    let tail = this.statements(source, root);
                    this.exprs.extend(tail);
                });
                return None;
            }
            Call::Known(fact) => return Some(self.native_or_opaque(source, call, fact)),
            Call::Opaque => return Some(self.opaque(source, call)),
        };
        let id = self.note_call(source, call, ExpansionStatus::Expanded);
        let span = source.span_of(call);
        let tail = self.lower_made(made, id, Fragment::Statements, super::Lower::statements);
        let tail = tail?;
        let args = self.out.code.add_list(&[tail]);
        Some(self.add_expr(Expr::Macro { call: id, args }, span))
    }

    /// Lowers a macro call between items.
    pub(super) fn macro_items(&mut self, source: &InText<'_>, call: Node<'_>) {
        // Its items belong where the call stands.
        let parent = self.out.items.last().map_or(self.parent, |item| item.parent);
        let outer = std::mem::replace(&mut self.parent, parent);
        match self.call(source, call) {
            Call::Expanded(made) => {
                let id = self.note_call(source, call, ExpansionStatus::Expanded);
                self.lower_made(made, id, Fragment::Items, super::Lower::items_below);
            }
            Call::Known(fact) if fact.reads == Reads::CfgBranches => {
                self.note_known(source, call, fact, ExpansionStatus::Native);
                self.branches(source, call, Fragment::Items, super::Lower::items_below);
            }
            Call::Known(fact) if fact.reads == Reads::ThreadLocal => {
                self.note_known(source, call, fact, ExpansionStatus::Native);
                self.thread_local(source, call);
            }
            Call::Known(fact) if is_include(fact) => {
                if !self.include_items(source, call) {
                    self.note_call(source, call, ExpansionStatus::Opaque);
                }
            }
            Call::Known(fact) if fact.reads == Reads::Nothing => {
                self.note_known(source, call, fact, ExpansionStatus::NoCode);
            }
            Call::Known(_) | Call::Opaque => {
                let id = self.note_call(source, call, ExpansionStatus::Opaque);
                let functions = functions_in(call);
                if functions > 0 && self.bodies_wanted() {
                    self.out.closed.push((id, functions));
                }
            }
        }
        self.parent = outer;
    }

    pub(super) fn macro_pat(&mut self, source: &InText<'_>, call: Node<'_>) -> PatId {
        let Call::Expanded(made) = self.call(source, call) else {
            self.note_call(source, call, ExpansionStatus::Opaque);
            return PatId::new(0);
        };
        let id = self.note_call(source, call, ExpansionStatus::Expanded);
        self.lower_made(made, id, Fragment::Pattern, |this, source, root| {
            let pat = if is_pat(root.kind()) { Some(root) } else { root.find(is_pat) };
            pat.map_or(PatId::new(0), |pat| this.pat(source, pat))
        })
    }

    pub(super) fn macro_type(&mut self, source: &InText<'_>, call: Node<'_>) -> TypeId {
        let Call::Expanded(made) = self.call(source, call) else {
            self.note_call(source, call, ExpansionStatus::Opaque);
            return TypeId::new(0);
        };
        let id = self.note_call(source, call, ExpansionStatus::Expanded);
        self.lower_made(made, id, Fragment::Type, |this, source, root| {
            let ty = if is_type(root.kind()) { Some(root) } else { root.find(is_type) };
            ty.map_or(TypeId::new(0), |ty| this.ty(source, ty))
        })
    }

    /// Notes a call in the model; what an opaque one hides is searched.
    pub(super) fn note_call(&mut self, source: &InText<'_>, call: Node<'_>, expansion: ExpansionStatus) -> CallId {
        let id = self.note_path(macro_path(source, call), source.span_of(call), expansion);
        if expansion == ExpansionStatus::Opaque
            && let Some(noted) = self.out.code.calls.get_mut(id.index())
        {
            noted.token_hits = builtin::token_hits(source, call);
        }
        id
    }

    fn note_path(&mut self, path: &str, span: Span, expansion: ExpansionStatus) -> CallId {
        let id = CallId(self.out.code.calls.len() as u32);
        self.out.code.calls.push(MacroCall {
            path: if path.contains(char::is_whitespace) { path.split_whitespace().collect() } else { path.into() },
            name: last_name(path),
            span,
            expansion,
            value: MacroValue::Unknown,
            token_hits: Vec::new(),
        });
        id
    }

    /// Notes a call of a macro that is known by definition: under the name that checks know it by, whatever it is called here.
    pub(super) fn note_known(
        &mut self,
        source: &InText<'_>,
        call: Node<'_>,
        fact: &MacroFact,
        expansion: ExpansionStatus,
    ) -> CallId {
        let id = self.note_call(source, call, expansion);
        if let Some(call) = self.out.code.calls.get_mut(id.index()) {
            call.name = Name::new(fact.known_as());
            call.value = fact.value;
        }
        id
    }

    /// Lowers the arguments of an unknown macro where they read as expressions; nothing is certain about them.
    fn opaque(&mut self, source: &InText<'_>, call: Node<'_>) -> ExprId {
        let span = source.span_of(call);
        let first = self.out.code.next_id();
        let args = self.try_args(source, call);
        let id = self.note_call(source, call, ExpansionStatus::Opaque);
        if let (Some(_), Some(call)) = (args, self.out.code.calls.get_mut(id.index())) {
            // The arguments were read: their sites are found there.
            call.token_hits.clear();
        }
        // Calls within its arguments lie in the same range.
        let within = self.out.code.opaque_exprs.iter().rev().take_while(|&&(inner, _)| inner >= first).count();
        let apart = self.out.code.opaque_exprs.len() - within;
        self.out.code.opaque_exprs.truncate(apart);
        self.out.code.opaque_exprs.push((first, self.out.code.next_id()));
        self.add_expr(Expr::Macro { call: id, args: args.unwrap_or(List::EMPTY) }, span)
    }

    /// Finds the macro that a call means, and expands it if it has rules.
    fn call(&mut self, source: &InText<'_>, call: Node<'_>) -> Call {
        self.note_site(source, call);
        match self.meaning(macro_path(source, call)) {
            Resolved::Unknown => Call::Opaque,
            Resolved::Known(fact) if fact.reads == Reads::JoinedNames => {
                let tokens = self.tokens_within(source, call).map(without_comments);
                let Some(made) = tokens.and_then(|tokens| pasted(inside(&tokens), source)) else { return Call::Opaque };
                self.expanded_bytes += made.text.len() + CALL_BYTES;
                Call::Expanded(Made { text: made, by: None, levels: 1 })
            }
            Resolved::Known(fact) => Call::Known(fact),
            Resolved::Rules(defs) => self.expand(source, call, &defs).map_or(Call::Opaque, Call::Expanded),
        }
    }

    fn meaning(&self, path: &str) -> Resolved {
        let local = if path.contains(':') { None } else { self.local_macros.get(last_name(path)) };
        match local {
            Some(local) => Resolved::Rules(std::iter::once(Arc::clone(local)).collect()),
            None => self.resolver.resolve(path, self.site, self.within.as_deref()),
        }
    }

    /// The tokens of a call's arguments and their delimiters, while the file's expansions are within their bounds.
    fn tokens_within(&mut self, source: &InText<'_>, call: Node<'_>) -> Option<Vec<Token>> {
        if !self.is_within(0) {
            self.out.over_limit.get_or_insert(source.span_of(call));
            return None;
        }
        call.child(K::TOKEN_TREE).map(Token::all_below)
    }

    fn is_within(&self, levels: u32) -> bool {
        self.expansion_depth + levels < DEPTH_LIMIT && self.expanded_bytes < TEXT_LIMIT
    }

    /// Expands a call with the first of `defs` whose rules fit.
    fn expand(&mut self, source: &InText<'_>, call: Node<'_>, defs: &Defs) -> Option<Made> {
        let tokens = self.tokens_within(source, call)?;
        let documented = doc_attributes(inside(&tokens), source);
        let made = match &documented {
            Some(made) => self.expand_args(&made.tokens, &InText::made(made), defs),
            None => self.expand_args(inside(&without_comments(tokens)), source, defs),
        };
        let (text, by) = made?;
        Some(self.follow(text, by))
    }

    fn expand_args(
        &mut self,
        tokens: &[Token],
        source: &InText<'_>,
        defs: &Defs,
    ) -> Option<(Expansion, Arc<MacroDef>)> {
        let mut args = Args::new(tokens, source, self.cx.edition);
        let limit = TEXT_LIMIT - self.expanded_bytes;
        for def in defs {
            args.krate = self.resolver.name_of_home(def, self.site);
            let contexts = RefCell::new(std::mem::take(&mut self.contexts));
            let expanded = def.expand(&args, &contexts, limit);
            self.contexts = contexts.into_inner();
            match expanded {
                Expanded::Text(made) => {
                    self.expanded_bytes += made.text.len() + CALL_BYTES;
                    return Some((made, Arc::clone(def)));
                }
                Expanded::TooLong => {
                    let (first, last) = (tokens.first(), tokens.last());
                    let (start, end) = (first.map_or(0, |it| it.start), last.map_or(0, |it| it.end));
                    self.out.over_limit.get_or_insert(source.span(start, end));
                }
                Expanded::NoRule => {}
            }
        }
        None
    }

    /// Goes on while all that an expansion makes is one more call: a macro that takes a table row by row nests as deep as the
    /// table is long, and each level's text can go once the next is there.
    fn follow(&mut self, mut text: Expansion, mut by: Arc<MacroDef>) -> Made {
        let mut levels = 1;
        while self.is_within(levels)
            && let Some((path, open)) = sole_call(&text)
        {
            let outer = self.within.replace(Arc::clone(&by));
            let meaning = self.meaning(path);
            self.within = outer;
            let Resolved::Rules(defs) = meaning else { break };
            let source = InText::made(&text);
            let inside = text.tokens.get(open + 1..text.tokens.len() - 1).unwrap_or(&[]);
            let Some((next, next_by)) = self.expand_args(inside, &source, &defs) else { break };
            self.note_path(path, source.span(0, text.text.len() as u32), ExpansionStatus::Expanded);
            levels += 1;
            (text, by) = (next, next_by);
        }
        Made { text, by: Some(by), levels }
    }

    /// Parses what the expansion of `call` made and lowers it with `inside`.
    fn lower_made<R>(
        &mut self,
        made: Made,
        call: CallId,
        fragment: Fragment,
        inside: impl FnOnce(&mut Self, &InText<'_>, Node<'_>) -> R,
    ) -> R
    where
        R: Default,
    {
        let Made { text: made, by, levels } = made;
        let parsed = parse_tokens(&made.tokens, &made.text, self.cx.edition, fragment);
        let source = InText::made(&made);
        let start = (self.out.code.next_id().number(), self.out.items.len() as u32);
        self.expansion_depth += levels;
        let outer = by.map(|by| self.within.replace(by));
        let result = parsed.tree.root().map(|root| inside(self, &source, root));
        if let Some(outer) = outer {
            self.within = outer;
        }
        self.expansion_depth -= levels;
        if self.expansion_depth == 0 {
            let end = (self.out.code.next_id().number(), self.out.items.len() as u32);
            self.out.code.expansions.push(hir::Made { exprs: start.0..end.0, items: start.1..end.1, call });
        }
        result.unwrap_or_default()
    }

    /// Lowers an expansion's expression; statements before it make a block.
    pub(super) fn made_expr(&mut self, source: &InText<'_>, root: Node<'_>) -> ExprId {
        let expr = if is_expr(root.kind()) { Some(root) } else { root.find(is_expr) };
        self.optional(source, expr)
    }

    /// Remembers a macro that an expansion or an included file defines.
    pub(super) fn local_macro(&mut self, source: &InText<'_>, node: Node<'_>) {
        if source.is_file() && self.included.is_empty() {
            return;
        }
        let (Some(name), Some(tree)) = (node.child(K::NAME), node.child(K::TOKEN_TREE)) else { return };
        let name = Name::new(source.text_of(name));
        let home = self.within.as_ref().map_or(Home::Extern(Name::MISSING), |def| def.home());
        if source.is_file() {
            let text = source.text_of(tree);
            let Some(inside) = text.get(1..text.len().saturating_sub(1)) else { return };
            let file = source.span_of(tree).file;
            let def = MacroDef::included(inside, (file, tree.start() + 1), self.cx.edition, home);
            self.local_macros.add(name, Arc::new(def));
            return;
        }
        let Some((text, made, base)) = source.made_between(tree) else { return };
        let site = source.macro_def_site(tree.start());
        let def = MacroDef::made(text, site, (made, base), self.cx.edition, home);
        self.local_macros.add(name, Arc::new(def));
    }
}

/// Tells whether a macro is std's `include!`.
fn is_include(fact: &MacroFact) -> bool {
    fact.is_std && fact.name == "include"
}
