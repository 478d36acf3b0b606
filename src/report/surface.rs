//! The surface: every site, as JSON (`auditor/surface/v1`, a contract with a schema) or one line each.

use std::io;

use serde::Serialize;

use super::machine::write_json;
use super::place::Places;
use super::short::one_line;
use crate::finding::{Coverage, Site};
use crate::source::{Gap, SourceFile, clean_path};

#[derive(Serialize)]
struct Surface<'a> {
    schema: &'static str,
    coverage: &'a Coverage,
    sites: Vec<SurfaceSite<'a>>,
    gaps: Vec<super::json::GapJson<'a>>,
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
    pub(super) fn new(site: &'a Site, places: &mut Places<'a>) -> Self {
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

/// Writes all `sites` as `auditor/surface/v1`.
///
/// # Errors
/// When `out` fails.
pub fn surface_json(
    files: &[SourceFile],
    sites: &[Site],
    gaps: &[Gap],
    coverage: &Coverage,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut places = Places::new(files);
    let surface = Surface {
        schema: "auditor/surface/v1",
        coverage,
        sites: sites.iter().map(|site| SurfaceSite::new(site, &mut places)).collect(),
        gaps: gaps.iter().map(super::json::GapJson::new).collect(),
    };
    write_json(&surface, out)
}

/// Writes all `sites`, one line each.
///
/// # Errors
/// When `out` fails.
pub fn surface_text(files: &[SourceFile], sites: &[Site], gaps: &[Gap], out: &mut dyn io::Write) -> io::Result<()> {
    let mut places = Places::new(files);
    for site in sites {
        let place = places.of(site.span);
        let (line, column) = (place.start.line, place.start.column);
        write!(out, "{}:{line}:{column}: {} {}", clean_path(place.path), site.verdict.as_str(), site.kind)?;
        for (word, text) in [(" in ", &*site.function), (": ", &site.detail), (" — ", &site.reason)] {
            if !text.is_empty() {
                write!(out, "{word}{}", one_line(text))?;
            }
        }
        writeln!(out)?;
    }
    super::short::gaps(gaps, out)
}
