//! Lowers `use` trees and `extern crate` into single imports.

use super::pat::name_of;
use super::{InText, Lower};
use crate::model::hir::{Anchor, ImportId, ItemId, List, Segment};
use crate::model::item::{Import, ItemKind};
use crate::model::name::Name;
use crate::syntax::{Edition, Node, SyntaxKind as K};

impl Lower<'_> {
    pub(super) fn imports(&mut self, source: &InText<'_>, node: Node<'_>) -> List<ImportId> {
        let mut ids = Vec::new();
        if let Some(tree) = node.child(K::USE_TREE) {
            let anchor = if self.cx.edition == Edition::Edition2015 { Anchor::Root } else { Anchor::Plain };
            self.use_tree(source, tree, (anchor, &[]), &mut ids);
        }
        self.out.add_list(&ids)
    }

    fn use_tree(
        &mut self,
        source: &InText<'_>,
        node: Node<'_>,
        (mut anchor, prefix): (Anchor, &[Segment]),
        ids: &mut Vec<ImportId>,
    ) {
        let mut segments = prefix.to_vec();
        if let Some(written) = node.child(K::PATH) {
            let id = self.path(source, written);
            if let Some(written) = self.out.path(id) {
                anchor = match (anchor, written.anchor) {
                    (Anchor::Plain | Anchor::Root | Anchor::SelfModule, within)
                        if segments.is_empty() && within != Anchor::Plain =>
                    {
                        within
                    }
                    // `super::{super::ops::*}`.
                    (Anchor::Super(outer), Anchor::Super(inner)) if segments.is_empty() => {
                        Anchor::Super(outer.saturating_add(inner))
                    }
                    (outer, _) => outer,
                };
                segments.extend_from_slice(written.segments);
            }
        } else if node.has(K::COLON2) && segments.is_empty() {
            anchor = self.global();
        }
        if let Some(list) = node.child(K::USE_TREE_LIST) {
            for tree in list.nodes().filter(|n| n.kind() == K::USE_TREE) {
                self.use_tree(source, tree, (anchor, &segments), ids);
            }
            return;
        }
        let name = if node.has(K::STAR) { None } else { Some(import_name(source, node, &mut segments)) };
        let path = self.out.add_path(anchor, segments);
        ids.push(ImportId(self.out.imports.len() as u32));
        self.out.imports.push(Import { path, name });
    }

    pub(super) fn extern_crate(&mut self, source: &InText<'_>, node: Node<'_>, id: ItemId) -> ItemKind {
        let krate = name_of(source, node);
        let alias = node.child(K::RENAME).map_or(krate, |rename| name_of(source, rename));
        if let Some(item) = self.out.items.get_mut(id.index()) {
            item.name = alias;
        }
        ItemKind::ExternCrate { krate }
    }
}

/// Returns the name an import gets; `use a::{self}` imports `a`.
fn import_name(source: &InText<'_>, node: Node<'_>, segments: &mut Vec<Segment>) -> Name {
    if segments.last().is_some_and(|last| last.name == Name::SELF_VALUE) {
        segments.pop();
    }
    let last = segments.last().map_or(Name::MISSING, |last| last.name);
    match node.child(K::RENAME) {
        Some(rename) if rename.has(K::UNDERSCORE) => Name::UNDERSCORE,
        Some(rename) => name_of(source, rename),
        None => last,
    }
}
