//! Turns sites into findings: verdicts, selection, gate, waivers. Sorts, never drops.

mod comment;
mod generated;
mod scope;
mod tally;
mod waiver;
mod waiver_index;
mod waiver_lints;

use std::collections::HashSet;

use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::catalog::{FilePolicy, Policy, Setting};
use crate::finding::{Finding, Fingerprint, Site, Status, Verdict};
use crate::source::{LintLevel, SourceFile, Span};

pub use tally::{Counts, Tally};
pub use waiver::{Grant, Waiver};

use waiver::Scoped;
use waiver_index::WaiverIndex;

/// What triage looks at.
#[derive(Debug)]
pub struct Input<'a> {
    /// The files; a site's file id indexes them.
    pub files: &'a [SourceFile],
    /// Paths of files that were not wholly understood: an unused waiver there proves nothing.
    pub partial: HashSet<&'a str>,
    /// What can carry a waiver, sorted by span.
    pub items: &'a [Span],
    /// Lint attributes.
    pub lints: &'a [LintLevel],
    /// All sites, sorted by file and position.
    pub sites: Vec<Site>,
}

/// What triage decided: every site is in `findings` or in `rest`.
#[derive(Debug, Default)]
pub struct Triaged {
    /// Findings, sorted by file, position and rule.
    pub findings: Vec<Finding>,
    /// Sites that are no findings: indeterminate or discharged ones, and those of rules that are not selected.
    pub rest: Vec<Site>,
    /// Waivers in comments, and lint attributes that cover a site; sorted by place.
    pub waivers: Vec<Waiver>,
    /// The counts.
    pub tally: Tally,
}

impl Triaged {
    /// Takes the waiver of the finding at place `at` back: it counts.
    pub fn refuse_waiver(&mut self, at: usize) {
        if let Some(finding) = self.findings.get_mut(at).filter(|it| matches!(it.status, Status::Waived { .. })) {
            finding.status = Status::Active;
            self.tally.no_longer_waived(finding);
        }
    }

    /// Marks the active finding at place `at` as one that a baseline has: it no longer counts.
    pub fn mark_known(&mut self, at: usize, moved_from: Option<String>) {
        if let Some(finding) = self.findings.get_mut(at).filter(|finding| finding.status == Status::Active) {
            self.tally.known(finding);
            finding.status = Status::Known { moved_from };
        }
    }
}

impl Triaged {
    /// Lets the active findings of a rule or pack not count where there are no more of them than a budget accepts.
    pub fn spend(&mut self, name: &str, most: u64, policy: &Policy) {
        let is_of = |finding: &Finding| {
            let rule = policy.catalog.rule(finding.site.rule.as_str());
            finding.status == Status::Active && rule.is_some_and(|rule| rule.id.as_str() == name || &*rule.pack == name)
        };
        if self.findings.iter().filter(|finding| is_of(finding)).count() as u64 > most {
            return;
        }
        for finding in self.findings.iter_mut().filter(|finding| is_of(finding)) {
            self.tally.ignored(finding);
            finding.status = Status::Ignored(format!("within the budget of {most} for {name}"));
        }
    }
}

/// Decides about every site, files in parallel. O(sites · log + comments + items).
pub fn triage(input: Input<'_>, policy: &Policy) -> Triaged {
    let mut out = Triaged::default();
    let mut sites = input.sites.into_iter();
    let mut lints: Vec<&LintLevel> = input.lints.iter().collect();
    lints.sort_by_key(|level| level.scope);
    let mut of_files: Vec<(&SourceFile, Vec<Site>)> = Vec::with_capacity(input.files.len());
    for file in input.files {
        let count = sites.as_slice().partition_point(|site| site.span.file <= file.id);
        of_files.push((file, sites.by_ref().take(count).collect()));
    }
    drop(sites);
    let one = |(file, sites): (&SourceFile, Vec<Site>)| {
        let items = of(input.items, file, |span| *span);
        let levels: Vec<LintLevel> = of(&lints, file, |level| level.scope).iter().copied().cloned().collect();
        let complete = !input.partial.contains(file.path.as_str());
        decide(file, sites, (items, &levels, complete), policy)
    };
    let parts: Vec<Triaged> = of_files.into_par_iter().with_max_len(2).map(one).collect();
    // auditor: allow(panicking-api) a sum of counts of things in memory
    out.findings.reserve_exact(parts.iter().map(|part| part.findings.len()).sum());
    // auditor: allow(panicking-api) a sum of counts of things in memory
    out.rest.reserve_exact(parts.iter().map(|part| part.rest.len()).sum());
    for part in parts {
        out.findings.extend(part.findings);
        out.rest.extend(part.rest);
        out.waivers.extend(part.waivers);
        out.tally.add(part.tally);
    }
    number(&mut out.findings);
    out.findings.iter().for_each(|finding| out.tally.finding(finding));
    out
}

/// Decides about the sites of one file, of which the items, the lint attributes and whether all sites are known are given.
fn decide(
    file: &SourceFile,
    sites: Vec<Site>,
    (items, levels, complete): (&[Span], &[LintLevel], bool),
    policy: &Policy,
) -> Triaged {
    let mut out = Triaged::default();
    let found = waiver::in_comments(file, items, &policy.catalog);
    let mut triage = FileTriage {
        file,
        policy,
        here: policy.for_file(&file.path),
        comments: found.waivers,
        lints: waiver::in_lints(levels, &policy.catalog),
        contexts: policy.contexts(),
    };
    triage.decide(sites, &mut out);
    waiver_lints::report(file, &triage.comments, &found.malformed, complete, (policy, &triage.here), &mut out.findings);
    if policy.is_generated(&file.path, &file.text) {
        generated::gather(&mut out.findings);
    }
    let used = triage.lints.into_iter().filter(|lint| lint.waiver.grants.iter().any(|grant| grant.uses > 0));
    out.waivers.extend(triage.comments.into_iter().chain(used).map(|scoped| scoped.waiver));
    out.waivers.sort_by_key(|waiver| waiver.at);
    out.findings.sort_by(|one, other| (one.site.span, &one.site.rule).cmp(&(other.site.span, &other.site.rule)));
    out
}

/// The part of `all`, sorted by span, that lies in `file`.
fn of<'a, T>(all: &'a [T], file: &SourceFile, span: impl Fn(&T) -> Span) -> &'a [T] {
    let from = all.partition_point(|one| span(one).file < file.id);
    let to = all.partition_point(|one| span(one).file <= file.id);
    all.get(from..to).unwrap_or_default()
}

/// Counts equal fingerprints, in the order of the findings.
fn number(findings: &mut [Finding]) {
    let mut seen: FxHashMap<Fingerprint, u32> = FxHashMap::with_capacity_and_hasher(findings.len(), FxBuildHasher);
    for finding in findings {
        let count = seen.entry(finding.fingerprint).or_insert(0);
        *count += 1;
        finding.fingerprint = finding.fingerprint.with_ordinal(*count);
    }
}

/// One file with all that decides about its sites.
struct FileTriage<'a> {
    file: &'a SourceFile,
    policy: &'a Policy,
    here: FilePolicy<'a>,
    comments: Vec<Scoped>,
    lints: Vec<Scoped>,
    /// The selected rules about contexts, by place in the catalogue, with the context of each.
    contexts: Vec<(usize, &'a str)>,
}

impl FileTriage<'_> {
    fn decide(&mut self, sites: Vec<Site>, out: &mut Triaged) {
        let mut indexes = (WaiverIndex::new(&self.comments), WaiverIndex::new(&self.lints));
        for site in sites {
            let waived = self.waiver(&site, &mut indexes).or_else(|| self.context_waiver(&site, &mut indexes.0));
            self.place(site, waived, out);
        }
    }

    /// What a waiver makes of `site`; one in a comment, which was written for the auditor, goes first.
    fn waiver(&mut self, site: &Site, (comments, attributes): &mut (WaiverIndex, WaiverIndex)) -> Option<Status> {
        let lines = &self.file.lines;
        if let Some(at) = comments.find(site, lines, |_| true) {
            return take(&mut self.comments, at);
        }
        let fit = |at: waiver_index::GrantAt| {
            self.lints.get(at.waiver).is_some_and(|it| it.waiver.speaks_of(site) && it.holds.at(site))
        };
        let at = attributes.find(site, lines, fit)?;
        let waives = self.lints.get(at.waiver).is_some_and(|it| it.holds.waives);
        if waives { take(&mut self.lints, at) } else { None }
    }

    /// What a waiver makes of `site` that names a rule about a context of it.
    fn context_waiver(&mut self, site: &Site, comments: &mut WaiverIndex) -> Option<Status> {
        let here = self.contexts.iter().filter(|(_, word)| site.context.contains(word));
        let rules = here.filter_map(|&(at, _)| self.policy.catalog.rules().get(at));
        let lines = &self.file.lines;
        let at = rules.into_iter().find_map(|rule| comments.find_as(&rule.id, site, lines, |_| true))?;
        take(&mut self.comments, at)
    }

    /// The selected rule that `site` is a finding of: its own, else one about a context of it.
    fn rule_of(&self, site: &Site) -> Option<(usize, Setting)> {
        let at = self.policy.catalog.place(site.rule.as_str())?;
        let setting = self.here.setting(at)?;
        if setting.selected {
            return Some((at, setting));
        }
        let is_panic = || self.policy.catalog.rules().get(at).is_some_and(|rule| &*rule.pack == "panic");
        if !setting.in_profile || !is_panic() {
            return None;
        }
        let selects = |&&(at, word): &&(usize, &str)| {
            site.context.contains(&word) && self.here.setting(at).is_some_and(|setting| setting.selected)
        };
        let (at, _) = self.contexts.iter().find(selects)?;
        Some((*at, self.here.setting(*at)?))
    }

    fn place(&self, mut site: Site, waived: Option<Status>, out: &mut Triaged) {
        let selected = self.rule_of(&site);
        let (Some((at, setting)), Verdict::Always | Verdict::Possible) = (selected, site.verdict) else {
            let gated = self.here.gate().excludes(&site.context).is_none();
            out.tally.rest(&site.rule, site.verdict, selected.is_some(), gated);
            out.rest.push(site);
            return;
        };
        let Some(rule) = self.policy.catalog.rules().get(at) else { return };
        if rule.context.is_some() {
            site.rule = rule.id.clone();
        }
        let (severity, confidence) = (rule.severity_at(setting, &site), rule.confidence_at(&site));
        let status = match self.here.gate().excludes(&site.context) {
            Some(why) => Status::Ignored(why.to_owned()),
            None => match (waived, self.here.ignores(at)) {
                (Some(waived), _) => waived,
                (None, Some(glob)) => Status::Ignored(format!("ignored for {glob}")),
                (None, None) => self.here.below_minimum(severity, confidence).map_or(Status::Active, Status::Ignored),
            },
        };
        let fingerprint = Fingerprint::of(&site, self.file);
        out.findings.push(Finding { site, severity, confidence, fingerprint, status, generated: false });
    }
}

/// Marks a grant as used and returns what it makes of the site.
fn take(waivers: &mut [Scoped], at: waiver_index::GrantAt) -> Option<Status> {
    let waiver = &mut waivers.get_mut(at.waiver)?.waiver;
    waiver.grants.get_mut(at.grant)?.uses += 1;
    Some(Status::Waived { by: waiver.by.clone(), at: waiver.at, reason: waiver.reason.clone() })
}
