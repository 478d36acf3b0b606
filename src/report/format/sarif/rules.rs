//! What SARIF says about the tool: its rules with their help, and the weaknesses they are about.

use std::collections::BTreeMap;

use super::log::{
    ComponentReference, Configuration, Descriptor, Driver, Help, Message, NotificationDescriptor, Relationship,
    RuleProperties, Target, Taxon, Taxonomy, Tool,
};
use super::{level, text};
use crate::catalog::{Policy, Rule, cwe_name};
use crate::finding::Severity;

/// The id of the notification about something that was not looked at.
pub(super) const GAP: &str = "gap";
/// Tells how many results are not there.
pub(super) const LEFT_OUT: &str = "left-out";
const HOME: &str = "https://crates.io/crates/cargo-auditor";
const CWE: &str = "CWE";

/// The rules of a log, in its order.
pub(super) struct Rules<'a> {
    rules: Vec<(&'a Rule, Severity)>,
    /// The weaknesses that they name, with their place in the taxonomy.
    cwe: BTreeMap<u32, usize>,
}

impl<'a> Rules<'a> {
    /// The rules of `policy`; those alone that are selected, where only they have results.
    pub(super) fn of(policy: &'a Policy, selected_only: bool) -> Self {
        let selected = policy.rules().filter(|(_, setting)| setting.selected || !selected_only);
        let rules: Vec<_> = selected.map(|(rule, setting)| (rule, setting.severity)).collect();
        let mut cwe: BTreeMap<u32, usize> =
            rules.iter().flat_map(|(rule, _)| &rule.references.cwe).map(|&number| (number, 0)).collect();
        cwe.values_mut().enumerate().for_each(|(at, place)| *place = at);
        Self { rules, cwe }
    }

    /// The place of the rule called `id`; O(log rules).
    pub(super) fn index(&self, id: &str) -> Option<usize> {
        self.rules.binary_search_by(|(rule, _)| rule.id.as_str().cmp(id)).ok()
    }

    pub(super) fn tool(&self) -> Tool<'a> {
        let version = env!("CARGO_PKG_VERSION");
        Tool {
            driver: Driver {
                name: "auditor",
                full_name: format!("auditor {version}"),
                semantic_version: version,
                version,
                organization: "The auditor maintainers",
                short_description: text("Finds panic surfaces and unsafe pointer contract breaches in Rust sources."),
                information_uri: HOME,
                rules: self.rules.iter().map(|(rule, severity)| self.descriptor(rule, *severity)).collect(),
                notifications: [gap(), left_out()],
                supported_taxonomies: if self.cwe.is_empty() { Vec::new() } else { vec![cwe_component()] },
            },
        }
    }

    pub(super) fn taxonomies(&self) -> Vec<Taxonomy<'a>> {
        if self.cwe.is_empty() {
            return Vec::new();
        }
        let taxon = |number: &u32| Taxon {
            id: format!("CWE-{number}"),
            short_description: text(format!("{}.", cwe_name(*number).unwrap_or("A weakness of the CWE list"))),
            help_uri: format!("https://cwe.mitre.org/data/definitions/{number}.html"),
        };
        vec![Taxonomy {
            name: CWE,
            organization: "MITRE",
            short_description: text("The MITRE Common Weakness Enumeration."),
            information_uri: "https://cwe.mitre.org/",
            is_comprehensive: false,
            taxa: self.cwe.keys().map(taxon).collect(),
        }]
    }

    fn descriptor(&self, rule: &'a Rule, severity: Severity) -> Descriptor<'a> {
        let relationship = |number: &u32| {
            let index = *self.cwe.get(number)?;
            let target = Target { id: format!("CWE-{number}"), index, tool_component: cwe_component() };
            Some(Relationship { target, kinds: ["superset"] })
        };
        let full = if rule.why.is_empty() { &rule.title } else { &rule.why };
        Descriptor {
            id: rule.id.as_str(),
            name: pascal(rule.id.as_str()),
            short_description: sentence(&rule.title),
            full_description: sentence(full),
            default_configuration: Configuration { level: level(severity) },
            help: Help { text: plain_help(rule), markdown: markdown_help(rule) },
            relationships: rule.references.cwe.iter().filter_map(relationship).collect(),
            properties: RuleProperties {
                tags: tags(rule),
                precision: rule.precision.as_str(),
                problem_severity: problem_severity(severity),
                security_severity: security_severity(severity),
                severity: severity.as_str(),
                pack: &rule.pack,
            },
        }
    }
}

fn gap() -> NotificationDescriptor {
    let help = "A file could not be read, decoded or parsed, wholly or in part. What it holds is not in this report.";
    NotificationDescriptor {
        id: GAP,
        name: "NotLookedAt",
        short_description: text("Something was not looked at."),
        full_description: text(help),
        help: Help { text: help.to_owned(), markdown: help.to_owned() },
    }
}

fn left_out() -> NotificationDescriptor {
    let help = "There are more findings than a report may hold: the least severe ones are not in this one.";
    NotificationDescriptor {
        id: LEFT_OUT,
        name: "LeftOut",
        short_description: text("Findings are left out."),
        full_description: text(help),
        help: Help { text: help.to_owned(), markdown: help.to_owned() },
    }
}

const fn cwe_component() -> ComponentReference {
    ComponentReference { name: CWE, index: 0 }
}

/// Viewers show at most ten.
fn tags(rule: &Rule) -> Vec<String> {
    let fixed = ["security".to_owned(), rule.pack.to_string()];
    let cwe = rule.references.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}"));
    let anssi = rule.references.anssi.iter().map(|id| format!("external/anssi-rust/{id}"));
    fixed.into_iter().chain(cwe).chain(anssi).take(10).collect()
}

fn plain_help(rule: &Rule) -> String {
    let parts = [&rule.why, &rule.fix].into_iter().filter(|part| !part.is_empty());
    let body = parts.map(String::as_str).collect::<Vec<_>>().join("\n\n");
    if body.is_empty() { format!("{}.", rule.title) } else { body }
}

fn markdown_help(rule: &Rule) -> String {
    let mut page = format!("## {}\n", rule.title);
    let mut section = |head: &str, body: &str, fence: bool| {
        if !body.is_empty() {
            let body = if fence { format!("```rust\n{body}\n```") } else { body.to_owned() };
            let gap = if head.is_empty() { "" } else { "\n\n" };
            page.extend(["\n", head, gap, &body, "\n"]);
        }
    };
    section("", &rule.why, false);
    section("**Instead:**", &rule.fix, false);
    section("Bad:", &rule.bad, true);
    section("Good:", &rule.good, true);
    page.extend(["\nTo argue that a place is in order: `// auditor: allow(", rule.id.as_str(), ") reason`\n"]);
    page
}

fn sentence(text: &str) -> Message<'_> {
    if text.ends_with(['.', '!', '?']) { self::text(text) } else { self::text(format!("{text}.")) }
}

/// A readable name; none for one-word ids, since it must differ from the id.
fn pascal(id: &str) -> Option<String> {
    if !id.contains('-') {
        return None;
    }
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    Some(id.split('-').map(word).collect())
}

const fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Low => "warning",
        Severity::Info => "recommendation",
    }
}

/// A number in the middle of the range that GitHub shows under the same word; inventory is no security result.
const fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}
