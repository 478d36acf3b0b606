//! Which functions others enter the program at, as the functions themselves and what encloses them say.

use super::index::CallIndex;
use super::written::{Imports, Written, names};
use crate::facts::entries::{EntryKind, of_attribute, of_trait};
use crate::model::hir::{FileModel, ItemId};
use crate::model::item::{ItemKind, Parent};
use crate::model::name::Name;
use crate::source::FileContext;
use crate::types::ty::DefId;
use crate::types::world::World;

/// Contexts of code that no user of the product enters.
const NOT_PRODUCT: [&str; 6] = ["test", "bench", "example", "build-script", "verification", "proc-macro"];

/// What is asked about functions.
pub(super) struct Entries<'a> {
    pub(super) world: &'a World,
    pub(super) index: &'a CallIndex,
    pub(super) model: &'a FileModel,
    pub(super) imports: &'a Imports,
    pub(super) file: FileContext,
}

impl Entries<'_> {
    /// Returns who enters the program at a function, whose contexts are given.
    pub(super) fn of(&self, item: ItemId, context: &[&'static str]) -> Vec<EntryKind> {
        let mut found = Vec::new();
        if context.iter().any(|word| NOT_PRODUCT.contains(word)) {
            return found;
        }
        for (word, kind) in [("main", EntryKind::Main), ("ffi-export", EntryKind::FfiExport), ("drop", EntryKind::Drop)]
        {
            if context.contains(&word) {
                found.push(kind);
            }
        }
        let Some(declared) = self.model.items.get(item.index()) else { return found };
        found.extend(self.by_attribute(item));
        found.extend(self.is_panic_free(item).then_some(EntryKind::PanicFree));
        if let Parent::Item(above) = declared.parent {
            found.extend(self.by_attribute(above));
            found.extend(self.by_trait(above));
        }
        let is_library = matches!(self.file, FileContext::Lib);
        if is_library && self.index.visible.is_seen(self.world, DefId { file: self.model.file, item }) {
            found.push(EntryKind::Public);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether a function promises to have no panic in reach.
    fn is_panic_free(&self, item: ItemId) -> bool {
        self.attributes(item).any(|path| path.rsplit("::").next() == Some("panic_free"))
    }

    fn attributes(&self, item: ItemId) -> impl Iterator<Item = &str> {
        let all = &self.model.attributes;
        let from = all.partition_point(|&(of, _)| of < item);
        all.get(from..).unwrap_or(&[]).iter().take_while(move |&&(of, _)| of == item).map(|(_, path)| &**path)
    }

    fn by_attribute(&self, item: ItemId) -> Option<EntryKind> {
        self.attributes(item).find_map(|path| {
            let names: Vec<Name> = path.split("::").filter(|name| !name.is_empty()).map(Name::new).collect();
            if path == "panic_handler" {
                return Some(EntryKind::PanicHook);
            }
            if let Some(Written { krate, name, .. }) = self.imports.resolve(&names) {
                return of_attribute(krate.as_str(), name.as_str());
            }
            // It comes with all macros of some crate.
            let mut crates = self.imports.globs.iter();
            crates.find_map(|krate| of_attribute(krate.as_str(), path))
        })
    }

    fn by_trait(&self, above: ItemId) -> Option<EntryKind> {
        let ItemKind::Impl { trait_path: Some(path), .. } = self.model.items.get(above.index())?.kind else {
            return None;
        };
        let world = self.world;
        let known = world.impl_of(DefId { file: self.model.file, item: above });
        if let Some(of) = known.and_then(|data| data.trait_ref.as_ref()) {
            if self.index.is_scanned(of.def) {
                return None;
            }
            let krate = world.crate_of(of.def.file)?.name;
            return Some(of_trait(krate.as_str(), world.name_of(of.def).as_str()).unwrap_or(EntryKind::StdCall));
        }
        let Written { krate, name, .. } = self.imports.resolve(&names(self.model.path(path)?)?)?;
        Some(of_trait(krate.as_str(), name.as_str()).unwrap_or(EntryKind::StdCall))
    }
}
