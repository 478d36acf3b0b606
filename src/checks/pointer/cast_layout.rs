//! A pointer to one type read as another, where nothing fixes how one of them is laid out.

use crate::checks::contract::{conversion, core, has_bytes_only, pointee, speaks_of};
use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, arrow, pointing};
use crate::finding::Duty;
use crate::model::hir::ExprId;
use crate::model::name::Name;
use crate::types::layout::Measure;
use crate::types::ty::{Ty, TyKind};

pub const CHECK: Check = Check {
    rule: "cast-layout",
    looks_at: &[ExprKind::Cast, ExprKind::MethodCall],
    named: Some(|| vec![Name::new("cast")]),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(cast) = conversion(cx, id) else { return };
    let (from, to) = (core(cx, pointee(cx, cast.from)), core(cx, pointee(cx, cast.to)));
    if from == to || [from, to].into_iter().any(|ty| says_nothing(cx, ty)) {
        return;
    }
    let Some(loose) = [from, to].into_iter().find(|&ty| !cx.known.has_fixed_layout(ty)) else { return };
    if speaks_of(cx, id, Duty::Layout) {
        return;
    }
    let shown = cx.shown(loose).unwrap_or_else(|| "_".to_owned());
    let reason = format!(
        "nothing fixes how `{shown}` is laid out: the order of its fields is the compiler's, and can change with each build; `repr(C)` or `repr(transparent)` fixes it"
    );
    let detail = arrow(&pointing(cx, cast.from, "_"), &pointing(cx, cast.to, "_"));
    sites.report(cx, id, SiteBuilder::possible("cast-layout").reason(reason).detail(detail));
}

/// Bytes, types of no size that stand for what is not said, and what is not known.
fn says_nothing(cx: &BodyCx<'_>, ty: Ty) -> bool {
    let size = cx.known.layout(ty).size;
    has_bytes_only(cx, ty)
        || size == Measure::Exactly(0)
        || matches!(size, Measure::Varies)
        || matches!(ty.kind(), TyKind::FnDef(..) | TyKind::Closure(..) | TyKind::FnPtr(..) | TyKind::Never)
        || ty.flags().unknown
}
