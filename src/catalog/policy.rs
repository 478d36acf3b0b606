//! What a run decides by: the catalogue, and what configuration and command line change about it.

use std::path::Path;
use std::sync::Arc;

use toml::Spanned;

use super::config::{Config, ConfigFile, FailOn, Gate};
use super::error::{CatalogError, Origin};
use super::gaps::{AcceptedGap, GapEntry};
use super::glob::{PathGlob, rebase};
use super::index::Catalog;
use super::pack::{self, Pack};
use super::rule::{Profile, Rule};
use crate::finding::{Confidence, Severity};
use crate::source::{Gap, TextSource};

/// The pack of rules that a configuration holds itself.
const OWN: &str = "own";

/// What a run decides by.
#[derive(Debug, Clone)]
pub struct Policy {
    /// All rules, a user's too.
    pub catalog: Catalog,
    /// From which severity on findings fail the run.
    pub fail_on: FailOn,
    /// Findings that are not as bad do not count.
    pub min_severity: Severity,
    /// Findings of which the scan is not as sure do not count.
    pub min_confidence: Confidence,
    /// Which code counts.
    pub gate: Gate,
    /// Globs of paths that are not scanned, relative to the root.
    pub exclude: Vec<String>,
    /// One for each rule of the catalogue, in its order.
    settings: Vec<Setting>,
    path_ignores: Vec<PathIgnore>,
    /// Whether all gaps are accepted.
    allow_gaps: bool,
    accepted_gaps: Vec<AcceptedGap>,
    /// From the folder that `path_ignores` count from down to the root, with a slash at its end.
    prefix: String,
}

/// The configuration that a run reads.
#[derive(Debug, Clone, Copy)]
pub struct ConfigAt<'a> {
    /// The file.
    pub path: &'a Path,
    /// From the folder that its globs count from down to the scanned root, with `/`.
    pub prefix: &'a str,
    /// Whether the user named it: else the scanned repository holds it, and may name its own files alone.
    pub given: bool,
}

/// What is decided about one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Whether its sites are findings.
    pub selected: bool,
    /// How bad they are, unless a place makes them worse.
    pub severity: Severity,
    /// Whether the user says so: then no place does.
    pub is_own: bool,
}

/// What the command line changes; it wins over the configuration.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// Rules and packs to select instead of the configuration's.
    pub select: Vec<String>,
    /// Rules and packs not to select, besides the configuration's.
    pub ignore: Vec<String>,
    /// The profile.
    pub profile: Option<Profile>,
    /// From which severity on findings fail the run.
    pub fail_on: Option<FailOn>,
    /// How bad a finding must be to count.
    pub min_severity: Option<Severity>,
    /// How sure of it the scan must be.
    pub min_confidence: Option<Confidence>,
    /// More globs of paths that are not scanned, relative to the root.
    pub exclude: Vec<String>,
    /// Whether tests, benches, examples and build scripts count.
    pub all_targets: bool,
    /// Whether a scan that has gaps did its job all the same.
    pub allow_gaps: bool,
}

#[derive(Debug, Clone)]
struct PathIgnore {
    glob: PathGlob,
    /// By place in the catalogue.
    rules: Vec<bool>,
}

impl Policy {
    /// Reads the configuration at `config`, if any, and lays `overrides` over it. Blocks.
    ///
    /// # Errors
    /// When a file cannot be read, or says something that is wrong: an unknown key or rule, a bad glob.
    pub fn load(config: Option<ConfigAt<'_>>, overrides: &Overrides) -> Result<Self, CatalogError> {
        let mut catalog = Catalog::embedded()?;
        let Some(ConfigAt { path, prefix, given }) = config else {
            return Builder { catalog, origin: None, prefix: "", overrides }.build(ConfigFile::default());
        };
        let named_by = if given { TextSource::User } else { TextSource::repository_of(path) };
        let Config { origin, mut file } = Config::read(path, &named_by)?;
        for name in &file.extend {
            let place = path.parent().unwrap_or(Path::new("")).join(name.get_ref());
            let pack = pack::read(&place, &named_by).map_err(|error| match error {
                CatalogError::Read { source, .. } => {
                    origin.error(format!("cannot read the pack: {source}"), Some(name.span()), "this file", None)
                }
                other => other,
            })?;
            catalog.add(pack).map_err(|clash| origin.error(clash, Some(name.span()), "by this pack", None))?;
        }
        let own: Arc<str> = OWN.into();
        if !file.rule.is_empty() {
            let empty = Pack { name: Arc::clone(&own), title: "Rules of the configuration".into(), rules: Vec::new() };
            catalog.add(empty).map_err(|clash| origin.error(clash, None, "", None))?;
        }
        for entry in std::mem::take(&mut file.rule) {
            let at = entry.place();
            let rule = entry.rule(&origin, &own, true)?;
            catalog.add_rule(rule).map_err(|clash| origin.error(clash, Some(at), "choose another", None))?;
        }
        Builder { catalog, origin: Some(origin), prefix, overrides }.build(file)
    }

    /// Returns the rule called `id` and what is decided about it; O(log rules).
    pub fn rule(&self, id: &str) -> Option<(&Rule, Setting)> {
        let at = self.catalog.place(id)?;
        Some((self.catalog.rules().get(at)?, self.setting(at)?))
    }

    /// Returns what is decided about the rule at a place of the catalogue.
    pub fn setting(&self, at: usize) -> Option<Setting> {
        self.settings.get(at).copied()
    }

    /// Returns why a finding this bad, of which the scan is this sure, does not count; `None` if it does.
    pub fn below_minimum(&self, severity: Severity, confidence: Confidence) -> Option<String> {
        if severity < self.min_severity {
            return Some(format!("below min-severity {}", self.min_severity));
        }
        (confidence < self.min_confidence).then(|| format!("below min-confidence {}", self.min_confidence))
    }

    /// Returns every rule with what is decided about it, sorted by id.
    pub fn rules(&self) -> impl Iterator<Item = (&Rule, Setting)> {
        self.catalog.rules().iter().zip(self.settings.iter().copied())
    }

    /// Tells whether `gap` makes a scan one that did not do its job: nobody accepted it, and the code that was not looked at
    /// counts; O(globs).
    pub fn fails_on_gap(&self, gap: &Gap) -> bool {
        let accepted = || {
            let path = format!("{}{}", self.prefix, gap.path);
            self.accepted_gaps.iter().any(|accepted| accepted.covers(gap, &path))
        };
        gap.kind.fails() && !self.allow_gaps && self.gate.excludes(&gap.context).is_none() && !accepted()
    }

    /// Returns the part of the policy that holds for the file at `path`; O(globs).
    pub fn for_file<'a>(&'a self, path: &str) -> FilePolicy<'a> {
        if self.path_ignores.is_empty() {
            return FilePolicy { ignores: Vec::new() };
        }
        let path = format!("{}{path}", self.prefix);
        FilePolicy { ignores: self.path_ignores.iter().filter(|ignore| ignore.glob.matches(&path)).collect() }
    }
}

/// The part of a policy that holds for one file.
#[derive(Debug)]
pub struct FilePolicy<'a> {
    ignores: Vec<&'a PathIgnore>,
}

impl<'a> FilePolicy<'a> {
    /// Returns the glob for which the rule at `place` of the catalogue is ignored here.
    pub fn ignores(&self, place: usize) -> Option<&'a str> {
        let hit = self.ignores.iter().find(|ignore| ignore.rules.get(place).copied().unwrap_or(false))?;
        Some(hit.glob.as_str())
    }
}

/// Puts a policy together and remembers where to report errors.
struct Builder<'a> {
    catalog: Catalog,
    origin: Option<Origin>,
    prefix: &'a str,
    overrides: &'a Overrides,
}

impl Builder<'_> {
    fn build(self, file: ConfigFile) -> Result<Policy, CatalogError> {
        let profile = self.overrides.profile.or(file.profile).unwrap_or_default();
        let mut selected = match (&*self.overrides.select, file.select) {
            ([], None) => self.in_profile(profile),
            ([], Some(names)) => self.named_in_file(&names, profile)?,
            (names, _) => self.named_in_option(names, "--select", profile)?,
        };
        let ignored = self.named_in_file(&file.ignore, Profile::Strict)?;
        let ignored_too = self.named_in_option(&self.overrides.ignore, "--ignore", Profile::Strict)?;
        for (selected, (one, other)) in selected.iter_mut().zip(ignored.into_iter().zip(ignored_too)) {
            *selected &= !(one || other);
        }
        let rules = self.catalog.rules().iter().zip(selected);
        let mut settings: Vec<Setting> =
            rules.map(|(rule, selected)| Setting { selected, severity: rule.severity, is_own: false }).collect();
        for (name, severity) in &file.severity {
            let named = self.named(name.get_ref(), Profile::Strict).ok_or_else(|| self.unknown(name))?;
            let hits = settings.iter_mut().zip(named).filter(|(_, named)| *named);
            hits.for_each(|(setting, _)| *setting = Setting { severity: *severity, is_own: true, ..*setting });
        }
        let mut path_ignores = Vec::new();
        for entry in &file.per_path_ignores {
            let rules = self.named_in_file(&entry.rules, Profile::Strict)?;
            for glob in &entry.paths {
                path_ignores.push(PathIgnore { glob: self.glob(glob)?, rules: rules.clone() });
            }
        }
        let accepted_gaps = self.accepted_gaps(&file.policy.gaps)?;
        for glob in &file.exclude {
            self.glob(glob)?;
        }
        for glob in &self.overrides.exclude {
            PathGlob::new(glob).map_err(|why| CatalogError::Option {
                message: format!("--exclude: `{glob}` is not a glob: {why}"),
                help: None,
            })?;
        }
        let exclude = file.exclude.iter().filter_map(|glob| rebase(glob.get_ref(), self.prefix));
        let exclude = exclude.chain(self.overrides.exclude.iter().cloned());
        Ok(Policy {
            fail_on: self.overrides.fail_on.or(file.fail_on).unwrap_or(FailOn::At(Severity::Low)),
            min_severity: self.overrides.min_severity.or(file.min_severity).unwrap_or(Severity::Info),
            min_confidence: self.overrides.min_confidence.or(file.min_confidence).unwrap_or(Confidence::Low),
            gate: if self.overrides.all_targets { Gate::ALL } else { file.gate },
            exclude: exclude.collect(),
            settings,
            path_ignores,
            allow_gaps: self.overrides.allow_gaps,
            accepted_gaps,
            prefix: if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) },
            catalog: self.catalog,
        })
    }

    fn in_profile(&self, profile: Profile) -> Vec<bool> {
        self.catalog.rules().iter().map(|rule| rule.profile <= profile).collect()
    }

    /// Which rules `name` names: one rule, or a pack's rules that belong to `profile`. `None` if it names nothing.
    fn named(&self, name: &str, profile: Profile) -> Option<Vec<bool>> {
        let is_pack = self.catalog.has_pack(name);
        if !is_pack && self.catalog.rule(name).is_none() {
            return None;
        }
        let hit = |rule: &Rule| rule.id.as_str() == name || (is_pack && &*rule.pack == name && rule.profile <= profile);
        Some(self.catalog.rules().iter().map(hit).collect())
    }

    fn named_in_file(&self, names: &[Spanned<String>], profile: Profile) -> Result<Vec<bool>, CatalogError> {
        let mut hits = vec![false; self.catalog.rules().len()];
        for name in names {
            let these = self.named(name.get_ref(), profile).ok_or_else(|| self.unknown(name))?;
            hits.iter_mut().zip(these).for_each(|(hit, this)| *hit |= this);
        }
        Ok(hits)
    }

    fn named_in_option(&self, names: &[String], option: &str, profile: Profile) -> Result<Vec<bool>, CatalogError> {
        let mut hits = vec![false; self.catalog.rules().len()];
        for name in names {
            let these = self.named(name, profile).ok_or_else(|| CatalogError::Option {
                message: format!("{option}: no rule or pack is called `{name}`"),
                help: Some(self.catalog.suggestion(name)),
            })?;
            hits.iter_mut().zip(these).for_each(|(hit, this)| *hit |= this);
        }
        Ok(hits)
    }

    fn accepted_gaps(&self, entries: &[GapEntry]) -> Result<Vec<AcceptedGap>, CatalogError> {
        let Some(origin) = &self.origin else { return Ok(Vec::new()) };
        entries.iter().map(|entry| entry.accepted(origin)).collect()
    }

    fn unknown(&self, name: &Spanned<String>) -> CatalogError {
        let message = format!("no rule or pack is called `{}`", name.get_ref());
        self.error(message, name, "unknown", Some(self.catalog.suggestion(name.get_ref())))
    }

    fn glob(&self, glob: &Spanned<String>) -> Result<PathGlob, CatalogError> {
        PathGlob::new(glob.get_ref())
            .map_err(|why| self.error(format!("not a glob: {why}"), glob, "this pattern", None))
    }

    fn error(&self, message: String, at: &Spanned<String>, label: &str, help: Option<String>) -> CatalogError {
        match &self.origin {
            Some(origin) => origin.error(message, Some(at.span()), label, help),
            None => CatalogError::Option { message, help },
        }
    }
}
