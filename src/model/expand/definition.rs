//! One `macro_rules!` definition: its text, where that stands, and whose it is.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use super::declarations::Definition;
use super::matcher::{self, Args};
use super::rules::{self, Rule};
use super::span_map::{Expansion, InText};
use super::syntax_context::{MacroDefSite, SyntaxContexts};
use super::transcribe;
use crate::facts::macros::{self, MacroFact};
use crate::model::cfg::Cfg;
use crate::model::hir::SyntaxContext;
use crate::model::name::Name;
use crate::source::FileId;
use crate::syntax::Edition;

/// Where a definition's text stands.
#[derive(Debug, Clone)]
pub(in crate::model) enum Origin {
    /// In a file, from this offset.
    File { file: FileId, base: u32 },
    /// In text that another macro made.
    Made { made: Arc<Expansion>, base: u32, site: MacroDefSite },
}

/// Whose a definition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Home {
    /// A scanned package, by its place, and the module that its crate's root is.
    Scanned { package: u32, root: u32 },
    /// A crate that is not scanned: the name that it has for itself.
    Extern(Name),
}

/// What became of a call with a definition's rules.
#[derive(Debug)]
pub(in crate::model) enum Expanded {
    /// The text that it makes.
    Text(Expansion),
    /// No rule fits, or the one that does cannot be written out.
    NoRule,
    /// It makes more than it may.
    TooLong,
}

/// One `macro_rules!` definition; its rules are read on first use.
#[derive(Debug)]
pub struct MacroDef {
    /// The text between its outer delimiters.
    pub(super) text: Box<str>,
    pub(super) origin: Origin,
    pub(super) edition: Edition,
    pub(super) home: Home,
    /// The predicate that it stands under.
    pub(super) cfg: Cfg,
    /// Whether the macros that it calls are looked for in its own crate.
    pub(super) local_inner: bool,
    /// What the compiler knows it as.
    pub(super) builtin: Option<&'static MacroFact>,
    rules: OnceLock<Vec<Rule>>,
}

impl MacroDef {
    /// A definition in the text of a scanned file.
    pub(super) fn scanned(definition: &Definition, file: FileId, edition: Edition, home: Home, cfg: Cfg) -> Self {
        Self {
            text: definition.body.clone(),
            origin: Origin::File { file, base: definition.base },
            edition,
            home,
            cfg,
            local_inner: definition.local_inner,
            builtin: definition.builtin.as_deref().and_then(macros::of_diagnostic_item),
            rules: OnceLock::new(),
        }
    }

    /// A definition in the text that an expansion made; it is of the crate that `home` says.
    pub(in crate::model) fn made(
        text: &str,
        site: MacroDefSite,
        (made, base): (Arc<Expansion>, u32),
        edition: Edition,
        home: Home,
    ) -> Self {
        let origin = Origin::Made { made, base, site };
        let (cfg, rules) = (Cfg::Always, OnceLock::new());
        Self { text: text.into(), origin, edition, home, cfg, local_inner: false, builtin: None, rules }
    }

    /// A definition in an included file, where its text begins; it is of the crate that `home` says.
    pub(in crate::model) fn included(text: &str, (file, base): (FileId, u32), edition: Edition, home: Home) -> Self {
        let (cfg, rules) = (Cfg::Always, OnceLock::new());
        let origin = Origin::File { file, base };
        Self { text: text.into(), origin, edition, home, cfg, local_inner: false, builtin: None, rules }
    }

    /// A macro of a crate that is not scanned: nothing is reported in its text.
    pub(super) fn outside(text: &str, krate: Name, edition: Edition) -> Self {
        let (text, origin) = (text.into(), Origin::File { file: FileId::ELSEWHERE, base: 0 });
        let (home, cfg, rules) = (Home::Extern(krate), Cfg::Always, OnceLock::new());
        Self { text, origin, edition, home, cfg, local_inner: false, builtin: None, rules }
    }

    /// Returns whose it is.
    pub(in crate::model) fn home(&self) -> Home {
        self.home
    }

    /// Returns the predicate that it stands under.
    pub(in crate::model) fn cfg(&self) -> &Cfg {
        &self.cfg
    }

    /// Tells whether its text holds definitions of other macros.
    pub(super) fn defines_macros(&self) -> bool {
        memchr::memmem::find(self.text.as_bytes(), b"macro_rules").is_some()
    }

    fn rules(&self) -> &[Rule] {
        self.rules.get_or_init(|| rules::parse(&self.text, self.edition))
    }

    pub(super) fn source(&self) -> InText<'_> {
        match &self.origin {
            Origin::File { file, base } => InText::file(*file, &self.text).moved(*base),
            Origin::Made { made, base, .. } => InText::made(made).with_text(&self.text).moved(*base),
        }
    }

    /// Expands a call whose arguments are `args`, tokens without their outer delimiters.
    ///
    /// `contexts` are those of the calling file; the made text is at most `limit` bytes.
    pub(in crate::model) fn expand(
        &self,
        args: &Args<'_>,
        contexts: &RefCell<SyntaxContexts>,
        limit: usize,
    ) -> Expanded {
        let fitting = self.rules().iter().find_map(|rule| {
            let bindings = matcher::matches(rule.matcher(), &self.text, args)?;
            Some((rule, bindings))
        });
        let Some((rule, bindings)) = fitting else { return Expanded::NoRule };
        transcribe::transcribe(rule.transcriber(), self, args, &bindings, contexts, limit)
    }

    /// Which macro it is.
    pub(super) fn site(&self) -> MacroDefSite {
        match self.origin {
            Origin::File { file, base } => MacroDefSite { file, start: base.wrapping_sub(1), ctx: SyntaxContext::ROOT },
            Origin::Made { site, .. } => site,
        }
    }
}
