//! One line a finding: `path:line:column: severity rule: message`, which editors and terminals make a link.

use std::io;

use super::batch::in_batches;
use super::positions::{Positions, shown};
use super::{Options, Report};
use crate::finding::{Finding, Site, Status};
use crate::source::{Gap, clean};

pub(super) fn render(report: &Report<'_>, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    if options.statistics {
        return super::summary::render(report, options, out);
    }
    let shown: Vec<&Finding> =
        report.triaged.findings.iter().filter(|finding| options.show.status(&finding.status)).collect();
    in_batches(
        &shown,
        |finding| finding.site.span.file,
        out,
        |_, batch, out| {
            let mut places = Positions::new(report.files);
            batch.iter().try_for_each(|finding| {
                let message = format!("{}{}", title(report, &finding.site), aside(&finding.status));
                let at = at(&mut places, &finding.site, &options.base);
                line(&at, &finding.site, finding.severity.as_str(), &message, out)
            })
        },
    )?;
    rest(report, options, out)?;
    if !options.quiet {
        gaps(report.gaps, &options.base, out)?;
    }
    Ok(())
}

/// Lists the sites that are no findings and were asked for.
pub(super) fn rest(report: &Report<'_>, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let shown: Vec<&Site> = report.triaged.rest.iter().filter(|site| options.show.rest(site)).collect();
    in_batches(
        &shown,
        |site| site.span.file,
        out,
        |_, batch, out| {
            let mut places = Positions::new(report.files);
            batch.iter().try_for_each(|site| {
                line(&at(&mut places, site, &options.base), site, site.verdict.as_str(), &title(report, site), out)
            })
        },
    )
}

/// Lists what was not looked at.
pub(super) fn gaps(gaps: &[Gap], base: &str, out: &mut dyn io::Write) -> io::Result<()> {
    for gap in gaps {
        let at = gap.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
        writeln!(out, "{}{at}: gap: {}", shown(base, &gap.path), one_line(&gap.reason))?;
    }
    Ok(())
}

/// `path:line:column` of a site.
pub(super) fn at(places: &mut Positions<'_>, site: &Site, base: &str) -> String {
    let place = places.of(site.span);
    format!("{}:{}:{}", shown(base, place.path), place.start.line, place.start.column)
}

fn line(at: &str, site: &Site, word: &str, message: &str, out: &mut dyn io::Write) -> io::Result<()> {
    write!(out, "{at}: {word} {}: {}", site.rule, one_line(message))?;
    let more = if site.reason.is_empty() { &*site.detail } else { &*site.reason };
    if !more.is_empty() {
        write!(out, " ({})", one_line(more))?;
    }
    if !site.cfg.is_empty() {
        write!(out, " [only with {}]", one_line(&site.cfg))?;
    }
    writeln!(out)
}

fn title(report: &Report<'_>, site: &Site) -> String {
    let rule = report.policy.catalog.rule(site.rule.as_str());
    rule.map_or_else(|| site.rule.to_string(), |rule| rule.title.clone())
}

/// What is to be said of a finding that does not count.
pub(super) fn aside(status: &Status) -> String {
    match status {
        Status::Active => String::new(),
        Status::Waived { reason: Some(reason), .. } => format!(" [waived: {reason}]"),
        Status::Waived { reason: None, .. } => " [waived without a reason]".to_owned(),
        Status::Ignored(why) => format!(" [ignored: {why}]"),
    }
}

/// `text` without what would break the line.
pub(super) fn one_line(text: &str) -> String {
    clean(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}
