//! Puts what a configuration and the command line say together, and remembers where to report errors.

use toml::Spanned;

use super::config::{ConfigFile, FailOn, Gate};
use super::error::{CatalogError, Origin};
use super::file_policy::{GlobBase, PathIgnore, Rulings};
use super::gaps::{AcceptedGap, GapEntry};
use super::glob::{PathGlob, rebase};
use super::index::Catalog;
use super::policy::{Overrides, Setting};
use super::rule::{Profile, Rule};
use crate::finding::{Confidence, Severity};

pub(super) struct Builder<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) origin: Option<&'a Origin>,
    pub(super) base: GlobBase,
    pub(super) overrides: &'a Overrides,
}

impl Builder<'_> {
    /// What `file` decides where nothing stands above it.
    pub(super) fn rulings(&self, file: &ConfigFile) -> Result<Rulings, CatalogError> {
        let overrides = self.overrides;
        let selected = self.selected(file)?;
        let rules = self.catalog.rules().iter().zip(selected.into_iter().zip(self.wanted(file)?));
        let mut settings: Vec<Setting> = rules.map(as_usual).collect();
        self.set_severities(file, &mut settings)?;
        Ok(Rulings {
            fail_on: overrides.fail_on.or(file.fail_on).unwrap_or(FailOn::At(Severity::Low)),
            min_severity: overrides.min_severity.or(file.min_severity).unwrap_or(Severity::Info),
            min_confidence: overrides.min_confidence.or(file.min_confidence).unwrap_or(Confidence::Low),
            gate: if overrides.all_targets { Gate::ALL } else { file.gate },
            settings,
            path_ignores: self.path_ignores(file)?,
        })
    }

    /// Which rules are looked at, by place in the catalogue.
    pub(super) fn selected(&self, file: &ConfigFile) -> Result<Vec<bool>, CatalogError> {
        let profile = self.overrides.profile.or(file.profile).unwrap_or_default();
        let mut selected = match (&*self.overrides.select, &file.select) {
            ([], None) => self.in_profile(profile),
            ([], Some(names)) if names.get_ref().is_empty() => {
                let help = "leave `select` out for the profile's rules, or set `fail-on = \"never\"` to only report";
                return Err(self.error("no rule is selected".into(), names, "this list is empty", Some(help.into())));
            }
            ([], Some(names)) => self.named_in_file(names.get_ref(), profile)?,
            (names, _) => self.named_in_option(names, "--select", profile)?,
        };
        let ignored = self.named_in_file(&file.ignore, Profile::Strict)?;
        let ignored_too = self.named_in_option(&self.overrides.ignore, "--ignore", Profile::Strict)?;
        for (selected, (one, other)) in selected.iter_mut().zip(ignored.into_iter().zip(ignored_too)) {
            *selected &= !(one || other);
        }
        Ok(selected)
    }

    /// Which rules belong to the profile and are not ignored, selected or not.
    fn wanted(&self, file: &ConfigFile) -> Result<Vec<bool>, CatalogError> {
        let mut wanted = self.in_profile(self.overrides.profile.or(file.profile).unwrap_or_default());
        let ignored = self.named_in_file(&file.ignore, Profile::Strict)?;
        let ignored_too = self.named_in_option(&self.overrides.ignore, "--ignore", Profile::Strict)?;
        for (wanted, (one, other)) in wanted.iter_mut().zip(ignored.into_iter().zip(ignored_too)) {
            *wanted &= !(one || other);
        }
        Ok(wanted)
    }

    /// The paths where no panic may be in reach, and how many findings of a rule or pack are accepted.
    pub(super) fn zones_and_budgets(&self, file: &ConfigFile) -> Result<ZonesAndBudgets, CatalogError> {
        let zones = file.panic_free.iter().map(|glob| self.glob(glob)).collect::<Result<_, CatalogError>>()?;
        for name in file.budget.keys() {
            self.named(name.get_ref(), Profile::Strict).ok_or_else(|| self.unknown(name))?;
        }
        Ok((zones, file.budget.iter().map(|(name, most)| (name.get_ref().clone(), *most)).collect()))
    }

    pub(super) fn set_severities(&self, file: &ConfigFile, settings: &mut [Setting]) -> Result<(), CatalogError> {
        for (name, severity) in &file.severity {
            let named = self.named(name.get_ref(), Profile::Strict).ok_or_else(|| self.unknown(name))?;
            let hits = settings.iter_mut().zip(named).filter(|(_, named)| *named);
            hits.for_each(|(setting, _)| *setting = Setting { severity: *severity, is_own: true, ..*setting });
        }
        Ok(())
    }

    pub(super) fn path_ignores(&self, file: &ConfigFile) -> Result<Vec<PathIgnore>, CatalogError> {
        let mut ignores = Vec::new();
        for entry in &file.per_path_ignores {
            let rules = self.named_in_file(&entry.rules, Profile::Strict)?;
            for glob in &entry.paths {
                let glob = self.glob(glob)?;
                ignores.push(PathIgnore { glob, rules: rules.clone(), base: self.base.clone() });
            }
        }
        Ok(ignores)
    }

    /// Globs of paths that are not scanned, relative to the root.
    pub(super) fn excluded(&self, file: &ConfigFile) -> Result<Vec<String>, CatalogError> {
        for glob in &file.exclude {
            self.glob(glob)?;
        }
        for glob in &self.overrides.exclude {
            PathGlob::new(glob).map_err(|why| CatalogError::Option {
                message: format!("--exclude: `{glob}` is not a glob: {why}"),
                help: None,
            })?;
        }
        let way = match &self.base {
            GlobBase::Above(way) => way.trim_end_matches('/'),
            GlobBase::Below(_) => "",
        };
        let exclude = file.exclude.iter().filter_map(|glob| rebase(glob.get_ref(), way));
        Ok(exclude.chain(self.overrides.exclude.iter().cloned()).collect())
    }

    /// Files that are generated, by the globs of the configuration.
    pub(super) fn generated(&self, file: &ConfigFile) -> Result<Vec<PathGlob>, CatalogError> {
        file.roles.generated.iter().map(|glob| self.glob(glob)).collect()
    }

    pub(super) fn accepted_gaps(&self, entries: &[GapEntry]) -> Result<Vec<AcceptedGap>, CatalogError> {
        let Some(origin) = self.origin else { return Ok(Vec::new()) };
        entries.iter().map(|entry| entry.accepted(origin)).collect()
    }

    fn in_profile(&self, profile: Profile) -> Vec<bool> {
        self.catalog.rules().iter().map(|rule| rule.profile <= profile).collect()
    }

    /// Which rules `name` names: one rule, or a pack's rules that belong to `profile`. `None` if it names nothing.
    pub(super) fn named(&self, name: &str, profile: Profile) -> Option<Vec<bool>> {
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

    fn unknown(&self, name: &Spanned<String>) -> CatalogError {
        let message = format!("no rule or pack is called `{}`", name.get_ref());
        self.error(message, name, "unknown", Some(self.catalog.suggestion(name.get_ref())))
    }

    fn glob(&self, glob: &Spanned<String>) -> Result<PathGlob, CatalogError> {
        PathGlob::new(glob.get_ref())
            .map_err(|why| self.error(format!("not a glob: {why}"), glob, "this pattern", None))
    }

    /// An error at a part of the configuration.
    pub(super) fn error<T>(&self, message: String, at: &Spanned<T>, label: &str, help: Option<String>) -> CatalogError {
        match self.origin {
            Some(origin) => origin.error(message, Some(at.span()), label, help),
            None => CatalogError::Option { message, help },
        }
    }
}

/// Globs, and rules or packs with how many findings are accepted.
type ZonesAndBudgets = (Vec<PathGlob>, Vec<(String, u64)>);

/// What is decided about a rule where the user says nothing of its severity.
const fn as_usual((rule, (selected, in_profile)): (&Rule, (bool, bool))) -> Setting {
    Setting { selected, in_profile, severity: rule.severity, is_own: false }
}
