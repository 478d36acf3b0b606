//! Lowers macro calls: std's by what they are, `macro_rules!` of known crates by expansion; the rest is counted and searched.

use std::cell::RefCell;
use std::sync::Arc;

use super::builtin::{self, BuiltinMacro};
use super::expr::is_expr;
use super::pat::is_pat;
use super::types::is_type;
use super::{Expansion, InText, Lower};
use crate::model::expand::{Args, MacroDef, is_paste, pasted};
use crate::model::hir::{CallId, ExpansionStatus, Expr, ExprId, List, MacroCall, Made, PatId, TypeId};
use crate::model::name::Name;
use crate::syntax::tokens::Token;
use crate::syntax::{Fragment, Node, SyntaxKind as K, parse_tokens};

/// Expansions within expansions that are followed, as rustc's default recursion limit.
const DEPTH_LIMIT: u32 = 128;

/// Text that expansions of one file may make or read in all: hostile macros double at every level.
pub(super) const TEXT_LIMIT: usize = 32 << 20;

impl Lower<'_> {
    pub(super) fn macro_expr(&mut self, source: &InText<'_>, call: Node<'_>) -> ExprId {
        let span = source.span_of(call);
        let name = macro_name(source, call);
        let made = self.expand(source, call, name);
        if let Some(made) = made {
            let id = self.note_call(source, call, ExpansionStatus::Expanded);
            let value = self.lower_made(&made, id, Fragment::Expr, super::Lower::made_expr);
            let args = self.out.code.add_list(&[value]);
            return self.add_expr(Expr::Macro { call: id, args }, span);
        }
        self.native_or_opaque(source, call, name)
    }

    /// Tells whether a call that is not expanded is std's `include!`.
    fn is_include(name: Name) -> bool {
        name.as_str() == "include"
    }

    /// Lowers a macro call that stands as a statement; returns its value where it ends in an expression.
    pub(super) fn macro_statements(&mut self, source: &InText<'_>, call: Node<'_>) -> Option<ExprId> {
        let name = macro_name(source, call);
        let Some(made) = self.expand(source, call, name) else {
            if builtin::shape(name) == Some(BuiltinMacro::ThreadLocal) {
                self.note_call(source, call, ExpansionStatus::Native);
                self.thread_local(source, call);
                return None;
            }
            if builtin::shape(name) == Some(BuiltinMacro::Branches) {
                self.note_call(source, call, ExpansionStatus::Native);
                self.branches(source, call, Fragment::Statements, |this, source, root| {
                    let tail = this.statements(source, root);
                    this.exprs.extend(tail);
                });
                return None;
            }
            return Some(self.native_or_opaque(source, call, name));
        };
        let id = self.note_call(source, call, ExpansionStatus::Expanded);
        let span = source.span_of(call);
        let tail = self.lower_made(&made, id, Fragment::Statements, super::Lower::statements);
        let tail = tail?;
        let args = self.out.code.add_list(&[tail]);
        Some(self.add_expr(Expr::Macro { call: id, args }, span))
    }

    /// Lowers a macro call between items.
    pub(super) fn macro_items(&mut self, source: &InText<'_>, call: Node<'_>) {
        // Its items belong where the call stands.
        let parent = self.out.items.last().map_or(self.parent, |item| item.parent);
        let outer = std::mem::replace(&mut self.parent, parent);
        let name = macro_name(source, call);
        if let Some(made) = self.expand(source, call, name) {
            let id = self.note_call(source, call, ExpansionStatus::Expanded);
            self.lower_made(&made, id, Fragment::Items, super::Lower::items_below);
        } else if matches!(builtin::shape(name), Some(BuiltinMacro::Branches)) {
            self.note_call(source, call, ExpansionStatus::Native);
            self.branches(source, call, Fragment::Items, super::Lower::items_below);
        } else if matches!(builtin::shape(name), Some(BuiltinMacro::ThreadLocal)) {
            self.note_call(source, call, ExpansionStatus::Native);
            self.thread_local(source, call);
        } else if Self::is_include(name) {
            if !self.include_items(source, call) {
                self.note_call(source, call, ExpansionStatus::Opaque);
            }
        } else if matches!(builtin::shape(name), Some(BuiltinMacro::NoCode)) {
            self.note_call(source, call, ExpansionStatus::NoCode);
        } else {
            self.note_call(source, call, ExpansionStatus::Opaque);
        }
        self.parent = outer;
    }

    pub(super) fn macro_pat(&mut self, source: &InText<'_>, call: Node<'_>) -> PatId {
        let Some(made) = self.expand(source, call, macro_name(source, call)) else {
            self.note_call(source, call, ExpansionStatus::Opaque);
            return PatId::new(0);
        };
        let id = self.note_call(source, call, ExpansionStatus::Expanded);
        self.lower_made(&made, id, Fragment::Pattern, |this, source, root| {
            let pat = if is_pat(root.kind()) { Some(root) } else { root.find(is_pat) };
            pat.map_or(PatId::new(0), |pat| this.pat(source, pat))
        })
    }

    pub(super) fn macro_type(&mut self, source: &InText<'_>, call: Node<'_>) -> TypeId {
        let Some(made) = self.expand(source, call, macro_name(source, call)) else {
            self.note_call(source, call, ExpansionStatus::Opaque);
            return TypeId::new(0);
        };
        let id = self.note_call(source, call, ExpansionStatus::Expanded);
        self.lower_made(&made, id, Fragment::Type, |this, source, root| {
            let ty = if is_type(root.kind()) { Some(root) } else { root.find(is_type) };
            ty.map_or(TypeId::new(0), |ty| this.ty(source, ty))
        })
    }

    /// Notes a call in the model; what an opaque one hides is searched.
    pub(super) fn note_call(&mut self, source: &InText<'_>, call: Node<'_>, expansion: ExpansionStatus) -> CallId {
        let path = macro_path(source, call);
        let token_hits = match expansion {
            ExpansionStatus::Opaque => builtin::token_hits(source, call),
            _ => Vec::new(),
        };
        let name = macro_name(source, call);
        let id = CallId(self.out.code.calls.len() as u32);
        let span = source.span_of(call);
        self.out.code.calls.push(MacroCall {
            path: if path.contains(char::is_whitespace) { path.split_whitespace().collect() } else { path.into() },
            name,
            span,
            expansion,
            token_hits,
        });
        id
    }

    fn native_or_opaque(&mut self, source: &InText<'_>, call: Node<'_>, name: Name) -> ExprId {
        let Some(shape) = builtin::shape(name) else { return self.opaque(source, call) };
        if Self::is_include(name) {
            return self.include_expr(source, call).unwrap_or_else(|| self.opaque(source, call));
        }
        self.native(source, call, shape)
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

    /// Finds the macro that a call means and expands it.
    fn expand(&mut self, source: &InText<'_>, call: Node<'_>, name: Name) -> Option<Expansion> {
        if self.expansion_depth >= DEPTH_LIMIT || self.expanded_bytes >= TEXT_LIMIT {
            return None;
        }
        let defs = self.definitions(source, call, name);
        if defs.is_empty() && !is_paste(macro_path(source, call)) {
            return None;
        }
        let tree = call.child(K::TOKEN_TREE)?;
        let tokens = Token::below(tree);
        let inside = tokens.get(1..tokens.len().saturating_sub(1))?;
        if defs.is_empty() {
            let made = pasted(inside, source)?;
            self.expanded_bytes += made.text.len() + 64;
            return Some(made);
        }
        let args = Args::new(inside, source, self.cx.edition);
        let limit = TEXT_LIMIT - self.expanded_bytes;
        // Several macros of one name: the one whose rules fit.
        let contexts = RefCell::new(std::mem::take(&mut self.contexts));
        let made = defs.iter().find_map(|def| def.expand(&args, &contexts, limit));
        self.contexts = contexts.into_inner();
        let made = made?;
        self.expanded_bytes += made.text.len() + 64;
        Some(made)
    }

    fn definitions(&self, source: &InText<'_>, call: Node<'_>, name: Name) -> Vec<Arc<MacroDef>> {
        let path = macro_path(source, call);
        let krate = self.cx.macros.crate_of(path);
        if krate.is_some_and(|krate| matches!(krate, Name::STD | Name::CORE | Name::ALLOC)) {
            return Vec::new();
        }
        if krate.is_none()
            && let Some(local) = self.local_macros.get(&name)
        {
            return vec![Arc::clone(local)];
        }
        let span = source.span_of(call);
        let mut defs = self.cx.macros.find(name, self.out.file, span.start);
        if let Some(krate) = krate {
            // `::log::info!` within the crate's own `info!` is not the crate's own.
            defs.retain(|def| def.is_of(krate));
        }
        if builtin::shape(name).is_some() {
            // std's macros are read natively unless the crate defines one of that name itself.
            defs.retain(|def| !def.is_foreign());
        } else if defs.is_empty() {
            defs = self.cx.macros.find_outside(path);
        }
        defs
    }

    /// Parses what the expansion of `call` made and lowers it with `inside`.
    fn lower_made<R>(
        &mut self,
        made: &Expansion,
        call: CallId,
        fragment: Fragment,
        inside: impl FnOnce(&mut Self, &InText<'_>, Node<'_>) -> R,
    ) -> R
    where
        R: Default,
    {
        let parsed = parse_tokens(&made.tokens, &made.text, self.cx.edition, fragment);
        let source = InText::made(made);
        let start = (self.out.code.next_id().number(), self.out.items.len() as u32);
        self.expansion_depth += 1;
        let result = parsed.tree.root().map(|root| inside(self, &source, root));
        self.expansion_depth -= 1;
        if self.expansion_depth == 0 {
            let end = (self.out.code.next_id().number(), self.out.items.len() as u32);
            self.out.code.expansions.push(Made { exprs: start.0..end.0, items: start.1..end.1, call });
        }
        result.unwrap_or_default()
    }

    /// Lowers an expansion's expression; statements before it make a block.
    pub(super) fn made_expr(&mut self, source: &InText<'_>, root: Node<'_>) -> ExprId {
        let expr = if is_expr(root.kind()) { Some(root) } else { root.find(is_expr) };
        self.optional(source, expr)
    }

    /// Remembers a macro that an expansion defines.
    pub(super) fn local_macro(&mut self, source: &InText<'_>, node: Node<'_>) {
        if source.is_file() {
            return;
        }
        let (Some(name), Some(tree)) = (node.child(K::NAME), node.child(K::TOKEN_TREE)) else { return };
        let name = Name::new(source.text_of(name));
        if let Some(def) = source.definition_of(tree, self.cx.edition) {
            self.local_macros.insert(name, Arc::new(def));
        }
    }
}

/// Returns a call's path as written.
fn macro_path<'s>(source: &InText<'s>, call: Node<'_>) -> &'s str {
    call.child(K::PATH).map_or("", |path| source.text_of(path))
}

/// Returns the last name of a call's path.
pub(super) fn macro_name(source: &InText<'_>, call: Node<'_>) -> Name {
    let path = macro_path(source, call);
    Name::new(path.rsplit(':').next().unwrap_or(path).trim())
}
