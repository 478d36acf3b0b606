//! What `transmute` asks: two types of one size that are laid out alike, bytes that are a value of the target, and of references that
//! what they are to lives as long as the new type says.

use super::draft::{Draft, shape};
use super::origin::core;
use crate::checks::body_cx::BodyCx;
use crate::checks::callee::arguments;
use crate::finding::{Duty, Standing};
use crate::model::hir::ExprId;
use crate::types::layout::Measure;
use crate::types::ty::{Ty, TyKind};

/// Puts together what the `transmute` that the call `id` is asks.
pub fn transmuted(cx: &BodyCx<'_>, id: ExprId) -> Draft {
    let mut draft = Draft::new("transmute");
    let Some(&value) = arguments(cx, id).unwrap_or_default().first() else { return draft };
    let (from, to) = (cx.typed.adjusted_ty(value), cx.ty(id));
    (draft.from, draft.to) = (Some(shape(cx, from)), Some(shape(cx, to)));
    let (one, other) = (cx.known.layout(from), cx.known.layout(to));
    match (one.size, other.size) {
        (Measure::Exactly(one), Measure::Exactly(other)) if one == other => {
            draft.met(Duty::Size, format!("both have {one} bytes"));
        }
        (Measure::Exactly(one), Measure::Exactly(other)) => {
            draft.add(Duty::Size, Standing::Violated, format!("{one} bytes are not {other}"));
        }
        // The compiler compares them where it knows both.
        _ => draft.met(Duty::Size, "the compiler refuses types of two sizes"),
    }
    if holds_reference(from) && holds_reference(to) {
        draft.open(Duty::Lifetime, "say why what is borrowed lives as long as the new type says");
    }
    match (&from, &to) {
        _ if from == to && !from.is_unknown() => draft.met(Duty::Layout, "one type, lifetimes aside"),
        _ if is_plain(from) && is_plain(to) => draft.met(Duty::Layout, "numbers and arrays of them"),
        _ if cx.known.has_fixed_layout(behind(from)) && cx.known.has_fixed_layout(behind(to)) => {
            draft.met(Duty::Layout, "the language fixes both layouts");
        }
        _ => draft
            .open(Duty::Layout, "a type without `repr` is laid out as the compiler likes: say why the two are alike"),
    }
    if from == to || accepts_all(cx, to) && !from.is_unknown() && is_plain(from) {
        draft.met(Duty::Initialized, "every bit pattern is a value of the target");
    } else {
        draft.open(Duty::Initialized, "say why the bits are a valid value of the target");
    }
    draft
}

/// Whether a type holds a reference, by itself or in its arguments.
pub fn holds_reference(ty: Ty) -> bool {
    match ty.kind() {
        TyKind::Ref(..) => true,
        TyKind::Adt(_, args) => args.iter().any(|&arg| holds_reference(arg)),
        TyKind::Tuple(parts) => parts.iter().any(|&part| holds_reference(part)),
        TyKind::Slice(elem) | TyKind::Array(elem, _) => holds_reference(*elem),
        _ => false,
    }
}

/// What a reference or pointer is to, for what is reinterpreted there.
fn behind(ty: Ty) -> Ty {
    match ty.kind() {
        TyKind::Ref(to, _) | TyKind::Ptr(to, _) => *to,
        _ => ty,
    }
}

/// Numbers, and arrays of them.
fn is_plain(ty: Ty) -> bool {
    match ty.kind() {
        TyKind::Int(_) | TyKind::Float(_) => true,
        TyKind::Array(elem, _) => is_plain(*elem),
        _ => false,
    }
}

fn accepts_all(cx: &BodyCx<'_>, ty: Ty) -> bool {
    is_plain(core(cx, ty))
}
