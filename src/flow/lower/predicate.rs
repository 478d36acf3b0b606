//! Code that some builds lack: what stands under a cfg attribute within a body is on a way that may be taken or not, so that it
//! proves nothing to what follows, and what follows has no say in it. Where an attribute stands elsewhere than at a statement, a tail or
//! an arm, the graph is not of one piece, and nothing is decided from it.

use super::Lower;
use crate::flow::mir::TerminatorKind;
use crate::model::hir::{Body, CfgId, ExprId, ExprStore};

/// Where a lowering stands among a body's predicates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Predicates {
    /// Whether some of the body stands under a predicate and some does not; few bodies are so.
    differ: bool,
    /// What is lowered stands under it.
    here: Option<CfgId>,
    /// Whether something under a predicate stands where the graph cannot go around it.
    astray: bool,
}

impl Predicates {
    pub(super) fn of(body: &Body, code: &ExprStore) -> Self {
        Self { differ: code.has_cfgs_within(&body.exprs), here: code.cfg_of(body.root), astray: false }
    }

    /// Whether the graph is that of all builds.
    pub(super) fn are_kept(self) -> bool {
        !self.astray
    }
}

impl Lower<'_> {
    /// Lowers what `part` is the root of; where it stands under a predicate of its own, there is a way around it.
    pub(super) fn where_compiled(&mut self, part: ExprId, lower: impl FnOnce(&mut Self)) {
        if !self.has_own_predicate(part) {
            return lower(self);
        }
        let predicate = self.source.code.cfg_of(part);
        let (compiled, around) = (self.new_block(), self.new_block());
        self.terminate(TerminatorKind::Fork(compiled, around));
        self.block = compiled;
        let outer = std::mem::replace(&mut self.predicates.here, predicate);
        lower(self);
        self.predicates.here = outer;
        self.terminate(TerminatorKind::Goto(around));
        self.block = around;
    }

    /// Whether an expression stands under another predicate than what is lowered.
    pub(super) fn has_own_predicate(&self, expr: ExprId) -> bool {
        self.predicates.differ && self.source.code.cfg_of(expr) != self.predicates.here
    }

    /// Notes whether an expression stands under the predicate that is lowered.
    pub(super) fn meet_predicate(&mut self, expr: ExprId) {
        if self.has_own_predicate(expr) {
            self.predicates.astray = true;
        }
    }
}
