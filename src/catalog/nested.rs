//! Configuration files in folders below the scanned one: each rules the files next to it and below, as the nearest does in other
//! tools, and stands on what holds above it. It may ask for more; for less only where the root's file says `nested = "free"`, for
//! whoever can add a file could else silence the scan.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::builder::Builder;
use super::config::{CONFIG_NAME, Config, ConfigFile, FailOn, Gate, NestedFiles};
use super::error::{CatalogError, Origin};
use super::file_policy::{GlobBase, Rulings};
use super::policy::Policy;
use super::rule::Profile;
use crate::source::{TextSource, display_prefix};

/// What a nested configuration rules.
#[derive(Debug, Clone)]
pub(super) struct Nested {
    /// Relative to the root, with a slash at its end.
    pub(super) folder: String,
    pub(super) rulings: Rulings,
    /// The file.
    path: PathBuf,
}

impl Policy {
    /// Reads the configurations in the folders below `root` that hold `files`, whose paths are relative to it. Blocks; one look
    /// at the disk a folder.
    ///
    /// # Errors
    /// When one cannot be read, is wrong, or asks for less than what stands above it and may not.
    pub fn nest<'a>(&mut self, root: &Path, files: impl Iterator<Item = &'a str>) -> Result<(), CatalogError> {
        // As people read it from where they stand.
        let from_here = display_prefix(root);
        for folder in folders(files) {
            let path = PathBuf::from(format!("{from_here}{folder}/{CONFIG_NAME}"));
            if path.symlink_metadata().is_err() {
                continue;
            }
            let Config { origin, file } = Config::read(&path, &TextSource::repository_of(&path))?;
            let above = self.rulings_at(&folder);
            let base = GlobBase::Below(format!("{folder}/"));
            let builder = Builder { catalog: &self.catalog, origin: Some(&origin), base, overrides: &self.overrides };
            let overlay = Overlay { builder, origin: &origin, above, free: self.nested_files == NestedFiles::Free };
            let rulings = overlay.rulings(&file)?;
            self.nested.push(Nested { folder: folder + "/", rulings, path });
        }
        Ok(())
    }

    /// The nested configurations that were read, those of outer folders first.
    pub fn nested_paths(&self) -> impl Iterator<Item = &Path> {
        self.nested.iter().map(|nested| &*nested.path)
    }

    /// What holds for a path relative to the root: the last one that covers it is the innermost.
    pub(super) fn rulings_at(&self, path: &str) -> &Rulings {
        let covers = |nested: &&Nested| path.starts_with(&nested.folder);
        self.nested.iter().rev().find(covers).map_or(&self.rulings, |nested| &nested.rulings)
    }
}

/// The folders of `files` below the root, outer ones first.
fn folders<'a>(files: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut folders = BTreeSet::new();
    for file in files {
        let mut path = file;
        while let Some((folder, _)) = path.rsplit_once('/') {
            // Where it is known, those around it are too.
            if folder.is_empty() || !folders.insert(folder.to_owned()) {
                break;
            }
            path = folder;
        }
    }
    let mut folders: Vec<String> = folders.into_iter().collect();
    folders.sort_by_key(|folder| folder.matches('/').count());
    folders
}

/// One nested file laid over what holds above it.
struct Overlay<'a> {
    builder: Builder<'a>,
    origin: &'a Origin,
    above: &'a Rulings,
    /// Whether it may ask for less.
    free: bool,
}

impl Overlay<'_> {
    fn rulings(&self, file: &ConfigFile) -> Result<Rulings, CatalogError> {
        self.only_at_the_root(file)?;
        let mut rulings = self.above.clone();
        self.select(file, &mut rulings)?;
        self.set_severities(file, &mut rulings)?;
        self.set_minimums(file, &mut rulings)?;
        rulings.gate = union(rulings.gate, file.gate);
        rulings.path_ignores.extend(self.builder.path_ignores(file)?);
        if let (Some(entry), false) = (file.per_path_ignores.first().and_then(|it| it.paths.first()), self.free) {
            return Err(self.loosens("per-path-ignores", entry));
        }
        Ok(rulings)
    }

    /// What is about the scan as a whole.
    fn only_at_the_root(&self, file: &ConfigFile) -> Result<(), CatalogError> {
        let at_root = |what: &str, at| {
            let help = format!("write it into the {CONFIG_NAME} of the scanned folder");
            self.origin.error(format!("`{what}` is about the whole scan"), at, "not below the root", Some(help))
        };
        if let Some(name) = file.extend.first() {
            return Err(at_root("extend", Some(name.span())));
        }
        if let Some(glob) = file.exclude.first() {
            return Err(at_root("exclude", Some(glob.span())));
        }
        if let Some(rule) = file.rule.first() {
            return Err(at_root("rule", Some(rule.place())));
        }
        if let Some(glob) = file.panic_free.first() {
            return Err(at_root("panic-free", Some(glob.span())));
        }
        if let Some(name) = file.budget.keys().next() {
            return Err(at_root("budget", Some(name.span())));
        }
        if let Some(glob) = file.roles.generated.first() {
            return Err(at_root("roles", Some(glob.span())));
        }
        if file.policy.is_given() {
            return Err(at_root("policy", None));
        }
        Ok(())
    }

    fn select(&self, file: &ConfigFile, rulings: &mut Rulings) -> Result<(), CatalogError> {
        if file.select.is_some() || file.profile.is_some() {
            let selected = self.builder.selected(&ConfigFile {
                select: file.select.clone(),
                profile: file.profile,
                ..ConfigFile::default()
            })?;
            for (setting, selected) in rulings.settings.iter_mut().zip(selected) {
                if setting.selected && !selected && !self.free {
                    return Err(match &file.select {
                        Some(names) => self.loosens("select", names),
                        None => self.loosens_somewhere("profile"),
                    });
                }
                setting.selected = selected;
            }
        }
        for name in &file.ignore {
            let ignored = self.builder.selected(&ConfigFile { ignore: vec![name.clone()], ..ConfigFile::default() });
            ignored?;
            let named = self.builder.named(name.get_ref(), Profile::Strict).unwrap_or_default();
            for (setting, named) in rulings.settings.iter_mut().zip(named) {
                if setting.selected && named && !self.free {
                    return Err(self.loosens("ignore", name));
                }
                setting.selected &= !named;
            }
        }
        Ok(())
    }

    fn set_severities(&self, file: &ConfigFile, rulings: &mut Rulings) -> Result<(), CatalogError> {
        let before = rulings.settings.clone();
        self.builder.set_severities(file, &mut rulings.settings)?;
        let mut changed = before.iter().zip(&rulings.settings);
        if !self.free && changed.any(|(before, now)| now.severity < before.severity) {
            let lower = file.severity.keys().next();
            return Err(lower.map_or_else(|| self.loosens_somewhere("severity"), |name| self.loosens("severity", name)));
        }
        Ok(())
    }

    fn set_minimums(&self, file: &ConfigFile, rulings: &mut Rulings) -> Result<(), CatalogError> {
        let overrides = self.builder.overrides;
        if let (Some(least), None) = (file.min_severity, overrides.min_severity) {
            if least > rulings.min_severity && !self.free {
                return Err(self.loosens_somewhere("min-severity"));
            }
            rulings.min_severity = least;
        }
        if let (Some(least), None) = (file.min_confidence, overrides.min_confidence) {
            if least > rulings.min_confidence && !self.free {
                return Err(self.loosens_somewhere("min-confidence"));
            }
            rulings.min_confidence = least;
        }
        if let (Some(least), None) = (file.fail_on, overrides.fail_on) {
            let looser = match (rulings.fail_on, least) {
                (FailOn::Never, _) => false,
                (FailOn::At(_), FailOn::Never) => true,
                (FailOn::At(before), FailOn::At(now)) => now > before,
            };
            if looser && !self.free {
                return Err(self.loosens_somewhere("fail-on"));
            }
            rulings.fail_on = least;
        }
        Ok(())
    }

    fn loosens<T>(&self, key: &str, at: &Spanned<T>) -> CatalogError {
        self.origin.error(message(key), Some(at.span()), "asks for less", Some(HELP.into()))
    }

    fn loosens_somewhere(&self, key: &str) -> CatalogError {
        self.origin.error(message(key), None, "", Some(HELP.into()))
    }
}

/// What to do about a nested file that asks for less.
const HELP: &str = "nested files may only ask for more; `[policy] nested = \"free\"` in the root's file lifts that";

fn message(key: &str) -> String {
    format!("`{key}` asks for less than what stands above this file")
}

fn union(one: Gate, other: Gate) -> Gate {
    Gate {
        tests: one.tests || other.tests,
        benches: one.benches || other.benches,
        examples: one.examples || other.examples,
        build_scripts: one.build_scripts || other.build_scripts,
        tools: one.tools || other.tools,
        verification: one.verification || other.verification,
    }
}
