//! `auditor/report/v1`: all that a report knows, for programs. Its schema is `schema/report.v1.json`.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::Report;
use super::json_stream::Object;
use super::positions::Positions;
use super::surface::SurfaceSite;
use crate::catalog::Rule;
use crate::finding::{Finding, Status, WaivedBy};
use crate::source::{Gap, Span};
use crate::triage::{Counts, Waiver};

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary<'a> {
    fail_on: String,
    total: Counts,
    by_severity: BTreeMap<&'static str, u64>,
    by_rule: BTreeMap<&'a str, Counts>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'a str,
    severity: &'static str,
    status: &'static str,
    message: &'a str,
    fingerprint: String,
    #[serde(flatten)]
    site: SurfaceSite<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaivedJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignored: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<RelatedJson<'a>>,
    #[serde(skip_serializing_if = "is_none_of")]
    related_more: u32,
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

/// Something that was not looked at.
#[derive(Serialize)]
pub(super) struct GapJson<'a> {
    file: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    reason: &'a str,
}

impl<'a> GapJson<'a> {
    pub(super) fn new(gap: &'a Gap) -> Self {
        let (line, column) = (gap.position.map(|at| at.line), gap.position.map(|at| at.column));
        Self { file: &gap.path, line, column, reason: &gap.reason }
    }
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

pub(super) fn render(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let triaged = report.triaged;
    let places = || Positions::new(report.files);
    Object::write(out, |object| {
        object.field("schema", &"auditor/report/v1")?;
        object.field("tool", &Tool { name: "auditor", version: env!("CARGO_PKG_VERSION") })?;
        object.field("coverage", report.coverage)?;
        object.field("unknown", report.unknown)?;
        object.field("summary", &summary(report))?;
        object.list(
            "findings",
            &triaged.findings,
            |found| found.site.span.file,
            places,
            |places, found| finding(report, found, places),
        )?;
        object.list(
            "sites",
            &triaged.rest,
            |site| site.span.file,
            places,
            |places, site| SurfaceSite::new(site, places),
        )?;
        object.list(
            "waivers",
            &triaged.waivers,
            |given| given.at.file,
            places,
            |places, given| waiver(given, places),
        )?;
        object.field("gaps", &report.gaps.iter().map(GapJson::new).collect::<Vec<_>>())?;
        object
            .field("rules", &report.policy.rules().map(|(rule, setting)| rule_json(rule, setting)).collect::<Vec<_>>())
    })
}

fn summary<'a>(report: &Report<'a>) -> Summary<'a> {
    let tally = &report.triaged.tally;
    Summary {
        fail_on: report.policy.fail_on.to_string(),
        total: tally.total(),
        by_severity: tally.active.iter().map(|(severity, count)| (severity.as_str(), *count)).collect(),
        by_rule: tally.rules.iter().map(|(rule, counts)| (rule.as_str(), *counts)).collect(),
    }
}

fn finding<'a>(report: &Report<'a>, finding: &'a Finding, places: &mut Positions<'a>) -> FindingJson<'a> {
    let rule = report.policy.catalog.rule(finding.site.rule.as_str());
    let waiver = match &finding.status {
        Status::Waived { by, at, reason } => {
            let line = places.of(*at).start.line;
            Some(WaivedJson { by: carrier(by), line, reason: reason.as_deref() })
        }
        Status::Active | Status::Ignored(_) => None,
    };
    let ignored = match &finding.status {
        Status::Ignored(why) => Some(why.as_str()),
        Status::Active | Status::Waived { .. } => None,
    };
    let related = finding.site.related.places().iter();
    FindingJson {
        rule: finding.site.rule.as_str(),
        severity: finding.severity.as_str(),
        status: finding.status.as_str(),
        message: rule.map_or(finding.site.rule.as_str(), |rule| &rule.title),
        fingerprint: finding.fingerprint.to_string(),
        site: SurfaceSite::new(&finding.site, places),
        waiver,
        ignored,
        related: related.map(|(span, label)| related_json(*span, label, places)).collect(),
        related_more: finding.site.related.more(),
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
