//! A body from its leaves up: what encloses each expression, what each binding is first given, and which are written later.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::checks::body_cx::BodyCx;
use crate::model::hir::{BinaryOp, BindingId, Expr, ExprId, ExprStore, Pat};
use crate::types::typed_body::Adjust;

/// What is asked about a body's expressions again and again.
#[derive(Debug, Default)]
pub struct BodyTree {
    first: u32,
    /// By expression from `first` on.
    parents: Vec<Option<ExprId>>,
    inits: FxHashMap<BindingId, ExprId>,
    /// Assigned to, or lent to be written.
    written: FxHashSet<BindingId>,
    /// Where each is named, in order.
    uses: FxHashMap<BindingId, Vec<ExprId>>,
    params: FxHashSet<BindingId>,
}

impl BodyTree {
    /// Reads the body of `cx`. O(expressions).
    pub fn new(cx: &BodyCx<'_>) -> Self {
        let body = cx.body();
        let parents = vec![None; body.exprs.len()];
        let mut tree = Self { first: body.exprs.start, parents, ..Self::default() };
        for own in cx.code.own_exprs(body) {
            for id in own.map(ExprId::new) {
                tree.read(cx, id);
            }
        }
        for param in cx.code.list(body.params) {
            if let Pat::Bind { binding, .. } = cx.code.pat(param.pat) {
                tree.params.insert(binding);
            }
        }
        tree
    }

    fn read(&mut self, cx: &BodyCx<'_>, id: ExprId) {
        let expr = cx.code.expr(id);
        for child in children(cx.code, expr) {
            let at = child.number().checked_sub(self.first).map(|at| at as usize);
            if let Some(slot) = at.and_then(|at| self.parents.get_mut(at)) {
                *slot = Some(id);
            }
        }
        match expr {
            Expr::LetStmt { pat, init: Some(init), .. } => {
                if let Pat::Bind { binding, sub: None } = cx.code.pat(pat) {
                    self.inits.insert(binding, init);
                }
            }
            Expr::Local(binding) => {
                self.uses.entry(binding).or_default().push(id);
                let lent = |kind: Adjust| matches!(kind, Adjust::Borrow { mutable: true });
                if cx.typed.adjustments(id).first().is_some_and(|(_, step)| lent(step.kind)) {
                    self.written.insert(binding);
                }
            }
            Expr::Binary { op: BinaryOp::Assign | BinaryOp::AssignArith(_), lhs, .. } => self.write(cx.code, lhs),
            Expr::Ref { expr, mutable: true, .. } => self.write(cx.code, expr),
            _ => {}
        }
    }

    fn write(&mut self, code: &ExprStore, place: ExprId) {
        if let Expr::Local(binding) = code.expr(place) {
            self.written.insert(binding);
        }
    }

    /// Returns what an expression is directly a part of.
    pub fn parent(&self, id: ExprId) -> Option<ExprId> {
        let at = id.number().checked_sub(self.first)? as usize;
        *self.parents.get(at)?
    }

    /// Iterates over what encloses an expression, the innermost first.
    pub fn around(&self, id: ExprId) -> impl Iterator<Item = ExprId> + '_ {
        std::iter::successors(self.parent(id), |&at| self.parent(at))
    }

    /// Returns what a binding always holds: what it is declared with, where nothing writes it later.
    pub fn value(&self, binding: BindingId) -> Option<ExprId> {
        self.inits.get(&binding).copied().filter(|_| !self.written.contains(&binding))
    }

    /// Returns what a binding is declared with, whatever is written to it later.
    pub fn init(&self, binding: BindingId) -> Option<ExprId> {
        self.inits.get(&binding).copied()
    }

    /// Whether a binding is a parameter that nothing writes.
    pub fn is_fixed_param(&self, binding: BindingId) -> bool {
        self.params.contains(&binding) && !self.written.contains(&binding)
    }

    /// Whether a binding is a parameter.
    pub fn is_param(&self, binding: BindingId) -> bool {
        self.params.contains(&binding)
    }

    /// Returns where a binding is named, in order.
    pub fn uses(&self, binding: BindingId) -> &[ExprId] {
        self.uses.get(&binding).map_or(&[], Vec::as_slice)
    }
}

/// Returns what an expression is directly made of.
pub fn children(code: &ExprStore, expr: Expr) -> SmallVec<[ExprId; 4]> {
    let mut all: SmallVec<[ExprId; 4]> = SmallVec::new();
    match expr {
        Expr::Unary { expr, .. }
        | Expr::Deref(expr)
        | Expr::Ref { expr, .. }
        | Expr::Field { base: expr, .. }
        | Expr::Cast { expr, .. }
        | Expr::Let { expr, .. }
        | Expr::Loop { body: expr }
        | Expr::Closure { body: expr, .. }
        | Expr::Repeat { elem: expr, .. }
        | Expr::Try(expr)
        | Expr::Await(expr)
        | Expr::Semi(expr) => all.push(expr),
        Expr::Binary { lhs, rhs, .. } => all.extend([lhs, rhs]),
        Expr::Index { base, index } => all.extend([base, index]),
        Expr::While { cond, body } => all.extend([cond, body]),
        Expr::For { iter, body, .. } => all.extend([iter, body]),
        Expr::VecRepeat { elem, len } => all.extend([elem, len]),
        Expr::LetElse { stmt, otherwise } => all.extend([stmt, otherwise]),
        Expr::Call { callee, args } => {
            all.push(callee);
            all.extend_from_slice(code.list(args));
        }
        Expr::MethodCall { receiver, args, .. } => {
            all.push(receiver);
            all.extend_from_slice(code.list(args));
        }
        Expr::If { cond, then, otherwise } => all.extend([cond, then].into_iter().chain(otherwise)),
        Expr::Match { scrutinee, arms } => {
            all.push(scrutinee);
            all.extend(code.list(arms).iter().flat_map(|arm| arm.guard.into_iter().chain([arm.body])));
        }
        Expr::Block { stmts, tail, .. } => {
            all.extend_from_slice(code.list(stmts));
            all.extend(tail);
        }
        Expr::Return(value) | Expr::Yield(value) | Expr::Break { value, .. } => all.extend(value),
        Expr::Tuple(parts) | Expr::Array(parts) | Expr::Vec(parts) | Expr::Macro { args: parts, .. } => {
            all.extend_from_slice(code.list(parts));
        }
        Expr::Record { fields, spread, .. } => {
            all.extend(code.list(fields).iter().map(|field| field.value).chain(spread));
        }
        Expr::Range { low, high, .. } => all.extend(low.into_iter().chain(high)),
        Expr::LetStmt { init, .. } => all.extend(init),
        Expr::Missing
        | Expr::Literal(_)
        | Expr::Path(_)
        | Expr::Local(_)
        | Expr::Continue { .. }
        | Expr::ConstBlock(_) => {}
    }
    all
}
