//! Which files are modules of which, and for whom they are compiled: what a product's crate reaches is product code, whatever
//! else reaches it too. Where a module's file may lie is `module_paths.rs`'s business.

use rustc_hash::{FxHashMap, FxHashSet};

use super::lowered::Lowered;
use super::module_paths::{Candidate, ModuleHome, candidates};
use crate::model::cfg::Cfg;
use crate::model::context::Audience;
use crate::model::hir::{FileModel, ItemId};
use crate::model::item::{Item, ItemKind, Parent};
use crate::source::{FileContext, FileId, FoundFile, Package, Span};

/// Files that declare each other, at most: the cfgs on the way to a file are put together.
const DEPTH: u32 = 64;

/// Bytes of a predicate that is handed on.
const TEXT_LIMIT: usize = 4096;

/// The module tree of all crates of a scan, as files.
#[derive(Default)]
pub(super) struct ModuleTree {
    /// For whom each file is compiled, and in what kind of crate; nothing for a file that no crate reaches.
    reached: Vec<Option<Reached>>,
    /// The file of each module item that has one.
    pub(super) files: FxHashMap<(FileId, ItemId), FileId>,
    /// For each file the modules that it is.
    declared: FxHashMap<usize, Vec<Declared>>,
    /// The modules that none of the files is.
    pub(super) absent: Vec<AbsentModule>,
}

/// A module that has a file.
struct Declared {
    /// The file that declares it.
    by: usize,
    cfg: Cfg,
    /// The whole declaration; nothing where several say the same.
    span: Option<Span>,
}

/// For whom a file is compiled, then in what kind of crate: the least of all that reach it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Reached {
    audience: Audience,
    /// Whether the gate knows the context as other than the product's.
    aside: bool,
    context: FileContext,
}

/// A module whose file is none of those that are there.
#[derive(Debug, Clone)]
pub(super) struct AbsentModule {
    /// The file that declares it.
    pub(super) by: usize,
    /// Its name there.
    pub(super) at: Span,
    pub(super) name: String,
    /// Where its file may be.
    pub(super) places: Vec<String>,
    /// The contexts of its code.
    pub(super) context: Vec<&'static str>,
}

impl ModuleTree {
    /// Walks from the roots of the crates of `packages` to all that they declare; then from the files that none of them reaches,
    /// whose places decide what they are. O(modules).
    pub(super) fn new(files: &[FoundFile], packages: &[Package], lowered: &[Lowered]) -> Self {
        let places: Vec<String> = files.iter().map(FoundFile::place).collect();
        let by_place = places.iter().enumerate().map(|(at, place)| (place.as_str(), at)).collect();
        let tree = Self { reached: vec![None; files.len()], ..Self::default() };
        let mut walk = Walk { places: &places, by_place, lowered, seen: FxHashSet::default(), open: Vec::new(), tree };
        for package in packages {
            for target in &package.targets {
                let context = package.role.unwrap_or_else(|| FileContext::from(target.kind));
                if let Some(&root) = walk.by_place.get(package.place(target).as_str()) {
                    walk.open.push(Visit {
                        file: root,
                        home: ModuleHome::Beside,
                        context,
                        audience: Audience::Product,
                    });
                }
            }
        }
        walk.run(true);
        for (at, file) in files.iter().enumerate() {
            if walk.tree.reached.get(at).is_some_and(Option::is_some) || file.included {
                continue;
            }
            let rooted = file.package.and_then(|at| packages.get(at)).is_some_and(|it| !it.targets.is_empty());
            let name = places.get(at).and_then(|place| place.rsplit('/').next()).unwrap_or("");
            let root = matches!(name, "lib.rs" | "main.rs" | "mod.rs");
            let home = if root { ModuleHome::Beside } else { ModuleHome::Unknown };
            walk.open.push(Visit { file: at, home, context: file.context, audience: Audience::Product });
            // A file of a package that its crates do not reach is not compiled: what it lacks, nobody misses.
            walk.run(!rooted);
        }
        walk.tree
    }

    /// Tells whether a crate or a file that stands alone reaches the file as a module.
    pub(super) fn is_module(&self, file: usize) -> bool {
        self.declared.contains_key(&file)
    }

    /// The modules that files before `asked` declare and that are none of those files.
    pub(super) fn beyond(&self, asked: usize) -> impl Iterator<Item = (usize, usize)> {
        let beyond = self.declared.iter().filter(move |&(&child, _)| child >= asked);
        beyond.filter_map(move |(&child, by)| Some((by.iter().map(|it| it.by).find(|&by| by < asked)?, child)))
    }

    /// Writes down for each file what is known of it: its context, its audience, and the cfg of the module that it is.
    pub(super) fn settle(&self, files: &mut [FoundFile], lowered: &mut [Lowered]) {
        for (at, (file, one)) in files.iter_mut().zip(lowered).enumerate() {
            let Some(reached) = self.reached.get(at).copied().flatten() else { continue };
            file.context = reached.context;
            one.audience = reached.audience;
            let outer = self.outer_cfg(at);
            // Each cfg of the file gets a copy: a predicate of unreasonable size is not worth that.
            if outer != Cfg::Always && outer.to_string().len() <= TEXT_LIMIT {
                for cfg in &mut one.model.cfgs {
                    *cfg = outer.and(cfg);
                }
            }
        }
    }

    /// The file that declares the one module that a file is, and where.
    pub(super) fn declaration(&self, file: usize) -> Option<(usize, Span)> {
        let [one] = self.declared.get(&file)?.as_slice() else { return None };
        Some((one.by, one.span?))
    }

    /// The predicates on all modules that a file lies in, outermost first. A file that is several modules has none.
    fn outer_cfg(&self, file: usize) -> Cfg {
        let mut cfg = Cfg::Always;
        let mut at = file;
        for _ in 0..DEPTH {
            let Some([one]) = self.declared.get(&at).map(Vec::as_slice) else { return cfg };
            cfg = one.cfg.and(&cfg);
            at = one.by;
        }
        // Files that declare each other.
        Cfg::Always
    }
}

/// One way in which a file is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Visit {
    file: usize,
    home: ModuleHome,
    context: FileContext,
    audience: Audience,
}

struct Walk<'w> {
    places: &'w [String],
    by_place: FxHashMap<&'w str, usize>,
    lowered: &'w [Lowered],
    seen: FxHashSet<Visit>,
    open: Vec<Visit>,
    tree: ModuleTree,
}

impl Walk<'_> {
    /// Goes on until nothing is open; `complete` tells whether modules without a file are missed.
    fn run(&mut self, complete: bool) {
        while let Some(visit) = self.open.pop() {
            if !self.seen.insert(visit) {
                continue;
            }
            let Visit { file, context, audience, .. } = visit;
            let aside = !matches!(context, FileContext::Lib | FileContext::ProcMacro | FileContext::Bin);
            let now = Reached { audience, aside, context };
            if let Some(reached) = self.tree.reached.get_mut(file) {
                *reached = Some(reached.map_or(now, |known| known.min(now)));
            }
            let Some(one) = self.lowered.get(file) else { continue };
            for (at, item) in one.model.items.iter().enumerate() {
                if matches!(item.kind, ItemKind::Module { inline: false, .. }) {
                    self.module(visit, &one.model, (ItemId(at as u32), item), complete);
                }
            }
        }
    }

    fn module(&mut self, visit: Visit, model: &FileModel, (id, item): (ItemId, &Item), complete: bool) {
        let Some(place) = self.places.get(visit.file) else { return };
        let cfg = model.cfgs.get(item.cfg.index()).cloned().unwrap_or_default();
        if cfg.constant() == Some(false) {
            return;
        }
        let audience = audience(model, item, &cfg).max(visit.audience);
        for (only, group) in candidates(place, visit.home, model, id, item).groups {
            if only.constant() == Some(false) {
                continue;
            }
            let audience = audience.max(Audience::of(&only));
            let known: Vec<(usize, &Candidate)> = group
                .iter()
                .filter_map(|candidate| Some((*self.by_place.get(candidate.place.as_str())?, candidate)))
                .collect();
            if known.is_empty() && complete {
                self.absent(visit, model, (id, item), group, audience);
                continue;
            }
            for (child, candidate) in known {
                self.tree.files.entry((model.file, id)).or_insert(FileId(child as u32));
                let cfg = cfg.and(&only);
                let edges = self.tree.declared.entry(child).or_default();
                let span = model.code.items.get(id.index()).map(|&(whole, _)| whole);
                match edges.iter_mut().find(|known| known.by == visit.file && known.cfg == cfg) {
                    Some(known) if known.span != span => known.span = None,
                    None if child != visit.file => edges.push(Declared { by: visit.file, cfg, span }),
                    _ => {}
                }
                self.open.push(Visit { file: child, home: candidate.home, context: visit.context, audience });
            }
        }
    }

    fn absent(
        &mut self,
        visit: Visit,
        model: &FileModel,
        (id, item): (ItemId, &Item),
        group: Vec<Candidate>,
        audience: Audience,
    ) {
        let at = model.code.items.get(id.index()).map_or(Span::new(model.file, 0, 0), |&(_, name)| name);
        let context = [Some(visit.context.as_str()), audience.context()].into_iter().flatten().collect();
        let places = group.into_iter().map(|candidate| candidate.place).collect();
        self.tree.absent.push(AbsentModule { by: visit.file, at, name: item.name.to_string(), places, context });
    }
}

/// For whom a module is compiled, by its cfg and by the marks of the modules around it.
fn audience(model: &FileModel, item: &Item, cfg: &Cfg) -> Audience {
    let mut audience = Audience::of(cfg);
    let mut at = Some(item);
    for _ in 0..DEPTH {
        let Some(item) = at else { break };
        audience = audience.max(Audience::marked(item));
        at = match item.parent {
            Parent::Item(above) => model.items.get(above.index()),
            _ => None,
        };
    }
    audience
}
