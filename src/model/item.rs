//! Items as written: what they are called, where they stand, what they declare. Bodies are in `hir/`.

use std::num::{NonZeroU16, NonZeroU32};

use serde::{Deserialize, Serialize};

use crate::model::hir::{
    BodyId, CfgId, ExprId, FnId, GenericsId, ImportId, ItemId, List, NumberType, PathId, TypeId, VariantId,
};
use crate::model::name::Name;

/// What encloses an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Parent {
    /// The file itself.
    File,
    /// A module, trait, impl or extern block.
    Item(ItemId),
    /// A block of the function that is the item.
    Block(ExprId, ItemId),
}

/// One item.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Item {
    /// What it declares.
    pub kind: ItemKind,
    /// Its name; missing for impls, uses and the like.
    pub name: Name,
    /// What encloses it.
    pub parent: Parent,
    /// Its generic parameters.
    pub generics: GenericsId,
    /// The predicates on it and on all that encloses it, together.
    pub cfg: CfgId,
    /// What its attributes say.
    pub attrs: Attrs,
    /// Whether it is `pub` without restriction.
    pub public: bool,
}

/// What attributes say of an item, as far as anything here asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attrs {
    /// A bit each, by `Mark`.
    marks: u16,
    /// The derives of std's traits.
    pub derives: Derives,
    /// `repr(packed)`, with its number.
    pub packed: Option<NonZeroU16>,
    /// `repr(u8)` and the like.
    pub repr_int: NumberType,
    /// `repr(align(N))`.
    pub align: Option<NonZeroU32>,
}

/// What an attribute says that needs no more than yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// `#[test]`, `#[tokio::test]` and the like, `#[bench]`, or a cfg that implies test.
    Test,
    /// `#[no_mangle]`, `#[export_name]`.
    Exported,
    /// `#[proc_macro]`, `#[proc_macro_derive]`, `#[proc_macro_attribute]`.
    ProcMacro,
    /// `#[macro_use]` or `#[macro_export]`.
    MacroExport,
    /// `#[track_caller]`.
    TrackCaller,
    /// `repr(C)`.
    ReprC,
    /// `repr(transparent)`.
    ReprTransparent,
    /// Some of its reprs stand in a `cfg_attr`.
    ReprConditional,
    /// Any doc comment or `#[doc]` holds a `# Panics` section.
    DocPanics,
    /// Any doc comment or `#[doc]` holds a `# Safety` section.
    DocSafety,
    /// `repr(simd)`.
    ReprSimd,
    /// It is compiled where code is verified alone: tested, model-checked, proved.
    Verification,
}

impl Attrs {
    /// Tells whether an attribute says so.
    pub const fn is(&self, mark: Mark) -> bool {
        self.marks & 1 << mark as u16 != 0
    }

    /// Notes that an attribute says so, if it does.
    pub fn set(&mut self, mark: Mark, said: bool) {
        self.marks |= u16::from(said) << mark as u16;
    }
}

/// A set of std's derivable traits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derives(u16);

impl Derives {
    const NAMES: [Name; 9] = [
        Name::CLONE,
        Name::COPY,
        Name::DEBUG,
        Name::DEFAULT,
        Name::PARTIAL_EQ,
        Name::EQ,
        Name::PARTIAL_ORD,
        Name::ORD,
        Name::HASH,
    ];

    /// Adds the trait that `path` names, if it is one of std's.
    pub fn add(&mut self, path: &str) {
        if let Some(at) = Self::place(path) {
            self.0 |= 1 << at;
        }
    }

    /// Tells whether the trait that `path` names is one of std's.
    pub fn knows(path: &str) -> bool {
        Self::place(path).is_some()
    }

    fn place(path: &str) -> Option<usize> {
        let name = path.trim().rsplit("::").next().unwrap_or("");
        Self::NAMES.iter().position(|known| known.as_str() == name)
    }

    /// Tells whether the set holds the trait called `name`.
    pub fn has(self, name: Name) -> bool {
        Self::NAMES.iter().position(|known| *known == name).is_some_and(|at| self.0 & (1 << at) != 0)
    }

    /// Iterates over the traits' names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |&name| self.has(name)).map(Name::as_str)
    }
}

/// What an item declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the keywords say it")]
pub enum ItemKind {
    /// A module; `inline` has its items here. A file module's `#[path]` is in `path`.
    Module {
        inline: bool,
        path: Option<Name>,
    },
    Fn(FnId),
    Struct {
        fields: List<Field>,
        tuple: bool,
    },
    Union {
        fields: List<Field>,
    },
    Enum {
        variants: List<VariantId>,
    },
    Trait {
        supertraits: List<PathId>,
        is_unsafe: bool,
    },
    Impl {
        trait_path: Option<PathId>,
        self_ty: TypeId,
        is_unsafe: bool,
        negative: bool,
    },
    TypeAlias {
        ty: Option<TypeId>,
        bounds: List<PathId>,
    },
    Const {
        ty: Option<TypeId>,
        body: Option<BodyId>,
    },
    Static {
        ty: Option<TypeId>,
        body: Option<BodyId>,
        mutable: bool,
    },
    Use {
        imports: List<ImportId>,
    },
    ExternCrate {
        krate: Name,
    },
    ExternBlock,
    MacroRules,
    /// A macro call that was expanded into items, or was not.
    MacroCall,
}

const _: () = assert!(size_of::<Item>() == 52);

/// How a method takes `self`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SelfParam {
    /// `self`.
    Value,
    /// `&self`.
    Ref,
    /// `&mut self`.
    RefMut,
    /// `self: T`.
    Typed(TypeId),
}

/// A function's signature.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a keyword of its own")]
pub struct Function {
    /// How it takes `self`, if it does.
    pub self_param: Option<SelfParam>,
    /// Types, without `self`'s.
    pub params: List<TypeId>,
    /// What it returns; `None` is `()`.
    pub ret: Option<TypeId>,
    /// What it does.
    pub body: Option<BodyId>,
    /// `unsafe fn`, or a function of an extern block not marked safe.
    pub is_unsafe: bool,
    /// `async fn`.
    pub is_async: bool,
    /// `const fn`.
    pub is_const: bool,
    /// `extern "C"` or another foreign ABI.
    pub foreign_abi: bool,
}

/// One field of a struct, union or variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name; positional ones are called `0`, `1`, …
    pub name: Name,
    /// Its type.
    pub ty: TypeId,
    /// Who sees it, as far as it is written.
    pub visibility: FieldVisibility,
    /// Whether it carries a `cfg`: not every build has it.
    pub conditional: bool,
}

/// How a field's visibility is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldVisibility {
    /// Nothing is written: the module sees it.
    Private,
    /// `pub(crate)`, `pub(super)`, `pub(in path)`.
    Restricted,
    /// `pub`.
    Public,
}

/// One variant of an enum.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Variant {
    /// Its name.
    pub name: Name,
    /// Its fields.
    pub fields: List<Field>,
    /// Whether its fields are positional.
    pub tuple: bool,
    /// Whether it has fields at all in its syntax.
    pub unit: bool,
    /// Its cfg.
    pub cfg: CfgId,
    /// Its discriminant, where one is written.
    pub discriminant: Option<BodyId>,
}

/// One name that a `use` brings in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Import {
    /// The whole path.
    pub path: PathId,
    /// The name it gets; `None` for `*`.
    pub name: Option<Name>,
}

/// Generic parameters in their arena; `FileModel::generics` shows them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct GenericsNode {
    /// The first of `FileModel::params`; they end where the next ones begin.
    pub first_param: u32,
    /// The first of `FileModel::bounds`, likewise.
    pub first_bound: u32,
}

/// Generic parameters with their bounds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Generics<'m> {
    /// Type and const parameters in order.
    pub params: &'m [GenericParam],
    /// `T: Trait` of parameters and where clauses: the type and the traits' paths.
    pub bounds: &'m [(TypeId, List<PathId>)],
}

/// One type or const parameter.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct GenericParam {
    /// Its name.
    pub name: Name,
    /// Whether it is a constant.
    pub is_const: bool,
    /// The default of a type parameter, or the type of a const one.
    pub ty: Option<TypeId>,
}
