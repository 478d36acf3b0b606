//! Which kind of index an index expression is, and whether literals alone decide it.

use super::arithmetic::constant;
use super::body_cx::BodyCx;
use super::sites::SiteBuilder;
use crate::model::hir::{Expr, ExprId, Literal};
use crate::model::name::Name;
use crate::types::ty::{ConstArg, Ty, TyKind};

/// What an index expression indexes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Range,
    FullRange,
    Other,
    /// A type of the program's own.
    Own,
    Unknown,
}

/// Returns the site that the index expression `id` is, of whatever kind; `None` where it is none.
pub fn indexed(cx: &BodyCx<'_>, id: ExprId) -> Option<SiteBuilder> {
    let (base, index) = match cx.expr(id) {
        Expr::Index { base, index } => (base, index),
        Expr::MethodCall { receiver, method, args, .. } => {
            return indexed_by_call(cx, id, (receiver, method), *cx.code.list(args).first()?);
        }
        _ => return None,
    };
    let by = by(cx, index);
    let receiver = cx.typed.receiver(id).unwrap_or_else(|| cx.ty(base).peel_refs());
    match receiver.kind() {
        TyKind::Array(_, len) => Some(array(cx, *len, index, by)),
        TyKind::Slice(_) => Some(sequence(by)),
        TyKind::Str => Some(text(by)),
        TyKind::Adt(..) => of_type(cx, id, receiver, by).or_else(|| Some(unknown(cx, base, index, by))),
        _ if receiver.is_unknown() => Some(unknown(cx, base, index, by)),
        // One that bounds say to be indexable is, as a parameter is, by whatever impl it has.
        TyKind::Projection(..) if cx.typed.receiver(id).is_none() => Some(unknown(cx, base, index, by)),
        _ => Some(SiteBuilder::possible("user-index")),
    }
}

/// The methods that index.
pub fn names() -> Vec<Name> {
    vec![Name::INDEX_METHOD, Name::INDEX_MUT_METHOD]
}

/// `v.index(i)`: what `v[i]` is.
fn indexed_by_call(cx: &BodyCx<'_>, id: ExprId, called: (ExprId, Name), index: ExprId) -> Option<SiteBuilder> {
    let (receiver, Name::INDEX_METHOD | Name::INDEX_MUT_METHOD) = called else { return None };
    let callee = cx.typed.callee(id).filter(|callee| callee.is_std())?;
    if !matches!(callee.owner, Name::INDEX | Name::INDEX_MUT) {
        return None;
    }
    let ty = cx.typed.receiver(id).unwrap_or_else(|| cx.ty(receiver)).peel_refs();
    Some(match ty.kind() {
        TyKind::Array(..) | TyKind::Slice(_) => sequence(by(cx, index)),
        TyKind::Str => text(by(cx, index)),
        _ => named(cx.adt_name(ty), by(cx, index)),
    })
}

fn by(cx: &BodyCx<'_>, index: ExprId) -> By {
    match cx.expr(index) {
        Expr::Range { low: None, high: None, .. } => return By::FullRange,
        Expr::Range { .. } => return By::Range,
        _ => {}
    }
    let ty = cx.ty(index);
    match cx.adt_name(ty) {
        Name::RANGE_FULL => By::FullRange,
        Name::RANGE | Name::RANGE_FROM | Name::RANGE_INCLUSIVE | Name::RANGE_TO | Name::RANGE_TO_INCLUSIVE => By::Range,
        _ if ty.is_unknown() && constant(cx, index).is_none() => By::Unknown,
        // Only somebody else's impl indexes text by it.
        _ if cx.is_own_adt(ty) => By::Own,
        _ => By::Other,
    }
}

fn sequence(by: By) -> SiteBuilder {
    match by {
        By::FullRange => SiteBuilder::discharged("range-index", "`..` is within every length"),
        By::Range => SiteBuilder::possible("range-index"),
        By::Own => SiteBuilder::possible("user-index"),
        By::Other | By::Unknown => SiteBuilder::possible("slice-index"),
    }
}

fn text(by: By) -> SiteBuilder {
    match by {
        By::FullRange => SiteBuilder::discharged("str-index", "`..` is within every length"),
        By::Own => SiteBuilder::possible("user-index"),
        _ => SiteBuilder::possible("str-index"),
    }
}

fn array(cx: &BodyCx<'_>, len: ConstArg, index: ExprId, by: By) -> SiteBuilder {
    let ConstArg::Known(len) = len else { return sequence(by) };
    let at = constant(cx, index).and_then(|at| u64::try_from(at).ok());
    match (by, at) {
        (By::Other, Some(at)) if at < len => {
            SiteBuilder::discharged("slice-index", format!("{at} is less than the array's length {len}"))
        }
        (By::Other, Some(at)) => {
            SiteBuilder::always("slice-index").reason(format!("{at} is not less than the array's length {len}"))
        }
        (By::Range, _) => bounded(cx, len, index),
        _ => sequence(by),
    }
}

/// A range with literal ends into an array of `len` elements.
fn bounded(cx: &BodyCx<'_>, len: u64, index: ExprId) -> SiteBuilder {
    let Expr::Range { low, high, inclusive } = cx.expr(index) else { return SiteBuilder::possible("range-index") };
    let end = |id: Option<ExprId>, default: i128| id.map_or(Some(default), |id| constant(cx, id));
    match (end(low, 0), end(high, i128::from(len))) {
        (Some(low), Some(high)) if low <= high && high + i128::from(inclusive && high != 0) <= i128::from(len) => {
            SiteBuilder::discharged("range-index", format!("{low}..{high} is within the array's length {len}"))
        }
        _ => SiteBuilder::possible("range-index"),
    }
}

/// `None` of what has no index.
fn of_type(cx: &BodyCx<'_>, id: ExprId, receiver: Ty, by: By) -> Option<SiteBuilder> {
    let callee = cx.typed.callee(id);
    let owner = callee.filter(|callee| callee.is_std()).map(|callee| callee.owner);
    let name = if callee.is_some() { owner.unwrap_or(Name::MISSING) } else { cx.adt_name(receiver) };
    // A processor's vector is not indexed: in the build that has this code it is something else, an array say.
    let is_vector = matches!(receiver.kind(), TyKind::Adt(def, _) if cx.known.is_vector(*def));
    (callee.is_some() || !is_vector).then(|| named(name, by))
}

/// Indexing std's type of a name.
fn named(name: Name, by: By) -> SiteBuilder {
    match name {
        Name::VEC | Name::VEC_DEQUE => sequence(by),
        Name::STRING => text(by),
        Name::HASH_MAP | Name::BTREE_MAP => SiteBuilder::possible("map-index"),
        _ => SiteBuilder::possible("user-index"),
    }
}

/// The base's type is not known: how base and index are written must do.
fn unknown(cx: &BodyCx<'_>, base: ExprId, index: ExprId, by: By) -> SiteBuilder {
    const MISSING: &str = "the type that is indexed is not known";
    match (by, cx.expr(base)) {
        (By::FullRange | By::Range, _) => SiteBuilder::indeterminate("range-index", MISSING),
        (_, Expr::Array(_) | Expr::Vec(_) | Expr::VecRepeat { .. } | Expr::Repeat { .. }) => {
            SiteBuilder::possible("slice-index")
        }
        _ => match cx.expr(index) {
            // No sequence is indexed by a reference or a string.
            Expr::Ref { .. } | Expr::Literal(Literal::Str) => SiteBuilder::indeterminate("map-index", MISSING),
            _ => SiteBuilder::indeterminate("slice-index", MISSING),
        },
    }
}
