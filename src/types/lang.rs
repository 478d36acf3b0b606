//! std's items that the language itself refers to, looked up once for the world.

use rustc_hash::FxHashSet;

use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::ty::DefId;
use crate::types::world::World;

/// Traits that decide no type: they are taken to hold.
const MARKERS: [&str; 12] = [
    "Sized",
    "Send",
    "Sync",
    "Unpin",
    "UnwindSafe",
    "RefUnwindSafe",
    "Freeze",
    "MetaSized",
    "PointeeSized",
    "Destruct",
    "Copy",
    "Allocator",
];

/// Traits that closures and functions implement.
const FUNCTIONS: [&str; 6] = ["Fn", "FnMut", "FnOnce", "AsyncFn", "AsyncFnMut", "AsyncFnOnce"];

/// std's items that the language itself refers to.
#[derive(Debug, Default)]
pub struct Lang {
    /// `Deref`.
    pub deref: Option<DefId>,
    /// `Index`.
    pub index: Option<DefId>,
    /// `IntoIterator`.
    pub into_iterator: Option<DefId>,
    /// `IntoFuture`.
    pub into_future: Option<DefId>,
    /// `Vec`.
    pub vec: Option<DefId>,
    /// `Box`.
    pub boxed: Option<DefId>,
    /// `String`.
    pub string: Option<DefId>,
    /// Traits that decide no type.
    pub markers: FxHashSet<DefId>,
    /// Traits that closures and functions implement.
    pub functions: FxHashSet<DefId>,
}

impl Lang {
    /// Looks the items up; the world's names are resolved.
    pub fn of(world: &World) -> Self {
        let find = |path: [&str; 2]| world.std_item(&path.map(Name::new));
        let (markers, functions) = (MARKERS.map(Name::new), FUNCTIONS.map(Name::new));
        let mut lang = Self {
            deref: find(["ops", "Deref"]),
            index: find(["ops", "Index"]),
            into_iterator: find(["iter", "IntoIterator"]),
            into_future: find(["future", "IntoFuture"]),
            vec: find(["vec", "Vec"]),
            boxed: find(["boxed", "Box"]),
            string: find(["string", "String"]),
            ..Self::default()
        };
        for krate in world.crates.iter().filter(|krate| krate.is_std) {
            let traits = world.items_of(krate.root).filter(|(_, item)| matches!(item.kind, ItemKind::Trait { .. }));
            for (def, item) in traits {
                if markers.contains(&item.name) {
                    lang.markers.insert(def);
                }
                if functions.contains(&item.name) {
                    lang.functions.insert(def);
                }
            }
        }
        lang
    }
}
