//! Resolves imports to a fixpoint. Each iteration reads the state that the previous one left, so that imports resolve in parallel
//! and the order of files decides nothing.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::lookup::{Globs, Namespace, variant};
use super::{Binding, DefMap, Glob, Module, ModuleId, Res};
use crate::model::hir::{Anchor, FileModel, Path, PathId};
use crate::model::name::Name;
use crate::source::FileId;

/// Iterations: each resolves at least one import that another waits for; chains are short.
const ROUNDS: usize = 32;

/// Imports that one task looks up: fewer cost more than they share.
const BATCH: usize = 128;

const SPACES: [Namespace; 2] = [Namespace::Types, Namespace::Values];

/// An import that was not resolved yet, or could not be.
#[derive(Debug)]
pub(super) struct Pending {
    /// The module that it brings something into.
    pub(super) module: ModuleId,
    /// What it is called there; `None` for `*`.
    pub(super) name: Option<Name>,
    pub(super) file: FileId,
    pub(super) path: PathId,
    pub(super) rank: u8,
    /// Whether its module alone, and those in it, see what it brings.
    pub(super) hidden: bool,
    /// The namespaces, as in `SPACES`, in which nothing is known of it yet; of `*` the first counts.
    pub(super) open: [bool; 2],
}

/// The resolution of an import in one namespace.
#[derive(Clone, Copy)]
enum Resolution {
    /// This namespace is not looked up.
    NotAsked,
    /// It resolves to this.
    Determined(Res),
    /// It resolves to nothing, whatever else is still resolved.
    Absent,
    /// Other imports may still decide it.
    Undetermined,
    /// It resolves to an item that a usual build lacks, while another import may still provide the name.
    Unlikely,
}

/// What is still to be resolved: a name that is absent from a module with unresolved imports may appear there later.
struct Unresolved {
    /// How many imports may yet bring a name into a module, by namespace.
    names: FxHashMap<(ModuleId, Name), [u32; 2]>,
    /// How many `*` of each module are open.
    globs: Vec<u32>,
    /// Whether an item that a usual build has is waited for.
    waits_for_likely: bool,
}

/// Resolves imports until nothing changes.
pub(super) fn resolve_imports(names: &mut DefMap, files: &[FileModel], mut pending: Vec<Pending>) {
    let mut open = Unresolved::of(names, &pending);
    for _ in 0..ROUNDS {
        let resolutions: Vec<[Resolution; 2]> = pending
            .par_iter()
            .with_min_len(BATCH)
            .with_max_len(2 * BATCH)
            .map(|import| resolutions(names, files, &open, import))
            .collect();
        let unlikely = resolutions.iter().flatten().any(|resolution| matches!(resolution, Resolution::Unlikely));
        let mut changed = false;
        for (import, resolutions) in pending.iter_mut().zip(resolutions) {
            changed |= take(names, &mut open, import, resolutions);
        }
        pending.retain(|import| import.open != [false; 2]);
        if !changed && unlikely && open.waits_for_likely {
            open.waits_for_likely = false;
            continue;
        }
        if !changed {
            break;
        }
        // What the prelude brings is asked for at every other look-up: it is spread out once a round.
        if let Some(prelude) = find_prelude(names) {
            let mut spread = FxHashMap::default();
            names.expand_globs(prelude, files, &mut Vec::new(), &mut spread);
            names.prelude = spread;
        }
    }
}

impl Unresolved {
    fn of(names: &DefMap, pending: &[Pending]) -> Self {
        let mut open =
            Self { names: FxHashMap::default(), globs: vec![0; names.modules.len()], waits_for_likely: true };
        open.names.reserve(pending.len());
        for import in pending {
            match (import.name, open.globs.get_mut(import.module.0 as usize)) {
                (Some(name), _) => {
                    open.names.entry((import.module, name)).or_default().iter_mut().for_each(|count| *count += 1);
                }
                (None, Some(count)) => *count += 1,
                (None, None) => {}
            }
        }
        open
    }

    /// Whether an import may yet bring a name into a module.
    fn waits(&self, id: ModuleId, name: Name, space: usize) -> bool {
        self.names.get(&(id, name)).and_then(|counts| counts.get(space)).is_some_and(|&count| count > 0)
    }

    /// Whether a name means what no usual build has, and an import may yet bring something else.
    fn is_unlikely(&self, names: &DefMap, id: ModuleId, name: Name, at: usize, space: Namespace) -> bool {
        let known = names.module(id).names.get(&name).and_then(|binding| binding.within(space));
        self.waits_for_likely && known.is_some_and(|(_, rank)| rank == 0) && self.waits(id, name, at)
    }

    /// Whether a name that is absent from a module now stays absent.
    fn is_absence_determined(
        &self,
        names: &DefMap,
        id: ModuleId,
        name: Name,
        space: usize,
        within: Option<&Globs<'_>>,
    ) -> bool {
        if self.waits(id, name, space) || self.globs.get(id.0 as usize).is_none_or(|&count| count > 0) {
            return false;
        }
        let here = Globs { module: id, within };
        names.globs_seen(id, within).all(|glob| match glob {
            Res::Module(target) => {
                here.leads_through(target) || self.is_absence_determined(names, target, name, space, Some(&here))
            }
            _ => true,
        })
    }

    /// Whether the resolution of a path's first segment is final: a glob may still provide an item that shadows a crate's name.
    fn is_first_determined(&self, names: &DefMap, files: &[FileModel], module: ModuleId, path: Path<'_>) -> bool {
        let (Some(mut at), Some(first)) = (
            match path.anchor {
                Anchor::Plain => Some(module),
                Anchor::Root => names.anchor(module, Anchor::Root),
                _ => None,
            },
            path.segments.first(),
        ) else {
            return true;
        };
        loop {
            if names.resolve_segment(Res::Module(at), first.name, Namespace::Types, files).is_some() {
                return true;
            }
            if !self.is_absence_determined(names, at, first.name, 0, None) {
                return false;
            }
            let here = names.module(at);
            match (here.is_block, here.parent) {
                (true, Some(parent)) => at = parent,
                _ => return true,
            }
        }
    }
}

/// Looks an import up in the namespaces in which it is open.
fn resolutions(names: &DefMap, files: &[FileModel], open: &Unresolved, import: &Pending) -> [Resolution; 2] {
    let Some(path) = files.get(import.file.0 as usize).and_then(|file| file.path(import.path)) else {
        return [Resolution::Absent; 2];
    };
    let module = import.module;
    let Some((last, before)) = path.segments.split_last() else {
        let root = names
            .anchor(module, path.anchor)
            .map_or(Resolution::Undetermined, |at| Resolution::Determined(Res::Module(at)));
        return [root, if import.name.is_some() { root } else { Resolution::NotAsked }];
    };
    let base = if before.is_empty() && matches!(path.anchor, Anchor::Plain | Anchor::Global | Anchor::Root) {
        None
    } else {
        let Some(base) = base(names, files, module, path) else { return [Resolution::Undetermined; 2] };
        Some(base)
    };
    let first_determined = open.is_first_determined(names, files, module, path);
    let mut resolutions = [Resolution::NotAsked; 2];
    for (at, (resolution, space)) in resolutions.iter_mut().zip(SPACES).enumerate() {
        if !import.open.get(at).copied().unwrap_or(false) || (import.name.is_none() && space == Namespace::Values) {
            continue;
        }
        let Some(base) = base else {
            // An import of its own name, `use log;`, means the crate, not itself.
            let end = names.resolve(module, path, space, files);
            *resolution = end.map_or(Resolution::Undetermined, |end| Resolution::Determined(end.res));
            continue;
        };
        let (found, absence_determined) = match base {
            Res::Module(of) if open.is_unlikely(names, of, last.name, at, space) => {
                *resolution = Resolution::Unlikely;
                continue;
            }
            Res::Module(of) => {
                let found =
                    names.module_binding(of, last.name, space).or_else(|| names.glob_variant(of, last.name, files));
                (
                    found,
                    first_determined && found.is_none() && open.is_absence_determined(names, of, last.name, at, None),
                )
            }
            Res::Item(def) => (variant(files, def, last.name), first_determined),
            Res::Variant(..) | Res::Primitive(_) => (None, first_determined),
        };
        *resolution = match found {
            Some(found) => Resolution::Determined(found),
            None if absence_determined => Resolution::Absent,
            None => Resolution::Undetermined,
        };
    }
    resolutions
}

/// Returns what all of a path but its last segment means.
fn base(names: &DefMap, files: &[FileModel], module: ModuleId, path: Path<'_>) -> Option<Res> {
    let count = path.segments.len() - 1;
    let (mut res, mut used) = names.resolve_anchor(module, path, Namespace::Types, files)?;
    while used < count {
        res = names.resolve_segment(res, path.segments.get(used)?.name, Namespace::Types, files)?;
        used += 1;
    }
    Some(res)
}

/// Takes in what was found of an import; tells whether something is known now that was not.
fn take(names: &mut DefMap, open: &mut Unresolved, import: &mut Pending, resolutions: [Resolution; 2]) -> bool {
    let Some(module) = names.modules.get_mut(import.module.0 as usize) else { return false };
    let Some(name) = import.name else {
        let [resolution @ (Resolution::Determined(_) | Resolution::Absent), _] = resolutions else { return false };
        import.open = [false; 2];
        if let Some(count) = open.globs.get_mut(import.module.0 as usize) {
            *count -= 1;
        }
        let Resolution::Determined(res) = resolution else { return false };
        module.globs.push(Glob { res, hidden: import.hidden });
        return true;
    };
    let found = resolutions.map(|resolution| match resolution {
        Resolution::Determined(res) => Some((res, import.rank)),
        _ => None,
    });
    let counts = open.names.get_mut(&(import.module, name));
    let done = resolutions.map(|resolution| matches!(resolution, Resolution::Determined(_) | Resolution::Absent));
    for ((open, done), count) in import.open.iter_mut().zip(done).zip(counts.into_iter().flatten()) {
        if *open && done {
            *open = false;
            *count -= 1;
        }
    }
    let [types, values] = found;
    (types.is_some() || values.is_some()) && add(module, name, Binding { types, values })
}

fn add(module: &mut Module, name: Name, binding: Binding) -> bool {
    if name == Name::UNDERSCORE {
        let Some((res, _)) = binding.types else { return false };
        let fresh = !module.unnamed.contains(&res);
        if fresh {
            module.unnamed.push(res);
        }
        return fresh;
    }
    let known = module.names.entry(name).or_default();
    let mut changed = false;
    for (slot, new) in [(&mut known.types, binding.types), (&mut known.values, binding.values)] {
        if let Some((res, rank)) = new
            && slot.is_none_or(|(_, old)| old < rank)
        {
            *slot = Some((res, rank));
            changed = true;
        }
    }
    changed
}

fn find_prelude(names: &DefMap) -> Option<ModuleId> {
    // std's prelude re-exports core's and alloc's; without std, core's must do.
    let module = |root: ModuleId, path: &[&str]| {
        path.iter().try_fold(root, |at, name| match names.module_binding(at, Name::new(name), Namespace::Types)? {
            Res::Module(module) => Some(module),
            _ => None,
        })
    };
    names
        .std_roots
        .iter()
        .rev()
        .find_map(|&root| module(root, &["prelude", "rust_2024"]).or_else(|| module(root, &["prelude", "v1"])))
}
