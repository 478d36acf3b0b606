//! Fixes of `unwrap` and `expect`, and of borrows of a `RefCell`: `?` where the function returns what it takes, a lock's value
//! whatever became of its last holder.

use crate::checks::BodyCx;
use crate::finding::{Applicability, Edit, Fix};
use crate::model::hir::{Expr, ExprId, Literal};
use crate::model::name::Name;
use crate::source::Span;
use crate::types::ty::{Ty, TyKind};

use super::Suggester;
use super::question_mark::{Returned, is_std};
use super::written::{behind, between, method, with_break};

impl Suggester<'_> {
    /// The fix of an unwrap that is written as a method call of an `Option` or `Result` itself.
    pub(super) fn unwrap(&self, cx: &BodyCx<'_>, id: ExprId, rule: &str) -> Option<Fix> {
        let Expr::MethodCall { receiver, method: name @ (Name::UNWRAP | Name::EXPECT), args } = cx.expr(id) else {
            return None;
        };
        let TyKind::Adt(_, parts) = cx.ty(receiver).kind() else { return None };
        if !cx.typed.adjustments(receiver).is_empty() {
            return None;
        }
        let tail = method(cx, id, receiver, name.as_str())?;
        let error = match parts.as_ref() {
            [_] if is_std(self.world, cx.ty(receiver), Name::OPTION) => None,
            &[value, error] if is_std(self.world, cx.ty(receiver), Name::RESULT) => {
                if self.is_poison(value, error) {
                    return Some(self.recover(tail));
                }
                Some(error)
            }
            _ => return None,
        };
        let message = cx.code.list(args).first().copied();
        self.tried(cx, id, (receiver, error), (tail, message))
            .or_else(|| (rule == "env-unwrap").then(|| fallback(tail)))
    }

    /// `?` for an unwrap at `tail`, of what has this error, with this message.
    fn tried(
        &self,
        cx: &BodyCx<'_>,
        id: ExprId,
        (receiver, error): (ExprId, Option<Ty>),
        (tail, message): (Span, Option<ExprId>),
    ) -> Option<Fix> {
        let returned = self.returned(cx).filter(|_| self.returns(cx, id))?;
        let question_mark = || Some(Edit::new(with_break(cx, receiver, tail)?, "?"));
        match (error, returned) {
            (Some(from), Returned::Result(to)) if self.takes(from, to) => {
                Some(Fix::safe("return the error with `?`", vec![question_mark()?]))
            }
            (None, Returned::Option) => Some(Fix::safe("return `None` with `?`", vec![question_mark()?])),
            (Some(_), Returned::Option) => {
                let edit = Edit::new(tail, ".ok()?");
                Some(Fix::safe("return `None` with `?`", vec![edit]).but(Applicability::Unsafe))
            }
            // The message stays, as the error.
            (None, Returned::Result(to)) if self.takes_text(to) => {
                let message = message.filter(|&message| matches!(cx.expr(message), Expr::Literal(Literal::Str)))?;
                let name = between(cx, tail.start, cx.code.span(message).start)?;
                let at = cx.text_of(name).find("expect")? as u32;
                // auditor: allow(integer-overflow) the name is found within the place
                let name = between(cx, name.start + at, name.start + at + "expect".len() as u32)?;
                let edits = vec![Edit::new(name, "ok_or"), Edit::insert(tail, tail.end, "?")];
                Some(Fix::safe("return the message as the error with `?`", edits))
            }
            _ => None,
        }
    }

    /// Whether an error is that of a lock whose holder panicked, which still holds the value.
    fn is_poison(&self, value: Ty, error: Ty) -> bool {
        let TyKind::Adt(_, args) = error.kind() else { return false };
        is_std(self.world, error, Name::new("PoisonError")) && args.first() == Some(&value)
    }

    fn recover(&self, tail: Span) -> Fix {
        let text = format!(".unwrap_or_else({}::sync::PoisonError::into_inner)", self.std());
        Fix::safe("take the value as the holder that panicked left it", vec![Edit::new(tail, text)])
    }

    /// The fix of `cell.borrow()` and `cell.borrow_mut()`.
    pub(super) fn borrow(&self, cx: &BodyCx<'_>, id: ExprId) -> Option<Fix> {
        let Expr::MethodCall { receiver, method: name @ (Name::BORROW | Name::BORROW_MUT), args } = cx.expr(id) else {
            return None;
        };
        let is_cell = is_std(self.world, cx.typed.receiver(id)?.peel_refs(), Name::new("RefCell"));
        let returned = self.returned(cx).filter(|_| is_cell && args.is_empty() && self.returns(cx, id))?;
        let error = if name == Name::BORROW { "BorrowError" } else { "BorrowMutError" };
        let tried = match returned {
            Returned::Option => "().ok()?",
            Returned::Result(to) => {
                let error = self.world.std_item(&[Name::new("cell"), Name::new(error)])?;
                self.takes(Ty::adt(error, []), to).then_some("()?")?
            }
        };
        let tail = method(cx, id, receiver, name.as_str())?;
        let edit = Edit::new(tail, format!(".try_{name}{tried}"));
        Some(Fix::safe("return where it is borrowed already", vec![edit]).but(Applicability::Unsafe))
    }

    /// The fix of an index: `?` on what `get` gives, where the function returns an `Option`.
    pub(super) fn has_option(&self, cx: &BodyCx<'_>, id: ExprId) -> bool {
        matches!(self.returned(cx), Some(Returned::Option)) && self.returns(cx, id)
    }
}

/// What is shown for a variable that is missing: which value it has then is a person's to say.
fn fallback(tail: Span) -> Fix {
    let edit = Edit::new(tail, ".unwrap_or_default()");
    Fix::safe("fall back to a value, and log that it is missing", vec![edit]).but(Applicability::DisplayOnly)
}

/// What stands behind the value of a cast, from the word `as` on.
pub(super) fn cast_tail(cx: &BodyCx<'_>, value: ExprId, cast: ExprId) -> Option<Span> {
    let tail = behind(cx, value, cast)?;
    let text = cx.text_of(tail);
    let rest = text.trim_start_matches(|letter: char| letter == ')' || letter.is_whitespace());
    rest.strip_prefix("as").filter(|rest| rest.starts_with([' ', '\n', '\t', '*']))?;
    // The white space before the word goes with it.
    let closed = text.get(..text.len().checked_sub(rest.len())?)?.trim_end();
    between(cx, tail.start + closed.len() as u32, tail.end)
}
