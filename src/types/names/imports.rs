//! The resolution of imports: round by round, until a round finds nothing more. Within a round all imports are looked up as
//! the last one left things, so that they can be looked up in parallel and the order of files decides nothing.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::lookup::{Globs, Space, variant};
use super::{Binding, Glob, Meaning, Module, ModuleId, Names};
use crate::model::hir::{Anchor, FileModel, Path, PathId};
use crate::model::name::Name;
use crate::source::FileId;

/// Import rounds: each resolves at least one import that another waits for; chains are short.
const ROUNDS: usize = 32;

/// Imports that one task looks up: fewer cost more than they share.
const BATCH: usize = 128;

const SPACES: [Space; 2] = [Space::Types, Space::Values];

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

/// What looking an import up in one namespace says.
#[derive(Clone, Copy)]
enum Answer {
    /// It was not asked for.
    Known,
    /// What it means.
    Found(Meaning),
    /// Nothing: whatever else is resolved, it will mean nothing there.
    Nothing,
    /// Nothing yet.
    Open,
    /// What is hardly compiled, where another import may bring the same name.
    Unsure,
}

/// What is still to be resolved: a name that is not found where something is open may be there later.
struct Open {
    /// How many imports may yet bring a name into a module, by namespace.
    names: FxHashMap<(ModuleId, Name), [u32; 2]>,
    /// How many `*` of each module are open.
    globs: Vec<u32>,
    /// Whether something better than what is hardly compiled is waited for.
    patient: bool,
}

/// Resolves imports until nothing changes.
pub(super) fn resolve_imports(names: &mut Names, files: &[FileModel], mut pending: Vec<Pending>) {
    let mut open = Open::of(names, &pending);
    for _ in 0..ROUNDS {
        let answers: Vec<[Answer; 2]> = pending
            .par_iter()
            .with_min_len(BATCH)
            .with_max_len(2 * BATCH)
            .map(|import| answers(names, files, &open, import))
            .collect();
        let unsure = answers.iter().flatten().any(|answer| matches!(answer, Answer::Unsure));
        let mut changed = false;
        for (import, answers) in pending.iter_mut().zip(answers) {
            changed |= take(names, &mut open, import, answers);
        }
        pending.retain(|import| import.open != [false; 2]);
        if !changed && unsure && open.patient {
            open.patient = false;
            continue;
        }
        if !changed {
            break;
        }
        // What the prelude brings is asked for at every other look-up: it is spread out once a round.
        if let Some(prelude) = find_prelude(names) {
            let mut spread = FxHashMap::default();
            names.spread(prelude, files, &mut Vec::new(), &mut spread);
            names.prelude = spread;
        }
    }
}

impl Open {
    fn of(names: &Names, pending: &[Pending]) -> Self {
        let mut open = Self { names: FxHashMap::default(), globs: vec![0; names.modules.len()], patient: true };
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
    fn is_unsure(&self, names: &Names, id: ModuleId, name: Name, at: usize, space: Space) -> bool {
        let known = names.module(id).names.get(&name).and_then(|binding| binding.within(space));
        self.patient && known.is_some_and(|(_, rank)| rank == 0) && self.waits(id, name, at)
    }

    /// Whether a name that means nothing in a module now never will.
    fn is_closed(&self, names: &Names, id: ModuleId, name: Name, space: usize, within: Option<&Globs<'_>>) -> bool {
        if self.waits(id, name, space) || self.globs.get(id.0 as usize).is_none_or(|&count| count > 0) {
            return false;
        }
        let here = Globs { module: id, within };
        names.globs_seen(id, within).all(|glob| match glob {
            Meaning::Module(target) => {
                here.leads_through(target) || self.is_closed(names, target, name, space, Some(&here))
            }
            _ => true,
        })
    }

    /// Whether a path's first segment will go on meaning what it means: a `*` may yet bring what hides a crate's name.
    fn is_firm(&self, names: &Names, files: &[FileModel], module: ModuleId, path: Path<'_>) -> bool {
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
            if names.step(Meaning::Module(at), first.name, Space::Types, files).is_some() {
                return true;
            }
            if !self.is_closed(names, at, first.name, 0, None) {
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
fn answers(names: &Names, files: &[FileModel], open: &Open, import: &Pending) -> [Answer; 2] {
    let Some(path) = files.get(import.file.0 as usize).and_then(|file| file.path(import.path)) else {
        return [Answer::Nothing; 2];
    };
    let module = import.module;
    let Some((last, before)) = path.segments.split_last() else {
        let root = names.anchor(module, path.anchor).map_or(Answer::Open, |at| Answer::Found(Meaning::Module(at)));
        return [root, if import.name.is_some() { root } else { Answer::Known }];
    };
    let base = if before.is_empty() && matches!(path.anchor, Anchor::Plain | Anchor::Global | Anchor::Root) {
        None
    } else {
        let Some(base) = base(names, files, module, path) else { return [Answer::Open; 2] };
        Some(base)
    };
    let firm = open.is_firm(names, files, module, path);
    let mut answers = [Answer::Known; 2];
    for (at, (answer, space)) in answers.iter_mut().zip(SPACES).enumerate() {
        if !import.open.get(at).copied().unwrap_or(false) || (import.name.is_none() && space == Space::Values) {
            continue;
        }
        let Some(base) = base else {
            // An import of its own name, `use log;`, means the crate, not itself.
            let end = names.resolve(module, path, space, files);
            *answer = end.map_or(Answer::Open, |end| Answer::Found(end.meaning));
            continue;
        };
        let (found, closed) = match base {
            Meaning::Module(of) if open.is_unsure(names, of, last.name, at, space) => {
                *answer = Answer::Unsure;
                continue;
            }
            Meaning::Module(of) => {
                let found = names.in_module(of, last.name, space).or_else(|| names.glob_variant(of, last.name, files));
                (found, firm && found.is_none() && open.is_closed(names, of, last.name, at, None))
            }
            Meaning::Item(def) => (variant(files, def, last.name), firm),
            Meaning::Variant(..) | Meaning::Primitive(_) => (None, firm),
        };
        *answer = match found {
            Some(found) => Answer::Found(found),
            None if closed => Answer::Nothing,
            None => Answer::Open,
        };
    }
    answers
}

/// Returns what all of a path but its last segment means.
fn base(names: &Names, files: &[FileModel], module: ModuleId, path: Path<'_>) -> Option<Meaning> {
    let count = path.segments.len() - 1;
    let (mut meaning, mut used) = names.begin(module, path, Space::Types, files)?;
    while used < count {
        meaning = names.step(meaning, path.segments.get(used)?.name, Space::Types, files)?;
        used += 1;
    }
    Some(meaning)
}

/// Takes in what was found of an import; tells whether something is known now that was not.
fn take(names: &mut Names, open: &mut Open, import: &mut Pending, answers: [Answer; 2]) -> bool {
    let Some(module) = names.modules.get_mut(import.module.0 as usize) else { return false };
    let Some(name) = import.name else {
        let [answer @ (Answer::Found(_) | Answer::Nothing), _] = answers else { return false };
        import.open = [false; 2];
        if let Some(count) = open.globs.get_mut(import.module.0 as usize) {
            *count -= 1;
        }
        let Answer::Found(meaning) = answer else { return false };
        module.globs.push(Glob { meaning, hidden: import.hidden });
        return true;
    };
    let found = answers.map(|answer| match answer {
        Answer::Found(meaning) => Some((meaning, import.rank)),
        _ => None,
    });
    let counts = open.names.get_mut(&(import.module, name));
    let done = answers.map(|answer| matches!(answer, Answer::Found(_) | Answer::Nothing));
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
