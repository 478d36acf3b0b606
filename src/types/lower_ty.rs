//! Types as written → types: what a path, a bound or a generic argument means where it stands.

use std::borrow::Cow;
use std::cell::RefCell;

use crate::model::hir::{
    Anchor, BodyId, Expr, FileModel, GenericArg, GenericArgs, Literal, Path, PathId, TypeId, TypeRef,
};
use crate::model::item::{GenericParam, ItemKind};
use crate::model::name::Name;
use crate::types::consts::ConstCx;
use crate::types::names::{ModuleId, Namespace, PartialRes, Res};
use crate::types::subst::Subst;
use crate::types::ty::{Args, ConstArg, DefId, Float, Int, TraitRef, Ty, TyKind, Tys};
use crate::types::world::World;

/// Where a type stands: what its names mean there.
pub struct Scope<'w> {
    /// The world.
    pub world: &'w World,
    /// The file whose arenas hold it.
    pub model: &'w FileModel,
    /// The module or block around it.
    pub module: ModuleId,
    /// Type and const parameters in scope.
    pub params: Cow<'w, [Name]>,
    /// What `Self` means.
    pub self_ty: Option<Ty>,
    /// Where `impl Trait` stands for a parameter, the bounds of those found so far.
    pub impl_params: Option<RefCell<Vec<(Ty, TraitRef)>>>,
    /// What `_` and left-out arguments become.
    pub hole: Hole<'w>,
    /// How deep in aliases this is.
    pub depth: u32,
}

/// What stands for a type that is not written.
#[derive(Clone, Copy)]
pub enum Hole<'w> {
    /// Nothing is known.
    Unknown,
    /// Inference finds out: this makes a fresh variable.
    Fresh(&'w dyn Fn() -> Ty),
}

impl<'w> Scope<'w> {
    /// The scope of an item's own declaration: its parameters and its container's.
    pub fn of_item(world: &'w World, def: DefId) -> Option<Self> {
        let model = world.file(def.file)?;
        let module = world.module_of(def)?;
        let mut scope = Self {
            world,
            model,
            module,
            params: Cow::default(),
            self_ty: None,
            impl_params: None,
            hole: Hole::Unknown,
            depth: 0,
        };
        if let Some(container) = world.container(def) {
            scope.enter(container);
        }
        scope.enter(def);
        Some(scope)
    }

    fn enter(&mut self, def: DefId) {
        let Some(item) = self.world.item(def) else { return };
        let generics = self.model.generics(item.generics);
        if !generics.params.is_empty() {
            self.params.to_mut().extend(generics.params.iter().map(|param| param.name));
        }
        match item.kind {
            ItemKind::Impl { self_ty, .. } => {
                let known = self.world.impls.known_self(def);
                self.self_ty = Some(known.unwrap_or_else(|| self.ty(self_ty)));
            }
            ItemKind::Trait { .. } => self.self_ty = Some(Ty::intern(TyKind::Param(Name::SELF_TYPE))),
            ItemKind::Struct { .. } | ItemKind::Enum { .. } | ItemKind::Union { .. } => {
                self.self_ty = Some(self.world.self_type(def));
            }
            _ => {}
        }
    }

    fn hole(&self) -> Ty {
        match self.hole {
            Hole::Unknown => Ty::unknown(),
            Hole::Fresh(fresh) => fresh(),
        }
    }

    /// Returns what a written type means.
    pub fn ty(&self, id: TypeId) -> Ty {
        match self.model.ty(id) {
            TypeRef::Missing => Ty::unknown(),
            TypeRef::Infer => self.hole(),
            TypeRef::Never => Ty::never(),
            TypeRef::Path(path) => self.path_ty(path),
            TypeRef::Ref { ty, mutable } => self.ty(ty).reference(mutable),
            TypeRef::Ptr { ty, mutable } => Ty::intern(TyKind::Ptr(self.ty(ty), mutable)),
            TypeRef::Slice(ty) => self.ty(ty).slice(),
            TypeRef::Array { ty, len } => Ty::intern(TyKind::Array(self.ty(ty), self.len(len))),
            TypeRef::Tuple(parts) => {
                Ty::tuple(self.model.list(parts).iter().map(|&part| self.ty(part)).collect::<Tys>())
            }
            TypeRef::FnPtr { params, ret, is_unsafe } => {
                let mut parts: Vec<Ty> = self.model.list(params).iter().map(|&part| self.ty(part)).collect();
                parts.push(ret.map_or_else(Ty::unit, |ret| self.ty(ret)));
                Ty::intern(TyKind::FnPtr(parts.into(), is_unsafe))
            }
            TypeRef::ImplTrait(bounds) => {
                let bounds: Vec<TraitRef> = self.bounds(self.model.list(bounds));
                let Some(params) = &self.impl_params else {
                    return Ty::intern(TyKind::Opaque(bounds.into()));
                };
                let mut params = params.borrow_mut();
                let ty = Ty::intern(TyKind::Param(Name::new(&format!("impl{}", id.number()))));
                params.extend(bounds.into_iter().map(|bound| (ty, bound)));
                ty
            }
            TypeRef::Dyn(bounds) => {
                let bounds: Vec<TraitRef> = self.bounds(self.model.list(bounds));
                Ty::intern(TyKind::Dyn(bounds.into()))
            }
        }
    }

    /// Returns the traits that bounds' paths name; what names no trait is left out.
    pub fn bounds(&self, paths: &[PathId]) -> Vec<TraitRef> {
        paths.iter().filter_map(|&path| self.trait_ref(path, None)).collect()
    }

    /// Returns the traits that the bounds on `subject` name.
    pub fn bounds_on(&self, subject: Ty, paths: &[PathId]) -> Vec<TraitRef> {
        paths.iter().filter_map(|&path| self.trait_ref(path, Some(subject))).collect()
    }

    /// Returns the trait that a path names, with its arguments; `subject` is what it is said of, for `Add<Rhs = Self>`.
    pub fn trait_ref(&self, id: PathId, subject: Option<Ty>) -> Option<TraitRef> {
        let path = self.model.path(id)?;
        let end = self.world.names.resolve(self.module, path, Namespace::Types, &self.world.files)?;
        let Res::Item(def) = end.res else { return None };
        if !matches!(self.world.item(def)?.kind, ItemKind::Trait { .. }) || end.used != path.segments.len() {
            return None;
        }
        let written = path.last_args();
        let args = self.args_on(def, written, subject);
        let mut bindings: Vec<(Name, Ty)> = Vec::new();
        if let Some(written) = written {
            bindings.extend(written.bindings.iter().map(|&(name, ty)| (name, self.ty(ty))));
            if written.parenthesized {
                bindings.push((Name::OUTPUT, written.output.map_or_else(Ty::unit, |ty| self.ty(ty))));
            }
        }
        Some(TraitRef { def, args: args.into(), bindings: bindings.into() })
    }

    fn path_ty(&self, id: PathId) -> Ty {
        let Some(path) = self.model.path(id) else { return Ty::unknown() };
        if let Anchor::Type { ty, trait_path } = path.anchor {
            let base = self.ty(ty);
            let of = trait_path.and_then(|path| self.trait_ref(path, Some(base)));
            let (def, args) = of.map_or((None, Tys::default()), |of| (Some(of.def), of.args));
            return self.associated(base, def, args, path, 0);
        }
        let Some(first) = path.segments.first() else { return Ty::unknown() };
        if path.anchor == Anchor::Plain {
            if first.name == Name::SELF_TYPE {
                let base = self.self_ty.unwrap_or_else(Ty::unknown);
                return self.associated(base, None, Tys::default(), path, 1);
            }
            if self.params.contains(&first.name) {
                let base = Ty::intern(TyKind::Param(first.name));
                return self.associated(base, None, Tys::default(), path, 1);
            }
        }
        let Some(end) = self.world.names.resolve(self.module, path, Namespace::Types, &self.world.files) else {
            return Ty::unknown();
        };
        if let Some(primitive) = hidden_primitive(path, end) {
            return self.associated(primitive, None, Tys::default(), path, 1);
        }
        let written = end.used.checked_sub(1).and_then(|at| path.args_at(at));
        let base = self.res_ty(end.res, written);
        self.associated(base, None, Tys::default(), path, end.used)
    }

    /// Returns the type that a resolved path names, with the arguments written at it.
    pub fn res_ty(&self, res: Res, written: Option<GenericArgs<'_>>) -> Ty {
        match res {
            Res::Primitive(name) => primitive(name),
            Res::Module(_) => Ty::unknown(),
            Res::Variant(def, _) => Ty::adt(def, self.args_for(def, written)),
            Res::Item(def) => match self.world.item(def).map(|item| item.kind) {
                Some(ItemKind::Struct { .. } | ItemKind::Enum { .. } | ItemKind::Union { .. }) => {
                    Ty::adt(def, self.args_for(def, written))
                }
                Some(ItemKind::TypeAlias { ty: Some(ty), .. }) => self.alias(def, ty, written),
                Some(ItemKind::Trait { .. }) => {
                    let bound = TraitRef { def, args: self.args_for(def, written).into(), bindings: Box::default() };
                    Ty::intern(TyKind::Dyn([bound].into()))
                }
                _ => Ty::unknown(),
            },
        }
    }

    fn alias(&self, def: DefId, ty: TypeId, written: Option<GenericArgs<'_>>) -> Ty {
        let declared = || Scope::of_item(self.world, def).map_or_else(Ty::unknown, |scope| scope.ty(ty));
        let declared = self.world.declared.get((def, None), declared);
        if !declared.flags().param {
            return declared;
        }
        let Some(scope) = Scope::of_item(self.world, def) else { return Ty::unknown() };
        let args = self.args_for(def, written);
        Subst(scope.params.iter().copied().zip(args).collect()).apply(declared)
    }

    fn associated(&self, base: Ty, of: Option<DefId>, args: Tys, path: Path<'_>, from: usize) -> Ty {
        let mut ty = base;
        let (mut of, mut args) = (of, args);
        for segment in path.segments.get(from..).unwrap_or(&[]) {
            ty = Ty::intern(TyKind::Projection(ty, of.take(), segment.name, std::mem::take(&mut args)));
        }
        ty
    }

    /// Returns the arguments for the parameters of `def`: as written, else their defaults, else holes.
    pub fn args_for(&self, def: DefId, written: Option<GenericArgs<'_>>) -> Args {
        self.args_on(def, written, None)
    }

    fn args_on(&self, def: DefId, written: Option<GenericArgs<'_>>, subject: Option<Ty>) -> Args {
        let Some(item) = self.world.item(def) else { return Args::new() };
        let Some(model) = self.world.file(def.file) else { return Args::new() };
        let generics = model.generics(item.generics);
        let mut args = Subst::default();
        for (at, param) in generics.params.iter().enumerate() {
            let given = written.and_then(|written| written.args.get(at));
            let ty = match given {
                Some(GenericArg::Type(ty)) if param.is_const => self.const_arg(*ty),
                Some(GenericArg::Type(ty)) => self.ty(*ty),
                Some(GenericArg::Const(body)) => Ty::intern(TyKind::Const(self.len(*body))),
                None => self.missing_arg(def, param, &args, (written.is_some(), subject)),
            };
            args.0.push((param.name, ty));
        }
        args.args()
    }

    fn missing_arg(
        &self,
        def: DefId,
        param: &GenericParam,
        so_far: &Subst,
        (any_written, subject): (bool, Option<Ty>),
    ) -> Ty {
        match (param.ty, self.hole) {
            (Some(default), hole) if !param.is_const && (any_written || matches!(hole, Hole::Unknown)) => {
                let place = so_far.0.len() as u32;
                let declared = || {
                    let scope = Scope::bare(self.world, def);
                    scope.map_or_else(Ty::unknown, |scope| Scope { self_ty: subject, ..scope }.ty(default))
                };
                // What a trait is said of can be its default: `Add<Rhs = Self>`.
                let declared = match subject {
                    Some(_) => declared(),
                    None => self.world.declared.get((def, Some(place)), declared),
                };
                so_far.apply(declared)
            }
            _ => self.hole(),
        }
    }

    /// The scope of an item's parameters alone, without what `Self` means: enough for defaults.
    fn bare(world: &'w World, def: DefId) -> Option<Self> {
        let model = world.file(def.file)?;
        let generics = model.generics(world.item(def)?.generics);
        let params = generics.params.iter().map(|param| param.name).collect();
        let module = world.module_of(def)?;
        Some(Self { world, model, module, params, self_ty: None, impl_params: None, hole: Hole::Unknown, depth: 0 })
    }

    /// A const argument written as a name: a const parameter or a constant.
    pub fn const_arg(&self, ty: TypeId) -> Ty {
        let len = match self.model.ty(ty) {
            TypeRef::Path(path) => self.model.path(path).map_or(ConstArg::Unknown, |path| self.const_path(path)),
            TypeRef::Infer => return self.hole(),
            _ => ConstArg::Unknown,
        };
        Ty::intern(TyKind::Const(len))
    }

    fn const_path(&self, path: Path<'_>) -> ConstArg {
        if let ([one], Anchor::Plain) = (path.segments, path.anchor)
            && self.params.contains(&one.name)
        {
            return ConstArg::Param(one.name);
        }
        known(self.world.const_path(self.const_cx(), path, self.depth))
    }

    /// Returns the value of a constant body, as far as literals and constants decide it.
    pub fn len(&self, body: BodyId) -> ConstArg {
        let Some(body) = self.model.bodies.get(body.index()) else { return ConstArg::Unknown };
        if let Expr::Path(path) = self.model.constant(body.root) {
            return self.model.path(path).map_or(ConstArg::Unknown, |path| self.const_path(path));
        }
        if let Expr::Literal(Literal::Int { value, .. }) = self.model.constant(body.root) {
            return ConstArg::Known(value.into());
        }
        known(self.world.const_expr(self.const_cx(), body.root, self.depth))
    }

    fn const_cx(&self) -> ConstCx<'_> {
        let self_adt = match self.self_ty.map(Ty::kind) {
            Some(TyKind::Adt(def, _)) => Some(*def),
            _ => None,
        };
        ConstCx { model: self.model, module: self.module, self_adt, body: None }
    }
}

/// A length or const argument.
fn known(value: Option<i128>) -> ConstArg {
    value.and_then(|value| u64::try_from(value).ok()).map_or(ConstArg::Unknown, ConstArg::Known)
}

/// `use std::str;` hides the type `str` only from modules: where no module can be meant, the primitive is.
pub fn hidden_primitive(path: Path<'_>, end: PartialRes) -> Option<Ty> {
    let first = path.segments.first()?;
    let is_module = matches!(end.res, Res::Module(_)) && end.used == 1 && path.anchor == Anchor::Plain;
    (is_module && first.name.is_primitive()).then(|| primitive(first.name))
}

/// Returns a primitive type by its name.
pub fn primitive(name: Name) -> Ty {
    if !name.is_primitive() {
        return Ty::unknown();
    }
    if let Some(int) = Int::ALL.into_iter().find(|int| int.name() == name) {
        return Ty::int(int);
    }
    match name {
        Name::BOOL => Ty::bool(),
        Name::CHAR => Ty::intern(TyKind::Char),
        Name::STR => Ty::str(),
        Name::F16 => Ty::intern(TyKind::Float(Float::F16)),
        Name::F32 => Ty::intern(TyKind::Float(Float::F32)),
        Name::F64 => Ty::intern(TyKind::Float(Float::F64)),
        Name::F128 => Ty::intern(TyKind::Float(Float::F128)),
        _ => Ty::unknown(),
    }
}
