//! The values that options choose from, by the names that people type.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::catalog::Profile;
use crate::finding::{Confidence, Severity};
use crate::report::{FORMATS, Format, SarifProfile};

#[derive(ValueEnum, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ColorWhen {
    #[default]
    Auto,
    Always,
    Never,
}

impl ValueEnum for Severity {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()))
    }
}

impl ValueEnum for Confidence {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()))
    }
}

/// The formats are listed where they are written.
impl ValueEnum for &'static Format {
    fn value_variants<'a>() -> &'a [Self] {
        FORMATS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name).help(self.about))
    }
}

#[derive(ValueEnum, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ArtifactFormat {
    #[default]
    Text,
    /// auditor/artifact/v1.
    Json,
}

#[derive(ValueEnum, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum DiffFormat {
    #[default]
    Text,
    /// One line each, as compilers and editors do.
    Short,
    /// A table, for a job's summary or a comment on a change.
    Markdown,
    /// auditor/diff/v1.
    Json,
}

#[derive(ValueEnum, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum RulesFormat {
    #[default]
    Text,
    Json,
    Markdown,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProfileName {
    Default,
    Strict,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShowWhat {
    Waived,
    Known,
    Ignored,
    Indeterminate,
    Discharged,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SarifProfileName {
    Full,
    Github,
}

impl From<SarifProfileName> for SarifProfile {
    fn from(name: SarifProfileName) -> Self {
        match name {
            SarifProfileName::Full => Self::Full,
            SarifProfileName::Github => Self::Github,
        }
    }
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Default => Self::Default,
            ProfileName::Strict => Self::Strict,
        }
    }
}
