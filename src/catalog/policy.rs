//! What a run decides by: the catalogue, and what configuration and command line change about it.

use std::path::Path;
use std::sync::Arc;

use super::builder::Builder;
use super::config::{Config, ConfigFile, FailOn, Gate, NestedFiles};
use super::error::{CatalogError, Origin};
use super::file_policy::{FilePolicy, GlobBase, Rulings};
use super::gaps::AcceptedGap;
use super::generated;
use super::glob::PathGlob;
use super::index::Catalog;
use super::nested::Nested;
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
    /// Globs of paths that are not scanned, relative to the root.
    pub exclude: Vec<String>,
    /// Whether waivers that a change adds do not count where the change is what is judged.
    pub locked: bool,
    /// What holds where no nested configuration does.
    pub(super) rulings: Rulings,
    /// Outer folders first.
    pub(super) nested: Vec<Nested>,
    pub(super) nested_files: NestedFiles,
    pub(super) overrides: Overrides,
    accepted_gaps: Vec<AcceptedGap>,
    /// Where no panic may be in reach.
    panic_free: Vec<PathGlob>,
    /// How many findings of a rule or pack are accepted.
    budgets: Vec<(String, u64)>,
    generated: Vec<PathGlob>,
    /// From the folder that the globs of gaps and generated files count from down to the root, with a slash at its end.
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
    /// Whether it belongs to the profile, selected or not: a rule about contexts selects its sites there.
    pub in_profile: bool,
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

impl Policy {
    /// Reads the configuration at `config`, if any, and lays `overrides` over it. Blocks.
    ///
    /// # Errors
    /// When a file cannot be read, or says something that is wrong: an unknown key or rule, a bad glob.
    pub fn load(config: Option<ConfigAt<'_>>, overrides: &Overrides) -> Result<Self, CatalogError> {
        let mut catalog = Catalog::embedded()?;
        let Some(ConfigAt { path, prefix, given }) = config else {
            return Self::build(catalog, None, "", overrides, &ConfigFile::default());
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
        Self::build(catalog, Some(&origin), prefix, overrides, &file)
    }

    fn build(
        catalog: Catalog,
        origin: Option<&Origin>,
        prefix: &str,
        overrides: &Overrides,
        file: &ConfigFile,
    ) -> Result<Self, CatalogError> {
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let builder = Builder { catalog: &catalog, origin, base: GlobBase::Above(prefix.clone()), overrides };
        let accepted_gaps = builder.accepted_gaps(&file.policy.gaps)?;
        let (panic_free, budgets) = builder.zones_and_budgets(file)?;
        let (rulings, exclude, generated) = (builder.rulings(file)?, builder.excluded(file)?, builder.generated(file)?);
        Ok(Self {
            exclude,
            locked: file.policy.locked,
            rulings,
            nested: Vec::new(),
            nested_files: file.policy.nested,
            overrides: overrides.clone(),
            accepted_gaps,
            panic_free,
            budgets,
            generated,
            prefix,
            catalog,
        })
    }

    /// Returns the places in the catalogue of the selected rules about contexts, with the context of each; the most severe first.
    pub fn contexts(&self) -> Vec<(usize, &str)> {
        let selected = self.rules().enumerate().filter(|(_, (_, setting))| setting.selected);
        let mut found: Vec<(usize, &Rule, Severity)> =
            selected.map(|(at, (rule, setting))| (at, rule, setting.severity)).collect();
        found.sort_by_key(|&(at, _, severity)| (std::cmp::Reverse(severity), at));
        found.into_iter().filter_map(|(at, rule, _)| Some((at, rule.context.as_deref()?))).collect()
    }

    /// Tells whether it is asked who can get to the sites.
    pub fn asks_reach(&self) -> bool {
        !self.contexts().is_empty()
    }

    /// Returns the rule called `id` and what is decided about it; O(log rules).
    pub fn rule(&self, id: &str) -> Option<(&Rule, Setting)> {
        let at = self.catalog.place(id)?;
        Some((self.catalog.rules().get(at)?, self.setting(at)?))
    }

    /// Returns what is decided about the rule at a place of the catalogue: as at the root, but selected where any file selects it.
    fn setting(&self, at: usize) -> Option<Setting> {
        let setting = self.rulings.settings.get(at).copied()?;
        let elsewhere =
            || self.nested.iter().any(|nested| nested.rulings.settings.get(at).is_some_and(|it| it.selected));
        Some(Setting { selected: setting.selected || elsewhere(), ..setting })
    }

    /// Which code counts, where no nested configuration says otherwise.
    pub fn gate(&self) -> Gate {
        self.rulings.gate
    }

    /// From which severity on findings fail the run, where no nested configuration says otherwise.
    pub fn fail_on(&self) -> FailOn {
        self.rulings.fail_on
    }

    /// The least severity and confidence that count, where no nested configuration says otherwise.
    pub fn minimums(&self) -> (Severity, Confidence) {
        (self.rulings.min_severity, self.rulings.min_confidence)
    }

    /// Returns every rule with what is decided about it, sorted by id.
    pub fn rules(&self) -> impl Iterator<Item = (&Rule, Setting)> {
        self.catalog.rules().iter().enumerate().filter_map(|(at, rule)| Some((rule, self.setting(at)?)))
    }

    /// Tells whether `gap` makes a scan one that did not do its job: nobody accepted it, and the code that was not looked at
    /// counts; O(globs).
    pub fn fails_on_gap(&self, gap: &Gap) -> bool {
        let accepted = || {
            let path = format!("{}{}", self.prefix, gap.path);
            self.accepted_gaps.iter().any(|accepted| accepted.covers(gap, &path))
        };
        gap.kind.fails()
            && !self.overrides.allow_gaps
            && self.rulings_at(&gap.path).gate.excludes(&gap.context).is_none()
            && !accepted()
    }

    /// Tells whether the functions of the file at `path` promise to have no panic in reach; O(globs).
    pub fn is_panic_free(&self, path: &str) -> bool {
        let path = format!("{}{path}", self.prefix);
        self.panic_free.iter().any(|glob| glob.matches(&path))
    }

    /// Tells whether any file's functions promise so by the configuration.
    pub fn has_panic_free(&self) -> bool {
        !self.panic_free.is_empty()
    }

    /// Iterates over the budgets: a rule or pack, and how many of its findings are accepted.
    pub fn budgets(&self) -> impl Iterator<Item = (&str, u64)> {
        self.budgets.iter().map(|(name, most)| (name.as_str(), *most))
    }

    /// Tells whether the file at `path` is generated: it says so, or the configuration does; O(globs).
    pub fn is_generated(&self, path: &str, text: &str) -> bool {
        let named = |globs: &[PathGlob]| {
            let path = format!("{}{path}", self.prefix);
            globs.iter().any(|glob| glob.matches(&path))
        };
        generated::says_so(text) || (!self.generated.is_empty() && named(&self.generated))
    }

    /// Returns the part of the policy that holds for the file at `path`; O(nested configurations + globs).
    pub fn for_file<'a>(&'a self, path: &str) -> FilePolicy<'a> {
        self.rulings_at(path).for_file(path)
    }
}
