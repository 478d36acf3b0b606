//! What is left in a compiled program, as text for people or as `auditor/artifact/v1`.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::json_stream::Object;
use super::positions::Positions;
use crate::artifact::{Artifact, Join, NoSite, Origin, PanicLocation, PanicStrategy, origin};
use crate::finding::Site;
use crate::source::{SourceFile, clean, clean_path};

/// A compiled program and, if its sources were scanned, what became of their sites.
#[derive(Debug, Clone, Copy)]
pub struct ArtifactReport<'a> {
    /// The path of the file as the user gave it.
    pub path: &'a str,
    /// What was read from it.
    pub artifact: &'a Artifact,
    /// The scan that it is held against.
    pub source: Option<ArtifactSource<'a>>,
}

/// A scan of the sources of a compiled program.
#[derive(Debug, Clone, Copy)]
pub struct ArtifactSource<'a> {
    /// What the paths of `files` are relative to.
    pub root: &'a str,
    /// The scanned files.
    pub files: &'a [SourceFile],
    /// Which site is where.
    pub join: &'a Join<'a>,
}

#[derive(Serialize)]
struct LeftJson<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    #[serde(rename = "crate")]
    krate: String,
    version: Option<String>,
    origin: &'static str,
    /// The site of the scan; absent without a scan, or where it knows none.
    site: Option<SiteJson<'a>>,
    /// Why the scan has none there.
    no_site: Option<&'static str>,
}

#[derive(Serialize)]
struct SiteJson<'a> {
    kind: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    verdict: &'static str,
    function: &'a str,
}

#[derive(Serialize)]
struct SourceJson<'a> {
    root: &'a str,
    sites_left: usize,
    sites_removed: Vec<SiteJson<'a>>,
    locations_unknown: usize,
}

fn site_json<'a>(site: &'a Site, positions: &mut Positions<'a>) -> SiteJson<'a> {
    let at = positions.of(site.span);
    SiteJson {
        kind: site.kind.as_str(),
        file: at.path,
        line: at.start.line,
        column: at.start.column,
        verdict: site.verdict.as_str(),
        function: &site.function,
    }
}

/// Writes `report` as `auditor/artifact/v1`.
///
/// # Errors
/// When `out` fails.
pub fn artifact_json(report: &ArtifactReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let Artifact { format, architecture, build_id, panic_strategy, locations } = report.artifact;
    let mut positions = Positions::new(report.source.map_or(&[], |source| source.files));
    let known: BTreeMap<&PanicLocation, &Site> =
        report.source.map(|source| source.join.remaining.iter().copied().collect()).unwrap_or_default();
    let without: BTreeMap<&PanicLocation, NoSite> =
        report.source.map(|source| source.join.unknown.iter().copied().collect()).unwrap_or_default();
    let left = locations.iter().map(|location| {
        let origin = origin(&location.file);
        LeftJson {
            file: &location.file,
            line: location.line,
            column: location.column,
            krate: origin.name().to_owned(),
            version: origin.version().map(str::to_owned),
            origin: origin.as_str(),
            site: known.get(location).map(|site| site_json(site, &mut positions)),
            no_site: without.get(location).map(|why| why.as_str()),
        }
    });
    let left: Vec<LeftJson<'_>> = left.collect();
    let source = report.source.map(|source| SourceJson {
        root: source.root,
        sites_left: sites_left(source.join),
        sites_removed: source.join.removed.iter().map(|site| site_json(site, &mut positions)).collect(),
        locations_unknown: source.join.unknown.len(),
    });
    Object::write(out, |json| {
        json.field("schema", &"auditor/artifact/v1")?;
        json.field("path", &report.path)?;
        json.field("format", format)?;
        json.field("architecture", architecture)?;
        json.field("build_id", build_id)?;
        json.field("panic_strategy", &panic_strategy.as_str())?;
        // Each location that is left.
        json.field("sites", &left)?;
        json.field("source", &source)
    })
}

/// How many sites have a location; one that was inlined or made for several types has one all the same.
fn sites_left(join: &Join<'_>) -> usize {
    let mut spans: Vec<_> = join.remaining.iter().map(|(_, site)| (site.span, &site.kind)).collect();
    spans.sort_unstable();
    spans.dedup();
    spans.len()
}

/// Writes `report` as tables for people.
///
/// # Errors
/// When `out` fails.
pub fn artifact_text(report: &ArtifactReport<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let Artifact { format, architecture, build_id, panic_strategy, locations } = report.artifact;
    write!(out, "{}: {format}, {architecture}", clean_path(report.path))?;
    if let Some(id) = build_id {
        write!(out, ", build id {id}")?;
    }
    match panic_strategy {
        PanicStrategy::Unwind => writeln!(out, ", a panic unwinds")?,
        PanicStrategy::Abort => writeln!(out, ", a panic aborts")?,
        PanicStrategy::Unknown => writeln!(out, ", what a panic does is not told by its symbols")?,
    }
    writeln!(out, "{} panic locations are left in it:\n", locations.len())?;
    let mut crates: BTreeMap<Origin, usize> = BTreeMap::new();
    for location in locations {
        *crates.entry(origin(&location.file)).or_default() += 1;
    }
    let mut crates: Vec<(Origin, usize)> = crates.into_iter().collect();
    crates.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    for (origin, count) in &crates {
        let version = origin.version().map(|version| format!(" {}", clean_path(version))).unwrap_or_default();
        let hint = if matches!(origin, Origin::Generated { .. }) { " (written by its build script)" } else { "" };
        writeln!(out, "{count:>7}  {}{version}{hint}", clean_path(origin.name()))?;
    }
    match &report.source {
        Some(source) => source_text(source, out),
        None => own_text(locations, out),
    }
}

/// Lists the locations of the program's own sources.
fn own_text(locations: &[PanicLocation], out: &mut dyn io::Write) -> io::Result<()> {
    let own: Vec<&PanicLocation> = locations.iter().filter(|it| origin(&it.file) == Origin::Own).collect();
    if own.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nOwn sources:")?;
    for location in own {
        writeln!(out, "  {}", shown(location))?;
    }
    writeln!(out, "\n`--source FOLDER` scans the sources and says which of their sites these are.")
}

/// Says what became of the sites of the scan.
fn source_text(source: &ArtifactSource<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let ArtifactSource { files, join, .. } = source;
    let mut positions = Positions::new(files);
    let (left, removed) = (sites_left(join), join.removed.len());
    writeln!(
        out,
        "\nOf {} sites of {} that can panic, {left} are left in the program and {removed} are not: the optimizer proved them \
         away, nothing calls them, or they are not compiled in.",
        left + removed,
        clean_path(source.root),
    )?;
    if !join.remaining.is_empty() {
        writeln!(out, "\nLeft:")?;
    }
    for (location, site) in &join.remaining {
        let function = clean(&site.function).into_owned();
        writeln!(out, "  {}: {} ({}) in {function}", shown(location), site.kind, site.verdict.as_str())?;
        let at = positions.of(site.span);
        if at.start.line != location.line {
            writeln!(out, "      the site begins in line {}", at.start.line)?;
        }
    }
    if !join.unknown.is_empty() {
        writeln!(out, "\nIn the program, and no site of the scan:")?;
    }
    for (location, why) in &join.unknown {
        let why = match why {
            NoSite::AsyncBody => "an async body that is resumed after its end",
            NoSite::Call => "a call of what can panic in the name of its caller",
            NoSite::Attribute => "what an attribute or a derive made",
            NoSite::Missed => "missed, or the sources are others",
        };
        writeln!(out, "  {}: {why}", shown(location))?;
    }
    Ok(())
}

fn shown(location: &PanicLocation) -> String {
    format!("{}:{}:{}", clean_path(&location.file), location.line, location.column)
}
