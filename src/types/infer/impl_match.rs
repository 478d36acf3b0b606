//! One-way matching of an impl header against concrete types: parameters are read off the match, which avoids creating inference
//! variables for them.

use smallvec::SmallVec;

use crate::model::name::Name;
use crate::types::subst::Subst;
use crate::types::ty::{ConstArg, Ty, TyKind};

use super::Infer;

/// A partial substitution: each parameter, whether it is a constant, and its argument where the match has decided it.
struct PartialSubst(SmallVec<[(Name, bool, Option<Ty>); 6]>);

impl PartialSubst {
    fn get_mut(&mut self, name: Name) -> Option<&mut Option<Ty>> {
        self.0.iter_mut().rev().find(|(known, ..)| *known == name).map(|(.., ty)| ty)
    }
}

impl Infer<'_> {
    /// Matches types of a declaration with the parameters `generics` against types at hand, as `unify` does with variables for
    /// the parameters. Returns what those stand for, a variable for each that is left open; binds nothing where it is `None`.
    pub(super) fn match_header(
        &mut self,
        generics: &[(Name, bool)],
        mut pairs: impl Iterator<Item = (Ty, Ty)>,
    ) -> Option<Subst> {
        let mut slots = PartialSubst(generics.iter().map(|&(name, is_const)| (name, is_const, None)).collect());
        let matched =
            self.commit_if_ok(|this| pairs.all(|(declared, ty)| this.match_declared(declared, ty, &mut slots)));
        matched.then(|| self.complete(&mut slots))
    }

    fn match_declared(&mut self, declared: Ty, ty: Ty, slots: &mut PartialSubst) -> bool {
        if !declared.flags().param {
            return self.unify(declared, ty);
        }
        let ty = self.shallow(ty);
        match (declared.kind(), ty.kind()) {
            (_, TyKind::Unknown) => true,
            (TyKind::Param(name), kind) => match slots.get_mut(*name) {
                Some(slot @ None) => {
                    // What never returns says nothing about a type.
                    if !matches!(kind, TyKind::Never) {
                        *slot = Some(ty);
                    }
                    true
                }
                Some(Some(known)) => {
                    let known = *known;
                    self.unify(known, ty)
                }
                None => self.unify(declared, ty),
            },
            (TyKind::Const(ConstArg::Param(name)), TyKind::Const(len)) => self.match_len(*name, *len, slots),
            (TyKind::Array(one, len), TyKind::Array(other, also)) => {
                self.match_declared(*one, *other, slots)
                    && match len {
                        ConstArg::Param(name) => self.match_len(*name, *also, slots),
                        len => self.unify_len(*len, *also),
                    }
            }
            (TyKind::Adt(one, these), TyKind::Adt(other, those)) => one == other && self.match_all(these, those, slots),
            (TyKind::Ref(one, mutable), TyKind::Ref(other, also))
            | (TyKind::Ptr(one, mutable), TyKind::Ptr(other, also)) => {
                mutable == also && self.match_declared(*one, *other, slots)
            }
            (TyKind::Slice(one), TyKind::Slice(other)) => self.match_declared(*one, *other, slots),
            (TyKind::Tuple(these), TyKind::Tuple(those))
            | (TyKind::FnPtr(these, false), TyKind::FnPtr(those, false))
            | (TyKind::FnPtr(these, true), TyKind::FnPtr(those, true)) => {
                these.len() == those.len() && self.match_all(these, those, slots)
            }
            _ => {
                // Something in between decides: associated types, a variable for the whole.
                let subst = self.complete(slots);
                self.unify(subst.apply(declared), ty)
            }
        }
    }

    fn match_all(&mut self, these: &[Ty], those: &[Ty], slots: &mut PartialSubst) -> bool {
        these.iter().zip(those).all(|(&declared, &ty)| self.match_declared(declared, ty, slots))
    }

    fn match_len(&mut self, name: Name, len: ConstArg, slots: &mut PartialSubst) -> bool {
        match slots.get_mut(name) {
            Some(slot @ None) => {
                *slot = Some(Ty::intern(TyKind::Const(self.table.shallow_len(len))));
                true
            }
            Some(Some(known)) => match known.kind() {
                TyKind::Const(known) => self.unify_len(*known, len),
                _ => true,
            },
            None => self.unify_len(ConstArg::Param(name), len),
        }
    }

    /// What the parameters stand for; each that is open is a variable from here on.
    fn complete(&mut self, slots: &mut PartialSubst) -> Subst {
        let each = slots.0.iter_mut();
        Subst(each.map(|(name, is_const, ty)| (*name, *ty.get_or_insert_with(|| self.fresh_arg(*is_const)))).collect())
    }
}
