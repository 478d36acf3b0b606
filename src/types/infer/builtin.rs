//! Traits that the language or a derive implements: `Copy` and `Clone` of what is made of parts, and std's derives, each where
//! the parts or the type arguments have the trait.

use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::ty::{DefId, TraitRef, Ty, TyKind, Tys};

use super::Infer;

impl Infer<'_> {
    /// Whether a type has a trait without an impl of its own.
    pub(super) fn builtin(&mut self, ty: Ty, of: DefId) -> bool {
        let lang = &self.world.lang;
        let (is_copy, is_clone) = (lang.copy == Some(of), lang.clone == Some(of));
        match ty.kind() {
            TyKind::Adt(def, args) => self.is_derived(*def, args, of),
            TyKind::Tuple(parts) if is_copy || is_clone => parts.iter().all(|&part| self.part_has(part, of)),
            TyKind::Array(inner, _) if is_copy || is_clone => self.part_has(*inner, of),
            // What a closure captures is not looked at.
            TyKind::Closure(..) | TyKind::FnDef(..) | TyKind::FnPtr(..) => is_copy || is_clone,
            TyKind::Bool | TyKind::Char | TyKind::Int(_) | TyKind::Float(_) | TyKind::Ptr(..) | TyKind::Never => {
                is_copy
            }
            _ => false,
        }
    }

    /// Whether a type derives a trait of std's, and has it: the derive asks it of the type's arguments.
    fn is_derived(&mut self, def: DefId, args: &[Ty], of: DefId) -> bool {
        let world = self.world;
        let Some(item) = world.item(def) else { return false };
        let name = world.name_of(of);
        if !item.attrs.derives.has(name) || !world.crate_of(of.file).is_some_and(|krate| krate.is_std) {
            return false;
        }
        // The default of an enum is one of its variants: its arguments need none.
        let asks_nothing = name == Name::DEFAULT && matches!(item.kind, ItemKind::Enum { .. });
        asks_nothing || args.iter().all(|&arg| self.part_has(arg, of))
    }

    /// Whether a part of a type has, or may have, the trait that the whole is asked for.
    fn part_has(&mut self, part: Ty, of: DefId) -> bool {
        if matches!(part.kind(), TyKind::Const(_)) {
            return true;
        }
        // `PartialEq` and `PartialOrd` are of the part with itself.
        let args: Tys = self.world.generic_names(of).map(|_| part).collect();
        self.holds(part, &TraitRef { def: of, args, bindings: Box::default() })
    }
}
