//! The program as written, lowered from trees into arenas: ids, bodies and the arenas, one [`FileModel`] a file. Expressions and
//! patterns are in `expr.rs`, types and paths in `ty.rs`, items in `../item.rs`.

mod expr;
mod expr_store;
mod ty;

pub use expr::{ArithOp, BinaryOp, BlockKind, Expr, Literal, NumberType, PackedU64, Pat, UnaryOp};
pub use expr_store::ExprStore;
pub(in crate::model) use expr_store::Made;
pub use ty::{Anchor, ArgsNode, GenericArg, GenericArgs, Path, PathNode, Segment, TypeRef};

use std::num::NonZeroU32;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::cfg::Cfg;
use crate::model::item::{Function, GenericParam, Generics, GenericsNode, Import, Item, Variant};
use crate::model::name::Name;
use crate::source::{FileId, LintLevel, Span};

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
    /// A list of ids in [`FileModel::lists`]: its length, then its elements.
    ListId,
    /// A cfg predicate of a file; 0 is "always".
    CfgId,
    /// A generic parameter list of a file; 0 is "none".
    GenericsId,
    /// A macro call of a file.
    CallId,
}

impl ListId {
    /// The empty list.
    pub const EMPTY: Self = Self(0);
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
    /// A type as written in a file; 0 is one that is missing.
    TypeId,
    /// A path as written in a file.
    PathId,
    /// Generic arguments as written in a file.
    ArgsId,
    /// A body of a file: what a function, constant or array length computes.
    BodyId,
}

/// What a body belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BodyKind {
    /// A function.
    Fn,
    /// Evaluated at compile time: const, static, array length, discriminant, const block, const argument.
    Const,
}

/// Code that computes something, from parameters to result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Body {
    /// The item that the body belongs to.
    pub owner: ItemId,
    /// What it is.
    pub kind: BodyKind,
    /// The expression it evaluates.
    pub root: ExprId,
    /// Parameters: pairs of pattern and type (`u32::MAX` for none); `self` first.
    pub params: ListId,
    /// Its expressions: those with ids in this range that are no nested body's.
    pub exprs: std::ops::Range<u32>,
    /// The ranges of nested bodies and items, in order: pairs of the first id and one past the last.
    pub nested_bodies: ListId,
}

/// What was made of a macro call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpansionStatus {
    /// A macro of std or a well-known crate, whose arguments were read as what they are.
    Native,
    /// A `macro_rules!` macro that was expanded.
    Expanded,
    /// A macro that holds no code of the caller's, such as `concat!`.
    NoCode,
    /// Not read: the tokens were searched only.
    Opaque,
}

/// One macro call.
#[derive(Debug, Clone)]
pub struct MacroCall {
    /// The macro's path as written, `name` or `a::b`.
    pub path: Box<str>,
    /// The last name of the path.
    pub name: Name,
    /// The whole call.
    pub span: Span,
    /// What was made of it.
    pub expansion: ExpansionStatus,
    /// For an opaque call: places in its tokens that look like sites, with the kind they look like.
    pub token_hits: Vec<(&'static str, Span)>,
}

/// Everything one file says.
#[derive(Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each arena is named after what its ids name")]
pub struct FileModel {
    #[serde(skip)]
    pub file: FileId,
    pub items: Vec<Item>,
    pub functions: Vec<Function>,
    pub variants: Vec<Variant>,
    pub imports: Vec<Import>,
    generics: Vec<GenericsNode>,
    params: Vec<GenericParam>,
    bounds: Vec<(TypeId, ListId)>,
    /// Expressions and patterns.
    pub code: ExprStore,
    /// Once `code` is taken out: the expressions of constants, by id.
    #[serde(skip)]
    constants: Vec<(ExprId, Expr)>,
    pub types: Vec<TypeRef>,
    pub paths: Vec<PathNode>,
    pub qualifiers: Vec<(TypeId, Option<PathId>)>,
    pub segments: Vec<Segment>,
    pub args: Vec<ArgsNode>,
    pub generic_args: Vec<GenericArg>,
    pub bindings: Vec<(Name, TypeId)>,
    #[serde(skip)]
    pub lists: Vec<u32>,
    pub bodies: Vec<Body>,
    /// Blocks with items of their own, or with such blocks in them, each with the block around it.
    #[serde(skip)]
    pub block_parents: Vec<(ExprId, ExprId)>,
    /// Predicates as written, conjunctions of enclosing ones; 0 is always true and empty.
    pub cfgs: Vec<crate::model::cfg::Cfg>,
    #[serde(skip)]
    pub lints: Vec<LintLevel>,
    /// Derives and attributes that are procedural macros, as people write them: once for each time.
    #[serde(skip)]
    pub generated: Vec<Box<str>>,
    /// Items and statements with their attributes, for waivers.
    #[serde(skip)]
    pub waivable: Vec<Span>,
}

impl FileModel {
    /// A file that says nothing; the first entry of each arena stands for what is missing.
    pub fn empty(file: FileId) -> Self {
        Self {
            file,
            items: Vec::new(),
            functions: Vec::new(),
            variants: Vec::new(),
            imports: Vec::new(),
            generics: vec![GenericsNode { first_param: 0, first_bound: 0 }],
            params: Vec::new(),
            bounds: Vec::new(),
            code: ExprStore::empty(file),
            constants: Vec::new(),
            types: vec![TypeRef::Missing],
            paths: Vec::new(),
            qualifiers: Vec::new(),
            segments: Vec::new(),
            args: Vec::new(),
            generic_args: Vec::new(),
            bindings: Vec::new(),
            lists: vec![0],
            bodies: Vec::new(),
            block_parents: Vec::new(),
            cfgs: vec![Cfg::Always],
            lints: Vec::new(),
            generated: Vec::new(),
            waivable: Vec::new(),
        }
    }

    /// Makes room for what so many bytes of usual code with bodies hold: growing step by step would copy it all once more.
    pub fn make_room(&mut self, bytes: usize) {
        // Over the 17 crates that the benchmarks scan, one path takes 38 bytes of text.
        self.code.make_room(bytes);
        self.paths.reserve(bytes / 40);
        self.segments.reserve(bytes / 32);
        self.lists.reserve(bytes / 30);
    }

    /// Gives back what the arenas grew too large.
    pub fn shrink(&mut self) {
        self.items.shrink_to_fit();
        self.functions.shrink_to_fit();
        self.variants.shrink_to_fit();
        self.imports.shrink_to_fit();
        self.generics.shrink_to_fit();
        self.params.shrink_to_fit();
        self.bounds.shrink_to_fit();
        self.code.shrink();
        self.types.shrink_to_fit();
        self.paths.shrink_to_fit();
        self.qualifiers.shrink_to_fit();
        self.segments.shrink_to_fit();
        self.args.shrink_to_fit();
        self.generic_args.shrink_to_fit();
        self.bindings.shrink_to_fit();
        self.lists.shrink_to_fit();
        self.bodies.shrink_to_fit();
        self.waivable.shrink_to_fit();
    }

    /// Returns a generic parameter list; an empty one for an id of another file.
    pub fn generics(&self, id: GenericsId) -> Generics<'_> {
        let Some(node) = self.generics.get(id.index()) else { return Generics::default() };
        let next = self.generics.get(id.index() + 1);
        let end = next.map_or(self.params.len(), |next| next.first_param as usize);
        let bounds_end = next.map_or(self.bounds.len(), |next| next.first_bound as usize);
        let params = self.params.get(node.first_param as usize..end).unwrap_or(&[]);
        let bounds = self.bounds.get(node.first_bound as usize..bounds_end).unwrap_or(&[]);
        Generics { params, bounds }
    }

    /// Adds a generic parameter list.
    pub fn add_generics(&mut self, written: Generics<'_>) -> GenericsId {
        if written.params.is_empty() && written.bounds.is_empty() {
            return GenericsId(0);
        }
        let (first_param, first_bound) = (self.params.len() as u32, self.bounds.len() as u32);
        self.generics.push(GenericsNode { first_param, first_bound });
        self.params.extend_from_slice(written.params);
        self.bounds.extend_from_slice(written.bounds);
        GenericsId(self.generics.len() as u32 - 1)
    }

    /// Returns the block around a block that has items of its own; `None` for the outermost one of an item.
    pub fn block_around(&self, block: ExprId) -> Option<ExprId> {
        let at = self.block_parents.binary_search_by_key(&block, |&(known, _)| known).ok()?;
        self.block_parents.get(at).map(|&(_, outer)| outer)
    }

    /// Returns the elements of `list`.
    pub fn list(&self, list: ListId) -> &[u32] {
        let start = list.index();
        let len = self.lists.get(start).copied().unwrap_or(0) as usize;
        self.lists.get(start + 1..start + 1 + len).unwrap_or(&[])
    }

    /// Returns the expressions of `list`.
    pub fn expr_list(&self, list: ListId) -> impl DoubleEndedIterator<Item = ExprId> + ExactSizeIterator + '_ {
        self.list(list).iter().map(|&id| ExprId::new(id))
    }

    /// Iterates over the parameters of a body, `self` first.
    pub fn body_params(&self, body: &Body) -> impl Iterator<Item = (PatId, Option<TypeId>)> {
        let pairs = self.list(body.params).chunks_exact(2);
        pairs.filter_map(|pair| match *pair {
            [pat, u32::MAX] => Some((PatId::new(pat), None)),
            [pat, ty] => Some((PatId::new(pat), Some(TypeId::new(ty)))),
            _ => None,
        })
    }

    /// Iterates over the ranges of a body's own expressions.
    pub fn own_exprs(&self, body: &Body) -> impl Iterator<Item = std::ops::Range<u32>> {
        let nested_bodies = self.list(body.nested_bodies);
        let starts = [body.exprs.start].into_iter().chain(nested_bodies.iter().skip(1).step_by(2).copied());
        let ends = nested_bodies.iter().step_by(2).copied().chain([body.exprs.end]);
        starts.zip(ends).map(|(start, end)| start..end)
    }

    /// Returns a type as written; `Missing` for an id of another file.
    pub fn ty(&self, id: TypeId) -> TypeRef {
        self.types.get(id.index()).copied().unwrap_or(TypeRef::Missing)
    }
}
