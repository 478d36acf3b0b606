//! Which checks look at which expressions: by the class of an expression and, of what has a name, by that name.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::body_cx::BodyCx;
use super::callee::called_path;
use super::sites::Sites;
use super::{CHECKS, Check};
use crate::model::hir::{BinaryOp, BlockKind, Expr, ExprId, Path, UnaryOp};
use crate::model::name::Name;

/// The classes of expressions that checks look at; everything else is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExprKind {
    /// A path as a value or a callee.
    Path,
    /// `-x`.
    Negation,
    /// `*x`.
    Deref,
    /// `a + b`, `a += b`; comparisons, logic and bit operators aside.
    Arithmetic,
    /// `a == b`, `a < b`.
    Comparison,
    /// `v[i]`.
    Index,
    /// `f(x)`.
    Call,
    /// `x.f()`.
    MethodCall,
    /// `x.field`.
    Field,
    /// `x as T`.
    Cast,
    /// A macro call.
    Macro,
    /// What matches a value with patterns: `let`, `match`, `for`, a closure's parameters.
    Pattern,
    /// `x;`.
    Statement,
    /// `unsafe { … }`.
    UnsafeBlock,
}

const CLASSES: usize = ExprKind::UnsafeBlock as usize + 1;

impl ExprKind {
    /// Returns an expression's class with its name: the function's, else the last one of a path, the method's, the macro's. Missing where a class
    /// has none, or what is called is no path.
    fn of(cx: &BodyCx<'_>, id: ExprId, expr: Expr) -> Option<(Self, Name)> {
        let last = |path: Option<Path<'_>>| path.and_then(|path| path.segments.last()).map(|last| last.name);
        // What was imported under another name is known by its own.
        let name = |path: Option<Path<'_>>| {
            let callee = cx.typed.callee(id).map(|callee| callee.name);
            callee.or_else(|| last(path)).unwrap_or(Name::MISSING)
        };
        let class = match expr {
            Expr::Path(path) => return Some((Self::Path, name(cx.model.path(path)))),
            Expr::Call { callee, .. } => return Some((Self::Call, name(called_path(cx, callee)))),
            Expr::MethodCall { method, .. } => return Some((Self::MethodCall, method)),
            Expr::Macro { call, .. } => {
                let call = cx.code.calls.get(call.index());
                return Some((Self::Macro, call.map_or(Name::MISSING, |call| call.name)));
            }
            Expr::Unary { op: UnaryOp::Neg, .. } => Self::Negation,
            Expr::Deref(_) => Self::Deref,
            Expr::Binary { op: BinaryOp::Arith(_) | BinaryOp::AssignArith(_), .. } => Self::Arithmetic,
            Expr::Binary { op: BinaryOp::Cmp(_), .. } => Self::Comparison,
            Expr::Index { .. } => Self::Index,
            Expr::Let { .. } | Expr::LetStmt { .. } | Expr::Match { .. } | Expr::For { .. } | Expr::Closure { .. } => {
                Self::Pattern
            }
            Expr::Semi(_) => Self::Statement,
            Expr::Field { .. } => Self::Field,
            Expr::Cast { .. } => Self::Cast,
            Expr::Block { kind: BlockKind::Unsafe, .. } => Self::UnsafeBlock,
            _ => return None,
        };
        Some((class, Name::MISSING))
    }

    const fn is_named(self) -> bool {
        matches!(self, Self::Path | Self::Call | Self::MethodCall | Self::Macro)
    }
}

type Run = fn(&BodyCx<'_>, ExprId, &mut Sites<'_>);

/// What wants to see the expressions of each class, in the order of the checks.
type Runs = [Vec<Run>; CLASSES];

/// What wants to see each class: most names interest no check, so that one look-up passes over most calls and paths.
struct Table {
    named: FxHashMap<Name, Runs>,
    others: Runs,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let names = |check: &&Check| check.named.map(|named| named());
    let all: Vec<(&Check, Option<Vec<Name>>)> = CHECKS.iter().map(|check| (*check, names(check))).collect();
    let runs = |name: Option<Name>| {
        let mut runs: Runs = Default::default();
        for (check, names) in &all {
            for &class in check.looks_at {
                let wanted = names.as_ref().filter(|_| class.is_named());
                if wanted.is_none_or(|wanted| name.is_some_and(|name| wanted.contains(&name)))
                    && let Some(runs) = runs.get_mut(class as usize)
                {
                    runs.push(check.run);
                }
            }
        }
        runs
    };
    let named =
        all.iter().flat_map(|(_, names)| names.iter().flatten()).map(|&name| (name, runs(Some(name)))).collect();
    Table { named, others: runs(None) }
});

/// Returns the checks that look at `expr`, the expression `id`, in their order.
pub fn checks_for(cx: &BodyCx<'_>, id: ExprId, expr: Expr) -> &'static [Run] {
    let Some((class, name)) = ExprKind::of(cx, id, expr) else { return &[] };
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    let named = if class.is_named() { TABLE.named.get(&name) } else { None };
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    named.unwrap_or(&TABLE.others).get(class as usize).map_or(&[], Vec::as_slice)
}
