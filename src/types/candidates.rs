//! Which functions a call may run that types alone do not decide: class-hierarchy analysis over the impls of the world.

use smallvec::SmallVec;

use crate::model::item::ItemKind;
use crate::types::traits::children;
use crate::types::ty::DefId;
use crate::types::typed_body::{CallKind, CallTarget};
use crate::types::world::World;

impl World {
    /// Returns the functions that a call may run: its own where it is static, else the trait's methods of that name in all impls,
    /// and the trait's default where it has a body. Empty for what has no definition: pointers and closures.
    /// O(impls of the trait and their members).
    pub fn candidates(&self, target: &CallTarget) -> SmallVec<[DefId; 4]> {
        let Some(def) = target.def else { return SmallVec::new() };
        if !matches!(target.kind, CallKind::Trait | CallKind::Dyn) {
            return SmallVec::from_slice(&[def]);
        }
        let name = self.name_of(def);
        let of = self.container(def);
        let impls = of.map(|of| self.impls.all_of_trait(of)).unwrap_or_default();
        let mut found: SmallVec<[DefId; 4]> = impls.iter().filter_map(|&at| self.member_of_impl(at, name)).collect();
        if self.function(def).is_some_and(|function| function.body.is_some()) {
            found.push(def);
        }
        found
    }

    /// Returns the function called `name` of an impl.
    pub(super) fn member_of_impl(&self, at: u32, name: crate::model::name::Name) -> Option<DefId> {
        let data = self.impl_at(at)?;
        let mut members = children(self.file(data.def.file)?, data.def.item);
        let (item, _) = members.find(|(_, item)| item.name == name && matches!(item.kind, ItemKind::Fn(_)))?;
        Some(DefId { file: data.def.file, item })
    }
}
