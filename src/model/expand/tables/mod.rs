//! The macros of all scanned packages with their scopes: which modules there are, where each `macro_rules!` is known in the order
//! of the text, what modules and blocks import. What a call means by them is decided in `resolve.rs`.

mod build;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::declarations::{Declarations, Scope, declarations};
use super::definition::MacroDef;
use super::extern_macros::ExternMacros;
use crate::model::name::Name;
use crate::source::FileId;
use crate::syntax::{Edition, Lexed};

/// One package as the tables are made from it.
#[derive(Default)]
pub struct PackageInput<'p> {
    /// Its files, scanned or there for context.
    pub files: Vec<FileInput<'p>>,
    /// The crates that its code can name.
    pub crates: FxHashMap<Name, CrateRef>,
    /// The name of its library.
    pub library: Option<Name>,
    /// Whether a manifest says which crates there are.
    pub has_manifest: bool,
    /// The features that are on by default.
    pub features: FxHashSet<String>,
}

/// One file of a package.
pub struct FileInput<'p> {
    /// The file.
    pub file: FileId,
    /// Its path from the same place as those of the package's other files, with `/`.
    pub place: &'p str,
    /// The edition it is written in.
    pub edition: Edition,
    /// Its text.
    pub text: &'p str,
    /// Its tokens.
    pub lexed: &'p Lexed,
    /// What they declare.
    pub declarations: Declarations,
    /// Whether it is the root of a crate; the library's counts before others.
    pub root: Option<Root>,
}

/// Which root of a package a file is; in this order a file belongs to the first that reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// The library's.
    Library,
    /// Another crate's.
    Other,
}

/// A crate that a package's code can name.
#[derive(Debug, Clone)]
pub enum CrateRef {
    /// The library of a scanned package, by its place.
    Scanned {
        /// The package's place.
        package: u32,
        /// Whether tests alone can name it.
        dev: bool,
    },
    /// One of a registry.
    Registry {
        /// The package's name.
        package: Name,
        /// Its macros.
        macros: Arc<ExternMacros>,
        /// Whether tests alone can name it.
        dev: bool,
    },
    /// One from elsewhere, whose sources are not there.
    Absent {
        /// Whether tests alone can name it.
        dev: bool,
    },
}

impl CrateRef {
    /// Tells whether product code cannot name it.
    pub(super) fn is_dev(&self) -> bool {
        match self {
            Self::Scanned { dev, .. } | Self::Registry { dev, .. } | Self::Absent { dev } => *dev,
        }
    }
}

/// The macros of all packages of a scan.
#[derive(Debug, Default)]
pub struct MacroTables {
    pub(super) packages: Vec<PackageMacros>,
    /// By file: its package, and its place in that.
    pub(super) by_file: FxHashMap<FileId, (u32, u32)>,
}

/// The macros of one package.
#[derive(Debug, Default)]
pub(super) struct PackageMacros {
    pub(super) files: Vec<FileScopes>,
    pub(super) modules: Vec<Module>,
    /// Each name's definitions, in the order of the text.
    pub(super) textual: FxHashMap<Name, Vec<Textual>>,
    pub(super) crates: FxHashMap<Name, CrateRef>,
    pub(super) library: Option<Name>,
    /// The module that the library's root is.
    pub(super) library_root: Option<u32>,
    pub(super) has_manifest: bool,
    pub(super) features: FxHashSet<String>,
}

/// A definition with the part of its crate's text in which it is known: from its own place to where its scope ends.
///
/// Text is numbered as if each `mod name;` held the file's text.
#[derive(Debug)]
pub(super) struct Textual {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) def: Arc<MacroDef>,
}

/// The scopes of one file.
#[derive(Debug)]
pub(super) struct FileScopes {
    pub(super) scopes: Vec<Scope>,
    /// Where each begins, and its place; sorted.
    pub(super) by_start: Vec<(u32, u32)>,
    /// What each scope imports.
    pub(super) imports: Vec<Imports>,
    /// The module that each scope is; `u32::MAX` for a block.
    pub(super) modules: Vec<u32>,
    /// From which offsets on which number counts.
    pub(super) marks: Vec<(u32, u32)>,
    /// For a file that no crate reaches: the number by which it sees what its crate's root knows at its end.
    pub(super) outer: Option<u32>,
}

/// What a scope imports.
#[derive(Debug, Default)]
pub(super) struct Imports {
    pub(super) named: FxHashMap<Name, SmallVec<[Import; 1]>>,
    pub(super) globs: Vec<Import>,
}

impl Imports {
    /// Adds an import; of several under one name those that a usual build has come first.
    fn add(&mut self, name: Option<Name>, import: Import) {
        let Some(name) = name else { return self.globs.push(import) };
        let named = self.named.entry(name).or_default();
        let at = if import.usual { named.iter().take_while(|it| it.usual).count() } else { named.len() };
        named.insert(at, import);
    }
}

/// One imported path, and where its `use` stands.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) path: Box<[Name]>,
    pub(super) at: u32,
    /// Whether a usual build has it.
    pub(super) usual: bool,
}

/// One module.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) parent: Option<u32>,
    /// The module that its crate's root is.
    pub(super) root: u32,
    /// Its file's place, and its scope there.
    pub(super) file: u32,
    pub(super) scope: u32,
    pub(super) children: FxHashMap<Name, u32>,
    /// Of a root: what `#[macro_export]` puts there.
    pub(super) exported: FxHashMap<Name, SmallVec<[Arc<MacroDef>; 1]>>,
    /// Of a root: the crates whose macros `#[macro_use]` brings, and which ones.
    pub(super) macro_use: Vec<(Name, Option<Box<[Name]>>)>,
}

impl MacroTables {
    /// Makes the tables of the packages, each of whose crates can name others by their places. O(declarations).
    pub fn new(packages: Vec<PackageInput<'_>>) -> Self {
        let mut tables = Self::default();
        for (at, input) in (0..).zip(packages) {
            let files = input.files.iter().zip(0..).map(|(file, place)| (file.file, (at, place)));
            tables.by_file.extend(files);
            tables.packages.push(build::package(at, input));
        }
        tables
    }

    /// Makes the tables of one file that is a crate of its own.
    pub fn of_file(file: FileId, edition: Edition, text: &str, lexed: &Lexed) -> Self {
        let (declarations, root) = (declarations(text, lexed), Some(Root::Library));
        let input = FileInput { file, place: "lib.rs", edition, text, lexed, declarations, root };
        Self::new(vec![PackageInput { files: vec![input], ..PackageInput::default() }])
    }
}

impl FileScopes {
    /// Returns the number of what stands at `offset`.
    pub(super) fn order(&self, offset: u32) -> u32 {
        let at = self.marks.partition_point(|&(from, _)| from <= offset);
        at.checked_sub(1).and_then(|at| self.marks.get(at)).map_or(0, |&(_, order)| order)
    }

    /// Returns the scopes that hold `offset`, innermost first, up to a module.
    pub(super) fn around(&self, offset: u32) -> impl Iterator<Item = u32> {
        let before = self.by_start.partition_point(|&(start, _)| start <= offset);
        let mut innermost = before.checked_sub(1).and_then(|at| self.by_start.get(at)).map_or(0, |&(_, at)| at);
        // The one that begins last may have ended.
        while let Some(scope) =
            self.scopes.get(innermost as usize).filter(|scope| scope.end <= offset && innermost != 0)
        {
            innermost = scope.parent;
        }
        let mut next = Some(innermost);
        std::iter::from_fn(move || {
            let at = next?;
            let scope = self.scopes.get(at as usize)?;
            next = (!scope.is_module).then_some(scope.parent);
            Some(at)
        })
    }
}
