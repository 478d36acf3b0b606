//! Blocks and statements: scopes of names, and of items in blocks.

use crate::model::hir::{BlockKind, Expr, ExprId, List, PatId, TypeId};
use crate::types::ty::Ty;

use super::{Breakable, Infer};

impl Infer<'_> {
    pub(super) fn block(
        &mut self,
        id: ExprId,
        stmts: List<ExprId>,
        tail: Option<ExprId>,
        kind: BlockKind,
        expected: Option<Ty>,
    ) -> Ty {
        let module = self.module;
        if let Some(block) = self.world.names.block(self.model.file, id) {
            self.module = block;
        }
        let ty = match kind {
            BlockKind::Async => self.async_block(stmts, tail),
            BlockKind::Plain | BlockKind::Unsafe if self.code.label_of(id).is_none() => {
                self.statements(stmts, tail, expected)
            }
            BlockKind::Plain | BlockKind::Unsafe => {
                let value = expected.unwrap_or_else(|| self.fresh());
                self.breakables.push(Breakable { target: id, ty: value, is_loop: false, broken: false });
                let found = self.statements(stmts, tail, Some(value));
                let left = self.breakables.pop();
                self.coerce(found, value);
                if left.is_some_and(|left| left.broken) { value } else { found }
            }
            BlockKind::Try => {
                self.statements(stmts, tail, None);
                Ty::unknown()
            }
        };
        self.module = module;
        ty
    }

    fn async_block(&mut self, stmts: List<ExprId>, tail: Option<ExprId>) -> Ty {
        let output = self.fresh();
        let outer_ret = std::mem::replace(&mut self.ret, output);
        let outer_breakables = std::mem::take(&mut self.breakables);
        let found = self.statements(stmts, tail, None);
        self.coerce(found, output);
        self.breakables = outer_breakables;
        self.ret = outer_ret;
        self.world.future_of(output)
    }

    fn statements(&mut self, stmts: List<ExprId>, tail: Option<ExprId>, expected: Option<Ty>) -> Ty {
        let code = self.code;
        let mut diverges = false;
        for &stmt in code.list(stmts) {
            diverges |= self.statement(stmt);
        }
        match tail {
            Some(tail) => self.expr(tail, expected),
            None if diverges => Ty::never(),
            None => Ty::unit(),
        }
    }

    /// Infers a statement; returns whether it never ends.
    fn statement(&mut self, id: ExprId) -> bool {
        match self.code.expr(id) {
            Expr::LetStmt { pat, ty, init } => {
                self.let_stmt(pat, ty, init, None);
                false
            }
            Expr::LetElse { stmt, otherwise } => {
                if let Expr::LetStmt { pat, ty, init } = self.code.expr(stmt) {
                    self.let_stmt(pat, ty, init, Some(otherwise));
                }
                false
            }
            Expr::Semi(value) => {
                let ty = self.expr(value, None);
                self.set(id, Ty::unit());
                self.shallow(ty) == Ty::never()
            }
            _ => {
                let ty = self.expr(id, None);
                self.shallow(ty) == Ty::never()
            }
        }
    }

    fn let_stmt(&mut self, pat: PatId, ty: Option<TypeId>, init: Option<ExprId>, otherwise: Option<ExprId>) {
        let declared = ty.map(|ty| self.lower_ty(ty));
        let declared = declared.map(|ty| self.normalize(ty));
        let ty = match init {
            Some(init) => {
                let found = self.expr(init, declared);
                match declared {
                    Some(declared) => {
                        self.coerce_at(init, found, declared);
                        declared
                    }
                    None if self.shallow(found) == Ty::never() => self.fresh(),
                    None => found,
                }
            }
            None => declared.unwrap_or_else(|| self.fresh()),
        };
        if let Some(otherwise) = otherwise {
            self.expr(otherwise, Some(Ty::never()));
        }
        self.pat(pat, ty);
    }
}
