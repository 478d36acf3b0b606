//! Reads packs of rules from TOML: the embedded ones and a user's own.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::error::{CatalogError, Origin};
use super::rule::{Precision, Profile, References, Rule};
use crate::finding::{Match, RuleId, Severity};
use crate::source::TextSource;

/// The packs that come with the program, by file name.
const EMBEDDED: [(&str, &str); 6] = [
    ("rules/panic.toml", include_str!("../../rules/panic.toml")),
    ("rules/pointer.toml", include_str!("../../rules/pointer.toml")),
    ("rules/reach.toml", include_str!("../../rules/reach.toml")),
    ("rules/task.toml", include_str!("../../rules/task.toml")),
    ("rules/unwind.toml", include_str!("../../rules/unwind.toml")),
    ("rules/waiver.toml", include_str!("../../rules/waiver.toml")),
];

/// A named set of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its name, which selects all its rules.
    pub name: Arc<str>,
    /// One line.
    pub title: String,
    /// Its rules, as the file orders them.
    pub rules: Vec<Rule>,
}

/// Returns the embedded packs.
///
/// # Errors
/// Never for a released program: a test reads them.
pub(super) fn embedded() -> Result<Vec<Pack>, CatalogError> {
    EMBEDDED.iter().map(|(name, text)| parse(&Origin::new(*name, text), false)).collect()
}

/// Reads a user's pack, which `named_by` names. Blocks.
///
/// # Errors
/// When the file cannot be read or does not say what a pack says.
pub(super) fn read(path: &Path, named_by: &TextSource) -> Result<Pack, CatalogError> {
    let text = named_by.read_toml(path).map_err(|source| CatalogError::Read { path: path.to_path_buf(), source })?;
    parse(&Origin::new(path.display().to_string(), &text), true)
}

fn parse(origin: &Origin, own: bool) -> Result<Pack, CatalogError> {
    let file: PackFile = origin.parse()?;
    let name: Arc<str> = file.name.into();
    let raised_in: Arc<[String]> = file.raised_in.into();
    let rule = |entry: RuleEntry| {
        let rule = entry.rule(origin, &name, own)?;
        Ok(Rule { raised_in: Arc::clone(&raised_in), ..rule })
    };
    let rules = file.rule.into_iter().map(rule).collect::<Result<_, CatalogError>>()?;
    Ok(Pack { name, title: file.title, rules })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PackFile {
    name: String,
    title: String,
    #[serde(default)]
    raised_in: Vec<String>,
    #[serde(default)]
    rule: Vec<RuleEntry>,
}

/// `[[rule]]` of a pack or of a configuration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RuleEntry {
    id: Spanned<String>,
    title: String,
    severity: Option<Severity>,
    severity_outside: Option<Severity>,
    context: Option<String>,
    #[serde(default)]
    profile: Profile,
    #[serde(default)]
    why: String,
    #[serde(default)]
    fix: String,
    #[serde(default)]
    bad: String,
    #[serde(default)]
    good: String,
    #[serde(default)]
    references: References,
    #[serde(default)]
    precision: Precision,
    #[serde(rename = "match")]
    matches: Option<Spanned<MatchEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchEntry {
    method: Option<String>,
    receiver: Option<String>,
    path: Option<String>,
    #[serde(rename = "macro")]
    macro_name: Option<String>,
}

impl RuleEntry {
    /// Where its id stands.
    pub(super) fn place(&self) -> std::ops::Range<usize> {
        self.id.span()
    }

    /// The rule of this entry; one of a user's `own` must say what it matches.
    pub(super) fn rule(self, origin: &Origin, pack: &Arc<str>, own: bool) -> Result<Rule, CatalogError> {
        let at = self.id.span();
        let id = self.id.into_inner();
        if !is_kebab(&id) {
            let message = format!("rule id `{id}` is not kebab-case");
            return Err(origin.error(message, Some(at), "lower-case letters, digits and hyphens only", None));
        }
        let matches = self.matches.map(|entry| entry_match(entry, origin)).transpose()?;
        if own && matches.is_none() {
            let help = "add `match = { method = \"…\" }`, `{ path = \"…\" }` or `{ macro = \"…\" }`".to_owned();
            return Err(origin.error(format!("rule `{id}` matches nothing"), Some(at), "has no `match`", Some(help)));
        }
        Ok(Rule {
            id: RuleId::from(id.as_str()),
            pack: Arc::clone(pack),
            title: self.title,
            severity: self.severity.unwrap_or(Severity::Medium),
            severity_outside: self.severity_outside,
            raised_in: Arc::default(),
            context: self.context,
            profile: self.profile,
            why: self.why.trim().to_owned(),
            fix: self.fix.trim().to_owned(),
            bad: self.bad.trim().to_owned(),
            good: self.good.trim().to_owned(),
            references: self.references,
            precision: self.precision,
            matches,
        })
    }
}

fn entry_match(entry: Spanned<MatchEntry>, origin: &Origin) -> Result<Match, CatalogError> {
    let at = entry.span();
    match entry.into_inner() {
        MatchEntry { method: Some(method), receiver, path: None, macro_name: None } => {
            Ok(Match::Method { method, receiver })
        }
        MatchEntry { method: None, receiver: None, path: Some(path), macro_name: None } => Ok(Match::Path(path)),
        MatchEntry { method: None, receiver: None, path: None, macro_name: Some(name) } => {
            Ok(Match::Macro(name.trim_end_matches('!').to_owned()))
        }
        MatchEntry { .. } => {
            let help = "exactly one of `method`, `path` and `macro`; `receiver` only next to `method`".to_owned();
            Err(origin.error("a rule must match one thing", Some(at), "this `match`", Some(help)))
        }
    }
}

/// Tells whether `id` is kebab-case: it can then be written in a waiver.
fn is_kebab(id: &str) -> bool {
    id.split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}
