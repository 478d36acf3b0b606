//! Fixes of an index, where the function returns an `Option`: `v[i]` becomes `*v.get(i)?`, `&v[..n]` becomes `v.get(..n)?`.

use crate::checks::BodyCx;
use crate::finding::{Applicability, Edit, Fix};
use crate::model::hir::{BinaryOp, Expr, ExprId};
use crate::model::name::Name;
use crate::source::Span;
use crate::types::ty::{Ty, TyKind};
use crate::types::typed_body::Adjust;

use super::Suggester;
use super::question_mark::is_std;
use super::written::{behind, between};

/// How the element that is indexed is used.
enum Use {
    /// `&v[i]`: what `get` gives is it; the place of the `&`.
    Borrowed(Span),
    /// A method that takes it by a shared reference.
    Receiver,
    /// It is copied.
    Copied,
}

impl Suggester<'_> {
    pub(super) fn index(&self, cx: &BodyCx<'_>, id: ExprId) -> Option<Fix> {
        let Expr::Index { base, index } = cx.expr(id) else { return None };
        if !self.has_option(cx, id) || !self.has_get(cx, id, base) {
            return None;
        }
        let (open, close) = brackets(cx, id, base, index)?;
        let mut edits = vec![Edit::new(open, ".get("), Edit::new(close, ")?")];
        match self.used(cx, id)? {
            Use::Borrowed(sign) => edits.insert(0, Edit::new(sign, "")),
            Use::Receiver => {}
            Use::Copied => edits.insert(0, Edit::insert(open, cx.code.span(id).start, "*")),
        }
        Some(Fix::safe("return `None` where it is out of bounds", edits).but(Applicability::Unsafe))
    }

    /// Whether `get` of what is indexed is std's: no type of the program's own, with a `get` of its own, lies on the way.
    fn has_get(&self, cx: &BodyCx<'_>, id: ExprId, base: ExprId) -> bool {
        let mut ways = cx.typed.adjustments(base).iter();
        let own = |ty: Ty| matches!(ty.peel_refs().kind(), TyKind::Adt(def, _) if !cx.known.is_std(*def));
        if own(cx.ty(base)) || ways.any(|(_, step)| own(step.target)) {
            return false;
        }
        let of = cx.typed.receiver(id).unwrap_or_else(|| cx.ty(base)).peel_refs();
        let known = ["Vec", "VecDeque", "HashMap", "BTreeMap", "String"];
        let named = known.iter().any(|name| is_std(self.world, of, Name::new(name)));
        named || matches!(of.kind(), TyKind::Slice(_) | TyKind::Array(..) | TyKind::Str)
    }

    /// How the element is used; `None` where it is written to, matched on or moved.
    fn used(&self, cx: &BodyCx<'_>, id: ExprId) -> Option<Use> {
        let parent = self.parent(cx, id)?;
        let steps = cx.typed.adjustments(id);
        match parent {
            Expr::Ref { mutable: false, raw: false, .. } => {
                // The sign stands right before it, or before its parenthesis, which stays.
                let at = cx.code.span(id).start;
                let before = between(cx, at.checked_sub(1)?, at)?;
                (cx.text_of(before) == "&").then_some(Use::Borrowed(before))
            }
            Expr::MethodCall { receiver, .. } if receiver == id => {
                let [(_, one)] = steps else { return None };
                matches!(one.kind, Adjust::Borrow { mutable: false }).then_some(Use::Receiver)
            }
            Expr::Binary { op: BinaryOp::Assign | BinaryOp::AssignArith(_), lhs, .. } if lhs == id => None,
            Expr::Binary { .. }
            | Expr::Unary { .. }
            | Expr::Cast { .. }
            | Expr::Call { .. }
            | Expr::MethodCall { .. }
            | Expr::If { .. }
            | Expr::Return(_)
            | Expr::Tuple(_)
            | Expr::Array(_)
            | Expr::Record { .. }
            | Expr::LetStmt { .. } => (steps.is_empty() && is_plain(cx.ty(id))).then_some(Use::Copied),
            _ => None,
        }
    }
}

/// Whether a type is one of the language's that are copied.
fn is_plain(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool | TyKind::Char)
}

/// Where the brackets of an index stand, if nothing but white space stands around them.
fn brackets(cx: &BodyCx<'_>, id: ExprId, base: ExprId, index: ExprId) -> Option<(Span, Span)> {
    let before = between(cx, cx.code.span(base).end, cx.code.span(index).start)?;
    let at = cx.text_of(before).find('[')?;
    let around = |text: &str, sign: char| text.chars().all(|it| it.is_whitespace() || it == sign);
    let (head, inner) = cx.text_of(before).split_at_checked(at)?;
    let opened = around(head, ')') && around(inner.strip_prefix('[')?, '(');
    let behind = behind(cx, index, id)?;
    let closed = around(cx.text_of(behind).strip_suffix(']')?, ')');
    let open = between(cx, before.start + at as u32, before.start + at as u32 + 1)?;
    let close = between(cx, behind.end.checked_sub(1)?, behind.end)?;
    (opened && closed).then_some((open, close))
}
