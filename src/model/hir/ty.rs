//! Types and paths as written.

use serde::{Deserialize, Serialize};

use super::{BodyId, ListId, PathId, TypeId};
use crate::model::name::Name;

/// A type as written.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[expect(missing_docs, reason = "field names follow the Rust reference")]
pub enum TypeRef {
    /// Not there or not parsed.
    Missing,
    /// `_`.
    Infer,
    Never,
    Path(PathId),
    Ref {
        ty: TypeId,
        mutable: bool,
    },
    Ptr {
        ty: TypeId,
        mutable: bool,
    },
    Slice(TypeId),
    Array {
        ty: TypeId,
        len: BodyId,
    },
    Tuple(ListId),
    FnPtr {
        params: ListId,
        ret: Option<TypeId>,
    },
    /// Bounds are paths.
    ImplTrait(ListId),
    /// Bounds are paths.
    Dyn(ListId),
}

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Anchor {
    /// By name lookup.
    Plain,
    /// `::name`.
    Global,
    /// `crate`.
    Crate,
    /// `$crate` in the macro of another crate, whose name it is.
    OtherCrate(Name),
    /// `self`.
    SelfModule,
    /// So many `super`.
    Super(u8),
    /// `<T>::` or `<T as Trait>::`.
    Type {
        /// What stands before `as`.
        ty: TypeId,
        /// What stands after it.
        trait_path: Option<PathId>,
    },
}

/// A path as written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Path {
    /// Where it begins.
    pub anchor: Anchor,
    /// Its names, without the anchor's.
    pub segments: Segments,
}

/// The names of a path: three in four paths have one, which needs no list of its own.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub enum Segments {
    /// None: the anchor is all.
    #[default]
    None,
    /// One name.
    One(Segment),
    /// Two or more.
    Many(Box<[Segment]>),
}

impl std::ops::Deref for Segments {
    type Target = [Segment];

    fn deref(&self) -> &[Segment] {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(all) => all,
        }
    }
}

impl FromIterator<Segment> for Segments {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        let mut segments = segments.into_iter();
        match (segments.next(), segments.next()) {
            (Some(one), Some(two)) => Self::Many([one, two].into_iter().chain(segments).collect()),
            (one, _) => one.map_or(Self::None, Self::One),
        }
    }
}

/// One name of a path with its generic arguments.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Segment {
    /// The name; `Self` and `self` too.
    pub name: Name,
    /// The arguments; `None` where none are written.
    pub args: Option<Box<GenericArgs>>,
}

/// Generic arguments as written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct GenericArgs {
    /// Types and constants in order, lifetimes left out.
    pub args: Box<[GenericArg]>,
    /// `Item = T`.
    pub bindings: Box<[(Name, TypeId)]>,
    /// `Fn(A, B) -> C`: the arguments are one tuple in `args`, and this is `C`.
    pub output: Option<TypeId>,
    /// Whether they are written `(A) -> B`.
    pub parenthesized: bool,
}

/// One generic argument.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum GenericArg {
    /// A type, or a constant's name, which cannot be told apart yet.
    Type(TypeId),
    /// A constant expression.
    Const(BodyId),
}
