//! What std's functions establish, read from `rules/std/facts.toml` and looked up by who holds a function and its name. Data and
//! its reader only: what a fact means for a program is `flow`'s business.

mod parse;
mod term;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::model::name::Name;
pub use term::{Fact, Projected, Relation, Sum, Term};

/// What one function establishes when it is called.
#[derive(Debug, Default)]
pub struct FnFacts {
    /// Arguments that must be integers, for these facts to hold: a user's impl may do anything.
    pub integers: Vec<u8>,
    /// Arguments whose clones must be as they are: std's numbers, texts and sequences.
    pub clones: Vec<u8>,
    /// Arguments whose equality must be std's.
    pub keyed: Vec<u8>,
    /// Arguments that must be a `String` or a `Vec`.
    pub memory: Vec<u8>,
    /// It has no effect, returns, and gives the same result for the same arguments.
    pub pure: bool,
    /// The result is this value.
    pub value: Option<Term>,
    /// The payload of the result is this value.
    pub payload: Option<Term>,
    /// The result, a `bool`, is true exactly where this holds.
    pub truth: Option<Fact>,
    /// What holds where the result is true.
    pub when_true: Vec<Fact>,
    /// The variant that the result has exactly where all of the facts hold.
    pub variant_if: Option<(Name, Vec<Fact>)>,
    /// The variant of the result and what holds where the result has it.
    pub when: Vec<(Name, Fact)>,
    /// What holds once it has returned.
    pub holds: Vec<Fact>,
    /// What holds of each item that the result yields.
    pub items: Vec<Fact>,
    /// The items are among those of this value.
    pub items_of: Option<Term>,
    /// The fields of each item.
    pub item_fields: Vec<(Name, Term)>,
    /// The receiver yields fewer items after it, but no others.
    pub advances: bool,
    /// Arguments that are lent and keep their length.
    pub keeps: Vec<u8>,
    /// What each parameter of a closure among the arguments is.
    pub passes: Vec<Option<Term>>,
    /// Where all of the first hold at the call, the others hold once it has returned.
    pub given: Vec<(Vec<Fact>, Vec<Fact>)>,
    /// The names of the types that its result must be of, for these facts to hold; any where empty.
    pub returns: Vec<Name>,
    /// It cannot panic where all of these hold.
    pub panics_unless: Vec<Fact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pack {
    api: Vec<Api>,
}

/// The functions of one owner of which the same is known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Api {
    owners: Vec<String>,
    names: Vec<String>,
    #[serde(default)]
    integers: Vec<u8>,
    #[serde(default)]
    clones: Vec<u8>,
    #[serde(default)]
    keyed: Vec<u8>,
    #[serde(default)]
    memory: Vec<u8>,
    #[serde(default)]
    pure: bool,
    value: Option<String>,
    payload: Option<String>,
    truth: Option<String>,
    #[serde(default)]
    when_true: Vec<String>,
    some_if: Option<Vec<String>>,
    ok_if: Option<Vec<String>>,
    #[serde(default)]
    when_some: Vec<String>,
    #[serde(default)]
    when_ok: Vec<String>,
    #[serde(default)]
    when_err: Vec<String>,
    #[serde(default)]
    holds: Vec<String>,
    #[serde(default)]
    items: Vec<String>,
    items_of: Option<String>,
    #[serde(default)]
    item_fields: Vec<String>,
    #[serde(default)]
    advances: bool,
    #[serde(default)]
    keeps: Vec<u8>,
    #[serde(default)]
    passes: Vec<String>,
    #[serde(default)]
    given: Vec<Given>,
    #[serde(default)]
    returns: Vec<String>,
    #[serde(default)]
    panics_unless: Vec<String>,
}

/// What holds after a call where something else held at it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(rename = "if")]
    these: Vec<String>,
    then: Vec<String>,
}

static FACTS: LazyLock<FxHashMap<(Name, Name), &'static FnFacts>> = LazyLock::new(|| {
    let pack: Pack = toml::from_str(include_str!("../../../rules/std/facts.toml")).unwrap_or(Pack { api: Vec::new() });
    let mut all = FxHashMap::default();
    for api in &pack.api {
        let Some(facts) = read(api) else { continue };
        // Kept as long as the process: the table is read once.
        let facts: &'static FnFacts = Box::leak(Box::new(facts));
        for owner in api.owners.iter().flat_map(|owner| expanded(owner)) {
            all.extend(api.names.iter().map(|name| ((Name::new(owner), Name::new(name)), facts)));
        }
    }
    all
});

/// Returns what the function `name` of `owner` establishes: a type, a primitive or a trait, for free functions their module.
pub fn of(owner: Name, name: Name) -> Option<&'static FnFacts> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    FACTS.get(&(owner, name)).copied()
}

/// The owners that a class of the table stands for.
fn expanded(owner: &str) -> Vec<&str> {
    const UNSIGNED: [&str; 6] = ["u8", "u16", "u32", "u64", "u128", "usize"];
    const SIGNED: [&str; 6] = ["i8", "i16", "i32", "i64", "i128", "isize"];
    match owner {
        "integer" => UNSIGNED.into_iter().chain(SIGNED).collect(),
        "unsigned" => UNSIGNED.to_vec(),
        "signed" => SIGNED.to_vec(),
        one => vec![one],
    }
}

/// `None` for an entry that does not read, which the tests refuse.
fn read(api: &Api) -> Option<FnFacts> {
    let term = |text: &Option<String>| text.as_deref().map(parse::term).map_or(Some(None), |term| term.map(Some));
    let facts = |texts: &[String]| texts.iter().map(|text| parse::fact(text)).collect::<Option<Vec<_>>>();
    let variant_if = match (&api.some_if, &api.ok_if) {
        (Some(some), _) => Some((Name::SOME, facts(some)?)),
        (None, Some(ok)) => Some((Name::OK, facts(ok)?)),
        (None, None) => None,
    };
    let mut when = Vec::new();
    for (variant, texts) in [(Name::SOME, &api.when_some), (Name::OK, &api.when_ok), (Name::ERR, &api.when_err)] {
        when.extend(facts(texts)?.into_iter().map(|fact| (variant, fact)));
    }
    Some(FnFacts {
        integers: api.integers.clone(),
        clones: api.clones.clone(),
        keyed: api.keyed.clone(),
        memory: api.memory.clone(),
        pure: api.pure,
        value: term(&api.value)?,
        payload: term(&api.payload)?,
        truth: facts(api.truth.as_slice())?.pop(),
        when_true: facts(&api.when_true)?,
        variant_if,
        when,
        holds: facts(&api.holds)?,
        items: facts(&api.items)?,
        items_of: term(&api.items_of)?,
        item_fields: api.item_fields.iter().map(|text| parse::field(text)).collect::<Option<_>>()?,
        advances: api.advances,
        keeps: api.keeps.clone(),
        // `_` says nothing.
        passes: api.passes.iter().map(|text| parse::term(text)).collect(),
        given: api.given.iter().map(|it| facts(&it.these).zip(facts(&it.then))).collect::<Option<_>>()?,
        returns: api.returns.iter().map(|name| Name::new(name)).collect(),
        panics_unless: facts(&api.panics_unless)?,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_of_the_table_reads_and_names_a_function_once_an_owner() {
        let pack: Pack = toml::from_str(include_str!("../../../rules/std/facts.toml")).unwrap();
        let mut seen = BTreeSet::new();
        for api in &pack.api {
            let facts = read(api).unwrap_or_else(|| panic!("{:?} does not read", api.names));
            let unsaid = api.passes.iter().zip(&facts.passes).find(|(text, term)| (*text == "_") != term.is_none());
            assert_eq!(unsaid, None, "{:?}", api.names);
            for owner in api.owners.iter().flat_map(|owner| expanded(owner)) {
                for name in &api.names {
                    assert!(seen.insert((owner, name)), "{owner}::{name} twice");
                }
            }
        }
        assert_eq!(seen.len(), FACTS.len());
    }

    #[test]
    fn facts_are_found_by_owner_and_name() {
        let position = of(Name::new("Iterator"), Name::new("position")).unwrap();
        let (variant, fact) = position.when.first().unwrap();
        assert_eq!((variant.as_str(), fact.to_string().as_str()), ("Some", "ret.Some.0 < len(arg0)"));
        assert!(of(Name::new("u8"), Name::new("saturating_sub")).is_some(), "a class stands for its types");
        assert!(of(Name::new("Iterator"), Name::new("no_such")).is_none());
    }
}
