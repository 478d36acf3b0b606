//! Auto traits by structure: a type has one if all that it is made of has it, unless an impl decides. Where a part is not known,
//! it may have it: only what is known not to have the trait counts against a candidate.

use crate::facts::auto_traits::AutoTrait;
use crate::model::item::ItemKind;
use crate::types::index::SimplifiedType;
use crate::types::lower_ty::Scope;
use crate::types::subst::Subst;
use crate::types::ty::{DefId, Ty, TyKind};

use super::Infer;
use super::select::DEPTH;

/// Traits that are looked through for supertraits whose crates were not read.
const SUPERTRAITS: usize = 64;

impl Infer<'_> {
    /// Whether a type has an auto trait, as far as is known.
    pub(super) fn may_have_auto_trait(&mut self, ty: Ty, of: AutoTrait) -> bool {
        let ty = self.normalize(ty);
        let ty = self.resolve(ty);
        if ty.flags().infer || !self.selecting.is_empty() {
            return self.auto_trait_now(ty, of);
        }
        if let Some(&known) = self.memo.auto_traits.for_types(&[ty]).get(&(ty, of)) {
            return known;
        }
        let answer = self.auto_trait_now(ty, of);
        // Where the steps ran out, nothing was found out.
        if self.fuel.get() > 0 {
            self.memo.auto_traits.for_types(&[ty]).insert((ty, of), answer);
        }
        answer
    }

    fn auto_trait_now(&mut self, ty: Ty, of: AutoTrait) -> bool {
        let Some(def) = self.world.lang.auto_trait_def(of) else { return true };
        if self.depth >= DEPTH || !self.step(ty) {
            return true;
        }
        if self.env.iter().any(|(subject, bound)| *subject == ty && bound.def == def) {
            return true;
        }
        let all = |this: &mut Self, parts: &[Ty]| parts.iter().all(|&part| this.may_have_auto_trait(part, of));
        match ty.kind() {
            TyKind::Param(_) | TyKind::Dyn(_) => self.clause(ty, def, &[]).is_some() || self.has_open_bounds(),
            TyKind::Ref(inner, mutable) => self.auto_trait_of_ref(*inner, *mutable, of),
            TyKind::Ptr(inner, _) => match of {
                AutoTrait::Send | AutoTrait::Sync => false,
                AutoTrait::Unpin => true,
                AutoTrait::UnwindSafe | AutoTrait::RefUnwindSafe => {
                    self.may_have_auto_trait(*inner, AutoTrait::RefUnwindSafe)
                }
            },
            TyKind::Slice(inner) | TyKind::Array(inner, _) => self.may_have_auto_trait(*inner, of),
            TyKind::Tuple(parts) => all(self, parts),
            TyKind::Adt(adt, args) if self.world.lang.is_auto_as_arguments(*adt) => all(self, args),
            // What contains itself has the trait if the rest of it has.
            TyKind::Adt(adt, args) => {
                self.with_cycle_guard(ty, def, |this| this.auto_trait_of_adt(ty, (*adt, args), of)).unwrap_or(true)
            }
            // What a closure captures is not looked at, and what is behind `impl Trait` is its function's business.
            _ => true,
        }
    }

    fn auto_trait_of_ref(&mut self, inner: Ty, mutable: bool, of: AutoTrait) -> bool {
        let wanted = match of {
            AutoTrait::Unpin => return true,
            AutoTrait::UnwindSafe if mutable => return false,
            AutoTrait::UnwindSafe => AutoTrait::RefUnwindSafe,
            AutoTrait::Send if !mutable => AutoTrait::Sync,
            of => of,
        };
        self.may_have_auto_trait(inner, wanted)
    }

    fn auto_trait_of_adt(&mut self, ty: Ty, (adt, args): (DefId, &[Ty]), of: AutoTrait) -> bool {
        let world = self.world;
        if world.lang.is_not_auto(adt, of) {
            return false;
        }
        // An impl for the type decides, whatever it is made of.
        let impls = world.lang.auto_trait_def(of).into_iter();
        for at in impls.flat_map(|def| world.impls.of_trait(def, Some(SimplifiedType::Adt(adt)))) {
            let Some(data) = world.impl_at(at).filter(|data| matches!(data.self_ty.kind(), TyKind::Adt(..))) else {
                continue;
            };
            if let Some(subst) = self.match_header(&data.generics, std::iter::once((data.self_ty, ty))) {
                return self.bounds_may_hold(data, &subst);
            }
        }
        let Some(shape) = world.adt(adt) else { return true };
        let subst = Subst(shape.generics.iter().map(|&(name, _)| name).zip(args.iter().copied()).collect());
        // A field that only some builds have says nothing about this one.
        let certain = shape.variants.iter().filter(|variant| !variant.conditional);
        certain.flat_map(|variant| &variant.fields).all(|&(_, field)| self.may_have_auto_trait(subst.apply(field), of))
    }

    /// Whether what is declared of the body's parameters was understood in part only: a trait of a crate that was not read may
    /// have any supertrait.
    fn has_open_bounds(&mut self) -> bool {
        if let Some(known) = self.open_bounds {
            return known;
        }
        let open = self.has_unknown_bounds() || self.has_unknown_supertraits();
        self.open_bounds = Some(open);
        open
    }

    fn has_unknown_bounds(&self) -> bool {
        let world = self.world;
        let container = world.container(self.owner);
        [Some(self.owner), container].into_iter().flatten().any(|def| {
            let Some((item, scope)) = world.item(def).zip(Scope::of_item(world, def)) else { return true };
            let generics = scope.model.generics(item.generics);
            let mut paths = generics.bounds.iter().flat_map(|&(_, paths)| scope.model.list(paths));
            paths.any(|&path| scope.trait_ref(path, None).is_none())
        })
    }

    fn has_unknown_supertraits(&self) -> bool {
        let world = self.world;
        let mut queue: Vec<DefId> = self.env.iter().map(|(_, bound)| bound.def).collect();
        let mut seen = 0;
        while let Some(&of) = queue.get(seen).filter(|_| seen < SUPERTRAITS) {
            seen += 1;
            let declared = match world.item(of).map(|item| item.kind) {
                Some(ItemKind::Trait { supertraits, .. }) => {
                    world.file(of.file).map(|file| file.list(supertraits).len())
                }
                _ => None,
            };
            let Some(data) = world.impls.trait_data(of) else { return true };
            if declared.is_none_or(|declared| data.supertraits.len() < declared) {
                return true;
            }
            let above = data.supertraits.iter().map(|above| above.def).filter(|def| !queue.contains(def));
            queue.extend(above.collect::<Vec<_>>());
        }
        seen >= SUPERTRAITS
    }
}
