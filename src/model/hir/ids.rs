//! Ids: numbers into the arenas of a file.

use std::num::NonZeroU32;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);
        impl $name {
            /// The id as an index into its arena.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// An item of a file.
    ItemId,
    /// A function's signature.
    FnId,
    /// A variant of a file's enums.
    VariantId,
    /// An import of a file.
    ImportId,
    /// A cfg predicate of a file; 0 is "always".
    CfgId,
    /// A generic parameter list of a file; 0 is "none".
    GenericsId,
    /// A macro call of a file.
    CallId,
}

// One more than the number is kept, so that an id that may be missing takes no more room than one that is there.
macro_rules! optional_ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(NonZeroU32);
        impl $name {
            /// The id with this number; that of `u32::MAX` names nothing in any arena.
            #[inline]
            pub const fn new(number: u32) -> Self {
                match NonZeroU32::new(number.wrapping_add(1)) {
                    Some(kept) => Self(kept),
                    None => Self(NonZeroU32::MAX),
                }
            }

            /// The number, to keep it in a list.
            #[inline]
            pub const fn number(self) -> u32 {
                self.0.get() - 1
            }

            /// The id as an index into its arena.
            #[inline]
            pub const fn index(self) -> usize {
                self.number() as usize
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new(0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.number().serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                u32::deserialize(deserializer).map(Self::new)
            }
        }
    )*};
}

optional_ids! {
    /// An expression of a file; 0 is one that is missing.
    ExprId,
    /// A pattern of a file; 0 is one that is missing.
    PatId,
    /// A name that a pattern of a file binds.
    BindingId,
    /// A label of a file.
    LabelId,
    /// A type as written in a file; 0 is one that is missing.
    TypeId,
    /// A path as written in a file.
    PathId,
    /// Generic arguments as written in a file.
    ArgsId,
    /// A body of a file: what a function, constant or array length computes.
    BodyId,
}
