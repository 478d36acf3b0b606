//! Counts what triage decided, by rule.

use std::collections::BTreeMap;

use crate::finding::{Finding, RuleId, Severity, Status, Verdict};

/// What became of the sites of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Findings that count.
    pub active: u64,
    /// Findings that a waiver indexes.
    pub waived: u64,
    /// Findings that a baseline has.
    pub known: u64,
    /// Sites outside the gate, whatever their verdict.
    pub ignored: u64,
    /// Sites that could not be decided.
    pub indeterminate: u64,
    /// Sites that cannot go wrong.
    pub discharged: u64,
    /// Sites of rules that are not selected.
    pub unselected: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.active += other.active;
        self.waived += other.waived;
        self.known += other.known;
        self.ignored += other.ignored;
        self.indeterminate += other.indeterminate;
        self.discharged += other.discharged;
        self.unselected += other.unselected;
    }
}

/// What became of all sites of a scan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// For each rule that has a site.
    pub rules: BTreeMap<RuleId, Counts>,
    /// Active findings by severity.
    pub active: BTreeMap<Severity, u64>,
}

impl Tally {
    /// Returns the sums over all rules.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.rules.values().for_each(|counts| total += *counts);
        total
    }

    /// Returns the worst severity among active findings.
    pub fn worst(&self) -> Option<Severity> {
        self.active.last_key_value().map(|(severity, _)| *severity)
    }

    /// Adds what was counted elsewhere.
    pub(super) fn add(&mut self, other: Self) {
        for (rule, counts) in other.rules {
            *self.rules.entry(rule).or_default() += counts;
        }
        for (severity, count) in other.active {
            *self.active.entry(severity).or_default() += count;
        }
    }

    /// Counts for a rule. All threads share its id: where it is known, no thread need say that it holds it once more.
    fn count(&mut self, rule: &RuleId, add: impl FnOnce(&mut Counts)) {
        match self.rules.get_mut(rule) {
            Some(counts) => add(counts),
            None => add(self.rules.entry(rule.clone()).or_default()),
        }
    }

    pub(super) fn finding(&mut self, finding: &Finding) {
        if finding.status == Status::Active {
            *self.active.entry(finding.severity).or_default() += 1;
        }
        self.count(&finding.site.rule, |counts| match finding.status {
            Status::Active => counts.active += 1,
            Status::Waived { .. } => counts.waived += 1,
            Status::Known { .. } => counts.known += 1,
            Status::Ignored(_) => counts.ignored += 1,
        });
    }

    /// A finding that was counted as waived, and is active.
    pub(super) fn no_longer_waived(&mut self, finding: &Finding) {
        *self.active.entry(finding.severity).or_default() += 1;
        self.count(&finding.site.rule, |counts| {
            counts.active += 1;
            counts.waived -= 1;
        });
    }

    /// A finding that was counted as active, and is known.
    pub(super) fn known(&mut self, finding: &Finding) {
        self.uncount(finding, |counts| counts.known += 1);
    }

    /// A finding that was counted as active, and is ignored.
    pub(super) fn ignored(&mut self, finding: &Finding) {
        self.uncount(finding, |counts| counts.ignored += 1);
    }

    fn uncount(&mut self, finding: &Finding, add: impl FnOnce(&mut Counts)) {
        if let Some(active) = self.active.get_mut(&finding.severity) {
            *active -= 1;
            if *active == 0 {
                self.active.remove(&finding.severity);
            }
        }
        self.count(&finding.site.rule, |counts| {
            counts.active -= 1;
            add(counts);
        });
    }

    /// A site that is no finding; `gated` tells whether it would count as one.
    pub(super) fn rest(&mut self, rule: &RuleId, verdict: Verdict, selected: bool, gated: bool) {
        self.count(rule, |counts| match verdict {
            _ if !selected => counts.unselected += 1,
            _ if !gated => counts.ignored += 1,
            Verdict::Discharged => counts.discharged += 1,
            Verdict::Always | Verdict::Possible | Verdict::Indeterminate => counts.indeterminate += 1,
        });
    }
}
