//! Method probing: autoderef and autoref steps over inherent impls, bounds and traits.

use std::iter::once;
use std::rc::Rc;

use smallvec::SmallVec;

use crate::model::hir::{ExprId, GenericArgs, List};
use crate::model::name::Name;
use crate::types::index::{ImplData, SimplifiedType};
use crate::types::subst::Subst;
use crate::types::ty::{Args, DefId, FnRef, InferKind, Int, TraitRef, Ty, TyKind, Tys};
use crate::types::typed_body::CallKind;

use super::function::Params;
use super::{Infer, Obligation};

/// Which methods are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    /// Those of impls whose bounds hold, and of traits in scope.
    InScope,
    /// The same, whatever the bounds of inherent impls say.
    BoundsAside,
    /// Those of traits that are not in scope too.
    Anywhere,
}

/// The result of probing: the method, how its container is instantiated, and how the receiver is adjusted.
pub(super) struct MethodPick {
    pub(super) member: DefId,
    /// What its container's parameters stand for, `Self` first for a trait's.
    pub(super) outer: Subst,
    /// The type whose method it is.
    pub(super) receiver: Ty,
    /// The name of the trait, where it is a trait's.
    pub(super) of: Option<DefId>,
    /// What it takes besides `self`, and gives, where every call finds the same.
    closed: Option<(Params, Ty)>,
    /// The types that the receiver is dereferenced through, itself first.
    pub(super) steps: SmallVec<[Ty; 2]>,
    /// How the last of them is borrowed then.
    pub(super) autoref: Option<bool>,
    /// Whether it is an array that becomes a slice.
    pub(super) unsize: bool,
}

impl Infer<'_> {
    /// Finds the method `name` for a receiver.
    pub(super) fn method(&mut self, receiver: Ty, name: Name) -> Option<Rc<MethodPick>> {
        let receiver = self.normalize(receiver);
        let key = (self.module, receiver, name);
        if receiver.flags().infer {
            return self.find_method(receiver, name).map(Rc::new);
        }
        if let Some(known) = self.memo.methods.for_types(&[receiver]).get(&key) {
            return known.clone();
        }
        let mut found = self.find_method(receiver, name);
        let mut open = false;
        if let Some(found) = &mut found {
            for (_, ty) in &mut found.outer.0 {
                *ty = self.resolve(*ty);
                open |= ty.flags().infer;
            }
            found.closed = if open { None } else { self.closed(found) };
        }
        let found = found.map(Rc::new);
        // What the call has yet to decide is another variable in the next one. Where the steps ran out, nothing was found out.
        if !open && self.fuel.get() > 0 {
            self.memo.methods.for_types(&[receiver]).insert(key, found.clone());
        }
        found
    }

    /// What a method takes besides `self`, and gives, where nothing about it is open: it has no parameters of its own.
    fn closed(&mut self, found: &MethodPick) -> Option<(Params, Ty)> {
        let sig = self.world.fn_sig(found.member)?;
        if sig.generics.len() > found.outer.0.len() {
            return None;
        }
        let waiting = self.pending.len();
        let parts = self.fn_parts(FnRef::Fn(found.member), &found.outer.args::<Args>(), 1);
        let says_more = self.pending.len() > waiting;
        self.pending.truncate(waiting);
        let is_closed = |(params, ret): &(Params, Ty)| params.iter().chain([ret]).all(|ty| !ty.flags().infer);
        parts.filter(|parts| !says_more && is_closed(parts))
    }

    /// What a call of a method takes besides `self`, and gives; `at` is the call, where it is one.
    pub(super) fn method_parts(
        &mut self,
        at: Option<ExprId>,
        found: &MethodPick,
        written: Option<GenericArgs<'_>>,
    ) -> Option<(Params, Ty)> {
        if let Some(closed) = &found.closed {
            if let Some(at) = at {
                self.results.note_call(at, Some(found.member), &found.outer.args::<Args>(), CallKind::Static);
            }
            return Some(closed.clone());
        }
        let called = self.fn_args(found.member, found.outer.args(), written)?;
        if let Some(at) = at {
            self.results.note_call(at, Some(found.member), &called, CallKind::Static);
        }
        self.fn_parts(FnRef::Fn(found.member), &called, 1)
    }

    fn find_method(&mut self, receiver: Ty, name: Name) -> Option<MethodPick> {
        self.passed_over = false;
        let mut steps = self.autoderef(receiver);
        let unsized_at = match steps.last().map(|ty| ty.kind()) {
            Some(TyKind::Array(elem, _)) => {
                steps.push(elem.slice());
                Some(steps.len() - 1)
            }
            _ => None,
        };
        // Code that compiles has a method: where bounds rule out all that there are, they were not understood. A trait that is not in
        // scope is a last resort, for what a macro would have imported: before it every step has its turn.
        for lookup in [Lookup::InScope, Lookup::BoundsAside, Lookup::Anywhere] {
            if lookup == Lookup::BoundsAside && !std::mem::take(&mut self.passed_over) {
                continue;
            }
            for (at, &step) in steps.iter().enumerate() {
                // What a reference to something unknown has cannot be told from what the references themselves have.
                if self.peel(step).is_unknown() {
                    break;
                }
                for by in [None, Some(false), Some(true)] {
                    let target = by.map_or(step, |mutable| step.reference(mutable));
                    let found = if matches!(step.kind(), TyKind::Infer(..)) {
                        // A literal that may be of several types has no methods but those of traits: its default's come last.
                        let found = self.trait_method(step, target, by, name, lookup);
                        found.or_else(|| self.inherent_method((step, target, by), name, lookup))
                    } else {
                        let found = self.inherent_method((step, target, by), name, lookup);
                        found.or_else(|| self.trait_method(step, target, by, name, lookup))
                    };
                    if let Some(found) = found {
                        let steps = steps.get(..=at).unwrap_or(&[]).into();
                        return Some(MethodPick { steps, autoref: by, unsize: unsized_at == Some(at), ..found });
                    }
                }
                if let TyKind::Ptr(to, true) = step.kind() {
                    // What is there for `*const T` serves a `*mut T` too.
                    let step = Ty::intern(TyKind::Ptr(*to, false));
                    let found = self.inherent_method((step, step, None), name, lookup);
                    let found = found.or_else(|| self.trait_method(step, step, None, name, lookup));
                    if let Some(found) = found {
                        let steps = steps.get(..=at).unwrap_or(&[]).into();
                        return Some(MethodPick { steps, ..found });
                    }
                }
            }
        }
        None
    }

    /// A method of an impl of the type itself. Of several of one name the one whose bounds hold is meant.
    fn inherent_method(
        &mut self,
        (step, target, by): (Ty, Ty, Option<bool>),
        name: Name,
        lookup: Lookup,
    ) -> Option<MethodPick> {
        let world = self.world;
        for (subject, kind) in self.candidates(step, target, by) {
            let Some(shape) = number_shape(subject).or_else(|| SimplifiedType::of(subject)) else { continue };
            for &(at, member) in world.impls.inherent(name, shape) {
                if !self.takes_self(member, kind) {
                    continue;
                }
                let Some(data) = world.impl_at(at).filter(|data| self.may_match(data.self_ty, subject)) else {
                    continue;
                };
                if let Some(outer) = self.match_inherent(data, subject, lookup) {
                    return Some(MethodPick {
                        member,
                        outer,
                        receiver: subject,
                        of: None,
                        closed: None,
                        steps: SmallVec::new(),
                        autoref: None,
                        unsize: false,
                    });
                }
            }
        }
        None
    }

    /// Matches an inherent impl against a type: what its parameters stand for, where its bounds hold.
    pub(super) fn match_inherent(&mut self, data: &ImplData, subject: Ty, lookup: Lookup) -> Option<Subst> {
        let mut found = None;
        self.commit_if_ok(|this| {
            let subst = this.match_header(&data.generics, once((data.self_ty, subject)));
            // What the bounds decide is decided when the call is looked at.
            found = subst.filter(|subst| {
                let admits = lookup != Lookup::InScope || this.probe(|this| this.bounds_may_hold(data, subst));
                this.passed_over |= !admits;
                admits
            });
            found.is_some()
        });
        found
    }

    /// A method of a trait in scope, or of any trait; methods of a parameter's bounds and of a trait object need no import.
    fn trait_method(
        &mut self,
        step: Ty,
        target: Ty,
        by: Option<bool>,
        name: Name,
        lookup: Lookup,
    ) -> Option<MethodPick> {
        let world = self.world;
        let declaring = world.impls.declaring(name);
        if declaring.is_empty() {
            return None;
        }
        for (subject, kind) in self.candidates(step, target, by) {
            if matches!(subject.kind(), TyKind::Infer(_, InferKind::Any) | TyKind::Unknown) {
                continue;
            }
            let mut found: Option<(DefId, DefId, Tys)> = None;
            for &(of, member) in declaring {
                if !self.takes_self(member, kind)
                    || !(lookup == Lookup::Anywhere || self.in_scope(of) || self.is_bounded_by(subject, of))
                {
                    continue;
                }
                self.step(subject).then_some(())?;
                let args = self.fresh_args(of);
                if !self.may_implement(subject, of, &args) {
                    continue;
                }
                let better = found.as_ref().is_none_or(|(best, ..)| !self.in_scope(*best) && self.in_scope(of));
                if better {
                    found = Some((of, member, args));
                }
            }
            if let Some((of, member, args)) = found {
                // What the selection decides about open parts is wanted; several impls decide nothing.
                if !args.is_empty() || subject.flags().infer {
                    self.select(subject, of, &args);
                }
                if args.iter().any(|&arg| self.resolve(arg).flags().infer) {
                    // `let (x, y) = point.into()`: the pattern decides which impl it is, and that the rest.
                    let bound = TraitRef { def: of, args, bindings: Box::default() };
                    self.pending.push((Obligation::Bound(subject, bound), None));
                }
                let outer = self.trait_subst(of, subject, &args);
                return Some(MethodPick {
                    member,
                    outer,
                    receiver: subject,
                    of: Some(of),
                    closed: None,
                    steps: SmallVec::new(),
                    autoref: None,
                    unsize: false,
                });
            }
        }
        None
    }

    /// Whether a bound on the type says that it implements a trait: that needs no import, unlike what an impl for all types says.
    pub(super) fn is_bounded_by(&mut self, ty: Ty, of: DefId) -> bool {
        brings_bounds(ty) && {
            let args = self.fresh_args(of);
            self.probe(|this| this.clause(ty, of, &args).is_some())
        }
    }

    /// Whether a type implements a trait for some arguments; unlike `select`, several impls are as good as one.
    pub(super) fn may_implement(&mut self, ty: Ty, of: DefId, args: &[Ty]) -> bool {
        // The same question comes with every call of a common name; its answer holds for the whole body.
        if ty.flags().infer {
            return self.may_implement_now(ty, of, args);
        }
        if let Some(&known) = self.memo.implements.for_types(&[ty]).get(&(ty, of)) {
            return known;
        }
        let answer = self.may_implement_now(ty, of, args);
        // Where the steps ran out, nothing was found out.
        if self.fuel.get() > 0 {
            self.memo.implements.for_types(&[ty]).insert((ty, of), answer);
        }
        answer
    }

    fn may_implement_now(&mut self, ty: Ty, of: DefId, args: &[Ty]) -> bool {
        if self.probe(|this| this.select(ty, of, args).is_some()) {
            return true;
        }
        if args.is_empty() || matches!(ty.kind(), TyKind::Param(_)) {
            return false;
        }
        let world = self.world;
        let Some(shape) = number_shape(ty).or_else(|| SimplifiedType::of(ty)) else { return false };
        world.impls.of_trait(of, Some(shape)).any(|at| {
            let Some(data) = world.impl_at(at).filter(|data| self.may_match(data.self_ty, ty)) else { return false };
            SimplifiedType::of(data.self_ty).is_some()
                && self.probe(|this| this.match_header(&data.generics, once((data.self_ty, ty))).is_some())
        })
    }

    /// Whether a trait is in scope where the body is looked at: by its own name in the module's scope.
    fn in_scope(&mut self, of: DefId) -> bool {
        use crate::types::names::{Namespace, Res};
        *self.memo.in_scope.entry((self.module, of)).or_insert_with(|| {
            let name = self.world.name_of(of);
            let named = self.world.names.in_scope(self.module, name, Namespace::Types, &self.world.files);
            named == Some(Res::Item(of))
                || self.world.names.unnamed_traits(self.module).any(|known| known == Res::Item(of))
        })
    }

    /// Infers a method call.
    pub(super) fn method_call(
        &mut self,
        id: ExprId,
        receiver: ExprId,
        name: Name,
        args: List<ExprId>,
        expected: Option<Ty>,
    ) -> Ty {
        let receiver_ty = self.expr(receiver, None);
        let receiver_ty = self.structurally_resolve(receiver_ty);
        let Some(found) = self.method(receiver_ty, name) else {
            return self.unknown_call(args);
        };
        self.results.receivers.push((id, found.receiver));
        self.note_receiver(receiver, &found);
        if matches!(found.receiver.kind(), TyKind::Ptr(_, false)) {
            self.note_coercion(receiver, found.receiver);
        }
        let owner = found.of.map(|of| self.world.name_of(of));
        self.record_callee(id, found.member, owner);
        let model = self.model;
        let written = self.code.turbofish(id).and_then(|args| model.args(args));
        let Some((params, ret)) = self.method_parts(Some(id), &found, written) else { return Ty::unknown() };
        self.call_args(args, &params, ret, expected);
        ret
    }

    /// A call of a method that was not found: its arguments have types all the same.
    fn unknown_call(&mut self, args: List<ExprId>) -> Ty {
        let code = self.code;
        for &arg in code.list(args) {
            self.expr(arg, None);
        }
        Ty::unknown()
    }
}

/// Whether a type says itself which traits it has: a parameter, an associated type, `dyn` and `impl`.
fn brings_bounds(ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Param(_) | TyKind::Projection(..) | TyKind::Dyn(..) | TyKind::Opaque(..))
}

/// The shape of a number whose width is still open: what rustc falls back to.
fn number_shape(ty: Ty) -> Option<SimplifiedType> {
    match ty.kind() {
        TyKind::Infer(_, InferKind::Int) => Some(SimplifiedType::Int(Int::I32)),
        TyKind::Infer(_, InferKind::Float) => Some(SimplifiedType::Float(crate::types::ty::Float::F64)),
        _ => None,
    }
}
