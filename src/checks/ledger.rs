//! How operations come into the ledger: a draft becomes an entry with function, context and cfg, one a place and kind.

use std::borrow::Cow;
use std::collections::hash_map::Entry;

use super::body_cx::BodyCx;
use super::contract::Draft;
use super::sites::{Place, SiteBuilder, Sites};
use crate::finding::{Operation, Standing, Verdict};
use crate::model::hir::{CfgId, ExprId, ItemId};
use crate::source::Span;

impl Sites<'_> {
    /// Enters the expression `id` in the ledger.
    pub fn record(&mut self, cx: &BodyCx<'_>, id: ExprId, draft: Draft) {
        let place = Place { span: self.code.span(id), cfg: self.cfg_of(cx, id), made_by: self.code.made_by(id) };
        self.enter(cx.body().owner, place, draft);
    }

    /// Enters an item in the ledger: `span` is what stands for it.
    pub fn record_item(&mut self, item: ItemId, span: Span, draft: Draft) {
        let cfg = self.model.items.get(item.index()).map_or(CfgId(0), |item| item.cfg);
        self.enter(item, Place { span, cfg, made_by: self.code.item_made_by(item) }, draft);
    }

    fn enter(&mut self, owner: ItemId, place: Place, draft: Draft) {
        let Draft { kind, mut detail, from, to, obligations, within } = draft;
        if let (true, Some(from), Some(to)) = (detail.is_empty(), &from, &to) {
            detail = format!("{from} -> {to}");
        }
        let worst = obligations.iter().map(|one| one.standing).min();
        let verdict = match worst {
            Some(Standing::Violated) => Verdict::Always,
            Some(Standing::Open | Standing::Claimed) => Verdict::Possible,
            Some(Standing::Met) | None => Verdict::Discharged,
        };
        let builder = SiteBuilder::new(kind, verdict, Cow::Borrowed("")).detail(detail);
        let id = self.id(kind);
        let span = place.span;
        let Some((site, _)) = self.site(owner, place, (id.clone(), id), builder) else { return };
        let mut operation = Operation { site, from, to, obligations, within };
        operation.site.reason = operation.told().into();
        match self.operations.entry((span, kind)) {
            Entry::Occupied(mut known) => known.get_mut().absorb(operation),
            Entry::Vacant(free) => {
                free.insert(operation);
            }
        }
    }

    /// Takes the ledger out, sorted by place and kind.
    pub fn take_operations(&mut self) -> Vec<Operation> {
        let mut all: Vec<Operation> = std::mem::take(&mut self.operations).into_values().collect();
        all.sort_by(|one, other| (one.site.span, &one.site.kind).cmp(&(other.site.span, &other.site.kind)));
        for one in &mut all {
            one.site.related.settle();
        }
        all
    }
}
