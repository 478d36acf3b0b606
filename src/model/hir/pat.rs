//! Patterns, a node each, and the names that they bind.

use serde::{Deserialize, Serialize};

use super::{BindingId, BodyId, ExprId, List, PatId, PathId};
use crate::model::name::Name;

/// A pattern.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[expect(missing_docs, reason = "field names follow the Rust reference")]
pub enum Pat {
    Missing,
    Wild,
    Rest,
    /// A name: a binding, unless it names a constant or unit variant.
    Bind {
        binding: BindingId,
        sub: Option<PatId>,
    },
    Ref {
        pat: PatId,
        mutable: bool,
    },
    Tuple(List<PatId>),
    TupleStruct {
        path: PathId,
        args: List<PatId>,
    },
    Record {
        path: PathId,
        fields: List<FieldPat>,
    },
    Path(PathId),
    Literal(ExprId),
    Range {
        low: Option<ExprId>,
        high: Option<ExprId>,
        inclusive: bool,
    },
    Slice(List<PatId>),
    Or(List<PatId>),
    Box(PatId),
    Const(BodyId),
}

/// One field of a record pattern.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct FieldPat {
    /// The field's name.
    pub name: Name,
    /// What its value must match.
    pub pat: PatId,
}

/// A name that a pattern binds. All alternatives of an or-pattern bind the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Its name.
    pub name: Name,
    /// The macro expansion that the name was written for.
    pub ctx: SyntaxContext,
    /// `ref`.
    pub by_ref: bool,
    /// `mut`.
    pub mutable: bool,
}

/// The syntax context of a name: which macro expansions' own text it is from. Two locals are the same only if name and context are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SyntaxContext(pub u32);

impl SyntaxContext {
    /// The context of a file's own text.
    pub const ROOT: Self = Self(0);

    /// Whether the name is from no macro's text.
    pub const fn is_root(self) -> bool {
        self.0 == 0
    }
}

const _: () = assert!(size_of::<Pat>() == 12 && size_of::<Binding>() == 12);
