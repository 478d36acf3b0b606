//! The surface: every site, as JSON (`auditor/surface/v1`, a contract with a schema) or one line each.

use std::io;

use serde::Serialize;

use super::batch::in_batches;
use super::json_stream::Object;
use super::positions::Positions;
use super::short::{at, gaps, one_line};
use crate::finding::{Coverage, Site, Unknown};
use crate::source::{Gap, SourceFile};

/// What the surface of a program is made of.
#[derive(Debug, Clone, Copy)]
pub struct Surface<'a> {
    /// The files; a site's file id indexes them.
    pub files: &'a [SourceFile],
    /// All sites, sorted.
    pub sites: &'a [Site],
    /// What was not looked at.
    pub gaps: &'a [Gap],
    /// How much was understood.
    pub coverage: &'a Coverage,
    /// What could not be known.
    pub unknown: &'a Unknown,
}

/// One site as the contract has it; reports use the same words.
#[derive(Serialize)]
pub(super) struct SurfaceSite<'a> {
    kind: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    verdict: &'static str,
    reason: &'a str,
    function: &'a str,
    context: &'a [&'static str],
    cfg: &'a str,
    detail: &'a str,
}

impl<'a> SurfaceSite<'a> {
    pub(super) fn new(site: &'a Site, places: &mut Positions<'a>) -> Self {
        let place = places.of(site.span);
        Self {
            kind: site.kind.as_str(),
            file: place.path,
            line: place.start.line,
            column: place.start.column,
            end_line: place.end.line,
            end_column: place.end.column,
            verdict: site.verdict.as_str(),
            reason: &site.reason,
            function: &site.function,
            context: &site.context,
            cfg: &site.cfg,
            detail: &site.detail,
        }
    }
}

/// Writes a surface as `auditor/surface/v1`.
///
/// # Errors
/// When `out` fails.
pub fn surface_json(surface: &Surface<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let file = |site: &Site| site.span.file;
    Object::write(out, |object| {
        object.field("schema", &"auditor/surface/v1")?;
        object.field("coverage", surface.coverage)?;
        object.field("unknown", surface.unknown)?;
        object.list(
            "sites",
            surface.sites,
            file,
            || Positions::new(surface.files),
            |places, site| SurfaceSite::new(site, places),
        )?;
        object.field("gaps", &surface.gaps.iter().map(super::json::GapJson::new).collect::<Vec<_>>())
    })
}

/// Writes all sites of a surface, one line each, then gaps and what could not be known; `base` is as `Options::base`.
///
/// # Errors
/// When `out` fails.
pub fn surface_text(surface: &Surface<'_>, base: &str, out: &mut dyn io::Write) -> io::Result<()> {
    in_batches(
        surface.sites,
        |site| site.span.file,
        out,
        |_, batch, out| {
            let mut places = Positions::new(surface.files);
            batch.iter().try_for_each(|site| line(&at(&mut places, site, base), site, out))
        },
    )?;
    gaps(surface.gaps, base, out)?;
    super::stats::notes(surface.unknown, surface.coverage, out)
}

fn line(at: &str, site: &Site, out: &mut dyn io::Write) -> io::Result<()> {
    write!(out, "{at}: {} {}", site.verdict.as_str(), site.kind)?;
    for (word, text) in [(" in ", &*site.function), (": ", &site.detail), (" — ", &site.reason)] {
        if !text.is_empty() {
            write!(out, "{word}{}", one_line(text))?;
        }
    }
    writeln!(out)
}
