//! Findings about waivers themselves: one without a reason, one that indexes nothing, one that names no rule.

use std::sync::Arc;

use super::waiver::Scoped;
use crate::catalog::{FilePolicy, Policy};
use crate::finding::{Confidence, Finding, Fingerprint, Reach, Related, Site, Status, Verdict, WaivedBy};
use crate::source::{SourceFile, Span};

/// Adds the findings about the waivers of `file`; `complete` says that all its sites are known.
pub(super) fn report(
    file: &SourceFile,
    waivers: &[Scoped],
    malformed: &[Span],
    complete: bool,
    (policy, here): (&Policy, &FilePolicy<'_>),
    out: &mut Vec<Finding>,
) {
    let mut add = |rule: &str, at: Span, detail: String, reason: String| {
        let Some(place) = policy.catalog.place(rule) else { return };
        let Some(setting) = here.setting(place).filter(|setting| setting.selected) else { return };
        let ignored = here.ignores(place);
        let site = Site {
            kind: rule.into(),
            rule: rule.into(),
            span: at,
            verdict: Verdict::Always,
            reason: reason.into(),
            function: "".into(),
            context: Arc::new([]),
            cfg: "".into(),
            detail,
            outside: false,
            related: Related::default(),
            reach: Reach::default(),
        };
        let fingerprint = Fingerprint::of(&site, file);
        let (severity, confidence) = (setting.severity, Confidence::High);
        let ignored = ignored.map(|glob| format!("ignored for {glob}"));
        let ignored = ignored.or_else(|| here.below_minimum(severity, confidence));
        let status = ignored.map_or(Status::Active, Status::Ignored);
        out.push(Finding { site, severity, confidence, fingerprint, status, generated: false });
    };
    for at in malformed {
        let form = "the form is `auditor: allow(rule-id) reason`".to_owned();
        add("malformed-waiver", *at, String::new(), form);
    }
    for Scoped { waiver, .. } in waivers {
        if waiver.reason.is_none() {
            add("waiver-without-reason", waiver.at, String::new(), String::new());
        }
        if waiver.by == WaivedBy::Remark {
            if complete && waiver.grants.iter().all(|grant| grant.uses == 0) {
                add("unneeded-panic-comment", waiver.at, String::new(), "nothing panics in what it covers".to_owned());
            }
            continue;
        }
        for grant in &waiver.grants {
            let name = grant.rule.to_string();
            if !grant.known {
                let help = policy.catalog.suggestion(&name);
                add("unknown-rule-in-waiver", grant.at, name, help);
            } else if grant.uses == 0 && complete {
                let reason = format!("no `{name}` site in what it indexes");
                add("unused-waiver", grant.at, name, reason);
            }
        }
    }
}
