//! Where a pointer goes in the body that makes it: is it read through, and how, is it asked about its address, is it given back?

use super::cast::conversion;
use super::origin::pointee;
use crate::checks::body_cx::BodyCx;
use crate::model::hir::{Expr, ExprId};
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::layout::Measure;

/// Uses within uses that are followed.
const DEPTH: u32 = 12;

/// What becomes of a pointer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sinks {
    /// Something is read or written through it as its type has it: the first place.
    pub reached: Option<ExprId>,
    /// Its address is looked at, or something asks whether it is aligned.
    pub asked: bool,
    /// It is what the function returns.
    pub returned: bool,
    /// It goes where it is not followed.
    pub elsewhere: bool,
}

/// Follows the pointer that `id` is, as one that asks for `align`.
pub fn sinks(cx: &BodyCx<'_>, id: ExprId, align: u64) -> Sinks {
    let mut found = Sinks::default();
    follow(cx, id, align, DEPTH, &mut found);
    found
}

fn follow(cx: &BodyCx<'_>, id: ExprId, align: u64, depth: u32, found: &mut Sinks) {
    let Some(depth) = depth.checked_sub(1) else {
        found.elsewhere = true;
        return;
    };
    let Some(parent) = cx.tree().parent(id) else {
        found.returned = true;
        return;
    };
    match cx.expr(parent) {
        Expr::Semi(_) => {}
        Expr::LetStmt { pat, .. } => match cx.code.pat(pat) {
            crate::model::hir::Pat::Bind { binding, .. } => {
                cx.tree().uses(binding).iter().for_each(|&at| follow(cx, at, align, depth, found));
            }
            _ => found.elsewhere = true,
        },
        Expr::Block { tail, .. } if tail == Some(id) => follow(cx, parent, align, depth, found),
        Expr::If { cond, .. } if cond != id => follow(cx, parent, align, depth, found),
        Expr::Match { scrutinee, .. } if scrutinee != id => follow(cx, parent, align, depth, found),
        Expr::Return(_) => found.returned = true,
        Expr::Deref(_) if !cx.is_unread(parent) => found.reached = found.reached.or(Some(parent)),
        Expr::Deref(_) => found.elsewhere = true,
        Expr::Cast { .. } => cast(cx, parent, align, depth, found),
        Expr::MethodCall { receiver, method, .. } if receiver == id => {
            method_call(cx, parent, method, align, depth, found);
        }
        Expr::MethodCall { .. } | Expr::Call { .. } => call(cx, parent, found),
        _ => found.elsewhere = true,
    }
}

fn cast(cx: &BodyCx<'_>, parent: ExprId, align: u64, depth: u32, found: &mut Sinks) {
    if cx.ty(parent).is_integer() {
        found.asked = true;
        return;
    }
    match conversion(cx, parent) {
        // What asks for less is another pointer.
        Some(next) if asked(cx, next.to).is_some_and(|asked| asked < align) => {}
        Some(_) => follow(cx, parent, align, depth, found),
        None => found.elsewhere = true,
    }
}

fn asked(cx: &BodyCx<'_>, pointer: crate::types::ty::Ty) -> Option<u64> {
    match cx.known.layout(pointee(cx, pointer)).align {
        Measure::Exactly(bytes) => Some(bytes),
        _ => None,
    }
}

fn method_call(cx: &BodyCx<'_>, parent: ExprId, method: Name, align: u64, depth: u32, found: &mut Sinks) {
    match method.as_str() {
        "read_unaligned" | "write_unaligned" | "is_null" => {}
        "is_aligned" | "is_aligned_to" | "align_offset" | "addr" | "expose_provenance" => found.asked = true,
        "cast" | "cast_mut" | "cast_const" => cast(cx, parent, align, depth, found),
        "add" | "sub" | "offset" | "wrapping_add" | "wrapping_sub" | "wrapping_offset" => {
            follow(cx, parent, align, depth, found);
        }
        "read"
        | "write"
        | "read_volatile"
        | "write_volatile"
        | "as_ref"
        | "as_mut"
        | "copy_to"
        | "copy_from"
        | "copy_to_nonoverlapping"
        | "copy_from_nonoverlapping"
        | "replace"
        | "swap"
        | "drop_in_place"
            if cx.typed.callee(parent).is_some_and(Callee::is_std) =>
        {
            found.reached = found.reached.or(Some(parent));
        }
        _ => found.elsewhere = true,
    }
}

fn call(cx: &BodyCx<'_>, parent: ExprId, found: &mut Sinks) {
    let Some(callee) = cx.typed.callee(parent).filter(|callee| callee.is_std()) else {
        found.elsewhere = true;
        return;
    };
    let holder = if callee.owner.is_missing() { callee.module } else { callee.owner };
    match (holder.as_str(), callee.name.as_str()) {
        ("ptr", "read_unaligned" | "write_unaligned") => {}
        (
            "ptr",
            "read"
            | "write"
            | "read_volatile"
            | "write_volatile"
            | "copy"
            | "copy_nonoverlapping"
            | "swap"
            | "replace"
            | "drop_in_place"
            | "write_bytes",
        )
        | ("raw" | "slice", "from_raw_parts" | "from_raw_parts_mut") => found.reached = found.reached.or(Some(parent)),
        _ => found.elsewhere = true,
    }
}
