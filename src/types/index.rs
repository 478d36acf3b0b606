//! Impls and traits of the world, found by what they are for: the tables behind method look-up and trait selection.

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::model::hir::{FileModel, ItemId, TypeId};
use crate::model::item::{Item, ItemKind, Parent};
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
    /// By where they are.
    all: Vec<ImplData>,
    /// Where in `all` each file's begin.
    files: Vec<u32>,
    /// Inherent members by name, then shape: impl and member.
    inherent: FxHashMap<(Name, Shape), Vec<(u32, Def)>>,
    traits: FxHashMap<Def, TraitImpls>,
    trait_data: FxHashMap<Def, TraitData>,
    /// Traits that declare a member of a name.
    declaring: FxHashMap<Name, Vec<(Def, Def)>>,
}

/// Items that are indexed at once: half of std is one file.
const ITEMS: usize = 1024;

impl Impls {
    /// Indexes all impls and traits of the world, whose names are resolved.
    pub fn new(world: &World) -> Self {
        let of_file = |model: &'_ FileModel| (0..model.items.len()).step_by(ITEMS);
        let tasks: Vec<(&FileModel, usize)> =
            world.files.iter().flat_map(|model| of_file(model).map(move |from| (model, from))).collect();
        let parts: Vec<_> =
            tasks.par_iter().with_max_len(4).map(|&(model, from)| index_items(world, model, from)).collect();
        let (impls, traits): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let mut all: Vec<ImplData> = Vec::with_capacity(impls.iter().map(Vec::len).sum());
        all.extend(impls.into_iter().flatten());
        let traits: Vec<(Def, TraitData)> = traits.into_iter().flatten().collect();
        let (inherent, (by_trait, declaring)) =
            rayon::join(|| inherent(&all), || rayon::join(|| by_trait(&all), || declaring(&traits)));
        let mut files = vec![0; world.files.len() + 1];
        for data in &all {
            if let Some(count) = files.get_mut(data.def.file.0 as usize + 1) {
                *count += 1;
            }
        }
        let mut before = 0;
        for count in &mut files {
            before += *count;
            *count = before;
        }
        Self { all, files, inherent, traits: by_trait, trait_data: traits.into_iter().collect(), declaring }
    }

    /// Returns the impl at `def`; `None` for one whose trait is not known. O(log impls of the file).
    pub fn of_def(&self, def: Def) -> Option<&ImplData> {
        let file = def.file.0 as usize;
        let here = self.all.get(*self.files.get(file)? as usize..*self.files.get(file + 1)? as usize)?;
        here.get(here.binary_search_by_key(&def, |data| data.def).ok()?)
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

    /// Returns how many impls there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Tells whether there is no impl.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// Inherent members by name, then shape.
fn inherent(all: &[ImplData]) -> FxHashMap<(Name, Shape), Vec<(u32, Def)>> {
    let mut inherent: FxHashMap<(Name, Shape), Vec<(u32, Def)>> = FxHashMap::default();
    for (at, data) in (0..).zip(all) {
        if let (None, Some(shape)) = (&data.trait_ref, Shape::of(data.self_ty)) {
            for &(name, member) in &data.members {
                inherent.entry((name, shape)).or_default().push((at, member));
            }
        }
    }
    inherent
}

/// Impls of traits; for what is not known, nothing is known to be implemented.
fn by_trait(all: &[ImplData]) -> FxHashMap<Def, TraitImpls> {
    let mut traits: FxHashMap<Def, TraitImpls> = FxHashMap::default();
    for (at, data) in (0..).zip(all) {
        let Some(of) = &data.trait_ref else { continue };
        match Shape::of(data.self_ty) {
            Some(shape) => traits.entry(of.def).or_default().by_shape.entry(shape).or_default().push(at),
            None if matches!(data.self_ty.kind(), TyKind::Param(_)) => {
                traits.entry(of.def).or_default().blanket.push(at);
            }
            None => {}
        }
    }
    traits
}

/// Traits by the names of their members.
fn declaring(traits: &[(Def, TraitData)]) -> FxHashMap<Name, Vec<(Def, Def)>> {
    let mut declaring: FxHashMap<Name, Vec<(Def, Def)>> = FxHashMap::default();
    for (def, data) in traits {
        for (&name, &member) in &data.members {
            declaring.entry(name).or_default().push((*def, member));
        }
    }
    for traits in declaring.values_mut() {
        traits.sort_unstable();
    }
    declaring
}

/// Indexes the impls and traits among `ITEMS` items.
fn index_items(world: &World, model: &FileModel, from: usize) -> (Vec<ImplData>, Vec<(Def, TraitData)>) {
    let (mut impls, mut traits) = (Vec::new(), Vec::new());
    for (at, item) in model.items.iter().enumerate().skip(from).take(ITEMS) {
        let def = Def { file: model.file, item: ItemId(at as u32) };
        match item.kind {
            ItemKind::Impl { negative: false, .. } => impls.extend(index_impl(world, model, def)),
            ItemKind::Trait { .. } => traits.extend(index_trait(world, model, def).map(|data| (def, data))),
            _ => {}
        }
    }
    (impls, traits)
}

/// What stands directly in an impl or trait: all that it holds comes right after it.
fn children(model: &FileModel, above: ItemId) -> impl Iterator<Item = (ItemId, &Item)> {
    let after = (above.0 + 1..).map(ItemId).zip(model.items.iter().skip(above.index() + 1));
    let within = after.take_while(move |(_, item)| match item.parent {
        Parent::File => false,
        Parent::Item(parent) | Parent::Block(_, parent) => parent >= above,
    });
    within.filter(move |(_, item)| item.parent == Parent::Item(above))
}

fn index_impl(world: &World, model: &FileModel, def: Def) -> Option<ImplData> {
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
    for (child, item) in children(model, def.item) {
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

fn index_trait(world: &World, model: &FileModel, def: Def) -> Option<TraitData> {
    let ItemKind::Trait { supertraits, .. } = world.item(def)?.kind else { return None };
    let scope = Scope::of_item(world, def)?;
    let own = Ty::intern(TyKind::Param(Name::SELF_TYPE));
    let args = world.own_trait_ref(def).map(|of| of.args).unwrap_or_default();
    let mut data = TraitData { supertraits: scope.bounds_on(own, model.list(supertraits)), ..TraitData::default() };
    for (child, item) in children(model, def.item) {
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
