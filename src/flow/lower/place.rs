//! Expressions that name places.

use super::Lower;
use crate::flow::mir::{LocalId, Operand, Place, Rvalue, TreePath};
use crate::model::hir::{Anchor, BindingId, Expr, ExprId, PathId};
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::ty::{Ty, TyKind};
use crate::types::typed_body::ValueRes;

impl Lower<'_> {
    /// Returns the local of a binding.
    pub(super) fn local(&mut self, binding: BindingId) -> Place {
        let mir = &mut self.mir;
        let local = *self.bindings.entry(binding).or_insert_with(|| mir.add_local().local);
        Place { local, path: TreePath::ROOT }
    }

    /// Returns the place that an expression names, once what it is computed from was evaluated; `None` where it is none whose
    /// content is known to stay.
    pub(super) fn place(&mut self, expr: ExprId) -> Option<Place> {
        self.meet_predicate(expr);
        match self.source.code.expr(expr) {
            Expr::Local(_) => match self.source.typed.res(expr, self.source.code) {
                Some(ValueRes::Local(binding)) => Some(self.local(binding)),
                _ => None,
            },
            Expr::Path(path) => self.constant_place(expr, path),
            Expr::Deref(inner) => {
                let ty = self.ty(inner);
                let is_content = self.pointee(ty).is_some()
                    || matches!(self.std_name(ty), Some(Name::VEC | Name::STRING | Name::VEC_DEQUE));
                if is_content { self.place_or_temp(inner) } else { None }
            }
            Expr::Field { base, name } => self.field_place(base, name),
            _ => None,
        }
    }

    /// Returns the place that an expression names, or a temporary with its value.
    pub(super) fn place_or_temp(&mut self, expr: ExprId) -> Option<Place> {
        if self.names_place(expr) {
            return self.place(expr);
        }
        match self.operand(expr) {
            Operand::Read(place, _) => Some(place),
            constant @ Operand::Const(..) => Some(self.temp_of(Rvalue::Use(constant))),
        }
    }

    /// Whether an expression is written as a place.
    pub(super) fn names_place(&self, expr: ExprId) -> bool {
        matches!(self.source.code.expr(expr), Expr::Local(_) | Expr::Deref(_) | Expr::Field { .. } | Expr::Path(_))
    }

    /// A field of what `base` holds, behind references and std's owners alone.
    fn field_place(&mut self, base: ExprId, name: Name) -> Option<Place> {
        let holder = self.holder(self.ty(base), name)?;
        let place = self.place_or_temp(base)?;
        if let TyKind::Adt(def, _) = holder.kind()
            && matches!(self.source.world.item(*def)?.kind, ItemKind::Union { .. })
        {
            return None;
        }
        Some(self.field(place, name))
    }

    /// The type that has the field, seen through references and std's owners.
    fn holder(&self, ty: Ty, name: Name) -> Option<Ty> {
        let mut ty = ty;
        for _ in 0..8 {
            match ty.kind() {
                TyKind::Tuple(_) => return Some(ty),
                TyKind::Adt(def, _)
                    if self.source.world.adt(*def)?.field(name).is_some() && self.pointee(ty).is_none() =>
                {
                    return Some(ty);
                }
                _ => ty = self.pointee(ty)?,
            }
        }
        None
    }

    /// A constant or an immutable static without a known number: one place, which nothing writes.
    fn constant_place(&mut self, expr: ExprId, path: PathId) -> Option<Place> {
        let path = self.source.model.path(path)?;
        if self.source.typed.is_static_mut(expr) || matches!(self.ty(expr).kind(), TyKind::FnDef(..)) {
            return None;
        }
        // `<A>::LEN` and `<B>::LEN` may be one item of a trait.
        if matches!(path.anchor, Anchor::Type { .. }) {
            return None;
        }
        let names: Vec<Name> = path.segments.iter().map(|segment| segment.name).collect();
        let key = match self.source.typed.res(expr, self.source.code)? {
            ValueRes::Const(def) | ValueRes::Static(def) => (def, names),
            _ => return None,
        };
        let mir = &mut self.mir;
        let local: LocalId = *self.constants.entry(key).or_insert_with(|| mir.add_local().local);
        Some(Place { local, path: TreePath::ROOT })
    }

    /// The local that a place expression is a part of, however it is reached.
    pub(super) fn root(&mut self, expr: ExprId) -> Option<Place> {
        let mut at = expr;
        for _ in 0..64 {
            match self.source.code.expr(at) {
                Expr::Local(binding) => return Some(self.local(binding)),
                Expr::Deref(inner) | Expr::Field { base: inner, .. } | Expr::Index { base: inner, .. } => at = inner,
                Expr::MethodCall { receiver, .. } => at = receiver,
                _ => return None,
            }
        }
        None
    }
}
