//! Operators: arithmetic, comparisons, logic.

use serde::{Deserialize, Serialize};

/// One operator of a binary expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BinaryOp {
    /// `+`, `-`, `*`, `/`, `%`.
    Arith(ArithOp),
    /// `+=` and the other assigning arithmetic and bit operators.
    AssignArith(ArithOp),
    /// `=`.
    Assign,
    /// `==`, `!=`, `<`, `<=`, `>`, `>=`.
    Cmp(CmpOp),
    /// `&&`.
    And,
    /// `||`.
    Or,
}

impl BinaryOp {
    /// Returns the operator as it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Arith(op) => op.text(),
            Self::AssignArith(op) => op.assign_text(),
            Self::Assign => "=",
            Self::Cmp(op) => op.text(),
            Self::And => "&&",
            Self::Or => "||",
        }
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum CmpOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl CmpOp {
    /// Returns the operator as it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    /// Returns the comparison that holds where this one does not, of types with a total order.
    #[must_use]
    pub const fn negated(self) -> Self {
        match self {
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
            Self::Lt => Self::Ge,
            Self::Le => Self::Gt,
            Self::Gt => Self::Le,
            Self::Ge => Self::Lt,
        }
    }

    /// Returns the comparison that holds of `b` and `a` where this one holds of `a` and `b`.
    #[must_use]
    pub const fn swapped(self) -> Self {
        match self {
            Self::Eq => Self::Eq,
            Self::Ne => Self::Ne,
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
        }
    }
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
    /// Returns the operator as it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Rem => "%",
            Self::Shl => "<<",
            Self::Shr => ">>",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "^",
        }
    }

    /// Returns the assigning operator as it is written.
    pub const fn assign_text(self) -> &'static str {
        match self {
            Self::Add => "+=",
            Self::Sub => "-=",
            Self::Mul => "*=",
            Self::Div => "/=",
            Self::Rem => "%=",
            Self::Shl => "<<=",
            Self::Shr => ">>=",
            Self::BitAnd => "&=",
            Self::BitOr => "|=",
            Self::BitXor => "^=",
        }
    }

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
