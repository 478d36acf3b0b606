//! Closures and `async` blocks: code that may run later.

use super::Lower;
use super::pattern::Scrutinee;
use crate::flow::facts::Term;
use crate::flow::mir::{
    Extent, LocalId, Operand, Place, Rvalue, Scalar, Statement, StatementKind, TerminatorKind, TreePath,
};
use crate::model::hir::{ExprId, List, Param};
use crate::types::ty::TyKind;

impl Lower<'_> {
    /// Lowers a closure of which nobody knows what it is given.
    pub(super) fn closure(&mut self, params: List<Param>, body: ExprId) {
        self.deferred(|this| {
            this.closure_value(params, body, &[]);
        });
    }

    /// Binds a closure's parameters, to what is passed where that is known, and lowers its body.
    pub(super) fn closure_value(&mut self, params: List<Param>, body: ExprId, passed: &[Option<Operand>]) -> Operand {
        for (at, &Param { pat, .. }) in self.source.code.list(params).iter().enumerate() {
            let value = passed.get(at).copied().flatten();
            let place = self.temp_of(value.map_or(Rvalue::Unknown(Scalar::Other), Rvalue::Use));
            let never = self.new_block();
            self.match_pattern(pat, Scrutinee { place, lent: false }, never);
        }
        self.operand(body)
    }

    /// Lowers what may run later, any number of times: on a way that leads nowhere. What it writes is unknown before and after.
    pub(super) fn deferred(&mut self, lower: impl FnOnce(&mut Self)) {
        let (before, first, locals) = (self.block, self.mir.blocks.len(), self.mir.locals);
        let (inner, after) = (self.new_block(), self.new_block());
        self.terminate(TerminatorKind::Fork(inner, after));
        self.block = inner;
        let (breakables, exit) = (std::mem::take(&mut self.breakables), self.exit.take());
        lower(self);
        (self.breakables, self.exit) = (breakables, exit);
        self.terminate(TerminatorKind::Return);
        let written = self.written_since(first, locals);
        let at = self.at;
        if let Some(block) = self.mir.blocks.get_mut(before.0 as usize) {
            let lend = |local| StatementKind::Lend(Place { local, path: TreePath::ROOT }, Extent::Whole);
            block.statements.extend(written.into_iter().map(|local| Statement { at, kind: lend(local) }));
        }
        self.block = after;
    }

    /// The locals below `locals` that blocks from `first` on write or lend.
    fn written_since(&self, first: usize, locals: u32) -> Vec<LocalId> {
        let mut written = Vec::new();
        let mut add = |place: Place| {
            if place.local.0 < locals && !written.contains(&place.local) {
                written.push(place.local);
            }
        };
        for block in self.mir.blocks.get(first..).unwrap_or(&[]) {
            for statement in &block.statements {
                match statement.kind {
                    StatementKind::Assign(place, _) | StatementKind::Lend(place, _) => add(place),
                }
            }
            if let TerminatorKind::Call(call, _) = block.terminator.kind
                && let Some(call) = self.mir.call(call)
            {
                add(call.dest);
                call.lends.iter().for_each(|lend| add(lend.place));
            }
        }
        written
    }

    /// What a closure's parameter is, in terms of the call that the closure is given to.
    pub(super) fn passed(&mut self, term: &Term, args: &[Operand]) -> Option<Operand> {
        use crate::flow::facts::Projected;
        match term {
            Term::Arg(at) => args.get(usize::from(*at)).copied(),
            Term::Projected(of, Projected::Item) => {
                let of = self.passed(of, args)?;
                let item = self.temp_of(Rvalue::Item(of));
                Some(Operand::Read(item, Scalar::Other))
            }
            Term::Projected(of, part) => {
                let Operand::Read(place, _) = self.passed(of, args)? else { return None };
                let step = match *part {
                    Projected::Field(name) => crate::flow::mir::Projection::Field(name),
                    Projected::Variant(name) => crate::flow::mir::Projection::Variant(name),
                    _ => return None,
                };
                Some(Operand::Read(self.mir.project(place, step), Scalar::Other))
            }
            _ => None,
        }
    }

    /// What is known of the numbers that a closure is given.
    pub(super) fn param_scalars(&self, closure: ExprId) -> Vec<Scalar> {
        match self.ty(closure).kind() {
            TyKind::Closure(_, parts) => parts.iter().map(|&part| self.scalar(part)).collect(),
            _ => Vec::new(),
        }
    }
}
