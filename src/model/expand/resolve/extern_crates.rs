//! The macros of crates that are not scanned: what is known of them by definition, else the rules that their sources have.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::{CrateRef, Defs, ExternCrate, Home, MacroDef, Name, Resolved, Resolver};
use crate::facts::macros::{self, MacroFact};
use crate::syntax::Edition;

impl Resolver<'_> {
    /// What the macro `name` of a crate that is not scanned is; `None` where it has none of that name, as far as is known.
    pub(super) fn outside(&self, package: u32, krate: ExternCrate, name: Name) -> Option<Resolved> {
        let known = |krate: &str| macros::of_crate(krate, name.as_str()).map(|fact| self.stand_in(krate, fact));
        match krate {
            ExternCrate::Std => macros::of_std(name.as_str()).map(Resolved::Known),
            ExternCrate::Known(said) => match self.package(package)?.crates.get(&said)? {
                CrateRef::Registry { package, macros, .. } => known(package.as_str()).or_else(|| {
                    let defs: Defs = macros.find(name).map(Arc::clone).collect();
                    self.defined(defs, name)
                }),
                _ => None,
            },
            ExternCrate::Unlisted(said) => {
                let defs = self.of_unlisted(package, said, name);
                known(said.as_str()).or_else(|| self.defined(defs, name))
            }
        }
    }

    /// Definitions of crates outside; one that hands on a macro that is known hands on what is known of it.
    fn defined(&self, defs: Defs, name: Name) -> Option<Resolved> {
        let Home::Extern(krate) = defs.first()?.home() else { return Some(Resolved::Rules(defs)) };
        let fact = macros::of_crate(krate.as_str(), name.as_str());
        Some(fact.map_or(Resolved::Rules(defs), |fact| self.stand_in(krate.as_str(), fact)))
    }

    fn stand_in(&self, krate: &str, fact: &'static MacroFact) -> Resolved {
        match &fact.rules {
            Some(rules) => Resolved::Rules([stand_in(krate, &fact.name, rules)].into()),
            None => Resolved::Known(fact),
        }
    }

    /// The macros of crates that others hand on: what such a crate says of itself is a name that the caller need not know.
    pub(super) fn of_unlisted(&self, package: u32, krate: Name, name: Name) -> Defs {
        let crates = self.package(package).into_iter().flat_map(|package| package.crates.values());
        let outside = crates.filter_map(|krate| match krate {
            CrateRef::Registry { macros, .. } => Some(macros),
            _ => None,
        });
        let of_crate = |def: &&Arc<MacroDef>| def.home() == Home::Extern(krate);
        outside.flat_map(|macros| macros.find(name)).filter(of_crate).take(1).map(Arc::clone).collect()
    }

    /// Whether nobody can tell which macros a crate has.
    pub(super) fn is_unseen(&self, package: u32, krate: ExternCrate) -> bool {
        match krate {
            ExternCrate::Std => false,
            ExternCrate::Unlisted(_) => true,
            ExternCrate::Known(said) => match self.package(package).and_then(|package| package.crates.get(&said)) {
                Some(CrateRef::Registry { macros, .. }) => !macros.is_there(),
                _ => true,
            },
        }
    }
}

/// The stand-in for a macro of a crate, read once.
fn stand_in(krate: &str, name: &str, rules: &str) -> Arc<MacroDef> {
    type Made = FxHashMap<(String, String), Arc<MacroDef>>;
    static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);
    // auditor: allow(panicking-api) the initialisation reads data that a test reads, and cannot fail
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || Arc::new(MacroDef::outside(rules, Name::new(&krate.replace('-', "_")), Edition::Edition2021));
    Arc::clone(made.entry((krate.to_owned(), name.to_owned())).or_insert_with(make))
}
