//! The ledger: which unsafe operations and conversions between pointers a body has, what each asks, and what is known of that. Which
//! of them are findings the rules under `pointer/`, `atomic/` and `unwind/` decide; they share what lies here.

mod cast;
mod comment;
mod draft;
mod guard;
mod origin;
mod sink;
mod terms;
mod transmute;
mod tree;
mod usage;

pub use cast::{Conversion, conversion, converted, has_bytes_only};
pub use comment::{Argument, argument, is_remarked, section};
pub use draft::Draft;
pub use guard::{align_check, checked, fixed_local, null_check};
pub use origin::{Root, Source, Traced, core, place_root, pointee, trace};
pub use sink::{Sinks, sinks};
pub use terms::{Duties, spoken, std_contract};
pub use transmute::{holds_reference, transmuted};
pub use tree::{BodyTree, children};
pub use usage::{is_alive, is_moved};

use super::body_cx::{BodyCx, item_head};
use super::callee::{free_call, is_unchecked, native_macro};
use super::sites::Sites;
use crate::finding::{Duty, Standing};
use crate::model::hir::{BinaryOp, Expr, ExprId, ItemId};
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::{Ty, TyKind};
use crate::types::typed_body::Adjust;

/// What a user's unsafe function asks of its callers, as its documentation says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// What its `# Safety` section or tags speak of.
    pub duties: Duties,
    /// Whether it has such a section.
    pub documented: bool,
}

/// Records the operations of the body that `cx` shows. O(expressions).
pub fn record(cx: &BodyCx<'_>, sites: &mut Sites<'_>) {
    for own in cx.code.own_exprs(cx.body()) {
        for id in own.map(ExprId::new) {
            let Some(mut draft) = operation(cx, id) else { continue };
            let said = argument(cx, id);
            draft.claim(&said);
            draft.within = said.within;
            sites.record(cx, id, draft);
        }
    }
}

/// Records what an item promises: `unsafe impl`.
pub fn record_item(cx: &BodyCx<'_>, id: ItemId, sites: &mut Sites<'_>) {
    let Some(item) = cx.model.items.get(id.index()) else { return };
    let ItemKind::Impl { is_unsafe: true, trait_path: Some(path), .. } = item.kind else { return };
    let name = cx.model.path(path).and_then(|path| path.segments.last()).map_or(Name::MISSING, |last| last.name);
    let mut draft = Draft::new("unsafe-impl");
    draft.detail = name.to_string();
    if matches!(name.as_str(), "Send" | "Sync") {
        draft.open(Duty::Thread, "say for each field why another thread may have or see it");
    } else {
        draft.open(Duty::Condition, format!("say why the promise of `{name}` holds"));
    }
    let head = item_head(cx, id);
    draft.within = Some(head);
    let above = comment::item_comment(cx, id);
    draft.claim(&Argument { comment: above, ..Argument::default() });
    sites.record_item(id, head, draft);
}

/// Returns what an expression asks, if it is an entry of the ledger.
pub fn operation(cx: &BodyCx<'_>, id: ExprId) -> Option<Draft> {
    match cx.expr(id) {
        Expr::Cast { expr, .. } => cast_operation(cx, id, expr),
        Expr::Deref(pointer) if matches!(cx.ty(pointer).kind(), TyKind::Ptr(..)) && !cx.is_unread(id) => {
            Some(usage::dereferenced(cx, id, pointer, is_written(cx, id)))
        }
        Expr::Deref(pointer) if matches!(cx.ty(pointer).kind(), TyKind::Ptr(..)) && is_assigned(cx, id) => {
            Some(usage::dereferenced(cx, id, pointer, true))
        }
        Expr::Ref { raw: true, .. } => Some(borrow(cx, id)),
        Expr::MethodCall { .. } | Expr::Call { .. } => call_operation(cx, id),
        Expr::Field { base, name }
            if cx.in_unsafe(id) && !cx.is_unread(id) && cx.is_union(cx.typed.adjusted_ty(base)) =>
        {
            let mut draft = Draft::new("union-read");
            draft.detail = name.to_string();
            draft.open(Duty::Initialized, "say which field was written last, or why its bytes are a value of this one");
            Some(draft)
        }
        Expr::Path(_) if cx.typed.is_static_mut(id) => {
            let mut draft = Draft::new("static-mut");
            draft.open(Duty::Unaliased, "say who else has a reference to it");
            draft.open(Duty::Thread, "say what keeps other threads out, or use an atomic, a lock or `OnceLock`");
            Some(draft)
        }
        Expr::Macro { .. } => {
            let (name, _) = native_macro(cx, id)?;
            matches!(name.as_str(), "asm" | "naked_asm").then(|| {
                let mut draft = Draft::new("inline-asm");
                draft.detail = name.to_string();
                draft.open(Duty::Condition, "say what it reads, writes and clobbers");
                draft
            })
        }
        _ => None,
    }
}

fn cast_operation(cx: &BodyCx<'_>, id: ExprId, operand: ExprId) -> Option<Draft> {
    let (from, to) = (cx.ty(operand), cx.ty(id));
    let is_int = |ty: Ty| ty.is_integer();
    let is_fn = |ty: Ty| matches!(ty.kind(), TyKind::FnPtr(..) | TyKind::FnDef(..) | TyKind::Closure(..));
    match (from.kind(), to.kind()) {
        (TyKind::Ref(one, may), TyKind::Ptr(other, mutable)) if one == other && (*may || !mutable) => {
            Some(borrow(cx, id))
        }
        (_, TyKind::Ptr(..)) if is_int(from) => Some(of_integer(cx, from, to)),
        (TyKind::Ptr(..), _) if is_int(to) => Some(sided(cx, "pointer-to-int", from, to)),
        (_, TyKind::Ptr(..)) if is_fn(from) => Some(sided(cx, "fn-pointer-cast", from, to)),
        _ if is_fn(from) && is_int(to) => Some(sided(cx, "fn-pointer-cast", from, to)),
        _ => Some(cast::converted(cx, conversion(cx, id)?)),
    }
}

fn sided(cx: &BodyCx<'_>, kind: &'static str, from: Ty, to: Ty) -> Draft {
    let mut draft = Draft::new(kind);
    (draft.from, draft.to) = (Some(draft::shape(cx, from)), Some(draft::shape(cx, to)));
    draft
}

/// An integer made a pointer: nothing says what it may reach.
fn of_integer(cx: &BodyCx<'_>, from: Ty, to: Ty) -> Draft {
    let mut draft = sided(cx, "int-to-pointer", from, to);
    draft.open(
        Duty::Provenance,
        "say which pointer was exposed before, or keep a pointer and change its address with `map_addr`",
    );
    let align = cx.known.layout(pointee(cx, to)).align;
    match align {
        crate::types::layout::Measure::Exactly(1) => draft.met(Duty::Align, "asks for none: align 1"),
        _ => draft.open(Duty::Align, draft::wanted(Duty::Align)),
    }
    draft.open(Duty::Size, draft::wanted(Duty::Size));
    draft.open(Duty::Lifetime, draft::wanted(Duty::Lifetime));
    draft
}

/// A pointer to a place, which asks nothing by itself: what is done with it does.
fn borrow(cx: &BodyCx<'_>, id: ExprId) -> Draft {
    let mut draft = Draft::new("raw-borrow");
    draft.to = Some(draft::shape(cx, cx.ty(id)));
    draft
}

fn call_operation(cx: &BodyCx<'_>, id: ExprId) -> Option<Draft> {
    let callee = cx.typed.callee(id)?;
    if !callee.is_unsafe {
        let holder = if callee.owner.is_missing() { callee.module } else { callee.owner };
        return match (holder.as_str(), callee.name.as_str()) {
            ("pointer" | "NonNull", "cast" | "cast_mut" | "cast_const") => {
                Some(cast::converted(cx, conversion(cx, id)?))
            }
            ("ptr" | "NonNull", "from_ref" | "from_mut") if callee.is_std() => Some(borrow(cx, id)),
            ("NonNull", "from") if callee.is_std() => Some(borrow(cx, id)),
            _ => None,
        };
    }
    let mut draft = if callee.is_std() || callee.krate == Name::CORE_ARCH {
        if callee.name == Name::TRANSMUTE { transmuted(cx, id) } else { usage::called(cx, id, callee) }
    } else {
        of_user(cx, callee)
    };
    draft.kind = match callee.name {
        Name::TRANSMUTE if callee.is_std() => "transmute",
        Name::FROM_RAW_PARTS | Name::FROM_RAW_PARTS_MUT => "from-raw-parts",
        name if is_unchecked(name) && callee.is_std() => "unchecked-call",
        _ => "unsafe-call",
    };
    let holder = if callee.owner.is_missing() { callee.module } else { callee.owner };
    let written = free_call(cx, id).map_or(holder, |(owner, ..)| if owner.is_missing() { holder } else { owner });
    draft.detail = if written.is_missing() { callee.name.to_string() } else { format!("{written}::{}", callee.name) };
    Some(draft)
}

/// A user's own unsafe function: what its documentation asks.
fn of_user(cx: &BodyCx<'_>, callee: &Callee) -> Draft {
    let mut draft = Draft::new("unsafe-call");
    let name = callee.name;
    match cx.known.asked(callee.def) {
        Some(asked) if !asked.duties.is_empty() => {
            for duty in asked.duties.iter() {
                draft.open(duty, format!("the `# Safety` section of `{name}` asks for it"));
            }
        }
        Some(asked) if asked.documented => {
            draft.open(Duty::Condition, format!("what the `# Safety` section of `{name}` asks"));
        }
        Some(_) => {
            draft.open(Duty::Condition, format!("`{name}` does not say what it asks: it has no `# Safety` section"));
        }
        None => draft.open(Duty::Condition, format!("what `{name}` asks is not known here: see its documentation")),
    }
    draft
}

/// Whether a place is written, or borrowed so that it may be.
pub fn is_written(cx: &BodyCx<'_>, place: ExprId) -> bool {
    let mut at = place;
    loop {
        if matches!(cx.typed.adjustments(at).last(), Some((_, step)) if step.kind == Adjust::Borrow { mutable: true }) {
            return true;
        }
        let Some(parent) = cx.tree().parent(at) else { return false };
        match cx.expr(parent) {
            Expr::Field { .. } | Expr::Index { .. } => at = parent,
            Expr::Ref { mutable, .. } => return mutable,
            Expr::Binary { op: BinaryOp::AssignArith(_) | BinaryOp::Assign, lhs, .. } => return lhs == at,
            _ => return false,
        }
    }
}

/// Whether a place is what an assignment writes.
fn is_assigned(cx: &BodyCx<'_>, place: ExprId) -> bool {
    cx.is_unread(place) && is_written(cx, place)
}

/// Whether everything that an operation asks is shown or spoken of.
pub fn is_argued(cx: &BodyCx<'_>, id: ExprId) -> bool {
    let Some(mut draft) = operation(cx, id) else { return false };
    draft.claim(&argument(cx, id));
    !draft.has_open()
}

/// Whether the text at an operation speaks of an obligation, or it is shown.
pub fn speaks_of(cx: &BodyCx<'_>, id: ExprId, duty: Duty) -> bool {
    argument(cx, id).duties().has(duty)
}

/// Whether something is known to be broken.
pub fn is_violated(draft: &Draft, duty: Duty) -> bool {
    draft.stands(duty) == Some(Standing::Violated)
}
