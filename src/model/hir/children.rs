//! The expressions that an expression directly holds, for those who walk a body themselves.

use super::{Expr, ExprId, ExprStore};

impl ExprStore {
    /// Calls `visit` with each expression that `id` directly holds, in the order of the source; those of nested bodies, such as
    /// the length of an array, are none of them.
    pub fn children(&self, id: ExprId, mut visit: impl FnMut(ExprId)) {
        let mut all = |parts: &[ExprId]| parts.iter().copied().for_each(&mut visit);
        match self.expr(id) {
            Expr::Missing | Expr::Literal(_) | Expr::Path(_) | Expr::Local(_) => {}
            Expr::Continue { .. } | Expr::ConstBlock(_) => {}
            Expr::Unary { expr, .. }
            | Expr::Deref(expr)
            | Expr::Ref { expr, .. }
            | Expr::Cast { expr, .. }
            | Expr::Let { expr, .. }
            | Expr::Field { base: expr, .. }
            | Expr::Loop { body: expr }
            | Expr::Closure { body: expr, .. }
            | Expr::Repeat { elem: expr, .. }
            | Expr::Try(expr)
            | Expr::Await(expr)
            | Expr::Semi(expr) => all(&[expr]),
            Expr::Binary { lhs: one, rhs: two, .. }
            | Expr::Index { base: one, index: two }
            | Expr::While { cond: one, body: two }
            | Expr::For { iter: one, body: two, .. }
            | Expr::VecRepeat { elem: one, len: two }
            | Expr::LetElse { stmt: one, otherwise: two } => all(&[one, two]),
            Expr::Call { callee: first, args } | Expr::MethodCall { receiver: first, args, .. } => {
                all(&[first]);
                all(self.list(args));
            }
            Expr::If { cond, then, otherwise } => {
                all(&[cond, then]);
                all(otherwise.as_slice());
            }
            Expr::Match { scrutinee, arms } => {
                all(&[scrutinee]);
                for arm in self.list(arms) {
                    all(arm.guard.as_slice());
                    all(&[arm.body]);
                }
            }
            Expr::Block { stmts, tail, .. } => {
                all(self.list(stmts));
                all(tail.as_slice());
            }
            Expr::Return(value) | Expr::Yield(value) | Expr::Break { value, .. } => all(value.as_slice()),
            Expr::Tuple(parts) | Expr::Array(parts) | Expr::Vec(parts) | Expr::Macro { args: parts, .. } => {
                all(self.list(parts));
            }
            Expr::Record { fields, spread, .. } => {
                self.list(fields).iter().for_each(|field| all(&[field.value]));
                all(spread.as_slice());
            }
            Expr::Range { low, high, .. } => {
                all(low.as_slice());
                all(high.as_slice());
            }
            Expr::LetStmt { init, .. } => all(init.as_slice()),
        }
    }
}
