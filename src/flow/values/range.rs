//! The least and the greatest number that a value can be, at a block.

use super::Values;
use super::graph::{Def, ValueId};
use super::learn::Bound;
use crate::flow::mir::BlockId;
use crate::model::hir::ArithOp;

/// The least and the greatest number; the ends of `i128` stand for no bound.
type Range = (i128, i128);

const ALL: Range = (i128::MIN, i128::MAX);

impl Values {
    /// Returns the greatest number that the value can be at the end of a block; `i128::MAX` where nothing is known.
    pub(super) fn upper(&mut self, value: ValueId, at: BlockId, depth: u32) -> i128 {
        let known = self.graph.range(value);
        if known.0 == known.1 || !self.spend() {
            return known.1;
        }
        let Some(depth) = depth.checked_sub(1) else { return known.1 };
        let mut best = known.1.min(self.defined_range(value, at, depth).1);
        self.learn_source(value);
        let mut proof = None;
        for Bound { to, by, since } in self.above.get(&value).cloned().unwrap_or_default() {
            let mark = self.evidence.len();
            if self.is_since(since, at, depth) {
                let high = self.upper(to, at, depth);
                let high = if high == i128::MAX { high } else { high.saturating_add(by) };
                if high < best {
                    best = high;
                    proof = self.evidence.get(mark..).map(<[_]>::to_vec);
                }
            }
            self.evidence.truncate(mark);
        }
        self.evidence.extend(proof.unwrap_or_default());
        while best > known.0 && self.is_not(value, best, at, depth) {
            best -= 1;
        }
        best
    }

    /// Returns the least number that the value can be at the end of a block; `i128::MIN` where nothing is known.
    pub(super) fn lower(&mut self, value: ValueId, at: BlockId, depth: u32) -> i128 {
        let known = self.graph.range(value);
        if known.0 == known.1 || !self.spend() {
            return known.0;
        }
        let Some(depth) = depth.checked_sub(1) else { return known.0 };
        let mut best = known.0.max(self.defined_range(value, at, depth).0);
        self.learn_source(value);
        let mut proof = None;
        for Bound { to, by, since } in self.below.get(&value).cloned().unwrap_or_default() {
            let mark = self.evidence.len();
            if self.is_since(since, at, depth) {
                // to ≤ value + by
                let low = self.lower(to, at, depth);
                let low = if low == i128::MIN { low } else { low.saturating_sub(by) };
                if low > best {
                    best = low;
                    proof = self.evidence.get(mark..).map(<[_]>::to_vec);
                }
            }
            self.evidence.truncate(mark);
        }
        self.evidence.extend(proof.unwrap_or_default());
        while best < known.1 && self.is_not(value, best, at, depth) {
            best += 1;
        }
        best
    }

    /// Whether the value is known not to be this number.
    pub(super) fn is_not(&mut self, value: ValueId, number: i128, at: BlockId, depth: u32) -> bool {
        for (other, since) in self.unequal.get(&value).cloned().unwrap_or_default() {
            let mark = self.evidence.len();
            if self.graph.int(other) == Some(number) && self.is_since(since, at, depth) {
                return true;
            }
            self.evidence.truncate(mark);
        }
        false
    }

    /// What the operands of a value's definition allow.
    fn defined_range(&mut self, value: ValueId, at: BlockId, depth: u32) -> Range {
        match self.graph.def(value) {
            Def::Arith(op, left, right, ty) => {
                if matches!(op, ArithOp::Shl | ArithOp::Shr) && self.upper(right, at, depth) >= ty.bits.into() {
                    // Without overflow checks it shifts by the distance's last bits.
                    let (low, high) = (self.lower(left, at, depth), self.upper(left, at, depth));
                    return if op == ArithOp::Shr && low >= 0 { (0, high) } else { ty.range() };
                }
                let range = self.computed_range(op, (left, right), at, depth);
                let all = ty.range();
                if op == ArithOp::Sub && !ty.signed && range.0 < 0 && self.is_exact(value, at, depth) {
                    return within((0, range.1), all);
                }
                within(range, all)
            }
            Def::Sum(one, other) => self.computed_range(ArithOp::Add, (one, other), at, depth),
            Def::Cast(of, ty) => {
                let of = (self.lower(of, at, depth), self.upper(of, at, depth));
                within(of, ty.range())
            }
            Def::Phi(place, block) => {
                if depth == 0 || self.ranged.contains(&value) || self.ranged.len() >= super::LOOPS {
                    return self.graph.range(value);
                }
                self.ranged.push(value);
                let mut all = (i128::MAX, i128::MIN);
                for before in self.dominators.predecessors(block).to_vec() {
                    let operand = self.read_at_end(place, before);
                    self.learn_upwards(before);
                    let one = (self.lower(operand, before, depth), self.upper(operand, before, depth));
                    all = (all.0.min(one.0), all.1.max(one.1));
                }
                self.ranged.pop();
                if all.0 > all.1 { ALL } else { all }
            }
            _ => ALL,
        }
    }

    /// What arithmetic gives, as whole numbers.
    pub(super) fn computed_range(
        &mut self,
        op: ArithOp,
        (left, right): (ValueId, ValueId),
        at: BlockId,
        depth: u32,
    ) -> Range {
        let mut of = |value| (self.lower(value, at, depth), self.upper(value, at, depth));
        let (one, other) = (of(left), of(right));
        combined(op, one, other)
    }
}

/// The range, where it lies within that of the type: what leaves it may have wrapped to anything in it.
pub(super) const fn within((low, high): Range, all: Range) -> Range {
    if is_within((low, high), all) { (low, high) } else { all }
}

/// Whether a range lies within that of a type. An end without a bound does not, for a type of 128 bits is cut off there.
pub(super) const fn is_within((low, high): Range, (least, most): Range) -> bool {
    least <= low && low != i128::MIN && high <= most && high != i128::MAX
}

/// What arithmetic makes of all numbers of two ranges.
fn combined(op: ArithOp, one: Range, other: Range) -> Range {
    match op {
        ArithOp::Add => (add(one.0, other.0, i128::MIN), add(one.1, other.1, i128::MAX)),
        ArithOp::Sub => (sub(one.0, other.1, i128::MIN), sub(one.1, other.0, i128::MAX)),
        ArithOp::Mul => products(one, other),
        ArithOp::Div if other.0 > 0 => quotients(one, other),
        ArithOp::Rem if other.0 > 0 => {
            let most = if other.1 == i128::MAX { i128::MAX } else { other.1 - 1 };
            let low = if one.0 >= 0 { 0 } else { one.0.max(most.saturating_neg()) };
            (low, if one.0 >= 0 { most.min(one.1) } else { most.min(one.1.max(0)) })
        }
        // A divisor of zero panics before there is a value.
        ArithOp::Rem if other.0 == 0 && one.0 >= 0 => (0, one.1.min(other.1.saturating_sub(1).max(0))),
        ArithOp::Div if other.0 == 0 && one.0 >= 0 => (0, one.1),
        ArithOp::BitAnd => match (one.0 >= 0, other.0 >= 0) {
            (true, true) => (0, one.1.min(other.1)),
            (true, false) => (0, one.1),
            (false, true) => (0, other.1),
            (false, false) => ALL,
        },
        ArithOp::BitOr | ArithOp::BitXor if one.0 >= 0 && other.0 >= 0 => {
            let low = if op == ArithOp::BitOr { one.0.max(other.0) } else { 0 };
            (low, ones_up_to(one.1.max(other.1)))
        }
        ArithOp::Shr if one.0 >= 0 && other.0 >= 0 => {
            let by = |by: i128| u32::try_from(by).unwrap_or(u32::MAX);
            (one.0.checked_shr(by(other.1)).unwrap_or(0), one.1.checked_shr(by(other.0)).unwrap_or(0))
        }
        ArithOp::Shl if one.0 >= 0 && other.0 >= 0 && other.1 < 127 => {
            let shifted = |value: i128, by: i128| value.checked_mul(1_i128.checked_shl(u32::try_from(by).ok()?)?);
            (one.0, shifted(one.1, other.1).unwrap_or(i128::MAX))
        }
        _ => ALL,
    }
}

fn add(one: i128, other: i128, unbounded: i128) -> i128 {
    if one == unbounded || other == unbounded { unbounded } else { one.checked_add(other).unwrap_or(unbounded) }
}

fn sub(one: i128, other: i128, unbounded: i128) -> i128 {
    let opposite = if unbounded == i128::MIN { i128::MAX } else { i128::MIN };
    if one == unbounded || other == opposite { unbounded } else { one.checked_sub(other).unwrap_or(unbounded) }
}

fn products(one: Range, other: Range) -> Range {
    if [one.0, other.0].contains(&i128::MIN) || [one.1, other.1].contains(&i128::MAX) {
        return if one.0 >= 0 && other.0 >= 0 { (one.0.saturating_mul(other.0), i128::MAX) } else { ALL };
    }
    let corners = [(one.0, other.0), (one.0, other.1), (one.1, other.0), (one.1, other.1)];
    let mut all = (i128::MAX, i128::MIN);
    for (a, b) in corners {
        let Some(product) = a.checked_mul(b) else { return ALL };
        all = (all.0.min(product), all.1.max(product));
    }
    all
}

fn quotients(one: Range, other: Range) -> Range {
    if one.0 >= 0 {
        let most = if one.1 == i128::MAX { None } else { one.1.checked_div(other.0) };
        return (one.0.checked_div(other.1).unwrap_or(0), most.unwrap_or(i128::MAX));
    }
    // Closer to zero than the dividend.
    (one.0, one.1.max(0))
}

/// The greatest number with as many binary digits.
const fn ones_up_to(value: i128) -> i128 {
    if value <= 0 { 0 } else { i128::MAX >> (value.leading_zeros() - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All numbers of a range.
    fn numbers((low, high): Range) -> impl Iterator<Item = i128> + Clone {
        low..=high
    }

    #[test]
    fn no_result_is_outside_the_range_that_is_computed() {
        const OPS: [ArithOp; 10] = [
            ArithOp::Add,
            ArithOp::Sub,
            ArithOp::Mul,
            ArithOp::Div,
            ArithOp::Rem,
            ArithOp::Shl,
            ArithOp::Shr,
            ArithOp::BitAnd,
            ArithOp::BitOr,
            ArithOp::BitXor,
        ];
        let ranges: Vec<Range> =
            (-4..=5).flat_map(|low| [0, 1, 3].map(|width| (low, low + width))).chain([(7, 9), (15, 16)]).collect();
        let mut tight = 0;
        for op in OPS {
            for &one in &ranges {
                for &other in &ranges {
                    let (low, high) = combined(op, one, other);
                    for a in numbers(one) {
                        for b in numbers(other) {
                            let Some(value) = op.apply(a, b) else { continue };
                            assert!((low..=high).contains(&value), "{a} {op:?} {b} = {value}: not in {low}..={high}");
                            tight += usize::from(value == low || value == high);
                        }
                    }
                }
            }
        }
        assert!(tight > 5_000, "{tight} results are at an end of their range");
    }

    #[test]
    fn what_has_no_bound_keeps_none() {
        assert_eq!(combined(ArithOp::Add, (0, i128::MAX), (1, 1)), (1, i128::MAX));
        assert_eq!(combined(ArithOp::Sub, (0, i128::MAX), (0, i128::MAX)), (i128::MIN, i128::MAX));
        assert_eq!(combined(ArithOp::Mul, (0, i128::MAX), (2, 2)), (0, i128::MAX));
        assert_eq!(combined(ArithOp::Rem, ALL, (4, 4)), (-3, 3));
        assert_eq!(combined(ArithOp::Rem, (0, i128::MAX), (0, i128::MAX)), (0, i128::MAX - 1));
        assert_eq!(ones_up_to(5), 7);
        assert_eq!(ones_up_to(8), 15);
    }
}
