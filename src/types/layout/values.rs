//! What values a type can have, for code that makes them of bytes: whether none may be zero or uninitialized, whether some part of
//! it may change behind a shared reference. What is not known is answered so that nothing is said of it.

use std::cell::Cell;

use super::arguments;
use crate::model::item::ItemKind;
use crate::types::ty::{ConstArg, DefId, Ty, TyKind};
use crate::types::world::World;

/// Types within types that are looked at.
const DEPTH: u32 = 12;

/// Types that one question looks at.
const FUEL: u32 = 1_000;

/// std's types that hold no cell but what their arguments hold.
const PLAIN: [&str; 10] =
    ["Vec", "String", "Option", "Result", "Box", "Wrapping", "Duration", "NonNull", "NonZero", "ManuallyDrop"];

impl World {
    /// Tells whether something in `ty` may be written behind a shared reference: a cell or atomic, or what is not known.
    pub fn may_hold_cell(&self, ty: Ty) -> bool {
        self.holds_cell(ty, DEPTH, &Cell::new(FUEL))
    }

    fn holds_cell(&self, ty: Ty, depth: u32, fuel: &Cell<u32>) -> bool {
        let (Some(depth), true) = (depth.checked_sub(1), spend(fuel)) else { return true };
        match ty.kind() {
            TyKind::Bool | TyKind::Char | TyKind::Str | TyKind::Int(_) | TyKind::Float(_) => false,
            // What a pointer is to is another object.
            TyKind::Ref(..) | TyKind::Ptr(..) | TyKind::FnPtr(..) => false,
            TyKind::Slice(elem) | TyKind::Array(elem, _) => self.holds_cell(*elem, depth, fuel),
            TyKind::Tuple(parts) => parts.iter().any(|&part| self.holds_cell(part, depth, fuel)),
            TyKind::Adt(def, args) if self.is_of_std(*def) => match self.name_of(*def).as_str() {
                "PhantomData" => false,
                name if PLAIN.contains(&name) => args.iter().any(|&arg| self.holds_cell(arg, depth, fuel)),
                "Global" => false,
                _ => true,
            },
            TyKind::Adt(def, args) => match self.fields_of(*def, args) {
                Some(fields) => fields.into_iter().any(|field| self.holds_cell(field, depth, fuel)),
                None => true,
            },
            _ => true,
        }
    }

    /// Tells whether no value of `ty` has all its bytes zero: it certainly holds a reference, a box, a function or a `NonZero`.
    pub fn forbids_zero(&self, ty: Ty) -> bool {
        self.certainly_holds(ty, DEPTH, &Cell::new(FUEL), &|part| match part.kind() {
            TyKind::Ref(..) | TyKind::FnPtr(..) => true,
            TyKind::Adt(def, _) => {
                let name = self.name_of(*def);
                let never = ["Box", "NonNull", "NonZero", "Rc", "Arc", "Vec", "String"];
                self.is_of_std(*def) && never.contains(&name.as_str())
            }
            _ => false,
        })
    }

    /// Tells whether bytes that nobody wrote are no value of `ty`, for certain.
    pub fn forbids_uninit(&self, ty: Ty) -> bool {
        self.certainly_holds(ty, DEPTH, &Cell::new(FUEL), &|part| match part.kind() {
            TyKind::Bool | TyKind::Char | TyKind::Int(_) | TyKind::Float(_) => true,
            TyKind::Ref(..) | TyKind::Ptr(..) | TyKind::FnPtr(..) => true,
            TyKind::Adt(def, _) => {
                let name = self.name_of(*def);
                let never = ["Box", "NonNull", "NonZero", "Rc", "Arc", "Vec", "String", "Option"];
                self.is_of_std(*def) && never.contains(&name.as_str())
            }
            _ => false,
        })
    }

    fn is_of_std(&self, def: DefId) -> bool {
        self.crate_of(def.file).is_some_and(|krate| krate.is_std)
    }

    /// Whether `found` is true of a part that every value of `ty` has. Unions and enums have none.
    fn certainly_holds(&self, ty: Ty, depth: u32, fuel: &Cell<u32>, found: &dyn Fn(Ty) -> bool) -> bool {
        let (Some(depth), true) = (depth.checked_sub(1), spend(fuel)) else { return false };
        if found(ty) {
            return true;
        }
        match ty.kind() {
            TyKind::Array(elem, ConstArg::Known(len)) => *len > 0 && self.certainly_holds(*elem, depth, fuel, found),
            TyKind::Tuple(parts) => parts.iter().any(|&part| self.certainly_holds(part, depth, fuel, found)),
            TyKind::Adt(def, args) => {
                let is_struct = self.item(*def).is_some_and(|item| matches!(item.kind, ItemKind::Struct { .. }));
                if !is_struct || self.is_of_std(*def) {
                    return false;
                }
                let fields = self.fields_of(*def, args).unwrap_or_default();
                fields.into_iter().any(|field| self.certainly_holds(field, depth, fuel, found))
            }
            _ => false,
        }
    }

    /// The types of all fields, of whatever variant.
    fn fields_of(&self, def: DefId, args: &[Ty]) -> Option<Vec<Ty>> {
        let shape = self.adt(def)?;
        let subst = arguments(shape, args);
        let fields = shape.variants.iter().flat_map(|variant| &variant.fields);
        Some(fields.map(|&(_, field)| subst.apply(field)).collect())
    }
}

fn spend(fuel: &Cell<u32>) -> bool {
    let left = fuel.get();
    fuel.set(left.saturating_sub(1));
    left > 0
}
