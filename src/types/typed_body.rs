//! Typed bodies: what inference leaves of a body, frozen. Checks and the flow stage read this; nothing of it is resolved again.
//! How to read one is said at [`TypedBody`].

use serde::{Deserialize, Serialize};

use crate::model::hir::{BindingId, BodyId, Expr, ExprId, ExprStore, PatId, VariantId};
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::{DefId, Ty, Tys};

/// What a path, a name or a pattern's path means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueRes {
    /// A binding of the body.
    Local(BindingId),
    /// A constant, an associated one too.
    Const(DefId),
    /// A static; `static mut` too.
    Static(DefId),
    /// A function, an associated one too: a trait's is the trait's declaration.
    Fn(DefId),
    /// A struct's or union's constructor, or the struct that a pattern names.
    Struct(DefId),
    /// A variant.
    Variant(DefId, VariantId),
    /// A const parameter.
    ConstParam(Name),
}

/// What a call runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTarget {
    /// The function: of a trait's method the declaration in the trait, unless `kind` is static. None for what has no definition.
    pub def: Option<DefId>,
    /// Its generic arguments: the container's (of a trait `Self` first), then its own.
    pub args: Tys,
    /// How it is found.
    pub kind: CallKind,
}

/// How the function that a call runs is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallKind {
    /// It is `def`: a free function, an inherent method, or the method of the impl that the arguments decide.
    Static,
    /// The impl of a type parameter, an opaque or unknown type: `World::candidates` are those that may run.
    Trait,
    /// By the vtable of a trait object: `World::candidates` too.
    Dyn,
    /// A tuple struct's or variant's constructor: nothing runs.
    Constructor,
    /// A function pointer, or a value whose type is not known.
    Pointer,
    /// A value of a type that implements `Fn`, `FnMut` or `FnOnce` by a bound, or a `dyn Fn`.
    FnBound,
    /// A closure of this body, by its expression.
    Closure(ExprId),
}

/// One step from an expression's type to the type that its context takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// What is done.
    pub kind: Adjust,
    /// The type after it.
    pub target: Ty,
}

/// What one adjustment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Adjust {
    /// `*x` of a reference, a raw pointer or a `Box`.
    Deref,
    /// `*x` by the type's own `Deref` or `DerefMut`.
    OverloadedDeref,
    /// `&x` or, if mutable, `&mut x`.
    Borrow {
        /// `&mut`.
        mutable: bool,
    },
    /// A reference to a raw pointer, or `*mut T` to `*const T`.
    Pointer,
    /// `[T; N]` to `[T]`, `T` to `dyn Trait`, behind a pointer.
    Unsize,
    /// A function item or closure to a function pointer.
    FnPointer,
    /// `!` to any type.
    Never,
}

/// How a name in a pattern binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BindingMode {
    /// By move or copy.
    Value,
    /// By reference.
    Ref {
        /// `&mut`.
        mutable: bool,
    },
}

/// The types of one body, and what its names and calls mean.
///
/// All types are final: they hold no inference variable, and what could not be known is `Unknown`. A typed body depends on its
/// own expressions and on declarations alone, never on other bodies of the crate but those of `const`s that a type names.
///
/// How to read one, for whoever lowers bodies to graphs:
///
/// - [`TypedBody::ty`] is the type of an expression *before* its adjustments; [`TypedBody::adjustments`] lead from there to what
///   the context takes, in order. A call's receiver has its autoderef and autoref there, as the base of a field or of an index
///   has; an argument, an initializer, a returned value has its coercion. Borrows that the language makes for operators (`a == b`
///   borrows both sides) are not listed: the operator's [`CallTarget`] says whether it is overloaded.
/// - [`TypedBody::res`] is what a path or name means. [`Expr::Local`] is its binding unless that says something else, for a
///   pattern such as `MAX` may name a constant, and an item of a block hides locals around it.
/// - [`TypedBody::call`] is what a call, method call, overloaded operator, index or dereference runs. Operators without one are
///   the language's own.
/// - [`TypedBody::binding`] is a binding's type, [`TypedBody::binding_mode`] how it was bound where the pattern does not say
///   so itself, and [`TypedBody::peeled`] how many references a pattern looks through.
///
/// What is missing still: the coercions of branches are noted where their `if` or `match` is coerced, not at each branch; those
/// that a closure's body or a generic argument is given are noted as the language's `Unknown` where they are not understood.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedBody {
    pub(super) first_expr: u32,
    /// By expression from `first_expr` on.
    pub(super) exprs: Box<[Ty]>,
    pub(super) first_binding: u32,
    /// By binding from `first_binding` on; unknown for a pattern that is a constant.
    pub(super) bindings: Box<[Ty]>,
    /// By expression, sorted.
    pub(super) res: Box<[(ExprId, ValueRes)]>,
    /// By pattern, sorted.
    pub(super) pat_res: Box<[(PatId, ValueRes)]>,
    /// By expression, sorted.
    pub(super) calls: Box<[(ExprId, CallTarget)]>,
    /// The same calls, described.
    pub(super) callees: Box<[(ExprId, Callee)]>,
    /// By expression, sorted; those of one expression in order.
    pub(super) adjustments: Box<[(ExprId, Adjustment)]>,
    /// By pattern, sorted: the references that it looks through.
    pub(super) peeled: Box<[(PatId, u8)]>,
    /// The bindings that bind by reference because of what is around them, sorted.
    pub(super) by_default: Box<[(BindingId, bool)]>,
    /// For method calls and indexing, the receiver's type after all dereferencing, sorted.
    pub(super) receivers: Box<[(ExprId, Ty)]>,
    /// Expressions of type `*mut T` that are used as `*const T` without a cast, with the type they become.
    pub(super) coercions: Box<[(ExprId, Ty)]>,
    /// The paths that name a `static mut`, sorted.
    pub(super) static_muts: Box<[ExprId]>,
}

impl TypedBody {
    /// Returns the type of an expression before its adjustments; unknown for one of another body.
    pub fn ty(&self, expr: ExprId) -> Ty {
        let at = expr.number().checked_sub(self.first_expr).map(|at| at as usize);
        at.and_then(|at| self.exprs.get(at)).copied().unwrap_or_else(Ty::unknown)
    }

    /// Returns the type of an expression after its adjustments.
    pub fn adjusted_ty(&self, expr: ExprId) -> Ty {
        self.adjustments(expr).last().map_or_else(|| self.ty(expr), |(_, last)| last.target)
    }

    /// Returns the type of a binding; unknown where its pattern is a constant, and for one of another body.
    pub fn binding(&self, binding: BindingId) -> Ty {
        let at = binding.number().checked_sub(self.first_binding).map(|at| at as usize);
        at.and_then(|at| self.bindings.get(at)).copied().unwrap_or_else(Ty::unknown)
    }

    /// Returns how a name binds; `code` is the file's.
    pub fn binding_mode(&self, binding: BindingId, code: &ExprStore) -> BindingMode {
        let declared = code.binding(binding);
        if declared.by_ref {
            return BindingMode::Ref { mutable: declared.mutable };
        }
        let by_default = find(&self.by_default, binding);
        by_default.map_or(BindingMode::Value, |mutable| BindingMode::Ref { mutable })
    }

    /// Returns how many references of what it is matched against a pattern looks through.
    pub fn peeled(&self, pat: PatId) -> u8 {
        find(&self.peeled, pat).unwrap_or(0)
    }

    /// Returns what a path or name means; `code` is the file's. `None` where it is not known, and for paths to associated
    /// items of types that are not known.
    pub fn res(&self, expr: ExprId, code: &ExprStore) -> Option<ValueRes> {
        find(&self.res, expr).or_else(|| match code.expr(expr) {
            Expr::Local(binding) => Some(ValueRes::Local(binding)),
            _ => None,
        })
    }

    /// Returns the variant, struct or constant that a pattern names; `None` for a binding.
    pub fn pat_res(&self, pat: PatId) -> Option<ValueRes> {
        find(&self.pat_res, pat)
    }

    /// Returns what a call, a method call, an overloaded operator, index or dereference runs, if it is known.
    pub fn call(&self, expr: ExprId) -> Option<CallTarget> {
        find(&self.calls, expr)
    }

    /// Returns the adjustments of an expression, in order.
    pub fn adjustments(&self, expr: ExprId) -> &[(ExprId, Adjustment)] {
        let from = self.adjustments.partition_point(|&(id, _)| id < expr);
        let rest = self.adjustments.get(from..).unwrap_or(&[]);
        let len = rest.iter().take_while(|&&(id, _)| id == expr).count();
        rest.get(..len).unwrap_or(&[])
    }

    /// Iterates over the values that are dereferenced without a `*` by their type's own `Deref`, with that type.
    pub fn overloaded_derefs(&self) -> impl Iterator<Item = (ExprId, Ty)> {
        self.adjustments.iter().enumerate().filter(|(_, (_, step))| step.kind == Adjust::OverloadedDeref).map(
            |(at, &(id, _))| {
                let before = at.checked_sub(1).and_then(|before| self.adjustments.get(before));
                (id, before.filter(|&&(of, _)| of == id).map_or_else(|| self.ty(id), |(_, step)| step.target))
            },
        )
    }

    /// Describes what a call, method call or overloaded operator runs, if it is known.
    pub fn callee(&self, expr: ExprId) -> Option<&Callee> {
        let at = self.callees.binary_search_by_key(&expr, |&(id, _)| id).ok()?;
        self.callees.get(at).map(|(_, callee)| callee)
    }

    /// Tells whether a path names a `static mut`.
    pub fn is_static_mut(&self, path: ExprId) -> bool {
        self.static_muts.binary_search(&path).is_ok()
    }

    /// Iterates over the expressions of type `*mut T` that are used as `*const T` without a cast, with the type they become.
    pub fn coercions(&self) -> impl Iterator<Item = (ExprId, Ty)> {
        self.coercions.iter().copied()
    }

    /// Returns the type whose method a method call runs, or that an index expression indexes: the receiver after all
    /// dereferencing.
    pub fn receiver(&self, expr: ExprId) -> Option<Ty> {
        find(&self.receivers, expr)
    }
}

/// Looks up in a sorted table.
fn find<K: Ord + Copy, V: Copy>(table: &[(K, V)], key: K) -> Option<V> {
    let at = table.binary_search_by_key(&key, |&(known, _)| known).ok()?;
    table.get(at).map(|&(_, value)| value)
}

/// The bodies of one file, as far as they are typed.
#[derive(Debug, Default)]
pub struct TypedFile {
    bodies: Vec<Option<TypedBody>>,
}

impl TypedFile {
    /// Room for so many bodies.
    pub fn new(bodies: usize) -> Self {
        Self { bodies: (0..bodies).map(|_| None).collect() }
    }

    /// Keeps a body.
    pub fn insert(&mut self, id: BodyId, typed: TypedBody) {
        if let Some(slot) = self.bodies.get_mut(id.index()) {
            *slot = Some(typed);
        }
    }

    /// Returns a body; `None` where it was not typed, as what runs at compile time alone is not.
    pub fn body(&self, id: BodyId) -> Option<&TypedBody> {
        self.bodies.get(id.index())?.as_ref()
    }
}
