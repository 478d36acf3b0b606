//! Answers that hold for a whole file or a whole body, kept so that the same question is worked out once.

use std::hash::Hash;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::method::Found;
use crate::model::name::Name;
use crate::types::names::ModuleId;
use crate::types::ty::{Def, Ty};

/// What was asked before of types without open parts: what is open may be decided before it is asked again.
#[derive(Default)]
pub(super) struct Known {
    /// Whether a type implements a trait.
    pub(super) implements: Answers<(Ty, Def), bool>,
    /// The method of a name that a type has, in a module or block.
    pub(super) methods: Answers<(ModuleId, Ty, Name), Option<Rc<Found>>>,
    /// What an associated type of a type is: its trait, its name, and what the trait's one argument is, if it has one.
    pub(super) projections: Answers<(Ty, Def, Name, Option<Ty>), Option<Ty>>,
    /// Whether a trait is in scope in a module or block.
    pub(super) in_scope: FxHashMap<(ModuleId, Def), bool>,
}

impl Known {
    /// Forgets what holds for one body alone.
    pub(super) fn enter_body(&mut self) {
        self.implements.here.clear();
        self.methods.here.clear();
        self.projections.here.clear();
    }
}

/// Answers about types.
pub(super) struct Answers<K, V> {
    everywhere: FxHashMap<K, V>,
    /// Of types with parameters each body says something else.
    here: FxHashMap<K, V>,
}

impl<K: Eq + Hash, V> Answers<K, V> {
    /// Returns the answers about types such as these.
    pub(super) fn about(&mut self, types: &[Ty]) -> &mut FxHashMap<K, V> {
        let is_generic = |ty: &Ty| ty.flags().param || ty.flags().assoc;
        if types.iter().any(is_generic) { &mut self.here } else { &mut self.everywhere }
    }
}

impl<K, V> Default for Answers<K, V> {
    fn default() -> Self {
        Self { everywhere: FxHashMap::default(), here: FxHashMap::default() }
    }
}
