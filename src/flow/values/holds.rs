//! Whether something else than an order is certain: variants, boundaries of characters, keys of maps, and a call's facts.

use super::Values;
use super::calls::Frame;
use super::graph::{Def, ValueId};
use super::learn::opposite;
use super::order::Goal;
use crate::flow::facts::{Fact, Relation};
use crate::flow::mir::{BlockId, Fit, Place, Projection, Scalar};
use crate::model::name::Name;

impl Values {
    /// Whether a tag is that of a variant.
    pub(super) fn is_variant(&mut self, tag: ValueId, variant: Name, at: BlockId, depth: u32) -> bool {
        if let Def::Variant(known) = self.graph.def(tag) {
            return known == variant;
        }
        let Some(depth) = depth.checked_sub(1) else { return false };
        if !self.spend() || self.tagged.contains(&(tag, variant)) {
            return false;
        }
        self.learn_source(tag);
        for (name, truth, since) in self.variants.get(&tag).cloned().unwrap_or_default() {
            let says = if truth { name == variant } else { opposite(name) == Some(variant) };
            let mark = self.evidence.len();
            if says && self.is_since(since, at, depth) {
                return true;
            }
            self.evidence.truncate(mark);
        }
        self.tagged.push((tag, variant));
        let found = match self.graph.def(tag) {
            Def::Part(of, Projection::Tag) => self.is_made(of, variant, at, depth),
            Def::Phi(place, block) => {
                self.on_all_ways(place, block, |this, operand, before| this.is_variant(operand, variant, before, depth))
            }
            _ => false,
        };
        self.tagged.pop();
        found
    }

    /// Whether a call's facts say that it gave this variant.
    fn is_made(&mut self, value: ValueId, variant: Name, at: BlockId, depth: u32) -> bool {
        let Def::Result(call) = self.graph.def(value) else { return false };
        let Some((known, facts)) = self.facts_of(call).and_then(|facts| facts.variant_if.as_ref()) else {
            return false;
        };
        let frame = self.frame(call);
        if *known == variant {
            return facts.iter().all(|fact| self.holds(fact, frame, at, depth));
        }
        // The other one, where one of the facts cannot be.
        opposite(*known) == Some(variant) && facts.iter().any(|fact| self.fails(fact, frame, at, depth))
    }

    /// Whether something holds of what a place holds on each way into a block; around a loop it has to hold of the turn before.
    fn on_all_ways(
        &mut self,
        place: Place,
        block: BlockId,
        mut holds: impl FnMut(&mut Self, ValueId, BlockId) -> bool,
    ) -> bool {
        let mark = self.evidence.len();
        for before in self.dominators.predecessors(block).to_vec() {
            let operand = self.read_at_end(place, before);
            if self.graph.def(operand) == Def::Phi(place, block) {
                continue;
            }
            self.learn_upwards(before);
            if !holds(self, operand, before) {
                self.evidence.truncate(mark);
                return false;
            }
        }
        true
    }

    /// Whether a position is at a boundary between characters of a text.
    pub(super) fn is_boundary(&mut self, text: ValueId, (at, by): (ValueId, i128), block: BlockId, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.spend()) else { return false };
        let (at, by) = self.exact_offset(at, by, block, depth);
        if self.graph.int(at).is_some_and(|at| at + by == 0) {
            return true;
        }
        let len = self.part(text, Projection::Len);
        let mark = self.evidence.len();
        if self.prove(Goal { a: at, b: len, c: -by }, block, depth)
            && self.prove(Goal { a: len, b: at, c: by }, block, depth)
        {
            return true;
        }
        self.evidence.truncate(mark);
        self.learn_source(at);
        for (known, plus, since) in self.boundaries.get(&text).cloned().unwrap_or_default() {
            let (known, plus) = self.exact_offset(known, plus, block, depth);
            if (known, plus) == (at, by) && self.is_since(since, block, depth) {
                return true;
            }
            self.evidence.truncate(mark);
        }
        match self.graph.def(at) {
            Def::Phi(place, join) if self.dominators.strictly_dominates(self.graph.block(text), join) => self
                .on_all_ways(place, join, |this, operand, before| this.is_boundary(text, (operand, by), before, depth)),
            _ => false,
        }
    }

    /// Returns a value without what is added to it, and the number that is, where the addition does not wrap.
    fn exact_offset(&mut self, value: ValueId, by: i128, at: BlockId, depth: u32) -> (ValueId, i128) {
        let (mut value, mut by) = (value, by);
        for _ in 0..depth {
            let exact = match self.graph.def(value) {
                Def::Sum(of, plus) => self.graph.int(plus).map(|plus| (of, plus)),
                Def::Arith(crate::model::hir::ArithOp::Add, one, other, _) => {
                    let parts = match (self.graph.int(one), self.graph.int(other)) {
                        (_, Some(plus)) => Some((one, plus)),
                        (Some(plus), _) => Some((other, plus)),
                        _ => None,
                    };
                    match parts {
                        Some(_) if !self.is_exact(value, at, depth) => None,
                        None if self.is_exact(value, at, depth) => Some((self.sum(one, other), 0)),
                        parts => parts,
                    }
                }
                _ => None,
            };
            let Some((of, plus)) = exact else { break };
            (value, by) = (of, by + plus);
        }
        (value, by)
    }

    /// Whether a map has a key.
    pub(super) fn has_key(&mut self, map: ValueId, key: ValueId, at: BlockId, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.spend()) else { return false };
        self.learn_source(map);
        self.learn_source(key);
        let mark = self.evidence.len();
        for (known, since) in self.keys.get(&map).cloned().unwrap_or_default() {
            if known == key && self.is_since(since, at, depth) {
                return true;
            }
            self.evidence.truncate(mark);
        }
        match self.graph.def(map) {
            Def::Phi(place, block) if self.dominators.strictly_dominates(self.graph.block(key), block) => {
                self.on_all_ways(place, block, |this, operand, before| this.has_key(operand, key, before, depth))
            }
            _ => false,
        }
    }

    /// Whether a fact of a call is certain at the end of a block.
    pub(super) fn holds(&mut self, fact: &Fact, frame: Frame, at: BlockId, depth: u32) -> bool {
        match fact {
            Fact::Order(left, relation, right) => {
                let (Some((one, plus)), Some((other, and))) = (self.side(left, frame), self.side(right, frame)) else {
                    return false;
                };
                let by = and.saturating_sub(plus);
                self.holds_order(one, *relation, other, by, at, depth)
            }
            Fact::Boundary(text, position) => match (self.term(text, frame), self.side(position, frame)) {
                (Some(text), Some(position)) => self.is_boundary(text, position, at, depth),
                _ => false,
            },
            Fact::Has(map, key) => match (self.term(map, frame), self.term(key, frame)) {
                (Some(map), Some(key)) => self.has_key(map, key, at, depth),
                _ => false,
            },
            Fact::Is(value, variant) => match self.term(value, frame) {
                Some(value) => {
                    let tag = self.part(value, Projection::Tag);
                    self.is_variant(tag, *variant, at, depth)
                }
                None => false,
            },
            Fact::Power(base, exponent) => match (self.term(base, frame), self.term(exponent, frame)) {
                (Some(base), Some(exponent)) => self.power_fits(base, exponent, frame, at, depth),
                _ => false,
            },
            Fact::Ordered(range) => match self.term(range, frame) {
                Some(range) => self.is_ordered(range, at, depth),
                None => false,
            },
            Fact::Fits(value) => {
                match (self.term(value, frame), self.body.call(frame.call).and_then(|call| call.fit)) {
                    (Some(value), Some(fit)) => self.fits(value, fit, at, depth),
                    _ => false,
                }
            }
        }
    }

    /// Whether `one ≤ other + by`, or the like, is certain.
    fn holds_order(&mut self, one: ValueId, how: Relation, other: ValueId, by: i128, at: BlockId, depth: u32) -> bool {
        let goal = Goal { a: one, b: other, c: by };
        let back = Goal { a: other, b: one, c: by.saturating_neg() };
        let less = |goal: Goal| Goal { c: goal.c.saturating_sub(1), ..goal };
        match how {
            Relation::Less => self.prove(less(goal), at, depth),
            Relation::LessEqual => self.prove(goal, at, depth),
            Relation::Equal => self.prove(goal, at, depth) && self.prove(back, at, depth),
            Relation::NotEqual => {
                self.prove(less(goal), at, depth)
                    || self.prove(less(back), at, depth)
                    || by == 0 && self.graph.int(other).is_some_and(|number| self.is_not(one, number, at, depth))
            }
        }
    }

    /// Whether the greatest power is one of the result's type.
    fn power_fits(&mut self, base: ValueId, exponent: ValueId, frame: Frame, at: BlockId, depth: u32) -> bool {
        let Some(Scalar::Int(ty)) = self.body.call(frame.call).map(|call| call.result) else { return false };
        let depth = depth.min(super::RANGE_DEPTH);
        let (low, high) = (self.lower(base, at, depth), self.upper(base, at, depth));
        let exponent = u32::try_from(self.upper(exponent, at, depth)).ok();
        let power = exponent.and_then(|exponent| high.checked_pow(exponent));
        low >= 0 && power.is_some_and(|power| power <= ty.range().1)
    }

    fn is_ordered(&mut self, range: ValueId, at: BlockId, depth: u32) -> bool {
        if self.is_half_open(range) {
            return true;
        }
        let (Some(start), Some(Some(end))) = (self.range_start(range), self.range_end(range)) else { return false };
        self.prove(Goal { a: start, b: end, c: 0 }, at, depth)
    }

    fn fits(&mut self, value: ValueId, fit: Fit, at: BlockId, depth: u32) -> bool {
        match fit {
            Fit::Int(ty) => {
                let (low, high) = ty.range();
                let (low, high) = (self.int(low), self.int(high));
                self.prove(Goal { a: low, b: value, c: 0 }, at, depth)
                    && self.prove(Goal { a: value, b: high, c: 0 }, at, depth)
            }
            Fit::Array(len) => {
                let (known, len) = (self.part(value, Projection::Len), self.int(len.into()));
                self.prove(Goal { a: known, b: len, c: 0 }, at, depth)
                    && self.prove(Goal { a: len, b: known, c: 0 }, at, depth)
            }
        }
    }

    /// Whether it is certain that a fact of a call does not hold.
    pub(super) fn fails(&mut self, fact: &Fact, frame: Frame, at: BlockId, depth: u32) -> bool {
        match fact {
            Fact::Order(left, relation, right) => {
                let (Some((one, plus)), Some((other, and))) = (self.side(left, frame), self.side(right, frame)) else {
                    return false;
                };
                let by = and.saturating_sub(plus);
                let back = by.saturating_neg();
                match relation {
                    // not one < other + by: other ≤ one - by
                    Relation::Less => self.holds_order(other, Relation::LessEqual, one, back, at, depth),
                    Relation::LessEqual => self.holds_order(other, Relation::Less, one, back, at, depth),
                    Relation::Equal => self.holds_order(one, Relation::NotEqual, other, by, at, depth),
                    Relation::NotEqual => self.holds_order(one, Relation::Equal, other, by, at, depth),
                }
            }
            Fact::Is(value, variant) => match (self.term(value, frame), opposite(*variant)) {
                (Some(value), Some(other)) => {
                    let tag = self.part(value, Projection::Tag);
                    self.is_variant(tag, other, at, depth)
                }
                _ => false,
            },
            _ => false,
        }
    }
}
