//! What a conversion between pointers asks: that the target asks for no more alignment and no more bytes than what it is made of
//! has, that the types are laid out alike where neither is bytes, and that what may not be written is not made writable.

use super::draft::{Draft, shape};
use super::guard::align_check;
use super::origin::{Root, Source, Traced, core, pointee, trace};
use super::usage::is_lent_on;
use crate::checks::body_cx::BodyCx;
use crate::finding::{Duty, Standing};
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;
use crate::types::layout::Measure;
use crate::types::ty::{Ty, TyKind};

/// A conversion: the expression, what it converts, and the types before and after.
#[derive(Debug, Clone, Copy)]
pub struct Conversion {
    /// The conversion itself.
    pub id: ExprId,
    /// What is converted.
    pub operand: ExprId,
    /// The type of that.
    pub from: Ty,
    /// The type that it becomes.
    pub to: Ty,
}

/// Returns the conversion between pointers that an expression is: `as`, `.cast()`, `.cast_mut()`.
pub fn conversion(cx: &BodyCx<'_>, id: ExprId) -> Option<Conversion> {
    let operand = match cx.expr(id) {
        Expr::Cast { expr, .. } => expr,
        Expr::MethodCall { receiver, method, .. } if matches!(method.as_str(), "cast" | "cast_mut" | "cast_const") => {
            let callee = cx.typed.callee(id)?;
            let on_pointer = callee.owner == Name::POINTER || callee.owner.as_str() == "NonNull";
            (callee.is_std() && on_pointer).then_some(receiver)?
        }
        _ => return None,
    };
    let (from, to) = (cx.ty(operand), cx.ty(id));
    let is_pointer = |ty: Ty| matches!(ty.kind(), TyKind::Ptr(..)) || cx.is_std_adt(ty, Name::new("NonNull"));
    let converts = is_pointer(to) && (is_pointer(from) || matches!(from.kind(), TyKind::Ref(..)));
    converts.then_some(Conversion { id, operand, from, to })
}

/// Puts together what a conversion asks.
pub fn converted(cx: &BodyCx<'_>, conversion: Conversion) -> Draft {
    let Conversion { operand, from, to, .. } = conversion;
    let mut draft = Draft::new("pointer-cast");
    (draft.from, draft.to) = (Some(shape(cx, from)), Some(shape(cx, to)));
    let (source, target) = (pointee(cx, from), pointee(cx, to));
    let traced = trace(cx, operand);
    align(cx, conversion, &traced, &mut draft);
    size(cx, (source, target), &traced, &mut draft);
    lifetime(cx, conversion, &traced, &mut draft);
    layout(cx, source, target, &mut draft);
    if raises_writing(from, to) {
        writing(cx, &traced, &mut draft);
    }
    draft
}

/// Whether the conversion gives the right to write that the source's type does not.
fn raises_writing(from: Ty, to: Ty) -> bool {
    let may_write = |ty: Ty| match ty.kind() {
        TyKind::Ptr(_, mutable) | TyKind::Ref(_, mutable) => *mutable,
        _ => true,
    };
    may_write(to) && !may_write(from)
}

fn name(cx: &BodyCx<'_>, ty: Ty) -> String {
    cx.shown(ty).unwrap_or_else(|| "_".to_owned())
}

fn align(cx: &BodyCx<'_>, conversion: Conversion, traced: &Traced, draft: &mut Draft) {
    let target = pointee(cx, conversion.to);
    let asked = cx.known.layout(target).align;
    let alike = core(cx, target) == core(cx, traced.of) && traced.aligned_as_made && !core(cx, target).is_unknown();
    match asked {
        Measure::Exactly(1) => draft.met(Duty::Align, format!("`{}` asks for none: align 1", name(cx, target))),
        _ if traced.source == Source::Null && !traced.moved => {
            draft.met(Duty::Align, "null is a multiple of every alignment");
        }
        _ if alike && traced.is_known() => {
            draft.met(Duty::Align, format!("made of what is aligned for `{}`", name(cx, traced.of)));
        }
        _ if alike => draft.met(Duty::Align, "asks for no more than the pointer's own type does"),
        Measure::Exactly(bytes) if bytes <= traced.align => {
            let of = name(cx, traced.of);
            let what =
                if traced.is_known() { "made of what is aligned for" } else { "the pointer's own type asks for" };
            let fact = format!("{what} `{of}` (align {}), and {bytes} is asked for", traced.align);
            draft.met(Duty::Align, fact);
        }
        _ => {
            let bytes = if let Measure::Exactly(bytes) = asked { Some(bytes) } else { None };
            let pointers = [conversion.operand, conversion.id];
            let check = bytes
                .and_then(|bytes| pointers.iter().find_map(|&pointer| align_check(cx, conversion.id, pointer, bytes)));
            match check {
                Some(check) => draft.met(Duty::Align, format!("checked: `{}`", cx.text_of(cx.code.span(check)))),
                None => draft.open(Duty::Align, missing_align(cx, target, traced)),
            }
        }
    }
}

fn missing_align(cx: &BodyCx<'_>, target: Ty, traced: &Traced) -> String {
    let asked = match cx.known.layout(target).align {
        Measure::Exactly(bytes) => format!("align {bytes}"),
        Measure::AtLeast(bytes) if bytes > 1 => format!("align {bytes} or more"),
        _ => "an alignment that is not known here".to_owned(),
    };
    let given = if traced.moved { "an offset".to_owned() } else { format!("`{}`", name(cx, traced.of)) };
    format!(
        "`{}` asks for {asked}, and {given} gives {}: check `is_aligned()`, allocate with that layout, or use `read_unaligned`",
        name(cx, target),
        traced.align
    )
}

fn size(cx: &BodyCx<'_>, (source, target): (Ty, Ty), traced: &Traced, draft: &mut Draft) {
    let asked = cx.known.layout(target).size;
    let has = cx.known.layout(source).size;
    if is_opaque(cx, target) {
        return draft.met(Duty::Size, "nothing is read through a pointer to an opaque type");
    }
    if core(cx, source) == core(cx, target) && !core(cx, source).is_unknown() && !is_longer(source, target) {
        return draft.met(Duty::Size, "asks for no more than the pointer's own type does");
    }
    let text = |measure: Measure| match measure {
        Measure::Exactly(bytes) => format!("{bytes} bytes"),
        Measure::AtLeast(bytes) => format!("at least {bytes} bytes"),
        Measure::Varies => "as many bytes as its length says".to_owned(),
    };
    match asked {
        Measure::Exactly(0) => return draft.met(Duty::Size, "a type of no bytes"),
        // What a pointer to a sequence is cast to may be larger than what a sequence of none has.
        Measure::Exactly(bytes) if bytes <= has.least() => {
            let fact = format!("{bytes} bytes of what `{}` has, {}", name(cx, source), text(has));
            return draft.met(Duty::Size, fact);
        }
        Measure::Exactly(bytes) => {
            // A whole variable has its own bytes, and no more behind them.
            let whole = cx.known.layout(traced.of).size;
            let is_whole = traced.source == Source::Reference && !traced.moved && matches!(traced.root, Root::Local(_));
            let all = is_whole && matches!(whole, Measure::Exactly(all) if bytes <= all);
            if all {
                return draft
                    .met(Duty::Size, format!("{bytes} bytes of `{}`, which has {}", name(cx, traced.of), text(whole)));
            }
        }
        _ => {}
    }
    let fact = format!(
        "`{}` has {}, and what it is made of, `{}`, {}: say or check how many bytes are there",
        name(cx, target),
        text(asked),
        name(cx, source),
        text(has)
    );
    draft.open(Duty::Size, fact);
}

/// A pointer to one made one to several.
fn is_longer(from: Ty, to: Ty) -> bool {
    match (from.kind(), to.kind()) {
        (TyKind::Array(_, some), TyKind::Array(_, others)) => some != others,
        (_, TyKind::Array(..)) => true,
        (TyKind::Slice(_) | TyKind::Array(..), _) => false,
        (_, TyKind::Slice(_)) => true,
        _ => false,
    }
}

/// Types that stand for what is not said: nothing is read through them.
fn is_opaque(cx: &BodyCx<'_>, ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Tuple(parts) if parts.is_empty()) || cx.adt_name(ty).as_str() == "c_void"
}

/// Bytes, and what stands for any type: their layout is nobody's promise.
pub fn has_bytes_only(cx: &BodyCx<'_>, ty: Ty) -> bool {
    let inner = core(cx, ty);
    is_opaque(cx, inner)
        || matches!(inner.kind(), TyKind::Int(int) if int.bytes(8) == 1)
        || matches!(
            inner.kind(),
            TyKind::Param(_) | TyKind::Projection(..) | TyKind::Dyn(_) | TyKind::Str | TyKind::Opaque(_)
        )
        || inner.is_unknown()
}

fn lifetime(cx: &BodyCx<'_>, conversion: Conversion, traced: &Traced, draft: &mut Draft) {
    let parent = cx.tree().parent(conversion.id).map(|parent| cx.expr(parent));
    let used_here = matches!(parent, Some(Expr::Deref(_)));
    match traced.root {
        Root::Static if traced.is_known() => draft.met(Duty::Lifetime, "a constant or static is always there"),
        Root::Behind(_) | Root::Local(_) if used_here && !returns_reference(cx, conversion.id) => {
            draft.met(Duty::Lifetime, "used where it is made, while what it is to is there");
        }
        _ => draft.open(Duty::Lifetime, "say who keeps what it points at alive while the pointer is used"),
    }
}

/// Whether a dereference of a pointer is borrowed again, for as long as anyone likes.
fn returns_reference(cx: &BodyCx<'_>, pointer: ExprId) -> bool {
    cx.tree().parent(pointer).is_none_or(|deref| is_lent_on(cx, deref))
}

fn layout(cx: &BodyCx<'_>, source: Ty, target: Ty, draft: &mut Draft) {
    let (from, to) = (core(cx, source), core(cx, target));
    if from == to || has_bytes_only(cx, source) || has_bytes_only(cx, target) {
        return;
    }
    let is_number = |ty: Ty| matches!(ty.kind(), TyKind::Int(_) | TyKind::Float(_));
    if is_number(from) && is_number(to) {
        return draft.met(Duty::Layout, "numbers: every bit pattern is one");
    }
    match (cx.known.has_fixed_layout(from), cx.known.has_fixed_layout(to)) {
        (true, true) => {
            draft.open(Duty::Layout, "both types have a fixed layout: say that one begins as the other does");
        }
        (false, _) => draft.open(Duty::Layout, unspecified(cx, from)),
        (_, false) => draft.open(Duty::Layout, unspecified(cx, to)),
    }
}

fn unspecified(cx: &BodyCx<'_>, ty: Ty) -> String {
    format!("`{}` is laid out as the compiler likes: `repr(C)` or `repr(transparent)` would fix it", name(cx, ty))
}

fn writing(cx: &BodyCx<'_>, traced: &Traced, draft: &mut Draft) {
    let text = if traced.is_known() && traced.shared {
        format!(
            "made of `&{}`, through which nothing may be written: take `&mut`, or keep it in an UnsafeCell",
            name(cx, traced.of)
        )
    } else {
        "say why writing is allowed here: a pointer to const may be made of a shared reference".to_owned()
    };
    draft.add(Duty::Unaliased, Standing::Open, text);
}
