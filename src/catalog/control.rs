//! Control packs: clauses of a checklist and what decides each, read from TOML. Deciding is `checklist`'s business.

use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::error::{CatalogError, Origin};
use super::index::Catalog;
use super::rule::Profile;
use crate::finding::RuleId;
use crate::source::TextSource;

/// The control packs that come with the program, by file name.
const EMBEDDED: [(&str, &str); 6] = [
    ("rules/controls/sig.toml", include_str!("../../rules/controls/sig.toml")),
    ("rules/controls/anssi-rust.toml", include_str!("../../rules/controls/anssi-rust.toml")),
    ("rules/controls/scrc.toml", include_str!("../../rules/controls/scrc.toml")),
    ("rules/controls/owasp-a10-2025.toml", include_str!("../../rules/controls/owasp-a10-2025.toml")),
    ("rules/controls/owasp-asvs-5-v16.toml", include_str!("../../rules/controls/owasp-asvs-5-v16.toml")),
    ("rules/controls/openssf-osps.toml", include_str!("../../rules/controls/openssf-osps.toml")),
];

/// A checklist: controls of one source.
#[derive(Debug, Clone)]
pub struct ControlPack {
    /// Its name on the command line.
    pub name: String,
    /// One line.
    pub title: String,
    /// Whose checklist it is.
    pub source: ControlSource,
    /// Its controls, in the order of the file.
    pub controls: Vec<Control>,
}

/// Where a checklist comes from, and whether others can read it there.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ControlSource {
    /// `publication`, `draft`, `project-brief` or what a user calls it.
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// Its version or commit.
    #[serde(default)]
    pub version: String,
    /// Where it is published.
    #[serde(default)]
    pub url: String,
    /// Whether a publication with these ids was found.
    #[serde(default)]
    pub publicly_verified: bool,
    /// When that was looked up: a date.
    #[serde(default)]
    pub last_searched: String,
}

/// One clause.
#[derive(Debug, Clone)]
pub struct Control {
    /// Its id in the source.
    pub id: String,
    /// One line, in our own words.
    pub title: String,
    /// What it asks for, in our own words.
    pub asks: String,
    /// What decides it: it is passed where each of them is.
    pub decided_by: Vec<Decider>,
    /// Controls of other sources that it is related to.
    pub relations: Vec<Relation>,
}

/// How a control relates to one of another source.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// The other control.
    pub to: String,
    /// How, in Gemara's words: `supports`, `implemented-by`, `equivalent` …
    pub relation: String,
}

/// What decides a control, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decider {
    /// The findings of these rules in code that counts: none may be open.
    Rules(Vec<RuleId>),
    /// The same, open and waived ones together: no more than that.
    Budget {
        /// The rules.
        rules: Vec<RuleId>,
        /// How many findings there may be.
        at_most: u64,
    },
    /// The facts of a drill that name one of these controls: none may have failed.
    Drill(Vec<String>),
    /// The facts of these ids, of whatever evidence: each must be there, and none may have failed.
    Facts {
        /// The ids.
        ids: Vec<String>,
        /// Whether they count only where they are given.
        when_given: bool,
    },
    /// Lints of rustc or clippy: no diagnostic may be of one.
    Lints {
        /// Their names, clippy's with `clippy::`.
        lints: Vec<String>,
        /// Whether they are on where nothing turns them off: only then a run without a diagnostic shows something.
        on_by_default: bool,
        /// Whether they count only where they are given.
        when_given: bool,
    },
}

impl Decider {
    /// Tells whether the control is open while nothing is given for this one.
    pub fn is_needed(&self) -> bool {
        !matches!(self, Self::Facts { when_given: true, .. } | Self::Lints { when_given: true, .. })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    name: String,
    title: String,
    source: ControlSource,
    #[serde(default)]
    control: Vec<ControlEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ControlEntry {
    id: Spanned<String>,
    title: String,
    asks: String,
    decided_by: Vec<Spanned<DeciderEntry>>,
    #[serde(default)]
    relations: Vec<Relation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeciderEntry {
    #[serde(default)]
    rules: Vec<Spanned<String>>,
    at_most: Option<u64>,
    drill: Option<DrillEntry>,
    #[serde(default)]
    facts: Vec<Spanned<String>>,
    #[serde(default)]
    lints: Vec<String>,
    on_by_default: Option<bool>,
    when_given: Option<bool>,
}

/// Which controls the facts of a drill must name: this one, or those of another checklist.
#[derive(Deserialize)]
#[serde(untagged)]
enum DrillEntry {
    This(bool),
    Those(Vec<String>),
}

impl ControlPack {
    /// Returns the rules that decide its controls, in their order; one may come twice.
    pub fn rules(&self) -> impl Iterator<Item = &RuleId> {
        let deciders = self.controls.iter().flat_map(|control| &control.decided_by);
        deciders.flat_map(|decider| match decider {
            Decider::Rules(rules) | Decider::Budget { rules, .. } => rules.as_slice(),
            Decider::Drill(_) | Decider::Facts { .. } | Decider::Lints { .. } => &[],
        })
    }

    /// Returns the packs that come with the program; `catalog` knows the rules that they name.
    ///
    /// # Errors
    /// Never for a released program: a test reads them.
    pub fn embedded(catalog: &Catalog) -> Result<Vec<Self>, CatalogError> {
        EMBEDDED.iter().map(|(name, text)| parse(&Origin::new(*name, text), catalog)).collect()
    }

    /// Returns the pack called `name`, or the one in the file of that path if it ends in `.toml`. Blocks.
    ///
    /// # Errors
    /// When there is no such pack, or its file says something that is wrong.
    pub fn find(name: &str, catalog: &Catalog) -> Result<Self, CatalogError> {
        let path = Path::new(name);
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
            let text = TextSource::User.read_toml(path);
            let text = text.map_err(|source| CatalogError::Read { path: path.to_owned(), source })?;
            return parse(&Origin::new(name, &text), catalog);
        }
        let packs = Self::embedded(catalog)?;
        let names: Vec<String> = packs.iter().map(|pack| pack.name.clone()).collect();
        packs.into_iter().find(|pack| pack.name == name).ok_or_else(|| CatalogError::Option {
            message: format!("there is no control pack `{name}`"),
            help: Some(format!("there are {}; a path that ends in .toml names one of your own", names.join(", "))),
        })
    }
}

fn parse(origin: &Origin, catalog: &Catalog) -> Result<ControlPack, CatalogError> {
    let file: PackFile = origin.parse()?;
    let mut controls: Vec<Control> = Vec::with_capacity(file.control.len());
    for entry in file.control {
        let at = entry.id.span();
        let id = entry.id.into_inner();
        if controls.iter().any(|control| control.id == id) {
            return Err(origin.error(format!("the control `{id}` stands here twice"), Some(at), "again", None));
        }
        let deciders = entry.decided_by.into_iter().map(|entry| decider(entry, &id, origin, catalog));
        let decided_by = deciders.collect::<Result<Vec<_>, _>>()?;
        if !decided_by.iter().any(Decider::is_needed) {
            let help = Some(DECIDERS.to_owned());
            return Err(origin.error(format!("nothing decides the control `{id}`"), Some(at), "this one", help));
        }
        controls.push(Control { id, title: entry.title, asks: entry.asks, decided_by, relations: entry.relations });
    }
    Ok(ControlPack { name: file.name, title: file.title, source: file.source, controls })
}

fn decider(
    entry: Spanned<DeciderEntry>,
    control: &str,
    origin: &Origin,
    catalog: &Catalog,
) -> Result<Decider, CatalogError> {
    let at = entry.span();
    let DeciderEntry { rules, at_most, drill, facts, lints, on_by_default, when_given } = entry.into_inner();
    let names = rules.into_iter().map(|name| named(&name, origin, catalog)).collect::<Result<Vec<_>, _>>()?;
    let rules: Vec<RuleId> = names.into_iter().flatten().collect();
    let ids = facts.into_iter().map(|id| known_fact(id, origin)).collect::<Result<Vec<_>, _>>()?;
    let drill = match drill {
        Some(DrillEntry::This(true)) => vec![control.to_owned()],
        Some(DrillEntry::Those(controls)) => controls,
        Some(DrillEntry::This(false)) | None => Vec::new(),
    };
    let evidence = (!ids.is_empty(), !lints.is_empty());
    match (rules.is_empty(), at_most, !drill.is_empty(), evidence, on_by_default, when_given) {
        (true, None, true, (false, false), None, None) => Ok(Decider::Drill(drill)),
        (false, None, false, (false, false), None, None) => Ok(Decider::Rules(rules)),
        (false, Some(at_most), false, (false, false), None, None) => Ok(Decider::Budget { rules, at_most }),
        (true, None, false, (true, false), None, given) => {
            Ok(Decider::Facts { ids, when_given: given.unwrap_or(false) })
        }
        (true, None, false, (false, true), on, given) => {
            let (on_by_default, when_given) = (on.unwrap_or(false), given.unwrap_or(false));
            Ok(Decider::Lints { lints, on_by_default, when_given })
        }
        _ => Err(origin.error("it is not clear what decides here", Some(at), "this entry", Some(DECIDERS.to_owned()))),
    }
}

/// What an entry of `decided_by` may be.
const DECIDERS: &str = "write `rules = [\"…\"]`, with `at_most = N` or without, `drill = true` or the controls that its facts name, \
                        `facts = [\"…\"]`, or `lints = [\"…\"]`, with `on_by_default = true` or without; the last two may have \
                        `when_given = true`";

/// The ids of facts that evidence can decide, beside those of a drill.
const FACTS: [&str; 16] = [
    "cargo-deny/advisories",
    "cargo-deny/bans",
    "cargo-deny/licenses",
    "cargo-deny/sources",
    "cargo/development-checks",
    "cargo/overflow-checks",
    "cargo/symbols",
    "karmada/propagation",
    "kubernetes/liveness-probe",
    "kubernetes/namespace",
    "kubernetes/node-name",
    "kubernetes/pod-name",
    "kubernetes/pod-uid",
    "kubernetes/readiness-probe",
    "kubernetes/restart-policy",
    "miri/undefined-behavior",
];

fn known_fact(id: Spanned<String>, origin: &Origin) -> Result<String, CatalogError> {
    let at = id.span();
    let id = id.into_inner();
    if FACTS.contains(&id.as_str()) {
        return Ok(id);
    }
    let help = Some(format!("there are {}", FACTS.join(", ")));
    Err(origin.error(format!("no evidence has a fact `{id}`"), Some(at), "unknown", help))
}

/// The rule of that name; of a pack those of its rules that are looked at by default.
fn named(name: &Spanned<String>, origin: &Origin, catalog: &Catalog) -> Result<Vec<RuleId>, CatalogError> {
    let text: &str = name.get_ref();
    if let Some(rule) = catalog.rule(text) {
        // Its sites keep the rules of what they are: no finding has its name, and a control would pass by it.
        if rule.context.is_some() {
            let help = Some("name the rules of what the sites are: `panic`, say".to_owned());
            let message =
                format!("the rule `{text}` is about where sites are reached from, and has no findings of its own");
            return Err(origin.error(message, Some(name.span()), "this rule", help));
        }
        return Ok(vec![rule.id.clone()]);
    }
    if catalog.has_pack(text) {
        let of_pack = catalog
            .rules()
            .iter()
            .filter(|rule| &*rule.pack == text && rule.profile == Profile::Default && rule.context.is_none());
        return Ok(of_pack.map(|rule| rule.id.clone()).collect());
    }
    let help = Some(catalog.suggestion(text));
    Err(origin.error(format!("there is no rule or pack `{text}`"), Some(name.span()), "unknown", help))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ControlPack, CatalogError> {
        let catalog = Catalog::embedded()?;
        let head = "name = \"own\"\ntitle = \"t\"\nsource = { kind = \"k\", name = \"n\" }\n";
        parse(&Origin::new("own.toml", &format!("{head}{text}")), &catalog)
    }

    #[test]
    fn the_packs_of_the_program_are_in_order() {
        let catalog = Catalog::embedded().expect("the rules can be read");
        let packs = ControlPack::embedded(&catalog).expect("the packs can be read");
        assert!(packs.iter().all(|pack| !pack.controls.is_empty()));
        let sig = ControlPack::find("sig", &catalog).expect("it is there");
        assert!(!sig.source.publicly_verified);
        assert!(ControlPack::find("gis", &catalog).is_err());
    }

    #[test]
    fn what_decides_must_be_clear() {
        let control = |decided_by: &str| {
            read(&format!("[[control]]\nid = \"a\"\ntitle = \"t\"\nasks = \"a\"\ndecided_by = {decided_by}\n"))
        };
        let of = |text: &str| control(text).map(|pack| pack.controls.first().map(|one| one.decided_by.len()));
        assert_eq!(of("[{ rules = [\"unwrap\"] }, { drill = true }]").ok(), Some(Some(2)));
        for wrong in [
            "[]",
            "[{}]",
            "[{ drill = true, at_most = 1 }]",
            "[{ rules = [\"unwarp\"] }]",
            "[{ rule = [] }]",
            "[{ facts = [\"miri\"] }]",
            "[{ rules = [\"panic-in-handler\"] }]",
            "[{ rules = [\"reach\"] }]",
            "[{ drill = [] }]",
            "[{ rules = [\"unwrap\"], when_given = true }]",
            "[{ lints = [\"a\"], when_given = true }]",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        let twice = "[[control]]\nid = \"a\"\ntitle = \"t\"\nasks = \"a\"\ndecided_by = [{ drill = true }]\n".repeat(2);
        assert!(read(&twice).is_err());
    }
}
