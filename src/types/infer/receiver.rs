//! Receivers: how methods take `self`, and how a receiver is adjusted to that.

use crate::model::hir::ExprId;
use crate::model::item::{ItemKind, SelfParam};
use crate::model::name::Name;
use crate::types::ty::{DefId, Ty, TyKind};
use crate::types::typed_body::Adjust;

use super::Infer;
use super::method::MethodPick;

/// How a method takes `self`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SelfKind {
    /// Not at all.
    None,
    Value,
    Ref,
    RefMut,
    Typed,
}

impl Infer<'_> {
    /// The types whose methods fit a receiver of type `target`, and how those take `self`: by value the type itself, behind a
    /// reference what it points at.
    pub(super) fn candidates(
        &self,
        step: Ty,
        target: Ty,
        by: Option<bool>,
    ) -> impl Iterator<Item = (Ty, SelfKind)> + use<> {
        let none = (step, SelfKind::None);
        let candidates = if let Some(mutable) = by {
            [(step, if mutable { SelfKind::RefMut } else { SelfKind::Ref }), (target, SelfKind::Value), none]
        } else {
            let value = (step, SelfKind::Value);
            match step.kind() {
                TyKind::Ref(inner, mutable) => {
                    let kind = if *mutable { SelfKind::RefMut } else { SelfKind::Ref };
                    [value, (self.shallow(*inner), kind), none]
                }
                // `self: Box<Self>`, `self: Pin<&mut Self>` and the like.
                TyKind::Adt(_, args) if !args.is_empty() => {
                    let inner = args.first().map_or(step, |&inner| self.shallow(inner));
                    let innermost = match inner.kind() {
                        TyKind::Ref(innermost, _) => (self.shallow(*innermost), SelfKind::Typed),
                        _ => none,
                    };
                    [value, (inner, SelfKind::Typed), innermost]
                }
                _ => [value, none, none],
            }
        };
        candidates.into_iter().filter(|&(_, kind)| kind != SelfKind::None)
    }

    pub(super) fn takes_self(&self, member: DefId, wanted: SelfKind) -> bool {
        let Some(ItemKind::Fn(id)) = self.world.item(member).map(|item| item.kind) else { return false };
        let function = self.world.file(member.file).and_then(|file| file.functions.get(id.index()));
        let kind = match function.and_then(|function| function.self_param) {
            Some(SelfParam::Value) => SelfKind::Value,
            Some(SelfParam::Ref) => SelfKind::Ref,
            Some(SelfParam::RefMut) => SelfKind::RefMut,
            Some(SelfParam::Typed(ty)) => return wanted == SelfKind::Typed || self.typed_kind(member, ty) == wanted,
            None => return false,
        };
        // A `&mut` receiver serves a `&self` method as well.
        kind == wanted || (kind == SelfKind::Ref && wanted == SelfKind::RefMut)
    }

    /// `self: Self`, `self: &Self` and `self: &mut Self` written out.
    fn typed_kind(&self, member: DefId, ty: crate::model::hir::TypeId) -> SelfKind {
        use crate::model::hir::TypeRef;
        match self.world.file(member.file).map(|file| file.ty(ty)) {
            Some(TypeRef::Ref { mutable: true, .. }) => SelfKind::RefMut,
            Some(TypeRef::Ref { .. }) => SelfKind::Ref,
            Some(TypeRef::Path(path)) => {
                let file = self.world.file(member.file);
                let is_self = file.and_then(|file| file.path(path)).is_some_and(|path| {
                    path.segments.len() == 1 && path.segments.first().is_some_and(|s| s.name == Name::SELF_TYPE)
                });
                if is_self { SelfKind::Value } else { SelfKind::Typed }
            }
            _ => SelfKind::Typed,
        }
    }

    /// Notes how a receiver becomes what its method takes.
    pub(super) fn note_receiver(&mut self, receiver: ExprId, found: &MethodPick) {
        let Some((&last, before)) = found.steps.split_last() else { return };
        if found.unsize {
            self.note_derefs(receiver, before);
            let array = before.last().copied().unwrap_or(last);
            let mutable = found.autoref == Some(true);
            self.results.adjust(receiver, Adjust::Borrow { mutable }, array.reference(mutable));
            self.results.adjust(receiver, Adjust::Unsize, last.reference(mutable));
            return;
        }
        self.note_derefs(receiver, &found.steps);
        match (found.autoref, last.kind()) {
            (Some(mutable), _) => self.results.adjust(receiver, Adjust::Borrow { mutable }, last.reference(mutable)),
            (None, TyKind::Ref(inner, true)) if found.receiver == *inner && self.takes_shared(found.member) => {
                self.results.adjust(receiver, Adjust::Deref, *inner);
                self.results.adjust(receiver, Adjust::Borrow { mutable: false }, inner.reference(false));
            }
            (None, TyKind::Ptr(_, true)) if matches!(found.receiver.kind(), TyKind::Ptr(_, false)) => {
                self.results.adjust(receiver, Adjust::Pointer, found.receiver);
            }
            _ => {}
        }
    }

    fn takes_shared(&self, member: DefId) -> bool {
        self.world.function(member).is_some_and(|function| matches!(function.self_param, Some(SelfParam::Ref)))
    }
}
