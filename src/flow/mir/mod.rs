//! A body as a control-flow graph of basic blocks, as rustc's MIR is, reduced to what the analyses need.
//!
//! References leave no trace: a place behind one names what it points at. Rust's borrow rules make that sound. What is behind
//! `&` does not change while it is used; what is lent by `&mut` is used through the borrower alone, so that the lender's
//! place holds something unknown from then on, and what the borrower holds is its own place. A raw pointer's target is no place.

mod body;
mod place;
mod print;

pub use body::{
    AssertKind, BasicBlock, BlockId, CallSiteId, Comparison, Extent, Fit, Lend, LocalId, MirBody, MirCall, Point,
    Rvalue, Statement, StatementKind, Terminator, TerminatorKind,
};
pub use place::{Const, IntType, Operand, PathTree, Place, Projection, Scalar, TreePath};
