//! What runs of the program when a value of a type is dropped.

use rustc_hash::{FxHashMap, FxHashSet};

use super::index::CallIndex;
use crate::types::subst::Subst;
use crate::types::ty::{DefId, Ty, TyKind};
use crate::types::world::World;

/// Types within types that are looked into.
const DEPTH: u32 = 12;
/// Types that are looked at for one.
const MOST: usize = 256;

/// The `drop`s that run with the values of each type, each worked out once.
#[derive(Debug, Default)]
pub(super) struct Drops {
    known: FxHashMap<Ty, Vec<DefId>>,
}

impl Drops {
    /// Returns the `drop`s that run when a value of type `ty` goes.
    pub(super) fn of(&mut self, world: &World, index: &CallIndex, ty: Ty) -> &[DefId] {
        if !index.has_drops() {
            return &[];
        }
        self.known.entry(ty).or_insert_with(|| {
            let mut search = Search { world, index, seen: FxHashSet::default(), found: Vec::new() };
            search.within(ty, DEPTH);
            search.found.sort_unstable();
            search.found.dedup();
            search.found
        })
    }
}

struct Search<'a> {
    world: &'a World,
    index: &'a CallIndex,
    seen: FxHashSet<Ty>,
    found: Vec<DefId>,
}

impl Search<'_> {
    fn within(&mut self, ty: Ty, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match ty.kind() {
            TyKind::Adt(..) | TyKind::Dyn(_) | TyKind::Tuple(_) | TyKind::Array(..) | TyKind::Slice(_) => {}
            _ => return,
        }
        if self.seen.len() >= MOST || !self.seen.insert(ty) {
            return;
        }
        match ty.kind() {
            TyKind::Adt(def, args) => {
                self.found.extend(self.index.drop_of(*def));
                args.iter().for_each(|&arg| self.within(arg, depth));
                if self.index.is_scanned(*def) {
                    self.fields(*def, args, depth);
                }
            }
            TyKind::Tuple(parts) => parts.iter().for_each(|&part| self.within(part, depth)),
            TyKind::Array(inner, _) | TyKind::Slice(inner) => self.within(*inner, depth),
            // Whatever implements the trait.
            TyKind::Dyn(bounds) => {
                for bound in bounds {
                    for one in self.index.impls(bound.def) {
                        if let Some(data) = self.world.impl_of(one.def) {
                            self.within(data.self_ty, depth);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn fields(&mut self, def: DefId, args: &[Ty], depth: u32) {
        let Some(adt) = self.world.adt(def) else { return };
        let subst = Subst(adt.generics.iter().map(|&(name, _)| name).zip(args.iter().copied()).collect());
        for (_, field) in adt.variants.iter().flat_map(|variant| &variant.fields) {
            self.within(subst.apply(*field), depth);
        }
    }
}
