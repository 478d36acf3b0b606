//! A rule: what the catalogue says about one kind of site. Texts and references, no logic.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::finding::{Match, RuleId, Severity};

/// An entry of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The id, kebab-case; it names the bad pattern.
    pub id: RuleId,
    /// The name of the pack that holds it.
    pub pack: Arc<str>,
    /// One line: what is wrong at a site.
    pub title: String,
    /// How bad it is, unless the user says otherwise.
    pub severity: Severity,
    /// How bad it is where the value comes from outside the program; as bad where absent.
    pub severity_outside: Option<Severity>,
    /// In functions of these contexts it is one worse.
    pub raised_in: Arc<[String]>,
    /// The context by which it selects sites of other rules: it is about where they are reached from, not about what they are.
    pub context: Option<String>,
    /// In which profile it is selected.
    pub profile: Profile,
    /// What happens to the user's program.
    pub why: String,
    /// What to write instead.
    pub fix: String,
    /// A short example of the bad pattern; empty where a user gave none.
    pub bad: String,
    /// The same, mended.
    pub good: String,
    /// Where else the matter is described.
    pub references: References,
    /// How often a finding is right.
    pub precision: Precision,
    /// What a user's own rule looks for; `None` for the rules that this program checks itself.
    pub matches: Option<Match>,
}

/// A set of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// What every project should look at.
    #[default]
    Default,
    /// All rules, inventories too.
    Strict,
}

impl Profile {
    /// Returns the word used in every report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Strict => "strict",
        }
    }
}

/// How often a finding of a rule is right, in SARIF's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Nearly always.
    VeryHigh,
    /// Mostly.
    High,
    /// Often.
    #[default]
    Medium,
    /// Sometimes.
    Low,
}

impl Precision {
    /// Returns SARIF's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VeryHigh => "very-high",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// Where else the matter of a rule is described.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct References {
    /// Weaknesses of the CWE list, by number; the fittest first.
    #[serde(default)]
    pub cwe: Vec<u32>,
    /// Rules of the ANSSI Rust guide.
    #[serde(default)]
    pub anssi: Vec<String>,
    /// Drafts of the Safety-Critical Rust Coding Guidelines.
    #[serde(default)]
    pub scrc: Vec<String>,
    /// The clippy lints about the same thing, without `clippy::`: allowing one is a waiver.
    #[serde(default)]
    pub clippy: Vec<String>,
    /// The same for rustc's lints.
    #[serde(default)]
    pub rustc: Vec<String>,
}

impl References {
    /// Tells whether `lint`, as an attribute names it, is about the same thing.
    pub fn names_lint(&self, lint: &str) -> bool {
        match lint.strip_prefix("clippy::") {
            Some(name) => self.clippy.iter().any(|known| known == name),
            None => self.rustc.iter().any(|known| known == lint),
        }
    }
}
