//! Resolves names and paths in the module tree. `imports.rs` uses it to resolve imports.

use rustc_hash::FxHashMap;

use super::{Binding, DefMap, Glob, ModuleId, Res};
use crate::model::hir::{Anchor, FileModel, Path};
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::ty::DefId;

/// A namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    /// Types, modules, traits, variants.
    Types,
    /// Functions, constants, constructors.
    Values,
}

/// How far a path led: what was found, and how many of its segments were used; the rest are associated names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartialRes {
    /// What the used segments mean.
    pub res: Res,
    /// Segments used.
    pub used: usize,
}

/// The modules whose globs lead to where names are looked for, innermost first: globs can go in circles.
pub(super) struct Globs<'g> {
    pub(super) module: ModuleId,
    pub(super) within: Option<&'g Globs<'g>>,
}

impl Globs<'_> {
    /// Whether the way here leads through a module.
    pub(super) fn leads_through(&self, module: ModuleId) -> bool {
        let mut at = Some(self);
        while let Some(here) = at {
            if here.module == module {
                return true;
            }
            at = here.within;
        }
        false
    }
}

impl DefMap {
    /// Returns what `name` means directly in `module`: its own items and imports, then its globs.
    pub fn module_binding(&self, module: ModuleId, name: Name, space: Namespace) -> Option<Res> {
        self.module_binding_guarded(module, name, space, None)
    }

    fn module_binding_guarded(
        &self,
        id: ModuleId,
        name: Name,
        space: Namespace,
        within: Option<&Globs<'_>>,
    ) -> Option<Res> {
        let module = self.module(id);
        let own = module.names.get(&name).and_then(|binding| binding.within(space));
        if let Some((res, rank)) = own
            && (rank > 0 || module.globs.is_empty())
        {
            return Some(res);
        }
        if module.globs.is_empty() {
            return None;
        }
        let here = Globs { module: id, within };
        let through = self.globs_seen(id, within).find_map(|glob| match glob {
            Res::Module(target) if !here.leads_through(target) => {
                self.module_binding_guarded(target, name, space, Some(&here))
            }
            _ => None,
        });
        through.or(own.map(|(res, _)| res))
    }

    /// Iterates over the globs of a module that count where its own names are looked for, or those of the module within.
    #[inline]
    pub(super) fn globs_seen(&self, id: ModuleId, within: Option<&Globs<'_>>) -> impl Iterator<Item = Res> {
        let sees = move |glob: &&Glob| !glob.hidden || within.is_none_or(|from| self.is_in(from.module, id));
        self.module(id).globs.iter().filter(sees).map(|glob| glob.res)
    }

    fn is_in(&self, inner: ModuleId, outer: ModuleId) -> bool {
        std::iter::successors(Some(inner), |&at| self.module(at).parent).any(|at| at == outer)
    }

    /// Writes down what every name means in a module, as `module_binding` and `glob_variant` would say.
    pub(super) fn expand_globs(
        &self,
        id: ModuleId,
        files: &[FileModel],
        seen: &mut Vec<ModuleId>,
        out: &mut FxHashMap<Name, Binding>,
    ) {
        if seen.contains(&id) {
            return;
        }
        let module = self.module(id);
        let likely = |slot: Option<(Res, u8)>| slot.filter(|&(_, rank)| rank > 0 || module.globs.is_empty());
        for (&name, binding) in &module.names {
            out.entry(name).or_default().fill(likely(binding.types), likely(binding.values));
        }
        seen.push(id);
        for glob in &module.globs {
            match glob.res {
                Res::Module(target) => self.expand_globs(target, files, seen, out),
                Res::Item(def) => {
                    for (name, variant) in variants(files, def) {
                        out.entry(name).or_default().fill(Some((variant, 2)), Some((variant, 2)));
                    }
                }
                _ => {}
            }
        }
        seen.pop();
        for (&name, binding) in &module.names {
            out.entry(name).or_default().fill(binding.types, binding.values);
        }
    }

    /// Returns the variant that a glob over enums brings in.
    pub(super) fn glob_variant(&self, id: ModuleId, name: Name, files: &[FileModel]) -> Option<Res> {
        self.module(id).globs.iter().find_map(|glob| match glob.res {
            Res::Item(def) => variant(files, def, name),
            Res::Module(target) if target != id => {
                // `pub use Enum::*` in a module that is itself imported by a glob.
                self.module(target).globs.iter().find_map(|inner| match inner.res {
                    Res::Item(def) => variant(files, def, name),
                    _ => None,
                })
            }
            _ => None,
        })
    }

    /// Returns what a single name means in the scope of `module`: blocks outwards, the module, crates, prelude, primitives.
    pub fn in_scope(&self, module: ModuleId, name: Name, space: Namespace, files: &[FileModel]) -> Option<Res> {
        let mut at = module;
        loop {
            let found = self.module_binding(at, name, space).or_else(|| self.glob_variant(at, name, files));
            if found.is_some() {
                return found;
            }
            let here = self.module(at);
            match (here.is_block, here.parent) {
                (true, Some(parent)) => at = parent,
                _ => break,
            }
        }
        if space == Namespace::Types
            && let Some(root) = self.krate(module, name)
        {
            return Some(Res::Module(root));
        }
        let prelude = self.prelude.get(&name).and_then(|binding| binding.within(space));
        prelude
            .map(|(res, _)| res)
            .or_else(|| (space == Namespace::Types && name.is_primitive()).then_some(Res::Primitive(name)))
    }

    /// Returns the root of the crate that `name` names in the crate of `module`.
    fn krate(&self, module: ModuleId, name: Name) -> Option<ModuleId> {
        let home = self.module(module).krate;
        let id = self.dependencies.get(home.0 as usize).and_then(|known| known.get(&name));
        id.and_then(|id| self.roots.get(id.0 as usize)).copied()
    }

    /// Returns the root of the crate that `name` names there, else of the one that has that name by itself.
    fn any_krate(&self, module: ModuleId, name: Name) -> Option<ModuleId> {
        let known = || self.crates.get(&name).and_then(|id| self.roots.get(id.0 as usize)).copied();
        self.krate(module, name).or_else(known)
    }

    /// Returns the module a path's anchor stands for.
    pub(super) fn anchor(&self, module: ModuleId, anchor: Anchor) -> Option<ModuleId> {
        let mut at = module;
        while self.module(at).is_block {
            at = self.module(at).parent?;
        }
        match anchor {
            Anchor::Crate | Anchor::Root => self.roots.get(self.module(at).krate.0 as usize).copied(),
            Anchor::OtherCrate(name) => self.krate(at, name),
            Anchor::SelfModule => Some(at),
            Anchor::Super(levels) => {
                for _ in 0..levels {
                    at = self.module(at).parent?;
                    while self.module(at).is_block {
                        at = self.module(at).parent?;
                    }
                }
                Some(at)
            }
            Anchor::Plain | Anchor::Global | Anchor::Type { .. } => None,
        }
    }

    /// Returns what a path's anchor or, without one, its first segment means, and how many segments that takes.
    pub(super) fn resolve_anchor(
        &self,
        module: ModuleId,
        path: Path<'_>,
        space: Namespace,
        files: &[FileModel],
    ) -> Option<(Res, usize)> {
        let first = path.segments.first().map(|segment| segment.name);
        Some(match path.anchor {
            Anchor::Type { .. } => return None,
            Anchor::Plain => (self.in_scope(module, first?, space, files)?, 1),
            Anchor::Global => (Res::Module(self.any_krate(module, first?)?), 1),
            Anchor::Root => {
                let root = self.anchor(module, Anchor::Root)?;
                let here = self.resolve_segment(Res::Module(root), first?, space, files);
                (here.or_else(|| Some(Res::Module(self.any_krate(module, first?)?)))?, 1)
            }
            anchor => {
                let at = self.anchor(module, anchor)?;
                self.injected(at, first, space, files).unwrap_or((Res::Module(at), 0))
            }
        })
    }

    /// `crate::std`: in the edition of 2015 std's crate stands in the root of each crate, as if `extern crate` named it there.
    fn injected(
        &self,
        at: ModuleId,
        first: Option<Name>,
        space: Namespace,
        files: &[FileModel],
    ) -> Option<(Res, usize)> {
        let name = first.filter(|name| matches!(name.as_str(), "std" | "core") && self.module(at).parent.is_none())?;
        let own = self.resolve_segment(Res::Module(at), name, space, files);
        own.is_none().then(|| Some((Res::Module(self.any_krate(at, name)?), 1)))?
    }

    /// Returns what `name` means within a module or an enum.
    pub(super) fn resolve_segment(&self, of: Res, name: Name, space: Namespace, files: &[FileModel]) -> Option<Res> {
        match of {
            Res::Module(at) => self.module_binding(at, name, space).or_else(|| self.glob_variant(at, name, files)),
            Res::Item(def) => variant(files, def, name),
            Res::Variant(..) | Res::Primitive(_) => None,
        }
    }

    /// Resolves as many segments of a path as name modules and items; the rest are associated names.
    pub fn resolve(
        &self,
        module: ModuleId,
        path: Path<'_>,
        space: Namespace,
        files: &[FileModel],
    ) -> Option<PartialRes> {
        let count = path.segments.len();
        let space_at = |at: usize| if at + 1 == count { space } else { Namespace::Types };
        let (mut res, mut used) = self.resolve_anchor(module, path, space_at(0), files)?;
        while let Some(segment) = path.segments.get(used) {
            match self.resolve_segment(res, segment.name, space_at(used), files) {
                Some(next) => (res, used) = (next, used + 1),
                None if matches!(res, Res::Module(_)) => return None,
                None => break,
            }
        }
        Some(PartialRes { res, used })
    }

    /// Returns the traits in scope in a module: named ones are found by look-up, these by no name.
    pub fn unnamed_traits(&self, module: ModuleId) -> impl Iterator<Item = Res> {
        let outwards = std::iter::successors(Some(module), |&at| {
            let module = self.module(at);
            module.parent.filter(|_| module.is_block)
        });
        outwards.flat_map(|at| self.module(at).unnamed.iter().copied())
    }
}

/// Returns the variant called `name` of the enum `def`.
pub(super) fn variant(files: &[FileModel], def: DefId, name: Name) -> Option<Res> {
    variants(files, def).find(|&(known, _)| known == name).map(|(_, variant)| variant)
}

/// Iterates over the variants of `def`, if it is an enum.
fn variants(files: &[FileModel], def: DefId) -> impl Iterator<Item = (Name, Res)> {
    let model = files.get(def.file.0 as usize);
    let list = model.and_then(|model| match model.items.get(def.item.index())?.kind {
        ItemKind::Enum { variants } => Some((model, model.list(variants))),
        _ => None,
    });
    list.into_iter().flat_map(move |(model, list)| {
        list.iter().filter_map(move |&at| Some((model.variants.get(at.index())?.name, Res::Variant(def, at))))
    })
}
