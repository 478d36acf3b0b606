//! The expression store: expressions and patterns of one file. It is dropped after the file is checked, since no other file reads it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{
    ArgsId, Binding, BindingId, Body, BodyId, BodyKind, CallId, CfgId, Expr, ExprId, FieldPat, FileModel, InStore,
    ItemId, Label, LabelId, List, Lists, Literal, MacroCall, MatchArm, Param, Pat, PatId, RecordField, SyntaxContext,
};
use crate::model::name::Name;
use crate::source::{FileId, Span};

/// Expressions within expressions that are kept of a constant: more than anything evaluates.
const DEPTH: u32 = 64;

/// What the bodies of one file say.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ExprStore {
    /// By `ExprId`.
    pub exprs: Vec<Expr>,
    /// Where each expression stands: first byte and one past the last.
    #[serde(skip)]
    spans: Vec<(u32, u32)>,
    /// The expressions that stand in another file than most, as a macro's body does, in order.
    #[serde(skip)]
    foreign_spans: Vec<(ExprId, FileId)>,
    /// By `PatId`.
    pub pats: Vec<Pat>,
    /// By `BindingId`.
    pub(in crate::model) bindings: Vec<Binding>,
    /// By `LabelId`.
    pub(in crate::model) labels: Vec<Label>,
    /// The loops and blocks that have labels, in order.
    #[serde(skip)]
    labelled: Vec<(ExprId, LabelId)>,
    pub(super) expr_lists: Lists<ExprId>,
    pub(super) pat_lists: Lists<PatId>,
    pub(super) arm_lists: Lists<MatchArm>,
    pub(super) record_lists: Lists<RecordField>,
    pub(super) field_pat_lists: Lists<FieldPat>,
    pub(super) param_lists: Lists<Param>,
    pub(super) range_lists: Lists<(u32, u32)>,
    /// By `ItemId`: from the first attribute or doc comment to the end, and the name, or the first token.
    #[serde(skip)]
    pub items: Vec<(Span, Span)>,
    #[serde(skip)]
    file: FileId,
    /// The generic arguments of method calls that have some, by call.
    #[serde(skip)]
    pub(in crate::model) turbofish: Vec<(ExprId, ArgsId)>,
    /// Macro calls.
    #[serde(skip)]
    pub calls: Vec<MacroCall>,
    /// What the expanded calls in the file's own text made, in order.
    #[serde(skip)]
    pub(in crate::model) expansions: Vec<Made>,
    /// Expressions under a cfg attribute within a body: first and last id and the predicate, inner ones later.
    #[serde(skip)]
    pub(in crate::model) cfg_exprs: Vec<(ExprId, ExprId, CfgId)>,
    /// For each of these the next one around it; itself where there is none.
    #[serde(skip)]
    cfg_around: Vec<u32>,
    /// Closures in what runs at compile time, which run later: the body, first expression and one past the last; sorted.
    #[serde(skip)]
    pub(in crate::model) runtime_closures: Vec<(BodyId, u32, u32)>,
    /// Ranges of expressions that are the arguments of a macro which was not expanded, none within another, in order: first id
    /// and one past the last.
    #[serde(skip)]
    pub opaque_exprs: Vec<(ExprId, ExprId)>,
}

/// What one macro call made, calls within its expansion included.
#[derive(Debug)]
pub(in crate::model) struct Made {
    pub(in crate::model) exprs: Range<u32>,
    pub(in crate::model) items: Range<u32>,
    pub(in crate::model) call: CallId,
}

impl ExprStore {
    /// No code; the first expression and the first pattern stand for what is missing.
    pub fn empty(file: FileId) -> Self {
        let (exprs, pats) = (vec![Expr::Missing], vec![Pat::Missing]);
        Self { exprs, spans: vec![(0, 0)], pats, file, ..Self::default() }
    }

    /// Adds an expression.
    pub fn add(&mut self, expr: Expr, span: Span) -> ExprId {
        let id = self.next_id();
        self.exprs.push(expr);
        self.spans.push((span.start, span.end));
        if span.file != self.file {
            self.foreign_spans.push((id, span.file));
        }
        id
    }

    /// The id that the next expression gets.
    pub fn next_id(&self) -> ExprId {
        ExprId::new(self.exprs.len() as u32)
    }

    /// Returns an expression; `Missing` for an id of another file.
    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs.get(id.index()).copied().unwrap_or(Expr::Missing)
    }

    /// Returns a pattern; `Missing` for an id of another file.
    pub fn pat(&self, id: PatId) -> Pat {
        self.pats.get(id.index()).copied().unwrap_or(Pat::Missing)
    }

    /// Returns a binding; a nameless one for an id of another file.
    pub fn binding(&self, id: BindingId) -> Binding {
        let missing = Binding { name: Name::MISSING, ctx: SyntaxContext::ROOT, by_ref: false, mutable: false };
        self.bindings.get(id.index()).copied().unwrap_or(missing)
    }

    /// Returns a label; `None` for an id of another file.
    pub fn label(&self, id: LabelId) -> Option<Label> {
        self.labels.get(id.index()).copied()
    }

    /// Returns the label of a loop or block; O(log labels of the file).
    pub fn label_of(&self, target: ExprId) -> Option<Label> {
        let at = self.labelled.binary_search_by_key(&target, |&(known, _)| known).ok()?;
        self.label(self.labelled.get(at)?.1)
    }

    /// Returns the elements of a list of bodies.
    pub fn list<T: InStore>(&self, list: List<T>) -> &[T] {
        T::lists(self).get(list)
    }

    /// Adds a list of bodies.
    pub(in crate::model) fn add_list<T: InStore>(&mut self, elements: &[T]) -> List<T> {
        T::lists_mut(self).add(elements)
    }

    /// Iterates over the ranges of a body's own expressions.
    pub fn own_exprs(&self, body: &Body) -> impl Iterator<Item = Range<u32>> {
        let nested = self.list(body.nested_bodies);
        let starts = [body.exprs.start].into_iter().chain(nested.iter().map(|&(_, end)| end));
        let ends = nested.iter().map(|&(start, _)| start).chain([body.exprs.end]);
        starts.zip(ends).map(|(start, end)| start..end)
    }

    /// Returns the generic arguments of a method call; `None` where none are written.
    pub fn turbofish(&self, call: ExprId) -> Option<ArgsId> {
        let at = self.turbofish.binary_search_by_key(&call, |&(known, _)| known).ok()?;
        self.turbofish.get(at).map(|&(_, args)| args)
    }

    /// Returns the ranges of the closures in a body that runs at compile time.
    pub fn runtime_closures_in(&self, body: BodyId) -> impl Iterator<Item = Range<u32>> + '_ {
        let from = self.runtime_closures.partition_point(|&(of, ..)| of < body);
        let after = self.runtime_closures.get(from..).unwrap_or(&[]).iter();
        after.take_while(move |&&(of, ..)| of == body).map(|&(_, from, to)| from..to)
    }

    /// Returns where an expression stands.
    pub fn span(&self, id: ExprId) -> Span {
        let (start, end) = self.spans.get(id.index()).copied().unwrap_or_default();
        let elsewhere = self.foreign_spans.binary_search_by_key(&id, |&(known, _)| known);
        let file = elsewhere.ok().and_then(|at| self.foreign_spans.get(at)).map_or(self.file, |&(_, file)| file);
        Span::new(file, start, end)
    }

    /// Returns the innermost predicate that an expression stands under within its body; O(log predicates + nesting).
    pub fn cfg_of(&self, id: ExprId) -> Option<CfgId> {
        // Inner ones are noted first: by their ends the list is sorted. One that begins behind `id` may lie in one that does not.
        let mut at = self.cfg_exprs.partition_point(|&(_, last, _)| last <= id);
        loop {
            let &(first, _, cfg) = self.cfg_exprs.get(at)?;
            if first <= id {
                return Some(cfg);
            }
            let around = *self.cfg_around.get(at)? as usize;
            if around == at {
                return None;
            }
            at = around;
        }
    }

    /// Tells whether some of `exprs`, but not all, stand under a cfg attribute; O(log predicates + predicates around them).
    pub fn has_cfgs_within(&self, exprs: &Range<u32>) -> bool {
        let from = self.cfg_exprs.partition_point(|&(_, last, _)| last.number() <= exprs.start);
        let within = self.cfg_exprs.get(from..).unwrap_or(&[]).iter();
        let mut within = within.take_while(|&&(_, last, _)| last.number() <= exprs.end);
        within.any(|&(first, last, _)| first.number() > exprs.start || last.number() < exprs.end)
    }

    /// Puts in order what is asked for by expression, once all is there. O(n log n).
    pub(in crate::model) fn finish(&mut self) {
        self.labelled = self.labels.iter().map(|label| label.target).zip((0..).map(LabelId::new)).collect();
        self.labelled.sort_unstable();
        self.runtime_closures.sort_unstable();
        self.cfg_around = vec![0; self.cfg_exprs.len()];
        let mut open: Vec<usize> = Vec::new();
        for (at, (first, ..)) in self.cfg_exprs.iter().enumerate().rev() {
            // Those around it end behind it, and do not begin behind it.
            while open.last().and_then(|&outer| self.cfg_exprs.get(outer)).is_some_and(|(outer, ..)| outer > first) {
                open.pop();
            }
            if let Some(slot) = self.cfg_around.get_mut(at) {
                *slot = open.last().copied().unwrap_or(at) as u32;
            }
            open.push(at);
        }
    }

    /// Returns the macro call in the file's own text that made an expression; `None` for one that is written there.
    pub fn made_by(&self, id: ExprId) -> Option<Span> {
        self.made_at(id.number(), |made| &made.exprs)
    }

    /// Returns the macro call in the file's own text that made an item.
    pub fn item_made_by(&self, id: ItemId) -> Option<Span> {
        self.made_at(id.0, |made| &made.items)
    }

    fn made_at(&self, number: u32, range: impl Fn(&Made) -> &Range<u32>) -> Option<Span> {
        let at = self.expansions.partition_point(|made| range(made).end <= number);
        let made = self.expansions.get(at).filter(|made| range(made).contains(&number))?;
        self.calls.get(made.call.index()).map(|call| call.span)
    }

    /// Moves an expression to another place of its file.
    pub fn set_span(&mut self, id: ExprId, span: Span) {
        if let Some(slot) = self.spans.get_mut(id.index()) {
            *slot = (span.start, span.end);
        }
        match self.foreign_spans.binary_search_by_key(&id, |&(known, _)| known) {
            Ok(at) => {
                if let Some(slot) = self.foreign_spans.get_mut(at) {
                    slot.1 = span.file;
                }
            }
            // auditor: allow(panicking-api) the place that the search gives is no larger than the length
            Err(at) if span.file != self.file => self.foreign_spans.insert(at, (id, span.file)),
            Err(_) => {}
        }
    }

    /// Makes room for what so many bytes of usual code hold: growing step by step would copy it all once more.
    pub(super) fn make_room(&mut self, bytes: usize) {
        // Over the 17 crates that the benchmarks scan, one expression takes 24 bytes of text.
        self.exprs.reserve(bytes / 24);
        self.spans.reserve(bytes / 24);
        self.expr_lists.reserve(bytes / 80, bytes / 50);
    }

    /// Gives back what grew too large.
    pub(super) fn shrink(&mut self) {
        self.exprs.shrink_to_fit();
        self.spans.shrink_to_fit();
        self.foreign_spans.shrink_to_fit();
        self.pats.shrink_to_fit();
        self.bindings.shrink_to_fit();
        self.expr_lists.shrink();
        self.pat_lists.shrink();
        self.arm_lists.shrink();
        self.record_lists.shrink();
        self.field_pat_lists.shrink();
        self.param_lists.shrink();
        self.range_lists.shrink();
        self.items.shrink_to_fit();
        self.calls.shrink_to_fit();
    }
}

impl FileModel {
    /// Takes the code out, for the check of this file; what can decide a constant's value stays for the other files.
    pub fn take_exprs(&mut self) -> ExprStore {
        let code = std::mem::take(&mut self.code);
        let mut constants = Vec::new();
        for body in self.bodies.iter().filter(|body| body.kind == BodyKind::Const) {
            keep(&code, body.root, DEPTH, &mut constants);
        }
        constants.sort_unstable_by_key(|&(id, _)| id);
        constants.dedup_by_key(|&mut (id, _)| id);
        constants.shrink_to_fit();
        self.constants = constants;
        code
    }

    /// Returns an expression that a constant's value hangs on; `Missing` for any other.
    pub fn constant(&self, id: ExprId) -> Expr {
        let at = self.constants.binary_search_by_key(&id, |&(known, _)| known);
        let kept = at.ok().and_then(|at| self.constants.get(at));
        kept.map_or_else(|| self.code.expr(id), |&(_, expr)| expr)
    }
}

/// Adds `id` and what it is computed from, where that can be known.
fn keep(code: &ExprStore, id: ExprId, depth: u32, kept: &mut Vec<(ExprId, Expr)>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let expr = code.expr(id);
    let parts = match expr {
        Expr::Literal(Literal::Int { .. } | Literal::Byte(_)) | Expr::Path(_) => [None, None],
        Expr::Call { callee: inner, args } if args.is_empty() => [Some(inner), None],
        Expr::Cast { expr: inner, .. } | Expr::Unary { expr: inner, .. } => [Some(inner), None],
        Expr::Block { stmts, tail, .. } if stmts.is_empty() => [tail, None],
        Expr::Binary { lhs, rhs, .. } => [Some(lhs), Some(rhs)],
        _ => return,
    };
    kept.push((id, expr));
    for part in parts.into_iter().flatten() {
        keep(code, part, depth, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_predicate_counts_and_none_beside_it() {
        let mut code = ExprStore::empty(FileId(0));
        let id = ExprId::new;
        // `1..20` holds `2..5` and `6..10`, which holds `7..8`; `30..31` stands apart.
        for (first, last, cfg) in [(2, 5, 1), (7, 8, 2), (6, 10, 3), (1, 20, 4), (30, 31, 5)] {
            code.cfg_exprs.push((id(first), id(last), CfgId(cfg)));
        }
        code.finish();
        let told: Vec<Option<u32>> =
            [0, 1, 2, 5, 6, 7, 8, 12, 20, 29, 30, 31].map(|at| code.cfg_of(id(at)).map(|cfg| cfg.0)).to_vec();
        let all = [None, Some(4), Some(1), Some(4), Some(3), Some(2), Some(3), Some(4), None, None, Some(5), None];
        assert_eq!(told, all);
    }
}
