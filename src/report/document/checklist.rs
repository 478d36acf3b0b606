//! A checklist with its results: its entries are the findings that decide. Its JSON is `auditor/checklist/v1`.

use std::collections::BTreeSet;
use std::io;

use serde::Serialize;

use super::{Document, Entry, Findings, Key, Scan};
use crate::catalog::{ControlPack, ControlSource, Relation};
use crate::checklist::{Basis, ControlOutcome, ControlResult, Evidence, Reason};
use crate::finding::{Finding, LedgerCounts, Status};
use crate::report::json_stream::Object;
use crate::report::options::Show;
use crate::report::positions::Positions;
use crate::report::table::{Row, Table, Weight, number};
use crate::source::{clean, clean_path};
use crate::triage::Triaged;

/// The results of a control pack.
#[derive(Debug, Clone, Copy)]
pub struct Checklist<'a> {
    /// What was scanned.
    pub scan: Scan<'a>,
    /// What triage decided.
    pub triaged: &'a Triaged,
    /// The checklist.
    pub pack: &'a ControlPack,
    /// What was given beside the scan.
    pub evidence: &'a [Evidence],
    /// The result of each control, in its order.
    pub results: &'a [ControlResult<'a>],
}

#[derive(Serialize)]
struct PackJson<'a> {
    name: &'a str,
    title: &'a str,
    source: &'a ControlSource,
}

#[derive(Serialize)]
struct EvidenceFileJson<'a> {
    path: &'a str,
    tool: &'a str,
    subject: &'a str,
    finished: &'a str,
}

#[derive(Serialize)]
struct ControlJson<'a> {
    id: &'a str,
    title: &'a str,
    asks: &'a str,
    result: &'static str,
    evidence: Vec<ReasonJson<'a>>,
    relations: &'a [Relation],
}

#[derive(Serialize)]
struct ReasonJson<'a> {
    result: &'static str,
    seen: &'a str,
    remedy: &'a str,
    findings: Vec<PlaceJson<'a>>,
    facts: Vec<FactJson<'a>>,
}

#[derive(Serialize)]
struct PlaceJson<'a> {
    rule: &'a str,
    status: &'static str,
    file: &'a str,
    line: u32,
    column: u32,
    waiver_reason: Option<&'a str>,
}

#[derive(Serialize)]
struct FactJson<'a> {
    id: &'a str,
    title: &'a str,
    file: &'a str,
    detail: Option<&'a str>,
}

impl<'a> Checklist<'a> {
    fn findings(&self) -> Findings<'a> {
        Findings { scan: self.scan, triaged: self.triaged, comparison: None, ledger: LedgerCounts::default() }
    }

    fn reason_json(&self, reason: &'a Reason<'a>, positions: &mut Positions<'a>) -> ReasonJson<'a> {
        let (mut findings, mut facts) = (Vec::new(), Vec::new());
        match &reason.basis {
            Basis::Findings(places) => {
                let listed = places.iter().filter_map(|at| self.triaged.findings.get(*at));
                findings.extend(listed.map(|finding| place(finding, positions)));
            }
            Basis::Facts(listed) => facts.extend(listed.iter().map(|(file, fact)| FactJson {
                id: &fact.id,
                title: &fact.title,
                file: &file.path,
                detail: fact.detail.as_deref(),
            })),
        }
        ReasonJson { result: reason.outcome.as_str(), seen: &reason.seen, remedy: &reason.remedy, findings, facts }
    }

    /// The findings that make a control fail, each once.
    fn deciding(&self) -> BTreeSet<usize> {
        let failed = self.results.iter().flat_map(|it| &it.reasons).filter(|it| it.outcome == ControlOutcome::Failed);
        let places = failed.filter_map(|reason| match &reason.basis {
            Basis::Findings(places) => Some(places.iter().copied()),
            Basis::Facts(_) => None,
        });
        places.flatten().collect()
    }
}

fn place<'a>(finding: &'a Finding, positions: &mut Positions<'a>) -> PlaceJson<'a> {
    let at = positions.of(finding.site.span);
    let waiver_reason = match &finding.status {
        Status::Waived { reason, .. } => reason.as_deref(),
        _ => None,
    };
    PlaceJson {
        rule: finding.site.rule.as_str(),
        status: finding.status.as_str(),
        file: at.path,
        line: at.start.line,
        column: at.start.column,
        waiver_reason,
    }
}

impl Document for Checklist<'_> {
    fn schema(&self) -> &'static str {
        "auditor/checklist/v1"
    }

    fn scan(&self) -> &Scan<'_> {
        &self.scan
    }

    fn fields(&self, json: &mut Object<'_>) -> io::Result<()> {
        let ControlPack { name, title, source, .. } = self.pack;
        let mut positions = Positions::new(self.scan.files);
        let controls: Vec<ControlJson<'_>> = self
            .results
            .iter()
            .map(|result| ControlJson {
                id: &result.control.id,
                title: &result.control.title,
                asks: &result.control.asks,
                result: result.outcome.as_str(),
                evidence: result.reasons.iter().map(|reason| self.reason_json(reason, &mut positions)).collect(),
                relations: &result.control.relations,
            })
            .collect();
        let evidence = self.evidence.iter().map(|it| EvidenceFileJson {
            path: &it.path,
            tool: &it.tool,
            subject: &it.subject,
            finished: &it.finished,
        });
        json.field("pack", &PackJson { name, title, source })?;
        json.field("evidence", &evidence.collect::<Vec<_>>())?;
        json.field("controls", &controls)?;
        json.field("gaps", &self.scan.gaps.len())
    }

    /// What makes a control fail is listed, waived or not; of the others what `show` asks for.
    fn keys(&self, show: Show) -> Vec<Key<'_>> {
        let deciding = self.deciding();
        let key = |at: &usize| {
            let finding = self.triaged.findings.get(*at)?;
            let severity = Some(finding.severity);
            Some(Key {
                at: *at,
                rule: finding.site.rule.as_str(),
                file: finding.site.span.file,
                severity,
                confidence: finding.confidence,
            })
        };
        let mut keys: Vec<Key<'_>> = deciding.iter().filter_map(key).collect();
        if show.waived {
            let other = |(at, finding): (usize, &Finding)| {
                let is_new = matches!(finding.status, Status::Waived { .. }) && !deciding.contains(&at);
                is_new.then_some(at)
            };
            let others: Vec<usize> = self.triaged.findings.iter().enumerate().filter_map(other).collect();
            keys.extend(others.iter().filter_map(key));
        }
        keys
    }

    fn entry<'d>(&'d self, key: Key<'d>, positions: &mut Positions<'d>) -> Option<Entry<'d>> {
        let finding = self.triaged.findings.get(key.at)?;
        Some(Entry {
            rule: finding.site.rule.as_str(),
            about: self.scan.policy.catalog.rule(finding.site.rule.as_str()),
            severity: Some(finding.severity),
            confidence: Some(finding.confidence),
            status: Some(&finding.status),
            fingerprint: Some(finding.fingerprint),
            site: &finding.site,
            location: positions.of(finding.site.span),
        })
    }

    fn tables(&self) -> Vec<Table> {
        let row = |result: &ControlResult<'_>| {
            let (mut findings, mut facts) = (0, 0);
            for reason in &result.reasons {
                match &reason.basis {
                    Basis::Findings(places) => findings = findings.max(places.len() as u64),
                    Basis::Facts(listed) => facts += listed.len() as u64,
                }
            }
            let weight = if result.outcome == ControlOutcome::Failed { Weight::Bold } else { Weight::Plain };
            let id = clean_path(&result.control.id);
            Row { cells: vec![id, result.outcome.as_str().to_owned(), number(findings), number(facts)], weight }
        };
        vec![Table {
            head: vec!["control", "result", "findings", "facts"],
            rows: self.results.iter().map(row).collect(),
        }]
    }

    fn conclusion(&self) -> Vec<String> {
        let count = |outcome: ControlOutcome| self.results.iter().filter(|it| it.outcome == outcome).count();
        let counts = ControlOutcome::ALL.map(|outcome| format!("{} {}", count(outcome), outcome.as_str()));
        let source = &self.pack.source;
        let verified = if source.publicly_verified { "" } else { "; no publication with these ids was found" };
        let name = clean_path(&self.pack.name);
        let mut lines = vec![
            format!("pack {name}: {}", counts.join(", ")),
            format!("source: {}{verified}", clean_path(&source.name)),
        ];
        for result in self.results {
            for reason in result.reasons.iter().filter(|reason| reason.outcome != ControlOutcome::Passed) {
                let (id, outcome) = (clean_path(&result.control.id), reason.outcome.as_str());
                lines.push(clean(&format!("{id}: {outcome}: {}; to do: {}", reason.seen, reason.remedy)).into_owned());
            }
        }
        lines.push(
            "A result says what was looked at, and nothing of what was not: no one is certified by it.".to_owned(),
        );
        lines.extend(self.findings().conclusion().into_iter().skip(1));
        lines
    }
}
