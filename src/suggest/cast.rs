//! Fixes of `as` between raw pointers: `.cast::<T>()`, which can change what is pointed at and nothing else.

use crate::checks::BodyCx;
use crate::finding::{Edit, Fix};
use crate::model::hir::{Expr, ExprId, TypeRef};
use crate::types::layout::{Layout, Measure};
use crate::types::ty::{Ty, TyKind};

use super::Suggester;
use super::arithmetic::is_operand;
use super::unwrap::cast_tail;

impl Suggester<'_> {
    pub(super) fn cast(&self, cx: &BodyCx<'_>, id: ExprId) -> Option<Fix> {
        let Expr::Cast { expr, ty } = cx.expr(id) else { return None };
        let (TyKind::Ptr(from, was_mutable), TyKind::Ptr(to, mutable)) = (cx.ty(expr).kind(), cx.ty(id).kind()) else {
            return None;
        };
        let TypeRef::Ptr { ty: target, mutable: written } = cx.model.ty(ty) else { return None };
        let same = was_mutable == mutable && written == *mutable;
        if !same || !cx.typed.adjustments(expr).is_empty() || from.is_unknown() || !is_sized(cx, *to) {
            return None;
        }
        let tail = cast_tail(cx, expr, id)?;
        let word = if *mutable { "mut" } else { "const" };
        let text = cx.text_of(tail).trim_start().strip_prefix("as")?.trim_start().strip_prefix('*')?;
        let named = text.trim_start().strip_prefix(word)?.trim();
        let call = match cx.model.ty(target) {
            TypeRef::Infer => ".cast()".to_owned(),
            _ => format!(".cast::<{named}>()"),
        };
        let whole = cx.code.span(id);
        let parenthesized = cx.code.span(expr).start != whole.start;
        let mut edits = vec![Edit::new(tail, call)];
        if !parenthesized && !is_operand(cx.expr(expr)) {
            edits.insert(0, Edit::insert(whole, whole.start, "("));
            let close = edits.last_mut()?;
            close.text = format!("){}", close.text).into();
        }
        Some(Fix::safe("say that the type alone changes", edits))
    }
}

/// Whether a type surely has one size for all of its values: `cast` asks for it.
fn is_sized(cx: &BodyCx<'_>, ty: Ty) -> bool {
    match ty.kind() {
        TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool | TyKind::Char | TyKind::Ptr(..) | TyKind::Ref(..) => true,
        TyKind::Array(..) | TyKind::Tuple(_) | TyKind::FnPtr(..) => true,
        TyKind::Adt(def, _) if cx.known.is_std(*def) => false,
        TyKind::Adt(..) => {
            let layout = cx.known.layout(ty);
            layout != Layout::UNKNOWN && layout.size != Measure::Varies
        }
        _ => false,
    }
}
