//! Which kind of index an index expression is, and whether literals alone decide it.

use super::arithmetic::constant;
use super::sites::Draft;
use super::view::View;
use crate::model::hir::{Expr, ExprId, Literal};
use crate::model::name::Name;
use crate::types::ty::{Len, Ty, TyKind};

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
pub fn indexed(view: &View<'_>, id: ExprId) -> Option<Draft> {
    let (base, index) = match view.expr(id) {
        Expr::Index { base, index } => (base, index),
        Expr::MethodCall { receiver, method, args, .. } => {
            return indexed_by_call(view, id, (receiver, method), view.model.expr_list(args).next()?);
        }
        _ => return None,
    };
    let by = by(view, index);
    let receiver = view.typed.receiver(id).unwrap_or_else(|| view.ty(base).peel_refs());
    match receiver.kind() {
        TyKind::Array(_, len) => Some(array(view, *len, index, by)),
        TyKind::Slice(_) => Some(sequence(by)),
        TyKind::Str => Some(text(by)),
        TyKind::Adt(..) => of_type(view, id, receiver, by).or_else(|| Some(unknown(view, base, index, by))),
        _ if receiver.is_unknown() => Some(unknown(view, base, index, by)),
        // One that bounds say to be indexable is, as a parameter is, by whatever impl it has.
        TyKind::Assoc(..) if view.typed.receiver(id).is_none() => Some(unknown(view, base, index, by)),
        _ => Some(Draft::possible("user-index")),
    }
}

/// The methods that index.
pub fn names() -> Vec<Name> {
    vec![Name::INDEX_METHOD, Name::INDEX_MUT_METHOD]
}

/// `v.index(i)`: what `v[i]` is.
fn indexed_by_call(view: &View<'_>, id: ExprId, called: (ExprId, Name), index: ExprId) -> Option<Draft> {
    let (receiver, Name::INDEX_METHOD | Name::INDEX_MUT_METHOD) = called else { return None };
    let callee = view.typed.callee(id).filter(|callee| callee.is_std())?;
    if !matches!(callee.owner, Name::INDEX | Name::INDEX_MUT) {
        return None;
    }
    let ty = view.typed.receiver(id).unwrap_or_else(|| view.ty(receiver)).peel_refs();
    Some(match ty.kind() {
        TyKind::Array(..) | TyKind::Slice(_) => sequence(by(view, index)),
        TyKind::Str => text(by(view, index)),
        _ => named(view.adt_name(ty), by(view, index)),
    })
}

fn by(view: &View<'_>, index: ExprId) -> By {
    match view.expr(index) {
        Expr::Range { low: None, high: None, .. } => return By::FullRange,
        Expr::Range { .. } => return By::Range,
        _ => {}
    }
    let ty = view.ty(index);
    match view.adt_name(ty) {
        Name::RANGE_FULL => By::FullRange,
        Name::RANGE | Name::RANGE_FROM | Name::RANGE_INCLUSIVE | Name::RANGE_TO | Name::RANGE_TO_INCLUSIVE => By::Range,
        _ if ty.is_unknown() && constant(view, index).is_none() => By::Unknown,
        // Only somebody else's impl indexes text by it.
        _ if view.is_own_adt(ty) => By::Own,
        _ => By::Other,
    }
}

fn sequence(by: By) -> Draft {
    match by {
        By::FullRange => Draft::discharged("range-index", "`..` is within every length"),
        By::Range => Draft::possible("range-index"),
        By::Other | By::Own | By::Unknown => Draft::possible("slice-index"),
    }
}

fn text(by: By) -> Draft {
    match by {
        By::FullRange => Draft::discharged("str-index", "`..` is within every length"),
        By::Own => Draft::possible("user-index"),
        _ => Draft::possible("str-index"),
    }
}

fn array(view: &View<'_>, len: Len, index: ExprId, by: By) -> Draft {
    let Len::Known(len) = len else { return sequence(by) };
    let at = constant(view, index).and_then(|at| u64::try_from(at).ok());
    match (by, at) {
        (By::Other, Some(at)) if at < len => {
            Draft::discharged("slice-index", format!("{at} is less than the array's length {len}"))
        }
        (By::Other, Some(at)) => {
            Draft::always("slice-index").reason(format!("{at} is not less than the array's length {len}"))
        }
        (By::Range, _) => bounded(view, len, index),
        _ => sequence(by),
    }
}

/// A range with literal ends into an array of `len` elements.
fn bounded(view: &View<'_>, len: u64, index: ExprId) -> Draft {
    let Expr::Range { low, high, inclusive } = view.expr(index) else { return Draft::possible("range-index") };
    let end = |id: Option<ExprId>, default: i128| id.map_or(Some(default), |id| constant(view, id));
    match (end(low, 0), end(high, i128::from(len))) {
        (Some(low), Some(high)) if low <= high && high + i128::from(inclusive && high != 0) <= i128::from(len) => {
            Draft::discharged("range-index", format!("{low}..{high} is within the array's length {len}"))
        }
        _ => Draft::possible("range-index"),
    }
}

/// `None` of what has no index.
fn of_type(view: &View<'_>, id: ExprId, receiver: Ty, by: By) -> Option<Draft> {
    let callee = view.typed.callee(id);
    let owner = callee.filter(|callee| callee.is_std()).map(|callee| callee.owner);
    let name = if callee.is_some() { owner.unwrap_or(Name::MISSING) } else { view.adt_name(receiver) };
    // A processor's vector is not indexed: in the build that has this code it is something else, an array say.
    let is_vector = matches!(receiver.kind(), TyKind::Adt(def, _) if view.known.is_vector(*def));
    (callee.is_some() || !is_vector).then(|| named(name, by))
}

/// Indexing std's type of a name.
fn named(name: Name, by: By) -> Draft {
    match name {
        Name::VEC | Name::VEC_DEQUE => sequence(by),
        Name::STRING => text(by),
        Name::HASH_MAP | Name::BTREE_MAP => Draft::possible("map-index"),
        _ => Draft::possible("user-index"),
    }
}

/// The base's type is not known: how base and index are written must do.
fn unknown(view: &View<'_>, base: ExprId, index: ExprId, by: By) -> Draft {
    const MISSING: &str = "the type that is indexed is not known";
    match (by, view.expr(base)) {
        (By::FullRange | By::Range, _) => Draft::indeterminate("range-index", MISSING),
        (_, Expr::Array(_) | Expr::Vec(_) | Expr::VecRepeat { .. } | Expr::Repeat { .. }) => {
            Draft::possible("slice-index")
        }
        _ => match view.expr(index) {
            // No sequence is indexed by a reference or a string.
            Expr::Ref { .. } | Expr::Literal(Literal::Str) => Draft::indeterminate("map-index", MISSING),
            _ => Draft::indeterminate("slice-index", MISSING),
        },
    }
}
