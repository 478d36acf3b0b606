//! From findings and facts to the result of each control, with what decided it.

use std::collections::BTreeSet;

use super::fact::{Evidence, Fact};
use super::facts::{by_drill, by_facts, by_lints};
use crate::catalog::{Control, ControlPack, Decider, Policy};
use crate::finding::{Finding, RuleId, Status};
use crate::triage::Triaged;

/// What is known of a control, in Gemara's words, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ControlOutcome {
    /// All that decides it speaks for it.
    Passed,
    /// It speaks neither for nor against it: a person has to look.
    NeedsReview,
    /// What decides it was not given, or not looked at.
    NotRun,
    /// Something speaks against it.
    Failed,
}

impl ControlOutcome {
    /// Every outcome, in the order in which reports count them.
    pub const ALL: [Self; 4] = [Self::Passed, Self::Failed, Self::NeedsReview, Self::NotRun];

    /// Returns the words that reports use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "Passed",
            Self::NeedsReview => "Needs Review",
            Self::NotRun => "Not Run",
            Self::Failed => "Failed",
        }
    }
}

/// What a scan says, for checklists to decide by.
#[derive(Debug, Clone, Copy)]
pub struct Audited<'a> {
    /// What triage decided.
    pub triaged: &'a Triaged,
    /// Which rules were looked at.
    pub policy: &'a Policy,
    /// How many places that count were not looked at.
    pub open_gaps: usize,
}

/// The result of one control.
#[derive(Debug, Clone)]
pub struct ControlResult<'a> {
    /// The control.
    pub control: &'a Control,
    /// The worst of its reasons' outcomes.
    pub outcome: ControlOutcome,
    /// One for each thing that decides it.
    pub reasons: Vec<Reason<'a>>,
}

/// What one decider says.
#[derive(Debug, Clone)]
pub struct Reason<'a> {
    /// What follows from it.
    pub outcome: ControlOutcome,
    /// What was seen, in a sentence without a full stop.
    pub seen: String,
    /// What would make it pass; empty where it does.
    pub remedy: String,
    /// What it rests on.
    pub basis: Basis<'a>,
}

/// What a reason rests on.
#[derive(Debug, Clone)]
pub enum Basis<'a> {
    /// These of the findings of the scan, by their place in the list.
    Findings(Vec<usize>),
    /// These facts, each with its evidence.
    Facts(Vec<(&'a Evidence, &'a Fact)>),
}

/// Decides each control of `pack`. O(controls · (findings + facts)).
pub fn decide<'a>(pack: &'a ControlPack, audited: Audited<'a>, evidence: &'a [Evidence]) -> Vec<ControlResult<'a>> {
    let one = |control: &'a Control| {
        let reasons = control.decided_by.iter().map(|decider| (decider, reason(decider, audited, evidence)));
        // What only counts where it is given says nothing where it is not.
        let speaks = |decider: &Decider, it: &Reason<'_>| it.outcome != ControlOutcome::NotRun || decider.is_needed();
        let reasons = reasons.filter(|(decider, it)| speaks(decider, it)).map(|(_, it)| it);
        let reasons: Vec<Reason<'a>> = reasons.collect();
        let outcome = reasons.iter().map(|reason| reason.outcome).max().unwrap_or(ControlOutcome::NotRun);
        ControlResult { control, outcome, reasons }
    };
    pack.controls.iter().map(one).collect()
}

fn reason<'a>(decider: &Decider, audited: Audited<'a>, evidence: &'a [Evidence]) -> Reason<'a> {
    match decider {
        Decider::Rules(rules) => by_rules(rules, None, audited),
        Decider::Budget { rules, at_most } => by_rules(rules, Some(*at_most), audited),
        Decider::Drill(controls) => by_drill(controls, evidence),
        Decider::Facts { ids, .. } => by_facts(ids, evidence),
        Decider::Lints { lints, on_by_default, .. } => by_lints(lints, *on_by_default, evidence),
    }
}

fn by_rules<'a>(rules: &[RuleId], at_most: Option<u64>, audited: Audited<'a>) -> Reason<'a> {
    let Audited { triaged, policy, open_gaps } = audited;
    let unselected: Vec<&str> = rules
        .iter()
        .map(RuleId::as_str)
        .filter(|id| policy.rule(id).is_none_or(|(_, setting)| !setting.selected))
        .collect();
    if !unselected.is_empty() {
        let seen = format!("not looked at: {}", unselected.join(", "));
        let remedy = "do not ignore these rules in the configuration".to_owned();
        return Reason { outcome: ControlOutcome::NotRun, seen, remedy, basis: Basis::Findings(Vec::new()) };
    }
    let wanted: BTreeSet<&RuleId> = rules.iter().collect();
    let of_rules = |finding: &Finding| wanted.contains(&finding.site.rule);
    let listed = |keep: fn(&Status) -> bool| -> Vec<usize> {
        let findings = triaged.findings.iter().enumerate();
        findings.filter(|(_, it)| of_rules(it) && keep(&it.status)).map(|(at, _)| at).collect()
    };
    let open = listed(|status| matches!(status, Status::Active));
    let waived = listed(|status| matches!(status, Status::Waived { .. }));
    // What tests hold does not count; what the configuration ignores was not argued.
    let is_hidden =
        |it: &Finding| matches!(it.status, Status::Ignored(_)) && policy.gate().excludes(&it.site.context).is_none();
    let hidden = triaged.findings.iter().filter(|it| of_rules(it) && is_hidden(it)).count();
    let undecided: u64 =
        // auditor: allow(panicking-api) a sum of counts of things in memory
        rules.iter().filter_map(|id| triaged.tally.rules.get(id)).map(|counts| counts.indeterminate).sum();
    let unseen = Unseen { undecided: usize::try_from(undecided).unwrap_or(usize::MAX), hidden, open_gaps };
    let counts = format!("{}, {} waived", plural(open.len(), "open finding"), waived.len());
    if let Some(at_most) = at_most {
        let sum = (open.len() + waived.len()) as u64;
        let seen = format!("{counts}: {sum} of at most {at_most}");
        let basis = Basis::Findings([open, waived].concat());
        return if sum > at_most {
            let remedy = format!("remove {} of them", sum - at_most);
            Reason { outcome: ControlOutcome::Failed, seen, remedy, basis }
        } else {
            unless_unseen(seen, basis, unseen)
        };
    }
    if open.is_empty() {
        return unless_unseen(counts, Basis::Findings(waived), unseen);
    }
    let remedy = "remove them, or waive each with the reason why it holds".to_owned();
    Reason { outcome: ControlOutcome::Failed, seen: counts, remedy, basis: Basis::Findings(open) }
}

/// What keeps a control from passing although no finding is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unseen {
    /// Sites that the scan could not decide.
    undecided: usize,
    /// Findings that the configuration ignores by their path.
    hidden: usize,
    /// Places that were not looked at.
    open_gaps: usize,
}

/// Passed, unless there is something that the scan did not see or could not decide.
fn unless_unseen(seen: String, basis: Basis<'_>, unseen: Unseen) -> Reason<'_> {
    let Unseen { undecided, hidden, open_gaps } = unseen;
    let parts = [
        (undecided, plural(undecided, "site") + " undecided"),
        (hidden, plural(hidden, "finding") + " ignored by the configuration"),
        (open_gaps, plural(open_gaps, "place") + " not looked at"),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text).collect();
    if parts.is_empty() {
        return Reason { outcome: ControlOutcome::Passed, seen, remedy: String::new(), basis };
    }
    let seen = format!("{seen}; {}", parts.join(", "));
    let remedy = "look at what the scan did not: `auditor scan --show indeterminate,ignored`".to_owned();
    Reason { outcome: ControlOutcome::NeedsReview, seen, remedy, basis }
}

pub(super) fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("{count} {word}") } else { format!("{count} {word}s") }
}
