//! What a function without sources at hand may call of the program: the impls of the traits that it asks of what it is given.

use rustc_hash::FxHashMap;

use super::index::{CallIndex, LocalImpl};
use crate::model::name::Name;
use crate::types::index::SimplifiedType;
use crate::types::subst::Subst;
use crate::types::ty::{DefId, Ty, TyKind, Tys};
use crate::types::world::World;

/// Types within types that are looked into.
const DEPTH: u32 = 8;

/// The functions of the program that others' functions call, each question answered once.
#[derive(Debug, Default)]
pub(super) struct External {
    calls: FxHashMap<(DefId, Tys), Vec<DefId>>,
    traits: FxHashMap<DefId, Vec<DefId>>,
}

impl External {
    /// Returns the functions of the program that `def` may call, whose generic arguments are `args`.
    pub(super) fn called_by(&mut self, world: &World, index: &CallIndex, def: DefId, args: Tys) -> &[DefId] {
        if !self.calls.contains_key(&(def, args)) {
            let found = self.find(world, index, def, args);
            self.calls.insert((def, args), found);
        }
        self.calls.get(&(def, args)).map_or(&[], Vec::as_slice)
    }

    fn find(&mut self, world: &World, index: &CallIndex, def: DefId, args: Tys) -> Vec<DefId> {
        let mut found = Vec::new();
        let Some(sig) = world.fn_sig(def) else { return found };
        let subst = Subst(sig.generics.iter().map(|&(name, _)| name).zip(args.iter().copied()).collect());
        for (subject, bound) in &sig.bounds {
            if world.lang.markers.contains(&bound.def) {
                continue;
            }
            for of in self.supertraits(world, index, bound.def).to_vec() {
                let given: Vec<Ty> = bound.args.iter().map(|&arg| subst.apply(arg)).collect();
                Uses { world, index, of, args: &given, found: &mut found }.of_type(subst.apply(*subject), DEPTH);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn supertraits(&mut self, world: &World, index: &CallIndex, of: DefId) -> &[DefId] {
        self.traits.entry(of).or_insert_with(|| index.with_supertraits(world, of))
    }

    /// Returns the functions of the program that run where a trait of std is used of a value of type `ty`.
    pub(super) fn used(&mut self, world: &World, index: &CallIndex, ty: Ty, of: DefId) -> Vec<DefId> {
        let mut found = Vec::new();
        for of in self.supertraits(world, index, of).to_vec() {
            Uses { world, index, of, args: &[], found: &mut found }.of_type(ty, DEPTH);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The functions of the impls by which a type, and what it is made of, implements a trait.
struct Uses<'a> {
    world: &'a World,
    index: &'a CallIndex,
    of: DefId,
    /// The trait's arguments for the outermost type; none where they are not looked at.
    args: &'a [Ty],
    found: &'a mut Vec<DefId>,
}

impl Uses<'_> {
    fn of_type(&mut self, ty: Ty, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match ty.kind() {
            // Whatever the caller takes it for: each impl in sight.
            TyKind::Param(_) | TyKind::Opaque(_) | TyKind::Projection(..) | TyKind::Dyn(_) => self.add(|_| true),
            TyKind::Adt(def, args) => {
                let shape = SimplifiedType::Adt(*def);
                self.add(|one| one.shape.is_none_or(|known| known == shape));
                args.iter().for_each(|&arg| self.of_type(arg, depth));
                self.of_fields(*def, args, depth);
            }
            TyKind::Ref(inner, _) | TyKind::Slice(inner) | TyKind::Array(inner, _) => {
                let shape = SimplifiedType::of(ty);
                self.add(|one| one.shape.is_none() || one.shape == shape);
                self.of_type(*inner, depth);
            }
            TyKind::Tuple(parts) => {
                self.args = &[];
                parts.iter().for_each(|&part| self.of_type(part, depth));
            }
            TyKind::Unknown | TyKind::Infer(..) | TyKind::Never => {}
            _ => {
                let shape = SimplifiedType::of(ty);
                self.add(|one| one.shape.is_none() || one.shape == shape);
            }
        }
    }

    /// A derived impl uses those of the fields.
    fn of_fields(&mut self, def: DefId, args: &[Ty], depth: u32) {
        let derives = self.world.item(def).map(|item| item.attrs.derives).unwrap_or_default();
        if !self.index.is_scanned(def) || !derives.has(self.world.name_of(self.of)) {
            return;
        }
        let Some(adt) = self.world.adt(def) else { return };
        let subst = Subst(adt.generics.iter().map(|&(name, _)| name).zip(args.iter().copied()).collect());
        for (_, field) in adt.variants.iter().flat_map(|variant| &variant.fields) {
            self.of_type(subst.apply(*field), depth);
        }
    }

    fn add(&mut self, fits: impl Fn(&LocalImpl) -> bool) {
        // What the type is made of has arguments of its own.
        let args = std::mem::take(&mut self.args);
        for one in self.index.impls(self.of).iter().filter(|one| fits(one)) {
            let mut pairs = one.args.iter().zip(args);
            if pairs.all(|(&declared, &given)| may_be(declared, given)) {
                self.found.extend(one.functions.iter().map(|&(_, def)| def));
            }
        }
    }
}

/// Whether a trait's argument, as an impl declares it, may be what is wanted.
pub(super) fn may_be(declared: Ty, given: Ty) -> bool {
    match (SimplifiedType::of(declared), SimplifiedType::of(given)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

/// The trait of std at a path, such as `["fmt", "Display"]`.
pub(super) fn std_trait(world: &World, path: [&str; 2]) -> Option<DefId> {
    world.std_item(&path.map(Name::new))
}
