//! Values as a graph: each is defined once and never changes, equal definitions are one value.

use rustc_hash::FxHashMap;

use crate::flow::mir::{BlockId, CallSiteId, Comparison, IntType, Place, Point, Projection};
use crate::model::hir::ArithOp;
use crate::model::name::Name;

/// A value of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ValueId(u32);

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Def {
    /// A whole number; of a bool 0 or 1.
    Int(i128),
    /// A character.
    Char(char),
    /// A literal of so many bytes or elements.
    Sequence(u64),
    /// Which variant something is.
    Variant(Name),
    /// What a place holds when the body is entered.
    Entry(Place),
    /// What a place holds where ways meet, at the beginning of a block.
    Phi(Place, BlockId),
    /// What a place holds after what stands at a point wrote a part of it, or something unknown.
    After(Place, Point),
    /// What a statement computes that is not known.
    Opaque(Point),
    /// A struct, tuple or variant that a statement makes; its fields are written behind it.
    Made(Point, Option<Name>),
    /// What a call returns.
    Result(CallSiteId),
    /// An item that an iterator yields to what stands at a point.
    Item(ValueId, Point),
    /// A part of a value.
    Part(ValueId, Projection),
    /// The bytes of a character in UTF-8.
    Utf8(ValueId),
    /// The bytes that a pattern matches.
    Match(ValueId),
    /// Arithmetic of a type; it wraps.
    Arith(ArithOp, ValueId, ValueId, IntType),
    /// The sum as a whole number.
    Sum(ValueId, ValueId),
    /// An integer as another type; it wraps.
    Cast(ValueId, IntType),
    /// A comparison.
    Compare(Comparison, ValueId, ValueId),
    /// `!` of a bool.
    Not(ValueId),
    /// Whether a tag is that of a variant.
    IsVariant(ValueId, Name),
}

/// All values of a body that were asked for.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    index: FxHashMap<Def, ValueId>,
    /// The differences that a value is subtracted in.
    subtracted: FxHashMap<ValueId, Vec<ValueId>>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    def: Def,
    /// Where it is known: the innermost block of all that it is computed from.
    block: BlockId,
    /// What its type allows.
    range: (i128, i128),
    /// How deep it is computed from others.
    height: u32,
}

/// Values computed from values that are followed; a longer chain ends as something unknown.
const HEIGHT: u32 = 200;

impl Graph {
    pub(super) fn def(&self, value: ValueId) -> Def {
        self.nodes.get(value.0 as usize).map_or(Def::Opaque(NOWHERE), |node| node.def)
    }

    pub(super) fn block(&self, value: ValueId) -> BlockId {
        self.nodes.get(value.0 as usize).map_or(BlockId(0), |node| node.block)
    }

    pub(super) fn range(&self, value: ValueId) -> (i128, i128) {
        self.nodes.get(value.0 as usize).map_or((i128::MIN, i128::MAX), |node| node.range)
    }

    /// The value as a number, where it is one.
    pub(super) fn int(&self, value: ValueId) -> Option<i128> {
        match self.def(value) {
            Def::Int(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn is_too_high(&self, value: ValueId) -> bool {
        self.nodes.get(value.0 as usize).is_none_or(|node| node.height >= HEIGHT)
    }

    /// Returns the value that `def` defines, known in `block` and in the blocks of what it is computed from.
    pub(super) fn intern(&mut self, def: Def, block: BlockId) -> ValueId {
        if let Some(&known) = self.index.get(&def) {
            return known;
        }
        let range = match def {
            Def::Int(value) => (value, value),
            Def::Compare(..) | Def::Not(_) | Def::IsVariant(..) => (0, 1),
            Def::Part(_, Projection::Len) | Def::Match(_) => (0, i128::MAX),
            Def::Utf8(_) => (1, 4),
            Def::Arith(_, _, _, ty) | Def::Cast(_, ty) => ty.range(),
            _ => (i128::MIN, i128::MAX),
        };
        let height = def.operands().map(|of| self.nodes.get(of.0 as usize).map_or(0, |node| node.height + 1)).max();
        let id = ValueId(self.nodes.len() as u32);
        self.nodes.push(Node { def, block, range, height: height.unwrap_or(0) });
        self.index.insert(def, id);
        if let Def::Arith(ArithOp::Sub, _, right, _) = def {
            self.subtracted.entry(right).or_default().push(id);
        }
        id
    }

    /// Returns the differences that were asked for and that `value` is subtracted in.
    pub(super) fn differences(&self, value: ValueId) -> Vec<ValueId> {
        self.subtracted.get(&value).cloned().unwrap_or_default()
    }

    /// Returns the value that `def` defines, if it was asked for before.
    pub(super) fn lookup(&self, def: Def) -> Option<ValueId> {
        self.index.get(&def).copied()
    }

    /// Notes that a value's type allows no other numbers.
    pub(super) fn narrow(&mut self, value: ValueId, (low, high): (i128, i128)) {
        if let Some(node) = self.nodes.get_mut(value.0 as usize) {
            node.range = (node.range.0.max(low), node.range.1.min(high));
        }
    }
}

/// A point of no body.
const NOWHERE: Point = Point { block: BlockId(u32::MAX), index: u32::MAX };

impl Def {
    /// Iterates over the values that it is computed from.
    pub(super) fn operands(self) -> impl Iterator<Item = ValueId> {
        let (one, two) = match self {
            Self::Item(of, _) | Self::Part(of, _) | Self::Utf8(of) | Self::Match(of) => (Some(of), None),
            Self::Cast(of, _) | Self::Not(of) | Self::IsVariant(of, _) => (Some(of), None),
            Self::Arith(_, left, right, _) | Self::Sum(left, right) | Self::Compare(_, left, right) => {
                (Some(left), Some(right))
            }
            _ => (None, None),
        };
        one.into_iter().chain(two)
    }
}
