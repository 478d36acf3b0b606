//! What inference found out about one body: the view that checks get.

use crate::model::hir::ExprId;
use crate::model::name::Name;
use crate::types::ty::{Def, Ty};

/// The function that a call, a method call or an overloaded operator runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Callee {
    /// Where it is defined.
    pub def: Def,
    /// The crate that defines it: `core`, `alloc`, `std`, a dependency or the scanned crate.
    pub krate: Name,
    /// The type, primitive (`slice`, `str`, `u32`, …) or trait whose impl or declaration holds it; missing for a free function.
    pub owner: Name,
    /// The module that holds a free function; missing otherwise.
    pub module: Name,
    /// Its name.
    pub name: Name,
    /// Whether it is an unsafe function.
    pub is_unsafe: bool,
}

impl Callee {
    /// Whether std defines it.
    pub fn is_std(&self) -> bool {
        matches!(self.krate, Name::STD | Name::CORE | Name::ALLOC)
    }
}

/// The types of one body's expressions.
#[derive(Debug, Default)]
pub struct Typed {
    /// The first expression of the body.
    pub(crate) first: u32,
    /// By expression from `first` on.
    pub(crate) types: Vec<Ty>,
    /// Callees by expression, sorted.
    pub(crate) callees: Vec<(ExprId, Callee)>,
    /// For method calls and indexing, the receiver's type after all dereferencing, sorted.
    pub(crate) receivers: Vec<(ExprId, Ty)>,
    /// Expressions of type `*mut T` that are used as `*const T` without a cast, with the type they become.
    pub(crate) coercions: Vec<(ExprId, Ty)>,
}

impl Typed {
    /// Returns the type of an expression; unknown for one of another body.
    pub fn ty(&self, expr: ExprId) -> Ty {
        let at = expr.number().checked_sub(self.first).map(|at| at as usize);
        at.and_then(|at| self.types.get(at)).copied().unwrap_or_else(Ty::unknown)
    }

    /// Returns what a call, method call or overloaded operator runs, if it is known.
    pub fn callee(&self, expr: ExprId) -> Option<&Callee> {
        let at = self.callees.binary_search_by_key(&expr, |&(id, _)| id).ok()?;
        self.callees.get(at).map(|(_, callee)| callee)
    }

    /// Returns the expressions of type `*mut T` that are used as `*const T` without a cast, with the type they become.
    pub fn coercions(&self) -> &[(ExprId, Ty)] {
        &self.coercions
    }

    /// Returns the type whose method a method call runs, or that an index expression indexes: the receiver after all
    /// dereferencing.
    pub fn receiver(&self, expr: ExprId) -> Option<Ty> {
        let at = self.receivers.binary_search_by_key(&expr, |&(id, _)| id).ok()?;
        self.receivers.get(at).map(|&(_, ty)| ty)
    }
}
