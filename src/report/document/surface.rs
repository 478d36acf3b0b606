//! The surface: every site, decided or not. Its JSON is `auditor/surface/v1`, a contract.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::rows::{GapJson, SiteJson};
use super::{Document, Entry, Key, Scan, stats};
use crate::finding::{Confidence, Site, Verdict};
use crate::report::json_stream::Object;
use crate::report::options::Show;
use crate::report::positions::Positions;
use crate::report::reach::{ReachJson, ReachView, reach_dot, reach_text};
use crate::report::table::{Row, Table, Weight, number, plural};

/// The surface of a program.
#[derive(Debug, Clone, Copy)]
pub struct Surface<'a> {
    /// What was scanned.
    pub scan: Scan<'a>,
    /// All sites, sorted by file and position.
    pub sites: &'a [Site],
    /// Who can get to them, where that was asked.
    pub reach: Option<&'a ReachView<'a>>,
}

impl Surface<'_> {
    /// How sure the scan is that a site can go wrong; `None` where it cannot.
    fn confidence(&self, site: &Site) -> Option<Confidence> {
        let rule = self.scan.policy.catalog.rule(site.rule.as_str())?;
        (site.verdict != Verdict::Discharged).then(|| rule.confidence_at(site))
    }
}

/// One site of the contract.
#[derive(Serialize)]
struct SurfaceSite<'a> {
    #[serde(flatten)]
    site: SiteJson<'a>,
    confidence: Option<Confidence>,
}

impl<'a> Document for Surface<'a> {
    fn schema(&self) -> &'static str {
        "auditor/surface/v1"
    }

    fn scan(&self) -> &Scan<'_> {
        &self.scan
    }

    fn fields(&self, json: &mut Object<'_>) -> io::Result<()> {
        json.field("coverage", self.scan.coverage)?;
        json.field("unknown", self.scan.unknown)?;
        let positions = || Positions::new(self.scan.files);
        json.list(
            "sites",
            self.sites,
            |site| site.span.file,
            positions,
            |at, site| SurfaceSite { site: SiteJson::new(site, at), confidence: self.confidence(site) },
        )?;
        if let Some(view) = self.reach {
            json.field("reach", &ReachJson::new(view, &mut Positions::new(self.scan.files)))?;
        }
        json.field("gaps", &GapJson::list(self.scan.gaps))
    }

    /// All of them, whatever `show` says: that is what a surface is.
    fn keys(&self, _: Show) -> Vec<Key<'_>> {
        let key = |(at, site): (usize, &'a Site)| Key {
            at,
            rule: site.kind.as_str(),
            file: site.span.file,
            severity: None,
            confidence: Confidence::Low,
        };
        self.sites.iter().enumerate().map(key).collect()
    }

    fn entry<'d>(&'d self, key: Key<'d>, positions: &mut Positions<'d>) -> Option<Entry<'d>> {
        let site = self.sites.get(key.at)?;
        Some(Entry {
            rule: site.kind.as_str(),
            about: self.scan.policy.catalog.rule(site.kind.as_str()),
            severity: None,
            confidence: self.confidence(site),
            status: None,
            fingerprint: None,
            site,
            location: positions.of(site.span),
        })
    }

    fn told(&self, out: &mut dyn io::Write) -> io::Result<bool> {
        let Some(view) = self.reach else { return Ok(false) };
        reach_text(view, self.sites, self.scan, out)?;
        Ok(true)
    }

    fn drawn(&self, out: &mut dyn io::Write) -> io::Result<bool> {
        let Some(view) = self.reach else { return Ok(false) };
        reach_dot(view, self.sites, self.scan, out)?;
        Ok(true)
    }

    fn tables(&self) -> Vec<Table> {
        const VERDICTS: [Verdict; 4] =
            [Verdict::Always, Verdict::Possible, Verdict::Indeterminate, Verdict::Discharged];
        let mut kinds: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
        for site in self.sites {
            let counts = kinds.entry(site.kind.as_str()).or_default();
            for (count, verdict) in counts.iter_mut().zip(VERDICTS) {
                *count += u64::from(verdict == site.verdict);
            }
        }
        let mut total = [0; 4];
        for counts in kinds.values() {
            total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        let row = |name: &str, counts: &[u64; 4], weight| {
            let cells = std::iter::once(name.to_owned()).chain(counts.iter().map(|count| number(*count))).collect();
            Row { cells, weight }
        };
        let mut rows: Vec<Row> = kinds.iter().map(|(kind, counts)| row(kind, counts, Weight::Plain)).collect();
        if rows.is_empty() {
            return Vec::new();
        }
        rows.push(row("total", &total, Weight::Bold));
        vec![Table { head: std::iter::once("kind").chain(VERDICTS.map(Verdict::as_str)).collect(), rows }]
    }

    fn conclusion(&self) -> Vec<String> {
        let sites = plural(self.sites.len() as u64, "site");
        let mut lines = vec![sites, stats::scanned(&self.scan)];
        lines.extend(stats::notes(&self.scan));
        lines
    }
}
