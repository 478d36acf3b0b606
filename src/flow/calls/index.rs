//! What the collector asks about the whole program: the impls of the scanned files by trait, their `Drop`s, who sees what.

use rustc_hash::{FxHashMap, FxHashSet};

use super::visible::Visible;
use crate::model::hir::ItemId;
use crate::model::item::{ItemKind, Parent};
use crate::model::name::Name;
use crate::source::FileId;
use crate::types::index::SimplifiedType;
use crate::types::ty::{DefId, Ty};
use crate::types::world::World;

/// Supertraits above each other that are followed.
const DEPTH: u32 = 8;

/// An impl of a trait in a scanned file.
#[derive(Debug)]
pub(super) struct LocalImpl {
    /// Where it is.
    pub(super) def: DefId,
    /// What it is for; `None` for a blanket impl.
    pub(super) shape: Option<SimplifiedType>,
    /// What the trait's arguments are.
    pub(super) args: Vec<Ty>,
    /// Its functions.
    pub(super) functions: Vec<(Name, DefId)>,
}

/// The impls of the scanned files, and who sees their items. Made once, then only read.
#[derive(Debug, Default)]
pub struct CallIndex {
    /// The files below are scanned.
    asked: u32,
    by_trait: FxHashMap<DefId, Vec<LocalImpl>>,
    /// The `drop` of each type that has one.
    drops: FxHashMap<DefId, DefId>,
    pub(super) visible: Visible,
    /// The crates that some scanned file takes all macros of.
    pub(super) macro_crates: Vec<Name>,
}

impl CallIndex {
    /// Indexes the first `asked` files of the world. O(their items).
    pub fn new(world: &World, asked: usize) -> Self {
        let mut index = Self { asked: asked as u32, visible: Visible::new(world, asked), ..Self::default() };
        for file in (0..asked as u32).map(FileId) {
            index.add(world, file);
        }
        index
    }

    fn add(&mut self, world: &World, file: FileId) {
        let mut functions: FxHashMap<ItemId, Vec<(Name, DefId)>> = FxHashMap::default();
        for (def, item) in world.items_of(file) {
            if let (ItemKind::Fn(_), Parent::Item(above)) = (item.kind, item.parent) {
                functions.entry(above).or_default().push((item.name, def));
            }
            if let ItemKind::ExternCrate { krate } = item.kind {
                self.macro_crates.push(krate);
            }
        }
        for (def, item) in world.items_of(file) {
            let ItemKind::Impl { trait_path: Some(_), negative: false, .. } = item.kind else { continue };
            let Some(data) = world.impl_of(def) else { continue };
            let Some(of) = &data.trait_ref else { continue };
            let functions = functions.remove(&def.item).unwrap_or_default();
            let shape = SimplifiedType::of(data.self_ty);
            if world.is_std(of.def, Name::DROP)
                && let (Some(SimplifiedType::Adt(adt)), Some(&(_, drop))) = (shape, functions.first())
            {
                self.drops.insert(adt, drop);
            }
            let args = of.args.to_vec();
            self.by_trait.entry(of.def).or_default().push(LocalImpl { def, shape, args, functions });
        }
    }

    /// Whether the code of an item is looked at.
    pub(super) fn is_scanned(&self, def: DefId) -> bool {
        def.file.0 < self.asked
    }

    /// The impls of a trait.
    pub(super) fn impls(&self, of: DefId) -> &[LocalImpl] {
        self.by_trait.get(&of).map_or(&[], Vec::as_slice)
    }

    /// The function that runs when a value of an ADT is dropped, before its fields are.
    pub(super) fn drop_of(&self, adt: DefId) -> Option<DefId> {
        self.drops.get(&adt).copied()
    }

    /// Whether any type has a `drop` of its own.
    pub(super) fn has_drops(&self) -> bool {
        !self.drops.is_empty()
    }

    /// A trait and those above it, of which the scanned files have impls.
    pub(super) fn with_supertraits(&self, world: &World, of: DefId) -> Vec<DefId> {
        let (mut found, mut seen) = (Vec::new(), FxHashSet::default());
        self.add_supertraits(world, of, DEPTH, &mut seen, &mut found);
        found
    }

    fn add_supertraits(
        &self,
        world: &World,
        of: DefId,
        depth: u32,
        seen: &mut FxHashSet<DefId>,
        found: &mut Vec<DefId>,
    ) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if !seen.insert(of) {
            return;
        }
        if self.by_trait.contains_key(&of) {
            found.push(of);
        }
        for above in world.impls.trait_data(of).map_or(&[][..], |data| &data.supertraits) {
            self.add_supertraits(world, above.def, depth, seen, found);
        }
    }
}
