//! What a call leads to: the function that types say, the impls that it may be, or why it is not known.

use super::index::CallIndex;
use super::{CodeKey, Link, Unseen};
use crate::model::hir::ExprId;
use crate::model::item::{ItemKind, Parent};
use crate::types::index::SimplifiedType;
use crate::types::ty::{DefId, Ty, TyKind};
use crate::types::typed_body::{CallKind, CallTarget};
use crate::types::world::World;

/// What a call leads to.
#[derive(Debug, Default)]
pub(super) struct Leads {
    /// Code that is scanned.
    pub(super) to: Vec<(CodeKey, Link)>,
    /// A function of another crate, which may call back.
    pub(super) external: Option<DefId>,
    /// Why not all is known, and what is called.
    pub(super) unseen: Option<(Unseen, Option<DefId>)>,
}

impl Leads {
    fn to(def: DefId, link: Link) -> Self {
        Self { to: vec![(CodeKey::of(def), link)], ..Self::default() }
    }

    fn unseen(why: Unseen, def: Option<DefId>) -> Self {
        Self { unseen: Some((why, def)), ..Self::default() }
    }
}

/// Returns what a call with this target leads to; `owner` is the item whose body holds it.
pub(super) fn leads(world: &World, index: &CallIndex, owner: DefId, target: &CallTarget) -> Leads {
    match (target.kind, target.def) {
        (CallKind::Constructor, _) => Leads::default(),
        (CallKind::Static, Some(def)) => function(world, index, def),
        (CallKind::Trait | CallKind::Dyn, Some(def)) => dispatched(world, index, def, target),
        (CallKind::Closure(at), _) => closure(owner, at),
        (CallKind::FnBound, _) => Leads::unseen(Unseen::Callback, None),
        (CallKind::Pointer, _) | (_, None) => Leads::unseen(Unseen::Pointer, None),
    }
}

fn closure(owner: DefId, at: ExprId) -> Leads {
    Leads { to: vec![(CodeKey { def: owner, part: Some(at) }, Link::Call)], ..Leads::default() }
}

/// A function that is known.
pub(super) fn function(world: &World, index: &CallIndex, def: DefId) -> Leads {
    let has_body = world.function(def).is_some_and(|function| function.body.is_some());
    if !index.is_scanned(def) {
        return Leads { external: Some(def), ..Leads::default() };
    }
    if has_body {
        return Leads::to(def, Link::Call);
    }
    if is_foreign(world, def) {
        return Leads::unseen(Unseen::Foreign, Some(def));
    }
    // A trait's function that a derive or the language implements.
    Leads::default()
}

fn is_foreign(world: &World, def: DefId) -> bool {
    let Some(Parent::Item(above)) = world.item(def).map(|item| item.parent) else { return false };
    world.item(DefId { file: def.file, item: above }).is_some_and(|item| matches!(item.kind, ItemKind::ExternBlock))
}

/// A trait's function of a type that is not known: those of all impls in sight, and the trait's own.
fn dispatched(world: &World, index: &CallIndex, def: DefId, target: &CallTarget) -> Leads {
    let why = if target.kind == CallKind::Dyn { Unseen::Dyn } else { Unseen::Bound };
    let Some(of) = world.container(def) else { return Leads::unseen(why, Some(def)) };
    let is_own = index.is_scanned(def);
    let is_unknown = target.args.first().is_none_or(|this| matches!(this.kind(), TyKind::Unknown));
    if is_unknown && !is_own {
        return Leads::unseen(Unseen::Unresolved, Some(def));
    }
    let name = world.name_of(def);
    let has_default = world.function(def).is_some_and(|function| function.body.is_some());
    let mut to = Vec::new();
    for one in index.impls(of) {
        match one.functions.iter().find(|(known, _)| *known == name) {
            Some(&(_, member)) => to.push((CodeKey::of(member), Link::Dispatch)),
            None if is_own && has_default => {}
            // The trait's own function calls those that the impl has.
            None => to.extend(one.functions.iter().map(|&(_, member)| (CodeKey::of(member), Link::Dispatch))),
        }
    }
    if is_own && has_default {
        to.push((CodeKey::of(def), Link::Dispatch));
    }
    if !is_own {
        to.extend(by_blanket(world, index, of, &target.args));
    }
    let unseen = (to.is_empty() || !is_own).then_some((why, Some(def)));
    Leads { to, external: None, unseen }
}

/// What a blanket impl of another crate asks of whatever it is for: `Into` is the `From` of what is wanted, `ToString` is `Display`.
fn by_blanket(world: &World, index: &CallIndex, of: DefId, given: &[Ty]) -> Vec<(CodeKey, Link)> {
    let mut to = Vec::new();
    for data in world.impls.of_trait(of, None).filter_map(|at| world.impl_at(at)) {
        let Some(declared) = data.trait_ref.as_ref().filter(|_| !index.is_scanned(data.def)) else { continue };
        for (subject, bound) in &world.impl_detail(data).bounds {
            // The trait's own arguments are known; what it is for is not.
            let known = declared.args.iter().position(|arg| arg == subject).and_then(|at| given.get(at + 1));
            let shape = known.and_then(|&ty| SimplifiedType::of(ty));
            let fit = index
                .impls(bound.def)
                .iter()
                .filter(|one| shape.is_none() || one.shape.is_none() || one.shape == shape);
            to.extend(fit.flat_map(|one| &one.functions).map(|&(_, member)| (CodeKey::of(member), Link::Dispatch)));
        }
    }
    to
}
