//! Macro expansion: definitions of `macro_rules!`, matching, transcription, and the span map of the result. `lower/` decides which
//! calls are expanded.

mod definitions;
mod extern_macros;
mod matcher;
mod paste;
mod rules;
pub(in crate::model) mod span_map;
pub(in crate::model) mod syntax_context;
mod transcribe;

use std::cell::RefCell;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use crate::model::hir::SyntaxContext;
use crate::model::name::Name;
use crate::source::FileId;
use crate::syntax::{Edition, Lexed, lex_all};
use span_map::{Expansion, InText};

use definitions::{Definition, definitions};
pub use extern_macros::{CrateExports, ExportedMacro, ExternMacros, exported};
pub(in crate::model) use matcher::Args;
pub(in crate::model) use paste::{is_paste, pasted};
use rules::Rule;
use syntax_context::{MacroDefSite, SyntaxContexts};

/// Where a definition's text stands.
#[derive(Debug, Clone)]
pub(in crate::model) enum Origin {
    /// In a file, from this offset.
    File { file: FileId, base: u32 },
    /// In text that another macro made.
    Made { made: Arc<Expansion>, base: u32, site: MacroDefSite },
}

/// One `macro_rules!` definition; its rules are read on first use.
#[derive(Debug)]
pub struct MacroDef {
    /// The text between its outer delimiters.
    text: Box<str>,
    origin: Origin,
    /// Where `macro_rules` stands in its file.
    at: u32,
    edition: Edition,
    /// Whether other crates can call it.
    exported: bool,
    /// What `$crate` means to other crates: the defining crate's name; missing for the scanned one.
    krate: Name,
    rules: OnceLock<Vec<Rule>>,
}

impl MacroDef {
    pub(in crate::model) fn made(
        text: &str,
        site: MacroDefSite,
        made: Arc<Expansion>,
        base: u32,
        edition: Edition,
    ) -> Self {
        let origin = Origin::Made { made, base, site };
        Self {
            text: text.into(),
            origin,
            at: 0,
            edition,
            exported: false,
            krate: Name::MISSING,
            rules: OnceLock::new(),
        }
    }

    /// A macro of a crate that is not scanned: nothing is reported in its text.
    fn outside(text: String, krate: Name, edition: Edition) -> Self {
        let (text, origin) = (text.into(), Origin::File { file: FileId::ELSEWHERE, base: 0 });
        Self { text, origin, at: 0, edition, exported: true, krate, rules: OnceLock::new() }
    }

    /// Tells whether another crate defines it.
    pub(in crate::model) fn is_foreign(&self) -> bool {
        !self.krate.is_missing()
    }

    /// Tells whether the crate that code here calls `krate` defines it.
    pub(in crate::model) fn is_of(&self, krate: Name) -> bool {
        self.krate == krate
    }

    fn rules(&self) -> &[Rule] {
        self.rules.get_or_init(|| rules::parse(&self.text, self.edition))
    }

    fn source(&self) -> InText<'_> {
        match &self.origin {
            Origin::File { file, base } => InText::file(*file, &self.text).moved(*base),
            Origin::Made { made, base, .. } => InText::made(made).with_text(&self.text).moved(*base),
        }
    }

    /// Expands a call whose arguments are `args`, tokens without their outer delimiters; `None` where no rule matches.
    ///
    /// `contexts` are those of the calling file; the made text is at most `limit` bytes.
    pub(in crate::model) fn expand(
        &self,
        args: &matcher::Args<'_>,
        contexts: &RefCell<SyntaxContexts>,
        limit: usize,
    ) -> Option<Expansion> {
        let (rule, bindings) = self.rules().iter().find_map(|rule| {
            let bindings = matcher::matches(rule.matcher(), &self.text, args)?;
            Some((rule, bindings))
        })?;
        transcribe::transcribe(rule.transcriber(), self, args, &bindings, contexts, limit)
    }

    /// Which macro it is.
    fn site(&self) -> MacroDefSite {
        match self.origin {
            Origin::File { file, base } => MacroDefSite { file, start: base.wrapping_sub(1), ctx: SyntaxContext::ROOT },
            Origin::Made { site, .. } => site,
        }
    }
}

/// The macros a crate can call by name.
#[derive(Debug, Clone, Default)]
pub struct MacroTable {
    by_name: FxHashMap<Name, Vec<Arc<MacroDef>>>,
    /// The tokens of the files that define some, until those are parsed.
    lexed: Arc<Mutex<FxHashMap<FileId, Lexed>>>,
    /// The other scanned crates whose macros are here, by the names that code uses for them.
    imported: Vec<Name>,
    /// The crates that are not scanned, by the names that code uses for them.
    outside: Vec<(Name, Arc<ExternMacros>)>,
}

impl MacroTable {
    /// Adds the definitions of one file; `krate` is missing for the scanned crate's own.
    pub fn add_file(&mut self, file: FileId, text: &str, edition: Edition, krate: Name) {
        if memchr::memmem::find(text.as_bytes(), b"macro_rules").is_none() {
            return;
        }
        let lexed = lex_all(text, edition);
        for Definition { name, at, exported, origin, body } in definitions(file, text, &lexed.code()) {
            let def = MacroDef { text: body, origin, at, edition, exported, krate, rules: OnceLock::new() };
            self.by_name.entry(name).or_default().push(Arc::new(def));
        }
        self.lexed.lock().unwrap_or_else(PoisonError::into_inner).insert(file, lexed);
    }

    /// Takes the tokens of a file that had to be lexed to see what it defines.
    pub fn take_lexed(&self, file: FileId) -> Option<Lexed> {
        self.lexed.lock().unwrap_or_else(PoisonError::into_inner).remove(&file)
    }

    /// Tells whether other crates can call any of them.
    pub fn exports(&self) -> bool {
        self.by_name.values().flatten().any(|def| def.exported)
    }

    /// Adds what the crate of `other`, which code here calls `krate`, exports.
    pub fn import(&mut self, other: &Self, krate: Name) {
        for (&name, defs) in &other.by_name {
            let exported = defs.iter().filter(|def| def.exported && !def.is_foreign());
            let foreign = exported.map(|def| {
                let (text, origin, rules) = (def.text.clone(), def.origin.clone(), OnceLock::new());
                Arc::new(MacroDef { text, origin, at: def.at, edition: def.edition, exported: true, krate, rules })
            });
            self.by_name.entry(name).or_default().extend(foreign);
        }
        self.by_name.retain(|_, defs| !defs.is_empty());
        self.imported.push(krate);
    }

    /// Adds a crate that is not scanned, which code here calls `krate`.
    pub fn add_outside(&mut self, krate: Name, macros: Arc<ExternMacros>) {
        self.outside.push((krate, macros));
    }

    /// Returns the crate that a call of `path` names: std's, or one that the calling crate depends on.
    pub(in crate::model) fn crate_of(&self, path: &str) -> Option<Name> {
        // Most are a name alone.
        memchr::memchr(b':', path.as_bytes())?;
        let (first, _) = path.trim().trim_start_matches("::").split_once("::")?;
        let first = Name::new(first.trim());
        let known = matches!(first, Name::STD | Name::CORE | Name::ALLOC)
            || self.imported.contains(&first)
            || self.outside.iter().any(|(krate, _)| *krate == first);
        known.then_some(first)
    }

    /// Returns the definitions that a call of `path` may mean in the crates that are not scanned: those of the crate that the
    /// path begins with, else of all.
    pub(in crate::model) fn find_outside(&self, path: &str) -> Vec<Arc<MacroDef>> {
        let path = path.trim().trim_start_matches("::");
        let (first, name) = match path.split_once("::") {
            Some((first, rest)) => (Some(Name::new(first.trim())), rest.rsplit("::").next().unwrap_or(rest)),
            None => (None, path),
        };
        let name = Name::new(name.trim());
        let of = |first: Name| self.outside.iter().filter(move |(krate, _)| first == *krate);
        match first {
            Some(first) if of(first).next().is_some() => {
                of(first).flat_map(|(_, outside)| outside.find(name)).map(Arc::clone).collect()
            }
            // What a crate hands on says of itself is the name of a crate that nobody here depends on.
            _ => {
                let all = self.outside.iter().flat_map(|(_, outside)| outside.find(name));
                all.filter(|def| first.is_none_or(|first| def.is_of(first))).map(Arc::clone).collect()
            }
        }
    }

    /// Returns the definitions that a call of `name` at `offset` of `file` may mean, likeliest first: the nearest before it
    /// in the file, then those of files whose paths are near, then those of other crates.
    pub(in crate::model) fn find(&self, name: Name, file: FileId, offset: u32) -> Vec<Arc<MacroDef>> {
        let Some(defs) = self.by_name.get(&name) else { return Vec::new() };
        let mut found: Vec<((bool, u32), u32, &Arc<MacroDef>)> = defs
            .iter()
            .map(|def| match def.origin {
                Origin::File { file: at, .. } if at == file && def.at < offset => ((false, 0), offset - def.at, def),
                // Files are numbered in the order of their paths, so that near numbers are near folders.
                Origin::File { file: at, .. } => ((def.is_foreign(), 1 + at.0.abs_diff(file.0)), def.at, def),
                Origin::Made { .. } => ((def.is_foreign(), u32::MAX), 0, def),
            })
            .collect();
        found.sort_by_key(|&(distance, at, _)| (distance, at));
        found.into_iter().map(|(_, _, def)| Arc::clone(def)).collect()
    }
}
