//! Projections: normalizes `<T as Trait>::Name`, and solves obligations whose self types become known later.

use smallvec::{SmallVec, smallvec};

use crate::model::name::Name;
use crate::types::subst::{Subst, rebuild};
use crate::types::ty::{DefId, TraitRef, Ty, TyKind};

use super::function::Params;
use super::select::Selected;
use super::table::InferVars;
use super::{Infer, Obligation};

/// Rounds over waiting bounds; each round decides at least one.
const ROUNDS: usize = 32;

impl Infer<'_> {
    /// Decides the associated types within a type, as far as they can be; an open one becomes a variable that waits.
    #[inline]
    pub(super) fn normalize(&mut self, ty: Ty) -> Ty {
        if ty.flags().assoc { self.normalize_now(ty) } else { ty }
    }

    fn normalize_now(&mut self, ty: Ty) -> Ty {
        if !self.step(ty) {
            return ty;
        }
        if let TyKind::Projection(base, of, name, args) = ty.kind() {
            let base = self.normalize(*base);
            let base = self.shallow(base);
            let args = args.map(|arg| self.normalize(arg));
            let Some(of) = of.or_else(|| self.trait_declaring(base, *name)) else {
                return if base.is_unknown() {
                    Ty::unknown()
                } else {
                    Ty::intern(TyKind::Projection(base, None, *name, args))
                };
            };
            if let Some(found) = self.project(base, of, *name, &args) {
                return found;
            }
            if base.flags().infer {
                let result = self.fresh();
                self.pending.push((Obligation::Projection { base, of, name: *name, args, result }, None));
                return result;
            }
            if base.is_unknown() { Ty::unknown() } else { Ty::intern(TyKind::Projection(base, Some(of), *name, args)) }
        } else {
            rebuild(ty, &mut |part| self.normalize(part))
        }
    }

    /// Returns what an associated type is, if an impl or a bound says so.
    pub(super) fn project(&mut self, base: Ty, of: DefId, name: Name, args: &[Ty]) -> Option<Ty> {
        let base = self.shallow(base);
        if self.is_any_number(base, of, args) {
            return None;
        }
        // Where something is being selected, what asks itself has no answer: there the same question may have another.
        let is_open = |ty: &Ty| ty.flags().infer;
        if args.len() > 1 || args.iter().chain([&base]).any(is_open) || !self.selecting.is_empty() {
            return self.project_now(base, of, name, args);
        }
        let key = (base, of, name, args.first().copied());
        let types = [base, key.3.unwrap_or(base)];
        if let Some(&known) = self.memo.projections.for_types(&types).get(&key) {
            return known;
        }
        let found = self.project_now(base, of, name, args).map(|ty| self.resolve(ty));
        if self.fuel.get() > 0 && !found.is_some_and(|ty| ty.flags().infer) {
            self.memo.projections.for_types(&types).insert(key, found);
        }
        found
    }

    fn project_now(&mut self, base: Ty, of: DefId, name: Name, args: &[Ty]) -> Option<Ty> {
        let world = self.world;
        match self.select(base, of, args)? {
            Selected::Impl(at, subst) => {
                let ty = world.impl_detail(world.impl_at(at)?).ty(name);
                let ty = subst.apply(ty?);
                // Bounds of the impl may bind what its match left open: `impl<I: Iterator<Item = T>> …`.
                Some(self.normalize(ty))
            }
            Selected::Clause(bound) => {
                let bound_to = bound.bindings.iter().find(|(known, _)| *known == name).map(|&(_, ty)| ty)?;
                Some(self.normalize(bound_to))
            }
            Selected::Builtin => self.builtin_output(base, name),
        }
    }

    fn builtin_output(&mut self, base: Ty, name: Name) -> Option<Ty> {
        if name != Name::OUTPUT {
            return None;
        }
        match base.kind() {
            TyKind::Closure(_, parts) | TyKind::FnPtr(parts, _) => parts.last().copied(),
            TyKind::FnDef(of, args) => self.fn_parts(*of, args, 0).map(|(_, ret)| ret),
            _ => None,
        }
    }

    /// Returns the trait that declares the associated type `name` for `base`.
    pub(super) fn trait_declaring(&mut self, base: Ty, name: Name) -> Option<DefId> {
        let world = self.world;
        let declares = |of: DefId| world.impls.trait_data(of).is_some_and(|data| data.types.contains_key(&name));
        let mut queue: SmallVec<[DefId; 8]> = match base.kind() {
            TyKind::Dyn(bounds) | TyKind::Opaque(bounds) => bounds.iter().map(|bound| bound.def).collect(),
            _ => self.env.iter().filter(|(subject, _)| *subject == base).map(|(_, bound)| bound.def).collect(),
        };
        if let TyKind::Projection(_, Some(of), assoc, _) = base.kind() {
            let declared = world.impls.trait_data(*of).and_then(|data| data.types.get(assoc));
            queue.extend(declared.into_iter().flatten().map(|bound| bound.def));
        }
        let mut seen = 0;
        while let Some(&of) = queue.get(seen) {
            if declares(of) {
                return Some(of);
            }
            seen += 1;
            if seen > 64 {
                break;
            }
            queue.extend(
                world.impls.trait_data(of).into_iter().flat_map(|data| &data.supertraits).map(|above| above.def),
            );
        }
        if matches!(base.kind(), TyKind::Param(_) | TyKind::Infer(..) | TyKind::Unknown) && self.self_ty != Some(base) {
            return None;
        }
        self.trait_of_own_impl(name).or_else(|| self.trait_implemented(base, name))
    }

    /// `Self::Name` within an impl or trait means its own trait's first.
    fn trait_of_own_impl(&self, name: Name) -> Option<DefId> {
        let world = self.world;
        self.own_trait.filter(|&of| world.impls.trait_data(of).is_some_and(|data| data.types.contains_key(&name)))
    }

    fn trait_implemented(&mut self, base: Ty, name: Name) -> Option<DefId> {
        // The common ones, by name: `Self::Target`, `Self::Item`, `Self::Output` of a type at hand.
        let path: &[&str] = match name {
            Name::ITEM => &["iter", "Iterator"],
            Name::INTO_ITER => &["iter", "IntoIterator"],
            Name::TARGET => &["ops", "Deref"],
            Name::OUTPUT => &["ops", "Index"],
            _ => return None,
        };
        let of = self.std(path)?;
        self.probe(|this| this.select(base, of, &[]).is_some()).then_some(of)
    }

    /// Resolves the outermost type constructor of `ty`, solving pending obligations first if it is an inference variable.
    pub(super) fn structurally_resolve(&mut self, ty: Ty) -> Ty {
        if self.shallow(ty).flags().infer {
            self.select_where_possible();
        }
        self.shallow(ty)
    }

    /// Works through waiting bounds until no more can be decided.
    pub(super) fn select_where_possible(&mut self) {
        let now = (self.table.generation, self.pending.len());
        if self.pending.is_empty() || now == self.selected_at {
            return;
        }
        for _ in 0..ROUNDS {
            let mut waiting = std::mem::take(&mut self.pending);
            let before = waiting.len();
            let mut left = 0;
            for at in 0..before {
                let Some((obligation, open)) = waiting.get_mut(at) else { break };
                // One that was tried when nothing in it was open says nothing new, ever.
                let waits = open.as_ref().is_some_and(|open| self.table.are_unbound(open));
                let stays = waits || {
                    *open = Some(self.open_parts(obligation));
                    !self.discharge(obligation)
                };
                if stays {
                    if left < at {
                        // auditor: allow(panicking-api) `at` was got from `waiting` above, and `left` is less
                        waiting.swap(left, at);
                    }
                    left += 1;
                }
            }
            waiting.truncate(left);
            let new = !self.pending.is_empty();
            let progress = left < before;
            waiting.append(&mut self.pending);
            self.pending = waiting;
            if (!progress && !new) || self.pending.is_empty() || self.fuel.get() == 0 {
                break;
            }
        }
        self.selected_at = (self.table.generation, self.pending.len());
    }

    /// The inference variables of a pending obligation: it makes no progress until one of them is bound.
    fn open_parts(&self, obligation: &Obligation) -> InferVars {
        let (subject, args) = match obligation {
            Obligation::Projection { base, args, .. } => (*base, *args),
            Obligation::Bound(subject, bound) => (*subject, bound.args),
        };
        let mut open = InferVars::new();
        for ty in args.iter().copied().chain([subject]) {
            self.unresolved_vars(ty, &mut open);
        }
        open
    }

    /// Takes up one waiting bound; `false` where its subject is still open.
    fn discharge(&mut self, obligation: &Obligation) -> bool {
        match obligation {
            Obligation::Projection { base, of, name, args, result } => {
                let base = self.shallow(*base);
                if matches!(base.kind(), TyKind::Infer(_, crate::types::ty::InferKind::Any)) {
                    return false;
                }
                match self.project(base, *of, *name, args) {
                    Some(ty) => {
                        self.unify(*result, ty);
                        true
                    }
                    None if base.flags().infer => false,
                    None => {
                        let rigid = matches!(
                            base.kind(),
                            TyKind::Param(_) | TyKind::Projection(..) | TyKind::Dyn(..) | TyKind::Opaque(..)
                        );
                        if rigid {
                            self.unify(*result, Ty::intern(TyKind::Projection(base, Some(*of), *name, *args)));
                        }
                        true
                    }
                }
            }
            Obligation::Bound(subject, bound) => self.discharge_bound(*subject, bound),
        }
    }

    fn discharge_bound(&mut self, subject: Ty, bound: &TraitRef) -> bool {
        let subject = self.normalize(subject);
        let subject = self.shallow(subject);
        if matches!(subject.kind(), TyKind::Infer(..)) {
            return false;
        }
        if bound.args.is_empty() && bound.bindings.is_empty() {
            return true;
        }
        if self.is_fn_trait(bound.def) {
            self.fn_bound(subject, bound);
            return true;
        }
        let args = bound.args.map(|arg| self.normalize(arg));
        // `From<Point>` for `(_, _)`: the impl decides the parts of the subject too.
        let open = args.iter().chain([&subject]).any(|&ty| self.resolve(ty).flags().infer);
        if bound.bindings.is_empty() && !open {
            return true;
        }
        let selected = if open { self.select(subject, bound.def, &args) } else { None };
        if open && selected.is_none() {
            // Nothing decides between several impls yet.
            return !subject.flags().infer && self.fuel.get() == 0;
        }
        for &(name, ty) in &bound.bindings {
            if let Some(found) = self.project(subject, bound.def, name, &args) {
                let ty = self.normalize(ty);
                self.unify(found, ty);
            }
        }
        // `Into<_>` holds of anything as long as nobody knows into what; what that is decides the rest by the impl's bounds.
        let blanket = matches!(selected, Some(Selected::Impl(at, _)) if self.is_blanket(at));
        !blanket || !args.iter().any(|&arg| self.resolve(arg).flags().infer)
    }

    /// Whether an impl is one for every type.
    fn is_blanket(&self, at: u32) -> bool {
        self.world.impl_at(at).is_some_and(|data| matches!(data.self_ty.kind(), TyKind::Param(_)))
    }

    /// `F: Fn(A) -> B` for a closure or function.
    fn fn_bound(&mut self, subject: Ty, bound: &TraitRef) {
        let Some((params, ret)) = self.callable(subject) else { return };
        let wanted = bound.args.first().map(|&args| self.normalize(args));
        if let Some(TyKind::Tuple(wanted)) = wanted.map(|ty| self.shallow(ty)).map(Ty::kind) {
            for (&param, &wanted) in params.iter().zip(wanted.iter()) {
                self.unify(param, wanted);
            }
        }
        if let Some(&(_, output)) = bound.bindings.iter().find(|(name, _)| *name == Name::OUTPUT) {
            let output = self.normalize(output);
            self.unify(ret, output);
        }
    }

    /// Returns the parameters and result of something that can be called.
    pub(super) fn callable(&mut self, ty: Ty) -> Option<(Params, Ty)> {
        match self.shallow(ty).kind() {
            TyKind::Closure(_, parts) | TyKind::FnPtr(parts, _) => {
                let (&ret, params) = parts.split_last()?;
                Some((params.into(), ret))
            }
            TyKind::FnDef(of, args) => self.fn_parts(*of, args, 0),
            TyKind::Ref(inner, _) => self.callable(*inner),
            TyKind::Dyn(bounds) | TyKind::Opaque(bounds) => {
                let bound = bounds.iter().find_map(|bound| self.fn_trait_bound(ty, bound))?;
                self.fn_bound_parts(&bound)
            }
            TyKind::Param(_) | TyKind::Projection(..) => {
                let ty = self.shallow(ty);
                let bounds = self.env.iter().filter(|(subject, _)| *subject == ty);
                let bound = bounds.map(|(_, bound)| bound).find_map(|bound| self.fn_trait_bound(ty, bound))?;
                self.fn_bound_parts(&bound)
            }
            _ => None,
        }
    }

    /// A bound by `Fn`, `FnMut` or `FnOnce`, or by a trait of which one of them is a supertrait, as that one.
    pub(super) fn fn_trait_bound(&self, subject: Ty, bound: &TraitRef) -> Option<TraitRef> {
        if self.is_fn_trait(bound.def) {
            return Some(bound.clone());
        }
        self.world.impls.trait_data(bound.def).filter(|data| !data.supertraits.is_empty())?;
        let functions = self.world.lang.functions.iter();
        functions.copied().find_map(|of| self.elaborate_supertraits(subject, bound, (of, &mut 0), 0))
    }

    pub(super) fn fn_bound_parts(&mut self, bound: &TraitRef) -> Option<(Params, Ty)> {
        let args = self.normalize(bound.args.first().copied()?);
        let TyKind::Tuple(params) = self.shallow(args).kind() else { return None };
        let output = bound.bindings.iter().find(|(name, _)| *name == Name::OUTPUT);
        let output = output.map_or_else(|| self.fresh(), |&(_, ty)| ty);
        Some(((**params).into(), self.normalize(output)))
    }

    /// Instantiates a bound's supertraits and parameters for a trait's own parameters.
    pub(super) fn trait_subst(&self, of: DefId, self_ty: Ty, args: &[Ty]) -> Subst {
        let mut subst = Subst(smallvec![(Name::SELF_TYPE, self_ty)]);
        subst.0.extend(self.world.generic_names(of).map(|(name, _)| name).zip(args.iter().copied()));
        subst
    }
}
