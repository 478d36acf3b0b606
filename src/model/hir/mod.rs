//! The program as written, lowered from trees into arenas: ids, bodies and the arenas, one [`FileModel`] a file. Expressions are
//! in `expr.rs`, patterns in `pat.rs`, types and paths in `ty.rs`, items in `../item.rs`.

mod children;
mod expr;
mod expr_store;
mod file_refs;
mod ids;
mod list;
mod literal;
mod op;
mod pat;
mod ty;

pub use expr::{BlockKind, Expr, Label, MatchArm, Param, RecordField};
pub use expr_store::ExprStore;
pub(in crate::model) use expr_store::Made;
pub use file_refs::{Include, IncludeTarget, ModulePath};
pub use ids::{
    ArgsId, BindingId, BodyId, CallId, CfgId, ExprId, FnId, GenericsId, ImportId, ItemId, LabelId, PatId, PathId,
    TypeId, VariantId,
};
pub use list::{InFile, InStore, List, Lists};
pub use literal::{Literal, NumberType, PackedU64};
pub use op::{ArithOp, BinaryOp, CmpOp, UnaryOp};
pub use pat::{Binding, FieldPat, Pat, SyntaxContext};
pub use ty::{Anchor, ArgsNode, GenericArg, GenericArgs, Path, PathNode, Segment, TypeRef};

use serde::{Deserialize, Serialize};

use crate::facts::macros::MacroValue;
use crate::model::cfg::Cfg;
use crate::model::item::{Field, Function, GenericParam, Generics, GenericsNode, Import, Item, Variant};
use crate::model::name::Name;
use crate::source::{FileId, GapKind, LintLevel, Span};
use crate::syntax::SyntaxError;

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
    /// Parameters, `self` first.
    pub params: List<Param>,
    /// Its expressions: those with ids in this range that are no nested body's.
    pub exprs: std::ops::Range<u32>,
    /// The bindings of its patterns and parameters; those of nested bodies lie among them.
    pub bindings: std::ops::Range<u32>,
    /// The ranges of expressions of nested bodies and items, in order: the first id and one past the last.
    pub nested_bodies: List<(u32, u32)>,
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
    /// The last name of the path; of a macro that is known by definition, the name that checks know it by.
    pub name: Name,
    /// The whole call.
    pub span: Span,
    /// What was made of it.
    pub expansion: ExpansionStatus,
    /// What the call has for a value, where the macro is known by definition.
    pub value: MacroValue,
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
    bounds: Vec<(TypeId, List<PathId>)>,
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
    pub(super) type_lists: Lists<TypeId>,
    pub(super) path_lists: Lists<PathId>,
    pub(super) field_lists: Lists<Field>,
    pub(super) variant_lists: Lists<VariantId>,
    pub(super) import_lists: Lists<ImportId>,
    pub bodies: Vec<Body>,
    /// Blocks with items of their own, or with such blocks in them, each with the block around it.
    #[serde(skip)]
    pub block_parents: Vec<(ExprId, ExprId)>,
    /// Predicates as written, conjunctions of enclosing ones; 0 is always true and empty.
    pub cfgs: Vec<crate::model::cfg::Cfg>,
    /// What `#[path]` says of the modules.
    #[serde(skip)]
    pub module_paths: Vec<ModulePath>,
    /// The `include!`s that were not read.
    #[serde(skip)]
    pub includes: Vec<Include>,
    /// Where there was more than what is read.
    #[serde(skip)]
    pub limits: Vec<(GapKind, Span)>,
    /// What is wrong in the files that were.
    #[serde(skip)]
    pub include_errors: Vec<(FileId, SyntaxError)>,
    #[serde(skip)]
    pub lints: Vec<LintLevel>,
    /// Derives and attributes that are procedural macros, as people write them: once for each time.
    #[serde(skip)]
    pub generated: Vec<Box<str>>,
    /// The attributes that neither the language nor a tool defines, by item: their paths as written. They come in order.
    #[serde(skip)]
    pub attributes: Vec<(ItemId, Box<str>)>,
    /// Where the macros of the file first made more, or nested deeper, than what is followed.
    #[serde(skip)]
    pub over_limit: Option<Span>,
    /// The macro calls among items that hold functions and were not read, with how many they hold.
    #[serde(skip)]
    pub closed: Vec<(CallId, u32)>,
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
            type_lists: Lists::default(),
            path_lists: Lists::default(),
            field_lists: Lists::default(),
            variant_lists: Lists::default(),
            import_lists: Lists::default(),
            bodies: Vec::new(),
            block_parents: Vec::new(),
            cfgs: vec![Cfg::Always],
            module_paths: Vec::new(),
            includes: Vec::new(),
            limits: Vec::new(),
            include_errors: Vec::new(),
            lints: Vec::new(),
            generated: Vec::new(),
            attributes: Vec::new(),
            over_limit: None,
            closed: Vec::new(),
            waivable: Vec::new(),
        }
    }

    /// Makes room for what so many bytes of usual code with bodies hold: growing step by step would copy it all once more.
    pub fn make_room(&mut self, bytes: usize) {
        // Over the 17 crates that the benchmarks scan, one path takes 38 bytes of text.
        self.code.make_room(bytes);
        self.paths.reserve(bytes / 40);
        self.segments.reserve(bytes / 32);
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
        self.type_lists.shrink();
        self.path_lists.shrink();
        self.field_lists.shrink();
        self.variant_lists.shrink();
        self.import_lists.shrink();
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

    /// Returns the elements of a list of declarations.
    pub fn list<T: InFile>(&self, list: List<T>) -> &[T] {
        T::lists(self).get(list)
    }

    /// Adds a list of declarations.
    pub(in crate::model) fn add_list<T: InFile>(&mut self, elements: &[T]) -> List<T> {
        T::lists_mut(self).add(elements)
    }

    /// Returns a type as written; `Missing` for an id of another file.
    pub fn ty(&self, id: TypeId) -> TypeRef {
        self.types.get(id.index()).copied().unwrap_or(TypeRef::Missing)
    }
}
