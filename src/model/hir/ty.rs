//! Types and paths as written.

use serde::{Deserialize, Serialize};

use super::{ArgsId, BodyId, FileModel, List, PathId, TypeId};
use crate::model::name::Name;

/// A type as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    Tuple(List<TypeId>),
    FnPtr {
        params: List<TypeId>,
        ret: Option<TypeId>,
        is_unsafe: bool,
    },
    /// The bounds.
    ImplTrait(List<PathId>),
    /// The bounds.
    Dyn(List<PathId>),
}

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Anchor {
    /// By name lookup.
    Plain,
    /// `::name`.
    Global,
    /// At the crate's root, else at another crate's: `::name` and imports in the 2015 edition.
    Root,
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

/// A path in its arena; `FileModel::path` shows it with its names.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct PathNode {
    /// Where it begins.
    anchor: AnchorNode,
    /// The first of its names in `FileModel::segments`; they end where the next path's begin.
    first: u32,
}

/// An anchor in its arena.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum AnchorNode {
    Plain,
    Global,
    Crate,
    OtherCrate(Name),
    SelfModule,
    Super(u8),
    /// One of `FileModel::qualifiers`.
    Type(u32),
    Root,
}

/// A path as written.
#[derive(Clone, Copy)]
pub struct Path<'m> {
    /// Where it begins.
    pub anchor: Anchor,
    /// Its names, without the anchor's.
    pub segments: &'m [Segment],
    model: &'m FileModel,
}

impl<'m> Path<'m> {
    /// Returns the generic arguments of the segment at a place; `None` where none are written.
    pub fn args_at(self, at: usize) -> Option<GenericArgs<'m>> {
        self.model.args(self.segments.get(at)?.args?)
    }

    /// Returns the generic arguments of the last segment.
    pub fn last_args(self) -> Option<GenericArgs<'m>> {
        self.args_at(self.segments.len().checked_sub(1)?)
    }
}

/// One name of a path with its generic arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Segment {
    /// The name; `Self` and `self` too.
    pub name: Name,
    /// The arguments; `None` where none are written.
    pub args: Option<ArgsId>,
}

/// Generic arguments in their arena; `FileModel::args` shows them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ArgsNode {
    /// The first of them in `FileModel::generic_args`; they end where the next ones begin.
    pub first: u32,
    /// The first of the bindings in `FileModel::bindings`, likewise.
    pub first_binding: u32,
    /// What stands after `->`.
    pub output: Option<TypeId>,
    /// Whether they are written `(A) -> B`.
    pub parenthesized: bool,
}

/// Generic arguments as written.
#[derive(Debug, Clone, Copy)]
pub struct GenericArgs<'m> {
    /// Types and constants in order, lifetimes left out.
    pub args: &'m [GenericArg],
    /// `Item = T`.
    pub bindings: &'m [(Name, TypeId)],
    /// `Fn(A, B) -> C`: the arguments are one tuple in `args`, and this is `C`.
    pub output: Option<TypeId>,
    /// Whether they are written `(A) -> B`.
    pub parenthesized: bool,
}

/// One generic argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GenericArg {
    /// A type, or a constant's name, which cannot be told apart yet.
    Type(TypeId),
    /// A constant expression.
    Const(BodyId),
}

impl FileModel {
    /// Returns a path as written.
    pub fn path(&self, id: PathId) -> Option<Path<'_>> {
        let node = self.paths.get(id.index())?;
        let end = self.paths.get(id.index() + 1).map_or(self.segments.len(), |next| next.first as usize);
        let segments = self.segments.get(node.first as usize..end).unwrap_or(&[]);
        let anchor = match node.anchor {
            AnchorNode::Plain => Anchor::Plain,
            AnchorNode::Global => Anchor::Global,
            AnchorNode::Root => Anchor::Root,
            AnchorNode::Crate => Anchor::Crate,
            AnchorNode::OtherCrate(name) => Anchor::OtherCrate(name),
            AnchorNode::SelfModule => Anchor::SelfModule,
            AnchorNode::Super(levels) => Anchor::Super(levels),
            AnchorNode::Type(at) => {
                let &(ty, trait_path) = self.qualifiers.get(at as usize)?;
                Anchor::Type { ty, trait_path }
            }
        };
        Some(Path { anchor, segments, model: self })
    }

    /// Iterates over all paths.
    pub fn all_paths(&self) -> impl Iterator<Item = Path<'_>> {
        (0..self.paths.len() as u32).filter_map(|at| self.path(PathId::new(at)))
    }

    /// Adds a path with its names.
    pub fn add_path(&mut self, anchor: Anchor, segments: impl IntoIterator<Item = Segment>) -> PathId {
        let id = PathId::new(self.paths.len() as u32);
        let anchor = match anchor {
            Anchor::Plain => AnchorNode::Plain,
            Anchor::Global => AnchorNode::Global,
            Anchor::Root => AnchorNode::Root,
            Anchor::Crate => AnchorNode::Crate,
            Anchor::OtherCrate(name) => AnchorNode::OtherCrate(name),
            Anchor::SelfModule => AnchorNode::SelfModule,
            Anchor::Super(levels) => AnchorNode::Super(levels),
            Anchor::Type { ty, trait_path } => {
                self.qualifiers.push((ty, trait_path));
                AnchorNode::Type(self.qualifiers.len() as u32 - 1)
            }
        };
        self.paths.push(PathNode { anchor, first: self.segments.len() as u32 });
        self.segments.extend(segments);
        id
    }

    /// Returns generic arguments as written.
    pub fn args(&self, id: ArgsId) -> Option<GenericArgs<'_>> {
        let &ArgsNode { first, first_binding, output, parenthesized } = self.args.get(id.index())?;
        let next = self.args.get(id.index() + 1);
        let end = next.map_or(self.generic_args.len(), |next| next.first as usize);
        let bindings_end = next.map_or(self.bindings.len(), |next| next.first_binding as usize);
        let args = self.generic_args.get(first as usize..end).unwrap_or(&[]);
        let bindings = self.bindings.get(first_binding as usize..bindings_end).unwrap_or(&[]);
        Some(GenericArgs { args, bindings, output, parenthesized })
    }

    /// Adds generic arguments.
    pub fn add_args(&mut self, written: GenericArgs<'_>) -> ArgsId {
        let id = ArgsId::new(self.args.len() as u32);
        let (first, first_binding) = (self.generic_args.len() as u32, self.bindings.len() as u32);
        let GenericArgs { args, bindings, output, parenthesized } = written;
        self.args.push(ArgsNode { first, first_binding, output, parenthesized });
        self.generic_args.extend_from_slice(args);
        self.bindings.extend_from_slice(bindings);
        id
    }
}
