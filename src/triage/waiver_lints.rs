//! Findings about waivers themselves: one without a reason, one that indexes nothing, one that names no rule.

use std::sync::Arc;

use super::waiver::{Scoped, Waiver};
use crate::catalog::{FilePolicy, Policy};
use crate::finding::{Confidence, Edit, Finding, Fingerprint, Fix, Reach, Related, Site, Status, Verdict, WaivedBy};
use crate::source::{SourceFile, Span};

/// What is wrong with a comment about panics that argues about none.
const UNNEEDED: &str = "nothing panics in what it covers";

/// Adds the findings about the waivers of `file`; `complete` says that all its sites are known.
pub(super) fn report(
    file: &SourceFile,
    waivers: &[Scoped],
    malformed: &[Span],
    complete: bool,
    (policy, here): (&Policy, &FilePolicy<'_>),
    out: &mut Vec<Finding>,
) {
    let mut add = |rule: &str, at: Span, (detail, reason): (String, String), fix: Option<Fix>| {
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
            fix: fix.map(Box::new),
        };
        let fingerprint = Fingerprint::of(&site, file);
        let (severity, confidence) = (setting.severity, Confidence::High);
        let ignored =
            ignored.map(|glob| format!("ignored for {glob}")).or_else(|| here.below_minimum(severity, confidence));
        let status = ignored.map_or(Status::Active, Status::Ignored);
        out.push(Finding { site, severity, confidence, fingerprint, status, generated: false });
    };
    for at in malformed {
        let form = "the form is `auditor: allow(rule-id) reason`".to_owned();
        add("malformed-waiver", *at, (String::new(), form), None);
    }
    for Scoped { waiver, .. } in waivers {
        if waiver.reason.is_none() {
            add("waiver-without-reason", waiver.at, (String::new(), String::new()), None);
        }
        if waiver.by == WaivedBy::Remark {
            if complete && waiver.grants.iter().all(|grant| grant.uses == 0) {
                add("unneeded-panic-comment", waiver.at, (String::new(), UNNEEDED.to_owned()), None);
            }
            continue;
        }
        for grant in &waiver.grants {
            let name = grant.rule.to_string();
            if !grant.known {
                let help = policy.catalog.suggestion(&name);
                add("unknown-rule-in-waiver", grant.at, (name, help), None);
            } else if grant.uses == 0 && complete {
                let reason = format!("no `{name}` site in what it indexes");
                add("unused-waiver", grant.at, (name, reason), removal(file, waiver, grant.at));
            }
        }
    }
}

/// Takes a rule that covers nothing out of its waiver; the last one with all of the comment.
fn removal(file: &SourceFile, waiver: &Waiver, grant: Span) -> Option<Fix> {
    let (at, text) = (waiver.at, file.text.as_str());
    let span = |start: usize, end: usize| Span::new(at.file, start as u32, end as u32);
    if waiver.grants.len() > 1 {
        let (before, after) = (text.get(at.start as usize..grant.start as usize)?, text.get(grant.end as usize..)?);
        // With the comma behind it, or the one before it.
        let cut = if let Some(rest) = after.trim_start().strip_prefix(',') {
            span(grant.start as usize, text.len() - rest.trim_start().len())
        } else {
            let kept = before.trim_end().strip_suffix(',')?;
            span(at.start as usize + kept.trim_end().len(), grant.end as usize)
        };
        return Some(Fix::safe("take the rule out of the waiver", vec![Edit::new(cut, "")]));
    }
    let line = file.lines.line_range(text, file.lines.line(at.start))?;
    let (before, after) = (text.get(line.start..at.start as usize)?, text.get(at.end as usize..)?);
    let rest = after.trim_start_matches([' ', '\t']);
    let ends_line = rest.is_empty() || rest.starts_with(['\n', '\r']);
    let cut = match (before.trim().is_empty(), ends_line) {
        // All of its lines.
        (true, true) => {
            let end = rest.find('\n').map_or(text.len(), |end| text.len() - rest.len() + end + 1);
            span(line.start, end)
        }
        (false, true) => span(line.start + before.trim_end().len(), text.len() - rest.len()),
        (_, false) => span(at.start as usize, text.len() - rest.len()),
    };
    Some(Fix::safe("take the waiver out", vec![Edit::new(cut, "")]))
}
