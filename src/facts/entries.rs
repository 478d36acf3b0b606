//! Where programs are entered other than by their own calls: functions that run what they are given, attributes and traits that
//! make entry points, read from `rules/ecosystem/entry_points.toml`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

const ENTRY_POINTS: &str = include_str!("../../rules/ecosystem/entry_points.toml");

/// Who enters the program at a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// Whoever sends a request.
    Handler,
    /// A caller in another language.
    FfiExport,
    /// The end of a value's life, perhaps while another panic unwinds.
    Drop,
    /// A panic.
    PanicHook,
    /// A signal.
    SignalHandler,
    /// The hardware.
    Interrupt,
    /// `JavaScript`, by `wasm_bindgen`.
    Wasm,
    /// Python, by `pyo3`.
    Python,
    /// Node, by `napi`.
    Node,
    /// Whoever relies on a promise that nothing panics.
    PanicFree,
    /// Whoever starts the program.
    Main,
    /// A thread's start.
    Thread,
    /// A task's start.
    Task,
    /// std, for a trait of which nobody expects that it fails: a conversion, a comparison, a hash, a copy, a text.
    Conversion,
    /// std, for another trait of its own.
    StdCall,
    /// Whoever uses the library.
    Public,
}

impl EntryKind {
    /// All of them, the most telling first.
    pub const ALL: [Self; 16] = [
        Self::Handler,
        Self::FfiExport,
        Self::Drop,
        Self::PanicHook,
        Self::SignalHandler,
        Self::Interrupt,
        Self::Wasm,
        Self::Python,
        Self::Node,
        Self::PanicFree,
        Self::Main,
        Self::Thread,
        Self::Task,
        Self::Conversion,
        Self::StdCall,
        Self::Public,
    ];

    /// Whether a panic there does more harm than where it is only passed on, or aborts.
    pub const fn is_context(self) -> bool {
        matches!(
            self,
            Self::Handler | Self::FfiExport | Self::Drop | Self::PanicHook | Self::Conversion | Self::PanicFree
        ) || matches!(self, Self::SignalHandler | Self::Interrupt | Self::Wasm | Self::Python | Self::Node)
    }

    /// Whether a panic that is caught on its way, or ends another thread, is none there.
    pub const fn is_unwound(self) -> bool {
        self.is_context() && !matches!(self, Self::Handler | Self::PanicFree)
    }

    /// The word used in every report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::FfiExport => "ffi-export",
            Self::Drop => "drop",
            Self::PanicHook => "panic-hook",
            Self::SignalHandler => "signal-handler",
            Self::Interrupt => "interrupt",
            Self::Wasm => "wasm",
            Self::Python => "python",
            Self::Node => "node",
            Self::PanicFree => "panic-free",
            Self::Main => "main",
            Self::Thread => "thread",
            Self::Task => "task",
            Self::Conversion => "conversion",
            Self::StdCall => "std-call",
            Self::Public => "public",
        }
    }
}

/// What becomes of the functions that a call is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Given {
    /// They are entry points.
    Entry(EntryKind),
    /// They run within the call, which catches their panics.
    Caught,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pack {
    call: Vec<Entry>,
    attribute: Vec<Entry>,
    #[serde(rename = "trait")]
    traits: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    crates: Vec<String>,
    #[serde(default)]
    owners: Vec<String>,
    names: Vec<String>,
    kind: String,
}

/// What is known by name: the crates and owners of which it holds, and what it says.
type ByName = FxHashMap<String, Vec<(Vec<String>, Vec<String>, Given)>>;

struct Known {
    calls: ByName,
    attributes: ByName,
    traits: ByName,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    // auditor: allow(parse-unwrap) the text is embedded, and a test reads it
    let pack: Pack = toml::from_str(ENTRY_POINTS).expect("rules/ecosystem/entry_points.toml");
    Known { calls: by_name(pack.call), attributes: by_name(pack.attribute), traits: by_name(pack.traits) }
});

fn by_name(entries: Vec<Entry>) -> ByName {
    let mut known = ByName::default();
    for Entry { crates, owners, names, kind } in entries {
        let kind_of = EntryKind::ALL.into_iter().find(|one| one.as_str() == kind);
        let given = kind_of.map_or(Given::Caught, Given::Entry);
        let crates: Vec<String> = crates.iter().map(|name| name.replace('-', "_")).collect();
        for name in names {
            known.entry(name).or_default().push((crates.clone(), owners.clone(), given));
        }
    }
    known
}

/// A crate's name in the data: `std` is all of the standard library.
fn crate_name(krate: &str) -> &str {
    if matches!(krate, "core" | "alloc") { "std" } else { krate }
}

fn find(known: &ByName, krate: &str, holders: &[&str], name: &str) -> Option<Given> {
    let krate = crate_name(krate);
    let fits = |(crates, owners, _): &&(Vec<String>, Vec<String>, Given)| {
        let is_held = || holders.is_empty() || owners.iter().any(|known| holders.contains(&known.as_str()));
        crates.iter().any(|known| known == krate) && (owners.is_empty() || is_held())
    };
    known.get(name)?.iter().find(fits).map(|&(.., given)| given)
}

/// Returns what becomes of functions that are given to the function `name` of a crate, which one of `holders` holds: a type, a
/// trait or a module; none of them where that is not known.
pub fn of_call(krate: &str, holders: &[&str], name: &str) -> Option<Given> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    find(&KNOWN.calls, krate, holders, name)
}

/// Returns whether a function of this name, of whatever crate, does anything with functions that it is given.
pub fn names_call(name: &str) -> bool {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    KNOWN.calls.contains_key(name)
}

/// Returns who enters at a function that has the attribute `name` of a crate, or at the functions of an impl that has it.
pub fn of_attribute(krate: &str, name: &str) -> Option<EntryKind> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    entry(find(&KNOWN.attributes, krate, &[], name)?)
}

/// Returns who calls the functions of an impl of the trait `name` of a crate.
pub fn of_trait(krate: &str, name: &str) -> Option<EntryKind> {
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    entry(find(&KNOWN.traits, krate, &[], name)?)
}

fn entry(given: Given) -> Option<EntryKind> {
    match given {
        Given::Entry(kind) => Some(kind),
        Given::Caught => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_data_is_one_that_is_known() {
        let pack: Pack = toml::from_str(ENTRY_POINTS).expect("the data reads");
        let kinds: Vec<&str> = EntryKind::ALL.into_iter().map(EntryKind::as_str).collect();
        for entry in &pack.call {
            assert!(entry.kind == "caught" || kinds.contains(&&*entry.kind), "{}", entry.kind);
        }
        for entry in pack.attribute.iter().chain(&pack.traits) {
            assert!(kinds.contains(&&*entry.kind), "{}", entry.kind);
        }
    }

    #[test]
    fn what_runs_is_known_by_crate_owner_and_name() {
        let spawn = Some(Given::Entry(EntryKind::Thread));
        assert_eq!(of_call("std", &["thread"], "spawn"), spawn);
        assert_eq!(of_call("std", &["Command"], "spawn"), None);
        assert_eq!(of_call("std", &[], "spawn"), spawn);
        assert_eq!(of_call("core", &["panic"], "catch_unwind"), Some(Given::Caught));
        assert_eq!(of_attribute("actix_web", "get"), Some(EntryKind::Handler));
        assert_eq!(of_trait("core", "Drop"), Some(EntryKind::Drop));
        assert_eq!((of_trait("other", "Drop"), of_call("evil", &["thread"], "spawn")), (None, None));
    }
}
