//! What unsafe functions ask of their callers, and the words by which people speak of it: read from `rules/std/contracts.toml`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::finding::Duty;
use crate::model::name::Name;
use crate::types::callee::Callee;
use crate::types::ty::Int;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pack {
    boilerplate: Vec<String>,
    obligation: Vec<Word>,
    contract: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    id: String,
    asks: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    owners: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    pattern: Option<String>,
    asks: Vec<String>,
    condition: Option<String>,
}

/// A set of obligations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Duties(u16);

impl Duties {
    /// Adds one.
    pub fn add(&mut self, duty: Duty) {
        self.0 |= 1 << duty as u16;
    }

    /// Whether it is among them.
    pub const fn has(self, duty: Duty) -> bool {
        self.0 & 1 << duty as u16 != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those of either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Iterates over them, in their order.
    pub fn iter(self) -> impl Iterator<Item = Duty> {
        Duty::ALL.into_iter().filter(move |&duty| self.has(duty))
    }
}

/// One thing that a function asks: what, and of which argument, the receiver being 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// What.
    pub duty: Duty,
    /// Of which argument; `None` for what is of none.
    pub on: Option<usize>,
}

/// What some of std's functions ask.
#[derive(Debug)]
pub struct Contract {
    /// Who holds them; whoever does where it is empty.
    owners: Vec<String>,
    /// All that they ask.
    pub asks: Vec<Ask>,
    /// What `condition` is of theirs.
    pub condition: String,
}

struct Terms {
    boilerplate: Vec<String>,
    words: Vec<(Duty, String, Vec<String>)>,
    contracts: Vec<Contract>,
    by_name: FxHashMap<String, Vec<usize>>,
    /// What the names begin with.
    patterns: Vec<(String, usize)>,
}

static TERMS: LazyLock<Terms> = LazyLock::new(|| {
    let pack: Pack = toml::from_str(include_str!("../../../rules/std/contracts.toml")).unwrap_or(Pack {
        boilerplate: Vec::new(),
        obligation: Vec::new(),
        contract: Vec::new(),
    });
    let words = pack.obligation.into_iter();
    let words = words.filter_map(|word| Some((Duty::named(&word.id)?, word.asks, word.words))).collect();
    let mut terms = Terms {
        boilerplate: pack.boilerplate,
        words,
        contracts: Vec::new(),
        by_name: FxHashMap::default(),
        patterns: Vec::new(),
    };
    for written in pack.contract {
        let at = terms.contracts.len();
        for name in written.names {
            terms.by_name.entry(name).or_default().push(at);
        }
        terms.patterns.extend(written.pattern.map(|pattern| (pattern.trim_end_matches('*').to_owned(), at)));
        let asks = written.asks.iter().filter_map(|ask| read_ask(ask)).collect();
        let condition = written.condition.unwrap_or_default();
        terms.contracts.push(Contract { owners: written.owners, asks, condition });
    }
    terms
});

/// `align 0`, `thread`.
fn read_ask(text: &str) -> Option<Ask> {
    let (word, on) = match text.split_once(' ') {
        Some((word, on)) => (word, Some(on.parse().ok()?)),
        None => (text, None),
    };
    Some(Ask { duty: Duty::named(word)?, on })
}

/// Returns what an unsafe function of std asks; `None` for one that the data does not know.
pub fn std_contract(callee: &Callee) -> Option<&'static Contract> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    let terms = &*TERMS;
    let named = terms.by_name.get(callee.name.as_str()).into_iter().flatten().copied();
    let alike = terms.patterns.iter().filter(|(start, _)| callee.name.as_str().starts_with(start.as_str()));
    let found = named.chain(alike.map(|&(_, at)| at)).filter_map(|at| terms.contracts.get(at));
    let mut anyones = None;
    for contract in found {
        if contract.owners.iter().any(|owner| holds(owner, callee)) {
            return Some(contract);
        }
        if contract.owners.is_empty() {
            anyones.get_or_insert(contract);
        }
    }
    anyones
}

fn holds(owner: &str, callee: &Callee) -> bool {
    let held = if callee.owner.is_missing() { callee.module } else { callee.owner };
    match owner {
        "pointer" => callee.owner == Name::POINTER || held.as_str() == "NonNull",
        "integer" => Int::ALL.iter().any(|int| int.as_str() == held.as_str()),
        "core_arch" => callee.krate == Name::CORE_ARCH,
        owner => owner == held.as_str(),
    }
}

/// Returns what an obligation asks, as the end of a sentence.
pub fn asks(duty: Duty) -> &'static str {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    TERMS.words.iter().find(|(known, ..)| *known == duty).map_or("", |(_, asks, _)| asks)
}

/// Returns the obligations that a text speaks of: a SAFETY comment, a `# Safety` section, the tags of an attribute. O(text · words).
pub fn spoken(text: &str) -> Duties {
    let lower = text.to_lowercase();
    let mut duties = Duties::default();
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    for (duty, _, words) in &TERMS.words {
        if words.iter().any(|word| begins_a_word(&lower, word)) {
            duties.add(*duty);
        }
    }
    duties
}

/// Whether `part` stands in `text` where a word begins; `nonnull` counts for `null`, and `unaligned` for `align`.
fn begins_a_word(text: &str, part: &str) -> bool {
    let longer = part.len() > 3;
    text.match_indices(part).any(|(at, _)| {
        let before = text.get(..at).unwrap_or("").chars().next_back();
        let after = text.get(at + part.len()..).unwrap_or("").chars().next();
        let starts = !before.is_some_and(char::is_alphanumeric) || matches!(part, "null" | "align" | "init");
        // Short ones are whole words: `ok`, `own`, `len`.
        starts && (longer || part == "own" || !after.is_some_and(char::is_alphanumeric))
    })
}

/// Whether a text that ought to say why something is in order says nothing.
pub fn is_boilerplate(text: &str) -> bool {
    let lower = text.to_lowercase();
    let plain = lower.trim_matches(|c: char| !c.is_alphanumeric());
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    plain.is_empty() || TERMS.boilerplate.iter().any(|known| known == plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_obligation_has_its_words_and_every_contract_reads() {
        let pack: Pack = toml::from_str(include_str!("../../../rules/std/contracts.toml")).unwrap();
        let ids: Vec<&str> = pack.obligation.iter().map(|word| word.id.as_str()).collect();
        assert_eq!(ids, Duty::ALL.map(Duty::as_str));
        for written in &pack.contract {
            assert!(!written.asks.is_empty(), "{:?}", written.names);
            for ask in &written.asks {
                assert!(read_ask(ask).is_some(), "{ask}");
            }
            let says = written.asks.iter().any(|ask| ask.starts_with("condition"));
            assert_eq!(says, written.condition.is_some(), "{:?}", written.names);
        }
    }

    #[test]
    fn texts_speak_of_what_their_words_say() {
        let of = |text: &str| spoken(text).iter().map(Duty::as_str).collect::<Vec<_>>().join(" ");
        assert_eq!(of("`p` is properly aligned"), "align");
        assert_eq!(of("the index is in bounds"), "size");
        assert_eq!(of("NonNull by type"), "non-null");
        assert_eq!(of("trust me"), "");
        assert!(is_boilerplate(" This is safe. ") && is_boilerplate("") && !is_boilerplate("checked above"));
    }
}
