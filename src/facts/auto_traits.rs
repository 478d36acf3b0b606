//! Auto traits of std's types that their fields do not decide: what `rules/std/auto_traits.toml` says.

use std::sync::LazyLock;

use serde::Deserialize;

const FACTS: &str = include_str!("../../rules/std/auto_traits.toml");

/// An auto trait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[expect(missing_docs, reason = "the names are the traits'")]
pub enum AutoTrait {
    Send,
    Sync,
    Unpin,
    UnwindSafe,
    RefUnwindSafe,
}

impl AutoTrait {
    /// All of them, in the order of the variants.
    pub const ALL: [Self; 5] = [Self::Send, Self::Sync, Self::Unpin, Self::UnwindSafe, Self::RefUnwindSafe];

    /// Where std has it.
    pub const fn path(self) -> [&'static str; 2] {
        match self {
            Self::Send => ["marker", "Send"],
            Self::Sync => ["marker", "Sync"],
            Self::Unpin => ["marker", "Unpin"],
            Self::UnwindSafe => ["panic", "UnwindSafe"],
            Self::RefUnwindSafe => ["panic", "RefUnwindSafe"],
        }
    }
}

/// What is said of types.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoTraitFact {
    /// Where std has them.
    pub paths: Vec<String>,
    /// The traits that they do not have.
    #[serde(default)]
    pub not: Vec<AutoTrait>,
    /// They have a trait as their type arguments have it.
    #[serde(default)]
    pub as_arguments: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    #[serde(rename = "type")]
    types: Vec<AutoTraitFact>,
}

/// What is known, in the order of the file.
pub static FACTS_OF_TYPES: LazyLock<Vec<AutoTraitFact>> = LazyLock::new(|| {
    // auditor: allow(parse-unwrap) the text is embedded, and a test reads it
    let facts: Facts = toml::from_str(FACTS).expect("rules/std/auto_traits.toml");
    facts.types
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_are_read() {
        let of = |path: &str| FACTS_OF_TYPES.iter().find(|fact| fact.paths.iter().any(|known| known == path));
        assert_eq!(of("sync::MutexGuard").map(|fact| fact.not.as_slice()), Some(&[AutoTrait::Send][..]));
        assert!(of("collections::HashMap").is_some_and(|fact| fact.as_arguments));
    }
}
