//! Memo tables of inference, for a whole file or a whole body: the same query is computed once.

use std::hash::Hash;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::method::MethodPick;
use crate::facts::auto_traits::AutoTrait;
use crate::model::name::Name;
use crate::types::names::ModuleId;
use crate::types::ty::{DefId, Ty};

/// Results of queries about types without inference variables: a variable may be bound before the next query.
#[derive(Default)]
pub(super) struct QueryMemo {
    /// Whether a type implements a trait.
    pub(super) implements: Memo<(Ty, DefId), bool>,
    /// The method of a name that a type has, in a module or block.
    pub(super) methods: Memo<(ModuleId, Ty, Name), Option<Rc<MethodPick>>>,
    /// What an associated type of a type is: its trait, its name, and what the trait's one argument is, if it has one.
    pub(super) projections: Memo<(Ty, DefId, Name, Option<Ty>), Option<Ty>>,
    /// Whether a type may have an auto trait.
    pub(super) auto_traits: Memo<(Ty, AutoTrait), bool>,
    /// Whether a trait is in scope in a module or block.
    pub(super) in_scope: FxHashMap<(ModuleId, DefId), bool>,
}

impl QueryMemo {
    /// Clears what holds for one body alone.
    pub(super) fn enter_body(&mut self) {
        self.implements.body.clear();
        self.methods.body.clear();
        self.projections.body.clear();
        self.auto_traits.body.clear();
    }
}

/// Results by key.
pub(super) struct Memo<K, V> {
    file: FxHashMap<K, V>,
    /// Results about types with parameters: the bounds in scope differ from body to body.
    body: FxHashMap<K, V>,
}

impl<K: Eq + Hash, V> Memo<K, V> {
    /// Returns the results about such types: those of the body where a type has parameters, else those of the file.
    pub(super) fn for_types(&mut self, types: &[Ty]) -> &mut FxHashMap<K, V> {
        let is_generic = |ty: &Ty| ty.flags().param || ty.flags().assoc;
        if types.iter().any(is_generic) { &mut self.body } else { &mut self.file }
    }
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self { file: FxHashMap::default(), body: FxHashMap::default() }
    }
}
