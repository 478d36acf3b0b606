//! For people: each finding with its snippet and what to do, then the summary.

use std::collections::HashSet;
use std::io;

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::clean::clean;
use super::place::Places;
use super::short::{aside, gaps, one_line, rest};
use super::snippet::{Shown, Snippet};
use super::summary;
use super::{Options, Report};
use crate::catalog::Rule;
use crate::finding::{Finding, Severity};

pub(super) fn render(report: &Report<'_>, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let mut places = Places::new(report.files);
    if !options.statistics {
        findings(report, options, &places, out)?;
        rest(report, options, &mut places, out)?;
    }
    if options.quiet {
        return Ok(());
    }
    if !report.gaps.is_empty() {
        gaps(report.gaps, out)?;
        writeln!(out)?;
    }
    summary::render(report, options, out)
}

fn findings(report: &Report<'_>, options: &Options, places: &Places<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let theme = if options.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let width = if options.width == 0 { 100 } else { options.width.clamp(40, 120) };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
    let mut explained = HashSet::new();
    let mut page = String::new();
    for finding in report.triaged.findings.iter().filter(|finding| options.show.status(&finding.status)) {
        let rule = report.policy.catalog.rule(finding.rule.as_str());
        let Some(file) = places.file(finding.site.span) else { continue };
        let first = explained.insert(&finding.rule);
        let shown = Shown {
            code: format!("{} · {}", finding.rule, finding.severity),
            title: title(finding, rule),
            severity: severity(finding.severity),
            help: help(rule, first),
            label: one_line(if finding.site.reason.is_empty() { &finding.site.detail } else { &finding.site.reason }),
            snippet: Snippet::new(file, finding.site.span),
        };
        page.clear();
        handler.render_report(&mut page, &shown).map_err(io::Error::other)?;
        writeln!(out, "{}", page.trim_end())?;
        writeln!(out)?;
    }
    Ok(())
}

fn title(finding: &Finding, rule: Option<&Rule>) -> String {
    let title = rule.map_or(finding.rule.as_str(), |rule| &rule.title);
    let aside = aside(&finding.status);
    clean(&format!("{title}{aside}")).into_owned()
}

/// Each finding says what to do, the first one of a rule also why it matters.
fn help(rule: Option<&Rule>, first: bool) -> String {
    let Some(rule) = rule else { return String::new() };
    let why = if first && !rule.why.is_empty() { format!("why: {}", rule.why) } else { String::new() };
    let parts = [rule.fix.as_str(), &why].into_iter().filter(|part| !part.is_empty());
    clean(&parts.collect::<Vec<_>>().join("\n")).into_owned()
}

const fn severity(severity: Severity) -> miette::Severity {
    match severity {
        Severity::Critical | Severity::High => miette::Severity::Error,
        Severity::Medium | Severity::Low => miette::Severity::Warning,
        Severity::Info => miette::Severity::Advice,
    }
}
