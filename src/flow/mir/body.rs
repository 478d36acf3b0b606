//! Blocks, statements and terminators.

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use super::place::{IntType, Operand, PathTree, Place, Projection, Scalar, TreePath};
use crate::flow::facts::FnFacts;
use crate::model::hir::{ArithOp, ExprId};
use crate::model::name::Name;

/// A binding or a temporary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalId(pub u32);

/// A basic block; 0 is where the body begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub u32);

/// A call of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallSiteId(pub u32);

/// A place in the control-flow graph: before a statement of a block, by number; the terminator's is the number of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// The block.
    pub block: BlockId,
    /// The statement.
    pub index: u32,
}

/// One body.
#[derive(Debug, Default)]
pub struct MirBody {
    /// How many locals there are; the first ones are the parameters.
    pub locals: u32,
    /// By `BlockId`.
    pub blocks: Vec<BasicBlock>,
    /// By `CallSiteId`.
    pub calls: Vec<MirCall>,
    /// What places are made of.
    pub paths: PathTree,
    /// Locals that a raw pointer may write at any time.
    pub escaped: FxHashSet<LocalId>,
}

/// What runs from its first statement to its terminator.
#[derive(Debug)]
pub struct BasicBlock {
    /// In order.
    pub statements: Vec<Statement>,
    /// Where it leads.
    pub terminator: Terminator,
}

/// One statement.
#[derive(Debug)]
pub struct Statement {
    /// The expression that it comes from.
    pub at: ExprId,
    /// What it does.
    pub kind: StatementKind,
}

/// What a statement does.
#[derive(Debug)]
pub enum StatementKind {
    /// Writes a place.
    Assign(Place, Rvalue),
    /// Lends a place to be written.
    Lend(Place, Extent),
}

/// How much of a place is lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// The elements of a sequence: their number stays.
    Elements,
}

/// What is written to a place.
#[derive(Debug, Clone, Copy)]
pub enum Rvalue {
    /// The operand.
    Use(Operand),
    /// Arithmetic; it wraps, for the assert before it is another terminator's business.
    Arith(ArithOp, Operand, Operand, IntType),
    /// `!` of an integer, `-`: nothing is known but the type.
    Unknown(Scalar),
    /// `a < b`, or `a <= b`, or `a == b`.
    Compare(Comparison, Operand, Operand),
    /// `!` of a bool.
    Not(Operand),
    /// An integer, a bool or a char as an integer; of a float the type's range is known.
    Cast(Operand, IntType),
    /// Whether a place holds a variant.
    IsVariant(Place, Name),
    /// A struct, a tuple or a variant with payload, whose fields follow it.
    Aggregate(Option<Name>),
    /// An item that an iterator yields.
    Item(Operand),
}

/// How two values are compared; the rest are their negations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `==`
    Equal,
}

/// A call with what is known of it.
#[derive(Debug)]
pub struct MirCall {
    /// What the function establishes.
    pub facts: Option<&'static FnFacts>,
    /// The receiver first.
    pub args: SmallVec<[Operand; 4]>,
    /// What is lent for the time of the call.
    pub lends: SmallVec<[Lend; 1]>,
    /// Where the result goes.
    pub dest: Place,
    /// What the result is.
    pub result: Scalar,
    /// What a value must be so that the result, or its payload, can hold it.
    pub fit: Option<Fit>,
}

/// A place that is lent to a call.
#[derive(Debug, Clone, Copy)]
pub struct Lend {
    /// The place.
    pub place: Place,
    /// How much of it.
    pub extent: Extent,
    /// The argument that it is.
    pub arg: u8,
}

/// What holds a value.
#[derive(Debug, Clone, Copy)]
pub enum Fit {
    /// An integer type.
    Int(IntType),
    /// An array of so many elements.
    Array(u64),
}

/// How a block ends.
#[derive(Debug)]
pub struct Terminator {
    /// The expression that it comes from: the site of an assert.
    pub at: ExprId,
    /// Where it leads.
    pub kind: TerminatorKind,
}

/// Where a block leads. There are no unwind edges yet: what runs on them decides no site's verdict.
#[derive(Debug)]
pub enum TerminatorKind {
    /// To one block.
    Goto(BlockId),
    /// By a bool.
    Branch {
        /// The bool.
        on: Operand,
        /// Where it is true.
        then: BlockId,
        /// Where it is false.
        otherwise: BlockId,
    },
    /// To one of two blocks, and nobody knows to which: whether a closure runs.
    Fork(BlockId, BlockId),
    /// A call.
    Call(CallSiteId, BlockId),
    /// What panics unless a condition holds.
    Assert(AssertKind, BlockId),
    /// Out of the body, or out of a closure in it.
    Return,
    /// Nowhere: behind a panic.
    Unreachable,
}

/// What must hold for a site not to panic.
#[derive(Debug, Clone, Copy)]
pub enum AssertKind {
    /// The index is less than the length.
    Index {
        /// What is indexed.
        base: Place,
        /// By what.
        index: Operand,
        /// The least and the greatest length that the type allows.
        bounds: (i128, i128),
    },
    /// The range is within the length, of text between characters.
    Slice {
        /// What is indexed.
        base: Place,
        /// Where it begins.
        start: Operand,
        /// Where it ends; at the length for none.
        end: Option<Operand>,
        /// Whether the end belongs to it.
        inclusive: bool,
        /// Whether it is text.
        text: bool,
        /// The least and the greatest length that the type allows.
        bounds: (i128, i128),
    },
    /// The divisor is not zero, nor -1 where the dividend is the least value.
    Division(Operand, Operand, IntType),
    /// The result is one of the type's.
    Overflow(ArithOp, Operand, Operand, IntType),
    /// The value is of the variant.
    Variant(Place, Name),
    /// What the call's facts ask for.
    Call(CallSiteId),
    /// The map has the key.
    Key(Place, Operand),
    /// Nothing: it panics where it is reached.
    Never,
}

impl MirBody {
    /// Forgets all; the memory of the outermost lists stays.
    pub fn clear(&mut self) {
        self.locals = 0;
        self.blocks.clear();
        self.calls.clear();
        self.paths.clear();
        self.escaped.clear();
    }

    /// Returns a block; `None` for an id of another body.
    pub fn block(&self, id: BlockId) -> Option<&BasicBlock> {
        self.blocks.get(id.0 as usize)
    }

    /// Returns a call; `None` for an id of another body.
    pub fn call(&self, id: CallSiteId) -> Option<&MirCall> {
        self.calls.get(id.0 as usize)
    }

    /// Returns the part of a place.
    pub fn project(&mut self, place: Place, by: Projection) -> Place {
        Place { path: self.paths.extend(place.path, by), ..place }
    }

    /// Adds a local.
    pub fn add_local(&mut self) -> Place {
        self.locals += 1;
        Place { local: LocalId(self.locals - 1), path: TreePath::ROOT }
    }
}

impl TerminatorKind {
    /// Iterates over the blocks that it leads to.
    pub fn successors(&self) -> impl Iterator<Item = BlockId> {
        let (first, second) = match *self {
            Self::Goto(next) | Self::Call(_, next) | Self::Assert(_, next) => (Some(next), None),
            Self::Branch { then, otherwise, .. } => (Some(then), Some(otherwise)),
            Self::Fork(one, other) => (Some(one), Some(other)),
            Self::Return | Self::Unreachable => (None, None),
        };
        first.into_iter().chain(second)
    }
}
