//! Coercions: where a value of one type is taken for another; and dereferencing, which they follow.

use smallvec::{SmallVec, smallvec};

use crate::model::hir::{BlockKind, Expr, ExprId};
use crate::model::name::Name;
use crate::types::ty::{Ty, TyKind};

use super::Infer;

/// Dereferencing steps that are followed.
pub(super) const DEREF_LIMIT: usize = 12;

impl Infer<'_> {
    /// Takes an expression's value where `expected` is wanted, and notes what the coercion does to a pointer.
    pub(super) fn coerce_at(&mut self, id: ExprId, actual: Ty, expected: Ty) -> bool {
        let wanted = self.shallow(expected);
        if matches!(wanted.kind(), TyKind::Ptr(_, false)) {
            self.note_coercion(id, wanted);
        }
        let fits = self.coerce(actual, expected);
        // Where both are the same by now, nothing is to be done.
        if fits && self.shallow(actual) != self.shallow(expected) {
            self.results.coerced.push((id, expected));
        }
        fits
    }

    /// Notes where a mutable pointer becomes a const one: at what a block, an `if` or a `match` ends with.
    pub(super) fn note_coercion(&mut self, id: ExprId, wanted: Ty) {
        let mut ends = vec![id];
        while let Some(id) = ends.pop() {
            match self.code.expr(id) {
                Expr::Block { tail: Some(tail), kind: BlockKind::Plain | BlockKind::Unsafe, .. } => ends.push(tail),
                Expr::If { then, otherwise, .. } => ends.extend(otherwise.into_iter().chain([then])),
                Expr::Match { arms, .. } => {
                    ends.extend(self.code.list(arms).iter().map(|arm| arm.body));
                }
                _ if matches!(self.known(id).kind(), TyKind::Ptr(_, true)) => self.results.coercions.push((id, wanted)),
                _ => {}
            }
        }
    }

    /// Takes a value of type `actual` where `expected` is wanted; `false` where that cannot be.
    pub(super) fn coerce(&mut self, actual: Ty, expected: Ty) -> bool {
        let actual = self.normalize(actual);
        let expected = self.normalize(expected);
        let (actual, expected) = (self.shallow(actual), self.shallow(expected));
        if actual == expected || matches!(actual.kind(), TyKind::Never) {
            return true;
        }
        if let (TyKind::Ref(from, mutable), TyKind::Ref(to, wanted)) = (actual.kind(), expected.kind()) {
            return (*mutable || !*wanted) && self.coerce_ref(*from, *to);
        }
        if self.commit_if_ok(|this| this.unify(actual, expected)) {
            return true;
        }
        match (actual.kind(), expected.kind()) {
            (TyKind::Ref(from, _) | TyKind::Ptr(from, _), TyKind::Ptr(to, _)) => self.coerce_pointee(*from, *to),
            (TyKind::FnPtr(these, false), TyKind::FnPtr(wanted, true)) => {
                these.len() == wanted.len() && self.unify_all(these, wanted)
            }
            (TyKind::FnDef(..) | TyKind::Closure(..), TyKind::FnPtr(wanted, _)) => {
                if let Some((params, ret)) = self.callable(actual) {
                    let parts: Vec<Ty> = params.into_iter().chain([ret]).collect();
                    self.unify_all(&parts, wanted);
                }
                true
            }
            (TyKind::Adt(one, these), TyKind::Adt(other, those)) if one == other => {
                // `Box<[T; N]>` to `Box<[T]>`, `Rc<T>` to `Rc<dyn Trait>`.
                these.iter().zip(those.iter()).all(|(&from, &to)| self.coerce_pointee(from, to))
            }
            _ => false,
        }
    }

    fn coerce_ref(&mut self, from: Ty, to: Ty) -> bool {
        if self.commit_if_ok(|this| this.unify(from, to)) {
            return true;
        }
        let mut at = from;
        for _ in 0..DEREF_LIMIT {
            if self.coerce_pointee(at, to) {
                return true;
            }
            match self.deref(at) {
                Some(next) => at = next,
                None => return false,
            }
        }
        false
    }

    fn coerce_pointee(&mut self, from: Ty, to: Ty) -> bool {
        let (from, to) = (self.shallow(from), self.shallow(to));
        if self.commit_if_ok(|this| this.unify(from, to)) {
            return true;
        }
        match (from.kind(), to.kind()) {
            (TyKind::Array(one, _), TyKind::Slice(other)) => self.unify(*one, *other),
            (_, TyKind::Dyn(_)) => true,
            _ => false,
        }
    }

    /// Returns what `*value` is for a value of this type; `None` where it cannot be dereferenced.
    pub(super) fn deref(&mut self, ty: Ty) -> Option<Ty> {
        let ty = self.shallow(ty);
        match ty.kind() {
            TyKind::Ref(inner, _) | TyKind::Ptr(inner, _) => Some(self.shallow(*inner)),
            TyKind::Adt(def, args) if self.is_std(*def, Name::BOX) => args.first().map(|&inner| self.shallow(inner)),
            TyKind::Adt(..) | TyKind::Param(_) | TyKind::Projection(..) | TyKind::Dyn(..) | TyKind::Opaque(..) => {
                let of = self.world.lang.deref?;
                let target = self.project(ty, of, Name::TARGET, &[])?;
                Some(self.shallow(target))
            }
            _ => None,
        }
    }

    /// Returns the types that dereferencing goes through, the type itself first; raw pointers are not followed.
    pub(super) fn autoderef(&mut self, ty: Ty) -> SmallVec<[Ty; 4]> {
        let mut steps: SmallVec<[Ty; 4]> = smallvec![self.shallow(ty)];
        while let Some(&last) = steps.last() {
            if steps.len() > DEREF_LIMIT || matches!(last.kind(), TyKind::Ptr(..)) {
                break;
            }
            match self.deref(last) {
                Some(next) if !steps.contains(&next) => steps.push(next),
                _ => break,
            }
        }
        steps
    }
}
