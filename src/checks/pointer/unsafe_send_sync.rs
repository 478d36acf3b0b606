//! `unsafe impl Send` or `Sync` of a type that holds values of a type parameter, of which nothing is asked.

use crate::checks::contract::is_remarked;
use crate::checks::{BodyCx, Check, SiteBuilder, Sites, item_head};
use crate::model::hir::{GenericArg, ItemId, List, PathId, TypeId, TypeRef};
use crate::model::item::{Item, ItemKind};
use crate::model::name::Name;

pub const CHECK: Check =
    Check { rule: "unsafe-send-sync", looks_at: &[], named: None, run: |_, _, _| {}, item: Some(item) };

/// Types within types that are looked at.
const DEPTH: u32 = 12;

/// Traits that say nothing of threads. A bound of any other may.
const SILENT: [&str; 24] = [
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Sized",
    "Eq",
    "PartialEq",
    "Ord",
    "PartialOrd",
    "Hash",
    "Display",
    "Unpin",
    "Drop",
    "Iterator",
    "IntoIterator",
    "Fn",
    "FnMut",
    "FnOnce",
    "AsRef",
    "AsMut",
    "Borrow",
    "Into",
    "From",
    "Deref",
];

fn item(cx: &BodyCx<'_>, id: ItemId, sites: &mut Sites<'_>) {
    let Some(item) = cx.model.items.get(id.index()) else { return };
    let ItemKind::Impl { is_unsafe: true, trait_path: Some(path), self_ty, negative: false } = item.kind else {
        return;
    };
    let Some(of) = last_name(cx, path).filter(|name| matches!(name.as_str(), "Send" | "Sync")) else { return };
    // Whoever leaves a bound out and says why has thought of it.
    if is_remarked(cx, id) {
        return;
    }
    let Some((name, args)) = self_type(cx, self_ty) else { return };
    let Some(holder) = declared(cx, name) else { return };
    let params: Vec<Name> = cx.model.generics(holder.generics).params.iter().map(|param| param.name).collect();
    let generics = cx.model.generics(item.generics);
    for param in generics.params.iter().filter(|param| !param.is_const) {
        let place = args.iter().position(|arg| *arg == Some(param.name));
        let Some(&own) = place.and_then(|place| params.get(place)) else { continue };
        if !holds(cx, holder, own) || may_be_bound(cx, item, param.name) {
            continue;
        }
        let reason = format!(
            "`{name}` holds values of `{}`, and `{of}` is promised for all of them, those that must stay on their thread too: ask for `{}: {of}`",
            param.name, param.name
        );
        let detail = format!("{of} for {name}");
        sites.report_item(
            id,
            item_head(cx, id),
            SiteBuilder::possible("unsafe-send-sync").reason(reason).detail(detail),
        );
        return;
    }
}

fn last_name(cx: &BodyCx<'_>, path: PathId) -> Option<Name> {
    cx.model.path(path)?.segments.last().map(|last| last.name)
}

/// The name of the type that an impl is for, and its type arguments: those that are a parameter by their names.
fn self_type(cx: &BodyCx<'_>, ty: TypeId) -> Option<(Name, Vec<Option<Name>>)> {
    let TypeRef::Path(path) = cx.model.ty(ty) else { return None };
    let path = cx.model.path(path)?;
    let name = path.segments.last()?.name;
    let args = path.last_args()?;
    let of = |arg: &GenericArg| match arg {
        GenericArg::Type(ty) => match cx.model.ty(*ty) {
            TypeRef::Path(path) => last_name(cx, path),
            _ => None,
        },
        GenericArg::Const(_) => None,
    };
    Some((name, args.args.iter().map(of).collect()))
}

/// The struct, enum or union of that name in the file.
fn declared<'a>(cx: &BodyCx<'a>, name: Name) -> Option<&'a Item> {
    let is_type =
        |kind: ItemKind| matches!(kind, ItemKind::Struct { .. } | ItemKind::Enum { .. } | ItemKind::Union { .. });
    let mut all = cx.model.items.iter().filter(|item| item.name == name && is_type(item.kind));
    let first = all.next()?;
    // Two of one name, under two predicates, say two things.
    all.next().is_none().then_some(first)
}

/// Whether a field holds values of a parameter, or leads to some.
fn holds(cx: &BodyCx<'_>, holder: &Item, param: Name) -> bool {
    let any = |fields: List<crate::model::item::Field>| {
        cx.model.list(fields).iter().any(|field| leads_to(cx, field.ty, param, DEPTH))
    };
    match holder.kind {
        ItemKind::Struct { fields, .. } | ItemKind::Union { fields } => any(fields),
        ItemKind::Enum { variants } => cx
            .model
            .list(variants)
            .iter()
            .any(|variant| cx.model.variants.get(variant.index()).is_some_and(|variant| any(variant.fields))),
        _ => false,
    }
}

fn leads_to(cx: &BodyCx<'_>, ty: TypeId, param: Name, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match cx.model.ty(ty) {
        TypeRef::Ref { ty, .. } | TypeRef::Ptr { ty, .. } | TypeRef::Slice(ty) | TypeRef::Array { ty, .. } => {
            leads_to(cx, ty, param, depth)
        }
        TypeRef::Tuple(parts) => cx.model.list(parts).iter().any(|&part| leads_to(cx, part, param, depth)),
        TypeRef::Path(path) => {
            let Some(path) = cx.model.path(path) else { return false };
            if let [only] = path.segments
                && only.name == param
            {
                return true;
            }
            // A marker alone holds nothing: what it stands for is for the other fields to show.
            if path.segments.last().is_some_and(|last| last.name.as_str() == "PhantomData") {
                return false;
            }
            let args = path.last_args();
            args.is_some_and(|args| {
                args.args.iter().any(|arg| matches!(arg, GenericArg::Type(ty) if leads_to(cx, *ty, param, depth)))
            })
        }
        // A function that takes or gives one holds none.
        _ => false,
    }
}

/// Whether something that is asked of a parameter may make sure of threads: any trait that is not known to say nothing of them.
fn may_be_bound(cx: &BodyCx<'_>, item: &Item, param: Name) -> bool {
    let generics = cx.model.generics(item.generics);
    let of_param = |ty: TypeId| match cx.model.ty(ty) {
        TypeRef::Path(path) => cx.model.path(path).is_some_and(|path| {
            path.segments.first().is_some_and(|first| first.name == param) || path.last_args().is_some()
        }),
        _ => true,
    };
    generics.bounds.iter().filter(|(ty, _)| of_param(*ty)).any(|&(_, bounds)| {
        cx.model
            .list(bounds)
            .iter()
            .any(|&bound| last_name(cx, bound).is_none_or(|name| !SILENT.contains(&name.as_str()) || is_own(cx, name)))
    })
}

/// Whether the file declares a trait of that name: a user's own `Clone`.
fn is_own(cx: &BodyCx<'_>, name: Name) -> bool {
    cx.model.items.iter().any(|item| item.name == name && matches!(item.kind, ItemKind::Trait { .. }))
}
