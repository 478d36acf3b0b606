//! Resolves macro paths as rustc does: `macro_rules!` that the text before a call makes known, then what blocks and the module
//! import, then `#[macro_use] extern crate`, then std's prelude.

mod attributes;
mod extern_crates;
mod places;

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::definition::{Home, MacroDef};
use super::tables::{CrateRef, FileScopes, Import, Imports, MacroTables, Module, PackageMacros};
use crate::facts::macros::{self, MacroFact};
use crate::model::cfg::Cfg;
use crate::model::name::Name;
use crate::source::FileId;

/// Imports and modules that one look-up follows.
const STEPS: u32 = 512;

/// Definitions of one name under different predicates that are told apart.
const ALTERNATIVES: usize = 4;

/// The definitions that a call may mean, the likeliest first: of one name, each under a predicate of its own.
pub(in crate::model) type Defs = SmallVec<[Arc<MacroDef>; 1]>;

/// What a macro path means.
#[derive(Debug, Clone)]
pub(in crate::model) enum Resolved {
    /// `macro_rules!` macros.
    Rules(Defs),
    /// A macro that is known by definition.
    Known(&'static MacroFact),
    /// Nothing that is known.
    Unknown,
}

/// What a name means among macros.
#[derive(Debug, Clone)]
enum Meaning {
    Rules(Defs),
    /// A macro of a crate that is not scanned, which the code of `package` can name.
    Extern {
        package: u32,
        krate: ExternCrate,
        name: Name,
    },
}

/// A crate that is not scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExternCrate {
    Std,
    /// One of the package's own, by the name that its code says.
    Known(Name),
    /// One that the package does not list, by the name that code says.
    Unlisted(Name),
}

/// What a path of modules leads to.
#[derive(Debug, Clone, Copy)]
enum Place {
    Module { package: u32, module: u32 },
    Extern { package: u32, krate: ExternCrate },
}

/// A place in a package's code: a module, and for what stands in a file the scopes there.
#[derive(Debug, Clone, Copy)]
struct From {
    package: u32,
    module: u32,
    file: u32,
    at: u32,
}

/// Looks macros up for the calls of one file.
pub(in crate::model) struct Resolver<'t> {
    tables: &'t MacroTables,
    /// The file's package, and its place there.
    home: Option<(u32, u32)>,
    /// What names were found to mean in modules.
    known: RefCell<FxHashMap<(u32, u32, Name), Option<Meaning>>>,
}

/// One look-up: the questions that wait for an answer, and how far it may go on.
struct Search {
    asked: Vec<(u32, u32, Name, bool)>,
    steps: u32,
}

impl Search {
    fn new() -> Self {
        Self { asked: Vec::new(), steps: STEPS }
    }

    /// Begins a question; tells whether it may be asked: none asks itself. It ends with `answered`.
    fn may_ask(&mut self, package: u32, module: u32, name: Name, modules: bool) -> bool {
        let question = (package, module, name, modules);
        if self.steps == 0 || self.asked.contains(&question) {
            return false;
        }
        self.steps -= 1;
        self.asked.push(question);
        true
    }

    /// Ends the last question.
    fn answered(&mut self) {
        self.asked.pop();
    }
}

impl<'t> Resolver<'t> {
    /// Prepares for the calls of `file`.
    pub(in crate::model) fn new(tables: &'t MacroTables, file: FileId) -> Self {
        Self { tables, home: tables.by_file.get(&file).copied(), known: RefCell::default() }
    }

    /// Tells whether a feature of the file's package is on by default.
    pub(in crate::model) fn has_feature(&self, feature: &str) -> bool {
        self.home.and_then(|(package, _)| self.package(package)).is_some_and(|it| it.features.contains(feature))
    }

    fn package(&self, package: u32) -> Option<&'t PackageMacros> {
        self.tables.packages.get(package as usize)
    }

    fn module(&self, package: u32, module: u32) -> Option<&'t Module> {
        self.package(package)?.modules.get(module as usize)
    }

    fn scopes(&self, package: u32, file: u32) -> Option<&'t FileScopes> {
        self.package(package)?.files.get(file as usize)
    }

    /// Where code at `at` of the file stands.
    fn from(&self, at: u32) -> Option<From> {
        let (package, file) = self.home?;
        let scopes = self.scopes(package, file)?;
        let module = scopes.around(at).last().and_then(|scope| scopes.modules.get(scope as usize).copied())?;
        Some(From { package, module, file, at })
    }

    /// Returns what a call of `path` at `at` means; `within` is the macro whose expansion it stands in.
    pub(in crate::model) fn resolve(&self, path: &str, at: u32, within: Option<&MacroDef>) -> Resolved {
        let path = segments(path);
        let from = self.from(at);
        let mut search = Search::new();
        let found = from.and_then(|from| self.call(&path, from, within, &mut search));
        match found {
            Some(meaning) => self.resolved(meaning),
            None => self.unplaced(&path, from, within),
        }
    }

    fn call(&self, path: &[Name], from: From, within: Option<&MacroDef>, search: &mut Search) -> Option<Meaning> {
        if let [name] = *path {
            let inner = within.filter(|def| def.local_inner).and_then(|def| self.of_home(def.home(), name));
            return inner.or_else(|| self.lexical(name, from, search));
        }
        self.path(path, from, search)
    }

    /// What the crate of a definition exports under `name`.
    fn of_home(&self, home: Home, name: Name) -> Option<Meaning> {
        let Home::Scanned { package, root } = home else { return None };
        self.module(package, root)?.exported.get(&name).map(|defs| Meaning::Rules(defs.clone()))
    }

    /// What a path means that leads nowhere from where it stands: std's for code that is in no package, and for what another
    /// crate's macro made what that crate has.
    fn unplaced(&self, path: &[Name], from: Option<From>, within: Option<&MacroDef>) -> Resolved {
        let Some(&name) = path.last() else { return Resolved::Unknown };
        if let (Some(from), Some(Home::Extern(krate))) = (from, within.map(MacroDef::home)) {
            let defs = self.of_unlisted(from.package, krate, name);
            if !defs.is_empty() {
                return Resolved::Rules(defs);
            }
        }
        let std = match path {
            [_] => prelude(name),
            [Name::STD | Name::CORE | Name::ALLOC, ..] if from.is_none() => macros::of_std(name.as_str()),
            _ => None,
        };
        std.map_or(Resolved::Unknown, Resolved::Known)
    }

    fn resolved(&self, meaning: Meaning) -> Resolved {
        match meaning {
            Meaning::Rules(defs) => match defs.first().and_then(|def| def.builtin) {
                Some(fact) => Resolved::Known(fact),
                None => Resolved::Rules(defs),
            },
            Meaning::Extern { package, krate, name } => self.outside(package, krate, name).unwrap_or(Resolved::Unknown),
        }
    }

    /// What `name` means by itself at a place.
    fn lexical(&self, name: Name, from: From, search: &mut Search) -> Option<Meaning> {
        let package = self.package(from.package)?;
        let scopes = package.files.get(from.file as usize)?;
        let textual = |order: u32| package.textual(name, order);
        let defs = textual(scopes.order(from.at)).or_else(|| textual(scopes.outer?));
        if let Some(defs) = defs {
            return Some(Meaning::Rules(defs));
        }
        for scope in scopes.around(from.at) {
            let module = scopes.modules.get(scope as usize).copied().filter(|&module| module != u32::MAX);
            let found = match module {
                Some(module) => self.in_module(from.package, module, name, search),
                None => {
                    scopes.imports.get(scope as usize).and_then(|imports| self.imported(imports, name, from, search))
                }
            };
            if found.is_some() {
                return found;
            }
        }
        let root = package.modules.get(package.modules.get(from.module as usize)?.root as usize)?;
        for (krate, names) in &root.macro_use {
            if names.as_ref().is_none_or(|names| names.contains(&name))
                && let Some(place) = self.krate(from.package, *krate)
                && let Some(found) = self.at_place(place, name, search)
            {
                return Some(found);
            }
        }
        of_prelude(from.package, name)
    }

    /// What `name` means in a module, seen from outside or by its own code.
    fn in_module(&self, package: u32, module: u32, name: Name, search: &mut Search) -> Option<Meaning> {
        let key = (package, module, name);
        // auditor: allow(refcell-borrow) the borrow ends with the line, and nothing within it asks again
        let known = self.known.borrow().get(&key).cloned();
        if let Some(known) = known {
            return known;
        }
        if !search.may_ask(package, module, name, false) {
            return None;
        }
        let first = search.asked.len() == 1;
        let found = self.ask_module(package, module, name, search);
        search.answered();
        if found.is_some() || first {
            // auditor: allow(refcell-borrow) as above: the question is answered
            self.known.borrow_mut().insert(key, found.clone());
        }
        found
    }

    fn ask_module(&self, package: u32, module: u32, name: Name, search: &mut Search) -> Option<Meaning> {
        let own = self.module(package, module)?;
        if let Some(defs) = own.exported.get(&name) {
            return Some(Meaning::Rules(defs.clone()));
        }
        let imports = self.scopes(package, own.file)?.imports.get(own.scope as usize)?;
        self.imported(imports, name, From { package, module, file: own.file, at: 0 }, search)
    }

    /// What a scope imports under `name`, by that name or by `*`.
    fn imported(&self, imports: &Imports, name: Name, from: From, search: &mut Search) -> Option<Meaning> {
        for import in imports.named.get(&name).into_iter().flatten() {
            let found = self.import(import, from, search);
            if found.is_some() {
                return found;
            }
        }
        imports.globs.iter().find_map(|glob| {
            let place = self.place(&glob.path, From { at: glob.at, ..from }, search)?;
            self.at_place(place, name, search)
        })
    }

    /// The macro that an imported path leads to; `None` where it leads to something else.
    fn import(&self, import: &Import, from: From, search: &mut Search) -> Option<Meaning> {
        let from = From { at: import.at, ..from };
        match *import.path {
            [name] => {
                // Its own import is no answer.
                let own = search.may_ask(from.package, from.module, name, false);
                if !own && !self.is_textual(name, from) {
                    return of_prelude(from.package, name);
                }
                let found = self.lexical(name, from, search);
                if own {
                    search.answered();
                }
                found
            }
            _ => self.path(&import.path, from, search),
        }
    }

    fn is_textual(&self, name: Name, from: From) -> bool {
        let order = self.scopes(from.package, from.file).map(|scopes| scopes.order(from.at));
        order.zip(self.package(from.package)).is_some_and(|(order, package)| package.textual(name, order).is_some())
    }

    fn path(&self, path: &[Name], from: From, search: &mut Search) -> Option<Meaning> {
        let (&name, before) = path.split_last()?;
        match self.place(before, from, search)? {
            // What is imported by its name from a crate that cannot be seen is that crate's.
            Place::Extern { package, krate } if self.is_unseen(package, krate) && !is_shared(name) => {
                Some(Meaning::Extern { package, krate, name })
            }
            place => self.at_place(place, name, search),
        }
    }

    /// What `name` means at the end of a path.
    fn at_place(&self, place: Place, name: Name, search: &mut Search) -> Option<Meaning> {
        match place {
            Place::Module { package, module } => self.in_module(package, module, name, search),
            Place::Extern { package, krate } => self.outside(package, krate, name).map(|found| match found {
                Resolved::Rules(defs) => Meaning::Rules(defs),
                _ => Meaning::Extern { package, krate, name },
            }),
        }
    }

    /// Returns the name by which code at `at` calls the crate of a definition; missing where it is the code's own.
    pub(in crate::model) fn name_of_home(&self, def: &MacroDef, at: u32) -> Name {
        let (package, root) = match def.home() {
            Home::Extern(name) => return name,
            Home::Scanned { package, root } => (package, root),
        };
        let Some(from) = self.from(at) else { return Name::MISSING };
        if from.package == package && self.module(package, from.module).is_none_or(|module| module.root == root) {
            return Name::MISSING;
        }
        let Some(own) = self.package(from.package) else { return Name::MISSING };
        let named = own.crates.iter().find_map(|(&name, krate)| {
            matches!(krate, CrateRef::Scanned { package: other, .. } if *other == package).then_some(name)
        });
        named.or_else(|| self.package(package)?.library).unwrap_or(Name::MISSING)
    }
}

impl PackageMacros {
    /// The definitions of `name` that the text before number `order` makes known.
    fn textual(&self, name: Name, order: u32) -> Option<Defs> {
        let all = self.textual.get(&name)?;
        let before = all.partition_point(|textual| textual.start <= order);
        let mut found = Defs::new();
        for textual in all.get(..before)?.iter().rev().filter(|textual| order < textual.end) {
            found.push(Arc::clone(&textual.def));
            if *textual.def.cfg() == Cfg::Always || found.len() == ALTERNATIVES {
                break;
            }
        }
        if found.len() > 1 {
            let usual = |def: &Arc<MacroDef>| {
                def.cfg().default_truth(&|feature| self.features.contains(feature)) != Some(false)
            };
            // Stable: of those that a usual build has, the last one that is written.
            found.sort_by_key(|def| !usual(def));
        }
        (!found.is_empty()).then_some(found)
    }
}

fn of_prelude(package: u32, name: Name) -> Option<Meaning> {
    prelude(name).map(|_| Meaning::Extern { package, krate: ExternCrate::Std, name })
}

fn is_shared(name: Name) -> bool {
    macros::of_std(name.as_str()).is_some_and(|fact| fact.shared_name)
}

fn prelude(name: Name) -> Option<&'static MacroFact> {
    macros::of_std(name.as_str()).filter(|fact| fact.module.is_none())
}

/// The names of a path as written; the first is empty where it begins with `::`.
pub(in crate::model) fn segments(path: &str) -> SmallVec<[Name; 4]> {
    if !path.contains(':') {
        return [Name::new(path.trim())].into_iter().collect();
    }
    path.split("::").map(|part| Name::new(part.trim())).collect()
}
