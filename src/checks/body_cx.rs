//! What a check sees of the program: one body with its types, the file it stands in, what unsafe code surrounds a place.

use std::cell::OnceCell;

use rustc_hash::FxHashSet;

use super::contract::{Asked, BodyTree};
use super::custom::Patterns;
use crate::finding::Fix;
use crate::flow::BodyFlow;
use crate::model::hir::{BinaryOp, BlockKind, Body, BodyId, Expr, ExprId, ExprStore, FileModel, ItemId, List};
use crate::model::item::{Function, ItemKind};
use crate::model::name::Name;
use crate::source::{Comment, LineIndex, Span};
use crate::types::callee::Callee;
use crate::types::layout::{Layout, Machine};
use crate::types::ty::{ConstArg, DefId, TraitRef, Ty, TyKind};
use crate::types::typed_body::TypedBody;

/// Types within types that are shown.
const DEPTH_LIMIT: u32 = 16;

/// The most types that a shown one is made of, and the most bytes of it: what is larger says nothing to its readers.
const SHOWN_PARTS: u32 = 128;
const SHOWN_LIMIT: usize = 500;

/// What checks ask about definitions in other files, std's among them.
pub trait Definitions {
    /// The name of a definition.
    fn name_of(&self, def: DefId) -> Name;
    /// Whether std defines it.
    fn is_std(&self, def: DefId) -> bool;
    /// Whether a crate of a registry or of git defines it.
    fn is_dependency(&self, def: DefId) -> bool;
    /// Whether it is what std has at this path: `io::Error` and `fmt::Error` share their name.
    fn is_std_item(&self, def: DefId, path: [Name; 2]) -> bool;
    /// The name of the crate that holds it.
    fn crate_of(&self, def: DefId) -> Name;
    /// Whether it is a union.
    fn is_union(&self, def: DefId) -> bool;
    /// Whether it is an enum without variants, of which there is no value.
    fn is_empty_enum(&self, def: DefId) -> bool;
    /// The function that a call of `def` with these generic arguments runs.
    fn callee(&self, def: DefId, args: &[Ty]) -> Callee;
    /// Whether it is a vector of a processor's, such as `__m128i`.
    fn is_vector(&self, def: DefId) -> bool;
    /// Size and alignment of a type, as far as they are certain.
    fn layout(&self, ty: Ty) -> Layout;
    /// The value of an expression of the body at hand that constants alone decide.
    fn constant(&self, cx: &BodyCx<'_>, expr: ExprId) -> Option<i128>;
    /// Whether the language fixes how a type is laid out.
    fn has_fixed_layout(&self, ty: Ty) -> bool;
    /// Whether something in a type may be written behind a shared reference, or that is not known.
    fn may_hold_cell(&self, ty: Ty) -> bool;
    /// Whether all bytes zero are no value of a type, for certain.
    fn forbids_zero(&self, ty: Ty) -> bool;
    /// Whether bytes that nobody wrote are no value of a type, for certain.
    fn forbids_uninit(&self, ty: Ty) -> bool;
    /// What an unsafe function of the program asks of its callers; `None` for a function of another crate or of foreign code.
    fn asked(&self, def: DefId) -> Option<Asked>;
    /// What the program is compiled for.
    fn machine(&self) -> Machine;
}

/// What proposes changes that put sites in order.
pub trait Fixes {
    /// Returns the fix of the site of `kind` at `id`, which `rule` decides about; `None` where none is known.
    fn fix(&self, cx: &BodyCx<'_>, id: ExprId, kind: &str, rule: &str) -> Option<Fix>;
}

/// One body, or one file's items, as checks see them.
pub struct BodyCx<'a> {
    /// The file's model.
    pub model: &'a FileModel,
    /// The file's expressions and patterns.
    pub code: &'a ExprStore,
    /// The file's text.
    pub text: &'a str,
    /// Where its lines begin.
    pub lines: &'a LineIndex,
    /// Its comments, in order.
    pub comments: &'a [Comment],
    /// The body that is looked at.
    pub body: BodyId,
    /// What inference found out about that body.
    pub typed: &'a TypedBody,
    /// What is known of definitions, wherever they are.
    pub known: &'a dyn Definitions,
    /// The `static mut`s of the package.
    pub static_muts: &'a FxHashSet<Name>,
    /// The unsafe blocks of the body.
    pub unsafe_blocks: &'a [Span],
    /// What rules out panics in the body; `None` for a cx of items.
    pub flow: Option<&'a BodyFlow<'a>>,
    /// The places of the body that are written or whose address is taken, and are not read for it; sorted.
    pub unread_places: &'a [ExprId],
    /// Users' own rules.
    pub patterns: &'a Patterns,
    /// What encloses the expressions of the body, made when it is first asked for.
    pub tree: OnceCell<BodyTree>,
    /// What proposes fixes for its sites; `None` for a cx of items.
    pub fixes: Option<&'a dyn Fixes>,
}

const NO_BODY: Body = Body {
    owner: crate::model::hir::ItemId(u32::MAX),
    kind: crate::model::hir::BodyKind::Const,
    root: ExprId::new(0),
    params: List::EMPTY,
    exprs: 0..0,
    bindings: 0..0,
    nested_bodies: List::EMPTY,
};
static EMPTY: Body = NO_BODY;

impl<'a> BodyCx<'a> {
    /// Returns the body that is looked at; an empty one for a cx of items.
    pub fn body(&self) -> &'a Body {
        self.model.bodies.get(self.body.index()).unwrap_or(&EMPTY)
    }

    /// Returns what encloses the expressions of the body.
    pub fn tree(&self) -> &BodyTree {
        self.tree.get_or_init(|| BodyTree::new(self))
    }

    /// Returns an expression.
    pub fn expr(&self, id: ExprId) -> Expr {
        self.code.expr(id)
    }

    /// Returns the type of an expression.
    pub fn ty(&self, id: ExprId) -> Ty {
        self.typed.ty(id)
    }

    /// Tells whether an expression is a place that is not read where it stands: it is assigned to, or `&raw` takes its address.
    pub fn is_unread(&self, id: ExprId) -> bool {
        self.unread_places.binary_search(&id).is_ok()
    }

    /// Returns the signature of the function whose body this is.
    pub fn function(&self) -> Option<&'a Function> {
        match self.model.items.get(self.body().owner.index())?.kind {
            ItemKind::Fn(function) => self.model.functions.get(function.index()),
            _ => None,
        }
    }

    /// Returns the name of a struct, enum or union type behind references; missing for every other type.
    pub fn adt_name(&self, ty: Ty) -> Name {
        match ty.peel_refs().kind() {
            TyKind::Adt(def, _) => self.known.name_of(*def),
            _ => Name::MISSING,
        }
    }

    /// Tells whether unsafe operations are allowed where `id` stands.
    pub fn in_unsafe(&self, id: ExprId) -> bool {
        let span = self.code.span(id);
        self.unsafe_blocks.iter().any(|block| block.contains(span)) || self.function().is_some_and(|it| it.is_unsafe)
    }

    /// Returns a type as people write it; `None` where a part of it is not known.
    pub fn shown(&self, ty: Ty) -> Option<String> {
        let shown = show(self, ty, DEPTH_LIMIT)?;
        if shown.len() <= SHOWN_LIMIT {
            return Some(shown);
        }
        Some(format!("{}…", shown.get(..shown.floor_char_boundary(SHOWN_LIMIT)).unwrap_or("")))
    }

    /// Tells whether a type is std's struct, enum or union called `name`.
    pub fn is_std_adt(&self, ty: Ty, name: Name) -> bool {
        matches!(ty.kind(), TyKind::Adt(def, _) if self.known.is_std(*def) && self.known.name_of(*def) == name)
    }

    /// Tells whether a type is a union, behind references too.
    pub fn is_union(&self, ty: Ty) -> bool {
        matches!(ty.peel_refs().kind(), TyKind::Adt(def, _) if self.known.is_union(*def))
    }

    /// Tells whether no value of a type can exist: `!`, `Infallible` and other enums without variants.
    pub fn is_uninhabited(&self, ty: Ty) -> bool {
        match ty.kind() {
            TyKind::Never => true,
            TyKind::Adt(def, _) => self.known.is_empty_enum(*def),
            _ => false,
        }
    }

    /// Tells whether a type is a struct, enum or union of the program's own or of a dependency.
    pub fn is_own_adt(&self, ty: Ty) -> bool {
        matches!(ty.peel_refs().kind(), TyKind::Adt(def, _) if !self.known.is_std(*def))
    }

    /// Returns the text of a place in this file.
    pub fn text_of(&self, span: Span) -> &'a str {
        if span.file != self.model.file {
            return "";
        }
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}

/// Returns the unsafe blocks of `body`, in order.
pub fn unsafe_blocks(code: &ExprStore, body: &Body) -> Vec<Span> {
    let exprs = code.exprs.get(body.exprs.start as usize..body.exprs.end as usize).unwrap_or(&[]);
    let spans = (body.exprs.start..).zip(exprs);
    spans
        .filter(|(_, expr)| matches!(expr, Expr::Block { kind: BlockKind::Unsafe, .. }))
        .map(|(id, _)| code.span(ExprId::new(id)))
        .collect()
}

/// Returns the places of `body` that are assigned to or that `&raw` takes the address of, with the fields and elements that lead
/// there, sorted. A dereference on that way reads its pointer; directly below `&raw` it does nothing.
pub fn unread_places(code: &ExprStore, body: &Body) -> Vec<ExprId> {
    let mut places = Vec::new();
    for expr in code.exprs.get(body.exprs.start as usize..body.exprs.end as usize).unwrap_or(&[]) {
        match *expr {
            Expr::Binary { op: BinaryOp::Assign, lhs, .. } => add_place(code, lhs, DEPTH_LIMIT, &mut places),
            Expr::Ref { expr, raw: true, .. } => {
                if matches!(code.expr(expr), Expr::Deref(_)) {
                    places.push(expr);
                }
                add_place(code, expr, DEPTH_LIMIT, &mut places);
            }
            _ => {}
        }
    }
    places.sort_unstable();
    places
}

fn add_place(code: &ExprStore, place: ExprId, depth: u32, places: &mut Vec<ExprId>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match code.expr(place) {
        Expr::Field { base, .. } | Expr::Index { base, .. } => {
            places.push(place);
            add_place(code, base, depth, places);
        }
        // `(a.x, b.y) = pair` assigns to both.
        Expr::Tuple(parts) | Expr::Array(parts) => {
            code.list(parts).iter().for_each(|&part| add_place(code, part, depth, places));
        }
        _ => {}
    }
}

/// Returns what stands for an item: from its first keyword to before its body.
pub fn item_head(cx: &BodyCx<'_>, item: ItemId) -> Span {
    let Some(&(whole, name)) = cx.code.items.get(item.index()) else { return Span::new(cx.model.file, 0, 0) };
    let text = cx.text_of(Span::new(whole.file, name.start, whole.end));
    let end = text.find(['{', ';']).unwrap_or(text.len());
    let head = text.get(..end).unwrap_or("").trim_end();
    Span::new(whole.file, name.start, name.start + head.len() as u32)
}

fn show(cx: &BodyCx<'_>, ty: Ty, depth: u32) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let list = |list: &[Ty]| Some(list.iter().map(|&ty| show(cx, ty, depth)).collect::<Option<Vec<_>>>()?.join(", "));
    Some(match ty.kind() {
        _ if ty.size() > SHOWN_PARTS => "…".into(),
        TyKind::Never => "!".into(),
        TyKind::Bool => "bool".into(),
        TyKind::Char => "char".into(),
        TyKind::Str => "str".into(),
        TyKind::Int(int) => int.as_str().into(),
        TyKind::Float(float) => format!("{float:?}").to_lowercase(),
        TyKind::Ref(inner, mutable) => format!("&{}{}", if *mutable { "mut " } else { "" }, show(cx, *inner, depth)?),
        TyKind::Ptr(inner, mutable) => {
            format!("*{} {}", if *mutable { "mut" } else { "const" }, show(cx, *inner, depth)?)
        }
        TyKind::Slice(inner) => format!("[{}]", show(cx, *inner, depth)?),
        TyKind::Array(inner, len) => {
            let len = match len {
                ConstArg::Known(len) => len.to_string(),
                ConstArg::Param(name) => name.to_string(),
                _ => "_".into(),
            };
            format!("[{}; {len}]", show(cx, *inner, depth)?)
        }
        TyKind::Tuple(parts) => format!("({})", list(parts)?),
        TyKind::Param(name) => name.to_string(),
        TyKind::Adt(def, args) => {
            let name = cx.known.name_of(*def);
            if name == Name::MISSING {
                return None;
            }
            // The allocator that is meant where none is written.
            let args = match args.split_last() {
                Some((last, rest)) if !rest.is_empty() && cx.is_std_adt(*last, Name::new("Global")) => rest,
                _ => args,
            };
            if args.is_empty() { name.to_string() } else { format!("{name}<{}>", list(args)?) }
        }
        TyKind::FnPtr(..) | TyKind::FnDef(..) | TyKind::Closure(..) => "fn".into(),
        TyKind::Projection(base, _, name, _) => format!("{}::{name}", show(cx, *base, depth)?),
        TyKind::Dyn(bounds) | TyKind::Opaque(bounds) => {
            let word = if matches!(ty.kind(), TyKind::Dyn(_)) { "dyn" } else { "impl" };
            let bounds = bounds.iter().map(|bound| show_bound(cx, bound, depth)).collect::<Option<Vec<_>>>()?;
            format!("{word} {}", bounds.join(" + "))
        }
        TyKind::Const(ConstArg::Known(value)) => value.to_string(),
        TyKind::Const(ConstArg::Param(name)) => name.to_string(),
        TyKind::Const(_) => "_".into(),
        _ => return None,
    })
}

fn show_bound(cx: &BodyCx<'_>, bound: &TraitRef, depth: u32) -> Option<String> {
    let name = cx.known.name_of(bound.def);
    let args = bound.args.iter().map(|&ty| show(cx, ty, depth));
    let bindings = bound.bindings.iter().map(|&(name, ty)| Some(format!("{name} = {}", show(cx, ty, depth)?)));
    let all = args.chain(bindings).collect::<Option<Vec<_>>>()?;
    Some(if all.is_empty() { name.to_string() } else { format!("{name}<{}>", all.join(", ")) })
}
