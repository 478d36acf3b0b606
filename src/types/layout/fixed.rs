//! Whether the language promises how a type is laid out, for code that reads one type's bytes as another's.

use crate::model::item::Mark;
use crate::types::ty::{Ty, TyKind};
use crate::types::world::World;

/// Types within types that are looked at.
const DEPTH: u32 = 8;

impl World {
    /// Tells whether the language fixes the layout of `ty`, so that another compiler, or another build, lays it out alike. False
    /// for what is not known, and for structs, enums and tuples without a `repr` that fixes it.
    pub fn has_fixed_layout(&self, ty: Ty) -> bool {
        self.is_fixed(ty, DEPTH)
    }

    fn is_fixed(&self, ty: Ty, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match ty.kind() {
            TyKind::Bool | TyKind::Char | TyKind::Str | TyKind::Int(_) | TyKind::Float(_) | TyKind::FnPtr(..) => true,
            TyKind::Ref(..) | TyKind::Ptr(..) => true,
            TyKind::Slice(elem) | TyKind::Array(elem, _) => self.is_fixed(*elem, depth),
            TyKind::Tuple(parts) => parts.is_empty(),
            TyKind::Adt(def, args) => {
                let Some(item) = self.item(*def) else { return false };
                let repr = item.attrs.is(Mark::ReprC)
                    || item.attrs.is(Mark::ReprTransparent)
                    || item.attrs.is(Mark::ReprSimd)
                    || item.attrs.repr_int.name().is_some();
                let is_std = self.crate_of(def.file).is_some_and(|krate| krate.is_std);
                let promised = || {
                    let name = item.name;
                    match (name.as_str(), args.first()) {
                        // Null stands for None.
                        ("Option", Some(&some)) => match some.kind() {
                            TyKind::Ref(..) | TyKind::FnPtr(..) => true,
                            TyKind::Adt(..) => self.is_std_named(some, &["Box", "NonNull", "NonZero"]),
                            _ => false,
                        },
                        (name, _) => {
                            name.starts_with("Atomic") || matches!(name, "Box" | "NonNull" | "NonZero" | "PhantomData")
                        }
                    }
                };
                repr || is_std && promised()
            }
            _ => false,
        }
    }

    fn is_std_named(&self, ty: Ty, names: &[&str]) -> bool {
        let TyKind::Adt(def, _) = ty.kind() else { return false };
        let is_std = self.crate_of(def.file).is_some_and(|krate| krate.is_std);
        is_std && names.contains(&self.name_of(*def).as_str())
    }
}
