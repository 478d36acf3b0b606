//! Types as values: interned, compared by address, cheap to copy. How an expression gets one is `infer/`'s business.

use std::cell::RefCell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::model::hir::{ItemId, VariantId};
use crate::model::name::Name;
use crate::source::FileId;
use crate::types::flags::{Flags, SIZE_LIMIT, size_of};
use crate::types::interner::{Interner, LocalCache, hash_of};
pub use crate::types::list::{Args, Tys};

/// A definition anywhere in what was read: the scanned packages, std, dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DefId {
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
    size: u32,
}

/// What a type is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    Adt(DefId, Tys),
    /// `&T`, `&mut T`.
    Ref(Ty, bool),
    /// `*const T`, `*mut T`.
    Ptr(Ty, bool),
    /// `[T]`.
    Slice(Ty),
    /// `[T; N]`; the length where it is known.
    Array(Ty, ConstArg),
    /// `(A, B)`; `()` is the empty one.
    Tuple(Tys),
    /// `fn(A) -> B`, `unsafe fn(A) -> B`: parameters, then the result; whether calling it is unsafe.
    FnPtr(Tys, bool),
    /// A function or a tuple struct's constructor as a value, with its type arguments.
    FnDef(FnRef, Tys),
    /// A closure of the body at hand, by its expression; parameters, then the result.
    Closure(u32, Tys),
    /// A type parameter in scope.
    Param(Name),
    /// `dyn Trait`: its principal trait, then the others.
    Dyn(Box<[TraitRef]>),
    /// `impl Trait`: a type of which its bounds alone are known.
    Opaque(Box<[TraitRef]>),
    /// `<T as Trait>::Name` that is not decided yet.
    Projection(Ty, Option<DefId>, Name, Tys),
    /// A constant as a type argument.
    Const(ConstArg),
}

/// What a variable of inference stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InferKind {
    /// Any type.
    Any,
    /// An integer type; `i32` where nothing else decides.
    Int,
    /// A float type; `f64` where nothing else decides.
    Float,
}

/// The length of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConstArg {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FnRef {
    /// A function item.
    Fn(DefId),
    /// A tuple struct.
    Struct(DefId),
    /// A tuple variant: its enum, and its place among the file's variants.
    Variant(DefId, VariantId),
}

/// A trait with its type arguments, `Self` left out, and the associated types that are bound.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TraitRef {
    /// The trait.
    pub def: DefId,
    /// Its type arguments.
    pub args: Tys,
    /// `Item = T`.
    pub bindings: Box<[(Name, Ty)]>,
}

/// An integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the types'")]
pub enum Int {
    I8,
    I16,
    I32,
    I64,
    I128,
    Isize,
    U8,
    U16,
    U32,
    U64,
    U128,
    Usize,
}

impl Int {
    /// All of them, in the order of the variants.
    pub const ALL: [Self; 12] = [
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::I128,
        Self::Isize,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::U128,
        Self::Usize,
    ];

    /// The type's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::I128 => "i128",
            Self::Isize => "isize",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::Usize => "usize",
        }
    }

    /// The type's name, interned.
    pub const fn name(self) -> Name {
        match self {
            Self::I8 => Name::I8,
            Self::I16 => Name::I16,
            Self::I32 => Name::I32,
            Self::I64 => Name::I64,
            Self::I128 => Name::I128,
            Self::Isize => Name::ISIZE,
            Self::U8 => Name::U8,
            Self::U16 => Name::U16,
            Self::U32 => Name::U32,
            Self::U64 => Name::U64,
            Self::U128 => Name::U128,
            Self::Usize => Name::USIZE,
        }
    }

    /// Whether it has a sign.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64 | Self::I128 | Self::Isize)
    }

    /// Its size in bytes, with pointers of `pointer_bytes`.
    pub const fn bytes(self, pointer_bytes: u64) -> u64 {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 => 4,
            Self::I64 | Self::U64 => 8,
            Self::I128 | Self::U128 => 16,
            Self::Isize | Self::Usize => pointer_bytes,
        }
    }
}

/// A float type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the types'")]
pub enum Float {
    F16,
    F32,
    F64,
    F128,
}

impl Float {
    /// All of them, in the order of the variants.
    pub const ALL: [Self; 4] = [Self::F16, Self::F32, Self::F64, Self::F128];
}

static TYPES: LazyLock<Interner<Interned>> = LazyLock::new(Interner::new);

thread_local! {
    static CACHE: RefCell<LocalCache<Interned>> = RefCell::new(LocalCache::new());
}

impl Ty {
    /// Returns the one type of this kind.
    #[expect(clippy::needless_pass_by_value, reason = "callers make it on the spot")]
    pub fn intern(kind: TyKind) -> Self {
        let hash = hash_of(&kind);
        let wanted = |kept: &Interned| kept.kind == kind;
        let make = || {
            let (flags, size) = (Flags::of(&kind), size_of(&kind));
            &*Box::leak(Box::new(Interned { kind: kind.clone(), flags, size }))
        };
        // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
        let look = || TYPES.intern(hash, wanted, make);
        // auditor: allow(panicking-api) nothing within borrows it again, and no destructor makes types
        let ty = Self(CACHE.with_borrow_mut(|cache| cache.get(hash, wanted, look)));
        if ty.0.size > SIZE_LIMIT { Self::unknown() } else { ty }
    }

    /// How many types it is made of, itself too.
    pub const fn size(self) -> u32 {
        self.0.size
    }

    /// What it is.
    pub const fn kind(self) -> &'static TyKind {
        &self.0.kind
    }

    /// What occurs anywhere within it.
    pub const fn flags(self) -> Flags {
        self.0.flags
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
    pub fn tuple(elements: impl Into<Tys>) -> Self {
        Self::intern(TyKind::Tuple(elements.into()))
    }

    /// An ADT.
    pub fn adt(def: DefId, args: impl Into<Tys>) -> Self {
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
