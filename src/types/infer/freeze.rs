//! Freezes what inference noted: variables become what they are bound to, calls of traits' methods the methods of impls.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::model::hir::ExprId;
use crate::model::item::ItemKind;
use crate::types::ty::{DefId, Ty, TyKind, Tys};
use crate::types::typed_body::{Adjust, Adjustment, CallKind, CallTarget, TypedBody};

use super::Infer;
use super::coerce::DEREF_LIMIT;
use super::results::{NotedCall, Results};
use super::select::Selected;

/// Calls of traits' methods by the method and its arguments, with what they run.
pub(super) type Instances = FxHashMap<(DefId, Tys), CallTarget>;

impl Infer<'_> {
    /// Makes a typed body of what was noted.
    pub(super) fn freeze(&mut self) -> TypedBody {
        let mut results = std::mem::take(&mut self.results);
        self.finals.clear();
        let calls = results.calls.iter().map(|&call| (call.at, self.target(call, &results.args)));
        let mut calls: Vec<(ExprId, CallTarget)> = calls.collect();
        self.freeze_coercions(&mut results);
        for ty in results.types.iter_mut().chain(results.receivers.iter_mut().map(|(_, ty)| ty)) {
            *ty = self.zonk(*ty);
        }
        for (_, ty) in &mut results.coercions {
            *ty = self.zonk(*ty);
        }
        for (_, step) in &mut results.adjustments {
            step.target = self.zonk(step.target);
        }
        results.adjustments.sort_by_key(|&(id, _)| id);
        results.static_muts.sort_unstable();
        let types: SmallVec<[Ty; 16]> =
            self.bindings.types.iter().map(|slot| slot.map_or_else(Ty::unknown, |(ty, _)| ty)).collect();
        let frozen = TypedBody {
            first_expr: results.first,
            exprs: results.types.as_slice().into(),
            first_binding: self.bindings.first,
            bindings: types.into_iter().map(|ty| self.zonk(ty)).collect(),
            res: sorted(&mut results.res),
            pat_res: sorted(&mut results.pat_res),
            calls: sorted(&mut calls),
            callees: sorted(&mut results.callees),
            adjustments: results.adjustments.as_slice().into(),
            peeled: sorted(&mut results.peeled),
            by_default: sorted(&mut results.by_default),
            receivers: sorted(&mut results.receivers),
            coercions: sorted(&mut results.coercions),
            static_muts: results.static_muts.as_slice().into(),
        };
        self.results = results;
        frozen
    }

    /// Makes adjustments of the values that are taken where another type is wanted.
    fn freeze_coercions(&mut self, results: &mut Results) {
        for &(id, wanted) in &results.coerced {
            let at = id.number().checked_sub(results.first).and_then(|at| results.types.get(at as usize));
            let from = self.zonk(at.copied().unwrap_or_else(Ty::unknown));
            let to = self.zonk(wanted);
            if from != to {
                let steps = self.coercion_steps(from, to);
                results.adjustments.extend(steps.into_iter().map(|step| (id, step)));
            }
        }
    }

    /// The final form of a type; each is worked out once a body.
    fn zonk(&mut self, ty: Ty) -> Ty {
        if !ty.flags().infer {
            return ty;
        }
        let Self { table, finals, .. } = self;
        *finals.entry(ty).or_insert_with(|| table.zonk(ty))
    }

    /// What a call runs, now that its types are known.
    fn target(&mut self, call: NotedCall, args: &[Ty]) -> CallTarget {
        let args = args.get(call.first_arg as usize..call.last_arg as usize).unwrap_or(&[]);
        let args: SmallVec<[Ty; 4]> = args.iter().map(|&arg| self.zonk(arg)).collect();
        let args = Tys::new(&args);
        let target = CallTarget { def: call.def, args, kind: call.kind };
        match call.def {
            Some(def) if call.kind == CallKind::Static => self.instance(def, target),
            _ => target,
        }
    }

    /// Finds what a call of `def` runs: of a trait's method that of the impl, where the types decide it.
    fn instance(&mut self, def: DefId, declared: CallTarget) -> CallTarget {
        let world = self.world;
        let container = world.container(def);
        let of = container.filter(|&at| matches!(world.item(at).map(|item| item.kind), Some(ItemKind::Trait { .. })));
        let (Some(of), Some((&this, rest))) = (of, declared.args.split_first()) else { return declared };
        match this.kind() {
            TyKind::Dyn(_) => return CallTarget { kind: CallKind::Dyn, ..declared },
            TyKind::Param(_) | TyKind::Projection(..) | TyKind::Opaque(_) | TyKind::Unknown => {
                return CallTarget { kind: CallKind::Trait, ..declared };
            }
            _ => {}
        }
        let is_generic = declared.args.iter().any(|ty| ty.flags().param || ty.flags().assoc);
        let known = if is_generic { &self.own_instances } else { &self.instances };
        if let Some(&known) = known.get(&(def, declared.args)) {
            return known;
        }
        let count = world.generic_names(of).count();
        let (of_args, own) = rest.split_at(count.min(rest.len()));
        self.fuel.set(self.fuel.get().max(INSTANCE_FUEL));
        let found = match self.select(this, of, of_args) {
            Some(Selected::Impl(at, subst)) => {
                let member = world.member_of_impl(at, world.name_of(def));
                // A method that the impl does not have is the trait's own.
                member.map_or(declared, |member| {
                    let outer = subst.0.iter().map(|&(_, ty)| self.table.zonk(ty));
                    let args: SmallVec<[Ty; 4]> = outer.chain(own.iter().copied()).collect();
                    CallTarget { def: Some(member), args: Tys::new(&args), kind: CallKind::Static }
                })
            }
            Some(Selected::Builtin) => declared,
            Some(Selected::Clause(_)) | None => CallTarget { kind: CallKind::Trait, ..declared },
        };
        let known = if is_generic { &mut self.own_instances } else { &mut self.instances };
        known.insert((def, declared.args), found);
        found
    }

    /// The steps by which a value of one type is taken where another is wanted; none where that is not understood.
    fn coercion_steps(&mut self, from: Ty, to: Ty) -> SmallVec<[Adjustment; 2]> {
        let mut steps = SmallVec::new();
        let mut step = |kind: Adjust, target: Ty| steps.push(Adjustment { kind, target });
        match (from.kind(), to.kind()) {
            (TyKind::Unknown, _) | (_, TyKind::Unknown) => {}
            (TyKind::Never, _) => step(Adjust::Never, to),
            (TyKind::Ref(one, _), TyKind::Ref(other, mutable)) => {
                step(Adjust::Deref, *one);
                let mut at = *one;
                for _ in 0..DEREF_LIMIT {
                    if at == *other || is_unsized(at, *other) {
                        break;
                    }
                    let Some(next) = self.deref(at) else { break };
                    let next = self.table.zonk(next);
                    step(if self.is_builtin_deref(at) { Adjust::Deref } else { Adjust::OverloadedDeref }, next);
                    at = next;
                }
                step(Adjust::Borrow { mutable: *mutable }, at.reference(*mutable));
                if at != *other {
                    step(Adjust::Unsize, to);
                }
            }
            (TyKind::Ref(..) | TyKind::Ptr(..), TyKind::Ptr(..)) => step(Adjust::Pointer, to),
            (TyKind::FnDef(..) | TyKind::Closure(..), TyKind::FnPtr(..)) => step(Adjust::FnPointer, to),
            (TyKind::Adt(one, _), TyKind::Adt(other, _)) if one == other => step(Adjust::Unsize, to),
            _ => {}
        }
        steps
    }

    /// Whether dereferencing a value of this type is the language's own.
    pub(super) fn is_builtin_deref(&self, ty: Ty) -> bool {
        match self.shallow(ty).kind() {
            TyKind::Ref(..) | TyKind::Ptr(..) => true,
            TyKind::Adt(def, _) => Some(*def) == self.world.lang.boxed,
            _ => false,
        }
    }
}

/// Steps that finding one impl may take, whatever the body has used up.
const INSTANCE_FUEL: u32 = 256;

/// Whether what a pointer points at can lose its size.
fn is_unsized(from: Ty, to: Ty) -> bool {
    matches!((from.kind(), to.kind()), (TyKind::Array(..), TyKind::Slice(_)))
        || matches!((from.kind(), to.kind()), (one, TyKind::Dyn(_)) if !matches!(one, TyKind::Dyn(_)))
}

/// A table by its key; of several entries with one key the first counts.
fn sorted<K: Ord + Copy, V: Copy>(table: &mut Vec<(K, V)>) -> Box<[(K, V)]> {
    if !table.is_sorted_by(|(one, _), (other, _)| one < other) {
        table.sort_by_key(|&(key, _)| key);
        table.dedup_by_key(|&mut (key, _)| key);
    }
    table.as_slice().into()
}
