//! Renders what an audit found. One file a format; none of them prints, decides or reads the disk.

mod batch;
mod json;
mod json_stream;
mod positions;
mod sarif;
mod short;
mod snippet;
mod stats;
mod summary;
mod surface;
mod text;

use std::io;

use crate::catalog::Policy;
use crate::finding::{Coverage, Site, Status, Unknown, Verdict};
use crate::source::{Gap, SourceFile};
use crate::triage::Triaged;

pub use stats::{Stats, stats_json, stats_text};
pub use surface::{Surface, surface_json, surface_text};

/// All that a report can show.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The files; a site's file id indexes them.
    pub files: &'a [SourceFile],
    /// What was not looked at.
    pub gaps: &'a [Gap],
    /// How much was understood.
    pub coverage: &'a Coverage,
    /// What could not be known.
    pub unknown: &'a Unknown,
    /// What triage decided.
    pub triaged: &'a Triaged,
    /// What it decided by.
    pub policy: &'a Policy,
}

/// How a report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Snippets, then a summary; for people.
    #[default]
    Text,
    /// One line a finding.
    Short,
    /// `auditor/report/v1`.
    Json,
    /// SARIF 2.1.0.
    Sarif,
}

/// What a reader wants to see.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether to colour.
    pub color: bool,
    /// What people's paths begin with: the way from where they stand to the scanned folder, with a `/` at its end.
    pub base: String,
    /// How wide lines may be; 0 where unknown.
    pub width: usize,
    /// Whether to leave out all but the findings.
    pub quiet: bool,
    /// Whether to show counts only.
    pub statistics: bool,
    /// What to list besides active findings.
    pub show: Show,
    /// Where SARIF is for GitHub, which wants paths from the repository's root and shows waived findings as open alerts: the
    /// way from there down to the scanned folder, with a `/` at its end.
    pub sarif_github: Option<String>,
}

/// What to list besides active findings.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set of four")]
pub struct Show {
    /// Waived findings.
    pub waived: bool,
    /// Findings outside the gate.
    pub ignored: bool,
    /// Sites that could not be decided.
    pub indeterminate: bool,
    /// Sites that cannot go wrong.
    pub discharged: bool,
}

impl Show {
    fn status(self, status: &Status) -> bool {
        match status {
            Status::Active => true,
            Status::Waived { .. } => self.waived,
            Status::Ignored(_) => self.ignored,
        }
    }

    fn rest(self, site: &Site) -> bool {
        match site.verdict {
            Verdict::Indeterminate => self.indeterminate,
            Verdict::Discharged => self.discharged,
            Verdict::Always | Verdict::Possible => false,
        }
    }
}

/// Writes `report` to `out`. Each format writes the same bytes for the same report.
///
/// # Errors
/// When `out` fails.
pub fn render(report: &Report<'_>, format: Format, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Text => text::render(report, options, out),
        Format::Short => short::render(report, options, out),
        Format::Json => json::render(report, out),
        Format::Sarif => sarif::render(report, options, out),
    }
}
