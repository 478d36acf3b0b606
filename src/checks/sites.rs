//! What checks report into: drafts become sites with function, context and cfg; places that several reports share get one
//! site a kind.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::body_cx::BodyCx;
use crate::finding::{Fix, Operation, Reach, Related, RuleId, Site, Verdict};
use crate::flow::Decision;
use crate::model::cfg::Cfg;
use crate::model::context::{Audience, Contexts, Surrounding};
use crate::model::hir::{CfgId, ExprId, ExprStore, FileModel, ItemId};
use crate::model::lower::cfg_text;
use crate::source::{FileId, Span};

/// What a check says of one site.
#[derive(Debug, Clone)]
pub struct SiteBuilder {
    kind: &'static str,
    rule: &'static str,
    verdict: Verdict,
    reason: Cow<'static, str>,
    detail: Cow<'static, str>,
    outside: bool,
    /// What shows the verdict.
    evidence: Vec<Span>,
    /// What would put it in order.
    fix: Option<Box<Fix>>,
}

impl SiteBuilder {
    pub(super) const fn new(kind: &'static str, verdict: Verdict, reason: Cow<'static, str>) -> Self {
        Self {
            kind,
            rule: kind,
            verdict,
            reason,
            detail: Cow::Borrowed(""),
            outside: false,
            evidence: Vec::new(),
            fix: None,
        }
    }

    /// A site that goes wrong whenever it is reached.
    pub const fn always(kind: &'static str) -> Self {
        Self::new(kind, Verdict::Always, Cow::Borrowed(""))
    }

    /// A site that can go wrong.
    pub const fn possible(kind: &'static str) -> Self {
        Self::new(kind, Verdict::Possible, Cow::Borrowed(""))
    }

    /// A site that cannot go wrong, for the reason given.
    pub fn discharged(kind: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(kind, Verdict::Discharged, reason.into())
    }

    /// A site of which something is not known: the reason says what.
    pub const fn indeterminate(kind: &'static str, missing: &'static str) -> Self {
        Self::new(kind, Verdict::Indeterminate, Cow::Borrowed(missing))
    }

    /// Whether the site is of `kind`.
    pub fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }

    /// The same, decided by a rule that is more specific than the kind's own.
    #[must_use]
    pub const fn rule(mut self, rule: &'static str) -> Self {
        self.rule = rule;
        self
    }

    /// The same, where the value comes from outside the program if `outside`.
    #[must_use]
    pub const fn outside(mut self, outside: bool) -> Self {
        self.outside = outside;
        self
    }

    /// The same with a reason.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.reason = reason.into();
        self
    }

    /// The same with what the site looks at: a callee, `from -> to`.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// The sites of one file.
pub struct Sites<'m> {
    pub(super) model: &'m FileModel,
    pub(super) code: &'m ExprStore,
    contexts: Contexts<'m>,
    ids: FxHashMap<&'static str, RuleId>,
    /// The predicates.
    cfgs: FxHashMap<CfgId, Builds>,
    found: Vec<Site>,
    /// Those in macros' bodies, by place, one a kind: however often a macro is called, they take room once.
    shared: FxHashMap<Span, Vec<Site>>,
    /// The ledger, by place and kind: what several expansions of a macro make takes room once.
    pub(super) operations: FxHashMap<(Span, &'static str), Operation>,
    /// The first place of which more was to be reported than is kept.
    left_off: Option<Span>,
    /// The places that were reported and their expressions, where that is asked.
    reported: Option<Vec<(Span, ExprId)>>,
}

/// The builds that have what stands under a predicate.
struct Builds {
    text: Arc<str>,
    /// For whom they are.
    audience: Audience,
    /// None at all: nothing that stands there is code.
    none: bool,
}

impl Builds {
    fn new(cfg: Option<&Cfg>) -> Self {
        let Some(cfg) = cfg else { return Self { text: "".into(), audience: Audience::Product, none: false } };
        Self { text: cfg_text(cfg), audience: Audience::of(cfg), none: cfg.constant() == Some(false) }
    }
}

/// Where a site stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) span: Span,
    pub(super) cfg: CfgId,
    /// The macro call that made it.
    pub(super) made_by: Option<Span>,
}

/// What a macro's call is to a site in the macro's body.
const EXPANDED: &str = "expanded here";

/// What an expression is to a site that it rules out.
const EVIDENCE: &str = "this rules it out";

/// Evidence longer than this is not shown in a reason.
const SHOWN: usize = 60;

impl<'m> Sites<'m> {
    /// Prepares for the sites of `model`, whose code is `code`.
    pub fn new(model: &'m FileModel, code: &'m ExprStore, contexts: Contexts<'m>) -> Self {
        Self {
            model,
            code,
            contexts,
            ids: FxHashMap::default(),
            cfgs: FxHashMap::default(),
            found: Vec::new(),
            shared: FxHashMap::default(),
            operations: FxHashMap::default(),
            left_off: None,
            reported: None,
        }
    }

    /// Reports the expression `id`.
    pub fn report(&mut self, cx: &BodyCx<'_>, id: ExprId, draft: SiteBuilder) {
        let span = self.code.span(id);
        self.report_at(cx, id, span, draft);
    }

    /// Reports `span`, which stands where `id` does.
    pub fn report_at(&mut self, cx: &BodyCx<'_>, id: ExprId, span: Span, mut draft: SiteBuilder) {
        if matches!(draft.verdict, Verdict::Always | Verdict::Possible) && self.is_opaque(id) {
            draft.verdict = Verdict::Indeterminate;
            draft.reason = "an argument of a macro that was not expanded".into();
        }
        self.decide(cx, id, &mut draft);
        let ids = (self.id(draft.kind), self.id(draft.rule));
        let place = Place { span, cfg: self.cfg_of(cx, id), made_by: self.code.made_by(id) };
        // What a macro call made stands elsewhere, or is what the macro does with it.
        if matches!(draft.verdict, Verdict::Always | Verdict::Possible)
            && place.made_by.is_none()
            && span.file == cx.model.file
        {
            draft.fix = cx.fixes.and_then(|fixes| fixes.fix(cx, id, draft.kind, draft.rule)).map(Box::new);
        }
        if let Some(reported) = &mut self.reported {
            reported.push((span, id));
        }
        self.add(cx.body().owner, place, ids, draft);
    }

    /// Asks the flow analysis about a site that can go wrong for all that is written there.
    fn decide(&self, cx: &BodyCx<'_>, id: ExprId, draft: &mut SiteBuilder) {
        let Some(fact) = certainty(draft.kind).filter(|_| draft.verdict == Verdict::Possible) else { return };
        let (verdict, proof) = match cx.flow.map(|flow| flow.decide(id)) {
            Some(Decision::Holds(proof)) => (Verdict::Discharged, proof),
            Some(Decision::Fails(proof)) => (Verdict::Always, proof),
            _ => return,
        };
        draft.verdict = verdict;
        draft.reason = match (verdict, proof.evidence.first()) {
            (Verdict::Always, _) => "on every way that leads here".into(),
            (_, Some(&first)) => {
                let text = cx.text_of(self.code.span(first));
                let text = if text.len() > SHOWN || text.contains('\n') { "…" } else { text };
                format!("{fact}: `{text}`").into()
            }
            (_, None) => fact.into(),
        };
        draft.evidence = proof.evidence.iter().map(|&at| self.code.span(at)).collect();
    }

    /// Reports an item: `span` is what stands for it.
    pub fn report_item(&mut self, item: ItemId, span: Span, draft: SiteBuilder) {
        let cfg = self.model.items.get(item.index()).map_or(CfgId(0), |item| item.cfg);
        let ids = (self.id(draft.kind), self.id(draft.rule));
        self.add(item, Place { span, cfg, made_by: self.code.item_made_by(item) }, ids, draft);
    }

    /// Reports a match of a user's own rule.
    pub fn report_custom(&mut self, cx: &BodyCx<'_>, id: ExprId, rule: &RuleId, detail: String) {
        let ids = (rule.clone(), rule.clone());
        let place = Place { span: self.code.span(id), cfg: self.cfg_of(cx, id), made_by: self.code.made_by(id) };
        self.add(cx.body().owner, place, ids, SiteBuilder::possible("").detail(detail));
    }

    /// Remembers from now on which expression each report is of.
    pub fn remember(&mut self) {
        self.reported = Some(Vec::new());
    }

    /// Returns the places that were reported since it remembers, with their expressions.
    pub fn take_reported(&mut self) -> Vec<(Span, ExprId)> {
        self.reported.take().unwrap_or_default()
    }

    /// Notes that a place has more sites than are kept.
    pub fn leave_off(&mut self, span: Span) {
        self.left_off.get_or_insert(span);
    }

    /// Returns the first place of which more was to be reported than is kept.
    pub fn left_off(&self) -> Option<Span> {
        self.left_off
    }

    pub(super) fn id(&mut self, text: &'static str) -> RuleId {
        self.ids.entry(text).or_insert_with(|| text.into()).clone()
    }

    fn add(&mut self, owner: ItemId, place: Place, ids: (RuleId, RuleId), draft: SiteBuilder) {
        let Some((site, in_macro)) = self.site(owner, place, ids, draft) else { return };
        if in_macro { self.share(site) } else { self.found.push(site) }
    }

    /// Makes the site of a place, and tells whether a macro's body holds it; `None` for what is not of this program, or in no build.
    pub(super) fn site(
        &mut self,
        owner: ItemId,
        place: Place,
        (kind, rule): (RuleId, RuleId),
        draft: SiteBuilder,
    ) -> Option<(Site, bool)> {
        let Place { span, cfg, made_by } = place;
        if span.file == FileId::ELSEWHERE {
            return None;
        }
        let model = self.model;
        let builds = self.cfgs.entry(cfg).or_insert_with(|| Builds::new(model.cfgs.get(cfg.index())));
        if builds.none {
            return None;
        }
        let (cfg, audience) = (Arc::clone(&builds.text), builds.audience);
        let Surrounding { function, mut context } = self.contexts.of(owner);
        if let Some(word) = audience.context().filter(|word| !context.contains(word)) {
            // A statement under `#[cfg(test)]` in a function that is not.
            context = context.iter().copied().chain([word]).collect();
        }
        let SiteBuilder { verdict, reason, detail, outside, evidence, fix, .. } = draft;
        let (detail, mut related) = (detail.into_owned(), Related::default());
        // What came in as an argument stands at the call already.
        if let Some(call) = made_by.filter(|call| !call.contains(span)) {
            related.add(call, EXPANDED);
        }
        let in_macro = !related.places().is_empty();
        // What rules a site out in one call of a macro says nothing of the others.
        let evidence = evidence.into_iter().filter(|at| !in_macro && at.file != FileId::ELSEWHERE);
        evidence.for_each(|at| related.add(at, EVIDENCE));
        let site = Site {
            kind,
            rule,
            span,
            verdict,
            reason,
            function,
            context,
            cfg,
            detail,
            outside,
            related,
            reach: Reach::default(),
            fix,
        };
        Some((site, in_macro))
    }

    /// Adds a report of a site in a macro's body to those of other calls.
    fn share(&mut self, mut site: Site) {
        let here = self.shared.entry(site.span).or_default();
        let Some(known) = here.iter_mut().find(|known| known.kind == site.kind) else {
            here.push(site);
            return;
        };
        if order(&site) < order(known) {
            std::mem::swap(known, &mut site);
        }
        known.related.absorb(&mut site.related);
    }

    pub(super) fn cfg_of(&self, cx: &BodyCx<'_>, id: ExprId) -> CfgId {
        let whole = || self.model.items.get(cx.body().owner.index()).map_or(CfgId(0), |item| item.cfg);
        self.code.cfg_of(id).unwrap_or_else(whole)
    }

    fn is_opaque(&self, id: ExprId) -> bool {
        let ranges = &self.code.opaque_exprs;
        let after = ranges.partition_point(|&(_, last)| last <= id);
        ranges.get(after).is_some_and(|&(first, _)| first <= id)
    }

    /// Returns the sites, sorted by place and kind, one a place and kind: of several the one with the more specific rule and
    /// the stronger verdict stays, as where a macro's body stands for several calls.
    pub fn finish(mut self) -> Vec<Site> {
        self.found.extend(self.shared.into_values().flatten());
        self.found.sort_by(|a, b| {
            a.span.cmp(&b.span).then_with(|| a.kind.cmp(&b.kind)).then_with(|| order(a).cmp(&order(b)))
        });
        one_a_place(&mut self.found);
        self.found.shrink_to_fit();
        self.found
    }
}

/// Of neighbours that report one place and kind keeps the first, with the related places of all.
pub fn one_a_place(sites: &mut Vec<Site>) {
    sites.dedup_by(|later, kept| {
        let same = later.span == kept.span && later.kind == kept.kind;
        if same {
            kept.related.absorb(&mut later.related);
        }
        same
    });
    for site in sites {
        site.related.settle();
    }
}

/// What is certain where the flow analysis rules a site of this kind out; `None` for a kind that it does not decide.
fn certainty(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "slice-index" => "the index is less than the length",
        "range-index" => "the range is within the length",
        "str-index" => "the range is within the text, between characters",
        "map-index" => "the key is there",
        "integer-division" => "the divisor is not zero",
        "integer-overflow" => "the result is one of the type's",
        "unwrap" | "expect" => "the value is there",
        "panicking-api" => "the arguments are as it asks",
        "panic-macro" | "unreachable-macro" | "todo-macro" => "nothing leads here",
        _ => return None,
    })
}

/// Which of two reports of one place and kind stays: the lesser one.
fn order(site: &Site) -> (bool, u8) {
    (site.rule == site.kind, strength(site.verdict))
}

const fn strength(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Always => 0,
        Verdict::Possible => 1,
        Verdict::Indeterminate => 2,
        Verdict::Discharged => 3,
    }
}
