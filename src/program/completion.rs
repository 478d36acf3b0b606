//! Lowers the files of a scan and, until nothing that is on disk is missing, those that their code names besides: modules and
//! included files that the walk did not meet. What is not there is a gap.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::files::Found;
use super::lowered::{self, Lowered};
use super::module_tree::{AbsentModule, ModuleTree};
use super::registry::Registry;
use super::{Program, ProgressCounter};
use crate::model::hir::IncludeTarget;
use crate::model::lower::IncludedFiles;
use crate::source::{DEFAULT_FILE_BYTES, FileId, FoundFile, Gap, GapKind, Lookup, folder_of, load};

/// How often all is lowered anew because files were found: each time brings all that the known files name.
const ROUNDS: usize = 8;

/// Lowers all files; adds to `found` what their code names, and to the gaps of `program` what it names in vain.
pub(super) fn lower(
    found: &mut Found,
    program: &mut Program,
    registry: &Arc<Registry>,
    progress: &ProgressCounter,
) -> (Vec<Lowered>, ModuleTree) {
    let mut disk = Disk::default();
    let mut round = 0;
    loop {
        let included = disk.included(found);
        let lowered = lowered::lower(found, &included, registry, progress);
        let tree = ModuleTree::new(&found.files, &found.packages, &lowered);
        // What the last round names is not looked for: that it was not read is told.
        let more = if round < ROUNDS { disk.more(found, &lowered, &tree) } else { Fresh::default() };
        round += 1;
        if more.is_empty() {
            program.gaps.append(&mut disk.gaps);
            program.gaps.extend(gaps(found, &lowered, &tree, &disk));
            return (lowered, tree);
        }
        let texts = lowered.into_iter().map(|one| one.source.text).collect();
        add(found, texts, more);
    }
}

/// A file that code names, with its text.
struct Named {
    file: FoundFile,
    text: String,
}

/// What was looked up so far.
#[derive(Default)]
struct Disk {
    known: BTreeMap<String, Lookup>,
    /// The places of files that are included.
    included: BTreeSet<String>,
    gaps: Vec<Gap>,
}

impl Disk {
    /// The files that may be included, each once more: what includes them has them as its own text.
    fn included(&self, found: &Found) -> IncludedFiles {
        if self.included.is_empty() {
            return IncludedFiles::default();
        }
        let files = found.files.iter().zip(&found.texts).enumerate();
        let places = files.map(|(at, (file, text))| (file.place(), at, text));
        let wanted = places.filter(|(place, ..)| self.included.contains(place));
        wanted.map(|(place, at, text)| (place, (FileId(at as u32), text.as_str().into()))).collect()
    }

    /// Returns the files that code names and `found` lacks; notes which ones are included.
    fn more(&mut self, found: &mut Found, lowered: &[Lowered], tree: &ModuleTree) -> Fresh {
        let mut fresh = Fresh::default();
        let places: FxHashMap<String, usize> =
            found.files.iter().enumerate().map(|(at, file)| (file.place(), at)).collect();
        for absent in tree.absent.iter().filter(|absent| absent.by < found.asked) {
            for place in &absent.places {
                self.file(found, absent.by, place, &mut fresh);
            }
        }
        for (by, one) in lowered.iter().enumerate().take(found.asked) {
            for include in &one.model.includes {
                let IncludeTarget::File(place) = &include.target else { continue };
                if let Some(&at) = places.get(&**place) {
                    let new = self.included.insert(place.to_string());
                    fresh.again |= new;
                    if new && !tree.is_module(at) && is_no_root(found, at) {
                        fresh.no_modules.push(at);
                    }
                    continue;
                }
                let before = fresh.named.len();
                self.file(found, by, place, &mut fresh);
                if let Some(named) = fresh.named.get_mut(before..).and_then(<[_]>::first_mut) {
                    named.file.included = true;
                    self.included.insert(place.to_string());
                }
            }
        }
        fresh
    }

    /// Looks at `place`, which file `by` names.
    fn file(&mut self, found: &Found, by: usize, place: &str, fresh: &mut Fresh) {
        if self.known.contains_key(place) {
            return;
        }
        let Some((parent, scope)) = found.files.get(by).zip(found.scope.as_ref()) else { return };
        let package = parent.package.and_then(|at| found.packages.get(at));
        let lookup = scope.look(place, package.map(|package| package.workspace.as_path()));
        if let Lookup::Found { relative, .. } = &lookup {
            let file = FoundFile { relative: relative.clone(), absolute: place.into(), ..parent.clone() };
            match load(&file, DEFAULT_FILE_BYTES) {
                Ok(text) => fresh.named.push(Named { file, text }),
                Err(gap) => self.gaps.push(gap.within(vec![parent.context.as_str()])),
            }
        }
        self.known.insert(place.to_owned(), lookup);
    }
}

/// Whether no crate of a package begins at the file.
fn is_no_root(found: &Found, at: usize) -> bool {
    let Some(file) = found.files.get(at) else { return false };
    let package = file.package.and_then(|at| found.packages.get(at));
    package.is_none_or(|package| package.targets.iter().all(|target| package.place(target) != file.place()))
}

/// What one round found.
#[derive(Default)]
struct Fresh {
    named: Vec<Named>,
    /// Files that were there, and are included only: they are no modules.
    no_modules: Vec<usize>,
    /// Whether files that were there must be read where they are included.
    again: bool,
}

impl Fresh {
    fn is_empty(&self) -> bool {
        self.named.is_empty() && !self.again
    }
}

/// Adds what is `fresh` to `found`, whose texts are `texts`: among the files that are asked for, in the order of their paths.
fn add(found: &mut Found, texts: Vec<String>, fresh: Fresh) {
    for at in fresh.no_modules {
        if let Some(file) = found.files.get_mut(at) {
            file.included = true;
        }
    }
    let mut all: Vec<(FoundFile, String)> = std::mem::take(&mut found.files).into_iter().zip(texts).collect();
    // auditor: allow(panicking-api) no more than there are
    let context = all.split_off(found.asked.min(all.len()));
    all.extend(fresh.named.into_iter().map(|named| (named.file, named.text)));
    all.sort_by(|(one, _), (other, _)| one.relative.cmp(&other.relative));
    found.asked = all.len();
    (found.files, found.texts) = all.into_iter().chain(context).unzip();
}

/// What code names and was not read.
fn gaps(found: &Found, lowered: &[Lowered], tree: &ModuleTree, disk: &Disk) -> Vec<Gap> {
    let modules = tree.absent.iter().filter(|absent| absent.by < found.asked);
    let mut gaps: Vec<Gap> = modules.filter_map(|absent| module_gap(found, lowered, absent, disk)).collect();
    gaps.extend(tree.beyond(found.asked).filter_map(|(by, child)| excluded(found, lowered, (by, child))));
    for (file, one) in found.files.iter().zip(lowered).take(found.asked) {
        for include in &one.model.includes {
            let (kind, what) = match &include.target {
                IncludeTarget::Generated => {
                    (GapKind::GeneratedCode, "`include!` of a file that a build makes".to_owned())
                }
                IncludeTarget::TooMuch => {
                    (GapKind::MacroOutputLimit, "`include!` of more than what is read for one file".to_owned())
                }
                IncludeTarget::File(place) => match disk.known.get(&**place) {
                    Some(Lookup::NotAsked) => continue,
                    lookup => {
                        let kind =
                            lookup.map_or(GapKind::FileChainLimit, |lookup| kind_of(lookup, GapKind::MissingInclude));
                        (kind, format!("`include!` of {}, which was not read", shown(found, place)))
                    }
                },
            };
            let context = context(file, one);
            let at = lowered.get(include.span.file.0 as usize).unwrap_or(one);
            let position = at.source.lines.position(&at.source.text, include.span.start);
            gaps.push(Gap::new(kind, at.source.path.as_str(), what).at(position).within(context));
        }
    }
    for (file, one) in found.files.iter().zip(lowered).take(found.asked) {
        for errors in one.model.include_errors.chunk_by(|(file, _), (other, _)| file == other) {
            let Some((id, first)) = errors.first() else { continue };
            let Some(at) = lowered.get(id.0 as usize) else { continue };
            let position = at.source.lines.position(&at.source.text, first.offset);
            let reason = format!("syntax error where it is included: {}", first.message);
            let gap = Gap::new(GapKind::SyntaxError, at.source.path.as_str(), reason);
            gaps.push(gap.at(position).within(context(file, one)));
        }
    }
    gaps.sort();
    gaps.dedup();
    gaps
}

/// A module that was read for its types alone because the user excludes it.
fn excluded(found: &Found, lowered: &[Lowered], (by, child): (usize, usize)) -> Option<Gap> {
    let (file, module) = (found.files.get(by)?, found.files.get(child)?);
    let reason = format!("module of {}, which the configuration excludes", file.relative);
    let gap = Gap::new(GapKind::Excluded, module.relative.as_str(), reason).within(context(file, lowered.get(by)?));
    (found.scope.as_ref()?.look(&module.place(), None) == Lookup::Excluded).then_some(gap)
}

/// The contexts of a file's code.
fn context(file: &FoundFile, one: &Lowered) -> Vec<&'static str> {
    [Some(file.context.as_str()), one.audience.context()].into_iter().flatten().collect()
}

fn module_gap(found: &Found, lowered: &[Lowered], absent: &AbsentModule, disk: &Disk) -> Option<Gap> {
    let one = lowered.get(absent.by)?;
    let lookups: Vec<Option<&Lookup>> = absent.places.iter().map(|place| disk.known.get(place)).collect();
    if lookups.iter().flatten().any(|lookup| matches!(lookup, Lookup::NotAsked)) || found.scope.is_none() {
        return None;
    }
    let worst = lookups.iter().flatten().find(|lookup| !matches!(lookup, Lookup::Missing));
    let (kind, why) = match worst {
        _ if lookups.iter().any(Option::is_none) => (GapKind::FileChainLimit, "is further down than what is followed"),
        Some(Lookup::Found { .. }) => return None,
        Some(lookup) => (kind_of(lookup, GapKind::MissingModule), "was not read"),
        None => (GapKind::MissingModule, "has no file"),
    };
    let places: Vec<String> = absent.places.iter().map(|place| shown(found, place)).collect();
    let at = lowered.get(absent.at.file.0 as usize).unwrap_or(one);
    let position = at.source.lines.position(&at.source.text, absent.at.start);
    let reason = format!("module `{}` {why}: {}", absent.name, places.join(" or "));
    Some(Gap::new(kind, at.source.path.as_str(), reason).at(position).within(absent.context.clone()))
}

fn kind_of(lookup: &Lookup, missing: GapKind) -> GapKind {
    match lookup {
        Lookup::Outside => GapKind::OutsideCheckout,
        Lookup::Excluded => GapKind::Excluded,
        Lookup::Missing | Lookup::NotAsked | Lookup::Found { .. } => missing,
    }
}

/// A place as reports print it: from the folder that their paths count from, where it lies there.
fn shown(found: &Found, place: &str) -> String {
    let root = found.root.to_string_lossy();
    let path = Path::new(place);
    let relative = path.strip_prefix(&*root).map(|path| path.to_string_lossy().into_owned());
    relative.unwrap_or_else(|_| {
        place.rsplit('/').next().map_or_else(String::new, |name| format!("{name} in {}", folder_of(place)))
    })
}
