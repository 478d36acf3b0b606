//! Trait selection: which impl or bound makes a type implement a trait.

use smallvec::{SmallVec, smallvec};

use crate::model::name::Name;
use crate::types::flags::Flags;
use crate::types::index::{ImplData, SimplifiedType};
use crate::types::subst::Subst;
use crate::types::traits::TraitData;
use crate::types::ty::{DefId, Float, InferKind, Int, TraitRef, Ty, TyKind};

use super::Infer;

/// Bounds within bounds that are followed.
pub(super) const DEPTH: u32 = 12;

/// Bounds of one trait on one subject that are looked at.
const REPEATED: usize = 8;

/// Why a type implements a trait.
#[derive(Debug, Clone)]
pub(super) enum Selected {
    /// By an impl, with what its parameters stand for.
    Impl(u32, Subst),
    /// By a bound in scope or of the type itself.
    Clause(TraitRef),
    /// By the language: closures, derives, tuples.
    Builtin,
}

impl Infer<'_> {
    /// Selects the impl or bound by which `ty` implements `of` with `args`; `None` where there is none, or it is ambiguous yet.
    pub(super) fn select(&mut self, ty: Ty, of: DefId, args: &[Ty]) -> Option<Selected> {
        if self.depth >= DEPTH || !self.step(ty) {
            return None;
        }
        let ty = self.shallow(ty);
        self.with_cycle_guard(ty, of, |this| this.select_inner(ty, of, args)).flatten()
    }

    /// Answers whether `ty` implements `of`; `None` where that is being asked already: a question that asks itself has no answer,
    /// for blanket impls lean on each other.
    pub(super) fn with_cycle_guard<R>(&mut self, ty: Ty, of: DefId, answer: impl FnOnce(&mut Self) -> R) -> Option<R> {
        let asked =
            |&(other, also): &(Ty, DefId)| also == of && (other == ty || self.resolve(other) == self.resolve(ty));
        if self.selecting.iter().any(asked) {
            return None;
        }
        self.selecting.push((ty, of));
        self.depth += 1;
        let answer = answer(self);
        self.depth -= 1;
        self.selecting.pop();
        Some(answer)
    }

    fn select_inner(&mut self, ty: Ty, of: DefId, args: &[Ty]) -> Option<Selected> {
        if let Some(clause) = self.clause(ty, of, args) {
            return Some(Selected::Clause(clause));
        }
        let (ty, shape) = self.numeric_candidate(ty, of, args);
        match ty.kind() {
            TyKind::Unknown | TyKind::Infer(_, InferKind::Any) => return None,
            TyKind::Closure(..) | TyKind::FnDef(..) | TyKind::FnPtr(..) if self.is_fn_trait(of) => {
                return Some(Selected::Builtin);
            }
            _ => {}
        }
        if self.builtin(ty, of) {
            return Some(Selected::Builtin);
        }
        self.select_impl(ty, of, args, shape)
    }

    /// What an impl for `ty` is looked for by. A literal is the only number that has one, as in `slice.get(1)`; of several it is
    /// none yet, and its default, or the first, answers without being bound: `1.max(x)` is what `x` is.
    fn numeric_candidate(&self, ty: Ty, of: DefId, args: &[Ty]) -> (Ty, Option<SimplifiedType>) {
        let float = |float| Ty::intern(TyKind::Float(float));
        let (numbers, default): (SmallVec<[Ty; 12]>, Ty) = match ty.kind() {
            TyKind::Infer(_, InferKind::Int) => (Int::ALL.into_iter().map(Ty::int).collect(), Ty::int(Int::I32)),
            TyKind::Infer(_, InferKind::Float) => (Float::ALL.into_iter().map(float).collect(), float(Float::F64)),
            _ => return (ty, SimplifiedType::of(ty)),
        };
        let implements = |&ty: &Ty| {
            let mut impls = self.world.impls.of_trait(of, SimplifiedType::of(ty));
            impls.any(|at| self.world.impl_at(at).is_some_and(|data| data.self_ty == ty) && self.may_fit(at, ty, args))
        };
        let able: SmallVec<[Ty; 12]> = numbers.into_iter().filter(implements).collect();
        match able.as_slice() {
            [one] => (ty, SimplifiedType::of(*one)),
            [first, ..] if !able.contains(&default) => (*first, SimplifiedType::of(*first)),
            _ => (default, SimplifiedType::of(default)),
        }
    }

    /// Whether a type is a literal's that several types may be, as far as `of` can tell.
    pub(super) fn is_any_number(&self, ty: Ty, of: DefId, args: &[Ty]) -> bool {
        matches!(ty.kind(), TyKind::Infer(_, InferKind::Int | InferKind::Float))
            && !matches!(self.numeric_candidate(ty, of, args).0.kind(), TyKind::Infer(..))
    }

    fn select_impl(&mut self, ty: Ty, of: DefId, args: &[Ty], shape: Option<SimplifiedType>) -> Option<Selected> {
        let world = self.world;
        // Whatever their bounds say, most are for something else.
        let mut candidates: SmallVec<[u32; 8]> = SmallVec::new();
        for at in world.impls.of_trait(of, shape) {
            if self.may_fit(at, ty, args) {
                candidates.push(at);
            }
        }
        let mut candidates = candidates.into_iter();
        let first = candidates.next()?;
        let Some(second) = candidates.next() else {
            // The only one needs no comparison.
            let mut subst = None;
            self.commit_if_ok(|this| {
                subst = this.fits(first, ty, args);
                subst.is_some()
            });
            return Some(Selected::Impl(first, subst?));
        };
        let mut found: Option<u32> = None;
        let open = args.iter().any(|&arg| self.shallow(arg).flags().infer);
        for at in [first, second].into_iter().chain(candidates) {
            let fits = self.probe(|this| this.fits(at, ty, args).is_some());
            if fits {
                if found.is_some() {
                    // Two impls fit: what is open in the arguments decides later.
                    if open {
                        return None;
                    }
                    break;
                }
                found = Some(at);
            }
        }
        let at = found?;
        let subst = self.fits(at, ty, args)?;
        Some(Selected::Impl(at, subst))
    }

    /// Whether an impl's types look like these, its bounds apart.
    fn may_fit(&self, at: u32, ty: Ty, args: &[Ty]) -> bool {
        let Some(data) = self.world.impl_at(at) else { return false };
        let Some(of) = &data.trait_ref else { return false };
        self.may_match(data.self_ty, ty)
            && of.args.iter().zip(args).all(|(&wanted, &given)| self.may_match(wanted, given))
    }

    /// Matches an impl against a type; binds what the match decides.
    fn fits(&mut self, at: u32, ty: Ty, args: &[Ty]) -> Option<Subst> {
        let world = self.world;
        let data = world.impl_at(at)?;
        let of = data.trait_ref.as_ref()?;
        let pairs = of.args.iter().copied().zip(args.iter().copied());
        let subst = self.match_header(&data.generics, std::iter::once((data.self_ty, ty)).chain(pairs))?;
        self.bounds_may_hold(data, &subst).then_some(subst)
    }

    /// Whether the bounds of an impl hold, or may, for what its parameters stand for.
    pub(super) fn bounds_may_hold(&mut self, data: &ImplData, subst: &Subst) -> bool {
        let bounds = &self.world.impl_detail(data).bounds;
        bounds.iter().all(|(subject, bound)| {
            self.is_marker(bound.def) || self.holds(subst.apply(*subject), &subst.apply_trait(bound))
        })
    }

    /// Whether a bound holds, or may: only what is known not to hold counts against an impl.
    pub(super) fn holds(&mut self, subject: Ty, bound: &TraitRef) -> bool {
        let subject = self.normalize(subject);
        let subject = self.shallow(subject);
        if subject.is_unknown() || matches!(subject.kind(), TyKind::Projection(..)) {
            return true;
        }
        if let Some(of) = self.world.lang.auto_trait(bound.def) {
            return self.may_have_auto_trait(subject, of);
        }
        if self.select(subject, bound.def, &bound.args).is_none() {
            // What is open or an associated type yet may be what the bound wants.
            let may_be = |flags: Flags| flags.infer || flags.assoc;
            let undecided = bound.args.iter().any(|&arg| may_be(self.shallow(arg).flags()));
            return self.depth >= DEPTH || self.fuel.get() == 0 || (undecided && self.may_apply(subject, bound));
        }
        for &(name, ty) in &bound.bindings {
            let Some(projected) = self.project(subject, bound.def, name, &bound.args) else { continue };
            // What a closure returns is coerced; of others another associated type is another one, where both are known.
            if !self.unify(projected, ty)
                && !self.is_fn_trait(bound.def)
                && self.is_certain(projected)
                && self.is_certain(ty)
            {
                return false;
            }
        }
        true
    }

    /// Whether all of a type is known, and what it is decided.
    fn is_certain(&self, ty: Ty) -> bool {
        let flags = self.resolve(ty).flags();
        !(flags.unknown || flags.infer || flags.assoc)
    }

    /// Whether something may yet decide that a bound holds: of a type that says itself what it has anything, of others an impl.
    fn may_apply(&mut self, subject: Ty, bound: &TraitRef) -> bool {
        let by_impls = matches!(
            subject.kind(),
            TyKind::Adt(..) | TyKind::Ref(..) | TyKind::Slice(_) | TyKind::Array(..) | TyKind::Str
        );
        let world = self.world;
        !by_impls
            || self.depth >= DEPTH
            || self.fuel.get() == 0
            || self
                .with_cycle_guard(subject, bound.def, |this| {
                    let mut impls = world.impls.of_trait(bound.def, SimplifiedType::of(subject));
                    impls.any(|at| {
                        this.may_fit(at, subject, &bound.args)
                            && this.probe(|this| this.fits(at, subject, &bound.args).is_some())
                    })
                })
                .unwrap_or(true)
    }

    /// A bound in scope, or one of an opaque or object type itself.
    pub(super) fn clause(&mut self, ty: Ty, of: DefId, args: &[Ty]) -> Option<TraitRef> {
        if let TyKind::Dyn(bounds) | TyKind::Opaque(bounds) = ty.kind() {
            let found = bounds.iter().find_map(|bound| self.elaborate_supertraits(ty, bound, (of, &mut 0), 0));
            if let Some(found) = found {
                self.commit_if_ok(|this| this.unify_all(&found.args, args));
                return Some(found);
            }
        }
        match ty.kind() {
            TyKind::Param(_) | TyKind::Projection(..) => {}
            // `&'a T: IntoIterator` says it of the reference.
            TyKind::Ref(..) if self.env.iter().any(|&(subject, _)| subject == ty) => {}
            _ => return None,
        }
        for at in 0..self.env.len() {
            let Some((subject, _)) = self.env.get(at) else { break };
            if *subject != ty && !(matches!(subject.kind(), TyKind::Projection(..)) && same_assoc(*subject, ty)) {
                continue;
            }
            let found =
                self.fitting(args, |this, nth| this.elaborate_supertraits(ty, &this.env.get(at)?.1, (of, nth), 0));
            if let Some(found) = found {
                self.unify_all(&found.args, args);
                return Some(found);
            }
        }
        let found = self.assoc_bound(ty, of, args)?;
        self.commit_if_ok(|this| this.unify_all(&found.args, args));
        Some(found)
    }

    /// The bounds that a trait puts on its associated type: `type Item: Display`.
    fn assoc_bound(&mut self, ty: Ty, of: DefId, given: &[Ty]) -> Option<TraitRef> {
        let TyKind::Projection(base, declared_in, name, args) = ty.kind() else { return None };
        let declared_in = declared_in.or_else(|| self.trait_declaring(*base, *name))?;
        let world = self.world;
        let bounds = world.impls.trait_data(declared_in)?.types.get(name)?;
        let mut subst = Subst(smallvec![(Name::SELF_TYPE, *base)]);
        subst.0.extend(world.generic_names(declared_in).map(|(name, _)| name).zip(args.iter().copied()));
        self.fitting(given, |this, nth| {
            bounds
                .iter()
                .find_map(|bound| this.elaborate_supertraits(ty, &subst.apply_trait(bound), (of, &mut *nth), 0))
        })
    }

    /// The first of the candidates that fits `args`: `Number: Shl<u8> + Shl<u32>` has two bounds of one trait.
    fn fitting(&mut self, args: &[Ty], nth: impl Fn(&Self, &mut usize) -> Option<TraitRef>) -> Option<TraitRef> {
        for at in 0..REPEATED {
            let found = nth(self, &mut { at })?;
            if args.is_empty() || self.probe(|this| this.unify_all(&found.args, args)) {
                return Some(found);
            }
        }
        None
    }

    /// Finds `of` among a bound and its supertraits, after `nth` others.
    pub(super) fn elaborate_supertraits(
        &self,
        ty: Ty,
        bound: &TraitRef,
        (of, nth): (DefId, &mut usize),
        depth: u32,
    ) -> Option<TraitRef> {
        if bound.def == of {
            let skipped = *nth > 0;
            *nth = nth.saturating_sub(1);
            return (!skipped).then(|| bound.clone());
        }
        // Most bounds lead elsewhere: that is found out by their traits alone.
        if !self.is_supertrait_of(bound.def, of, depth) {
            return None;
        }
        let world = self.world;
        let data = world.impls.trait_data(bound.def)?;
        let mut subst = Subst(smallvec![(Name::SELF_TYPE, ty)]);
        subst.0.extend(world.generic_names(bound.def).map(|(name, _)| name).zip(bound.args.iter().copied()));
        data.supertraits.iter().find_map(|above| {
            let mut above = subst.apply_trait(above);
            // `T: Child<Item = X>` says so of the parent's `Item` as well.
            let is_missing = |(name, _): &&(Name, Ty)| above.bindings.iter().all(|(known, _)| known != name);
            if bound.bindings.iter().any(|one| is_missing(&one)) {
                let missing = bound.bindings.iter().filter(is_missing);
                above.bindings = above.bindings.iter().chain(missing).copied().collect();
            }
            self.elaborate_supertraits(ty, &above, (of, nth), depth + 1)
        })
    }

    /// Whether a trait is `of`, or one of its supertraits is.
    fn is_supertrait_of(&self, from: DefId, of: DefId, depth: u32) -> bool {
        let above =
            |data: &TraitData| data.supertraits.iter().any(|above| self.is_supertrait_of(above.def, of, depth + 1));
        from == of || (depth < DEPTH && self.world.impls.trait_data(from).is_some_and(above))
    }

    pub(super) fn is_fn_trait(&self, of: DefId) -> bool {
        self.world.lang.functions.contains(&of)
    }

    /// Traits that decide no type: they are taken to hold.
    fn is_marker(&self, of: DefId) -> bool {
        self.world.lang.markers.contains(&of)
    }
}

fn same_assoc(one: Ty, other: Ty) -> bool {
    match (one.kind(), other.kind()) {
        (TyKind::Projection(base, _, name, _), TyKind::Projection(of, _, also, _)) => {
            name == also && (base == of || same_assoc(*base, *of))
        }
        _ => false,
    }
}
