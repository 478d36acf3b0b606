//! std's items that the language itself refers to, looked up once for the world.

use rustc_hash::FxHashSet;

use crate::facts::auto_traits::{AutoTrait, FACTS_OF_TYPES};
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::ty::DefId;
use crate::types::world::World;

/// Traits that decide no type: they are taken to hold.
const MARKERS: [&str; 6] = ["Sized", "Freeze", "MetaSized", "PointeeSized", "Destruct", "Allocator"];

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
    /// Names of constants and the like that begin as bindings do: in a pattern they may mean those.
    pub lowercase_constants: FxHashSet<Name>,
    /// `Copy`.
    pub copy: Option<DefId>,
    /// `Clone`.
    pub clone: Option<DefId>,
    /// The auto traits, in the order of `AutoTrait::ALL`.
    auto_traits: [Option<DefId>; AutoTrait::ALL.len()],
    /// Types of std that do not have an auto trait, whatever they are made of.
    not_auto: FxHashSet<(DefId, AutoTrait)>,
    /// Types of std that have an auto trait as their arguments have it.
    auto_as_arguments: FxHashSet<DefId>,
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
            copy: find(["marker", "Copy"]),
            clone: find(["clone", "Clone"]),
            auto_traits: AutoTrait::ALL.map(|of| find(of.path())),
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
        lang.lowercase_constants = lowercase_constants(world);
        lang.read_auto_trait_facts(world);
        lang
    }

    fn read_auto_trait_facts(&mut self, world: &World) {
        // auditor: allow(panicking-api) the initialisation reads data that a test reads
        for fact in FACTS_OF_TYPES.iter() {
            for path in &fact.paths {
                let path: Vec<Name> = path.split("::").map(Name::new).collect();
                let Some(def) = world.std_item(&path) else { continue };
                self.not_auto.extend(fact.not.iter().map(|&of| (def, of)));
                if fact.as_arguments {
                    self.auto_as_arguments.insert(def);
                }
            }
        }
    }

    /// Returns which auto trait `of` is, if it is one.
    pub fn auto_trait(&self, of: DefId) -> Option<AutoTrait> {
        let at = self.auto_traits.iter().position(|&known| known == Some(of))?;
        AutoTrait::ALL.get(at).copied()
    }

    /// Returns where an auto trait is.
    pub fn auto_trait_def(&self, of: AutoTrait) -> Option<DefId> {
        self.auto_traits.get(of as usize).copied().flatten()
    }

    /// Whether std says that a type of its own does not have an auto trait.
    pub fn is_not_auto(&self, def: DefId, of: AutoTrait) -> bool {
        self.not_auto.contains(&(def, of))
    }

    /// Whether a type of std has an auto trait exactly where its arguments have it.
    pub fn is_auto_as_arguments(&self, def: DefId) -> bool {
        self.auto_as_arguments.contains(&def)
    }
}

/// Whether a name begins as those of bindings do.
pub fn is_lowercase(name: Name) -> bool {
    name.as_str().starts_with(|c: char| c.is_lowercase() || c == '_')
}

/// The lowercase names of what a pattern may name: constants, unit structs, unit variants, and whatever an import renames.
fn lowercase_constants(world: &World) -> FxHashSet<Name> {
    let of_std: Vec<_> = world.crates.iter().filter(|krate| krate.is_std).map(|krate| krate.root).collect();
    let mut found = FxHashSet::default();
    for model in world.files.iter().filter(|model| !of_std.contains(&model.file)) {
        let constants = model.items.iter().filter(|item| match item.kind {
            ItemKind::Const { .. } | ItemKind::Static { .. } => true,
            ItemKind::Struct { fields, .. } => fields.is_empty(),
            _ => false,
        });
        let variants = model.variants.iter().filter(|variant| variant.unit).map(|variant| variant.name);
        let renamed = model.imports.iter().filter_map(|import| {
            let own = model.path(import.path)?.segments.last()?.name;
            import.name.filter(|&name| name != own)
        });
        let names = constants.map(|item| item.name).chain(variants).chain(renamed);
        found.extend(names.filter(|&name| name != Name::UNDERSCORE && is_lowercase(name)));
    }
    found
}
