//! The facts about std's functions that are documented to panic, read from `rules/std/panics.toml`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::model::name::Name;
use crate::types::ty::Int;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pack {
    api: Vec<Api>,
}

/// Functions of one owner that panic on one condition.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Api {
    owner: Option<String>,
    module: Option<String>,
    names: Vec<String>,
    condition: String,
    instead: String,
    args: Option<usize>,
    #[serde(default)]
    nonzero: bool,
    #[serde(default)]
    minus_one: bool,
    result: Option<String>,
    format: Option<usize>,
    within: Option<(i128, i128)>,
    #[serde(default)]
    at: usize,
    buffer: Option<u64>,
    #[serde(default)]
    ordered: bool,
    #[serde(default)]
    zero_sized: bool,
    #[serde(default)]
    arrays: bool,
    kind: Option<String>,
}

/// What is known of one function: the fields are those of the table.
pub struct Entry {
    pub owner: Option<Name>,
    pub module: Option<Name>,
    pub args: Option<usize>,
    pub nonzero: bool,
    pub minus_one: bool,
    pub result: bool,
    pub format: Option<usize>,
    pub within: Option<(i128, i128)>,
    pub at: usize,
    pub buffer: Option<u64>,
    pub ordered: bool,
    pub zero_sized: bool,
    pub arrays: bool,
    pub kind: &'static str,
    pub reason: String,
}

/// The functions by name.
pub static ENTRIES: LazyLock<FxHashMap<Name, Vec<Entry>>> = LazyLock::new(|| {
    let pack: Pack = toml::from_str(include_str!("../../rules/std/panics.toml")).unwrap_or(Pack { api: Vec::new() });
    let mut entries: FxHashMap<Name, Vec<Entry>> = FxHashMap::default();
    for api in pack.api {
        for name in &api.names {
            entries.entry(Name::new(name)).or_default().push(Entry {
                owner: api.owner.as_deref().map(Name::new),
                module: api.module.as_deref().map(Name::new),
                args: api.args,
                nonzero: api.nonzero,
                minus_one: api.minus_one,
                result: api.result.as_deref() == Some("integer"),
                format: api.format,
                within: api.within,
                at: api.at,
                buffer: api.buffer,
                ordered: api.ordered,
                zero_sized: api.zero_sized,
                arrays: api.arrays,
                kind: if api.kind.as_deref() == Some("refcell-borrow") { "refcell-borrow" } else { "panicking-api" },
                reason: format!("panics when {}; instead: {}", api.condition, api.instead),
            });
        }
    }
    entries
});

/// The names of the functions that are documented to panic.
pub fn names() -> Vec<Name> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    ENTRIES.keys().copied().collect()
}

/// Tells whether a function of `owner`, a type or primitive, is meant.
pub fn owned_by(entry: &Entry, owner: Name) -> bool {
    let Some(wanted) = entry.owner else { return false };
    if wanted == owner {
        return true;
    }
    match wanted.as_str() {
        "integer" => Int::ALL.iter().any(|int| int.as_str() == owner.as_str()),
        "signed" => Int::ALL.iter().any(|int| int.is_signed() && int.as_str() == owner.as_str()),
        "float" => matches!(owner.as_str(), "f16" | "f32" | "f64" | "f128"),
        "slice" => owner.as_str() == "array",
        "pointer" => matches!(owner.as_str(), "NonNull" | "const_ptr" | "mut_ptr" | "ptr"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_and_names_every_function_once_an_owner() {
        let pack: Pack = toml::from_str(include_str!("../../rules/std/panics.toml")).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for api in &pack.api {
            let held = [api.owner.is_some(), api.module.is_some(), api.format.is_some()];
            assert_eq!(held.into_iter().filter(|&held| held).count(), 1, "{:?}", api.names);
            for name in &api.names {
                assert!(seen.insert((api.owner.clone(), api.module.clone(), name.clone())), "{name} twice");
            }
        }
        assert!(seen.len() > 120, "{}", seen.len());
    }
}
