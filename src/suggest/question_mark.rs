//! What `?` takes in a function: its result's type, and which errors become the one that it returns. Impls with parameters of
//! their own are not followed, but for those of `Box<dyn Error>` and of types that take any error, as `anyhow`'s.

use crate::checks::BodyCx;
use crate::model::hir::{BodyKind, CfgId};
use crate::model::name::Name;
use crate::types::index::{ImplData, SimplifiedType};
use crate::types::ty::{DefId, TraitRef, Ty, TyKind};
use crate::types::world::World;

use super::Suggester;

/// Types within types that are looked at, and how many in all.
const DEPTH: u32 = 8;
const FUEL: u32 = 200;

/// What a function returns, as far as `?` asks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Returned {
    /// An `Option`.
    Option,
    /// A `Result` of that error.
    Result(Ty),
}

impl Suggester<'_> {
    /// What the function returns whose body this is; `None` where `?` cannot stand in it.
    pub(super) fn returned(&self, cx: &BodyCx<'_>) -> Option<Returned> {
        *self.returned.get_or_init(|| returned(self.world, cx))
    }

    /// Whether `?` makes an error of type `to` of one of type `from`, as far as that is in sight.
    pub(super) fn takes(&self, from: Ty, to: Ty) -> bool {
        let world = self.world;
        let owned = lives_on(world, from, DEPTH, &mut FUEL.clone());
        if from == to {
            return owned;
        }
        match boxed_error(world, to) {
            Some(wants_threads) => {
                is_text(world, from)
                    || (owned && is_error(world, from) && (!wants_threads || crosses_threads(world, from)))
            }
            None => owned && self.converts(from, to),
        }
    }

    /// Whether `to` is made of a message by `?`.
    pub(super) fn takes_text(&self, to: Ty) -> bool {
        boxed_error(self.world, to).is_some() || is_std(self.world, to, Name::STRING)
    }

    /// Whether `to: From<from>`, by an impl without parameters or one for any error.
    fn converts(&self, from: Ty, to: Ty) -> bool {
        let world = self.world;
        let Some(of) = world.std_item(&[Name::new("convert"), Name::new("From")]) else { return false };
        impls(world, of, to).any(|data| {
            let wanted = data.trait_ref.as_ref().and_then(|of| of.args.first().copied());
            match wanted.map(|wanted| (wanted, wanted.kind())) {
                Some((wanted, _)) if data.generics.is_empty() => wanted == from,
                Some((wanted, TyKind::Param(_))) => {
                    let bounds = &world.impl_detail(data).bounds;
                    let of_it: Vec<&TraitRef> =
                        bounds.iter().filter(|(subject, _)| *subject == wanted).map(|(_, bound)| bound).collect();
                    let any_error = of_it.iter().any(|bound| Some(bound.def) == error_trait(world));
                    let others = of_it.iter().filter(|bound| Some(bound.def) != error_trait(world));
                    let plain = others.clone().all(|bound| is_thread_marker(world, bound.def));
                    let threads = others.count() > 0;
                    any_error && plain && is_error(world, from) && (!threads || crosses_threads(world, from))
                }
                _ => false,
            }
        })
    }
}

fn returned(world: &World, cx: &BodyCx<'_>) -> Option<Returned> {
    // No `?` in a const fn: the trait behind it is not one that can run there.
    let function = cx.function().filter(|function| cx.body().kind == BodyKind::Fn && !function.is_const)?;
    let sig = world.fn_sig(DefId { file: cx.model.file, item: cx.body().owner })?;
    let ret = match sig.ret.kind() {
        TyKind::Opaque(bounds) if function.is_async => {
            let mut outputs = bounds.iter().flat_map(|bound| bound.bindings.iter());
            outputs.find(|(name, _)| *name == Name::OUTPUT).map(|&(_, ty)| ty)?
        }
        _ => sig.ret,
    };
    match ret.kind() {
        TyKind::Adt(def, _) if world.is_std(*def, Name::OPTION) => Some(Returned::Option),
        TyKind::Adt(def, args) if world.is_std(*def, Name::RESULT) => args.get(1).map(|&error| Returned::Result(error)),
        _ => None,
    }
}

/// Whether a type is std's ADT of that name.
pub(super) fn is_std(world: &World, ty: Ty, name: Name) -> bool {
    matches!(ty.kind(), TyKind::Adt(def, _) if world.is_std(*def, name))
}

fn error_trait(world: &World) -> Option<DefId> {
    world.std_item(&[Name::new("error"), Name::new("Error")])
}

fn is_thread_marker(world: &World, def: DefId) -> bool {
    is_of_std(world, def) && matches!(world.name_of(def).as_str(), "Send" | "Sync")
}

/// For `Box<dyn Error>`, with or without `Send` and `Sync`, whether it asks for one of these.
fn boxed_error(world: &World, ty: Ty) -> Option<bool> {
    let TyKind::Adt(def, args) = ty.kind() else { return None };
    let boxed = args.first().filter(|_| world.lang.boxed == Some(*def))?;
    let TyKind::Dyn(bounds) = boxed.kind() else { return None };
    let (principal, others) = bounds.split_first()?;
    let plain = others.iter().all(|bound| is_thread_marker(world, bound.def));
    (Some(principal.def) == error_trait(world) && plain).then_some(!others.is_empty())
}

/// `String` and `&str`, which are no errors and become one.
fn is_text(world: &World, ty: Ty) -> bool {
    match ty.kind() {
        TyKind::Ref(to, false) => matches!(to.kind(), TyKind::Str),
        _ => is_std(world, ty, Name::STRING),
    }
}

/// The impls of `of` for exactly `ty` that every build has.
fn impls(world: &World, of: DefId, ty: Ty) -> impl Iterator<Item = &ImplData> {
    let found = SimplifiedType::of(ty).map(|shape| world.impls.of_trait(of, Some(shape)));
    found.into_iter().flatten().filter_map(|at| world.impl_at(at)).filter(move |data| {
        data.self_ty == ty && (is_of_std(world, data.def) || world.item(data.def).is_some_and(|it| it.cfg == CfgId(0)))
    })
}

fn is_error(world: &World, ty: Ty) -> bool {
    error_trait(world).is_some_and(|of| impls(world, of, ty).any(|data| data.generics.is_empty()))
}

fn is_of_std(world: &World, def: DefId) -> bool {
    world.crate_of(def.file).is_some_and(|krate| krate.is_std)
}

/// Whether an error can go to another thread: std's own can, unless they hold somebody else's value.
fn crosses_threads(world: &World, ty: Ty) -> bool {
    matches!(ty.kind(), TyKind::Adt(def, args) if is_of_std(world, *def) && args.is_empty())
}

/// Whether a type surely borrows nothing.
fn lives_on(world: &World, ty: Ty, depth: u32, fuel: &mut u32) -> bool {
    let (Some(depth), Some(left)) = (depth.checked_sub(1), fuel.checked_sub(1)) else { return false };
    *fuel = left;
    let mut all = |mut parts: std::slice::Iter<'_, Ty>| parts.all(|&part| lives_on(world, part, depth, fuel));
    match ty.kind() {
        TyKind::Never | TyKind::Bool | TyKind::Char | TyKind::Str | TyKind::Int(_) | TyKind::Float(_) => true,
        // A parameter is the same one wherever it is written, and is compared with itself alone.
        TyKind::Param(_) => true,
        TyKind::Slice(inner) | TyKind::Array(inner, _) => all([*inner].iter()),
        TyKind::Tuple(parts) => all(parts.iter()),
        TyKind::Dyn(bounds) => boxed(bounds),
        TyKind::Adt(def, args) if is_of_std(world, *def) => all(args.iter()),
        TyKind::Adt(def, args) => {
            let fields = world.adt(*def).map(|adt| adt.variants.iter().flat_map(|variant| &variant.fields));
            all(args.iter()) && fields.is_some_and(|mut fields| fields.all(|&(_, ty)| lives_on(world, ty, depth, fuel)))
        }
        _ => false,
    }
}

/// A trait object in a box lives on unless a lifetime is written, which hardly anybody does.
fn boxed(bounds: &[TraitRef]) -> bool {
    bounds.iter().all(|bound| bound.args.is_empty())
}
