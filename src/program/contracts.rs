//! What the unsafe functions of the scanned files ask of their callers: read from their documentation, before any body is checked.

use rustc_hash::FxHashMap;

use super::lowered::Lowered;
use crate::checks::contract::{Asked, section, spoken};
use crate::model::hir::{ExprStore, ItemId};
use crate::model::item::{ItemKind, Parent};
use crate::source::Span;
use crate::types::ty::DefId;
use crate::types::world::World;

/// By function.
pub(super) type AskedOf = FxHashMap<DefId, Asked>;

/// Reads the documentation of all unsafe functions of the files that `code` is of. O(items + bytes of those functions' heads).
pub(super) fn asked(lowered: &[Lowered], code: &[ExprStore], world: &World) -> AskedOf {
    let mut all = AskedOf::default();
    for (one, code) in lowered.iter().zip(code) {
        let Some(model) = world.file(one.source.id) else { continue };
        for (at, item) in model.items.iter().enumerate() {
            let ItemKind::Fn(function) = item.kind else { continue };
            let is_unsafe = model.functions.get(function.index()).is_some_and(|function| function.is_unsafe);
            // What foreign code asks is not written where it is declared.
            let foreign = matches!(item.parent, Parent::Item(parent)
                if model.items.get(parent.index()).is_some_and(|it| matches!(it.kind, ItemKind::ExternBlock)));
            if !is_unsafe || foreign {
                continue;
            }
            let head = code.items.get(at).map_or("", |&(whole, name)| text(one, Span { end: name.start, ..whole }));
            let said = section(head);
            let duties = said.as_deref().map(spoken).unwrap_or_default();
            let def = DefId { file: one.source.id, item: ItemId(at as u32) };
            all.insert(def, Asked { duties, documented: said.is_some() });
        }
    }
    all
}

fn text(one: &Lowered, span: Span) -> &str {
    if span.file != one.source.id {
        return "";
    }
    one.source.text.get(span.start as usize..span.end as usize).unwrap_or("")
}
