//! Literals: their values, where these decide something, and their suffixes.

use serde::{Deserialize, Serialize};

use crate::model::name::Name;

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
