//! What a pointer came from, as far as the body at hand says: a reference, the elements of a sequence, a box, an allocation, an
//! integer. Followed through casts, offsets and locals that nothing writes; what is not followed is unknown.

use crate::checks::body_cx::BodyCx;
use crate::model::hir::{BindingId, Expr, ExprId};
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::{Ty, TyKind};
use crate::types::typed_body::{Adjust, ValueRes};

/// Expressions within expressions that are followed.
const DEPTH: u32 = 24;

/// What a pointer was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A reference, or a place whose address was taken.
    Reference,
    /// The elements of a slice, array, vector or text.
    Elements,
    /// A box or counted pointer that gave up what it holds.
    Boxed,
    /// An allocator.
    Allocated,
    /// An integer.
    Integer,
    /// Nothing: null.
    Null,
    /// Nothing: an address that is aligned and not null.
    Dangling,
    /// A cell or slot that gives out a pointer to what it holds.
    Cell,
    /// It is not known.
    Unknown,
}

/// What holds the memory that a pointer is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// A local itself.
    Local(BindingId),
    /// What a local owns elsewhere: a vector's elements.
    Heap(BindingId),
    /// What a reference that a local holds is to.
    Behind(BindingId),
    /// A value without a name; it goes at the end of its statement.
    Temporary(ExprId),
    /// A raw pointer that a parameter is.
    Param(BindingId),
    /// A static or constant.
    Static,
    /// It is not known.
    Unknown,
}

/// A pointer, traced back.
#[derive(Debug, Clone, Copy)]
pub struct Traced {
    /// What it was made of.
    pub source: Source,
    /// What it pointed at there: of elements one of them.
    pub of: Ty,
    /// What holds that.
    pub root: Root,
    /// What its address is a multiple of, in bytes: at least.
    pub align: u64,
    /// Whether it is as aligned as `of` asks, whatever that is.
    pub aligned_as_made: bool,
    /// Whether an offset was added.
    pub moved: bool,
    /// Whether what it was made of does not allow writing.
    pub shared: bool,
    /// Where it was made.
    pub at: ExprId,
}

impl Traced {
    /// Whether it is known what it was made of.
    pub fn is_known(&self) -> bool {
        self.source != Source::Unknown
    }

    /// Whether it was made of memory that is seen: a reference, or the elements of something.
    pub fn is_memory(&self) -> bool {
        matches!(self.source, Source::Reference | Source::Elements)
    }

    /// Whether it cannot be null.
    pub fn is_non_null(&self) -> bool {
        use Source::{Boxed, Cell, Dangling, Elements, Reference};
        matches!(self.source, Reference | Elements | Boxed | Dangling | Cell) && !self.moved
    }
}

/// Traces a pointer or reference back to what it was made of.
pub fn trace(cx: &BodyCx<'_>, id: ExprId) -> Traced {
    follow(cx, id, DEPTH)
}

fn follow(cx: &BodyCx<'_>, id: ExprId, depth: u32) -> Traced {
    let Some(depth) = depth.checked_sub(1) else { return untraced(cx, id) };
    match cx.expr(id) {
        Expr::Block { stmts, tail: Some(tail), .. } if stmts.is_empty() => follow(cx, tail, depth),
        Expr::Cast { expr, .. } => match cx.ty(expr).kind() {
            TyKind::Int(_) => of_integer(cx, id),
            _ if cx.ty(expr).is_integer() => of_integer(cx, id),
            _ => follow(cx, expr, depth),
        },
        Expr::Ref { expr: place, mutable, raw } => borrowed(cx, id, place, (mutable, raw), depth),
        Expr::Local(binding) => match cx.tree().value(binding) {
            Some(init) => follow(cx, init, depth),
            None => of_local(cx, id, binding),
        },
        Expr::MethodCall { receiver, method, .. } => of_method(cx, id, receiver, method, depth),
        Expr::Call { args, .. } => of_call(cx, id, cx.code.list(args), depth),
        _ => untraced(cx, id),
    }
}

/// A pointer of which only the type is known; a reference is one that its type makes sure of.
fn untraced(cx: &BodyCx<'_>, id: ExprId) -> Traced {
    let ty = cx.ty(id);
    let (source, of, shared) = match ty.kind() {
        TyKind::Ref(to, mutable) => (Source::Reference, *to, !*mutable),
        TyKind::Ptr(to, _) => (Source::Unknown, *to, false),
        TyKind::Adt(_, args) if cx.is_std_adt(ty, Name::new("NonNull")) => {
            (Source::Unknown, args.first().copied().unwrap_or_else(Ty::unknown), false)
        }
        _ => (Source::Unknown, Ty::unknown(), false),
    };
    made(cx, id, source, of, Root::Unknown, shared)
}

fn made(cx: &BodyCx<'_>, at: ExprId, source: Source, of: Ty, root: Root, shared: bool) -> Traced {
    let align = cx.known.layout(of).align.least();
    Traced { source, of, root, align, aligned_as_made: true, moved: false, shared, at }
}

fn of_integer(cx: &BodyCx<'_>, id: ExprId) -> Traced {
    let made = untraced(cx, id);
    Traced { source: Source::Integer, align: 1, aligned_as_made: false, ..made }
}

fn of_local(cx: &BodyCx<'_>, id: ExprId, binding: BindingId) -> Traced {
    let known = untraced(cx, id);
    let root = match known.source {
        _ if !cx.tree().is_fixed_param(binding) => Root::Unknown,
        Source::Reference => Root::Behind(binding),
        _ => Root::Param(binding),
    };
    Traced { root, ..known }
}

/// `&place`, `&raw const place`.
fn borrowed(cx: &BodyCx<'_>, id: ExprId, place: ExprId, (mutable, raw): (bool, bool), depth: u32) -> Traced {
    let of = cx.ty(place);
    if let Expr::Deref(pointer) = cx.expr(place)
        && let TyKind::Ptr(..) | TyKind::Ref(..) = cx.ty(pointer).kind()
    {
        let inner = follow(cx, pointer, depth);
        if raw || matches!(cx.ty(pointer).kind(), TyKind::Ref(..)) {
            return Traced { shared: inner.shared || !mutable && !raw, ..inner };
        }
        // A reference made of a raw pointer: whoever made it answers for its alignment.
        return made(cx, id, Source::Reference, of, inner.root, !mutable);
    }
    if raw && is_behind_pointer(cx, place) {
        // `&raw const (*p).field` is as good as `p` is.
        return made(cx, id, Source::Unknown, of, Root::Unknown, false);
    }
    let mut known = made(cx, id, Source::Reference, of, place_root(cx, place, DEPTH), !mutable && !raw);
    if raw {
        // The field of a packed struct may be less aligned than its type.
        known.align = known.align.min(least_around(cx, place));
        known.aligned_as_made = known.align >= cx.known.layout(of).align.least() && least_around(cx, place) > 1;
    }
    known
}

/// Whether a place is a part of what a raw pointer is to.
fn is_behind_pointer(cx: &BodyCx<'_>, place: ExprId) -> bool {
    let mut at = place;
    for _ in 0..DEPTH {
        at = match cx.expr(at) {
            Expr::Field { base, .. } | Expr::Index { base, .. } => base,
            Expr::Deref(pointer) => return !matches!(cx.ty(pointer).kind(), TyKind::Ref(..)),
            _ => return false,
        };
    }
    true
}

/// The least alignment of the structs that a place is a field of; as much as can be where it is none.
fn least_around(cx: &BodyCx<'_>, place: ExprId) -> u64 {
    let mut least = u64::MAX;
    let mut at = place;
    for _ in 0..DEPTH {
        let Expr::Field { base, .. } = cx.expr(at) else { break };
        let holder = cx.typed.adjusted_ty(base);
        if let crate::types::layout::Measure::Exactly(align) = cx.known.layout(holder).align {
            least = least.min(align);
        } else if !matches!(cx.known.layout(holder).align, crate::types::layout::Measure::AtLeast(_)) {
            least = 1;
        }
        at = base;
    }
    least
}

/// What holds a place.
pub fn place_root(cx: &BodyCx<'_>, place: ExprId, depth: u32) -> Root {
    let Some(depth) = depth.checked_sub(1) else { return Root::Unknown };
    let through_pointer = || {
        cx.typed.adjustments(place).iter().any(|(_, step)| matches!(step.kind, Adjust::Deref | Adjust::OverloadedDeref))
    };
    match cx.expr(place) {
        Expr::Local(binding) if !through_pointer() => match cx.typed.res(place, cx.code) {
            Some(ValueRes::Local(binding)) => Root::Local(binding),
            None => Root::Local(binding),
            Some(_) => Root::Static,
        },
        Expr::Local(binding) => behind(cx, place, binding),
        Expr::Field { base, .. } => match place_root(cx, base, depth) {
            Root::Temporary(_) if through_pointer() => Root::Unknown,
            root => root,
        },
        Expr::Index { base, .. } if matches!(cx.typed.adjusted_ty(base).kind(), TyKind::Array(..)) => {
            place_root(cx, base, depth)
        }
        Expr::Deref(inner) => match cx.expr(inner) {
            Expr::Local(binding) => behind(cx, inner, binding),
            _ => Root::Unknown,
        },
        Expr::Index { .. } | Expr::Macro { .. } | Expr::Block { .. } | Expr::Missing => Root::Unknown,
        Expr::Literal(_) | Expr::Path(_) => Root::Static,
        Expr::Call { .. } | Expr::MethodCall { .. } if !through_pointer() => Root::Temporary(place),
        _ => Root::Unknown,
    }
}

/// What a reference that a local holds is to.
fn behind(cx: &BodyCx<'_>, place: ExprId, binding: BindingId) -> Root {
    match cx.ty(place).kind() {
        TyKind::Ref(..) if cx.tree().is_fixed_param(binding) => Root::Behind(binding),
        TyKind::Ptr(..) if cx.tree().is_fixed_param(binding) => Root::Param(binding),
        _ => Root::Unknown,
    }
}

fn of_method(cx: &BodyCx<'_>, id: ExprId, receiver: ExprId, method: Name, depth: u32) -> Traced {
    let Some(callee) = cx.typed.callee(id).filter(|callee| callee.is_std()) else { return untraced(cx, id) };
    let on_pointer = callee.owner == Name::POINTER || callee.owner.as_str() == "NonNull";
    match method.as_str() {
        "cast" | "cast_mut" | "cast_const" | "as_ptr" | "as_non_null_ptr" | "as_mut_ptr" if on_pointer => {
            follow(cx, receiver, depth)
        }
        "add" | "sub" | "offset" | "wrapping_add" | "wrapping_sub" | "wrapping_offset" if on_pointer => {
            let unit = pointee(cx, cx.ty(receiver));
            let from = follow(cx, receiver, depth);
            let align = from.align.min(cx.known.layout(unit).align.least());
            let aligned_as_made = from.aligned_as_made && core(cx, unit) == core(cx, from.of);
            Traced { moved: true, align, aligned_as_made, ..from }
        }
        "byte_add" | "byte_sub" | "byte_offset" | "wrapping_byte_add" | "wrapping_byte_sub" | "map_addr"
        | "with_addr"
            if on_pointer =>
        {
            Traced { moved: true, align: 1, aligned_as_made: false, ..follow(cx, receiver, depth) }
        }
        // `Cell::get` copies out what the cell holds, and says nothing of it.
        "get" if callee.owner.as_str() != "UnsafeCell" => untraced(cx, id),
        "as_ptr" | "as_mut_ptr" | "get" => holder(cx, id, receiver, callee),
        _ => untraced(cx, id),
    }
}

/// What owns or lends the memory that `as_ptr` and the like point into.
fn holder(cx: &BodyCx<'_>, id: ExprId, receiver: ExprId, callee: &Callee) -> Traced {
    let of = pointee(cx, cx.ty(id));
    let source = match callee.owner.as_str() {
        "slice" | "array" | "str" | "Vec" | "String" | "CString" | "CStr" => Source::Elements,
        "UnsafeCell" | "Cell" | "RefCell" | "MaybeUninit" => Source::Cell,
        _ => return untraced(cx, id),
    };
    // What a vector keeps is a pointer to write by, whichever way it gives it out.
    let shared = callee.name.as_str() == "as_ptr" && source == Source::Elements && callee.owner.as_str() != "Vec";
    made(cx, id, source, of, held_root(cx, receiver, source), shared)
}

/// What holds the elements of a receiver.
fn held_root(cx: &BodyCx<'_>, receiver: ExprId, source: Source) -> Root {
    let own = cx.ty(receiver);
    if let TyKind::Ref(..) = own.kind() {
        return match cx.expr(receiver) {
            Expr::Local(binding) => behind(cx, receiver, binding),
            Expr::Ref { expr, .. } => place_root(cx, expr, DEPTH),
            _ => Root::Unknown,
        };
    }
    let owns = ["Vec", "String", "CString", "Box"].iter().any(|name| cx.is_std_adt(own, Name::new(name)));
    match cx.expr(receiver) {
        Expr::Local(binding) if owns => Root::Heap(binding),
        Expr::Local(binding) if matches!(own.kind(), TyKind::Array(..)) || source == Source::Cell => {
            Root::Local(binding)
        }
        Expr::Call { .. } | Expr::MethodCall { .. } if owns => Root::Temporary(receiver),
        _ => Root::Unknown,
    }
}

fn of_call(cx: &BodyCx<'_>, id: ExprId, args: &[ExprId], depth: u32) -> Traced {
    let Some(callee) = cx.typed.callee(id).filter(|callee| callee.is_std()) else { return untraced(cx, id) };
    let of = pointee(cx, cx.ty(id));
    let (holder, first) = (if callee.owner.is_missing() { callee.module } else { callee.owner }, args.first().copied());
    match (holder.as_str(), callee.name.as_str(), first) {
        ("ptr", "from_ref" | "from_mut" | "slice_from_raw_parts" | "slice_from_raw_parts_mut", Some(first))
        | ("NonNull", "from" | "new_unchecked" | "from_ref" | "from_mut" | "slice_from_raw_parts", Some(first))
        | ("From", "from", Some(first)) => follow(cx, first, depth),
        ("Box", "into_raw" | "into_non_null" | "leak", _) => made(cx, id, Source::Boxed, of, Root::Unknown, false),
        ("Rc" | "Arc", "into_raw" | "as_ptr", _) => made(cx, id, Source::Boxed, of, Root::Unknown, true),
        ("ptr", "null" | "null_mut", _) => made(cx, id, Source::Null, of, Root::Static, false),
        ("ptr" | "NonNull", "dangling" | "dangling_mut", _) => made(cx, id, Source::Dangling, of, Root::Static, false),
        ("ptr", "without_provenance" | "with_exposed_provenance", _)
        | ("ptr", "without_provenance_mut" | "with_exposed_provenance_mut", _) => of_integer(cx, id),
        ("alloc", "alloc" | "alloc_zeroed" | "realloc", _) => allocated(cx, id, first),
        _ => untraced(cx, id),
    }
}

/// `alloc(Layout::new::<T>())`: as aligned as `T` is.
fn allocated(cx: &BodyCx<'_>, id: ExprId, layout: Option<ExprId>) -> Traced {
    let mut known = made(cx, id, Source::Allocated, pointee(cx, cx.ty(id)), Root::Unknown, false);
    let written = layout.map(|at| match cx.expr(at) {
        Expr::Local(binding) => cx.tree().value(binding).unwrap_or(at),
        _ => at,
    });
    if let Some(call) = written
        && let Some(target) = cx.typed.call(call)
        && cx.typed.callee(call).is_some_and(|it| it.is_std() && it.owner.as_str() == "Layout" && it.name == Name::NEW)
        && let [ty] = &*target.args
    {
        known.of = *ty;
        known.align = cx.known.layout(*ty).align.least();
    }
    known
}

/// Returns what a pointer, reference or `NonNull` is to; unknown for any other type.
pub fn pointee(cx: &BodyCx<'_>, ty: Ty) -> Ty {
    match ty.kind() {
        TyKind::Ptr(to, _) | TyKind::Ref(to, _) => *to,
        TyKind::Adt(_, args) if cx.is_std_adt(ty, Name::new("NonNull")) => {
            args.first().copied().unwrap_or_else(Ty::unknown)
        }
        _ => Ty::unknown(),
    }
}

/// Returns what decides a type's alignment and its elements: slices and arrays as what they hold, wrappers that are laid out as
/// what they wrap as that.
pub fn core(cx: &BodyCx<'_>, ty: Ty) -> Ty {
    let mut ty = ty;
    for _ in 0..DEPTH {
        ty = match ty.kind() {
            TyKind::Slice(elem) | TyKind::Array(elem, _) => *elem,
            TyKind::Adt(def, args) if cx.known.is_std(*def) => {
                let name = cx.known.name_of(*def);
                match (name.as_str(), args.first()) {
                    ("MaybeUninit" | "ManuallyDrop" | "UnsafeCell" | "Cell" | "Wrapping", Some(&inner)) => inner,
                    _ => break,
                }
            }
            _ => break,
        };
    }
    ty
}
