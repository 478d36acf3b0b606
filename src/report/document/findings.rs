//! What an audit found and decided. Its JSON is `auditor/report/v1`: all that it knows, for programs.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::comparison::ComparisonJson;
use super::rows::{FixJson, GapJson, SiteJson, WayJson};
use super::{Document, Entry, Key, Scan, summary};
use crate::baseline::Comparison;
use crate::catalog::{Policy, Rule};
use crate::finding::{Confidence, Finding, LedgerCounts, Severity, Site, Status, Verdict, WaivedBy, expression};
use crate::report::json_stream::Object;
use crate::report::options::Show;
use crate::report::positions::Positions;
use crate::report::table::Table;
use crate::source::Span;
use crate::triage::{Counts, Triaged, Waiver};

/// What an audit found and decided.
#[derive(Debug, Clone, Copy)]
pub struct Findings<'a> {
    /// What was scanned.
    pub scan: Scan<'a>,
    /// What triage decided.
    pub triaged: &'a Triaged,
    /// How it compares with what was accepted, where that was asked.
    pub comparison: Option<&'a Comparison>,
    /// How much the ledger holds.
    pub ledger: LedgerCounts,
}

#[derive(Serialize)]
struct Summary<'a> {
    fail_on: String,
    min_severity: Severity,
    min_confidence: Confidence,
    total: Counts,
    by_severity: BTreeMap<&'static str, u64>,
    by_rule: BTreeMap<&'a str, Counts>,
    ledger: LedgerCounts,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'a str,
    severity: &'static str,
    confidence: &'static str,
    status: &'static str,
    message: &'a str,
    fingerprint: String,
    package: &'a str,
    expression: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_from: Option<&'a str>,
    #[serde(flatten)]
    site: SiteJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaivedJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignored: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<RelatedJson<'a>>,
    #[serde(skip_serializing_if = "is_none_of")]
    related_more: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reach: Vec<WayJson<'a>>,
}

/// Nothing is said of nothing.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_none_of(count: &u32) -> bool {
    *count == 0
}

#[derive(Serialize)]
struct WaivedJson<'a> {
    by: &'a str,
    line: u32,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct RelatedJson<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    label: &'a str,
}

#[derive(Serialize)]
struct WaiverJson<'a> {
    by: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    reason: Option<&'a str>,
    rules: Vec<GrantJson<'a>>,
}

#[derive(Serialize)]
struct GrantJson<'a> {
    rule: &'a str,
    known: bool,
    uses: u32,
}

#[derive(Serialize)]
struct RuleJson<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'static str,
    selected: bool,
    fix: &'a str,
    cwe: &'a [u32],
}

impl<'a> Document for Findings<'a> {
    fn schema(&self) -> &'static str {
        "auditor/report/v1"
    }

    fn scan(&self) -> &Scan<'_> {
        &self.scan
    }

    fn fields(&self, json: &mut Object<'_>) -> io::Result<()> {
        let Triaged { findings, rest, waivers, .. } = self.triaged;
        let policy = self.scan.policy;
        let positions = || Positions::new(self.scan.files);
        json.field("coverage", self.scan.coverage)?;
        json.field("unknown", self.scan.unknown)?;
        json.field("summary", &summary(self))?;
        if let Some(comparison) = self.comparison {
            json.field("comparison", &ComparisonJson::new(self, comparison))?;
        }
        json.list("findings", findings, |one| one.site.span.file, positions, |at, one| finding(policy, one, at))?;
        json.list("sites", rest, |site| site.span.file, positions, |at, site| SiteJson::new(site, at))?;
        json.list("waivers", waivers, |given| given.at.file, positions, |at, given| waiver(given, at))?;
        json.field("gaps", &GapJson::list(self.scan.gaps))?;
        json.field("rules", &policy.rules().map(|(rule, setting)| rule_json(rule, setting)).collect::<Vec<_>>())
    }

    /// Findings come first, then the sites that are none.
    fn keys(&self, show: Show) -> Vec<Key<'_>> {
        let Triaged { findings, rest, .. } = self.triaged;
        let finding = |(at, one): (usize, &'a Finding)| {
            let listed = match one.status {
                Status::Active => true,
                Status::Waived { .. } => show.waived,
                Status::Known { .. } => show.known,
                Status::Ignored(_) => show.ignored,
            };
            listed.then_some(Key {
                at,
                rule: one.site.rule.as_str(),
                file: one.site.span.file,
                severity: Some(one.severity),
                confidence: one.confidence,
            })
        };
        let site = |(at, site): (usize, &'a Site)| {
            let listed = match site.verdict {
                Verdict::Indeterminate => show.indeterminate,
                Verdict::Discharged => show.discharged,
                Verdict::Always | Verdict::Possible => false,
            };
            let at = findings.len() + at;
            listed.then_some(Key {
                at,
                rule: site.rule.as_str(),
                file: site.span.file,
                severity: None,
                confidence: Confidence::Low,
            })
        };
        let findings = findings.iter().enumerate().filter_map(finding);
        findings.chain(rest.iter().enumerate().filter_map(site)).collect()
    }

    fn entry<'d>(&'d self, key: Key<'d>, positions: &mut Positions<'d>) -> Option<Entry<'d>> {
        let Triaged { findings, rest, .. } = self.triaged;
        let finding = findings.get(key.at);
        let site = match finding {
            Some(finding) => &finding.site,
            None => rest.get(key.at.checked_sub(findings.len())?)?,
        };
        Some(Entry {
            rule: site.rule.as_str(),
            about: self.scan.policy.catalog.rule(site.rule.as_str()),
            severity: finding.map(|finding| finding.severity),
            confidence: finding.map(|finding| finding.confidence),
            status: finding.map(|finding| &finding.status),
            fingerprint: finding.map(|finding| finding.fingerprint),
            site,
            location: positions.of(site.span),
        })
    }

    fn comparison(&self) -> Option<&Comparison> {
        self.comparison
    }

    fn tables(&self) -> Vec<Table> {
        summary::tables(self)
    }

    fn conclusion(&self) -> Vec<String> {
        summary::conclusion(self)
    }

    fn hints(&self) -> Vec<(String, &'static str)> {
        summary::hints(self)
    }
}

fn summary<'a>(document: &Findings<'a>) -> Summary<'a> {
    let tally = &document.triaged.tally;
    Summary {
        fail_on: document.scan.policy.fail_on().to_string(),
        min_severity: document.scan.policy.minimums().0,
        min_confidence: document.scan.policy.minimums().1,
        total: tally.total(),
        by_severity: tally.active.iter().map(|(severity, count)| (severity.as_str(), *count)).collect(),
        by_rule: tally.rules.iter().map(|(rule, counts)| (rule.as_str(), *counts)).collect(),
        ledger: document.ledger,
    }
}

fn finding<'a>(policy: &'a Policy, finding: &'a Finding, places: &mut Positions<'a>) -> FindingJson<'a> {
    let rule = policy.catalog.rule(finding.site.rule.as_str());
    let waiver = match &finding.status {
        Status::Waived { by, at, reason } => {
            let line = places.of(*at).start.line;
            Some(WaivedJson { by: carrier(by), line, reason: reason.as_deref() })
        }
        Status::Active | Status::Known { .. } | Status::Ignored(_) => None,
    };
    let ignored = match &finding.status {
        Status::Ignored(why) => Some(why.as_str()),
        Status::Active | Status::Known { .. } | Status::Waived { .. } => None,
    };
    let related = finding.site.related.places().iter();
    let file = places.file(finding.site.span);
    FindingJson {
        rule: finding.site.rule.as_str(),
        severity: finding.severity.as_str(),
        confidence: finding.confidence.as_str(),
        status: finding.status.as_str(),
        message: rule.map_or(finding.site.rule.as_str(), |rule| &rule.title),
        fingerprint: finding.fingerprint.to_string(),
        package: file.map_or("", |file| &file.package),
        expression: file.map(|file| expression(file, finding.site.span)).unwrap_or_default(),
        moved_from: match &finding.status {
            Status::Known { moved_from } => moved_from.as_deref(),
            Status::Active | Status::Waived { .. } | Status::Ignored(_) => None,
        },
        site: SiteJson::new(&finding.site, places),
        waiver,
        fix: finding.site.fix.as_deref().map(|fix| FixJson::new(fix, places)),
        ignored,
        related: related.map(|(span, label)| related_json(*span, label, places)).collect(),
        related_more: finding.site.related.more(),
        reach: finding.site.reach.paths().iter().map(|path| WayJson::new(path, places)).collect(),
    }
}

fn related_json<'a>(span: Span, label: &'a str, places: &mut Positions<'a>) -> RelatedJson<'a> {
    let place = places.of(span);
    RelatedJson { file: place.path, line: place.start.line, column: place.start.column, label }
}

fn waiver<'a>(waiver: &'a Waiver, places: &mut Positions<'a>) -> WaiverJson<'a> {
    let place = places.of(waiver.at);
    let grants = waiver.grants.iter();
    WaiverJson {
        by: carrier(&waiver.by),
        file: place.path,
        line: place.start.line,
        column: place.start.column,
        reason: waiver.reason.as_deref(),
        rules: grants.map(|one| GrantJson { rule: one.rule.as_str(), known: one.known, uses: one.uses }).collect(),
    }
}

fn carrier(by: &WaivedBy) -> &str {
    match by {
        WaivedBy::Comment => "comment",
        WaivedBy::Remark => "panic comment",
        WaivedBy::Lint(lint) => lint,
    }
}

fn rule_json(rule: &Rule, setting: crate::catalog::Setting) -> RuleJson<'_> {
    RuleJson {
        id: rule.id.as_str(),
        title: &rule.title,
        severity: setting.severity.as_str(),
        selected: setting.selected,
        fix: &rule.fix,
        cwe: &rule.references.cwe,
    }
}
