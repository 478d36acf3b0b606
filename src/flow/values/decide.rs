//! The verdict about one site: whether what it asserts is certain, or certainly false.

use super::order::Goal;
use super::{DEPTHS, FUEL_PER_SITE, Values};
use crate::flow::mir::{AssertKind, BlockId, IntType, Operand, Place, Point, TerminatorKind};
use crate::model::hir::{ArithOp, ExprId};

/// What is certain of one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It cannot panic.
    Holds(Proof),
    /// It panics whenever it is reached.
    Fails(Proof),
    /// Neither is certain.
    Open,
}

/// What was used to decide, in the order in which it was used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// The expressions that establish it, each once.
    pub evidence: Vec<ExprId>,
}

impl Values {
    /// Decides the assert that ends a block; `Open` where none does.
    pub fn decide(&mut self, block: BlockId) -> Decision {
        let Some(data) = self.body.block(block) else { return Decision::Open };
        let TerminatorKind::Assert(kind, _) = data.terminator.kind else { return Decision::Open };
        let point = Point { block, index: data.statements.len() as u32 };
        if !self.dominators.is_reached(block) {
            return Decision::Open;
        }
        self.fuel = FUEL_PER_SITE.min(self.fuel_of_body);
        let before = self.fuel;
        self.learn_upwards(block);
        let decision = self.search(kind, point);
        self.fuel_of_body -= before - self.fuel;
        decision
    }

    /// Whether a body's fuel has run out, so that its last sites were not looked at as far as they would be alone.
    pub fn is_exhausted(&self) -> bool {
        self.fuel_of_body == 0
    }

    fn search(&mut self, kind: AssertKind, point: Point) -> Decision {
        for depth in DEPTHS {
            self.clear_search();
            if self.passes(kind, point, depth) {
                return Decision::Holds(self.proof());
            }
            self.clear_search();
            if self.panics(kind, point, depth) {
                return Decision::Fails(self.proof());
            }
            if self.fuel == 0 {
                break;
            }
        }
        Decision::Open
    }

    fn clear_search(&mut self) {
        self.evidence.clear();
        self.asked.clear();
        self.assumed.clear();
        self.tagged.clear();
        self.ranged.clear();
    }

    fn proof(&mut self) -> Proof {
        let mut evidence = Vec::new();
        for at in self.evidence.drain(..) {
            if !evidence.contains(&at) {
                evidence.push(at);
            }
        }
        Proof { evidence }
    }

    /// Whether the condition is certain.
    fn passes(&mut self, kind: AssertKind, point: Point, depth: u32) -> bool {
        let at = point.block;
        match kind {
            AssertKind::Index { base, index, bounds } => {
                let (index, len) = (self.operand(index, point), self.length(base, bounds, point));
                self.prove(Goal { a: index, b: len, c: -1 }, at, depth)
            }
            AssertKind::Slice { base, start, end, inclusive, text, bounds } => {
                self.slice_passes((base, bounds), (start, end, inclusive), text, point, depth)
            }
            AssertKind::Division(dividend, divisor, ty) => self.division_passes(dividend, divisor, ty, point, depth),
            AssertKind::Overflow(op, left, right, ty) => self.overflow_passes(op, (left, right), ty, point, depth),
            AssertKind::Variant(place, variant) => {
                let tag = self.tag(place, point);
                self.is_variant(tag, variant, at, depth)
            }
            AssertKind::Call(call) => {
                let Some(facts) = self.facts_of(call).filter(|facts| !facts.panics_unless.is_empty()) else {
                    return false;
                };
                let frame = self.frame(call);
                facts.panics_unless.iter().all(|fact| self.holds(fact, frame, at, depth))
            }
            AssertKind::Key(map, key) => {
                let (map, key) = (self.read(map, point), self.operand(key, point));
                self.has_key(map, key, at, depth)
            }
            AssertKind::Never => false,
        }
    }

    fn slice_passes(
        &mut self,
        (base, bounds): (Place, (i128, i128)),
        (start, end, inclusive): (Operand, Option<Operand>, bool),
        text: bool,
        point: Point,
        depth: u32,
    ) -> bool {
        let at = point.block;
        let (start, len) = (self.operand(start, point), self.length(base, bounds, point));
        let end = end.map_or(len, |end| self.operand(end, point));
        let past = i128::from(inclusive);
        let within = self.prove(Goal { a: end, b: len, c: -past }, at, depth)
            && self.prove(Goal { a: start, b: end, c: past }, at, depth);
        if !within || !text {
            return within;
        }
        let value = self.read(base, point);
        self.is_boundary(value, (start, 0), at, depth)
            && (end == len || self.is_boundary(value, (end, past), at, depth))
    }

    fn division_passes(&mut self, dividend: Operand, divisor: Operand, ty: IntType, point: Point, depth: u32) -> bool {
        let at = point.block;
        let (dividend, divisor) = (self.operand(dividend, point), self.operand(divisor, point));
        let zero = self.int(0);
        let positive = self.prove(Goal { a: zero, b: divisor, c: -1 }, at, depth);
        if positive {
            return true;
        }
        if ty.signed {
            // Below zero: neither zero nor -1, or a dividend that is not the least.
            let below = self.prove(Goal { a: divisor, b: zero, c: -2 }, at, depth);
            let least = self.int(ty.range().0);
            let minus = self.prove(Goal { a: divisor, b: zero, c: -1 }, at, depth);
            return below || minus && self.prove(Goal { a: least, b: dividend, c: -1 }, at, depth);
        }
        self.is_not(divisor, 0, at, depth)
    }

    fn overflow_passes(
        &mut self,
        op: ArithOp,
        (left, right): (Operand, Operand),
        ty: IntType,
        point: Point,
        depth: u32,
    ) -> bool {
        let at = point.block;
        let (left, right) = (self.operand(left, point), self.operand(right, point));
        let (least, most) = ty.range();
        match op {
            ArithOp::Shl | ArithOp::Shr => {
                let (zero, bits) = (self.int(0), self.int(ty.bits.into()));
                self.prove(Goal { a: right, b: bits, c: -1 }, at, depth)
                    && self.prove(Goal { a: zero, b: right, c: 0 }, at, depth)
            }
            ArithOp::Sub if !ty.signed => self.prove(Goal { a: right, b: left, c: 0 }, at, depth),
            ArithOp::Add => {
                let sum = self.sum(left, right);
                let (least, most) = (self.int(least), self.int(most));
                let fits = ty.bits < 128 && self.prove(Goal { a: sum, b: most, c: 0 }, at, depth);
                fits && (!ty.signed || self.prove(Goal { a: least, b: sum, c: 0 }, at, depth))
            }
            _ => {
                let range = self.computed_range(op, (left, right), at, depth.min(super::RANGE_DEPTH));
                super::range::is_within(range, (least, most))
            }
        }
    }

    /// Whether the condition is certainly false.
    fn panics(&mut self, kind: AssertKind, point: Point, depth: u32) -> bool {
        let at = point.block;
        match kind {
            AssertKind::Index { base, index, bounds } => {
                let (index, len) = (self.operand(index, point), self.length(base, bounds, point));
                self.prove(Goal { a: len, b: index, c: 0 }, at, depth)
            }
            AssertKind::Division(_, divisor, _) => {
                let (divisor, zero) = (self.operand(divisor, point), self.int(0));
                self.prove(Goal { a: divisor, b: zero, c: 0 }, at, depth)
                    && self.prove(Goal { a: zero, b: divisor, c: 0 }, at, depth)
            }
            AssertKind::Variant(place, variant) => {
                let tag = self.tag(place, point);
                super::learn::opposite(variant).is_some_and(|other| self.is_variant(tag, other, at, depth))
            }
            // What is certain of a range or of a call's arguments is rarely that they are wrong.
            _ => false,
        }
    }
}
