//! The index of impls and traits, by simplified type: the tables behind method probing and trait selection.

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::model::hir::{FileModel, ItemId, TypeId};
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::bounds::Bounds;
use crate::types::impl_header::{HeaderReader, ImplHeader, SelfTyKey};
use crate::types::lower_ty::Scope;
use crate::types::multimap::MultiMap;
use crate::types::traits::{TraitData, children, index_trait};
use crate::types::ty::{DefId, Float, Int, TraitRef, Ty, TyKind};
use crate::types::world::World;

/// The outermost constructor of a type, by which impls are found (rustc's fast reject).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SimplifiedType {
    /// An ADT.
    Adt(DefId),
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
    Tuple(u32),
    /// A `dyn` type, by its first trait.
    Dyn(DefId),
    /// Any other kind, by a letter.
    Other(char),
}

impl SimplifiedType {
    /// `[T]`.
    pub const SLICE: Self = Self::Other('[');
    /// `[T; N]`.
    pub const ARRAY: Self = Self::Other('a');
    /// `!`.
    pub const NEVER: Self = Self::Other('!');
    /// `fn(A) -> B`.
    pub const FN_PTR: Self = Self::Other('f');

    /// Simplifies a type; `None` for one without a constructor, such as a parameter.
    pub fn of(ty: Ty) -> Option<Self> {
        Some(match ty.kind() {
            TyKind::Adt(def, _) => Self::Adt(*def),
            TyKind::Int(int) => Self::Int(*int),
            TyKind::Float(float) => Self::Float(*float),
            TyKind::Ref(_, false) => Self::Ref,
            TyKind::Ref(_, true) => Self::RefMut,
            TyKind::Ptr(_, false) => Self::Ptr,
            TyKind::Ptr(_, true) => Self::PtrMut,
            TyKind::Tuple(parts) => Self::Tuple(parts.len() as u32),
            TyKind::Dyn(bounds) => Self::Dyn(bounds.first()?.def),
            TyKind::Bool => Self::Other('b'),
            TyKind::Char => Self::Other('c'),
            TyKind::Str => Self::Other('s'),
            TyKind::Slice(_) => Self::SLICE,
            TyKind::Array(..) => Self::ARRAY,
            TyKind::Never => Self::NEVER,
            TyKind::FnPtr(..) => Self::FN_PTR,
            _ => return None,
        })
    }
}

/// One impl.
#[derive(Debug)]
pub struct ImplData {
    /// Where it is.
    pub def: DefId,
    /// Its parameters; whether each is a constant.
    pub generics: Box<[(Name, bool)]>,
    /// What it is for.
    pub self_ty: Ty,
    /// The trait it implements.
    pub trait_ref: Option<TraitRef>,
    /// Its associated types as written.
    aliases: Box<[(Name, TypeId)]>,
    /// Its bounds and what its associated types mean: fewer ask for these than for what it is for.
    detail: OnceLock<Box<ImplDetail>>,
}

/// The bounds and associated types of an impl.
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
    /// Returns an impl by its number. It is lowered on the first call.
    pub fn impl_at(&self, at: u32) -> Option<&ImplData> {
        self.impls.all.get(at as usize)?.get(self)
    }

    /// Returns the impl at `def`; `None` for one whose trait is not known. O(log impls of the file).
    pub fn impl_of(&self, def: DefId) -> Option<&ImplData> {
        self.impls.slot(def)?.get(self)
    }

    /// Works out what an impl is for, and its parameters.
    pub(super) fn read_impl(&self, def: DefId) -> Option<ImplData> {
        let model = self.file(def.file)?;
        let ItemKind::Impl { trait_path, .. } = self.item(def)?.kind else { return None };
        let scope = Scope::of_item(self, def)?;
        let self_ty = scope.self_ty?;
        let trait_ref = match trait_path {
            // An impl of a trait that is not known is for nothing that is.
            Some(path) => Some(scope.trait_ref(path, Some(self_ty))?),
            None => None,
        };
        let aliases = children(model, def.item).filter_map(|(_, item)| match item.kind {
            ItemKind::TypeAlias { ty: Some(ty), .. } => Some((item.name, ty)),
            _ => None,
        });
        let (generics, aliases) = (self.generic_names(def).collect(), aliases.collect());
        Some(ImplData { def, generics, self_ty, trait_ref, aliases, detail: OnceLock::new() })
    }

    /// Returns the bounds and associated types of an impl. They are lowered on the first call.
    pub fn impl_detail<'w>(&'w self, data: &'w ImplData) -> &'w ImplDetail {
        data.detail.get_or_init(|| {
            let known = self.bounds_of(data.def);
            let own = data.trait_ref.as_ref().map(|of| (data.self_ty, of.def));
            let bounds_of = Bounds { known: &known, own, trait_data: &|of| self.impls.trait_data(of) };
            let bounds = known
                .iter()
                .map(|(ty, bound)| (bounds_of.qualify_assoc(*ty), bounds_of.qualify_assoc_trait(bound)))
                .collect();
            let scope = (!data.aliases.is_empty()).then(|| Scope::of_item(self, data.def)).flatten();
            let types = scope.into_iter().flat_map(|scope| {
                let written = data.aliases.iter();
                written.map(|&(name, ty)| (name, bounds_of.qualify_assoc(scope.ty(ty)))).collect::<Vec<_>>()
            });
            let types = types.collect();
            Box::new(ImplDetail { bounds, types })
        })
    }
}

/// An impl that is lowered on demand: most of std's and of dependencies' never are.
#[derive(Debug)]
struct Slot {
    def: DefId,
    data: OnceLock<Option<Box<ImplData>>>,
}

impl Slot {
    fn get(&self, world: &World) -> Option<&ImplData> {
        self.data.get_or_init(|| world.read_impl(self.def).map(Box::new)).as_deref()
    }
}

/// All impls and traits.
#[derive(Debug, Default)]
pub struct Impls {
    /// By where they are.
    all: Vec<Slot>,
    /// Where in `all` each file's begin.
    files: Vec<u32>,
    /// Inherent members by name and simplified self type: impl and member.
    inherent: MultiMap<(Name, SimplifiedType), (u32, DefId)>,
    /// Impls by trait and simplified self type; under `None` the blanket impls, `impl<T: …> Trait for T`.
    of_traits: MultiMap<(DefId, Option<SimplifiedType>), u32>,
    trait_data: FxHashMap<DefId, TraitData>,
    /// Impls by trait, whatever they are for.
    by_trait: OnceLock<FxHashMap<DefId, Vec<u32>>>,
    /// Traits that declare a member of a name.
    declaring: FxHashMap<Name, Vec<(DefId, DefId)>>,
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
        let heads = || parts.iter().flat_map(|part| &part.heads);
        let traits = || parts.iter().flat_map(|part| &part.traits);
        let (inherent, (of_traits, declaring)) =
            rayon::join(|| inherent(&parts), || rayon::join(|| of_traits(heads()), || declaring(traits())));
        let mut files = vec![0; world.files.len() + 1];
        for head in heads() {
            if let Some(count) = files.get_mut(head.def.file.0 as usize + 1) {
                *count += 1;
            }
        }
        let mut before = 0;
        for count in &mut files {
            before += *count;
            *count = before;
        }
        let mut all = Vec::with_capacity(before as usize);
        all.extend(heads().map(|head| Slot { def: head.def, data: OnceLock::new() }));
        let trait_data = parts.into_iter().flat_map(|part| part.traits).collect();
        Self { all, files, inherent, of_traits, trait_data, by_trait: OnceLock::new(), declaring }
    }

    fn slot(&self, def: DefId) -> Option<&Slot> {
        let file = def.file.0 as usize;
        let here = self.all.get(*self.files.get(file)? as usize..*self.files.get(file + 1)? as usize)?;
        here.get(here.binary_search_by_key(&def, |slot| slot.def).ok()?)
    }

    /// Returns what the impl at `def` is for, if that was worked out already.
    pub fn known_self(&self, def: DefId) -> Option<Ty> {
        Some(self.slot(def)?.data.get()?.as_ref()?.self_ty)
    }

    /// Returns where an impl is, without lowering it.
    pub fn def_at(&self, at: u32) -> Option<DefId> {
        self.all.get(at as usize).map(|slot| slot.def)
    }

    /// Returns the inherent members called `name` of types that simplify to `shape`.
    pub fn inherent(&self, name: Name, shape: SimplifiedType) -> &[(u32, DefId)] {
        self.inherent.get(&(name, shape))
    }

    /// Returns the traits that declare a member called `name`, with that member.
    pub fn declaring(&self, name: Name) -> &[(DefId, DefId)] {
        self.declaring.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Returns a trait's data.
    pub fn trait_data(&self, def: DefId) -> Option<&TraitData> {
        self.trait_data.get(&def)
    }

    /// Iterates over the impls of a trait that may apply to a type that simplifies to `shape`; blanket impls come last.
    pub fn of_trait(&self, def: DefId, shape: Option<SimplifiedType>) -> impl Iterator<Item = u32> + '_ {
        let by_shape = shape.map_or(&[][..], |shape| self.of_traits.get(&(def, Some(shape))));
        by_shape.iter().chain(self.of_traits.get(&(def, None))).copied()
    }

    /// Returns all impls of a trait; the first call sorts the impls of the world.
    pub fn all_of_trait(&self, def: DefId) -> &[u32] {
        let by_trait = self.by_trait.get_or_init(|| {
            let mut by_trait: FxHashMap<DefId, Vec<u32>> = FxHashMap::default();
            for ((of, _), impls) in self.of_traits.iter() {
                by_trait.entry(*of).or_default().extend_from_slice(impls);
            }
            for impls in by_trait.values_mut() {
                impls.sort_unstable();
            }
            by_trait
        });
        by_trait.get(&def).map_or(&[], Vec::as_slice)
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

/// What was found among some items.
#[derive(Default)]
struct Part {
    heads: Vec<ImplHeader>,
    /// Inherent members by name and simplified self type: the impl's place in `heads`, and the member.
    members: Vec<((Name, SimplifiedType), (u32, DefId))>,
    traits: Vec<(DefId, TraitData)>,
}

impl Part {
    /// Adds the functions and constants of the inherent impl that was added last.
    fn add_members(&mut self, model: &FileModel, def: DefId, shape: SimplifiedType) {
        let at = self.heads.len() as u32 - 1;
        let from = self.members.len();
        for (child, item) in children(model, def.item) {
            let known = self.members.get(from..).unwrap_or_default();
            // Of several by cfg, the first counts; an impl is short.
            if matches!(item.kind, ItemKind::Fn(_) | ItemKind::Const { .. })
                && known.iter().all(|((name, _), _)| *name != item.name)
            {
                self.members.push(((item.name, shape), (at, DefId { file: def.file, item: child })));
            }
        }
    }
}

/// Inherent members by name and simplified self type.
fn inherent(parts: &[Part]) -> MultiMap<(Name, SimplifiedType), (u32, DefId)> {
    let before = parts.iter().scan(0, |next, part| {
        let here = *next;
        *next += part.heads.len() as u32;
        Some(here)
    });
    MultiMap::new(
        parts.iter().zip(before).flat_map(|(part, before)| {
            part.members.iter().map(move |&(key, (at, member))| (key, (before + at, member)))
        }),
    )
}

/// Impls of traits; for what is not known, nothing is known to be implemented.
fn of_traits<'p>(
    heads: impl Iterator<Item = &'p ImplHeader> + Clone,
) -> MultiMap<(DefId, Option<SimplifiedType>), u32> {
    MultiMap::new((0..).zip(heads).filter_map(|(at, head)| {
        let shape = match head.subject {
            SelfTyKey::SimplifiedType(shape) => Some(shape),
            SelfTyKey::Any => None,
            SelfTyKey::Nothing => return None,
        };
        Some(((head.of?, shape), at))
    }))
}

/// Traits by the names of their members.
fn declaring<'p>(traits: impl Iterator<Item = &'p (DefId, TraitData)>) -> FxHashMap<Name, Vec<(DefId, DefId)>> {
    let mut declaring: FxHashMap<Name, Vec<(DefId, DefId)>> = FxHashMap::default();
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
fn index_items(world: &World, model: &FileModel, from: usize) -> Part {
    let mut part = Part::default();
    let mut glance = HeaderReader::new(world, model);
    for (at, item) in model.items.iter().enumerate().skip(from).take(ITEMS) {
        let def = DefId { file: model.file, item: ItemId(at as u32) };
        match item.kind {
            ItemKind::Impl { negative: false, .. } => {
                let Some(head) = glance.head(def) else { continue };
                let inherent = head.of.is_none();
                let subject = head.subject;
                part.heads.push(head);
                if let (true, SelfTyKey::SimplifiedType(shape)) = (inherent, subject) {
                    part.add_members(model, def, shape);
                }
            }
            ItemKind::Trait { .. } => part.traits.extend(index_trait(world, model, def).map(|data| (def, data))),
            _ => {}
        }
    }
    part
}
