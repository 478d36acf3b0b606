//! What holds for one file: the root's policy, or that of the nearest configuration above the file.

use super::config::{FailOn, Gate};
use super::glob::PathGlob;
use super::policy::Setting;
use crate::finding::{Confidence, Severity};

/// What a configuration decides for the files that it rules.
#[derive(Debug, Clone)]
pub(super) struct Rulings {
    /// From which severity on findings fail the run.
    pub(super) fail_on: FailOn,
    /// Findings that are not as bad do not count.
    pub(super) min_severity: Severity,
    /// Findings of which the scan is not as sure do not count.
    pub(super) min_confidence: Confidence,
    /// Which code counts.
    pub(super) gate: Gate,
    /// One for each rule of the catalogue, in its order.
    pub(super) settings: Vec<Setting>,
    pub(super) path_ignores: Vec<PathIgnore>,
}

/// Rules that are not looked at where a glob matches.
#[derive(Debug, Clone)]
pub(super) struct PathIgnore {
    pub(super) glob: PathGlob,
    /// By place in the catalogue.
    pub(super) rules: Vec<bool>,
    pub(super) base: GlobBase,
}

/// The folder that a configuration's globs count from.
#[derive(Debug, Clone)]
pub(super) enum GlobBase {
    /// The root lies so far below it: a path with a slash at its end, or nothing.
    Above(String),
    /// It lies so far below the root: a path with a slash at its end.
    Below(String),
}

impl GlobBase {
    fn matches(&self, glob: &PathGlob, path: &str) -> bool {
        match self {
            Self::Above(way) if way.is_empty() => glob.matches(path),
            Self::Above(way) => glob.matches(&format!("{way}{path}")),
            Self::Below(way) => path.strip_prefix(way.as_str()).is_some_and(|path| glob.matches(path)),
        }
    }
}

impl Rulings {
    /// What holds for the file at `path`, which is relative to the root; O(globs).
    pub(super) fn for_file(&self, path: &str) -> FilePolicy<'_> {
        let ignores = self.path_ignores.iter().filter(|ignore| ignore.base.matches(&ignore.glob, path)).collect();
        FilePolicy { rulings: self, ignores }
    }
}

/// The part of a policy that holds for one file.
#[derive(Debug)]
pub struct FilePolicy<'a> {
    rulings: &'a Rulings,
    ignores: Vec<&'a PathIgnore>,
}

impl<'a> FilePolicy<'a> {
    /// Returns what is decided about the rule at a place of the catalogue.
    pub fn setting(&self, place: usize) -> Option<Setting> {
        self.rulings.settings.get(place).copied()
    }

    /// Which code counts.
    pub fn gate(&self) -> Gate {
        self.rulings.gate
    }

    /// From which severity on findings fail the run.
    pub fn fail_on(&self) -> FailOn {
        self.rulings.fail_on
    }

    /// Returns the glob for which the rule at `place` of the catalogue is ignored here.
    pub fn ignores(&self, place: usize) -> Option<&'a str> {
        let hit = self.ignores.iter().find(|ignore| ignore.rules.get(place).copied().unwrap_or(false))?;
        Some(hit.glob.as_str())
    }

    /// Returns why a finding this bad, of which the scan is this sure, does not count; `None` if it does.
    pub fn below_minimum(&self, severity: Severity, confidence: Confidence) -> Option<String> {
        let Rulings { min_severity, min_confidence, .. } = self.rulings;
        if severity < *min_severity {
            return Some(format!("below min-severity {min_severity}"));
        }
        (confidence < *min_confidence).then(|| format!("below min-confidence {min_confidence}"))
    }
}
