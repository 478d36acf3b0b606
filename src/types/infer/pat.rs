//! Patterns: what they bind, with default binding modes.

use smallvec::SmallVec;

use crate::model::hir::{Binding, BindingId, ExprId, FieldPat, List, Pat, PatId};
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::lang::is_lowercase;
use crate::types::names::{Namespace, Res};
use crate::types::subst::Subst;
use crate::types::ty::{DefId, Ty, TyKind, Tys};
use crate::types::typed_body::ValueRes;

use super::Infer;
use super::function::Params;

/// How names bind: by value, or by the reference that was matched through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Move,
    Ref(bool),
}

impl Infer<'_> {
    /// Matches a pattern against a value of type `ty` and binds its names.
    pub(super) fn pat(&mut self, pat: PatId, ty: Ty) {
        self.pat_in(pat, ty, Mode::Move);
    }

    fn pat_in(&mut self, id: PatId, ty: Ty, mode: Mode) {
        let pat = self.code.pat(id);
        let (ty, mode) = self.peel_pattern(id, pat, ty, mode);
        match pat {
            Pat::Missing | Pat::Wild | Pat::Rest | Pat::Const(_) => {}
            Pat::Bind { binding, sub } => self.bind_name((id, binding), ty, mode, sub),
            Pat::Ref { pat, .. } => {
                let inner = self.referent(ty);
                self.pat_in(pat, inner, Mode::Move);
            }
            Pat::Box(pat) => {
                let inner = self.deref(ty).unwrap_or_else(Ty::unknown);
                self.pat_in(pat, inner, mode);
            }
            Pat::Tuple(list) => self.tuple_pat(self.code.list(list), ty, mode),
            Pat::TupleStruct { path, args } => {
                let fields: Option<Params> =
                    self.pattern_fields(id, path, ty).map(|fields| fields.into_iter().map(|(_, ty)| ty).collect());
                self.positional(self.code.list(args), fields.as_deref(), mode);
            }
            Pat::Record { path, fields } => self.record_pat(id, path, fields, ty, mode),
            Pat::Path(path) => {
                if let Some((named, _)) = self.pattern_type(id, path, ty) {
                    self.unify(named, ty);
                } else {
                    self.constant_pat(id, path, ty);
                }
            }
            Pat::Literal(expr) => {
                let found = self.expr(expr, Some(ty));
                // A string literal matches `str` behind a matched reference, a byte string a slice.
                if found.is_integer() || found.is_float() {
                    self.unify(found, ty);
                }
            }
            Pat::Range { low, high, .. } => self.range_pat([low, high], ty),
            Pat::Slice(list) => self.slice_pat(self.code.list(list), ty, mode),
            Pat::Or(list) => {
                let code = self.code;
                for &pat in code.list(list) {
                    self.pat_in(pat, ty, mode);
                }
            }
        }
    }

    /// Looks through the references that a pattern does not name: what it matches then, and how its names bind.
    fn peel_pattern(&mut self, id: PatId, pat: Pat, ty: Ty, mode: Mode) -> (Ty, Mode) {
        let ty = self.normalize(ty);
        let (mut ty, mut mode) = (self.shallow(ty), mode);
        let is_reference_itself = matches!(pat, Pat::Path(_))
            && matches!(ty.kind(), TyKind::Ref(inner, _) if !matches!(self.shallow(*inner).kind(), TyKind::Adt(..)));
        if !peels(pat) || is_reference_itself {
            return (ty, mode);
        }
        let mut peeled = 0_u8;
        while let TyKind::Ref(inner, mutable) = ty.kind() {
            peeled = peeled.saturating_add(1);
            mode = match mode {
                Mode::Ref(false) => Mode::Ref(false),
                _ => Mode::Ref(*mutable),
            };
            ty = self.shallow(*inner);
        }
        if peeled > 0 {
            self.results.peeled.push((id, peeled));
        }
        (ty, mode)
    }

    /// A path that names a constant.
    fn constant_pat(&mut self, id: PatId, path: crate::model::hir::PathId, ty: Ty) {
        self.results.last_res = None;
        let named = self.value_path(path, ExprId::new(0)).ty();
        if let Some(res @ (ValueRes::Const(_) | ValueRes::ConstParam(_))) = self.results.last_res {
            self.results.pat_res.push((id, res));
            self.commit_if_ok(|this| this.unify(named, ty));
        }
    }

    fn note_pat_res(&mut self, pat: PatId, res: Res) {
        let res = match res {
            Res::Variant(def, variant) => ValueRes::Variant(def, variant),
            Res::Item(def) => match self.world.item(def).map(|item| item.kind) {
                Some(ItemKind::Static { .. }) => ValueRes::Static(def),
                Some(ItemKind::Struct { .. }) => ValueRes::Struct(def),
                _ => ValueRes::Const(def),
            },
            Res::Module(_) | Res::Primitive(_) => return,
        };
        self.results.pat_res.push((pat, res));
    }

    /// What a `&pattern` matches.
    fn referent(&mut self, ty: Ty) -> Ty {
        match ty.kind() {
            TyKind::Ref(inner, _) => *inner,
            TyKind::Infer(..) => {
                let inner = self.fresh();
                self.unify(ty, inner.reference(false));
                inner
            }
            _ => Ty::unknown(),
        }
    }

    fn bind_name(&mut self, (pat, id): (PatId, BindingId), ty: Ty, mode: Mode, sub: Option<PatId>) {
        let Binding { name, by_ref, mutable, .. } = self.code.binding(id);
        if sub.is_none()
            && !by_ref
            && !mutable
            && let Some(res) = self.named_constant(name)
        {
            let named = self.constant_type(res, ty);
            self.note_pat_res(pat, res);
            if let Some(named) = named {
                self.unify(named, ty.peel_refs());
            }
            return;
        }
        if let Some(sub) = sub {
            self.pat_in(sub, ty, mode);
        }
        let bound = match mode {
            _ if by_ref => ty.reference(mutable),
            Mode::Ref(mutable) => {
                self.results.by_default.push((id, mutable));
                ty.reference(mutable)
            }
            Mode::Move => ty,
        };
        self.bind_local(id, bound);
    }

    /// Gives a binding its type; in an alternative of an or-pattern that is the first one's too.
    fn bind_local(&mut self, id: BindingId, ty: Ty) {
        let module = self.module;
        let Some(slot) = self.bindings.at(id).and_then(|at| self.bindings.types.get_mut(at)) else { return };
        match *slot {
            Some((known, _)) => {
                self.unify(known, ty);
            }
            None => *slot = Some((ty, module)),
        }
    }

    /// A name in a pattern that is no binding: a constant, unit struct or unit variant.
    fn named_constant(&self, name: Name) -> Option<Res> {
        // Bindings are lower case; asking for every one would cost as much as all other look-ups together.
        if is_lowercase(name) && !self.world.lang.lowercase_constants.contains(&name) {
            return None;
        }
        let res = self
            .world
            .names
            .in_scope(self.module, name, Namespace::Values, &self.world.files)
            .or_else(|| self.world.names.in_scope(self.module, name, Namespace::Types, &self.world.files))?;
        match res {
            Res::Variant(..) => Some(res),
            Res::Item(def) => match self.world.item(def)?.kind {
                ItemKind::Const { .. } | ItemKind::Static { .. } | ItemKind::Struct { .. } => Some(res),
                _ => None,
            },
            _ => None,
        }
    }

    fn constant_type(&mut self, res: Res, ty: Ty) -> Option<Ty> {
        match res {
            Res::Variant(def, _) => Some(self.adt_like(def, ty)),
            Res::Item(def) => self.value_of_item(def),
            _ => None,
        }
    }

    /// An ADT with fresh arguments, made equal to `ty` where that is the same ADT.
    fn adt_like(&mut self, def: DefId, ty: Ty) -> Ty {
        let args = self.fresh_subst(self.world.generic_names(def));
        let named = Ty::adt(def, args.0.into_iter().map(|(_, ty)| ty).collect::<Tys>());
        self.unify(named, ty);
        named
    }

    fn tuple_pat(&mut self, pats: &[PatId], ty: Ty, mode: Mode) {
        if matches!(ty.kind(), TyKind::Infer(..)) && !self.has_rest(pats) {
            let parts: Vec<Ty> = pats.iter().map(|_| self.fresh()).collect();
            let tuple = Ty::tuple(parts.clone());
            self.unify(ty, tuple);
            self.positional(pats, Some(&parts), mode);
            return;
        }
        let parts = match ty.kind() {
            TyKind::Tuple(parts) => Some(&**parts),
            _ => None,
        };
        self.positional(pats, parts, mode);
    }

    fn range_pat(&mut self, ends: [Option<crate::model::hir::ExprId>; 2], ty: Ty) {
        for end in ends.into_iter().flatten() {
            let found = self.expr(end, Some(ty));
            self.unify(found, ty);
        }
    }

    fn has_rest(&self, pats: &[PatId]) -> bool {
        pats.iter().any(|&pat| matches!(self.code.pat(pat), Pat::Rest))
    }

    /// Matches positional patterns, `..` included, against types.
    fn positional(&mut self, pats: &[PatId], types: Option<&[Ty]>, mode: Mode) {
        let rest = pats.iter().position(|&pat| matches!(self.code.pat(pat), Pat::Rest));
        for (at, &pat) in pats.iter().enumerate() {
            let ty = types.and_then(|types| match rest {
                Some(rest) if at > rest => (types.len() + at).checked_sub(pats.len()).and_then(|at| types.get(at)),
                _ => types.get(at),
            });
            self.pat_in(pat, ty.copied().unwrap_or_else(Ty::unknown), mode);
        }
    }

    fn record_pat(&mut self, id: PatId, path: crate::model::hir::PathId, fields: List<FieldPat>, ty: Ty, mode: Mode) {
        let known = self.pattern_fields(id, path, ty);
        let code = self.code;
        for &FieldPat { name, pat } in code.list(fields) {
            let field = known.as_ref().and_then(|known| known.iter().find(|(known, _)| *known == name));
            let ty = field.map_or_else(Ty::unknown, |&(_, ty)| ty);
            self.pat_in(pat, ty, mode);
        }
    }

    fn slice_pat(&mut self, pats: &[PatId], ty: Ty, mode: Mode) {
        let (elem, whole) = match ty.kind() {
            TyKind::Array(elem, _) => (*elem, elem.slice()),
            TyKind::Slice(elem) => (*elem, ty),
            _ => (Ty::unknown(), Ty::unknown()),
        };
        for &pat in pats {
            let is_rest = matches!(self.code.pat(pat), Pat::Bind { sub: Some(sub), .. } if matches!(self.code.pat(sub), Pat::Rest));
            self.pat_in(pat, if is_rest { whole } else { elem }, mode);
        }
    }

    /// Returns the fields that a pattern's path names, with types for a value of type `ty`.
    fn pattern_fields(
        &mut self,
        id: PatId,
        path: crate::model::hir::PathId,
        ty: Ty,
    ) -> Option<SmallVec<[(Name, Ty); 4]>> {
        let (named, variant) = self.pattern_type(id, path, ty)?;
        let TyKind::Adt(def, args) = named.kind() else { return None };
        let world = self.world;
        let shape = world.adt(*def)?;
        let subst = Subst(shape.generics.iter().map(|&(name, _)| name).zip(args.iter().copied()).collect());
        let fields = &shape.variants.get(variant)?.fields;
        Some(fields.iter().map(|&(name, ty)| (name, self.normalize(subst.apply(ty)))).collect())
    }

    /// Returns the ADT that a pattern's path names, with fresh arguments that equal those of `ty`, and which variant.
    fn pattern_type(&mut self, id: PatId, path: crate::model::hir::PathId, ty: Ty) -> Option<(Ty, usize)> {
        let (def, variant, given) = self.adt_path(path)?;
        let res = variant.map_or(ValueRes::Struct(def), |variant| ValueRes::Variant(def, variant));
        self.results.pat_res.push((id, res));
        let variant = match variant {
            Some(at) => self.world.variant_place(def, at)?,
            None => 0,
        };
        let named = given.unwrap_or_else(|| self.adt_like(def, ty));
        self.unify(named, ty);
        Some((named, variant))
    }
}

/// Patterns that look through references.
fn peels(pat: Pat) -> bool {
    matches!(
        pat,
        Pat::Tuple(_)
            | Pat::TupleStruct { .. }
            | Pat::Record { .. }
            | Pat::Slice(_)
            | Pat::Path(_)
            | Pat::Range { .. }
            | Pat::Literal(_)
    )
}
