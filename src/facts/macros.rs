//! Macros that are known by definition: how the arguments of each read, and what a call of it has for a value. Those of std are in
//! `rules/std/macros.toml`, those of well-known crates in `rules/ecosystem/macros.toml`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

const STD: &str = include_str!("../../rules/std/macros.toml");
const ECOSYSTEM: &str = include_str!("../../rules/ecosystem/macros.toml");

/// What a macro's arguments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// Expressions, some of them named, after a format string or before it.
    Arguments,
    /// The same with logging's `target:`, `%value` and `?value`.
    Fields,
    /// `vec![…]`.
    Vec,
    /// `matches!(expression, pattern)`.
    Matches,
    /// One expression, whose value the call has.
    Value,
    /// `addr_of!`: a raw borrow of its argument.
    RawRef,
    /// `addr_of_mut!`: a mutable one.
    RawMut,
    /// `thread_local!`: statics.
    ThreadLocal,
    /// `cfg_if!`, `cfg_select!`: items or statements under cfgs.
    CfgBranches,
    /// `paste!`: items, statements or an expression whose names are joined from parts.
    JoinedNames,
    /// Nothing of the caller's runs.
    Nothing,
    /// What `rules` makes of them, which stand in for the macro's own.
    Rules,
}

/// What a call has for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MacroValue {
    /// Something that nothing here tells.
    #[default]
    Unknown,
    /// `()`.
    Unit,
    /// `()`, after its first two arguments were compared.
    Compared,
    /// None: it does not return.
    Never,
    /// `bool`.
    Bool,
    /// `u32`.
    U32,
    /// `usize`.
    Usize,
    /// `&'static str`.
    Str,
    /// `&'static [u8; N]`.
    Bytes,
    /// `String`.
    String,
    /// Its first argument's.
    First,
    /// What `?` makes of its first argument.
    Tried,
    /// What writing to its first argument gives.
    Written,
}

/// One known macro.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MacroFact {
    /// What its arguments are.
    pub reads: Reads,
    /// What a call has for a value.
    #[serde(default)]
    pub value: MacroValue,
    /// The macro of std that panics as it does.
    pub like: Option<String>,
    /// The module that it must be imported from; all other macros of std are in its prelude.
    pub module: Option<String>,
    /// Whether functions and modules have its name, too: what is imported under it from a crate that cannot be seen is no macro.
    #[serde(default)]
    pub shared_name: bool,
    /// `macro_rules!` that stand in for the macro's own: what they make of the caller's code is what runs of it.
    pub rules: Option<String>,
    /// Its own name.
    #[serde(skip)]
    pub name: String,
    /// Whether it is std's.
    #[serde(skip)]
    pub is_std: bool,
}

impl MacroFact {
    /// Returns the name that checks know it by: that of the macro of std that it is, or panics as.
    pub fn known_as(&self) -> &str {
        self.like.as_deref().unwrap_or(&self.name)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ecosystem {
    #[serde(rename = "crate")]
    crates: Vec<OfCrate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfCrate {
    /// The packages that have the macros, by definition or by handing them on.
    names: Vec<String>,
    macros: FxHashMap<String, MacroFact>,
}

/// The macros of one crate, by name.
type ByName = FxHashMap<String, MacroFact>;

static OF_STD: LazyLock<ByName> = LazyLock::new(|| {
    // auditor: allow(parse-unwrap) the text is embedded, and a test reads it
    let facts: ByName = toml::from_str(STD).expect("rules/std/macros.toml");
    named(facts, true)
});

/// The macros by crate: those of one group have one map.
static OF_ECOSYSTEM: LazyLock<(FxHashMap<String, usize>, Vec<ByName>)> = LazyLock::new(|| {
    // auditor: allow(parse-unwrap) the text is embedded, and a test reads it
    let facts: Ecosystem = toml::from_str(ECOSYSTEM).expect("rules/ecosystem/macros.toml");
    let mut by_crate = FxHashMap::default();
    let mut groups = Vec::new();
    for OfCrate { names, macros } in facts.crates {
        by_crate.extend(names.into_iter().map(|name| (name.replace('-', "_"), groups.len())));
        groups.push(named(macros, false));
    }
    (by_crate, groups)
});

fn named(mut facts: ByName, is_std: bool) -> ByName {
    for (name, fact) in &mut facts {
        fact.name.clone_from(name);
        fact.is_std = is_std;
    }
    facts
}

/// Returns what is known of a macro of `core`, `alloc` or `std`.
pub fn of_std(name: &str) -> Option<&'static MacroFact> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    OF_STD.get(name)
}

/// Returns what is known of the macro that the compiler or its lints know by `item`, such as `assert_eq_macro` or `core_panic`.
pub fn of_diagnostic_item(item: &str) -> Option<&'static MacroFact> {
    let name = item.strip_suffix("_macro").unwrap_or(item);
    let name = name.strip_prefix("core_").or_else(|| name.strip_prefix("std_")).unwrap_or(name);
    of_std(name)
}

/// Returns what is known of a macro of the package called `krate`, `-` or `_` between its words.
pub fn of_crate(krate: &str, name: &str) -> Option<&'static MacroFact> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    let (by_crate, groups) = &*OF_ECOSYSTEM;
    let group = if krate.contains('-') { by_crate.get(&krate.replace('-', "_")) } else { by_crate.get(krate) }?;
    groups.get(*group)?.get(name)
}

#[cfg(test)]
mod tests {
    use super::{OF_ECOSYSTEM, OF_STD, Reads, of_crate, of_diagnostic_item, of_std};

    #[test]
    fn both_tables_read_and_say_what_they_must() {
        assert!(of_std("assert").is_some_and(|fact| fact.module.is_none()));
        assert!(of_std("addr_of").is_some_and(|fact| fact.module.is_some()));
        assert_eq!(of_diagnostic_item("assert_eq_macro").map(|fact| fact.name.as_str()), Some("assert_eq"));
        assert_eq!(of_diagnostic_item("std_panic").map(|fact| fact.name.as_str()), Some("panic"));
        assert!(of_crate("tokio", "select").is_some() && of_crate("futures-util", "ready").is_some());
        assert!(of_crate("log", "assert").is_none());
    }

    /// Checks know macros by name: a macro of a crate has one of std's only where it says that it panics as that does.
    #[test]
    fn names_of_stds_macros_are_not_taken_by_others() {
        for facts in OF_ECOSYSTEM.1.iter().chain([&*OF_STD]) {
            for fact in facts.values() {
                assert_eq!(fact.reads == Reads::Rules, fact.rules.is_some(), "{}", fact.name);
                assert!(fact.like.as_deref().is_none_or(|like| of_std(like).is_some()), "{}", fact.name);
                if !fact.is_std && fact.like.is_none() && fact.reads != Reads::Rules {
                    assert!(of_std(&fact.name).is_none(), "{}", fact.name);
                }
            }
        }
    }
}
