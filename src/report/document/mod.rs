//! What is reported: one file a document. A document says what it holds, entry by entry and as JSON of its own schema; how that
//! looks is the business of `format`, so that every document has every format.

mod checklist;
mod comparison;
mod findings;
mod ledger;
mod rows;
mod stats;
mod summary;
mod surface;

use std::io;

pub use checklist::Checklist;
pub use findings::Findings;
pub use ledger::Ledger;
pub use stats::Stats;
pub use surface::Surface;

use super::json_stream::Object;
use super::options::Show;
use super::positions::{Location, Positions};
use super::table::Table;
use crate::baseline::Comparison;
use crate::catalog::{Policy, Rule};
use crate::finding::{Confidence, Coverage, Fingerprint, Severity, Site, Status, Unknown};
use crate::source::{FileId, Gap, SourceFile};

/// What was scanned, and by what it is judged: the same for all documents about it.
#[derive(Debug, Clone, Copy)]
pub struct Scan<'a> {
    /// The files; a site's file id indexes them.
    pub files: &'a [SourceFile],
    /// What was not looked at.
    pub gaps: &'a [Gap],
    /// How much was understood.
    pub coverage: &'a Coverage,
    /// What could not be known.
    pub unknown: &'a Unknown,
    /// What decides about sites.
    pub policy: &'a Policy,
    /// What the files' paths are relative to.
    pub root: Root<'a>,
}

/// Where the scanned folder lies. Each part is empty or ends with a `/`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Root<'a> {
    /// The way to it from where the user stands: paths for people begin with it, so that terminals and editors find the files.
    pub from_here: &'a str,
    /// The way to it from the root of its repository, which services that hold repositories want.
    pub from_checkout: &'a str,
}

/// A report.
pub trait Document: Sync {
    /// The name of its JSON's schema, such as `auditor/report/v1`.
    fn schema(&self) -> &'static str;

    /// What was scanned.
    fn scan(&self) -> &Scan<'_>;

    /// Writes its own part of its JSON.
    ///
    /// # Errors
    /// When the output fails.
    fn fields(&self, json: &mut Object<'_>) -> io::Result<()>;

    /// Returns the entries that `show` asks for, in the order of files and positions.
    fn keys(&self, show: Show) -> Vec<Key<'_>>;

    /// Returns the entry of one of its keys; `positions` is of its files.
    fn entry<'d>(&'d self, key: Key<'d>, positions: &mut Positions<'d>) -> Option<Entry<'d>>;

    /// Returns how it compares with what was accepted, where that was asked.
    fn comparison(&self) -> Option<&Comparison> {
        None
    }

    /// Returns the tables that sum it up.
    fn tables(&self) -> Vec<Table>;

    /// Returns sentences that sum it up, the most important first.
    fn conclusion(&self) -> Vec<String>;

    /// Writes what it says to people in a way of its own, instead of its entries and tables; tells whether it does.
    ///
    /// # Errors
    /// When the output fails.
    fn told(&self, _: &mut dyn io::Write) -> io::Result<bool> {
        Ok(false)
    }

    /// Writes the graph that it is, in the language of Graphviz; tells whether it is one.
    ///
    /// # Errors
    /// When the output fails.
    fn drawn(&self, _: &mut dyn io::Write) -> io::Result<bool> {
        Ok(false)
    }

    /// Returns what a reader may want to run next: commands, and what they do.
    fn hints(&self) -> Vec<(String, &'static str)> {
        Vec::new()
    }
}

/// Names an entry of a document, with what decides whether and where it is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    /// Its place in the document.
    pub at: usize,
    /// The rule that it is a result of, or the kind of a site.
    pub rule: &'a str,
    /// The file that it is in.
    pub file: FileId,
    /// How bad it is; absent where it is no finding.
    pub severity: Option<Severity>,
    /// How sure the scan is that it can go wrong.
    pub confidence: Confidence,
}

/// One result, as every format shows it.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The rule that it is a result of, or the kind of a site.
    pub rule: &'a str,
    /// What the catalogue says about the rule.
    pub about: Option<&'a Rule>,
    /// How bad it is; absent where it is no finding.
    pub severity: Option<Severity>,
    /// How sure the scan is that it can go wrong; absent where it cannot.
    pub confidence: Option<Confidence>,
    /// What became of it; absent where it is no finding.
    pub status: Option<&'a Status>,
    /// What stays the same when lines move; absent where it is no finding.
    pub fingerprint: Option<Fingerprint>,
    /// The place in the code.
    pub site: &'a Site,
    /// That place, as people read it.
    pub location: Location<'a>,
}

impl Entry<'_> {
    /// Returns one line that says what is wrong.
    pub fn title(&self) -> &str {
        self.about.map_or(self.rule, |rule| &rule.title)
    }

    /// Returns what there is to say about this place: why it is judged as it is, or what it looks at.
    pub fn note(&self) -> &str {
        if self.site.reason.is_empty() { &self.site.detail } else { &self.site.reason }
    }

    /// Returns the word that says how much it matters: a severity, or the verdict of a site that is no finding.
    pub const fn word(&self) -> &'static str {
        match self.severity {
            Some(severity) => severity.as_str(),
            None => self.site.verdict.as_str(),
        }
    }

    /// Returns what is to be said of a finding that does not count.
    pub fn aside(&self) -> String {
        match self.status {
            None | Some(Status::Active) => String::new(),
            Some(Status::Waived { reason: Some(reason), .. }) => format!(" [waived: {reason}]"),
            Some(Status::Waived { reason: None, .. }) => " [waived without a reason]".to_owned(),
            Some(Status::Known { moved_from: None }) => " [known]".to_owned(),
            Some(Status::Known { moved_from: Some(function) }) => format!(" [known, moved from {function}]"),
            Some(Status::Ignored(why)) => format!(" [ignored: {why}]"),
        }
    }
}
