//! `unsafe impl`: a promise about a type that nothing checks.

use crate::checks::{BodyCx, Check, SiteBuilder, Sites, item_head};
use crate::model::hir::ItemId;
use crate::model::item::ItemKind;

pub const CHECK: Check = Check { rule: "unsafe-impl", looks_at: &[], named: None, run: |_, _, _| {}, item: Some(item) };

fn item(cx: &BodyCx<'_>, id: ItemId, sites: &mut Sites<'_>) {
    let Some(item) = cx.model.items.get(id.index()) else { return };
    if let ItemKind::Impl { is_unsafe: true, trait_path: Some(path), .. } = item.kind {
        let name = cx.model.path(path).and_then(|path| path.segments.last()).map_or("", |last| last.name.as_str());
        sites.report_item(id, item_head(cx, id), SiteBuilder::possible("unsafe-impl").detail(name));
    }
}
