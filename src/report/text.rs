//! For people: each finding with its snippet and what to do, then the summary.

use std::collections::HashSet;
use std::io;

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::batch::in_batches;
use super::positions::{Positions, shown};
use super::short::{aside, gaps, one_line, rest};
use super::snippet::{Shown, Snippet};
use super::summary;
use super::{Options, Report};
use crate::catalog::Rule;
use crate::finding::{Finding, Severity, Verdict};
use crate::source::{Span, clean};

/// More related places than this are counted, not listed.
const MOST_RELATED: usize = 4;

pub(super) fn render(report: &Report<'_>, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    if !options.statistics {
        findings(report, options, out)?;
        rest(report, options, out)?;
    }
    if options.quiet {
        return Ok(());
    }
    if !report.gaps.is_empty() {
        gaps(report.gaps, &options.base, out)?;
        writeln!(out)?;
    }
    summary::render(report, options, out)
}

fn findings(report: &Report<'_>, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let theme = if options.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    // auditor: allow(panicking-api) forty is less than a hundred and twenty
    let width = if options.width == 0 { 100 } else { options.width.clamp(40, 120) };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
    let shown: Vec<&Finding> =
        report.triaged.findings.iter().filter(|finding| options.show.status(&finding.status)).collect();
    let mut explained = HashSet::new();
    let explain: Vec<bool> = shown.iter().map(|finding| explained.insert(&finding.site.rule)).collect();
    in_batches(
        &shown,
        |finding| finding.site.span.file,
        out,
        |from, batch, out| {
            let mut places = Positions::new(report.files);
            let mut page = String::new();
            for (finding, &first) in batch.iter().zip(explain.iter().skip(from)) {
                let Some(one) = shown_as(report, finding, first, &options.base, &mut places) else { continue };
                page.clear();
                handler.render_report(&mut page, &one).map_err(io::Error::other)?;
                out.extend(page.trim_end().as_bytes());
                out.extend(b"\n\n");
            }
            Ok(())
        },
    )
}

/// A finding as it is shown; the `first` one of its rule says why it matters.
fn shown_as(
    report: &Report<'_>,
    finding: &Finding,
    first: bool,
    base: &str,
    places: &mut Positions<'_>,
) -> Option<Shown> {
    let rule = report.policy.catalog.rule(finding.site.rule.as_str());
    let file = places.file(finding.site.span)?;
    let related = related(finding, base, places);
    let column = places.of(finding.site.span).start.column;
    Some(Shown {
        code: head(finding),
        title: title(finding, rule),
        severity: severity(finding.severity),
        help: help(rule, first, &related),
        label: one_line(if finding.site.reason.is_empty() { &finding.site.detail } else { &finding.site.reason }),
        snippet: Snippet::new(shown(base, &file.path), file, finding.site.span, column),
    })
}

fn title(finding: &Finding, rule: Option<&Rule>) -> String {
    let title = rule.map_or(finding.site.rule.as_str(), |rule| &rule.title);
    let aside = aside(&finding.status);
    clean(&format!("{title}{aside}")).into_owned()
}

/// `unwrap · high · in parse::header · only with feature = "std"`.
fn head(finding: &Finding) -> String {
    let site = &finding.site;
    let mut parts = vec![finding.site.rule.to_string(), finding.severity.to_string()];
    // Findings about waivers, which are in no function, are not reached at all.
    if site.verdict == Verdict::Always && !site.function.is_empty() {
        parts.push("whenever reached".to_owned());
    }
    if !site.function.is_empty() {
        parts.push(format!("in {}", site.function));
    }
    if !site.cfg.is_empty() {
        parts.push(format!("only with {}", site.cfg));
    }
    one_line(&parts.join(" · "))
}

/// Each finding says what to do, the first one of a rule also why it matters.
fn help(rule: Option<&Rule>, first: bool, related: &[String]) -> String {
    let (fix, why) = rule.map_or(("", ""), |rule| (&rule.fix, &rule.why));
    let why = if first && !why.is_empty() { format!("why: {why}") } else { String::new() };
    let lines = [fix].into_iter().chain(related.iter().map(String::as_str)).chain([why.as_str()]);
    clean(&lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")).into_owned()
}

/// The places that belong to a finding: the calls of a macro whose body holds it, …
fn related(finding: &Finding, base: &str, places: &mut Positions<'_>) -> Vec<String> {
    let related = &finding.site.related;
    let all = related.places();
    let line = |(span, label): &(Span, &str)| {
        let place = places.of(*span);
        let path = shown(base, place.path);
        one_line(&format!("see {path}:{}:{}: {label}", place.start.line, place.start.column))
    };
    let mut lines: Vec<String> = all.iter().take(MOST_RELATED).map(line).collect();
    let more = all.len().saturating_sub(MOST_RELATED) + related.more() as usize;
    if more > 0 {
        lines.push(format!("and {more} more {}", if more == 1 { "place" } else { "places" }));
    }
    lines
}

const fn severity(severity: Severity) -> miette::Severity {
    match severity {
        Severity::Critical | Severity::High => miette::Severity::Error,
        Severity::Medium | Severity::Low => miette::Severity::Warning,
        Severity::Info => miette::Severity::Advice,
    }
}
