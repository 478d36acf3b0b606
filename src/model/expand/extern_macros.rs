//! Macros that crates outside of the scan export: the macros of a crate are read when a call first names one.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::declarations::{Declared, collect};
use super::definition::MacroDef;
use crate::model::name::Name;
use crate::syntax::{Edition, lex};

/// A macro's name, and the text between the delimiters of its rules.
pub type ExportedMacro = (String, String);

/// How the macros of a crate are read, when they are asked for.
type Read = Box<dyn Fn() -> Vec<CrateExports> + Send + Sync>;

/// What a crate exports.
pub struct CrateExports {
    /// What `$crate` means in them, wherever they are called: the name of the crate's library.
    pub krate: Name,
    /// The edition they are read in.
    pub edition: Edition,
    /// The macros.
    pub macros: Vec<ExportedMacro>,
}

/// The macros of one crate that is not scanned.
pub struct ExternMacros {
    read: Read,
    known: OnceLock<Known>,
}

/// What was read of a crate.
#[derive(Debug)]
struct Known {
    /// Whether its sources are there at all.
    is_there: bool,
    macros: Vec<(Name, Arc<MacroDef>)>,
}

impl ExternMacros {
    /// Macros that `read` will read: the crate's own, then those of crates that it hands on. What it returns must not depend on
    /// when. It must not wait for other threads of the scan.
    pub fn new(read: impl Fn() -> Vec<CrateExports> + Send + Sync + 'static) -> Self {
        Self { read: Box::new(read), known: OnceLock::new() }
    }

    /// Returns the macros called `name`. Blocks on the disk the first time.
    pub(super) fn find(&self, name: Name) -> impl Iterator<Item = &Arc<MacroDef>> {
        self.known().macros.iter().filter(move |(known, _)| *known == name).map(|(_, def)| def)
    }

    /// Tells whether the crate's sources are there. Blocks on the disk the first time.
    pub(super) fn is_there(&self) -> bool {
        self.known().is_there
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| {
            let exports = (self.read)();
            Known { is_there: !exports.is_empty(), macros: exports.into_iter().flat_map(kept).collect() }
        })
    }
}

impl fmt::Debug for ExternMacros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternMacros").field("known", &self.known).finish_non_exhaustive()
    }
}

fn kept(exports: CrateExports) -> impl Iterator<Item = (Name, Arc<MacroDef>)> {
    let CrateExports { krate, edition, macros } = exports;
    macros.into_iter().map(move |(name, text)| (Name::new(&name), Arc::new(MacroDef::outside(&text, krate, edition))))
}

/// Returns the macros in a file's text that other crates can call.
pub fn exported(text: &str, edition: Edition) -> Vec<ExportedMacro> {
    let marked = ["macro_rules", "macro_export"]
        .iter()
        .all(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some());
    if !marked {
        return Vec::new();
    }
    let found = collect(text, &lex(text, edition)).all.into_iter().filter_map(|declaration| match declaration.kind {
        Declared::Macro(definition) if definition.exported => Some(definition),
        _ => None,
    });
    found.map(|definition| (definition.name.as_str().to_owned(), definition.body.into())).collect()
}
