//! Which trait an associated type means where only its name is written: `T::Item` by the bounds on `T`.

use crate::model::name::Name;
use crate::types::subst::{rebuild, rebuild_trait};
use crate::types::traits::TraitData;
use crate::types::ty::{DefId, TraitRef, Ty, TyKind};

/// Supertraits that are looked through.
const REACH: usize = 64;

/// The bounds in scope of a declaration, and the traits of the world.
pub struct Bounds<'b> {
    /// Types and what they implement.
    pub known: &'b [(Ty, TraitRef)],
    /// The trait that `Self` implements here, of a trait's or an impl's own declaration.
    pub own: Option<(Ty, DefId)>,
    /// Looks a trait up.
    pub trait_data: &'b dyn Fn(DefId) -> Option<&'b TraitData>,
}

impl Bounds<'_> {
    /// Replaces associated types that name no trait by such that do, where a bound decides.
    pub fn qualify_assoc(&self, ty: Ty) -> Ty {
        if !ty.flags().assoc {
            return ty;
        }
        match ty.kind() {
            TyKind::Projection(base, None, name, args) => {
                let base = self.qualify_assoc(*base);
                match self.declaring(base, *name) {
                    Some((of, args)) => Ty::intern(TyKind::Projection(base, Some(of), *name, args.into())),
                    None => Ty::intern(TyKind::Projection(base, None, *name, *args)),
                }
            }
            _ => rebuild(ty, &mut |part| self.qualify_assoc(part)),
        }
    }

    /// Does the same within a trait reference.
    pub fn qualify_assoc_trait(&self, of: &TraitRef) -> TraitRef {
        rebuild_trait(of, &mut |part| self.qualify_assoc(part))
    }

    /// The trait that declares the associated type `name` of `base`, and its arguments where the bound itself names it.
    fn declaring(&self, base: Ty, name: Name) -> Option<(DefId, &[Ty])> {
        const NONE: &[Ty] = &[];
        let bounds = self.known.iter().filter(|(subject, _)| *subject == base);
        let mut queue: Vec<(DefId, &[Ty])> = bounds.map(|(_, bound)| (bound.def, &*bound.args)).collect();
        queue.extend(self.own.filter(|(own, _)| *own == base).map(|(_, of)| (of, NONE)));
        if let TyKind::Projection(_, Some(of), assoc, _) = base.kind() {
            let declared = (self.trait_data)(*of).and_then(|data| data.types.get(assoc));
            queue.extend(declared.into_iter().flatten().map(|bound| (bound.def, NONE)));
        }
        let mut at = 0;
        while let Some(&(of, args)) = queue.get(at).filter(|_| at < REACH) {
            let data = (self.trait_data)(of);
            if data.is_some_and(|data| data.types.contains_key(&name)) {
                return Some((of, args));
            }
            // What the arguments of a supertrait are is not worked out here.
            queue.extend(data.into_iter().flat_map(|data| &data.supertraits).map(|above| (above.def, NONE)));
            at += 1;
        }
        None
    }
}
