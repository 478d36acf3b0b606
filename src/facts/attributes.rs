//! Attribute macros that are known by definition: which ones make a function a test, or a proof.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

const ATTRIBUTES: &str = include_str!("../../rules/ecosystem/attributes.toml");

/// What an attribute makes of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeFact {
    /// A test, or a benchmark: it is compiled in test builds alone.
    Test,
    /// A proof or a model: it is run by a tool that verifies code.
    Verification,
    /// Product code still.
    Product,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attributes {
    #[serde(rename = "crate")]
    crates: Vec<OfCrate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfCrate {
    names: Vec<String>,
    #[serde(default)]
    test: Vec<String>,
    #[serde(default)]
    verification: Vec<String>,
    #[serde(default)]
    product: Vec<String>,
}

/// By crate and name.
static KNOWN: LazyLock<FxHashMap<(String, String), AttributeFact>> = LazyLock::new(|| {
    // auditor: allow(parse-unwrap) the text is embedded, and a test reads it
    let facts: Attributes = toml::from_str(ATTRIBUTES).expect("rules/ecosystem/attributes.toml");
    let mut known = FxHashMap::default();
    for OfCrate { names, test, verification, product } in facts.crates {
        for krate in names {
            for (attributes, fact) in [
                (&test, AttributeFact::Test),
                (&verification, AttributeFact::Verification),
                (&product, AttributeFact::Product),
            ] {
                known.extend(attributes.iter().map(|name| ((krate.replace('-', "_"), name.clone()), fact)));
            }
        }
    }
    known
});

/// Returns what the attribute `name` of the package called `krate` makes of a function, as far as it is known.
pub fn of_crate(krate: &str, name: &str) -> Option<AttributeFact> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    KNOWN.get(&(krate.replace('-', "_"), name.to_owned())).copied()
}

/// Returns what an attribute makes of a function of which only the name is known, as of code without a manifest or an import.
/// Plain `test` is the language's own.
pub fn of_any_crate(name: &str) -> Option<AttributeFact> {
    if name == "test" {
        return None;
    }
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    KNOWN.iter().find(|((_, known), _)| known == name).map(|(_, &fact)| fact)
}

#[cfg(test)]
mod tests {
    use super::{AttributeFact, of_any_crate, of_crate};

    #[test]
    fn attributes_are_known_by_crate_and_name() {
        assert_eq!(of_crate("tokio", "test"), Some(AttributeFact::Test));
        assert_eq!(of_crate("wasm-bindgen-test", "wasm_bindgen_test"), Some(AttributeFact::Test));
        assert_eq!(of_crate("kani", "proof"), Some(AttributeFact::Verification));
        assert_eq!(of_crate("tokio", "main"), Some(AttributeFact::Product));
        assert_eq!((of_crate("evil", "test"), of_any_crate("test")), (None, None));
        assert_eq!(of_any_crate("quickcheck"), Some(AttributeFact::Test));
    }
}
