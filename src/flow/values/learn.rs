//! What is known where: relations that branches, asserts and calls establish. A value never changes, so that what was once found of
//! it holds wherever the finding dominates.

use super::Values;
use super::calls::Frame;
use super::graph::{Def, ValueId};
use crate::flow::facts::{Fact, Relation, Sum};
use crate::flow::mir::{AssertKind, BlockId, CallSiteId, Comparison, Point, Projection, TerminatorKind};
use crate::model::hir::ExprId;
use crate::model::name::Name;

/// Where something holds, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Since {
    /// In all that this block dominates,
    pub(super) block: BlockId,
    /// where this tag is of this variant.
    pub(super) guard: Option<(ValueId, Name)>,
    /// What establishes it.
    pub(super) at: ExprId,
}

/// A value is at most another one and a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) to: ValueId,
    pub(super) by: i128,
    pub(super) since: Since,
}

impl Values {
    /// Learns from all that leads to `block` and was not looked at before.
    pub(super) fn learn_upwards(&mut self, block: BlockId) {
        let mut at = Some(block);
        while let Some(block) = at {
            if !self.learned.insert(block) {
                return;
            }
            self.learn_edge(block, block);
            at = self.dominators.parent(block);
        }
    }

    /// Learns what the only way into `block` says, as something that holds from `from` on.
    fn learn_edge(&mut self, block: BlockId, from: BlockId) {
        let &[before] = self.dominators.predecessors(block) else { return };
        let Some(data) = self.body.block(before) else { return };
        let point = Point { block: before, index: data.statements.len() as u32 };
        let since = Since { block: from, guard: None, at: data.terminator.at };
        match data.terminator.kind {
            TerminatorKind::Branch { on, then, .. } => {
                let on = self.operand(on, point);
                self.learn(on, then == block, since);
            }
            TerminatorKind::Assert(kind, _) => self.learn_assert(kind, point, since),
            _ => {}
        }
    }

    fn learn_assert(&mut self, kind: AssertKind, point: Point, since: Since) {
        match kind {
            AssertKind::Index { base, index, bounds } => {
                let (index, len) = (self.operand(index, point), self.length(base, bounds, point));
                self.at_most(index, len, -1, since);
            }
            AssertKind::Slice { base, start, end, inclusive, text, bounds } => {
                let (start, len) = (self.operand(start, point), self.length(base, bounds, point));
                let end = end.map_or(len, |end| self.operand(end, point));
                let past = i128::from(inclusive);
                self.at_most(start, end, past, since);
                self.at_most(end, len, -past, since);
                if text {
                    let value = self.read(base, point);
                    self.boundaries.entry(value).or_default().extend([(start, 0, since), (end, past, since)]);
                }
            }
            AssertKind::Division(_, divisor, _) => {
                let (divisor, zero) = (self.operand(divisor, point), self.int(0));
                self.differ(divisor, zero, since);
            }
            AssertKind::Variant(place, variant) => {
                let tag = self.tag(place, point);
                self.variants.entry(tag).or_default().push((variant, true, since));
            }
            AssertKind::Key(map, key) => {
                let (map, key) = (self.read(map, point), self.operand(key, point));
                self.keys.entry(map).or_default().push((key, since));
            }
            AssertKind::Call(call) => {
                for fact in self.facts_of(call).map_or(&[][..], |facts| &facts.panics_unless) {
                    self.learn_fact(fact, self.frame(call), since);
                }
            }
            // With overflow checks off it passes whatever the result.
            AssertKind::Overflow(..) | AssertKind::Never => {}
        }
    }

    /// Learns that a bool is true, or false.
    pub(super) fn learn(&mut self, value: ValueId, truth: bool, since: Since) {
        if !self.spend() {
            return;
        }
        match self.graph.def(value) {
            Def::Not(inner) => self.learn(inner, !truth, since),
            Def::Compare(how, left, right) => self.learn_comparison(how, (left, right), truth, since),
            Def::IsVariant(tag, variant) => self.variants.entry(tag).or_default().push((variant, truth, since)),
            Def::Phi(place, block) => self.learn_phi((place, block), truth, since),
            Def::Result(call) => self.learn_result(call, truth, since),
            _ => {}
        }
    }

    fn learn_comparison(&mut self, how: Comparison, (left, right): (ValueId, ValueId), truth: bool, since: Since) {
        match (how, truth) {
            (Comparison::Less, true) => self.at_most(left, right, -1, since),
            (Comparison::Less, false) => self.at_most(right, left, 0, since),
            (Comparison::LessEqual, true) => self.at_most(left, right, 0, since),
            (Comparison::LessEqual, false) => self.at_most(right, left, -1, since),
            (Comparison::Equal, true) => {
                self.at_most(left, right, 0, since);
                self.at_most(right, left, 0, since);
                // `x == true`
                if let Some(number) = self.graph.int(right).filter(|_| self.graph.range(left) == (0, 1)) {
                    self.learn(left, number == 1, since);
                }
            }
            (Comparison::Equal, false) => self.differ(left, right, since),
        }
    }

    /// A bool that is written on several ways: where all but one of them write the opposite, that one was taken.
    fn learn_phi(&mut self, (place, block): (crate::flow::mir::Place, BlockId), truth: bool, since: Since) {
        // In a loop it may be what an earlier turn wrote, of values that were others then.
        if self.dominators.is_loop_header(block) {
            return;
        }
        let mut taken = None;
        for before in self.dominators.predecessors(block).to_vec() {
            let value = self.read_at_end(place, before);
            if self.graph.int(value) == Some(i128::from(!truth)) {
                continue;
            }
            if taken.replace((before, value)).is_some() {
                return;
            }
        }
        let Some((before, value)) = taken else { return };
        if self.dominators.dominates(self.graph.block(value), before) {
            self.learn(value, truth, since);
        }
        let outer = self.dominators.parent(block);
        let mut at = Some(before);
        while let Some(one) = at.filter(|one| Some(*one) != outer) {
            self.learn_edge(one, since.block);
            at = self.dominators.parent(one);
        }
    }

    /// Learns from a bool that a call returned.
    fn learn_result(&mut self, call: CallSiteId, truth: bool, since: Since) {
        let Some(facts) = self.facts_of(call) else { return };
        let frame = self.frame(call);
        for fact in facts.when_true.iter().filter(|_| truth) {
            self.learn_fact(fact, frame, since);
        }
        match &facts.truth {
            Some(fact) if truth => self.learn_fact(fact, frame, since),
            Some(fact) => self.learn_opposite(fact, frame, since),
            None => {}
        }
    }

    /// Learns a fact of a call.
    pub(super) fn learn_fact(&mut self, fact: &Fact, frame: Frame, since: Since) {
        match fact {
            Fact::Order(left, relation, right) => self.learn_order(left, *relation, right, frame, since),
            Fact::Boundary(text, at) => {
                if let (Some(text), Some((at, by))) = (self.term(text, frame), self.side(at, frame)) {
                    self.boundaries.entry(text).or_default().push((at, by, since));
                }
            }
            Fact::Has(map, key) => {
                if let (Some(map), Some(key)) = (self.term(map, frame), self.term(key, frame)) {
                    self.keys.entry(map).or_default().push((key, since));
                }
            }
            Fact::Is(value, variant) => {
                if let Some(value) = self.term(value, frame) {
                    let tag = self.part(value, Projection::Tag);
                    self.variants.entry(tag).or_default().push((*variant, true, since));
                }
            }
            Fact::Fits(_) | Fact::Ordered(_) | Fact::Power(..) => {}
        }
    }

    fn learn_order(&mut self, left: &Sum, relation: Relation, right: &Sum, frame: Frame, since: Since) {
        let (Some((one, plus)), Some((other, and))) = (self.side(left, frame), self.side(right, frame)) else { return };
        // one + plus ≤ other + and
        let by = and - plus;
        match relation {
            Relation::Less => self.at_most(one, other, by - 1, since),
            Relation::LessEqual => self.at_most(one, other, by, since),
            Relation::Equal => {
                self.at_most(one, other, by, since);
                self.at_most(other, one, -by, since);
            }
            Relation::NotEqual if by == 0 => self.differ(one, other, since),
            Relation::NotEqual => {}
        }
    }

    /// Learns that a fact does not hold.
    pub(super) fn learn_opposite(&mut self, fact: &Fact, frame: Frame, since: Since) {
        match fact {
            Fact::Order(left, Relation::Less, right) => {
                self.learn_order(right, Relation::LessEqual, left, frame, since);
            }
            Fact::Order(left, Relation::LessEqual, right) => {
                self.learn_order(right, Relation::Less, left, frame, since);
            }
            Fact::Order(left, Relation::Equal, right) => {
                self.learn_order(left, Relation::NotEqual, right, frame, since);
            }
            Fact::Order(left, Relation::NotEqual, right) => {
                self.learn_order(left, Relation::Equal, right, frame, since);
            }
            Fact::Is(value, variant) => {
                if let Some(value) = self.term(value, frame) {
                    let tag = self.part(value, Projection::Tag);
                    self.variants.entry(tag).or_default().push((*variant, false, since));
                }
            }
            _ => {}
        }
    }

    /// Learns what the call established that a value comes from, if it does.
    pub(super) fn learn_source(&mut self, value: ValueId) {
        let mut at = value;
        loop {
            match self.graph.def(at) {
                Def::Part(of, _) => at = of,
                Def::Result(call) => return self.learn_call(call),
                Def::Item(of, _) => {
                    if self.sourced.insert(at) {
                        self.learn_item(at, of);
                    }
                    return;
                }
                Def::After(_, point) => {
                    let called = self.body.block(point.block).map(|block| &block.terminator.kind);
                    if let Some(&TerminatorKind::Call(call, _)) = called
                        && self.call_points.get(call.0 as usize) == Some(&point)
                    {
                        self.learn_call(call);
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    pub(super) fn learn_call(&mut self, call: CallSiteId) {
        let Some(facts) = self.facts_of(call) else { return };
        if !self.called.insert(call) {
            return;
        }
        let frame = self.frame(call);
        let Some(data) = self.body.block(frame.at.block) else { return };
        // What a call establishes holds of values that are there once it has returned alone.
        let TerminatorKind::Call(_, next) = data.terminator.kind else { return };
        let since = Since { block: next, guard: None, at: data.terminator.at };
        for fact in &facts.holds {
            self.learn_fact(fact, frame, since);
        }
        for (given, then) in &facts.given {
            if given.iter().all(|fact| self.holds(fact, frame, frame.at.block, super::RANGE_DEPTH)) {
                for fact in then {
                    self.learn_fact(fact, frame, since);
                }
            }
        }
        let result = self.result_of(call);
        let tag = self.part(result, Projection::Tag);
        for (variant, fact) in &facts.when {
            self.learn_fact(fact, frame, Since { guard: Some((tag, *variant)), ..since });
        }
        let Some((variant, conditions)) = &facts.variant_if else { return };
        for fact in conditions {
            self.learn_fact(fact, frame, Since { guard: Some((tag, *variant)), ..since });
        }
        if let ([fact], Some(other)) = (conditions.as_slice(), opposite(*variant)) {
            self.learn_opposite(fact, frame, Since { guard: Some((tag, other)), ..since });
        }
    }

    /// Learns what holds of an item that the iterator `of` yields.
    fn learn_item(&mut self, item: ValueId, of: ValueId) {
        let Def::Item(_, at) = self.graph.def(item) else { return };
        let mut of = of;
        for _ in 0..8 {
            of = self.origin(of);
            if !self.dominators.dominates(self.graph.block(of), at.block) {
                return;
            }
            let Def::Result(call) = self.graph.def(of) else {
                return self.learn_range_item(item, of, at);
            };
            let Some(facts) = self.facts_of(call) else { return };
            let Some(why) = self.body.block(self.frame(call).at.block).map(|block| block.terminator.at) else { return };
            let frame = Frame { call, item: Some(item), at };
            for fact in &facts.items {
                self.learn_fact(fact, frame, Since { block: at.block, guard: None, at: why });
            }
            let Some(inner) = facts.items_of.as_ref().and_then(|term| self.term(term, frame)) else { return };
            of = inner;
        }
    }

    /// `for i in a..b`
    fn learn_range_item(&mut self, item: ValueId, range: ValueId, at: Point) {
        let since = Since { block: at.block, guard: None, at: self.at_of(at) };
        if let Some(start) = self.range_start(range) {
            self.at_most(start, item, 0, since);
        }
        if let Some(Some(end)) = self.range_end(range) {
            self.at_most(item, end, -1, since);
        }
    }

    /// The expression that stands at a point.
    fn at_of(&self, point: Point) -> ExprId {
        let block = self.body.block(point.block);
        let statement = block.and_then(|block| block.statements.get(point.index as usize)).map(|it| it.at);
        statement.or_else(|| block.map(|block| block.terminator.at)).unwrap_or_default()
    }

    /// Learns that `one ≤ other + by`.
    pub(super) fn at_most(&mut self, one: ValueId, other: ValueId, by: i128, since: Since) {
        let ((one, plus), (other, and)) = (self.offset(one), self.offset(other));
        let by = by.saturating_sub(plus).saturating_add(and);
        if one == other {
            return;
        }
        let above = self.above.entry(one).or_default();
        let bound = Bound { to: other, by, since };
        if above.len() < super::BOUNDS && !above.contains(&bound) {
            above.push(bound);
            self.below.entry(other).or_default().push(Bound { to: one, by, since });
        }
    }

    fn differ(&mut self, one: ValueId, other: ValueId, since: Since) {
        self.unequal.entry(one).or_default().push((other, since));
        self.unequal.entry(other).or_default().push((one, since));
    }
}

/// The other variant of `Option` or `Result`.
pub(super) fn opposite(variant: Name) -> Option<Name> {
    match variant {
        Name::SOME => Some(Name::NONE),
        Name::NONE => Some(Name::SOME),
        Name::OK => Some(Name::ERR),
        Name::ERR => Some(Name::OK),
        _ => None,
    }
}
