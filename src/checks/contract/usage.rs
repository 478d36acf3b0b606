//! What a use of a pointer asks: a dereference, and a call of an unsafe function, each argument for itself.

use super::draft::{Draft, wanted};
use super::guard::{align_check, bound_check, null_check};
use super::origin::{Root, Source, Traced, core, pointee, trace};
use super::terms::{self, Contract};
use super::transmute::holds_reference;
use crate::checks::body_cx::BodyCx;
use crate::checks::callee::arguments;
use crate::finding::Duty;
use crate::model::hir::{BindingId, BlockKind, Expr, ExprId};
use crate::types::callee::Callee;
use crate::types::layout::Measure;
use crate::types::ty::{Ty, TyKind};

/// What is done through a pointer.
#[derive(Debug, Clone, Copy)]
struct Through<'t> {
    /// The operation.
    id: ExprId,
    /// The pointer.
    pointer: ExprId,
    /// What is reached.
    of: Ty,
    traced: &'t Traced,
}

/// Puts together what a dereference of a raw pointer asks; `writes` tells that something is written through it, or may be.
pub fn dereferenced(cx: &BodyCx<'_>, id: ExprId, pointer: ExprId, writes: bool) -> Draft {
    let mut draft = Draft::new("raw-deref");
    let ty = cx.ty(pointer);
    draft.detail = cx.shown(ty).unwrap_or_default();
    let traced = trace(cx, pointer);
    let through = Through { id, pointer, of: pointee(cx, ty), traced: &traced };
    let duties = [Duty::Align, Duty::Size, Duty::Lifetime, Duty::NonNull, Duty::Initialized];
    for duty in duties.into_iter().chain(writes.then_some(Duty::Unaliased)) {
        decide(cx, through, duty, &mut draft);
    }
    draft
}

/// Puts together what a call of std's unsafe function `callee` asks.
pub fn called(cx: &BodyCx<'_>, id: ExprId, callee: &Callee) -> Draft {
    let mut draft = Draft::new("unsafe-call");
    let Some(contract) = terms::std_contract(callee) else {
        draft.open(Duty::Condition, format!("what `{}` asks is not known here: see its documentation", callee.name));
        return draft;
    };
    let args = arguments(cx, id).unwrap_or_default();
    for ask in &contract.asks {
        let arg = ask.on.and_then(|on| args.get(on)).copied();
        match arg {
            _ if ask.duty == Duty::Condition => condition(cx, id, contract, &mut draft),
            Some(arg) if is_pointer(cx, arg) => {
                let traced = trace(cx, arg);
                let of = pointee(cx, cx.ty(arg));
                decide(cx, Through { id, pointer: arg, of, traced: &traced }, ask.duty, &mut draft);
                if ask.duty == Duty::Size {
                    counted(cx, callee, &args, &mut draft);
                }
            }
            Some(index) if ask.duty == Duty::Size => bounded(cx, id, &args, index, &mut draft),
            _ => draft.open(ask.duty, wanted(ask.duty)),
        }
    }
    draft
}

/// Whether an argument is a raw pointer. Of a reference it is what it is to that is asked about: that text is UTF-8, that elements
/// were written.
fn is_pointer(cx: &BodyCx<'_>, arg: ExprId) -> bool {
    let is_non_null = cx.is_std_adt(cx.ty(arg), crate::model::name::Name::new("NonNull"));
    is_non_null || matches!(cx.typed.adjusted_ty(arg).kind(), TyKind::Ptr(..))
}

/// How many of them a call reaches is another argument: that much of what it is to is not known.
fn counted(cx: &BodyCx<'_>, callee: &Callee, args: &[ExprId], draft: &mut Draft) {
    let one = matches!(
        callee.name.as_str(),
        "read"
            | "read_volatile"
            | "read_unaligned"
            | "write"
            | "write_volatile"
            | "write_unaligned"
            | "replace"
            | "drop_in_place"
            | "as_ref"
            | "as_mut"
            | "as_uninit_ref"
            | "as_uninit_mut"
            | "from_ptr"
            | "as_ref_unchecked"
            | "as_mut_unchecked"
    );
    if one && callee.owner.as_str() != "CStr" || callee.name.as_str() == "swap" {
        return;
    }
    let count = args.iter().skip(1).find(|&&arg| cx.ty(arg).is_integer());
    let text = count.map_or("", |&count| cx.text_of(cx.code.span(count)));
    draft.open(Duty::Size, format!("say why so many are there: `{text}`"));
}

/// `get_unchecked(i)` where `i < s.len()` was checked.
fn bounded(cx: &BodyCx<'_>, id: ExprId, args: &[ExprId], index: ExprId, draft: &mut Draft) {
    let base = args.first().copied().filter(|&base| index != base);
    let fixed =
        |base: &ExprId| matches!(cx.ty(*base).peel_refs().kind(), TyKind::Slice(_) | TyKind::Array(..) | TyKind::Str);
    match base.filter(fixed).and_then(|base| bound_check(cx, id, base, index)) {
        Some(check) => draft.met(Duty::Size, format!("checked: `{}`", cx.text_of(cx.code.span(check)))),
        None => {
            draft.open(Duty::Size, format!("say why `{}` is in bounds, or check it", cx.text_of(cx.code.span(index))));
        }
    }
}

fn condition(cx: &BodyCx<'_>, id: ExprId, contract: &Contract, draft: &mut Draft) {
    let constant = |arg: &ExprId| cx.known.constant(cx, *arg).is_some_and(|value| value > 0);
    let args = arguments(cx, id).unwrap_or_default();
    let non_zero = contract.condition.contains("not zero, or in its range");
    if non_zero
        && let [only] = args.as_slice()
        && constant(only)
        && cx.is_std_adt(cx.ty(id), crate::model::name::Name::new("NonZero"))
    {
        return draft.met(Duty::Condition, "a constant above zero");
    }
    draft.open(Duty::Condition, format!("asks that {}", contract.condition));
}

/// Decides one obligation on what a pointer is to.
fn decide(cx: &BodyCx<'_>, through: Through<'_>, duty: Duty, draft: &mut Draft) {
    let Through { id, pointer, of, traced } = through;
    let shown = |ty: Ty| cx.shown(ty).unwrap_or_else(|| "_".to_owned());
    // `*p` of what was made of `&x` two lines above: the same type, at the same place.
    let same = traced.is_known() && !traced.moved && traced.of == of && !of.is_unknown();
    match duty {
        Duty::NonNull if traced.is_non_null() => draft.met(duty, made_of(cx, traced)),
        Duty::NonNull if is_non_null_type(cx, pointer) => draft.met(duty, "NonNull by type"),
        Duty::NonNull if traced.source == Source::Null && !traced.moved => {
            draft.add(duty, crate::finding::Standing::Violated, "it is null");
        }
        Duty::NonNull => match null_check(cx, id, pointer) {
            Some(check) => draft.met(duty, format!("checked: `{}`", cx.text_of(cx.code.span(check)))),
            None => draft.open(duty, "check `is_null()`, take a `NonNull`, or say why it is not null"),
        },
        Duty::Align => align(cx, through, draft),
        Duty::Size if same && matches!(traced.source, Source::Reference | Source::Cell) => {
            draft.met(duty, made_of(cx, traced));
        }
        Duty::Initialized
            if same
                && traced.source == Source::Reference
                && !cx.is_std_adt(of, crate::model::name::Name::new("MaybeUninit"))
                && is_alive(cx, id, traced) =>
        {
            draft.met(duty, made_of(cx, traced));
        }
        Duty::Lifetime if is_alive(cx, id, traced) && !is_lent_on(cx, id) => {
            draft.met(duty, "what it is to is there to the end of the function");
        }
        Duty::Provenance if traced.source == Source::Reference && !traced.moved => draft.met(duty, made_of(cx, traced)),
        Duty::Unaliased if traced.is_known() && traced.shared => draft.open(
            duty,
            format!(
                "made of `&{}`, through which nothing may be written: take `&mut`, or keep it in an UnsafeCell",
                shown(traced.of)
            ),
        ),
        _ => draft.open(duty, wanted(duty)),
    }
}

fn made_of(cx: &BodyCx<'_>, traced: &Traced) -> String {
    let text = cx.text_of(cx.code.span(traced.at));
    if text.len() > 60 || text.contains('\n') || text.is_empty() {
        "made of a reference or of what is there".to_owned()
    } else {
        format!("made of `{text}`")
    }
}

fn is_non_null_type(cx: &BodyCx<'_>, pointer: ExprId) -> bool {
    let non_null = |at: ExprId| cx.is_std_adt(cx.ty(at).peel_refs(), crate::model::name::Name::new("NonNull"));
    let mut at = pointer;
    for _ in 0..8 {
        if non_null(at) {
            return true;
        }
        at = match cx.expr(at) {
            Expr::MethodCall { receiver, method, .. }
                if matches!(method.as_str(), "as_ptr" | "cast" | "cast_const" | "cast_mut")
                    && cx.typed.callee(at).is_some_and(Callee::is_std) =>
            {
                receiver
            }
            Expr::Cast { expr, .. } if matches!(cx.ty(expr).kind(), TyKind::Ptr(..)) || non_null(expr) => expr,
            Expr::Local(binding) => match cx.tree().value(binding) {
                Some(init) => init,
                None => return false,
            },
            _ => return false,
        };
    }
    false
}

fn align(cx: &BodyCx<'_>, through: Through<'_>, draft: &mut Draft) {
    let Through { id, pointer, of, traced } = through;
    let asked = cx.known.layout(of).align;
    let shown = cx.shown(of).unwrap_or_else(|| "_".to_owned());
    let alike = core(cx, of) == core(cx, traced.of) && traced.aligned_as_made && traced.is_known();
    match asked {
        Measure::Exactly(1) => draft.met(Duty::Align, format!("`{shown}` asks for none: align 1")),
        _ if alike
            && traced.source != Source::Null
            && traced.source != Source::Integer
            && traced.source != Source::Allocated =>
        {
            draft.met(Duty::Align, made_of(cx, traced));
        }
        Measure::Exactly(bytes) if traced.is_known() && bytes <= traced.align => {
            draft.met(Duty::Align, format!("made of what is aligned to {}, and {bytes} is asked for", traced.align));
        }
        Measure::Exactly(bytes) => match align_check(cx, id, pointer, bytes) {
            Some(check) => draft.met(Duty::Align, format!("checked: `{}`", cx.text_of(cx.code.span(check)))),
            None => draft.open(
                Duty::Align,
                format!("`{shown}` asks for align {bytes}: check `is_aligned()`, or use `read_unaligned`"),
            ),
        },
        _ => draft.open(Duty::Align, format!("say why the address is aligned for `{shown}`")),
    }
}

/// Whether what is reached is borrowed on, for as long as whoever has the reference likes: `&*p`, `(*p).f()`, `p.as_ref()`.
pub fn is_lent_on(cx: &BodyCx<'_>, id: ExprId) -> bool {
    if !matches!(cx.expr(id), Expr::Deref(_)) {
        let gives = cx.ty(id);
        return holds_reference(gives) || gives.is_unknown() || gives.flags().unknown;
    }
    let mut at = id;
    loop {
        if !cx.typed.adjustments(at).is_empty() {
            return true;
        }
        let Some(parent) = cx.tree().parent(at) else { return true };
        match cx.expr(parent) {
            Expr::Field { .. } | Expr::Index { .. } => at = parent,
            Expr::Ref { .. } | Expr::Match { .. } | Expr::LetStmt { .. } | Expr::Let { .. } => {
                return matches!(cx.expr(parent), Expr::Ref { .. })
                    || holds_reference(cx.ty(at))
                    || !is_scalar(cx.ty(at));
            }
            _ => return holds_reference(cx.ty(at)),
        }
    }
}

fn is_scalar(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool | TyKind::Char | TyKind::Ptr(..))
}

/// Whether what a pointer is to is certainly there where `id` stands: what a parameter refers to, and locals that nothing moves.
pub fn is_alive(cx: &BodyCx<'_>, id: ExprId, traced: &Traced) -> bool {
    // A closure or an async block may run when the function is long gone.
    let escapes = cx
        .tree()
        .around(id)
        .any(|at| matches!(cx.expr(at), Expr::Closure { .. } | Expr::Block { kind: BlockKind::Async, .. }));
    if escapes || traced.moved {
        return false;
    }
    match traced.root {
        Root::Static => traced.is_known() && traced.source == Source::Reference,
        Root::Behind(_) => true,
        Root::Local(binding) => cx.tree().uses(binding).iter().all(|&at| is_lent(cx, at)),
        _ => false,
    }
}

/// Whether a local is given away somewhere: what it owns may live on.
pub fn is_moved(cx: &BodyCx<'_>, local: BindingId) -> bool {
    !cx.tree().uses(local).iter().all(|&at| is_lent(cx, at))
}

/// Whether a local is not moved where it is named: its address is taken, it is borrowed, or a part of it is read.
fn is_lent(cx: &BodyCx<'_>, at: ExprId) -> bool {
    use crate::types::typed_body::Adjust;
    let borrowed = |step: Adjust| matches!(step, Adjust::Borrow { .. } | Adjust::Deref | Adjust::OverloadedDeref);
    if cx.typed.adjustments(at).first().is_some_and(|(_, step)| borrowed(step.kind)) {
        return true;
    }
    let is_copy = matches!(cx.ty(at).kind(), TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool | TyKind::Char);
    match cx.tree().parent(at).map(|parent| cx.expr(parent)) {
        Some(Expr::Ref { .. } | Expr::Index { .. }) => true,
        Some(Expr::Field { .. }) => false,
        _ => is_copy,
    }
}
