//! What the items of several documents' JSON have in common: sites, fixes and gaps, in the words of `schema/surface.v1.json`.

use serde::Serialize;

use crate::finding::{Edit, Fix, Hop, ReachPath, Site};
use crate::report::positions::Positions;
use crate::source::Gap;

/// One site as the contract has it; reports use the same words.
#[derive(Serialize)]
pub(super) struct SiteJson<'a> {
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

impl<'a> SiteJson<'a> {
    pub(super) fn new(site: &'a Site, positions: &mut Positions<'a>) -> Self {
        let location = positions.of(site.span);
        Self {
            kind: site.kind.as_str(),
            file: location.path,
            line: location.start.line,
            column: location.start.column,
            end_line: location.end.line,
            end_column: location.end.column,
            verdict: site.verdict.as_str(),
            reason: &site.reason,
            function: &site.function,
            context: &site.context,
            cfg: &site.cfg,
            detail: &site.detail,
        }
    }
}

/// What would put a finding in order.
#[derive(Serialize)]
pub(super) struct FixJson<'a> {
    applicability: &'static str,
    title: &'a str,
    edits: Vec<EditJson<'a>>,
}

/// One replacement; the end is exclusive.
#[derive(Serialize)]
struct EditJson<'a> {
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    text: &'a str,
}

impl<'a> FixJson<'a> {
    pub(super) fn new(fix: &'a Fix, positions: &mut Positions<'a>) -> Self {
        let mut edit = |edit: &'a Edit| {
            let location = positions.of(edit.span);
            EditJson {
                line: location.start.line,
                column: location.start.column,
                end_line: location.end.line,
                end_column: location.end.column,
                text: &edit.text,
            }
        };
        let edits = fix.edits.iter().map(&mut edit).collect();
        Self { applicability: fix.applicability.as_str(), title: &fix.title, edits }
    }
}

/// Something that was not looked at.
#[derive(Serialize)]
pub(super) struct GapJson<'a> {
    file: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    kind: &'static str,
    reason: &'a str,
}

impl<'a> GapJson<'a> {
    /// All of `gaps`.
    pub(super) fn list(gaps: &'a [Gap]) -> Vec<Self> {
        gaps.iter().map(Self::new).collect()
    }

    fn new(gap: &'a Gap) -> Self {
        let (line, column) = (gap.position.map(|at| at.line), gap.position.map(|at| at.column));
        Self { file: &gap.path, line, column, kind: gap.kind.as_str(), reason: &gap.reason }
    }
}

/// The shortest way from the entry points of a kind to a site.
#[derive(Serialize)]
pub(super) struct WayJson<'a> {
    entry: &'static str,
    path: Vec<HopJson<'a>>,
}

/// One function of a way: where the one before leads to it, and of the first where it is.
#[derive(Serialize)]
struct HopJson<'a> {
    function: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    how: &'static str,
}

impl<'a> WayJson<'a> {
    pub(super) fn new(path: &'a ReachPath, positions: &mut Positions<'a>) -> Self {
        let hop = |hop: &'a Hop| {
            let place = positions.of(hop.from.unwrap_or(hop.at));
            let (line, column) = (place.start.line, place.start.column);
            HopJson { function: &hop.function, file: place.path, line, column, how: hop.how }
        };
        Self { entry: path.entry, path: path.hops.iter().map(hop).collect() }
    }
}
