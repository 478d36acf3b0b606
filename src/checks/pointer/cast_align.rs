//! A pointer to what is less aligned than the type that it is cast to.

use crate::checks::contract::{conversion, converted, pointee, sinks, speaks_of, trace};
use crate::checks::{BodyCx, Check, ExprKind, SiteBuilder, Sites, arrow, pointing};
use crate::finding::{Duty, Standing};
use crate::model::hir::ExprId;
use crate::model::name::Name;
use crate::types::layout::Measure;

pub const CHECK: Check = Check {
    rule: "cast-align",
    looks_at: &[ExprKind::Cast, ExprKind::MethodCall],
    named: Some(|| vec![Name::new("cast")]),
    run,
    item: None,
};

fn run(cx: &BodyCx<'_>, id: ExprId, sites: &mut Sites<'_>) {
    let Some(cast) = conversion(cx, id) else { return };
    let Measure::Exactly(asked) = cx.known.layout(pointee(cx, cast.to)).align else { return };
    let traced = trace(cx, cast.operand);
    // Of a pointer that came from elsewhere the type says little: memory of an allocator is often kept as bytes.
    let Measure::Exactly(given) = cx.known.layout(traced.of).align else { return };
    if !traced.is_memory() || given >= asked {
        return;
    }
    let draft = converted(cx, cast);
    if draft.stands(Duty::Align) != Some(Standing::Open) || speaks_of(cx, id, Duty::Align) {
        return;
    }
    let sinks = sinks(cx, id, asked);
    let argued = sinks.reached.is_some_and(|at| speaks_of(cx, at, Duty::Align));
    if sinks.asked || argued || sinks.reached.is_none() && !sinks.returned {
        return;
    }
    let what = if sinks.reached.is_some() { "read or written as such" } else { "given back as such" };
    let shown = |ty| cx.shown(ty).unwrap_or_else(|| "_".to_owned());
    let reason = format!(
        "`{}` asks for align {asked}, `{}` gives {given}, and it is {what}: check `is_aligned()` first, or use `read_unaligned`",
        shown(pointee(cx, cast.to)),
        shown(traced.of),
    );
    let detail = arrow(&pointing(cx, cast.from, "_"), &pointing(cx, cast.to, "_"));
    sites.report(cx, id, SiteBuilder::possible("cast-align").reason(reason).detail(detail));
}
