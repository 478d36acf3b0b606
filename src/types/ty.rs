//! Types as values: interned, compared by address, cheap to copy. How an expression gets one is `infer/`'s business.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, RwLock};

use rustc_hash::{FxBuildHasher, FxHashMap, FxHasher};

use crate::model::hir::ItemId;
use crate::model::name::Name;
use crate::source::FileId;

pub use crate::types::number::{Float, Int};

/// A definition anywhere in what was read: the scanned packages, std, dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Def {
    /// The file that holds it.
    pub file: FileId,
    /// The item in that file.
    pub item: ItemId,
}

/// A type; equal types are the same address. Kept until the process ends.
#[derive(Clone, Copy)]
pub struct Ty(&'static Interned);

/// A kind with what holds anywhere within it.
#[derive(Debug)]
struct Interned {
    kind: TyKind,
    flags: Flags,
}

/// What occurs anywhere within a type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// A type or const parameter.
    pub param: bool,
    /// A variable of inference.
    pub infer: bool,
    /// An associated type that is not decided yet.
    pub assoc: bool,
    /// Something unknown.
    pub unknown: bool,
}

impl Flags {
    fn or(self, other: Self) -> Self {
        Self {
            param: self.param | other.param,
            infer: self.infer | other.infer,
            assoc: self.assoc | other.assoc,
            unknown: self.unknown | other.unknown,
        }
    }

    fn of(kind: &TyKind) -> Self {
        let all = |parts: &[Ty]| parts.iter().fold(Self::default(), |flags, part| flags.or(part.0.flags));
        match kind {
            TyKind::Unknown => Self { unknown: true, ..Self::default() },
            TyKind::Infer(..) => Self { infer: true, ..Self::default() },
            TyKind::Param(_) => Self { param: true, ..Self::default() },
            TyKind::Adt(_, args) | TyKind::FnDef(_, args) => all(args),
            TyKind::Tuple(parts) | TyKind::FnPtr(parts) | TyKind::Closure(_, parts) => all(parts),
            TyKind::Ref(ty, _) | TyKind::Ptr(ty, _) | TyKind::Slice(ty) => ty.0.flags,
            TyKind::Array(ty, len) => ty.0.flags.or(Self::of_len(*len)),
            TyKind::Const(len) => Self::of_len(*len),
            TyKind::Assoc(ty, _, _, args) => all(args).or(ty.0.flags).or(Self { assoc: true, ..Self::default() }),
            TyKind::Bounded(bounds, _) => bounds.iter().fold(Self::default(), |flags, bound| {
                let bindings = bound.bindings.iter().fold(Self::default(), |flags, (_, ty)| flags.or(ty.0.flags));
                flags.or(all(&bound.args)).or(bindings)
            }),
            _ => Self::default(),
        }
    }

    fn of_len(len: Len) -> Self {
        match len {
            Len::Param(_) => Self { param: true, ..Self::default() },
            Len::Infer(_) => Self { infer: true, ..Self::default() },
            Len::Known(_) | Len::Unknown => Self::default(),
        }
    }
}

/// What a type is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TyKind {
    /// Not known; never guessed.
    Unknown,
    /// `!`.
    Never,
    /// `bool`.
    Bool,
    /// `char`.
    Char,
    /// `str`.
    Str,
    /// An integer.
    Int(Int),
    /// A float.
    Float(Float),
    /// A variable of inference: any type, an integer type, a float type.
    Infer(u32, InferKind),
    /// A struct, enum or union with its type arguments.
    Adt(Def, Box<[Ty]>),
    /// `&T`, `&mut T`.
    Ref(Ty, bool),
    /// `*const T`, `*mut T`.
    Ptr(Ty, bool),
    /// `[T]`.
    Slice(Ty),
    /// `[T; N]`; the length where it is known.
    Array(Ty, Len),
    /// `(A, B)`; `()` is the empty one.
    Tuple(Box<[Ty]>),
    /// `fn(A) -> B`: parameters, then the result.
    FnPtr(Box<[Ty]>),
    /// A function or a tuple struct's constructor as a value, with its type arguments.
    FnDef(FnRef, Box<[Ty]>),
    /// A closure of the body at hand, by its expression; parameters, then the result.
    Closure(u32, Box<[Ty]>),
    /// A type parameter in scope.
    Param(Name),
    /// `dyn Trait`, or `impl Trait`: something known by its traits alone.
    Bounded(Box<[TraitRef]>, bool),
    /// `<T as Trait>::Name` that is not decided yet.
    Assoc(Ty, Option<Def>, Name, Box<[Ty]>),
    /// A constant as a type argument.
    Const(Len),
}

/// What a variable of inference stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InferKind {
    /// Any type.
    Any,
    /// An integer type; `i32` where nothing else decides.
    Int,
    /// A float type; `f64` where nothing else decides.
    Float,
}

/// The length of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Len {
    /// So many elements.
    Known(u64),
    /// A const parameter.
    Param(Name),
    /// Not known.
    Unknown,
    /// A variable of inference.
    Infer(u32),
}

/// What a value of function type calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FnRef {
    /// A function item.
    Fn(Def),
    /// A tuple struct.
    Struct(Def),
    /// A tuple variant: its enum, and its place among the file's variants.
    Variant(Def, u32),
}

/// A trait with its type arguments, `Self` left out, and the associated types that are bound.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TraitRef {
    /// The trait.
    pub def: Def,
    /// Its type arguments.
    pub args: Box<[Ty]>,
    /// `Item = T`.
    pub bindings: Box<[(Name, Ty)]>,
}

const SHARDS: usize = 16;
type Shard = RwLock<FxHashMap<u64, Vec<&'static Interned>>>;
static TYPES: LazyLock<[Shard; SHARDS]> =
    LazyLock::new(|| std::array::from_fn(|_| RwLock::new(HashMap::with_hasher(FxBuildHasher))));
static COMMON: LazyLock<Common> = LazyLock::new(|| Common {
    unknown: Ty::intern(TyKind::Unknown),
    unit: Ty::intern(TyKind::Tuple(Box::default())),
    never: Ty::intern(TyKind::Never),
    boolean: Ty::intern(TyKind::Bool),
    string: Ty::intern(TyKind::Str),
    usize: Ty::intern(TyKind::Int(Int::Usize)),
});

struct Common {
    unknown: Ty,
    unit: Ty,
    never: Ty,
    boolean: Ty,
    string: Ty,
    usize: Ty,
}

impl Ty {
    /// Returns the one type of this kind.
    pub fn intern(kind: TyKind) -> Self {
        let mut hasher = FxHasher::default();
        kind.hash(&mut hasher);
        let hash = hasher.finish();
        // auditor: allow(integer-division) `SHARDS` is a constant above zero
        let Some(shard) = TYPES.get((hash >> 60) as usize % SHARDS) else { return Self::unknown() };
        if let Some(found) = find(&shard.read().unwrap_or_else(std::sync::PoisonError::into_inner), hash, &kind) {
            return Self(found);
        }
        let mut shard = shard.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(found) = find(&shard, hash, &kind) {
            return Self(found);
        }
        let flags = Flags::of(&kind);
        let kept: &'static Interned = Box::leak(Box::new(Interned { kind, flags }));
        shard.entry(hash).or_default().push(kept);
        Self(kept)
    }

    /// What it is.
    pub const fn kind(self) -> &'static TyKind {
        &self.0.kind
    }

    /// What occurs anywhere within it.
    pub const fn flags(self) -> Flags {
        self.0.flags
    }

    /// The type that is not known.
    pub fn unknown() -> Self {
        COMMON.unknown
    }

    /// `()`.
    pub fn unit() -> Self {
        COMMON.unit
    }

    /// `!`.
    pub fn never() -> Self {
        COMMON.never
    }

    /// `bool`.
    pub fn bool() -> Self {
        COMMON.boolean
    }

    /// `str`.
    pub fn str() -> Self {
        COMMON.string
    }

    /// `usize`.
    pub fn usize() -> Self {
        COMMON.usize
    }

    /// An integer type.
    pub fn int(int: Int) -> Self {
        Self::intern(TyKind::Int(int))
    }

    /// `&self` or `&mut self`.
    #[must_use]
    pub fn reference(self, mutable: bool) -> Self {
        Self::intern(TyKind::Ref(self, mutable))
    }

    /// `[self]`.
    #[must_use]
    pub fn slice(self) -> Self {
        Self::intern(TyKind::Slice(self))
    }

    /// A tuple.
    pub fn tuple(elements: impl Into<Box<[Self]>>) -> Self {
        Self::intern(TyKind::Tuple(elements.into()))
    }

    /// An ADT.
    pub fn adt(def: Def, args: impl Into<Box<[Self]>>) -> Self {
        Self::intern(TyKind::Adt(def, args.into()))
    }

    /// Whether nothing is known of it.
    pub fn is_unknown(self) -> bool {
        matches!(self.kind(), TyKind::Unknown | TyKind::Infer(_, InferKind::Any))
    }

    /// Whether it is an integer, of known width or not.
    pub fn is_integer(self) -> bool {
        matches!(self.kind(), TyKind::Int(_) | TyKind::Infer(_, InferKind::Int))
    }

    /// Whether it is a float, of known width or not.
    pub fn is_float(self) -> bool {
        matches!(self.kind(), TyKind::Float(_) | TyKind::Infer(_, InferKind::Float))
    }

    /// The type behind all references.
    #[must_use]
    pub fn peel_refs(self) -> Self {
        let mut ty = self;
        while let TyKind::Ref(inner, _) = ty.kind() {
            ty = *inner;
        }
        ty
    }
}

fn find(shard: &FxHashMap<u64, Vec<&'static Interned>>, hash: u64, kind: &TyKind) -> Option<&'static Interned> {
    shard.get(&hash)?.iter().copied().find(|kept| kept.kind == *kind)
}

impl PartialEq for Ty {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Ty {}

impl Hash for Ty {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::from_ref(self.0).hash(state);
    }
}

impl fmt::Debug for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.kind(), f)
    }
}
