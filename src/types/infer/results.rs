//! What inference notes of the body at hand, still with its variables; `freeze.rs` makes a typed body of it.

use crate::model::hir::{BindingId, ExprId, PatId};
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::{DefId, Ty};
use crate::types::typed_body::{Adjust, Adjustment, CallKind, ValueRes};

use super::Infer;

/// The notes on one body. Its vectors are kept from body to body.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// The first expression of the body.
    pub(super) first: u32,
    /// By expression from `first` on.
    pub(super) types: Vec<Ty>,
    pub(super) res: Vec<(ExprId, ValueRes)>,
    /// What the last path that was looked at means.
    pub(super) last_res: Option<ValueRes>,
    pub(super) pat_res: Vec<(PatId, ValueRes)>,
    pub(super) calls: Vec<NotedCall>,
    /// The generic arguments of all calls, one call's after the other's.
    pub(super) args: Vec<Ty>,
    pub(super) callees: Vec<(ExprId, Callee)>,
    pub(super) adjustments: Vec<(ExprId, Adjustment)>,
    /// Expressions whose values are taken where another type is wanted, with that type.
    pub(super) coerced: Vec<(ExprId, Ty)>,
    pub(super) peeled: Vec<(PatId, u8)>,
    pub(super) by_default: Vec<(BindingId, bool)>,
    pub(super) receivers: Vec<(ExprId, Ty)>,
    pub(super) coercions: Vec<(ExprId, Ty)>,
    pub(super) static_muts: Vec<ExprId>,
}

/// A call that was looked at; its arguments end where the next one's begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct NotedCall {
    pub(super) at: ExprId,
    pub(super) def: Option<DefId>,
    pub(super) first_arg: u32,
    pub(super) last_arg: u32,
    pub(super) kind: CallKind,
}

impl Results {
    /// Forgets everything; the memory is kept for the next body.
    pub(super) fn clear(&mut self) {
        self.first = 0;
        self.types.clear();
        self.res.clear();
        self.last_res = None;
        self.pat_res.clear();
        self.calls.clear();
        self.args.clear();
        self.callees.clear();
        self.adjustments.clear();
        self.coerced.clear();
        self.peeled.clear();
        self.by_default.clear();
        self.receivers.clear();
        self.coercions.clear();
        self.static_muts.clear();
    }

    /// Notes what a path means.
    pub(super) fn note_res(&mut self, at: ExprId, res: ValueRes) {
        self.last_res = Some(res);
        // The missing expression is asked for where a pattern's path is a value.
        if at.number() >= self.first && at != ExprId::new(0) {
            self.res.push((at, res));
        }
    }

    /// Notes what a call runs.
    pub(super) fn note_call(&mut self, at: ExprId, def: Option<DefId>, args: &[Ty], kind: CallKind) {
        let first_arg = self.args.len() as u32;
        self.args.extend_from_slice(args);
        let last_arg = self.args.len() as u32;
        self.calls.push(NotedCall { at, def, first_arg, last_arg, kind });
    }

    pub(super) fn adjust(&mut self, at: ExprId, kind: Adjust, target: Ty) {
        self.adjustments.push((at, Adjustment { kind, target }));
    }
}

impl Infer<'_> {
    /// Notes what a call or an overloaded operator runs; `owner` names a type where no container does.
    pub(super) fn record_callee(&mut self, id: ExprId, def: DefId, owner: Option<Name>) {
        let mut callee = self.world.fn_sig(def).map_or_else(|| Callee::of(self.world, def), |sig| sig.callee);
        callee.owner = owner.unwrap_or(callee.owner);
        self.results.callees.push((id, callee));
    }

    /// Notes that the first of `steps` is dereferenced until the last of them.
    pub(super) fn note_derefs(&mut self, id: ExprId, steps: &[Ty]) {
        for pair in steps.windows(2) {
            let &[from, to] = pair else { continue };
            let kind = if self.is_builtin_deref(from) { Adjust::Deref } else { Adjust::OverloadedDeref };
            self.results.adjust(id, kind, to);
        }
    }
}
