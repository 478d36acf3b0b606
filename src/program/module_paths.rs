//! Where the file of `mod name;` may lie, by rustc's rules. Which of the places holds a file is decided elsewhere.

use crate::model::cfg::Cfg;
use crate::model::hir::{FileModel, ItemId};
use crate::model::item::{Item, ItemKind, Parent};
use crate::source::{folder_of, join_places};

/// Modules within modules that are followed.
const DEPTH: usize = 64;

/// Where a file has its own modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ModuleHome {
    /// Beside itself: the root of a crate, `mod.rs`, a file that `#[path]` names.
    Beside,
    /// In the folder that is called as itself.
    Below,
    /// Nothing says what the file is: there, else beside itself.
    Unknown,
}

/// One place where a module's file may be, and where that one has its modules then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) place: String,
    pub(super) home: ModuleHome,
}

/// The places of one module's file. Of each group at least one must hold a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Candidates {
    pub(super) groups: Vec<(Cfg, Vec<Candidate>)>,
}

/// Returns where the file of the module `item` may be, which the file at `place` declares; nothing for a module within a body
/// that has no `#[path]`, for rustc refuses it.
pub(super) fn candidates(place: &str, home: ModuleHome, model: &FileModel, id: ItemId, item: &Item) -> Candidates {
    let mut found = Candidates::default();
    let named: Vec<_> = model.module_paths.iter().filter(|path| path.item == id).collect();
    let folders = folders(place, home, model, item);
    for path in &named {
        // Of several folders only the first has what a path names.
        let folder = if in_file(item) { folder_of(place) } else { folders.first().map_or("", String::as_str) };
        let place = join_places(folder, &path.path);
        found.groups.push((path.cfg.clone(), vec![Candidate { place, home: ModuleHome::Beside }]));
    }
    let always = named.iter().any(|path| path.cfg == Cfg::Always);
    if always || matches!(item.parent, Parent::Block(..)) {
        return found;
    }
    let name = item.name.as_str().trim_start_matches("r#");
    let usual = folders.iter().flat_map(|folder| {
        let plain = Candidate { place: join_places(folder, &format!("{name}.rs")), home: ModuleHome::Below };
        [plain, Candidate { place: join_places(folder, &format!("{name}/mod.rs")), home: ModuleHome::Beside }]
    });
    // Where some builds have a path, whether others have none is not known.
    let usual: Vec<_> = usual.collect();
    match found.groups.first_mut() {
        Some((_, group)) => group.extend(usual),
        None => found.groups.push((Cfg::Always, usual)),
    }
    found
}

fn in_file(item: &Item) -> bool {
    matches!(item.parent, Parent::File | Parent::Block(..))
}

/// The folders in which the modules of a file lie that stand where `item` does: in those of the inline modules around it.
fn folders(place: &str, home: ModuleHome, model: &FileModel, item: &Item) -> Vec<String> {
    let folder = folder_of(place).to_owned();
    let stem = place.rsplit('/').next().unwrap_or(place);
    let below = join_places(&folder, stem.strip_suffix(".rs").unwrap_or(stem));
    let mut bases = match home {
        ModuleHome::Beside => vec![folder],
        ModuleHome::Below => vec![below],
        ModuleHome::Unknown => vec![below, folder],
    };
    let mut around = Vec::new();
    let mut parent = item.parent;
    while let Parent::Item(id) = parent {
        let Some(module) = model.items.get(id.index()).filter(|_| around.len() < DEPTH) else { break };
        if matches!(module.kind, ItemKind::Module { .. }) {
            around.push((id, module));
        }
        parent = module.parent;
    }
    for (id, module) in around.into_iter().rev() {
        let path = model.module_paths.iter().find(|path| path.item == id).map(|path| &*path.path);
        let name = module.name.as_str().trim_start_matches("r#");
        for base in &mut bases {
            *base = join_places(base, path.unwrap_or(name));
        }
    }
    bases
}
