//! The table of inference variables, and unification; a trail undoes failed trials.

use std::cell::RefCell;

use smallvec::SmallVec;

use crate::types::subst::{any_part, rebuild};
use crate::types::ty::{ConstArg, InferKind, Int, Ty, TyKind};

use super::{Infer, PARTS_PER_STEP};

thread_local! {
    /// The types of variables by number, of each kind.
    static MADE: RefCell<Vec<[Option<Ty>; 3]>> = const { RefCell::new(Vec::new()) };
}

/// A variable that is not bound: of a type, or of a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InferVar {
    /// Of a type.
    Ty(u32),
    /// Of an array's length.
    ConstArg(u32),
}

/// The inference variables of something: mostly one.
pub(super) type InferVars = SmallVec<[InferVar; 2]>;

/// All variables of a body.
#[derive(Debug, Default)]
pub(super) struct Table {
    vars: Vec<Option<Ty>>,
    kinds: Vec<InferKind>,
    lens: Vec<Option<ConstArg>>,
    /// Bound variables in order, to unbind them; `true` marks a length.
    trail: Vec<(u32, bool)>,
    /// Generation counter: while it is unchanged, no variable was bound or unbound.
    pub(super) generation: u64,
}

impl Table {
    pub(super) fn fresh(&mut self, kind: InferKind) -> Ty {
        let id = self.vars.len();
        self.vars.push(None);
        self.kinds.push(kind);
        // Variables are numbered from 0 in every body: their types are made once a thread.
        // auditor: allow(panicking-api) nothing within borrows it again, and no destructor infers
        MADE.with_borrow_mut(|made| {
            if made.len() <= id {
                made.resize(id + 1, [None; 3]);
            }
            let slot = made.get_mut(id).and_then(|kinds| kinds.get_mut(kind as usize));
            slot.map_or_else(Ty::unknown, |slot| {
                *slot.get_or_insert_with(|| Ty::intern(TyKind::Infer(id as u32, kind)))
            })
        })
    }

    pub(super) fn fresh_const(&mut self) -> Ty {
        let id = self.lens.len() as u32;
        self.lens.push(None);
        Ty::intern(TyKind::Const(ConstArg::Infer(id)))
    }

    fn bind(&mut self, var: u32, ty: Ty) {
        if let Some(slot) = self.vars.get_mut(var as usize) {
            *slot = Some(ty);
            self.trail.push((var, false));
            self.generation += 1;
        }
    }

    fn bind_len(&mut self, var: u32, len: ConstArg) {
        if let Some(slot) = self.lens.get_mut(var as usize) {
            *slot = Some(len);
            self.trail.push((var, true));
            self.generation += 1;
        }
    }

    /// Whether none of these variables is bound by now.
    pub(super) fn are_unbound(&self, variables: &[InferVar]) -> bool {
        variables.iter().all(|variable| match *variable {
            InferVar::Ty(var) => self.vars.get(var as usize).is_some_and(Option::is_none),
            InferVar::ConstArg(var) => self.lens.get(var as usize).is_some_and(Option::is_none),
        })
    }

    /// Follows bound variables.
    pub(super) fn shallow(&self, ty: Ty) -> Ty {
        let mut ty = ty;
        while let TyKind::Infer(var, _) = ty.kind() {
            match self.vars.get(*var as usize) {
                Some(Some(bound)) => ty = *bound,
                _ => break,
            }
        }
        ty
    }

    pub(super) fn shallow_len(&self, len: ConstArg) -> ConstArg {
        let mut len = len;
        while let ConstArg::Infer(var) = len {
            match self.lens.get(var as usize) {
                Some(Some(bound)) => len = *bound,
                _ => break,
            }
        }
        len
    }

    /// The final form of a type: open variables become unknown.
    pub(super) fn zonk(&self, ty: Ty) -> Ty {
        if !ty.flags().infer {
            return ty;
        }
        let ty = self.shallow(ty);
        let known = |len: ConstArg| match self.shallow_len(len) {
            ConstArg::Infer(_) => ConstArg::Unknown,
            len => len,
        };
        match ty.kind() {
            TyKind::Infer(..) => Ty::unknown(),
            TyKind::Array(inner, len) => Ty::intern(TyKind::Array(self.zonk(*inner), known(*len))),
            TyKind::Const(len) => Ty::intern(TyKind::Const(known(*len))),
            _ => rebuild(ty, &mut |part| self.zonk(part)),
        }
    }

    /// Forgets all variables; what they were kept in stays.
    pub(super) fn clear(&mut self) {
        self.vars.clear();
        self.kinds.clear();
        self.lens.clear();
        self.trail.clear();
        self.generation = 0;
    }

    /// Binds open number variables to `i32` and `f64`, as rustc does.
    pub(super) fn default_numbers(&mut self) {
        for at in 0..self.vars.len() {
            if self.vars.get(at).is_some_and(Option::is_some) {
                continue;
            }
            let default = match self.kinds.get(at) {
                Some(InferKind::Int) => Ty::int(Int::I32),
                Some(InferKind::Float) => Ty::intern(TyKind::Float(crate::types::ty::Float::F64)),
                _ => continue,
            };
            self.bind(at as u32, default);
        }
    }
}

impl Infer<'_> {
    pub(super) fn shallow(&self, ty: Ty) -> Ty {
        if !matches!(ty.kind(), TyKind::Infer(..)) {
            return ty;
        }
        self.table.shallow(ty)
    }

    /// Replaces all bound variables within a type; open ones become unknown only at the end, when `finish` asks.
    pub(super) fn resolve(&self, ty: Ty) -> Ty {
        if !ty.flags().infer {
            return ty;
        }
        let ty = self.shallow(ty);
        // What is small is looked at in a step that was paid for.
        if ty.size() > PARTS_PER_STEP && !self.burn(1) {
            return ty;
        }
        match ty.kind() {
            TyKind::Infer(..) => ty,
            TyKind::Array(inner, len @ ConstArg::Infer(_)) => {
                let len = self.table.shallow_len(*len);
                Ty::intern(TyKind::Array(self.resolve(*inner), len))
            }
            TyKind::Const(len) => Ty::intern(TyKind::Const(self.table.shallow_len(*len))),
            _ => rebuild(ty, &mut |part| self.resolve(part)),
        }
    }

    /// Runs a trial; what it bound is undone where it fails.
    pub(super) fn commit_if_ok(&mut self, trial: impl FnOnce(&mut Self) -> bool) -> bool {
        let mark = self.table.trail.len();
        let pending = self.pending.len();
        if trial(self) {
            return true;
        }
        self.undo(mark);
        self.pending.truncate(pending);
        false
    }

    /// Runs a trial and undoes it whatever comes out.
    pub(super) fn probe<R>(&mut self, trial: impl FnOnce(&mut Self) -> R) -> R {
        let mark = self.table.trail.len();
        let pending = self.pending.len();
        let result = trial(self);
        self.undo(mark);
        self.pending.truncate(pending);
        result
    }

    fn undo(&mut self, mark: usize) {
        let table = &mut self.table;
        while table.trail.len() > mark {
            table.generation += 1;
            match table.trail.pop() {
                Some((var, false)) => {
                    if let Some(slot) = table.vars.get_mut(var as usize) {
                        *slot = None;
                    }
                }
                Some((var, true)) => {
                    if let Some(slot) = table.lens.get_mut(var as usize) {
                        *slot = None;
                    }
                }
                None => break,
            }
        }
    }

    /// Makes two types equal, as far as they are known; `false` where they cannot be.
    pub(super) fn unify(&mut self, a: Ty, b: Ty) -> bool {
        let (a, b) = (self.shallow(a), self.shallow(b));
        if a == b {
            return true;
        }
        match (a.kind(), b.kind()) {
            (TyKind::Unknown, _) | (_, TyKind::Unknown) => true,
            // The later variable is bound to the earlier: those that many wait for stay at the end of short chains.
            (TyKind::Infer(var, _), TyKind::Infer(other, InferKind::Any)) if var < other => {
                self.bind(*other, InferKind::Any, a)
            }
            (TyKind::Infer(var, kind), _) => self.bind(*var, *kind, b),
            (_, TyKind::Infer(var, kind)) => self.bind(*var, *kind, a),
            (TyKind::Projection(..), _) | (_, TyKind::Projection(..)) => self.unify_assoc(a, b),
            (TyKind::Adt(one, these), TyKind::Adt(other, those)) => one == other && self.unify_all(these, those),
            (TyKind::FnDef(one, these), TyKind::FnDef(other, those)) => one == other && self.unify_all(these, those),
            (TyKind::Closure(one, _), TyKind::Closure(other, _)) => one == other,
            (TyKind::Ref(one, mutable), TyKind::Ref(other, also))
            | (TyKind::Ptr(one, mutable), TyKind::Ptr(other, also)) => mutable == also && self.unify(*one, *other),
            (TyKind::Slice(one), TyKind::Slice(other)) => self.unify(*one, *other),
            (TyKind::Array(one, len), TyKind::Array(other, also)) => {
                self.unify(*one, *other) && self.unify_len(*len, *also)
            }
            (TyKind::Const(len), TyKind::Const(also)) => self.unify_len(*len, *also),
            (TyKind::Tuple(these), TyKind::Tuple(those))
            | (TyKind::FnPtr(these, false), TyKind::FnPtr(those, false))
            | (TyKind::FnPtr(these, true), TyKind::FnPtr(those, true)) => {
                these.len() == those.len() && self.unify_all(these, those)
            }
            (TyKind::Dyn(these), TyKind::Dyn(those)) | (TyKind::Opaque(these), TyKind::Opaque(those)) => {
                these.first().map(|t| t.def) == those.first().map(|t| t.def) && self.unify_bounds(these, those)
            }
            _ => false,
        }
    }

    /// Whether a declaration's type can be made equal to `ty` by what its parameters stand for: `false` only where `unify`, once
    /// they stand for something, would say so too. Binds nothing.
    pub(super) fn may_match(&self, declared: Ty, ty: Ty) -> bool {
        let ty = self.shallow(ty);
        let all = |these: &[Ty], those: &[Ty]| these.iter().zip(those).all(|(&one, &other)| self.may_match(one, other));
        if declared == ty {
            return true;
        }
        match (declared.kind(), ty.kind()) {
            (TyKind::Adt(one, these), TyKind::Adt(other, those)) => one == other && all(these, those),
            (TyKind::Ref(one, mutable), TyKind::Ref(other, also))
            | (TyKind::Ptr(one, mutable), TyKind::Ptr(other, also)) => mutable == also && self.may_match(*one, *other),
            (TyKind::Slice(one), TyKind::Slice(other)) | (TyKind::Array(one, _), TyKind::Array(other, _)) => {
                self.may_match(*one, *other)
            }
            (TyKind::Tuple(these), TyKind::Tuple(those))
            | (TyKind::FnPtr(these, false), TyKind::FnPtr(those, false))
            | (TyKind::FnPtr(these, true), TyKind::FnPtr(those, true)) => {
                these.len() == those.len() && all(these, those)
            }
            (TyKind::Int(_), TyKind::Infer(_, kind)) => *kind != InferKind::Float,
            (TyKind::Float(_), TyKind::Infer(_, kind)) => *kind != InferKind::Int,
            (TyKind::Adt(..) | TyKind::Ref(..) | TyKind::Slice(_) | TyKind::Array(..) | TyKind::Tuple(_), other) => {
                matches!(other, TyKind::Infer(_, InferKind::Any) | TyKind::Unknown | TyKind::Projection(..))
            }
            (TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool | TyKind::Char | TyKind::Str, other) => {
                matches!(other, TyKind::Infer(_, InferKind::Any) | TyKind::Unknown | TyKind::Projection(..))
            }
            _ => true,
        }
    }

    fn unify_bounds(&mut self, these: &[crate::types::ty::TraitRef], those: &[crate::types::ty::TraitRef]) -> bool {
        for (one, other) in these.iter().zip(those) {
            self.unify_all(&one.args, &other.args);
            for (&(_, one), &(_, other)) in one.bindings.iter().zip(&other.bindings) {
                self.unify(one, other);
            }
        }
        true
    }

    pub(super) fn unify_all(&mut self, these: &[Ty], those: &[Ty]) -> bool {
        these.iter().zip(those).all(|(&one, &other)| self.unify(one, other))
    }

    fn unify_assoc(&mut self, a: Ty, b: Ty) -> bool {
        let (one, other) = (self.normalize(a), self.normalize(b));
        if one == other {
            return true;
        }
        if (one, other) != (a, b) {
            return self.unify(one, other);
        }
        // Two associated types of parameters: equal where their parts are, else not known to differ.
        match (one.kind(), other.kind()) {
            (TyKind::Projection(base, _, name, _), TyKind::Projection(of, _, also, _)) => {
                name == also && self.unify(*base, *of)
            }
            _ => false,
        }
    }

    pub(super) fn unify_len(&mut self, a: ConstArg, b: ConstArg) -> bool {
        let (a, b) = {
            let table = &self.table;
            (table.shallow_len(a), table.shallow_len(b))
        };
        match (a, b) {
            (ConstArg::Infer(var), other) | (other, ConstArg::Infer(var)) => {
                if ConstArg::Infer(var) != other {
                    self.table.bind_len(var, other);
                }
                true
            }
            (ConstArg::Unknown, _) | (_, ConstArg::Unknown) => true,
            (one, other) => one == other,
        }
    }

    fn bind(&mut self, var: u32, kind: InferKind, ty: Ty) -> bool {
        match (kind, ty.kind()) {
            // What never returns says nothing about a type.
            (_, TyKind::Never) => return true,
            (InferKind::Any, _)
            | (InferKind::Int, TyKind::Int(_) | TyKind::Infer(_, InferKind::Int))
            | (InferKind::Float, TyKind::Float(_) | TyKind::Infer(_, InferKind::Float)) => {}
            (InferKind::Int | InferKind::Float, TyKind::Infer(other, InferKind::Any)) => {
                self.table.bind(*other, Ty::intern(TyKind::Infer(var, kind)));
                return true;
            }
            _ => return false,
        }
        if ty.flags().infer && self.occurs(var, ty) {
            return false;
        }
        self.table.bind(var, ty);
        true
    }

    /// Collects the unbound variables that occur in a type.
    pub(super) fn unresolved_vars(&self, ty: Ty, open: &mut InferVars) {
        let ty = self.shallow(ty);
        if !ty.flags().infer {
            return;
        }
        match ty.kind() {
            TyKind::Infer(var, _) => open.push(InferVar::Ty(*var)),
            TyKind::Array(_, len) | TyKind::Const(len) => {
                if let ConstArg::Infer(var) = self.table.shallow_len(*len) {
                    open.push(InferVar::ConstArg(var));
                }
            }
            _ => {}
        }
        any_part(ty, &mut |part| {
            self.unresolved_vars(part, open);
            false
        });
    }

    /// The occurs check: whether a variable occurs in a type.
    fn occurs(&self, var: u32, ty: Ty) -> bool {
        let ty = self.shallow(ty);
        match ty.kind() {
            TyKind::Infer(other, _) => *other == var,
            _ => ty.flags().infer && any_part(ty, &mut |part| self.occurs(var, part)),
        }
    }
}
