//! How a site shows what becomes what: `from -> to`, with size and alignment of what the two sides point at, where certain.

use super::body_cx::BodyCx;
use crate::types::layout::{Layout, Measure};
use crate::types::ty::{Ty, TyKind};

/// Returns a type with what is known of the layout of what it points at; `otherwise` where the type cannot be named.
pub fn pointing(cx: &BodyCx<'_>, ty: Ty, otherwise: &str) -> String {
    let shown = cx.shown(ty).unwrap_or_else(|| otherwise.to_owned());
    match ty.kind() {
        TyKind::Ptr(to, _) | TyKind::Ref(to, _) => shown + &measures(cx.known.layout(*to)),
        _ => shown,
    }
}

/// Returns a type with what is known of its own layout, or of what it points at.
pub fn measured(cx: &BodyCx<'_>, ty: Ty) -> String {
    match ty.kind() {
        TyKind::Ptr(..) | TyKind::Ref(..) => pointing(cx, ty, "_"),
        _ => cx.shown(ty).map_or_else(|| "_".to_owned(), |shown| shown + &measures(cx.known.layout(ty))),
    }
}

/// `from -> to`.
pub fn arrow(from: &str, to: &str) -> String {
    format!("{from} -> {to}")
}

fn measures(layout: Layout) -> String {
    let size = match layout.size {
        Measure::Exactly(bytes) => Some(format!("size {bytes}")),
        Measure::AtLeast(0) => None,
        Measure::AtLeast(bytes) => Some(format!("size at least {bytes}")),
        Measure::Varies => Some("size varies".to_owned()),
    };
    let align = match layout.align {
        Measure::Exactly(bytes) => Some(format!("align {bytes}")),
        Measure::AtLeast(0 | 1) | Measure::Varies => None,
        Measure::AtLeast(bytes) => Some(format!("align at least {bytes}")),
    };
    let known: Vec<String> = size.into_iter().chain(align).collect();
    if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) }
}
