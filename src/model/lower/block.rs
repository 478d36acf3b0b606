//! Lowers blocks, statements and control flow.

use super::expr::is_expr;
use super::types::is_type;
use super::{InText, Lower};
use crate::model::hir::{BlockKind, Expr, ExprId, Label, LabelId, MatchArm};
use crate::model::item::Parent;
use crate::model::name::Name;
use crate::syntax::{Node, SyntaxKind as K};

impl Lower<'_> {
    pub(super) fn control_flow(&mut self, source: &InText<'_>, node: Node<'_>) -> ExprId {
        if node.kind() == K::BLOCK_EXPR {
            return self.block_expr(source, node);
        }
        let span = source.span_of(node);
        let scope = self.scopes.enter();
        let label = self.open_label(source, node);
        let lowered = match node.kind() {
            K::IF_EXPR => {
                let mut parts = node.nodes().filter(|n| is_expr(n.kind()));
                let scope = self.scopes.enter();
                let cond = self.optional(source, parts.next());
                let then = self.optional(source, parts.next());
                self.scopes.leave(scope);
                Expr::If { cond, then, otherwise: parts.next().map(|n| self.expr(source, n)) }
            }
            K::MATCH_EXPR => self.match_expr(source, node),
            K::LOOP_EXPR => Expr::Loop { body: self.inner_expr(source, node) },
            K::WHILE_EXPR => {
                let mut parts = node.nodes().filter(|n| is_expr(n.kind()));
                let cond = self.optional(source, parts.next());
                let body = self.optional(source, parts.next());
                Expr::While { cond, body }
            }
            K::FOR_EXPR => {
                let mut parts = node.nodes().filter(|n| is_expr(n.kind()));
                let iter = self.optional(source, parts.next());
                let pat = self.inner_pat(source, node);
                let body = self.optional(source, parts.next());
                Expr::For { pat, iter, body }
            }
            _ => Expr::Missing,
        };
        self.scopes.leave(scope);
        let id = self.add_expr(lowered, span);
        self.set_target(label, id);
        id
    }

    /// Brings the label directly below `node` into scope.
    fn open_label(&mut self, source: &InText<'_>, node: Node<'_>) -> Option<LabelId> {
        let lifetime = node.child(K::LABEL)?.child(K::LIFETIME)?;
        let name = Name::new(source.text_of(lifetime).trim_start_matches('\''));
        let id = LabelId::new(self.out.code.labels.len() as u32);
        self.out.code.labels.push(Label { name, target: ExprId::new(0) });
        self.scopes.label(name, source.context(lifetime.start()), id);
        Some(id)
    }

    fn set_target(&mut self, label: Option<LabelId>, target: ExprId) {
        let label = label.and_then(|label| self.out.code.labels.get_mut(label.index()));
        if let Some(label) = label {
            label.target = target;
        }
    }

    /// Returns the label that a `break` or `continue` names.
    pub(super) fn label_named(&self, source: &InText<'_>, node: Node<'_>) -> Option<LabelId> {
        let lifetime = node.child(K::LIFETIME)?;
        let name = Name::new(source.text_of(lifetime).trim_start_matches('\''));
        self.scopes.find_label(name, source.context(lifetime.start()), &self.contexts)
    }

    fn block_expr(&mut self, source: &InText<'_>, node: Node<'_>) -> ExprId {
        if node.has(K::CONST_KW) {
            let lowered = self.const_block(source, node);
            return self.add_expr(lowered, source.span_of(node));
        }
        let kind = node.children().find_map(|child| match child.kind() {
            K::UNSAFE_KW => Some(BlockKind::Unsafe),
            K::ASYNC_KW | K::GEN_KW => Some(BlockKind::Async),
            K::TRY_KW | K::TRY_BLOCK_MODIFIER => Some(BlockKind::Try),
            _ => None,
        });
        let scope = self.scopes.enter();
        let label = self.open_label(source, node);
        let id = self.block(source, node, kind.unwrap_or(BlockKind::Plain));
        self.scopes.leave(scope);
        self.set_target(label, id);
        id
    }

    pub(super) fn block(&mut self, source: &InText<'_>, node: Node<'_>, kind: BlockKind) -> ExprId {
        let id = self.add_expr(Expr::Missing, source.span_of(node));
        let outer = self.parent;
        if self.body.is_some() {
            self.parent = Parent::Block(id, self.owner);
        }
        self.blocks.push((id, false));
        let scope = self.scopes.enter();
        if kind == BlockKind::Async {
            self.scopes.closure();
        }
        let (start, macros) = (self.exprs.len(), self.local_macros.names.len());
        let mut tail = None;
        if let Some(list) = node.child(K::STMT_LIST) {
            tail = self.statements(source, list);
        }
        self.local_macros.truncate(macros);
        self.blocks.pop();
        self.parent = outer;
        self.scopes.leave(scope);
        let stmts = self.exprs_from(start);
        if let Some(slot) = self.out.code.exprs.get_mut(id.index()) {
            *slot = Expr::Block { stmts, tail, kind };
        }
        id
    }

    /// Lowers the statements below `node` onto `self.exprs`; returns the tail expression.
    pub(super) fn statements(&mut self, source: &InText<'_>, node: Node<'_>) -> Option<ExprId> {
        let mut tail: Option<ExprId> = None;
        for stmt in node.nodes() {
            // Only a trailing expression without a semicolon is the tail; anything after it was a statement after all.
            if let Some(not_last) = tail.take() {
                self.exprs.push(not_last);
            }
            match stmt.kind() {
                K::LET_STMT => self.with_cfg(source, stmt, |this| {
                    let id = this.let_stmt(source, stmt);
                    this.exprs.push(id);
                }),
                K::EXPR_STMT => {
                    self.note_waivable(source, stmt);
                    tail = self.expr_stmt(source, stmt);
                }
                kind if is_expr(kind) => {
                    self.note_waivable(source, stmt);
                    tail = self.tail(source, stmt);
                }
                _ => self.item(source, stmt),
            }
        }
        tail
    }

    fn let_stmt(&mut self, source: &InText<'_>, node: Node<'_>) -> ExprId {
        self.note_waivable(source, node);
        let init = node.find(is_expr).map(|init| self.expr(source, init));
        let otherwise = node.child(K::LET_ELSE).and_then(|n| n.find(is_expr)).map(|block| self.expr(source, block));
        let ty = node.find(is_type).map(|ty| self.ty(source, ty));
        let pat = self.inner_pat(source, node);
        let span = source.span_of(node);
        let stmt = self.add_expr(Expr::LetStmt { pat, ty, init }, span);
        match otherwise {
            Some(otherwise) => self.add_expr(Expr::LetElse { stmt, otherwise }, span),
            None => stmt,
        }
    }

    /// Lowers an expression statement; returns it as a possible tail where it has no semicolon.
    fn expr_stmt(&mut self, source: &InText<'_>, node: Node<'_>) -> Option<ExprId> {
        let inner = node.find(is_expr)?;
        if !node.has(K::SEMICOLON) {
            return self.tail(source, inner);
        }
        if inner.kind() == K::MACRO_EXPR
            && let Some(call) = inner.child(K::MACRO_CALL)
        {
            let value = self.with_cfg(source, inner, |this| this.macro_statements(source, call));
            if let Some(value) = value {
                let id = self.add_expr(Expr::Semi(value), source.span_of(node));
                self.exprs.push(id);
            }
            return None;
        }
        let value = self.expr(source, inner);
        let id = self.add_expr(Expr::Semi(value), source.span_of(node));
        self.exprs.push(id);
        None
    }

    /// Lowers an expression that ends a block or stands as a statement; a macro's statements join the block's.
    fn tail(&mut self, source: &InText<'_>, node: Node<'_>) -> Option<ExprId> {
        match (node.kind(), node.child(K::MACRO_CALL)) {
            (K::MACRO_EXPR, Some(call)) => self.with_cfg(source, node, |this| this.macro_statements(source, call)),
            _ => Some(self.expr(source, node)),
        }
    }

    fn match_expr(&mut self, source: &InText<'_>, node: Node<'_>) -> Expr {
        let scrutinee = self.inner_expr(source, node);
        let mut arms = Vec::new();
        for arm in node.child(K::MATCH_ARM_LIST).into_iter().flat_map(Node::nodes) {
            if arm.kind() == K::MATCH_ARM {
                arms.push(self.with_cfg(source, arm, |this| this.match_arm(source, arm)));
            }
        }
        Expr::Match { scrutinee, arms: self.out.code.add_list(&arms) }
    }

    fn match_arm(&mut self, source: &InText<'_>, arm: Node<'_>) -> MatchArm {
        let scope = self.scopes.enter();
        let pat = self.inner_pat(source, arm);
        let guard = arm.child(K::MATCH_GUARD).and_then(|guard| guard.find(is_expr));
        let guard = guard.map(|guard| self.expr(source, guard));
        let body = self.inner_expr(source, arm);
        self.scopes.leave(scope);
        MatchArm { pat, guard, body }
    }
}
