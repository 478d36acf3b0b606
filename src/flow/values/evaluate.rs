//! What rvalues compute, folded as far as it is certain.

use super::Values;
use super::graph::{Def, ValueId};
use crate::flow::mir::{BlockId, Comparison, Const, IntType, Point, Projection, Rvalue, Scalar};
use crate::model::hir::ArithOp;

impl Values {
    /// Returns the value of a whole number.
    pub(super) fn int(&mut self, value: i128) -> ValueId {
        self.graph.intern(Def::Int(value), BlockId(0))
    }

    pub(super) fn constant(&mut self, value: Const) -> ValueId {
        let def = match value {
            Const::Int(value) => Def::Int(value),
            Const::Char(value) => Def::Char(value),
            Const::Sequence(len) => Def::Sequence(len),
        };
        self.graph.intern(def, BlockId(0))
    }

    /// Notes what an operand's type says of its value.
    pub(super) fn note(&mut self, value: ValueId, scalar: Scalar) {
        match scalar {
            Scalar::Int(ty) => self.graph.narrow(value, ty.range()),
            Scalar::Bool => self.graph.narrow(value, (0, 1)),
            Scalar::Sequence(least, most) => {
                let len = self.part(value, Projection::Len);
                self.graph.narrow(len, (least, most));
            }
            Scalar::Char => {
                self.chars.insert(value);
            }
            Scalar::Text => {
                self.texts.insert(value);
            }
            Scalar::Other => {}
        }
    }

    /// Returns what a statement at `point` computes.
    pub(super) fn evaluate(&mut self, value: Rvalue, point: Point) -> ValueId {
        if let Some(&known) = self.evaluated.get(&point) {
            return known;
        }
        // Of a chain that is too long, and of a cycle that cannot be, nothing is known.
        let unknown = self.graph.intern(Def::Opaque(point), point.block);
        if self.depth >= super::DEPTH || !self.spend() {
            return unknown;
        }
        self.depth += 1;
        let result = self.compute(value, point);
        self.depth -= 1;
        self.evaluated.insert(point, result);
        result
    }

    fn compute(&mut self, value: Rvalue, point: Point) -> ValueId {
        let block = point.block;
        match value {
            Rvalue::Use(operand) => self.operand(operand, point),
            Rvalue::Arith(op, left, right, ty) => {
                let (left, right) = (self.operand(left, point), self.operand(right, point));
                self.arith(op, left, right, ty, block)
            }
            Rvalue::Unknown(scalar) => {
                let unknown = self.graph.intern(Def::Opaque(point), block);
                self.note(unknown, scalar);
                unknown
            }
            Rvalue::Compare(how, left, right) => {
                let (left, right) = (self.operand(left, point), self.operand(right, point));
                self.compare(how, left, right)
            }
            Rvalue::Not(of) => {
                let of = self.operand(of, point);
                match self.graph.def(of) {
                    Def::Int(value) => self.int(1 - value),
                    Def::Not(inner) => inner,
                    _ => self.derived(Def::Not(of)),
                }
            }
            Rvalue::Cast(of, to) => {
                let of = self.operand(of, point);
                self.cast(of, to)
            }
            Rvalue::IsVariant(place, variant) => {
                let tag = self.tag(place, point);
                match self.graph.def(tag) {
                    Def::Variant(known) => self.int(i128::from(known == variant)),
                    _ => self.derived(Def::IsVariant(tag, variant)),
                }
            }
            Rvalue::Aggregate(variant) => self.graph.intern(Def::Made(point, variant), block),
            Rvalue::Item(of) => {
                let of = self.operand(of, point);
                self.graph.intern(Def::Item(of, point), block)
            }
        }
    }

    /// Interns what is computed from other values: it is known where the innermost of them is.
    pub(super) fn derived(&mut self, def: Def) -> ValueId {
        let mut block = BlockId(0);
        for operand in def.operands() {
            let of = self.graph.block(operand);
            if self.dominators.dominates(block, of) {
                block = of;
            }
        }
        self.graph.intern(def, block)
    }

    /// The sum of two values as whole numbers.
    pub(super) fn sum(&mut self, one: ValueId, other: ValueId) -> ValueId {
        match (self.graph.int(one), self.graph.int(other)) {
            (Some(one), Some(other)) => self.int(one.saturating_add(other)),
            (Some(0), _) => other,
            (_, Some(0)) => one,
            // One order, so that equal sums are one value; a number stands last.
            (Some(_), _) => self.derived(Def::Sum(other, one)),
            (_, Some(_)) => self.derived(Def::Sum(one, other)),
            _ => self.derived(Def::Sum(one.min(other), one.max(other))),
        }
    }

    fn arith(&mut self, op: ArithOp, left: ValueId, right: ValueId, ty: IntType, block: BlockId) -> ValueId {
        if let (Some(one), Some(other)) = (self.graph.int(left), self.graph.int(right)) {
            let (low, high) = ty.range();
            // What does not fit panics or wraps.
            if let Some(value) = op.apply(one, other).filter(|value| (low..=high).contains(value)) {
                return self.int(value);
            }
        }
        let neutral = match op {
            ArithOp::Add | ArithOp::Sub | ArithOp::Shl | ArithOp::Shr | ArithOp::BitOr | ArithOp::BitXor => Some(0),
            ArithOp::Mul | ArithOp::Div => Some(1),
            ArithOp::Rem | ArithOp::BitAnd => None,
        };
        if neutral.is_some() && self.graph.int(right) == neutral {
            return left;
        }
        let commutes = matches!(op, ArithOp::Add | ArithOp::Mul | ArithOp::BitAnd | ArithOp::BitOr | ArithOp::BitXor);
        let (left, right) = if commutes && right < left { (right, left) } else { (left, right) };
        let value = self.derived(Def::Arith(op, left, right, ty));
        debug_assert!(!self.dominators.strictly_dominates(block, self.graph.block(value)), "computed before its parts");
        value
    }

    pub(super) fn compare(&mut self, how: Comparison, left: ValueId, right: ValueId) -> ValueId {
        if let (Some(one), Some(other)) = (self.graph.int(left), self.graph.int(right)) {
            let holds = match how {
                Comparison::Less => one < other,
                Comparison::LessEqual => one <= other,
                Comparison::Equal => one == other,
            };
            return self.int(holds.into());
        }
        self.derived(Def::Compare(how, left, right))
    }

    fn cast(&mut self, of: ValueId, to: IntType) -> ValueId {
        let (low, high) = self.graph.range(of);
        let (least, most) = to.range();
        match self.graph.def(of) {
            Def::Char(value) => {
                let value = i128::from(u32::from(value));
                if value <= most { self.int(value) } else { self.derived(Def::Cast(of, to)) }
            }
            // It keeps its value whatever that is. What has no bound may be beyond 128 bits.
            _ if least <= low && low != i128::MIN && high <= most && high != i128::MAX => of,
            _ => self.derived(Def::Cast(of, to)),
        }
    }
}
