//! Expressions, a node each: what they hold are ids into the arenas of their file.

use serde::{Deserialize, Serialize};

use super::{BinaryOp, BindingId, BodyId, CallId, ExprId, LabelId, List, Literal, PatId, PathId, TypeId, UnaryOp};
use crate::model::name::Name;

/// How a block runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keywords say it")]
pub enum BlockKind {
    Plain,
    Unsafe,
    Async,
    Try,
}

/// An expression. Parentheses leave no trace; macro calls that were read stand as what they mean.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[expect(missing_docs, reason = "field names follow the Rust reference")]
pub enum Expr {
    /// Not there, not parsed or not expanded.
    Missing,
    Literal(Literal),
    /// A path, unless a binding in scope has its name.
    Path(PathId),
    /// A name that a binding in scope has, found with macro hygiene. Where the binding's pattern turns out to be a constant, or
    /// an item of a block in between has the name, it is that: `types` decides.
    Local(BindingId),
    Unary {
        op: UnaryOp,
        expr: ExprId,
    },
    Deref(ExprId),
    /// `&x`, `&mut x`, `&raw const x`, `&raw mut x`.
    Ref {
        expr: ExprId,
        mutable: bool,
        raw: bool,
    },
    Binary {
        op: BinaryOp,
        lhs: ExprId,
        rhs: ExprId,
    },
    Index {
        base: ExprId,
        index: ExprId,
    },
    Call {
        callee: ExprId,
        args: List<ExprId>,
    },
    /// `ExprStore::turbofish` holds the generic arguments.
    MethodCall {
        receiver: ExprId,
        method: Name,
        args: List<ExprId>,
    },
    Field {
        base: ExprId,
        name: Name,
    },
    Cast {
        expr: ExprId,
        ty: TypeId,
    },
    If {
        cond: ExprId,
        then: ExprId,
        otherwise: Option<ExprId>,
    },
    /// `let` as a condition.
    Let {
        pat: PatId,
        expr: ExprId,
    },
    Match {
        scrutinee: ExprId,
        arms: List<MatchArm>,
    },
    /// The labels of loops and blocks are in the store: `ExprStore::label`.
    Loop {
        body: ExprId,
    },
    While {
        cond: ExprId,
        body: ExprId,
    },
    For {
        pat: PatId,
        iter: ExprId,
        body: ExprId,
    },
    /// Statements, then the tail.
    Block {
        stmts: List<ExprId>,
        tail: Option<ExprId>,
        kind: BlockKind,
    },
    Closure {
        params: List<Param>,
        ret: Option<TypeId>,
        body: ExprId,
        asynchronous: bool,
        by_move: bool,
    },
    Return(Option<ExprId>),
    /// The label is that of the loop or block it leaves; without one it leaves the innermost loop.
    Break {
        value: Option<ExprId>,
        label: Option<LabelId>,
    },
    Continue {
        label: Option<LabelId>,
    },
    Yield(Option<ExprId>),
    Tuple(List<ExprId>),
    Array(List<ExprId>),
    Repeat {
        elem: ExprId,
        len: BodyId,
    },
    /// `vec![elem; len]`.
    VecRepeat {
        elem: ExprId,
        len: ExprId,
    },
    /// `vec![…]`.
    Vec(List<ExprId>),
    Record {
        path: Option<PathId>,
        fields: List<RecordField>,
        spread: Option<ExprId>,
    },
    Range {
        low: Option<ExprId>,
        high: Option<ExprId>,
        inclusive: bool,
    },
    Try(ExprId),
    Await(ExprId),
    ConstBlock(BodyId),
    /// A macro call and what was made of it.
    Macro {
        call: CallId,
        args: List<ExprId>,
    },
    /// `let` as a statement.
    LetStmt {
        pat: PatId,
        ty: Option<TypeId>,
        init: Option<ExprId>,
    },
    /// `let … else`: the `let` statement, and the block that runs where its pattern does not match.
    LetElse {
        stmt: ExprId,
        otherwise: ExprId,
    },
    /// A statement whose value is dropped.
    Semi(ExprId),
}

/// One arm of a `match`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct MatchArm {
    /// What it matches.
    pub pat: PatId,
    /// The condition after `if`.
    pub guard: Option<ExprId>,
    /// What it evaluates to.
    pub body: ExprId,
}

/// One field of a record expression.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RecordField {
    /// The field's name.
    pub name: Name,
    /// Its value.
    pub value: ExprId,
}

/// One parameter of a function's or closure's body.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Param {
    /// What it binds.
    pub pat: PatId,
    /// Its type, where one is written; `self` has none.
    pub ty: Option<TypeId>,
}

/// The label of a loop or block.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Label {
    /// Its name without the tick.
    pub name: Name,
    /// The loop or block.
    pub target: ExprId,
}

// Most of a scan's memory: half a million expressions of ten megabytes of code.
const _: () = assert!(size_of::<Expr>() == 16);
