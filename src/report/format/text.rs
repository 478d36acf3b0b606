//! For people: each finding with its snippet, what to do about it once for each rule, then what sums it all up.

use std::collections::HashSet;
use std::io;

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::short;
use crate::finding::{Severity, Verdict};
use crate::report::batch::in_batches;
use crate::report::document::{Document, Entry, Key};
use crate::report::lines::{USUAL_WIDTH, gaps, one_line, paragraph, table};
use crate::report::options::Options;
use crate::report::positions::{Positions, shown};
use crate::report::renderer::Format;
use crate::report::selection::{grouped, worst_first};
use crate::report::snippet::{Shown, Snippet};
use crate::source::{Span, clean};

pub(super) const FORMAT: Format =
    Format { name: "text", about: "Snippets and what to do, the worst first, then a summary", render };

/// So many findings are listed where nobody asks for more: who reads them acts on the first ones.
const USUAL: usize = 50;
/// More related places than this are counted, not listed.
const MOST_RELATED: usize = 4;
/// More functions than these of a way are counted, not named.
const MOST_HOPS: usize = 6;

fn render(document: &dyn Document, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let told = options.parts.entries() && document.told(out)?;
    if options.parts.entries() && !told {
        entries(document, options, out)?;
    }
    if options.parts.summary() {
        let scan = document.scan();
        if options.parts.entries() && !scan.gaps.is_empty() {
            gaps(scan.gaps, scan.root, out)?;
            writeln!(out)?;
        }
        summary(document, options, out)?;
    }
    Ok(())
}

/// Writes tables and sentences.
pub(super) fn summary(document: &dyn Document, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let width = width(options);
    for one in document.tables() {
        table(&one, options.color, width, out)?;
        writeln!(out)?;
    }
    document.conclusion().iter().try_for_each(|line| paragraph(line, "  ", width, out))?;
    hints(&document.hints(), out)
}

/// Writes commands and what they do, in two columns.
fn hints(hints: &[(String, &str)], out: &mut dyn io::Write) -> io::Result<()> {
    let Some(widest) = hints.iter().map(|(command, _)| command.chars().count()).max() else { return Ok(()) };
    writeln!(out, "\nNext:")?;
    // auditor: allow(panicking-api) a column of our own texts
    hints.iter().try_for_each(|(command, what)| writeln!(out, "  {command:<widest$}  {what}"))
}

fn width(options: &Options) -> usize {
    // auditor: allow(panicking-api) forty is less than a hundred and twenty
    if options.width == 0 { USUAL_WIDTH } else { options.width.clamp(40, 120) }
}

fn entries(document: &dyn Document, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let theme = if options.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width(options)).with_links(false);
    let listed = worst_first(document, options.show, options.limit.count(Some(USUAL)));
    let keys = grouped(document, listed.keys);
    let mut explained = HashSet::new();
    let first: Vec<bool> = keys.iter().map(|key| explained.insert(key.rule)).collect();
    in_batches(
        &keys,
        |key| key.file,
        out,
        |from, batch, out| {
            let mut positions = Positions::new(document.scan().files);
            for (key, &first) in batch.iter().zip(first.iter().skip(from)) {
                let Some(entry) = document.entry(*key, &mut positions) else { continue };
                if key.severity.is_none() {
                    short::line(document, &entry, out)?;
                    continue;
                }
                let Some(shown) = shown_as(document, &entry, first, &mut positions) else { continue };
                let mut page = String::new();
                handler.render_report(&mut page, &shown).map_err(io::Error::other)?;
                out.extend(page.trim_end().as_bytes());
                out.extend(b"\n\n");
            }
            Ok(())
        },
    )?;
    left_out(&listed.left_out, out)
}

fn left_out(keys: &[Key<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let counts = Severity::ALL.iter().rev().filter_map(|&severity| {
        let count = keys.iter().filter(|key| key.severity == Some(severity)).count();
        (count > 0).then(|| format!("{count} {severity}"))
    });
    let counts: Vec<String> = counts.collect();
    writeln!(out, "… and {} more ({}): `--all` lists them, `--limit N` the N worst\n", keys.len(), counts.join(", "))
}

/// An entry as it is shown.
fn shown_as(document: &dyn Document, entry: &Entry<'_>, first: bool, positions: &mut Positions<'_>) -> Option<Shown> {
    let base = document.scan().root.from_here;
    let span = entry.site.span;
    let file = positions.file(span)?;
    let mut related = related(entry, base, positions);
    related.extend(way(entry, base, positions));
    Some(Shown {
        code: head(entry),
        title: clean(&(entry.title().to_owned() + &entry.aside())).into_owned(),
        severity: entry.severity.map_or(miette::Severity::Advice, severity),
        help: help(entry, first, &related),
        label: one_line(entry.note()),
        snippet: Snippet::new(shown(base, &file.path), file, span, entry.location.start.column),
    })
}

/// `unwrap · high · in parse::header · only with feature = "std"`.
fn head(entry: &Entry<'_>) -> String {
    let site = entry.site;
    let mut parts = vec![entry.rule.to_owned(), entry.word().to_owned()];
    // Findings about waivers, which are in no function, are not reached at all.
    parts.extend(entry.confidence.map(|confidence| format!("confidence {confidence}")));
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

/// The first entry of a rule says what to do and why it matters.
fn help(entry: &Entry<'_>, first: bool, related: &[String]) -> String {
    let (fix, why) = match entry.about.filter(|_| first) {
        Some(rule) => (rule.fix.as_str(), rule.why.as_str()),
        None => ("", ""),
    };
    let why = if why.is_empty() { String::new() } else { format!("why: {why}") };
    let lines = [fix].into_iter().chain(related.iter().map(String::as_str)).chain([why.as_str()]);
    clean(&lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")).into_owned()
}

/// The places that belong to a finding: the calls of a macro whose body holds it, …
fn related(entry: &Entry<'_>, base: &str, places: &mut Positions<'_>) -> Vec<String> {
    let related = &entry.site.related;
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

/// How the site is reached, where others call the code that does.
fn way(entry: &Entry<'_>, base: &str, places: &mut Positions<'_>) -> Option<String> {
    let path = entry.site.reach.first().filter(|path| path.hops.len() > 1)?;
    // Of a long way the first and the last functions.
    let hidden = path.hops.len().saturating_sub(MOST_HOPS);
    let mut said: Vec<String> = Vec::new();
    for (at, hop) in path.hops.iter().enumerate() {
        let is_hidden = (MOST_HOPS / 2..MOST_HOPS / 2 + hidden).contains(&at);
        if is_hidden && at == MOST_HOPS / 2 {
            said.push(format!("… {hidden} more"));
        }
        match hop.from {
            _ if is_hidden => {}
            None => said.push(hop.function.to_string()),
            Some(from) => {
                let place = places.of(from);
                said.push(format!("{} ({}:{})", hop.function, shown(base, place.path), place.start.line));
            }
        }
    }
    Some(one_line(&format!("reached by {}: {}", path.entry, said.join(" → "))))
}

const fn severity(severity: Severity) -> miette::Severity {
    match severity {
        Severity::Critical | Severity::High => miette::Severity::Error,
        Severity::Medium | Severity::Low => miette::Severity::Warning,
        Severity::Info => miette::Severity::Advice,
    }
}
