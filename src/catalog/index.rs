//! All rules of a run, found by id, by pack or by lint.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::error::CatalogError;
use super::pack::{self, Pack};
use super::rule::Rule;
use crate::finding::{Pattern, RuleId};

/// All rules of a run, sorted by id.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    rules: Vec<Rule>,
    /// Their places by id: asked for at every site.
    places: FxHashMap<RuleId, usize>,
    packs: Vec<(Arc<str>, String)>,
}

impl Catalog {
    /// Returns the rules that come with the program.
    ///
    /// # Errors
    /// Never for a released program: a test reads the packs.
    pub fn embedded() -> Result<Self, CatalogError> {
        let mut catalog = Self::default();
        for pack in pack::embedded()? {
            catalog.add(pack).map_err(|clash| CatalogError::Option { message: clash, help: None })?;
        }
        Ok(catalog)
    }

    /// Adds a pack; the message tells which id or name is taken.
    pub(super) fn add(&mut self, pack: Pack) -> Result<(), String> {
        if self.has_pack(&pack.name) || self.rule(&pack.name).is_some() {
            return Err(format!("the pack name `{}` is taken", pack.name));
        }
        self.packs.push((pack.name, pack.title));
        pack.rules.into_iter().try_for_each(|rule| self.add_rule(rule))
    }

    /// Adds a rule; the message tells that its id is taken.
    pub(super) fn add_rule(&mut self, rule: Rule) -> Result<(), String> {
        if self.has_pack(rule.id.as_str()) {
            return Err(format!("the id `{}` is the name of a pack", rule.id));
        }
        match self.rules.binary_search_by(|known| known.id.cmp(&rule.id)) {
            Ok(_) => Err(format!("the rule id `{}` is taken", rule.id)),
            Err(at) => {
                self.places.values_mut().filter(|place| **place >= at).for_each(|place| *place += 1);
                self.places.insert(rule.id.clone(), at);
                // auditor: allow(panicking-api) `at` is where the search says that it belongs
                self.rules.insert(at, rule);
                Ok(())
            }
        }
    }

    /// Returns all rules, sorted by id.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns names and titles of the packs, in the order they were added.
    pub fn packs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.packs.iter().map(|(name, title)| (&**name, title.as_str()))
    }

    /// Returns the rule called `id`.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.place(id).and_then(|at| self.rules.get(at))
    }

    /// Returns the place of the rule called `id` in `rules()`.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// Tells whether a pack has that name.
    pub fn has_pack(&self, name: &str) -> bool {
        self.packs.iter().any(|(known, _)| &**known == name)
    }

    /// Returns the rules about the same thing as `lint`, which is written as in an attribute: `clippy::unwrap_used`.
    pub fn rules_for_lint<'a>(&'a self, lint: &'a str) -> impl Iterator<Item = &'a Rule> {
        self.rules.iter().filter(move |rule| rule.references.names_lint(lint))
    }

    /// Returns what users' own rules look for.
    pub fn patterns(&self) -> Vec<Pattern> {
        let own = self.rules.iter();
        own.filter_map(|rule| Some(Pattern { rule: rule.id.clone(), matches: rule.matches.clone()? })).collect()
    }

    /// Returns a help text for the unknown id or pack name `id`: the nearest known one, or where they are listed.
    pub fn suggestion(&self, id: &str) -> String {
        let names = self.rules.iter().map(|rule| rule.id.as_str()).chain(self.packs().map(|(name, _)| name));
        let nearest = names.map(|name| (strsim::damerau_levenshtein(id, name), name)).min();
        match nearest {
            Some((distance, name)) if distance <= id.len().max(name.len()) / 3 => format!("did you mean `{name}`?"),
            _ => "`auditor rules` lists the rules".to_owned(),
        }
    }
}
