//! Look-up of names and paths, and the resolution of imports by it.

use rustc_hash::FxHashMap;

use super::{Binding, Meaning, Module, ModuleId, Names, Pending};
use crate::model::hir::{Anchor, FileModel, Path};
use crate::model::item::ItemKind;
use crate::model::name::Name;
use crate::types::ty::Def;

/// A namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// Types, modules, traits, variants.
    Types,
    /// Functions, constants, constructors.
    Values,
}

/// How far a path led: what was found, and how many of its segments were used; the rest are associated names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathEnd {
    /// What the used segments mean.
    pub meaning: Meaning,
    /// Segments used.
    pub used: usize,
}

/// Import rounds: each resolves at least one import that another waits for; chains are short.
const ROUNDS: usize = 16;

/// Resolves imports until nothing changes.
pub(super) fn resolve_imports(names: &mut Names, files: &[FileModel]) {
    for _ in 0..ROUNDS {
        let mut changed = false;
        for at in 0..names.modules.len() {
            changed |= resolve_module(names, files, ModuleId(at as u32));
        }
        // What the prelude brings is asked for at every other look-up: it is spread out once a round.
        if changed && let Some(prelude) = find_prelude(names) {
            let mut spread = FxHashMap::default();
            names.spread(prelude, files, &mut Vec::new(), &mut spread);
            names.prelude = spread;
        }
        if !changed {
            break;
        }
    }
}

fn find_prelude(names: &Names) -> Option<ModuleId> {
    // std's prelude re-exports core's and alloc's; without std, core's must do.
    let module = |root: ModuleId, path: &[&str]| {
        path.iter().try_fold(root, |at, name| match names.in_module(at, Name::new(name), Space::Types)? {
            Meaning::Module(module) => Some(module),
            _ => None,
        })
    };
    names
        .std_roots
        .iter()
        .rev()
        .find_map(|&root| module(root, &["prelude", "rust_2024"]).or_else(|| module(root, &["prelude", "v1"])))
}

fn resolve_module(names: &mut Names, files: &[FileModel], id: ModuleId) -> bool {
    let Some(module) = names.modules.get_mut(id.0 as usize) else { return false };
    let imports = std::mem::take(&mut module.imports);
    let glob_imports = std::mem::take(&mut module.glob_imports);
    let mut found: Vec<(Name, Binding)> = Vec::new();
    let mut globs = Vec::new();
    let mut left = Module::default();
    for (name, pending) in imports {
        for mut import in pending {
            let Some(path) = path_of(files, import) else { continue };
            let look = |space: Space| {
                let wanted = !import.found.contains(&Some(space));
                let meaning = wanted.then(|| names.resolve_whole(id, path, space, files)).flatten();
                meaning.map(|meaning| (meaning, import.rank))
            };
            let binding = Binding { types: look(Space::Types), values: look(Space::Values) };
            if binding.types.is_some() || binding.values.is_some() {
                import.found = [
                    binding.types.map(|_| Space::Types).or(import.found[0]),
                    binding.values.map(|_| Space::Values).or(import.found[1]),
                ];
                found.push((name, binding));
            }
            if import.found.contains(&None) {
                // The other namespace may still come, when a later round knows more.
                left.imports.entry(name).or_default().push(import);
            }
        }
    }
    for import in glob_imports {
        let meaning = path_of(files, import).and_then(|path| {
            if path.segments.is_empty() {
                names.anchor(id, path.anchor).map(Meaning::Module)
            } else {
                names.resolve_whole(id, path, Space::Types, files)
            }
        });
        match meaning {
            Some(meaning) => globs.push(meaning),
            None => left.glob_imports.push(import),
        }
    }
    let Some(module) = names.modules.get_mut(id.0 as usize) else { return false };
    module.imports = left.imports;
    module.glob_imports = left.glob_imports;
    let mut changed = !globs.is_empty();
    module.globs.extend(globs);
    for (name, binding) in found {
        changed |= add(module, name, binding);
    }
    changed
}

fn add(module: &mut Module, name: Name, binding: Binding) -> bool {
    if name == Name::UNDERSCORE {
        let Some((meaning, _)) = binding.types else { return false };
        let fresh = !module.unnamed.contains(&meaning);
        if fresh {
            module.unnamed.push(meaning);
        }
        return fresh;
    }
    let known = module.names.entry(name).or_default();
    let mut changed = false;
    for (slot, new) in [(&mut known.types, binding.types), (&mut known.values, binding.values)] {
        if let Some((meaning, rank)) = new
            && slot.is_none_or(|(_, old)| old < rank)
        {
            *slot = Some((meaning, rank));
            changed = true;
        }
    }
    changed
}

fn path_of(files: &[FileModel], pending: Pending) -> Option<Path<'_>> {
    files.get(pending.file.0 as usize)?.path(pending.path)
}

impl Names {
    /// Returns what `name` means directly in `module`: its own items and imports, then its globs.
    pub fn in_module(&self, module: ModuleId, name: Name, space: Space) -> Option<Meaning> {
        self.in_module_guarded(module, name, space, &mut Vec::new())
    }

    fn in_module_guarded(&self, id: ModuleId, name: Name, space: Space, seen: &mut Vec<ModuleId>) -> Option<Meaning> {
        if seen.contains(&id) {
            return None;
        }
        let module = self.module(id);
        let own = module.names.get(&name).and_then(|binding| binding.within(space));
        if let Some((meaning, rank)) = own
            && (rank > 0 || module.globs.is_empty())
        {
            return Some(meaning);
        }
        if module.globs.is_empty() {
            return None;
        }
        seen.push(id);
        let through = module.globs.iter().find_map(|glob| match glob {
            Meaning::Module(target) => self.in_module_guarded(*target, name, space, seen),
            _ => None,
        });
        seen.pop();
        through.or(own.map(|(meaning, _)| meaning))
    }

    /// Writes down what every name means in a module, as `in_module` and `glob_variant` would say.
    fn spread(&self, id: ModuleId, files: &[FileModel], seen: &mut Vec<ModuleId>, out: &mut FxHashMap<Name, Binding>) {
        if seen.contains(&id) {
            return;
        }
        let module = self.module(id);
        let likely = |slot: Option<(Meaning, u8)>| slot.filter(|&(_, rank)| rank > 0 || module.globs.is_empty());
        for (&name, binding) in &module.names {
            out.entry(name).or_default().fill(likely(binding.types), likely(binding.values));
        }
        seen.push(id);
        for glob in &module.globs {
            match glob {
                Meaning::Module(target) => self.spread(*target, files, seen, out),
                Meaning::Item(def) => {
                    for (name, variant) in variants(files, *def) {
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
    fn glob_variant(&self, id: ModuleId, name: Name, files: &[FileModel]) -> Option<Meaning> {
        self.module(id).globs.iter().find_map(|glob| match glob {
            Meaning::Item(def) => variant(files, *def, name),
            Meaning::Module(target) if *target != id => {
                // `pub use Enum::*` in a module that is itself imported by a glob.
                self.module(*target).globs.iter().find_map(|inner| match inner {
                    Meaning::Item(def) => variant(files, *def, name),
                    _ => None,
                })
            }
            _ => None,
        })
    }

    /// Returns what a single name means in the scope of `module`: blocks outwards, the module, crates, prelude, primitives.
    pub fn in_scope(&self, module: ModuleId, name: Name, space: Space, files: &[FileModel]) -> Option<Meaning> {
        let mut at = module;
        loop {
            let found = self.in_module(at, name, space).or_else(|| self.glob_variant(at, name, files));
            if found.is_some() {
                return found;
            }
            let here = self.module(at);
            match (here.is_block, here.parent) {
                (true, Some(parent)) => at = parent,
                _ => break,
            }
        }
        if space == Space::Types
            && let Some(root) = self.krate(module, name)
        {
            return Some(Meaning::Module(root));
        }
        let prelude = self.prelude.get(&name).and_then(|binding| binding.within(space));
        prelude
            .map(|(meaning, _)| meaning)
            .or_else(|| (space == Space::Types && name.is_primitive()).then_some(Meaning::Primitive(name)))
    }

    /// Returns the root of the crate that `name` names in the crate of `module`.
    fn krate(&self, module: ModuleId, name: Name) -> Option<ModuleId> {
        let home = self.module(module).krate;
        let id = self.dependencies.get(home.0 as usize).and_then(|known| known.get(&name));
        id.and_then(|id| self.roots.get(id.0 as usize)).copied()
    }

    /// Returns the module a path's anchor stands for.
    fn anchor(&self, module: ModuleId, anchor: Anchor) -> Option<ModuleId> {
        let mut at = module;
        while self.module(at).is_block {
            at = self.module(at).parent?;
        }
        match anchor {
            Anchor::Crate => self.roots.get(self.module(at).krate.0 as usize).copied(),
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

    /// Resolves as many segments of a path as name modules and items; the rest are associated names.
    pub fn resolve(&self, module: ModuleId, path: Path<'_>, space: Space, files: &[FileModel]) -> Option<PathEnd> {
        let count = path.segments.len();
        let space_at = |at: usize| if at + 1 == count { space } else { Space::Types };
        let first = path.segments.first().map(|segment| segment.name);
        let (mut meaning, mut used) = match path.anchor {
            Anchor::Type { .. } => return None,
            Anchor::Plain => (self.in_scope(module, first?, space_at(0), files)?, 1),
            Anchor::Global => {
                let root = self
                    .krate(module, first?)
                    .or_else(|| self.crates.get(&first?).and_then(|id| self.roots.get(id.0 as usize)).copied());
                (Meaning::Module(root?), 1)
            }
            anchor => (Meaning::Module(self.anchor(module, anchor)?), 0),
        };
        while let Some(segment) = path.segments.get(used) {
            let next = match meaning {
                Meaning::Module(at) => {
                    let found = self.in_module(at, segment.name, space_at(used));
                    Some(found.or_else(|| self.glob_variant(at, segment.name, files))?)
                }
                Meaning::Item(def) => variant(files, def, segment.name),
                Meaning::Variant(..) | Meaning::Primitive(_) => None,
            };
            match next {
                Some(next) => (meaning, used) = (next, used + 1),
                None => break,
            }
        }
        Some(PathEnd { meaning, used })
    }

    /// Resolves a path whose every segment must name a module, item or variant.
    fn resolve_whole(&self, module: ModuleId, path: Path<'_>, space: Space, files: &[FileModel]) -> Option<Meaning> {
        if path.segments.is_empty() {
            return self.anchor(module, path.anchor).map(Meaning::Module);
        }
        // An import of its own name, `use log;`, means the crate, not itself.
        let end = self.resolve(module, path, space, files)?;
        (end.used == path.segments.len()).then_some(end.meaning)
    }

    /// Returns the traits in scope in a module: named ones are found by look-up, these by no name.
    pub fn unnamed_traits(&self, module: ModuleId) -> impl Iterator<Item = Meaning> {
        let outwards = std::iter::successors(Some(module), |&at| {
            let module = self.module(at);
            module.parent.filter(|_| module.is_block)
        });
        outwards.flat_map(|at| self.module(at).unnamed.iter().copied())
    }
}

/// Returns the variant called `name` of the enum `def`.
pub(super) fn variant(files: &[FileModel], def: Def, name: Name) -> Option<Meaning> {
    variants(files, def).find(|&(known, _)| known == name).map(|(_, variant)| variant)
}

/// Iterates over the variants of `def`, if it is an enum.
fn variants(files: &[FileModel], def: Def) -> impl Iterator<Item = (Name, Meaning)> {
    let model = files.get(def.file.0 as usize);
    let list = model.and_then(|model| match model.items.get(def.item.index())?.kind {
        ItemKind::Enum { variants } => Some((model, model.list(variants))),
        _ => None,
    });
    list.into_iter().flat_map(move |(model, list)| {
        list.iter().filter_map(move |&at| Some((model.variants.get(at as usize)?.name, Meaning::Variant(def, at))))
    })
}
