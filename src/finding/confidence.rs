//! How sure a scan is of a finding. The words and their order; what follows from a site is the catalogue's business.

use std::fmt;

/// How sure a scan is that a site can go wrong, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// What would decide it is not known.
    Low,
    /// Nothing that was read excludes it.
    Medium,
    /// It goes wrong whenever it is reached, the code itself says so, or an entry point reaches it.
    High,
}

impl Confidence {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// Returns the word used in every report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
