//! Paths as values: locals, constants, functions, constructors, associated functions and constants.

use crate::model::hir::{Anchor, BindingId, ExprId, GenericArgs, Path, PathId, VariantId};
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::index::SimplifiedType;
use crate::types::names::{ModuleId, Namespace, Res};
use crate::types::subst::Subst;
use crate::types::ty::{Args, DefId, FnRef, TraitRef, Ty, TyKind};
use crate::types::typed_body::ValueRes;

use super::Infer;
use super::function::Value;
use super::method::Lookup;

impl Infer<'_> {
    /// Returns what a name is that a binding in scope has.
    pub(super) fn local(&mut self, binding: BindingId, at: ExprId) -> Value {
        let at_binding = self.bindings.at(binding).and_then(|at| self.bindings.types.get(at)).copied().flatten();
        match at_binding {
            Some((ty, module)) if module == self.module || !self.is_shadowed(binding, module) => Value::Other(ty),
            // Its pattern is a constant.
            _ => self.item_named(self.code.binding(binding).name, at),
        }
    }

    /// Whether an item of a block that is within the scope of a binding has its name; `module` is where the binding stands.
    fn is_shadowed(&self, binding: BindingId, module: ModuleId) -> bool {
        let (names, name) = (&self.world.names, self.code.binding(binding).name);
        let outwards = |&at: &ModuleId| Some(names.module(at)).filter(|at| at.is_block)?.parent;
        std::iter::successors(Some(self.module), outwards)
            .take_while(|&at| at != module)
            .any(|at| names.module_binding(at, name, Namespace::Values).is_some())
    }

    /// Returns the constant, static, function or constructor of this name that is in scope.
    fn item_named(&mut self, name: Name, at: ExprId) -> Value {
        let world = self.world;
        let res = [Namespace::Values, Namespace::Types]
            .into_iter()
            .find_map(|space| world.names.in_scope(self.module, name, space, &world.files));
        res.map_or_else(Value::unknown, |res| self.res_value(res, None, at))
    }

    /// Returns what a path expression is.
    pub(super) fn value_path(&mut self, id: PathId, at: ExprId) -> Value {
        let model = self.model;
        let Some(path) = model.path(id) else { return Value::unknown() };
        let Some((base, of, used)) = self.value_base(path) else { return Value::unknown() };
        if let (Base::Value(Res::Primitive(_)), [one]) = (&base, path.segments) {
            self.results.note_res(at, ValueRes::ConstParam(one.name));
        }
        match base {
            Base::Value(res) => {
                let args = path.last_args();
                let outer = path.segments.len().checked_sub(2).and_then(|at| path.args_at(at));
                self.res_value(res, args.or(outer), at)
            }
            Base::Type(ty) => {
                let Some(segment) = path.segments.get(used) else { return Value::unknown() };
                let (mut ty, mut of) = (ty, of);
                let mut used = used;
                let mut segment = segment;
                // `Self::Item::new`: all but the last are associated types; of `<T as Of>::Item::new` the first is the trait's.
                while let Some(next) = path.segments.get(used + 1) {
                    let (declaring, args) = of.take().map_or_else(Default::default, |of| (Some(of.def), of.args));
                    let assoc = Ty::intern(TyKind::Projection(ty, declaring, segment.name, args));
                    ty = self.normalize(assoc);
                    segment = next;
                    used += 1;
                }
                self.associated_value(ty, of, segment.name, path.args_at(used), at)
            }
        }
    }

    /// Splits a path into what it is based on and the associated rest.
    fn value_base(&mut self, path: Path<'_>) -> Option<(Base, Option<TraitRef>, usize)> {
        if let Anchor::Type { ty, trait_path } = path.anchor {
            let base = self.lower_ty(ty);
            let base = self.normalize(base);
            let of = trait_path.and_then(|path| self.with_scope(|scope| scope.trait_ref(path, Some(base))));
            return Some((Base::Type(base), of, 0));
        }
        let first = path.segments.first()?;
        if path.anchor == Anchor::Plain && (first.name == Name::SELF_TYPE || self.params.contains(&first.name)) {
            return self.self_or_param(path, first.name);
        }
        let world = self.world;
        let names = &world.names;
        if let Some(end) = names.resolve(self.module, path, Namespace::Values, &world.files)
            && end.used == path.segments.len()
        {
            return Some((Base::Value(end.res), None, end.used));
        }
        let end = names.resolve(self.module, path, Namespace::Types, &world.files)?;
        if let Some(primitive) = crate::types::lower_ty::hidden_primitive(path, end) {
            return Some((Base::Type(primitive), None, 1));
        }
        if end.used == path.segments.len() {
            return Some((Base::Value(end.res), None, end.used));
        }
        let written = end.used.checked_sub(1).and_then(|at| path.args_at(at));
        if let Res::Item(def) = end.res
            && matches!(world.item(def)?.kind, ItemKind::Trait { .. })
        {
            let args = self.with_scope(|scope| scope.args_for(def, written));
            let of = TraitRef { def, args: args.into(), bindings: Box::default() };
            return Some((Base::Type(self.fresh()), Some(of), end.used));
        }
        let ty = self.with_scope(|scope| scope.res_ty(end.res, written));
        let ty = self.normalize(ty);
        Some((Base::Type(ty), None, end.used))
    }

    fn self_or_param(&mut self, path: Path<'_>, name: Name) -> Option<(Base, Option<TraitRef>, usize)> {
        if name != Name::SELF_TYPE {
            if path.segments.len() == 1 {
                // A const parameter as a value.
                return Some((Base::Value(Res::Primitive(Name::new("usize"))), None, 1));
            }
            return Some((Base::Type(Ty::intern(TyKind::Param(name))), None, 1));
        }
        let this = self.self_ty?;
        if let TyKind::Adt(def, _) = this.kind() {
            let next = path.segments.get(1);
            let variant = next.and_then(|next| self.variant(*def, next.name));
            if let Some(at) = variant {
                return Some((Base::Value(Res::Variant(*def, at)), None, 2));
            }
            if next.is_none() {
                return Some((Base::Value(Res::Item(*def)), None, 1));
            }
        }
        Some((Base::Type(this), None, 1))
    }

    fn variant(&self, def: DefId, name: Name) -> Option<VariantId> {
        let ItemKind::Enum { variants } = self.world.item(def)?.kind else { return None };
        let model = self.world.file(def.file)?;
        model.list(variants).iter().copied().find(|&at| model.variants.get(at.index()).is_some_and(|v| v.name == name))
    }

    fn res_value(&mut self, res: Res, written: Option<GenericArgs<'_>>, at: ExprId) -> Value {
        let world = self.world;
        match res {
            Res::Primitive(name) => Value::Other(crate::types::lower_ty::primitive(name)),
            Res::Module(_) => Value::unknown(),
            Res::Variant(def, variant) => {
                self.results.note_res(at, ValueRes::Variant(def, variant));
                let args = self.with_scope(|scope| scope.args_for(def, written));
                let unit =
                    world.file(def.file).and_then(|file| file.variants.get(variant.index())).is_some_and(|v| v.unit);
                if unit {
                    Value::Other(Ty::adt(def, args))
                } else {
                    Value::Function(FnRef::Variant(def, variant), args)
                }
            }
            Res::Item(def) => match world.item(def).map(|item| item.kind) {
                Some(ItemKind::Fn(_)) => {
                    self.results.note_res(at, ValueRes::Fn(def));
                    self.record_callee(at, def, None);
                    self.fn_value(def, Args::new(), written)
                }
                Some(ItemKind::Struct { fields, tuple: true }) => {
                    self.results.note_res(at, ValueRes::Struct(def));
                    let args = match self.self_ty {
                        // `Self(…)` has the impl's own arguments.
                        Some(this)
                            if matches!(this.kind(), TyKind::Adt(own, _) if *own == def) && written.is_none() =>
                        {
                            let TyKind::Adt(_, args) = this.kind() else { return Value::unknown() };
                            (**args).into()
                        }
                        _ => self.with_scope(|scope| scope.args_for(def, written)),
                    };
                    let unit = fields.is_empty();
                    if unit { Value::Other(Ty::adt(def, args)) } else { Value::Function(FnRef::Struct(def), args) }
                }
                kind => {
                    let res = match kind {
                        Some(ItemKind::Const { .. }) => Some(ValueRes::Const(def)),
                        Some(ItemKind::Static { .. }) => Some(ValueRes::Static(def)),
                        Some(ItemKind::Struct { .. }) => Some(ValueRes::Struct(def)),
                        _ => None,
                    };
                    if let Some(res) = res {
                        self.results.note_res(at, res);
                    }
                    if matches!(kind, Some(ItemKind::Static { mutable: true, .. })) {
                        self.results.static_muts.push(at);
                    }
                    Value::Other(self.value_of_item(def).unwrap_or_else(Ty::unknown))
                }
            },
        }
    }

    /// Returns the type of a constant or static.
    pub(super) fn value_of_item(&mut self, def: DefId) -> Option<Ty> {
        let world = self.world;
        match world.item(def)?.kind {
            ItemKind::Const { ty, .. } | ItemKind::Static { ty, .. } => {
                let scope = crate::types::lower_ty::Scope::of_item(world, def)?;
                let ty = scope.ty(ty?);
                Some(self.normalize(ty))
            }
            ItemKind::Struct { .. } => Some(Ty::adt(def, self.fresh_args(def))),
            _ => None,
        }
    }

    /// Returns what `ty::name` or `<ty as of>::name` is.
    fn associated_value(
        &mut self,
        ty: Ty,
        of: Option<TraitRef>,
        name: Name,
        written: Option<GenericArgs<'_>>,
        at: ExprId,
    ) -> Value {
        let ty = self.shallow(ty);
        let world = self.world;
        if let Some(of) = of {
            let member = world.impls.trait_data(of.def).and_then(|data| data.members.get(&name)).copied();
            return member
                .map_or_else(Value::unknown, |member| self.trait_member(member, ty, of.def, &of.args, written, at));
        }
        let shape = SimplifiedType::of(ty);
        let candidates = shape.map_or(&[][..], |shape| world.impls.inherent(name, shape));
        if let Some((member, subst)) = self.inherent_member(ty, candidates, Lookup::InScope) {
            return self.member_value(member, &subst, written, at);
        }
        // A method of a trait that a bound on the type brings, else one that the type has.
        for by_bound in [true, false] {
            for &(of, member) in world.impls.declaring(name) {
                let args = self.fresh_args(of);
                if (!by_bound || self.is_bounded_by(ty, of)) && self.may_implement(ty, of, &args) {
                    self.select(ty, of, &args);
                    return self.trait_member(member, ty, of, &args, written, at);
                }
            }
        }
        // Code that compiles names something: where bounds rule out all that there is, they were not understood.
        match self.inherent_member(ty, candidates, Lookup::BoundsAside) {
            Some((member, subst)) => self.member_value(member, &subst, written, at),
            None => Value::unknown(),
        }
    }

    /// Returns the first of these members of inherent impls that `ty` has, with what its impl's parameters stand for.
    fn inherent_member(&mut self, ty: Ty, candidates: &[(u32, DefId)], lookup: Lookup) -> Option<(DefId, Subst)> {
        let world = self.world;
        candidates.iter().find_map(|&(at, member)| {
            let data = world.impl_at(at).filter(|data| self.may_match(data.self_ty, ty))?;
            Some((member, self.match_inherent(data, ty, lookup)?))
        })
    }

    fn member_value(&mut self, member: DefId, subst: &Subst, written: Option<GenericArgs<'_>>, at: ExprId) -> Value {
        let world = self.world;
        match world.item(member).map(|item| item.kind) {
            Some(ItemKind::Fn(_)) => {
                self.results.note_res(at, ValueRes::Fn(member));
                self.record_callee(at, member, None);
                self.fn_value(member, subst.args(), written)
            }
            Some(ItemKind::Const { ty: Some(ty), .. }) => {
                self.results.note_res(at, ValueRes::Const(member));
                let scope = crate::types::lower_ty::Scope::of_item(world, member);
                let ty = scope.map_or_else(Ty::unknown, |scope| scope.ty(ty));
                Value::Other(self.normalize(subst.apply(ty)))
            }
            _ => Value::unknown(),
        }
    }

    /// A trait's member for a type: through the impl where one is known, so that its callee is the trait's.
    fn trait_member(
        &mut self,
        member: DefId,
        ty: Ty,
        of: DefId,
        args: &[Ty],
        written: Option<GenericArgs<'_>>,
        at: ExprId,
    ) -> Value {
        let subst = self.trait_subst(of, ty, args);
        self.member_value(member, &subst, written, at)
    }

    /// Returns the ADT that a path names, which of the file's variants, and the type where `Self` or an alias fixes it.
    pub(super) fn adt_path(&mut self, id: PathId) -> Option<(DefId, Option<VariantId>, Option<Ty>)> {
        let model = self.model;
        let path = model.path(id)?;
        let world = self.world;
        if path.anchor == Anchor::Plain && path.segments.first().is_some_and(|first| first.name == Name::SELF_TYPE) {
            let this = self.self_ty?;
            let TyKind::Adt(def, _) = this.kind() else { return None };
            let variant = path.segments.get(1).and_then(|next| self.variant(*def, next.name));
            return Some((*def, variant, Some(this)));
        }
        let end = world
            .names
            .resolve(self.module, path, Namespace::Types, &world.files)
            .or_else(|| world.names.resolve(self.module, path, Namespace::Values, &world.files))?;
        let written = (0..path.segments.len()).rev().find_map(|at| path.args_at(at));
        match end.res {
            Res::Variant(def, at) => {
                let given = written.map(|written| self.with_scope(|scope| scope.res_ty(end.res, Some(written))));
                Some((def, Some(at), given))
            }
            Res::Item(def) => match world.item(def)?.kind {
                ItemKind::TypeAlias { .. } => {
                    let ty = self.with_scope(|scope| scope.res_ty(end.res, written));
                    let ty = self.normalize(ty);
                    let TyKind::Adt(def, _) = ty.kind() else { return None };
                    let variant = path.segments.get(end.used).and_then(|next| self.variant(*def, next.name));
                    Some((*def, variant, Some(ty)))
                }
                ItemKind::Struct { .. } | ItemKind::Union { .. } | ItemKind::Enum { .. } => {
                    let given = written.map(|written| self.with_scope(|scope| scope.res_ty(end.res, Some(written))));
                    Some((def, None, given))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// What the associated rest of a path hangs on.
enum Base {
    /// The whole path is a value.
    Value(Res),
    /// A type; the rest names something associated with it.
    Type(Ty),
}
