//! Impls and traits of the world, found by what they are for: the tables behind method look-up and trait selection.

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::model::hir::{FileModel, ItemId, TypeId};
use crate::model::item::{ItemKind, Parent};
use crate::model::name::Name;
use crate::types::bounds::Bounds;
use crate::types::lower_ty::Scope;
use crate::types::ty::{Def, Float, Int, TraitRef, Ty, TyKind};
use crate::types::world::World;

/// The outermost shape of a type: what impls are found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// An ADT.
    Adt(Def),
    /// An integer.
    Int(Int),
    /// A float.
    Float(Float),
    /// A shared reference.
    Ref,
    /// A mutable reference.
    RefMut,
    /// A const pointer.
    Ptr,
    /// A mutable pointer.
    PtrMut,
    /// A tuple of so many.
    Tuple(usize),
    /// A `dyn` type, by its first trait.
    Dyn(Def),
    /// Any other kind, by a letter.
    Other(char),
}

impl Shape {
    /// Returns a type's shape; `None` for one that has none of its own, such as a parameter.
    pub fn of(ty: Ty) -> Option<Self> {
        Some(match ty.kind() {
            TyKind::Adt(def, _) => Self::Adt(*def),
            TyKind::Int(int) => Self::Int(*int),
            TyKind::Float(float) => Self::Float(*float),
            TyKind::Ref(_, false) => Self::Ref,
            TyKind::Ref(_, true) => Self::RefMut,
            TyKind::Ptr(_, false) => Self::Ptr,
            TyKind::Ptr(_, true) => Self::PtrMut,
            TyKind::Tuple(parts) => Self::Tuple(parts.len()),
            TyKind::Bounded(bounds, true) => Self::Dyn(bounds.first()?.def),
            TyKind::Bool => Self::Other('b'),
            TyKind::Char => Self::Other('c'),
            TyKind::Str => Self::Other('s'),
            TyKind::Slice(_) => Self::Other('['),
            TyKind::Array(..) => Self::Other('a'),
            TyKind::Never => Self::Other('!'),
            TyKind::FnPtr(_) => Self::Other('f'),
            _ => return None,
        })
    }
}

/// One impl.
#[derive(Debug)]
pub struct ImplData {
    /// Where it is.
    pub def: Def,
    /// Its parameters; whether each is a constant.
    pub generics: Box<[(Name, bool)]>,
    /// What it is for.
    pub self_ty: Ty,
    /// The trait it implements.
    pub trait_ref: Option<TraitRef>,
    /// Its associated types as written.
    aliases: Box<[(Name, TypeId)]>,
    /// Its functions and constants.
    members: Box<[(Name, Def)]>,
    /// Most impls of std and of dependencies are never looked at more closely than this.
    detail: OnceLock<Box<ImplDetail>>,
}

/// What an impl says besides what it is for.
#[derive(Debug)]
pub struct ImplDetail {
    /// What its parameters must implement.
    pub bounds: Vec<(Ty, TraitRef)>,
    types: Vec<(Name, Ty)>,
}

impl ImplDetail {
    /// Returns an associated type.
    pub fn ty(&self, name: Name) -> Option<Ty> {
        self.types.iter().rev().find(|(known, _)| *known == name).map(|&(_, ty)| ty)
    }
}

impl World {
    /// Returns what an impl says besides what it is for: computed when first asked for, and kept.
    pub fn impl_detail<'w>(&'w self, data: &'w ImplData) -> &'w ImplDetail {
        data.detail.get_or_init(|| {
            let known = self.bounds_of(data.def);
            let own = data.trait_ref.as_ref().map(|of| (data.self_ty, of.def));
            let settle = Bounds { known: &known, own, trait_data: &|of| self.impls.trait_data(of) };
            let bounds = known.iter().map(|(ty, bound)| (settle.settle(*ty), settle.settle_trait(bound))).collect();
            let scope = (!data.aliases.is_empty()).then(|| Scope::of_item(self, data.def)).flatten();
            let types = scope.into_iter().flat_map(|scope| {
                let written = data.aliases.iter();
                written.map(|&(name, ty)| (name, settle.settle(scope.ty(ty)))).collect::<Vec<_>>()
            });
            let types = types.collect();
            Box::new(ImplDetail { bounds, types })
        })
    }
}

/// One trait.
#[derive(Debug, Default)]
pub struct TraitData {
    /// Its supertraits.
    pub supertraits: Vec<TraitRef>,
    /// Its functions and constants.
    pub members: FxHashMap<Name, Def>,
    /// Its associated types with their bounds.
    pub types: FxHashMap<Name, Vec<TraitRef>>,
}

/// Impls of one trait.
#[derive(Debug, Default)]
pub struct TraitImpls {
    by_shape: FxHashMap<Shape, Vec<u32>>,
    /// Impls for a parameter, `impl<T: …> Trait for T`.
    blanket: Vec<u32>,
}

/// All impls and traits.
#[derive(Debug, Default)]
pub struct Impls {
    all: Vec<ImplData>,
    /// By where they are.
    by_def: FxHashMap<Def, u32>,
    /// Inherent members by name, then shape: impl and member.
    inherent: FxHashMap<(Name, Shape), Vec<(u32, Def)>>,
    traits: FxHashMap<Def, TraitImpls>,
    trait_data: FxHashMap<Def, TraitData>,
    /// Traits that declare a member of a name.
    declaring: FxHashMap<Name, Vec<(Def, Def)>>,
}

impl Impls {
    /// Indexes all impls and traits of the world, whose names are resolved.
    pub fn new(world: &World) -> Self {
        let parts: Vec<_> = world.files.par_iter().map(|model| index_file(world, model)).collect();
        let count = parts.iter().map(|(impls, _)| impls.len()).sum();
        let mut impls = Self { all: Vec::with_capacity(count), ..Self::default() };
        for (file_impls, file_traits) in parts {
            for data in file_impls {
                impls.add(data);
            }
            for (def, data) in file_traits {
                for (&name, &member) in &data.members {
                    impls.declaring.entry(name).or_default().push((def, member));
                }
                impls.trait_data.insert(def, data);
            }
        }
        impls.declaring.values_mut().for_each(|traits| traits.sort_unstable());
        impls
    }

    fn add(&mut self, data: ImplData) {
        let at = self.all.len() as u32;
        let shape = Shape::of(data.self_ty);
        match (&data.trait_ref, shape) {
            (Some(of), Some(shape)) => {
                self.traits.entry(of.def).or_default().by_shape.entry(shape).or_default().push(at);
            }
            (Some(of), None) if matches!(data.self_ty.kind(), TyKind::Param(_)) => {
                self.traits.entry(of.def).or_default().blanket.push(at);
            }
            (None, Some(shape)) => {
                for &(name, member) in &*data.members {
                    self.inherent.entry((name, shape)).or_default().push((at, member));
                }
            }
            // For what is not known, nothing is known to be implemented.
            (_, None) => {}
        }
        self.by_def.insert(data.def, at);
        self.all.push(data);
    }

    /// Returns the impl at `def`; `None` for one whose trait is not known.
    pub fn of_def(&self, def: Def) -> Option<&ImplData> {
        self.by_def.get(&def).and_then(|&at| self.get(at))
    }

    /// Returns an impl by its number.
    pub fn get(&self, at: u32) -> Option<&ImplData> {
        self.all.get(at as usize)
    }

    /// Returns the inherent members called `name` of types of a shape.
    pub fn inherent(&self, name: Name, shape: Shape) -> &[(u32, Def)] {
        self.inherent.get(&(name, shape)).map_or(&[], Vec::as_slice)
    }

    /// Returns the traits that declare a member called `name`, with that member.
    pub fn declaring(&self, name: Name) -> &[(Def, Def)] {
        self.declaring.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Returns a trait's data.
    pub fn trait_data(&self, def: Def) -> Option<&TraitData> {
        self.trait_data.get(&def)
    }

    /// Iterates over the impls of a trait that may be for a type of this shape; blanket ones last.
    pub fn of_trait(&self, def: Def, shape: Option<Shape>) -> impl Iterator<Item = u32> + '_ {
        let impls = self.traits.get(&def);
        let by_shape = impls.zip(shape).and_then(|(impls, shape)| impls.by_shape.get(&shape));
        let blanket = impls.map(|impls| impls.blanket.as_slice());
        by_shape.map_or(&[][..], Vec::as_slice).iter().chain(blanket.unwrap_or(&[])).copied()
    }

    /// Iterates over all impls of a trait.
    pub fn all_of_trait(&self, def: Def) -> impl Iterator<Item = u32> + '_ {
        let impls = self.traits.get(&def);
        impls.into_iter().flat_map(|impls| impls.by_shape.values().flatten().chain(&impls.blanket)).copied()
    }

    /// Returns how many impls there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Tells whether there is no impl.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

type Members = FxHashMap<ItemId, Vec<ItemId>>;

fn index_file(world: &World, model: &FileModel) -> (Vec<ImplData>, Vec<(Def, TraitData)>) {
    let mut children: Members = FxHashMap::default();
    for (at, item) in model.items.iter().enumerate() {
        if let Parent::Item(parent) = item.parent {
            children.entry(parent).or_default().push(ItemId(at as u32));
        }
    }
    let (mut impls, mut traits) = (Vec::new(), Vec::new());
    for (at, item) in model.items.iter().enumerate() {
        let def = Def { file: model.file, item: ItemId(at as u32) };
        match item.kind {
            ItemKind::Impl { negative: false, .. } => impls.extend(index_impl(world, model, def, &children)),
            ItemKind::Trait { .. } => traits.extend(index_trait(world, model, def, &children).map(|data| (def, data))),
            _ => {}
        }
    }
    (impls, traits)
}

fn index_impl(world: &World, model: &FileModel, def: Def, children: &Members) -> Option<ImplData> {
    let item = world.item(def)?;
    let ItemKind::Impl { trait_path, .. } = item.kind else { return None };
    let scope = Scope::of_item(world, def)?;
    let self_ty = scope.self_ty?;
    let trait_ref = match trait_path {
        // An impl of a trait that is not known is for nothing that is.
        Some(path) => Some(scope.trait_ref(path, Some(self_ty))?),
        None => None,
    };
    let mut aliases: Vec<(Name, TypeId)> = Vec::new();
    let mut members: Vec<(Name, Def)> = Vec::new();
    for &child in children.get(&def.item).map_or(&[][..], Vec::as_slice) {
        let Some(item) = model.items.get(child.index()) else { continue };
        match item.kind {
            ItemKind::TypeAlias { ty: Some(ty), .. } => aliases.push((item.name, ty)),
            // Of several by cfg, the first counts; an impl is short.
            ItemKind::Fn(_) | ItemKind::Const { .. } if members.iter().all(|(known, _)| *known != item.name) => {
                members.push((item.name, Def { file: def.file, item: child }));
            }
            _ => {}
        }
    }
    let generics = world.generic_names(def).collect();
    let (aliases, members) = (aliases.into(), members.into());
    Some(ImplData { def, generics, self_ty, trait_ref, aliases, members, detail: OnceLock::new() })
}

fn index_trait(world: &World, model: &FileModel, def: Def, children: &Members) -> Option<TraitData> {
    let ItemKind::Trait { supertraits, .. } = world.item(def)?.kind else { return None };
    let scope = Scope::of_item(world, def)?;
    let own = Ty::intern(TyKind::Param(Name::SELF_TYPE));
    let args = world.own_trait_ref(def).map(|of| of.args).unwrap_or_default();
    let mut data = TraitData { supertraits: scope.bounds_on(own, model.list(supertraits)), ..TraitData::default() };
    for &child in children.get(&def.item).map_or(&[][..], Vec::as_slice) {
        let Some(item) = model.items.get(child.index()) else { continue };
        match item.kind {
            ItemKind::TypeAlias { bounds, .. } => {
                let ty = Ty::intern(TyKind::Assoc(own, Some(def), item.name, args));
                data.types.insert(item.name, scope.bounds_on(ty, model.list(bounds)));
            }
            ItemKind::Fn(_) | ItemKind::Const { .. } => {
                data.members.entry(item.name).or_insert(Def { file: def.file, item: child });
            }
            _ => {}
        }
    }
    // `where Self: Super` is a supertrait too.
    for (subject, bound) in world.bounds_of(def) {
        if matches!(subject.kind(), TyKind::Param(name) if *name == Name::SELF_TYPE) {
            data.supertraits.push(bound);
        }
    }
    Some(data)
}
