//! Expressions and patterns, a node each: what they hold are ids into the arenas of their file.

use serde::{Deserialize, Serialize};

use super::{BodyId, CallId, ExprId, ListId, PatId, PathId, TypeId};
use crate::model::name::Name;

/// One operator of a binary expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BinaryOp {
    /// `+`, `-`, `*`, `/`, `%`.
    Arith(ArithOp),
    /// `+=` and the other assigning arithmetic and bit operators.
    AssignArith(ArithOp),
    /// `=`.
    Assign,
    /// `==`, `!=`.
    Equal,
    /// `<`, `<=`, `>`, `>=`.
    Order,
    /// `&&`, `||`.
    Logic,
}

/// The arithmetic of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ArithOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Shl,
    Shr,
    BitAnd,
    BitOr,
    BitXor,
}

impl ArithOp {
    /// Returns what it makes of two numbers; `None` where that has no value.
    pub fn apply(self, lhs: i128, rhs: i128) -> Option<i128> {
        match self {
            Self::Add => lhs.checked_add(rhs),
            Self::Sub => lhs.checked_sub(rhs),
            Self::Mul => lhs.checked_mul(rhs),
            Self::Div => lhs.checked_div(rhs),
            Self::Rem => lhs.checked_rem(rhs),
            Self::Shl => lhs.checked_shl(u32::try_from(rhs).ok()?),
            Self::Shr => lhs.checked_shr(u32::try_from(rhs).ok()?),
            Self::BitAnd => Some(lhs & rhs),
            Self::BitOr => Some(lhs | rhs),
            Self::BitXor => Some(lhs ^ rhs),
        }
    }
}

/// A prefix operator that computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum UnaryOp {
    /// `-x`.
    Neg,
    /// `!x`.
    Not,
}

/// A number in two halves: it asks for no more alignment than an id, so that an expression stays small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
pub struct PackedU64 {
    high: u32,
    low: u32,
}

impl From<u64> for PackedU64 {
    fn from(value: u64) -> Self {
        Self { high: (value >> 32) as u32, low: value as u32 }
    }
}

impl From<PackedU64> for u64 {
    fn from(value: PackedU64) -> Self {
        Self::from(value.high) << 32 | Self::from(value.low)
    }
}

/// The name of a number's type in one byte, as it is written behind a literal or in a `repr`; none where none is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberType(u8);

impl NumberType {
    const NAMES: [Name; 16] = [
        Name::I8,
        Name::I16,
        Name::I32,
        Name::I64,
        Name::I128,
        Name::ISIZE,
        Name::U8,
        Name::U16,
        Name::U32,
        Name::U64,
        Name::U128,
        Name::USIZE,
        Name::F16,
        Name::F32,
        Name::F64,
        Name::F128,
    ];

    /// Returns the type that `text` names; the empty text is none.
    pub fn new(text: &str) -> Self {
        if text.is_empty() {
            return Self(0);
        }
        let known = Self::NAMES.iter().position(|known| known.as_str() == text);
        Self(known.map_or(u8::MAX, |at| at as u8 + 1))
    }

    /// Returns the type's name, that of nothing where no type is called so; `None` where none is written.
    pub fn name(self) -> Option<Name> {
        let at = usize::from(self.0).checked_sub(1)?;
        Some(Self::NAMES.get(at).copied().unwrap_or(Name::MISSING))
    }
}

/// A literal: its value where it decides something, and its suffix.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// An integer.
    Int {
        /// The number; it saturates.
        value: PackedU64,
        /// The type written behind it.
        suffix: NumberType,
    },
    /// A float.
    Float {
        /// The type written behind it.
        suffix: NumberType,
    },
    /// `true` or `false`.
    Bool(bool),
    /// A character.
    Char,
    /// A byte, `b'a'`.
    Byte(u8),
    /// A string.
    Str,
    /// `b"…"` of so many bytes.
    ByteStr(u32),
    /// `c"…"`.
    CStr,
}

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
    Path(PathId),
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
        args: ListId,
    },
    /// `FileModel::turbofish` holds the generic arguments.
    MethodCall {
        receiver: ExprId,
        method: Name,
        args: ListId,
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
    /// Arms are triples of pattern, guard (`u32::MAX` for none) and body.
    Match {
        scrutinee: ExprId,
        arms: ListId,
    },
    Loop {
        body: ExprId,
        label: Name,
    },
    While {
        cond: ExprId,
        body: ExprId,
        label: Name,
    },
    /// The head is the pair of pattern and iterator.
    For {
        head: ListId,
        body: ExprId,
        label: Name,
    },
    /// Statements, then the tail.
    Block {
        stmts: ListId,
        tail: Option<ExprId>,
        kind: BlockKind,
        label: Name,
    },
    /// Params are pairs of pattern and type (`u32::MAX` for none).
    Closure {
        params: ListId,
        ret: Option<TypeId>,
        body: ExprId,
        asynchronous: bool,
    },
    Return(Option<ExprId>),
    Break {
        value: Option<ExprId>,
        label: Name,
    },
    Continue,
    Yield(Option<ExprId>),
    Tuple(ListId),
    Array(ListId),
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
    Vec(ListId),
    /// Fields are pairs of name and expression.
    Record {
        path: Option<PathId>,
        fields: ListId,
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
        args: ListId,
    },
    /// `let` as a statement.
    LetStmt {
        pat: PatId,
        ty: Option<TypeId>,
        init: Option<ExprId>,
    },
    /// `let … else`; the list is the pair of what it is initialised with and the `else` block.
    LetElse {
        pat: PatId,
        ty: Option<TypeId>,
        parts: ListId,
    },
    /// A statement whose value is dropped.
    Semi(ExprId),
}

/// A pattern.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[expect(missing_docs, reason = "field names follow the Rust reference")]
pub enum Pat {
    Missing,
    Wild,
    Rest,
    /// A name: a binding, unless it names a constant or unit variant.
    Bind {
        name: Name,
        by_ref: bool,
        mutable: bool,
        sub: Option<PatId>,
    },
    Ref {
        pat: PatId,
        mutable: bool,
    },
    Tuple(ListId),
    TupleStruct {
        path: PathId,
        args: ListId,
    },
    /// Fields are pairs of name and pattern.
    Record {
        path: PathId,
        fields: ListId,
    },
    Path(PathId),
    Literal(ExprId),
    Range {
        low: Option<ExprId>,
        high: Option<ExprId>,
    },
    Slice(ListId),
    Or(ListId),
    Box(PatId),
    Const(BodyId),
}

// Most of a scan's memory: half a million expressions of ten megabytes of code.
const _: () = assert!(size_of::<Expr>() == 16 && size_of::<Pat>() == 12);
