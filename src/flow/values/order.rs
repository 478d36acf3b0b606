//! Differences between values: is `a - b ≤ c` certain at a block? A search over what is known, from both ends, as ABCD does (Bodík,
//! Gupta and Sarkar, "ABCD: Eliminating Array Bounds Checks on Demand", PLDI 2000): bounds from branches and calls, what
//! a value is computed from, and phis, for which it has to hold on each way in; around a loop it is assumed of the turn before.

use super::Values;
use super::graph::{Def, ValueId};
use super::learn::{Bound, Since};
use super::range::is_within;
use crate::flow::mir::BlockId;
use crate::model::hir::ArithOp;

/// The question whether `a - b ≤ c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Goal {
    pub(super) a: ValueId,
    pub(super) b: ValueId,
    pub(super) c: i128,
}

/// One step of a search: a value that is at least, or at most, another one and a number, and what says so.
type Step = (ValueId, i128, Option<Since>);

impl Values {
    /// Whether `a - b ≤ c` is certain where `at` ends. What was used is noted as evidence.
    pub(super) fn prove(&mut self, Goal { a, b, c }: Goal, at: BlockId, depth: u32) -> bool {
        // x + 2 - y ≤ c is x - y ≤ c - 2.
        let ((a, plus), (b, and)) = (self.offset(a), self.offset(b));
        let c = c.saturating_sub(plus).saturating_add(and);
        let goal = Goal { a, b, c };
        if a == b {
            return c >= 0;
        }
        if !self.spend() {
            return false;
        }
        if self.assumed.iter().any(|it| it.a == a && it.b == b && it.c <= c) {
            return true;
        }
        let mark = self.evidence.len();
        if self.prove_by_ranges(goal, at, depth) {
            return true;
        }
        self.evidence.truncate(mark);
        let Some(depth) = depth.checked_sub(1) else { return false };
        if self.asked.iter().any(|&(known, block)| known.a == a && known.b == b && known.c >= c && block == at)
            || self.failed.get(&(a, b, at)).is_some_and(|&(least, deep)| c <= least && depth <= deep)
        {
            return false;
        }
        self.asked.push((goal, at));
        let found = self.prove_by_steps(goal, at, depth) || self.prove_by_phis(goal, at, depth);
        self.asked.pop();
        if !found {
            self.evidence.truncate(mark);
            if self.assumed.is_empty() {
                self.failed.insert((a, b, at), (c, depth));
            }
        }
        found
    }

    fn prove_by_ranges(&mut self, Goal { a, b, c }: Goal, at: BlockId, depth: u32) -> bool {
        let high = self.upper(a, at, depth.min(super::RANGE_DEPTH));
        if high == i128::MAX {
            return false;
        }
        let low = self.lower(b, at, depth.min(super::RANGE_DEPTH));
        low != i128::MIN && high.saturating_sub(low) <= c
    }

    fn prove_by_steps(&mut self, Goal { a, b, c }: Goal, at: BlockId, depth: u32) -> bool {
        self.learn_source(a);
        self.learn_source(b);
        for (to, by, since) in self.steps_up(a, at, depth) {
            if self.try_step(Goal { a: to, b, c: c.saturating_sub(by) }, since, at, depth) {
                return true;
            }
        }
        for (to, by, since) in self.steps_down(b, at, depth) {
            if self.try_step(Goal { a, b: to, c: c.saturating_add(by) }, since, at, depth) {
                return true;
            }
        }
        false
    }

    fn try_step(&mut self, goal: Goal, since: Option<Since>, at: BlockId, depth: u32) -> bool {
        let mark = self.evidence.len();
        let found = since.is_none_or(|since| self.is_since(since, at, depth)) && self.prove(goal, at, depth);
        if !found {
            self.evidence.truncate(mark);
        }
        found
    }

    /// Whether what was found holds here; it becomes evidence.
    pub(super) fn is_since(&mut self, since: Since, at: BlockId, depth: u32) -> bool {
        let Since { block, guard, at: why } = since;
        if !self.dominators.dominates(block, at) {
            return false;
        }
        if let Some((tag, variant)) = guard
            && !self.is_variant(tag, variant, at, depth)
        {
            return false;
        }
        self.evidence.push(why);
        true
    }

    /// The values that `a` is at most, each with the number to add.
    fn steps_up(&mut self, a: ValueId, at: BlockId, depth: u32) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let bounds = self.above.get(&a).map_or(&[][..], Vec::as_slice);
        let here = |bound: &&Bound| self.dominators.dominates(bound.since.block, at);
        steps.extend(bounds.iter().filter(here).map(|bound| (bound.to, bound.by, Some(bound.since))));
        match self.graph.def(a) {
            Def::Sum(one, other) => self.steps_of_sum((one, other), at, depth, &mut steps),
            Def::Arith(op, left, right, _) if self.is_exact(a, at, depth) => match op {
                ArithOp::Add => {
                    let sum = self.sum(left, right);
                    steps.push((sum, 0, None));
                }
                ArithOp::Sub => {
                    let low = self.lower(right, at, depth.min(super::RANGE_DEPTH));
                    if low != i128::MIN {
                        steps.push((left, low.saturating_neg(), None));
                    }
                }
                ArithOp::Div | ArithOp::Shr if self.graph.range(left).0 >= 0 && self.graph.range(right).0 >= 0 => {
                    steps.push((left, 0, None));
                }
                ArithOp::Rem if self.graph.range(left).0 >= 0 && self.graph.range(right).0 >= 0 => {
                    // It was computed, so that the divisor is not zero.
                    steps.extend([(right, -1, None), (left, 0, None)]);
                }
                ArithOp::BitAnd => {
                    let of = [left, right].into_iter().filter(|&of| self.graph.range(of).0 >= 0);
                    steps.extend(of.map(|of| (of, 0, None)));
                }
                _ => {}
            },
            Def::Cast(of, _) if self.is_exact(a, at, depth) => steps.push((of, 0, None)),
            _ => {}
        }
        for difference in self.graph.differences(a) {
            // What is left of `whole` is at least `low`, so that `a` is at most `whole - low`.
            if let Def::Arith(_, whole, _, _) = self.graph.def(difference)
                && self.dominators.dominates(self.graph.block(difference), at)
                && self.is_exact(difference, at, depth)
            {
                let low = self.lower(difference, at, depth.min(super::RANGE_DEPTH));
                steps.push((whole, low.saturating_neg(), None));
            }
        }
        steps
    }

    /// The values that `b` is at least, each with the number to add.
    fn steps_down(&mut self, b: ValueId, at: BlockId, depth: u32) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let bounds = self.below.get(&b).map_or(&[][..], Vec::as_slice);
        let here = |bound: &&Bound| self.dominators.dominates(bound.since.block, at);
        // to ≤ b + by
        steps.extend(bounds.iter().filter(here).map(|bound| (bound.to, bound.by, Some(bound.since))));
        match self.graph.def(b) {
            Def::Sum(one, other) => {
                for (of, rest) in [(one, other), (other, one)] {
                    let low = self.lower(rest, at, depth.min(super::RANGE_DEPTH));
                    if low != i128::MIN {
                        // b = of + rest ≥ of + low, so that of ≤ b - low.
                        steps.push((of, low.saturating_neg(), None));
                    }
                }
            }
            Def::Arith(op, left, right, _) if self.is_exact(b, at, depth) => match op {
                ArithOp::Add => {
                    let sum = self.sum(left, right);
                    steps.push((sum, 0, None));
                }
                ArithOp::Sub => {
                    let high = self.upper(right, at, depth.min(super::RANGE_DEPTH));
                    if high != i128::MAX {
                        steps.push((left, high, None));
                    }
                }
                ArithOp::BitOr if self.graph.range(left).0 >= 0 && self.graph.range(right).0 >= 0 => {
                    steps.extend([(left, 0, None), (right, 0, None)]);
                }
                _ => {}
            },
            Def::Cast(of, _) if self.is_exact(b, at, depth) => steps.push((of, 0, None)),
            _ => {}
        }
        // `steps_down` is read as "a - to ≤ c + by suffices": to - b ≤ by.
        steps.into_iter().map(|(to, by, since)| (to, by.saturating_neg(), since)).collect()
    }

    /// What a sum is at most: one part and what the other one is at most, also where that is a difference with the first.
    fn steps_of_sum(&mut self, (one, other): (ValueId, ValueId), at: BlockId, depth: u32, steps: &mut Vec<Step>) {
        for (of, rest) in [(one, other), (other, one)] {
            let high = self.upper(rest, at, depth.min(super::RANGE_DEPTH));
            if high != i128::MAX {
                steps.push((of, high, None));
            }
        }
        for (of, rest) in [(one, other), (other, one)] {
            self.learn_source(rest);
            let mut bounds: Vec<Bound> = self.above.get(&rest).cloned().unwrap_or_default();
            bounds.retain(|bound| self.dominators.dominates(bound.since.block, at));
            // The other part may itself be such a difference.
            let start = Since { block: BlockId(0), guard: None, at: crate::model::hir::ExprId::default() };
            bounds.push(Bound { to: rest, by: 0, since: start });
            for Bound { to, by, since } in bounds {
                let since = (to != rest).then_some(since);
                if let Def::Arith(ArithOp::Sub, whole, taken, _) = self.graph.def(to)
                    && taken == of
                    && self.is_exact(to, at, depth)
                {
                    // of + rest ≤ of + (whole - of) + by
                    steps.push((whole, by, since));
                } else if to != rest
                    && let Some(sum) = self.graph.lookup(Def::Sum(of.min(to), of.max(to)))
                {
                    steps.push((sum, by, since));
                }
            }
        }
    }

    /// Where ways meet it must hold on each of them. Of a loop's turn it may be assumed of the turn before.
    fn prove_by_phis(&mut self, Goal { a, b, c }: Goal, at: BlockId, depth: u32) -> bool {
        let phi = |value| match self.graph.def(value) {
            Def::Phi(place, block) => Some((place, block)),
            _ => None,
        };
        let (left, right) = (phi(a), phi(b));
        let block = match (left, right) {
            (Some((_, one)), Some((_, other))) if self.dominators.dominates(one, other) => other,
            (Some((_, one)), _) => one,
            (None, Some((_, other))) => other,
            (None, None) => return false,
        };
        // The other value must be what it is on the way in: it is known before the ways meet, or is such a phi too.
        let stays = |value, phi: Option<(_, BlockId)>| {
            phi.is_some_and(|(_, of)| of == block) || self.dominators.strictly_dominates(self.graph.block(value), block)
        };
        if !stays(a, left) || !stays(b, right) || !self.dominators.dominates(block, at) {
            return false;
        }
        let assume = self.dominators.is_loop_header(block);
        if assume {
            if self.assumed.len() >= super::LOOPS {
                return false;
            }
            self.assumed.push(Goal { a, b, c });
        }
        let mut holds = true;
        for before in self.dominators.predecessors(block).to_vec() {
            let mut operand = |value, phi: Option<(crate::flow::mir::Place, BlockId)>| match phi {
                Some((place, of)) if of == block => self.read_at_end(place, before),
                _ => value,
            };
            let (a, b) = (operand(a, left), operand(b, right));
            self.learn_upwards(before);
            if !self.prove(Goal { a, b, c }, before, depth) {
                holds = false;
                break;
            }
        }
        if assume {
            self.assumed.pop();
        }
        holds
    }

    /// Whether arithmetic or a cast gives the whole number, without wrapping.
    pub(super) fn is_exact(&mut self, value: ValueId, at: BlockId, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match self.graph.def(value) {
            Def::Arith(op, left, right, ty) => match op {
                ArithOp::Sub if !ty.signed => {
                    self.prove(Goal { a: right, b: left, c: 0 }, at, depth.min(super::EXACT_DEPTH))
                }
                ArithOp::Add | ArithOp::Sub | ArithOp::Mul | ArithOp::Shl => {
                    let depth = depth.min(super::RANGE_DEPTH);
                    let range = self.computed_range(op, (left, right), at, depth);
                    is_within(range, ty.range())
                }
                ArithOp::Div | ArithOp::Rem | ArithOp::Shr | ArithOp::BitAnd | ArithOp::BitOr | ArithOp::BitXor => true,
            },
            Def::Cast(of, ty) => {
                let (low, high) = ty.range();
                let (least, most) = (self.int(low), self.int(high));
                let depth = depth.min(super::EXACT_DEPTH);
                self.prove(Goal { a: least, b: of, c: 0 }, at, depth)
                    && self.prove(Goal { a: of, b: most, c: 0 }, at, depth)
            }
            _ => true,
        }
    }

    /// Returns a value without the number that is added to it, and that number.
    pub(super) fn offset(&self, value: ValueId) -> (ValueId, i128) {
        match self.graph.def(value) {
            Def::Sum(of, by) => self.graph.int(by).map_or((value, 0), |by| (of, by)),
            _ => (value, 0),
        }
    }
}
