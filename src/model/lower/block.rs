//! Lowers blocks, statements and control flow.

use super::expr::{NONE, is_expr, label_of};
use super::types::is_type;
use super::{InText, Lower};
use crate::model::hir::{BlockKind, Expr, ExprId};
use crate::model::item::Parent;
use crate::model::name::Name;
use crate::syntax::{Node, SyntaxKind as K};

impl Lower<'_> {
    pub(super) fn control_flow(&mut self, source: &InText<'_>, node: Node<'_>) -> ExprId {
        let span = source.span_of(node);
        let lowered = match node.kind() {
            K::BLOCK_EXPR => return self.block_expr(source, node),
            K::IF_EXPR => {
                let mut parts = node.nodes().filter(|n| is_expr(n.kind()));
                let cond = self.optional(source, parts.next());
                let then = self.optional(source, parts.next());
                Expr::If { cond, then, otherwise: parts.next().map(|n| self.expr(source, n)) }
            }
            K::MATCH_EXPR => self.match_expr(source, node),
            K::LOOP_EXPR => Expr::Loop { body: self.inner_expr(source, node), label: label_of(source, node) },
            K::WHILE_EXPR => {
                let mut parts = node.nodes().filter(|n| is_expr(n.kind()));
                let cond = self.optional(source, parts.next());
                let body = self.optional(source, parts.next());
                Expr::While { cond, body, label: label_of(source, node) }
            }
            K::FOR_EXPR => {
                let mut parts = node.nodes().filter(|n| is_expr(n.kind()));
                let iter = self.optional(source, parts.next());
                let pat = self.inner_pat(source, node);
                let body = self.optional(source, parts.next());
                let head = self.list(&[pat.number(), iter.number()]);
                Expr::For { head, body, label: label_of(source, node) }
            }
            _ => Expr::Missing,
        };
        self.add_expr(lowered, span)
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
        self.block(source, node, kind.unwrap_or(BlockKind::Plain), label_of(source, node))
    }

    pub(super) fn block(&mut self, source: &InText<'_>, node: Node<'_>, kind: BlockKind, label: Name) -> ExprId {
        let id = self.add_expr(Expr::Missing, source.span_of(node));
        let outer = self.parent;
        if self.body.is_some() {
            self.parent = Parent::Block(id, self.owner);
        }
        self.blocks.push((id, false));
        let start = self.ids.len();
        let mut tail = None;
        if let Some(list) = node.child(K::STMT_LIST) {
            tail = self.statements(source, list);
        }
        self.blocks.pop();
        self.parent = outer;
        let stmts = self.list_from(start);
        if let Some(slot) = self.out.code.exprs.get_mut(id.index()) {
            *slot = Expr::Block { stmts, tail, kind, label };
        }
        id
    }

    /// Lowers the statements below `node` onto `self.ids`; returns the tail expression.
    pub(super) fn statements(&mut self, source: &InText<'_>, node: Node<'_>) -> Option<ExprId> {
        let mut tail: Option<ExprId> = None;
        for stmt in node.nodes() {
            // Only a trailing expression without a semicolon is the tail; anything after it was a statement after all.
            if let Some(not_last) = tail.take() {
                self.ids.push(not_last.number());
            }
            match stmt.kind() {
                K::LET_STMT => self.with_cfg(source, stmt, |this| {
                    let id = this.let_stmt(source, stmt);
                    this.ids.push(id.number());
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
        let lowered = match otherwise {
            None => Expr::LetStmt { pat, ty, init },
            Some(otherwise) => {
                let parts = self.list(&[init.unwrap_or_default().number(), otherwise.number()]);
                Expr::LetElse { pat, ty, parts }
            }
        };
        self.add_expr(lowered, source.span_of(node))
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
                self.ids.push(id.number());
            }
            return None;
        }
        let value = self.expr(source, inner);
        let id = self.add_expr(Expr::Semi(value), source.span_of(node));
        self.ids.push(id.number());
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
        let start = self.ids.len();
        for arm in node.child(K::MATCH_ARM_LIST).into_iter().flat_map(Node::nodes) {
            if arm.kind() == K::MATCH_ARM {
                let [pat, guard, body] = self.with_cfg(source, arm, |this| this.match_arm(source, arm));
                self.ids.extend([pat, guard, body]);
            }
        }
        Expr::Match { scrutinee, arms: self.list_from(start) }
    }

    fn match_arm(&mut self, source: &InText<'_>, arm: Node<'_>) -> [u32; 3] {
        let pat = self.inner_pat(source, arm);
        let guard = arm.child(K::MATCH_GUARD).and_then(|guard| guard.find(is_expr));
        let guard = guard.map_or(NONE, |guard| self.expr(source, guard).number());
        [pat.number(), guard, self.inner_expr(source, arm).number()]
    }
}
