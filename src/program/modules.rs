//! Which files are modules of which: what a `#[cfg(test)] mod name;` covers lies in files of its own.

use rustc_hash::FxHashMap;

use super::lowered::Lowered;
use crate::model::cfg::Cfg;
use crate::model::item::{Item, ItemKind, Mark, Parent};
use crate::source::FoundFile;

/// Modules within modules that are followed.
const DEPTH: u32 = 64;

/// Bytes of a predicate that is handed on.
const TEXT_LIMIT: usize = 4096;

/// Marks the files that modules for tests alone hold, and the files that those declare.
pub(super) fn mark_tests(files: &[FoundFile], lowered: &mut [Lowered]) {
    let places: Vec<String> = files.iter().map(FoundFile::place).collect();
    let by_place = by_place(&places);
    let mut open: Vec<usize> = Vec::new();
    for at in 0..lowered.len() {
        open.extend(declared(&places, lowered, &by_place, at, false));
    }
    while let Some(at) = open.pop() {
        let Some(one) = lowered.get_mut(at).filter(|one| !one.test) else { continue };
        one.test = true;
        open.extend(declared(&places, lowered, &by_place, at, true));
    }
}

/// The files of the modules that file `at` declares without a body: all of them, or those for tests.
fn declared(
    places: &[String],
    lowered: &[Lowered],
    by_place: &FxHashMap<&str, usize>,
    at: usize,
    all: bool,
) -> Vec<usize> {
    let (Some(place), Some(one)) = (places.get(at), lowered.get(at)) else { return Vec::new() };
    let items = &one.model.items;
    let wanted = |item: &&Item| matches!(item.kind, ItemKind::Module { inline: false, .. });
    let modules = items.iter().filter(wanted).filter(|item| all || is_test(items, item));
    modules.filter_map(|item| module_file(place, items, item, by_place)).collect()
}

fn is_test(items: &[Item], item: &Item) -> bool {
    let mut at = Some(item);
    while let Some(item) = at {
        if item.attrs.is(Mark::Test) {
            return true;
        }
        at = match item.parent {
            Parent::Item(above) => items.get(above.index()),
            _ => None,
        };
    }
    false
}

/// Narrows what is in a file by the cfg of the module that it is: `#[cfg(unix)] mod name;` covers `name.rs`. A file that is
/// several modules stays as it is.
pub(super) fn narrow(files: &[FoundFile], lowered: &mut [Lowered]) {
    let places: Vec<String> = files.iter().map(FoundFile::place).collect();
    let by_place = by_place(&places);
    let mut declared: FxHashMap<usize, Vec<(usize, Cfg)>> = FxHashMap::default();
    for (at, (place, one)) in places.iter().zip(lowered.iter()).enumerate() {
        let items = &one.model.items;
        for item in items.iter().filter(|item| matches!(item.kind, ItemKind::Module { inline: false, .. })) {
            let Some(child) = module_file(place, items, item, &by_place).filter(|&child| child != at) else {
                continue;
            };
            let cfg = one.model.cfgs.get(item.cfg.index()).cloned().unwrap_or_default();
            declared.entry(child).or_default().push((at, cfg));
        }
    }
    for (at, one) in lowered.iter_mut().enumerate() {
        let outer = outer_cfg(&declared, at);
        // Each cfg of the file gets a copy: a predicate of unreasonable size is not worth that.
        if outer != Cfg::Always && outer.to_string().len() <= TEXT_LIMIT {
            for cfg in &mut one.model.cfgs {
                *cfg = outer.and(cfg);
            }
        }
    }
}

/// The predicates on all modules that a file lies in, outermost first.
fn outer_cfg(declared: &FxHashMap<usize, Vec<(usize, Cfg)>>, file: usize) -> Cfg {
    let mut cfg = Cfg::Always;
    let mut at = file;
    for _ in 0..DEPTH {
        let Some([(above, own)]) = declared.get(&at).map(Vec::as_slice) else { return cfg };
        cfg = own.and(&cfg);
        at = *above;
    }
    // Files that declare each other.
    Cfg::Always
}

fn by_place(places: &[String]) -> FxHashMap<&str, usize> {
    places.iter().enumerate().map(|(at, place)| (place.as_str(), at)).collect()
}

fn module_file(place: &str, items: &[Item], item: &Item, by_place: &FxHashMap<&str, usize>) -> Option<usize> {
    let (folder, name) = place.rsplit_once('/').unwrap_or(("", place));
    let join = |folder: &str, rest: &str| if folder.is_empty() { rest.to_owned() } else { format!("{folder}/{rest}") };
    if let ItemKind::Module { path: Some(explicit), .. } = item.kind {
        return by_place.get(join(folder, explicit.as_str()).as_str()).copied();
    }
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    let mut inner = match stem {
        "lib" | "main" | "mod" => folder.to_owned(),
        _ => join(folder, stem),
    };
    let mut above = Vec::new();
    let mut parent = item.parent;
    while let Parent::Item(id) = parent {
        let Some(module) = items.get(id.index()) else { break };
        above.push(module.name.as_str());
        parent = module.parent;
    }
    for module in above.iter().rev() {
        inner = join(&inner, module);
    }
    let name = item.name.as_str();
    let plain = join(&inner, &format!("{name}.rs"));
    let nested = join(&inner, &format!("{name}/mod.rs"));
    // The root of a test or an example has its modules beside it.
    let beside = join(folder, &format!("{name}.rs"));
    [plain, nested, beside].iter().find_map(|place| by_place.get(place.as_str()).copied())
}
