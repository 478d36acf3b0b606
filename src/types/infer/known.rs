//! Answers that hold for a whole file or a whole body, kept so that the same question is worked out once.

use rustc_hash::FxHashMap;

use crate::types::names::ModuleId;
use crate::types::ty::{Def, Ty};

/// What was asked before.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Whether types without parameters or open parts implement traits.
    implement: FxHashMap<(Ty, Def), bool>,
    /// The same of types with parameters: of those each body says something else.
    here: FxHashMap<(Ty, Def), bool>,
    /// Whether traits are in scope in a module or block.
    pub(super) in_scope: FxHashMap<(ModuleId, Def), bool>,
}

impl Known {
    /// Forgets what holds for one body alone.
    pub(super) fn enter_body(&mut self) {
        self.here.clear();
    }

    /// Whether a type without open parts implements a trait, as far as it was asked; where to keep it.
    pub(super) fn implements(&mut self, ty: Ty) -> &mut FxHashMap<(Ty, Def), bool> {
        let flags = ty.flags();
        if flags.param || flags.assoc { &mut self.here } else { &mut self.implement }
    }
}
