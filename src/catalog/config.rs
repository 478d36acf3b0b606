//! Reads `auditor.toml`: what a user changes about the rules and the gate. What follows from it is `policy.rs`'s business.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::error::{CatalogError, Origin};
use super::gaps::GapEntry;
use super::pack::RuleEntry;
use super::rule::Profile;
use crate::finding::{Confidence, Severity};
use crate::source::TextSource;

/// The name of the file that is looked for.
pub const CONFIG_NAME: &str = "auditor.toml";

/// A configuration file as written, and its text to report errors in.
pub(super) struct Config {
    pub(super) origin: Origin,
    pub(super) file: ConfigFile,
}

impl Config {
    /// Reads the file at `path`, which `named_by` names. Blocks.
    pub(super) fn read(path: &Path, named_by: &TextSource) -> Result<Self, CatalogError> {
        let text =
            named_by.read_toml(path).map_err(|source| CatalogError::Read { path: path.to_path_buf(), source })?;
        let origin = Origin::new(path.display().to_string(), &text);
        let file = origin.parse()?;
        Ok(Self { origin, file })
    }
}

/// The shape of `auditor.toml`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct ConfigFile {
    pub(super) extend: Vec<Spanned<String>>,
    pub(super) select: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) ignore: Vec<Spanned<String>>,
    pub(super) profile: Option<Profile>,
    pub(super) fail_on: Option<FailOn>,
    pub(super) min_severity: Option<Severity>,
    pub(super) min_confidence: Option<Confidence>,
    pub(super) exclude: Vec<Spanned<String>>,
    pub(super) severity: BTreeMap<Spanned<String>, Severity>,
    pub(super) per_path_ignores: Vec<PathIgnores>,
    pub(super) gate: Gate,
    pub(super) panic_free: Vec<Spanned<String>>,
    pub(super) budget: BTreeMap<Spanned<String>, u64>,
    pub(super) policy: PolicyTable,
    pub(super) roles: RolesTable,
    pub(super) rule: Vec<RuleEntry>,
}

/// What the configuration says of the scan itself.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PolicyTable {
    pub(super) gaps: Vec<GapEntry>,
    pub(super) nested: NestedFiles,
    pub(super) locked: bool,
}

impl PolicyTable {
    /// Whether it says anything.
    pub(super) fn is_given(&self) -> bool {
        !self.gaps.is_empty() || self.locked || self.nested != NestedFiles::default()
    }
}

/// What the configuration says of files that the scan cannot tell itself.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RolesTable {
    pub(super) generated: Vec<Spanned<String>>,
}

/// What configuration files in folders below may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum NestedFiles {
    /// Ask for more.
    #[default]
    Tighten,
    /// Ask for more or less.
    Free,
}

/// Rules that are not looked at in some paths.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PathIgnores {
    pub(super) paths: Vec<Spanned<String>>,
    pub(super) rules: Vec<Spanned<String>>,
}

/// Which code counts besides the product itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "the switches that the file has")]
pub struct Gate {
    /// Tests, and helpers that only tests use; what model checkers, provers and fuzzers run.
    pub tests: bool,
    /// Benches.
    pub benches: bool,
    /// Examples.
    pub examples: bool,
    /// Build scripts.
    pub build_scripts: bool,
    /// Programs of those who build the product, such as an `xtask`.
    pub tools: bool,
    /// What is compiled for model checkers, interpreters and fuzzers alone.
    pub verification: bool,
}

impl Gate {
    /// All code counts.
    pub const ALL: Self =
        Self { tests: true, benches: true, examples: true, build_scripts: true, tools: true, verification: true };

    /// Returns why code that runs in `context` does not count; `None` if it does.
    pub fn excludes(self, context: &[&str]) -> Option<&'static str> {
        context.iter().find_map(|&word| match word {
            "test" if !self.tests => Some("test code"),
            "verification" if !self.tests => Some("verification code"),
            "bench" if !self.benches => Some("bench code"),
            "example" if !self.examples => Some("example code"),
            "build-script" if !self.build_scripts => Some("build script"),
            "tool" if !self.tools => Some("tool"),
            "verification" if !self.verification => Some("verification code"),
            _ => None,
        })
    }
}

/// From which severity on findings fail a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum FailOn {
    /// Findings never fail it.
    Never,
    /// This severity and worse.
    At(Severity),
}

impl FailOn {
    /// Tells whether a finding of `severity` fails the run.
    pub fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Never => false,
            Self::At(least) => severity >= least,
        }
    }
}

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let severity = Severity::ALL.into_iter().find(|severity| severity.as_str() == text);
        severity
            .map(Self::At)
            .ok_or_else(|| format!("`{text}` is no severity, expected info, low, medium, high, critical or never"))
    }
}

impl TryFrom<String> for FailOn {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for FailOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::At(severity) => severity.fmt(f),
        }
    }
}
