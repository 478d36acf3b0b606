//! Calls: arguments in order, what they lend, what std's functions ask for and establish.

use smallvec::SmallVec;

use super::Lower;
use crate::flow::facts::{self, FnFacts, Projected, Term};
use crate::flow::mir::{AssertKind, Extent, Fit, Lend, MirCall, Operand, Rvalue, Scalar, TerminatorKind};
use crate::model::hir::{Expr, ExprId, List};
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::{ConstArg, Ty, TyKind};

/// What is being called, as far as it is known.
struct Called {
    callee: Option<Callee>,
    facts: Option<&'static FnFacts>,
    /// Parameter types, `self` first.
    params: Vec<Ty>,
}

impl Lower<'_> {
    fn called(&self, expr: ExprId) -> Called {
        let callee = self.source.typed.callee(expr).copied();
        let sig = callee.and_then(|callee| self.source.world.fn_sig(callee.def));
        let params = sig.map(|sig| sig.params.clone()).unwrap_or_default();
        let facts = callee.filter(Callee::is_std).and_then(|callee| {
            facts::of(if callee.owner.is_missing() { callee.module } else { callee.owner }, callee.name)
        });
        Called { callee, facts, params }
    }

    /// The facts of a call, where its arguments and result are of types that they speak of.
    fn facts_for(&self, facts: Option<&'static FnFacts>, expr: ExprId, args: &[ExprId]) -> Option<&'static FnFacts> {
        let facts = facts?;
        let ty = |at: &u8| args.get(usize::from(*at)).map(|&arg| self.ty(arg));
        let integers = facts.integers.iter().all(|at| ty(at).is_some_and(|ty| self.int_of(ty).is_some()));
        let whole = facts.clones.iter().all(|at| ty(at).is_some_and(|ty| self.clones_whole(ty)));
        let plain = facts.keyed.iter().all(|at| ty(at).is_some_and(|ty| self.is_plain(ty)));
        let result = self.ty(expr);
        let name = if self.int_of(result).is_some() { Some(Name::new("integer")) } else { self.std_name(result) };
        let returns = facts.returns.is_empty() || name.is_some_and(|name| facts.returns.contains(&name));
        let memory = facts.memory.iter().all(|at| {
            let name = ty(at).and_then(|ty| self.std_name(self.content(ty)));
            matches!(name, Some(Name::STRING | Name::VEC))
        });
        (integers && whole && plain && returns && memory).then_some(facts)
    }

    pub(super) fn path_call(&mut self, expr: ExprId, callee: ExprId, args: List<ExprId>) -> Operand {
        if let Some(made) = self.constructed(callee, args) {
            return made;
        }
        if !matches!(self.source.code.expr(callee), Expr::Path(_)) {
            self.discard(callee);
        }
        let called = self.called(expr);
        let args: Vec<ExprId> = self.source.code.list(args).to_vec();
        if let Some(value) = self.literal_call(expr, called.callee, &args) {
            return value;
        }
        let facts = self.facts_for(called.facts, expr, &args);
        let mut values: SmallVec<[Operand; 4]> = SmallVec::new();
        let mut lends: SmallVec<[Lend; 1]> = SmallVec::new();
        for (at, &arg) in args.iter().enumerate() {
            self.argument(at, arg, facts, called.params.get(at).copied(), &mut values, &mut lends);
        }
        if let Some(unwrapped) = self.unwrapped(expr, &called, &values) {
            return unwrapped;
        }
        self.finish_call(expr, facts, values, lends)
    }

    pub(super) fn method_call(&mut self, expr: ExprId, receiver: ExprId, _method: Name, args: List<ExprId>) -> Operand {
        let called = self.called(expr);
        let mut all = vec![receiver];
        all.extend_from_slice(self.source.code.list(args));
        let whole = self.combined(expr, called.callee, &all).or_else(|| self.chosen(expr, called.callee, &all));
        if let Some(value) = whole.or_else(|| self.literal_call(expr, called.callee, &all)) {
            return value;
        }
        let facts = self.facts_for(called.facts, expr, &all).filter(|_| self.reaches(expr, receiver));
        let mut values: SmallVec<[Operand; 4]> = SmallVec::new();
        let mut lends: SmallVec<[Lend; 1]> = SmallVec::new();
        self.receiver(expr, receiver, &called, &mut values, &mut lends);
        for (at, &arg) in all.iter().enumerate().skip(1) {
            self.argument(at, arg, facts, called.params.get(at).copied(), &mut values, &mut lends);
        }
        if let Some(unwrapped) = self.unwrapped(expr, &called, &values) {
            return unwrapped;
        }
        self.finish_call(expr, facts, values, lends)
    }

    /// Whether a method is found on what the receiver holds, through references and std's owners alone: a user's `Deref` may
    /// lead elsewhere each time.
    fn reaches(&self, call: ExprId, receiver: ExprId) -> bool {
        let Some(wanted) = self.source.typed.receiver(call) else { return true };
        let (content, wanted) = (self.content(self.ty(receiver)), self.content(wanted));
        content == wanted
            || match (content.kind(), wanted.kind()) {
                (TyKind::Array(..), TyKind::Slice(_)) => true,
                (TyKind::Adt(..), TyKind::Slice(_)) => self.std_name(content) == Some(Name::VEC),
                (TyKind::Adt(..), TyKind::Str) => self.std_name(content) == Some(Name::STRING),
                _ => self.std_name(content).is_some() && self.std_name(content) == self.std_name(wanted),
            }
    }

    /// The receiver: a place that is lent, or a value.
    fn receiver(
        &mut self,
        call: ExprId,
        receiver: ExprId,
        called: &Called,
        values: &mut SmallVec<[Operand; 4]>,
        lends: &mut SmallVec<[Lend; 1]>,
    ) {
        let ty = self.ty(receiver);
        let scalar = self.scalar(ty);
        let own = called.params.first().map(|ty| ty.kind());
        let writes = match own {
            Some(TyKind::Ref(_, writes)) => *writes,
            // By value: what is moved is gone, and `&mut` is lent again.
            Some(_) => matches!(ty.kind(), TyKind::Ref(_, true)),
            None => !matches!(ty.kind(), TyKind::Ref(_, false)),
        };
        if !writes {
            values.push(self.operand(receiver));
            return;
        }
        if !self.names_place(receiver) {
            let value = self.operand(receiver);
            values.push(value);
            match (self.source.code.expr(receiver), value) {
                (Expr::Index { base, .. }, _) => self.lend_elements(base),
                (_, Operand::Read(place, _)) => lends.push(Lend { place, extent: self.extent(call, ty), arg: 0 }),
                _ => {}
            }
            return;
        }
        if let Some(place) = self.place(receiver) {
            values.push(Operand::Read(place, scalar));
            lends.push(Lend { place, extent: self.extent(call, ty), arg: 0 });
            return;
        }
        self.parts_of_unknown_place(receiver);
        values.push(self.unknown(receiver));
        if let Some(root) = self.root(receiver) {
            lends.push(Lend { place: root, extent: Extent::Whole, arg: u8::MAX });
        }
    }

    /// How much a method writes of its receiver: of a slice its elements alone.
    fn extent(&self, call: ExprId, receiver: Ty) -> Extent {
        let ty = self.source.typed.receiver(call).map_or(receiver, |ty| ty);
        // A method of `&mut &mut [T]`, such as `Read`'s, may shorten it.
        let depth = |ty: Ty| {
            std::iter::successors(Some(ty), |ty| match ty.kind() {
                TyKind::Ref(inner, _) => Some(*inner),
                _ => None,
            })
            .count()
        };
        match ty.peel_refs().kind() {
            TyKind::Slice(_) | TyKind::Array(..) | TyKind::Str if depth(ty) == 1 => Extent::Elements,
            _ => Extent::Whole,
        }
    }

    /// An argument by itself: what it lends is lent when the call is made.
    fn argument(
        &mut self,
        at: usize,
        arg: ExprId,
        facts: Option<&'static FnFacts>,
        param: Option<Ty>,
        values: &mut SmallVec<[Operand; 4]>,
        lends: &mut SmallVec<[Lend; 1]>,
    ) {
        if let Expr::Closure { params, body, .. } = self.source.code.expr(arg)
            && let Some(facts) = facts
        {
            self.closure_argument(arg, (params, body), facts, values);
            return;
        }
        let ty = self.ty(arg);
        let target = match self.source.code.expr(arg) {
            Expr::Ref { expr, mutable: true, raw: false } if self.names_place(expr) => Some(expr),
            _ if self.names_place(arg) && (matches!(ty.kind(), TyKind::Ref(_, true)) || ty.is_unknown()) => Some(arg),
            _ => None,
        };
        let Some(target) = target.filter(|_| !self.has_unsafe) else {
            values.push(self.operand(arg));
            if let Some(place) = target.and_then(|target| self.place(target)) {
                self.lend(place, Extent::Whole);
            }
            return;
        };
        let scalar = self.scalar(self.ty(target));
        match self.place(target) {
            Some(place) => {
                let is_slice = |ty: Ty| matches!(ty.kind(), TyKind::Ref(inner, true) if matches!(inner.kind(), TyKind::Slice(_) | TyKind::Str));
                let elements = param.is_some_and(is_slice) || is_slice(ty) && param.is_none();
                let extent = if elements { Extent::Elements } else { Extent::Whole };
                values.push(Operand::Read(place, scalar));
                lends.push(Lend { place, extent, arg: at as u8 });
            }
            None => values.push(self.operand(arg)),
        }
    }

    fn closure_argument(
        &mut self,
        arg: ExprId,
        (params, body): (List<crate::model::hir::Param>, ExprId),
        facts: &'static FnFacts,
        values: &mut SmallVec<[Operand; 4]>,
    ) {
        let args: SmallVec<[Operand; 4]> = values.clone();
        let scalars = self.param_scalars(arg);
        self.deferred(|this| {
            let mut passed = Vec::new();
            for (at, term) in facts.passes.iter().enumerate() {
                let value = term.as_ref().and_then(|term| {
                    this.assume_variant(term, &args);
                    this.passed(term, &args)
                });
                let scalar = scalars.get(at).copied().unwrap_or(Scalar::Other);
                passed.push(value.map(|value| match value {
                    Operand::Read(place, _) => Operand::Read(place, scalar),
                    constant @ Operand::Const(..) => constant,
                }));
            }
            this.closure_value(params, body, &passed);
        });
        values.push(self.unknown(arg));
    }

    /// A closure that is given a payload runs where there is one.
    fn assume_variant(&mut self, term: &Term, args: &[Operand]) {
        let Term::Projected(of, Projected::Field(_)) = term else { return };
        let Term::Projected(whole, Projected::Variant(variant)) = &**of else { return };
        if let Some(Operand::Read(place, _)) = self.passed(whole, args) {
            let test = self.temp_of(Rvalue::IsVariant(place, *variant));
            let never = self.new_block();
            self.branch(Operand::Read(test, Scalar::Bool), never);
        }
    }

    /// `unwrap` and the like of std: asserts the variant and gives the payload.
    fn unwrapped(&mut self, expr: ExprId, called: &Called, values: &[Operand]) -> Option<Operand> {
        let callee = called.callee.filter(Callee::is_std)?;
        let variant = match (callee.owner, callee.name) {
            (Name::OPTION, Name::UNWRAP | Name::EXPECT) => Name::SOME,
            (Name::RESULT, Name::UNWRAP | Name::EXPECT) => Name::OK,
            (Name::RESULT, Name::UNWRAP_ERR | Name::EXPECT_ERR) => Name::ERR,
            _ => return None,
        };
        let place = match *values.first()? {
            Operand::Read(place, _) => place,
            constant @ Operand::Const(..) => self.temp_of(Rvalue::Use(constant)),
        };
        self.assert(expr, AssertKind::Variant(place, variant));
        let payload = self.payload(place, variant, super::aggregate::position(0));
        Some(Operand::Read(payload, self.scalar(self.ty(expr))))
    }

    fn finish_call(
        &mut self,
        expr: ExprId,
        facts: Option<&'static FnFacts>,
        args: SmallVec<[Operand; 4]>,
        lends: SmallVec<[Lend; 1]>,
    ) -> Operand {
        let (dest, result) = (self.temp(), self.scalar(self.ty(expr)));
        let fit = self.fit(self.ty(expr));
        let asserts = facts.is_some_and(|facts| !facts.panics_unless.is_empty());
        let next = crate::flow::mir::CallSiteId(self.mir.calls.len() as u32);
        if asserts {
            self.mir.calls.push(MirCall { facts, args, lends, dest, result, fit });
            self.assert(expr, AssertKind::Call(next));
            let after = self.new_block();
            self.terminate(TerminatorKind::Call(next, after));
            self.block = after;
        } else {
            self.call(MirCall { facts, args, lends, dest, result, fit });
        }
        if self.ty(expr) == Ty::never() {
            self.leave(TerminatorKind::Unreachable);
            return self.unit();
        }
        Operand::Read(dest, result)
    }

    /// What a conversion's result can hold.
    fn fit(&self, ty: Ty) -> Option<Fit> {
        let TyKind::Adt(_, args) = ty.kind() else { return None };
        let payload = args.first().copied()?;
        match payload.peel_refs().kind() {
            TyKind::Int(int) => Some(Fit::Int(self.int_type(*int))),
            TyKind::Array(_, ConstArg::Known(len)) => Some(Fit::Array(*len)),
            _ => None,
        }
    }
}
