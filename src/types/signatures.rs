//! Signatures of functions and definitions of ADTs, lowered on demand.

use std::cell::RefCell;
use std::sync::OnceLock;

use crate::model::hir::{FileModel, ItemId, List, VariantId};
use crate::model::item::{Field, FieldVisibility, Function, ItemKind, SelfParam, Variant};
use crate::model::name::Name;
use crate::types::bounds::Bounds;
use crate::types::callee::Callee;
use crate::types::lower_ty::Scope;
use crate::types::ty::{DefId, TraitRef, Ty, TyKind, Tys};
use crate::types::world::World;

/// A function's type.
#[derive(Debug)]
pub struct FnSig {
    /// Type and const parameters: the container's, then its own; whether each is a constant.
    pub generics: Vec<(Name, bool)>,
    /// How many of `generics` are the container's.
    pub outer: usize,
    /// Parameter types, `self` first.
    pub params: Vec<Ty>,
    /// What it returns; a future for an async function.
    pub ret: Ty,
    /// What its parameters must implement, the container's bounds too.
    pub bounds: Vec<(Ty, TraitRef)>,
    /// What a call of it runs.
    pub callee: Callee,
}

/// Who sees a field that is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// The module that declares it, and those in it.
    Module,
    /// Its crate.
    Crate,
}

/// One variant of an ADT; a struct or union has one.
#[derive(Debug)]
pub struct VariantDef {
    /// Its name; a struct's own.
    pub name: Name,
    /// Its fields; positional ones are called `0`, `1`, …
    pub fields: Vec<(Name, Ty)>,
    /// Those that not everybody sees, and who does.
    pub hidden: Vec<(Name, Visibility)>,
    /// Not every build has it, or each of its fields.
    pub conditional: bool,
}

/// What an ADT is made of.
#[derive(Debug)]
pub struct AdtDef {
    /// Type and const parameters; whether each is a constant.
    pub generics: Vec<(Name, bool)>,
    /// The variants in order.
    pub variants: Vec<VariantDef>,
}

impl AdtDef {
    /// Returns the type of a struct's or union's field.
    pub fn field(&self, name: Name) -> Option<Ty> {
        let [only] = self.variants.as_slice() else { return None };
        only.fields.iter().find(|(known, _)| *known == name).map(|&(_, ty)| ty)
    }

    /// Returns who sees a struct's or union's field; `None` where everybody does.
    pub fn visibility(&self, name: Name) -> Option<Visibility> {
        let [only] = self.variants.as_slice() else { return None };
        only.hidden.iter().find(|(known, _)| *known == name).map(|&(_, reach)| reach)
    }
}

/// A value that is computed on demand; `None` where there is nothing to compute.
type Slot<T> = OnceLock<Option<Box<T>>>;

/// All slots, by file.
#[derive(Debug, Default)]
pub struct Signatures {
    fns: Vec<Vec<Slot<FnSig>>>,
    /// Of the items that are structs, unions and enums, in order.
    adts: Vec<Vec<(ItemId, Slot<AdtDef>)>>,
}

impl Signatures {
    /// Makes empty slots for all functions and types.
    pub fn new(files: &[FileModel]) -> Self {
        Self {
            fns: files.iter().map(|file| file.functions.iter().map(|_| OnceLock::new()).collect()).collect(),
            adts: files.iter().map(|file| adts_of(file).map(|id| (id, OnceLock::new())).collect()).collect(),
        }
    }
}

/// The structs, unions and enums of a file.
fn adts_of(file: &FileModel) -> impl Iterator<Item = ItemId> {
    let is_adt = |kind| matches!(kind, ItemKind::Struct { .. } | ItemKind::Union { .. } | ItemKind::Enum { .. });
    (0..).map(ItemId).zip(&file.items).filter(move |(_, item)| is_adt(item.kind)).map(|(id, _)| id)
}

impl World {
    /// Returns a function's signature.
    pub fn fn_sig(&self, def: DefId) -> Option<&FnSig> {
        let ItemKind::Fn(id) = self.item(def)?.kind else { return None };
        let slot = self.signatures.fns.get(def.file.0 as usize)?.get(id.index())?;
        slot.get_or_init(|| self.compute_fn_sig(def).map(Box::new)).as_deref()
    }

    /// Returns a function as it is declared.
    pub fn function(&self, def: DefId) -> Option<&Function> {
        let ItemKind::Fn(id) = self.item(def)?.kind else { return None };
        self.file(def.file)?.functions.get(id.index())
    }

    /// Returns what an ADT is made of.
    pub fn adt(&self, def: DefId) -> Option<&AdtDef> {
        let slots = self.signatures.adts.get(def.file.0 as usize)?;
        let at = slots.binary_search_by_key(&def.item, |&(id, _)| id).ok()?;
        let (_, slot) = slots.get(at)?;
        slot.get_or_init(|| self.compute_adt(def).map(Box::new)).as_deref()
    }

    /// Returns an ADT with its own parameters for arguments.
    pub fn self_type(&self, def: DefId) -> Ty {
        Ty::adt(def, self.generic_names(def).map(as_arg).collect::<Tys>())
    }

    /// Returns the parameters that an item declares; whether each is a constant.
    pub fn generic_names(&self, def: DefId) -> impl Iterator<Item = (Name, bool)> {
        let generics = self.file(def.file).zip(self.item(def)).map(|(file, item)| file.generics(item.generics));
        generics.unwrap_or_default().params.iter().map(|param| (param.name, param.is_const))
    }

    fn compute_fn_sig(&self, def: DefId) -> Option<FnSig> {
        let item = self.item(def)?;
        let ItemKind::Fn(id) = item.kind else { return None };
        let model = self.file(def.file)?;
        let function = model.functions.get(id.index())?;
        let mut scope = Scope::of_item(self, def)?;
        let container = self.container(def);
        let mut generics: Vec<(Name, bool)> =
            container.into_iter().flat_map(|container| self.generic_names(container)).collect();
        let is_trait =
            container.is_some_and(|at| matches!(self.item(at).map(|i| i.kind), Some(ItemKind::Trait { .. })));
        if is_trait {
            // auditor: allow(panicking-api) every list can begin at zero
            generics.insert(0, (Name::SELF_TYPE, false));
        }
        let outer = generics.len();
        generics.extend(self.generic_names(def));
        scope.impl_params = Some(RefCell::default());
        let mut params = Vec::with_capacity(model.list(function.params).len() + 1);
        params.extend(function.self_param.map(|self_param| self_type(&scope, self_param)));
        params.extend(model.list(function.params).iter().map(|&ty| scope.ty(ty)));
        let from_impl = scope.impl_params.take().map(RefCell::into_inner).unwrap_or_default();
        for (ty, _) in &from_impl {
            if let TyKind::Param(name) = ty.kind()
                && generics.iter().all(|(known, _)| known != name)
            {
                generics.push((*name, false));
            }
        }
        let ret = function.ret.map_or_else(Ty::unit, |ret| scope.ty(ret));
        let ret = if function.is_async { self.future_of(ret) } else { ret };
        let mut bounds = from_impl;
        if let Some(container) = container {
            match self.impl_of(container) {
                Some(data) => bounds.extend(self.impl_detail(data).bounds.iter().cloned()),
                None => bounds.extend(self.bounds_of(container)),
            }
            if let (true, Some(own)) = (is_trait, self.own_trait_ref(container)) {
                bounds.push((Ty::intern(TyKind::Param(Name::SELF_TYPE)), own));
            }
        }
        bounds.extend(self.bounds_of(def));
        let bounds_of =
            Bounds { known: &bounds, own: self.own_trait(container), trait_data: &|of| self.impls.trait_data(of) };
        let params = params.into_iter().map(|ty| bounds_of.qualify_assoc(ty)).collect();
        let ret = bounds_of.qualify_assoc(ret);
        let bounds = bounds
            .iter()
            .map(|(ty, bound)| (bounds_of.qualify_assoc(*ty), bounds_of.qualify_assoc_trait(bound)))
            .collect();
        Some(FnSig { generics, outer, params, ret, bounds, callee: Callee::of(self, def) })
    }

    /// The trait that `Self` implements within a container, with what `Self` is there.
    fn own_trait(&self, container: Option<DefId>) -> Option<(Ty, DefId)> {
        let container = container?;
        if matches!(self.item(container)?.kind, ItemKind::Trait { .. }) {
            return Some((Ty::intern(TyKind::Param(Name::SELF_TYPE)), container));
        }
        let data = self.impl_of(container)?;
        Some((data.self_ty, data.trait_ref.as_ref()?.def))
    }

    /// Returns a trait with its own parameters for arguments.
    pub fn own_trait_ref(&self, def: DefId) -> Option<TraitRef> {
        let args = self.generic_names(def).map(as_arg).collect();
        Some(TraitRef { def, args, bindings: Box::default() })
    }

    /// Returns the bounds that an item declares on its parameters and in its where clause.
    pub fn bounds_of(&self, def: DefId) -> Vec<(Ty, TraitRef)> {
        let mut bounds = Vec::new();
        let declared = self.file(def.file).zip(self.item(def)).map(|(model, item)| model.generics(item.generics));
        let Some(generics) = declared.filter(|generics| !generics.bounds.is_empty()) else { return bounds };
        let Some(scope) = Scope::of_item(self, def) else { return bounds };
        for &(subject, paths) in generics.bounds {
            let subject = scope.ty(subject);
            bounds.extend(scope.bounds_on(subject, scope.model.list(paths)).into_iter().map(|bound| (subject, bound)));
        }
        bounds
    }

    /// `impl Future<Output = ty>`.
    pub fn future_of(&self, ty: Ty) -> Ty {
        let Some(def) = self.std_item(&[Name::new("future"), Name::FUTURE]) else { return Ty::unknown() };
        let bound = TraitRef { def, args: Tys::default(), bindings: [(Name::OUTPUT, ty)].into() };
        Ty::intern(TyKind::Opaque([bound].into()))
    }

    fn compute_adt(&self, def: DefId) -> Option<AdtDef> {
        let item = self.item(def)?;
        let scope = Scope::of_item(self, def)?;
        let fields = |list: List<Field>| -> Vec<(Name, Ty)> {
            scope.model.list(list).iter().map(|field| (field.name, scope.ty(field.ty))).collect()
        };
        let hidden = |list: List<Field>| -> Vec<(Name, Visibility)> {
            let named = scope.model.list(list).iter().filter_map(|field| match field.visibility {
                FieldVisibility::Public => None,
                FieldVisibility::Restricted => Some((field.name, Visibility::Crate)),
                FieldVisibility::Private => Some((field.name, Visibility::Module)),
            });
            named.collect()
        };
        let conditional = |list: List<Field>| scope.model.list(list).iter().any(|field| field.conditional);
        let variants = match item.kind {
            ItemKind::Struct { fields: list, .. } | ItemKind::Union { fields: list } => {
                let (fields, hidden) = (fields(list), hidden(list));
                vec![VariantDef { name: item.name, fields, hidden, conditional: conditional(list) }]
            }
            ItemKind::Enum { variants } => {
                let each = scope.model.list(variants).iter().filter_map(|&at| scope.model.variants.get(at.index()));
                let shape = |variant: &Variant| VariantDef {
                    name: variant.name,
                    fields: fields(variant.fields),
                    // A variant's fields are as public as its enum.
                    hidden: Vec::new(),
                    conditional: variant.cfg != item.cfg || conditional(variant.fields),
                };
                each.map(shape).collect()
            }
            _ => return None,
        };
        Some(AdtDef { generics: self.generic_names(def).collect(), variants })
    }

    /// Returns the place of a variant in its enum, from its index in the file's variants.
    pub fn variant_place(&self, def: DefId, at: VariantId) -> Option<usize> {
        let ItemKind::Enum { variants } = self.item(def)?.kind else { return None };
        self.file(def.file)?.list(variants).iter().position(|&known| known == at)
    }
}

/// The type of `self`.
fn self_type(scope: &Scope<'_>, self_param: SelfParam) -> Ty {
    let this = scope.self_ty.unwrap_or_else(Ty::unknown);
    match self_param {
        SelfParam::Value => this,
        SelfParam::Ref => this.reference(false),
        SelfParam::RefMut => this.reference(true),
        SelfParam::Typed(ty) => scope.ty(ty),
    }
}

/// A parameter as an argument of its own declaration.
pub fn as_arg((name, is_const): (Name, bool)) -> Ty {
    if is_const {
        return Ty::intern(TyKind::Const(crate::types::ty::ConstArg::Param(name)));
    }
    Ty::intern(TyKind::Param(name))
}
