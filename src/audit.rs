//! The only place that names every stage, in order. What a stage does lives in the stage.

use std::time::Instant;

use crate::artifact;
pub use crate::artifact::{Artifact, ArtifactError, Join, read as read_artifact};
use crate::baseline::{self, Accepted, Comparison, Scope, Waived};
use crate::catalog::ControlPack;
use crate::catalog::{Catalog, CatalogError, Policy};
use crate::checklist::{self, Audited};
pub use crate::checklist::{ControlOutcome, ControlResult, Evidence};
use crate::finding::{LedgerCounts, Site, Status};
pub use crate::program::{DependencyScope, Machine, PathTest, Program, ScanError, ScanRequest, Workers, scan, scan_on};
use crate::report::{Findings, Ledger, Root, Scan};
pub use crate::source::DiscoverError;
use crate::source::{Gap, absolute};
use crate::syntax::{Edition, Fragment, parse};
use crate::triage::{Input, Triaged, triage};

/// An audit that is done: the program without its sites, and what was decided about each of them.
#[derive(Debug)]
pub struct Audit {
    /// The program; its sites have moved to `triaged`.
    pub program: Program,
    /// What was decided about every site.
    pub triaged: Triaged,
    /// What it was decided by.
    pub policy: Policy,
    /// How it compares with what was accepted, where that was asked.
    pub comparison: Option<Comparison>,
}

/// Looks at the program that `request` names and decides about its sites by `policy`. Blocks; O(bytes scanned).
///
/// # Errors
/// When there is nothing to look at: a path that is not there.
pub fn audit(request: &ScanRequest, policy: Policy) -> Result<Audit, ScanError> {
    Ok(decide(scan(request)?, policy))
}

/// Adds to `policy` what the configurations in folders below the program's own say.
///
/// # Errors
/// When one of them is wrong, or asks for less than it may.
pub fn nest(policy: &mut Policy, program: &Program) -> Result<(), CatalogError> {
    policy.nest(&program.root, program.files.iter().map(|file| file.path.as_str()))
}

/// Decides about the sites of `program` by `policy`.
pub fn decide(mut program: Program, policy: Policy) -> Audit {
    let started = Instant::now();
    let input = Input {
        files: &program.files,
        partial: program.gaps.iter().map(|gap| gap.path.as_str()).collect(),
        items: &program.items,
        lints: &program.lints,
        sites: std::mem::take(&mut program.sites),
    };
    let mut triaged = triage(input, &policy);
    for (name, most) in policy.budgets() {
        triaged.spend(name, most, &policy);
    }
    program.timings.push(("triage", started.elapsed()));
    Audit { program, triaged, policy, comparison: None }
}

/// Returns what documents say of `program`, judged by `policy`; its files lie in `root`.
pub fn scanned<'a>(program: &'a Program, policy: &'a Policy, root: Root<'a>) -> Scan<'a> {
    let Program { files, gaps, coverage, unknown, .. } = program;
    Scan { files, gaps, coverage, unknown, policy, root }
}

/// Returns the ledger of `program` as a document.
pub fn ledger<'a>(program: &'a Program, scan: Scan<'a>) -> Ledger<'a> {
    Ledger { scan, operations: &program.operations }
}

/// Tells whether the text `after` parses as well as `before` does, which it was made of. O(both).
pub fn parses_as_well(before: &str, after: &str) -> bool {
    let errors = |text| parse(text, Edition::CURRENT, Fragment::File).errors.len();
    errors(after) <= errors(before)
}

/// Holds the panic locations of `artifact` against the sites of `program` that can panic. Blocks on the disk to find its folder.
///
/// # Errors
/// Never for a released program: the packs that come with it are tested.
pub fn join_artifact<'a>(artifact: &'a Artifact, program: &'a Program) -> Result<Join<'a>, CatalogError> {
    let catalog = Catalog::embedded()?;
    let can_panic = |site: &Site| catalog.rule(site.kind.as_str()).is_some_and(|rule| &*rule.pack == "panic");
    let root = absolute(&program.root);
    Ok(artifact::join(&artifact.locations, &root, &program.files, &program.sites, can_panic))
}

/// Decides the controls of `pack` by `audit` and what was given as evidence beside it.
pub fn check_off<'a>(audit: &'a Audit, pack: &'a ControlPack, evidence: &'a [Evidence]) -> Vec<ControlResult<'a>> {
    let audited = Audited { triaged: &audit.triaged, policy: &audit.policy, open_gaps: audit.open_gaps().count() };
    checklist::decide(pack, audited, evidence)
}

impl Audit {
    /// Returns the findings that count, for a baseline to accept.
    pub fn accepted(&self) -> Accepted {
        Accepted::of(&self.triaged.findings, &self.program.files, self.rules_selected())
    }

    /// Marks the findings that are among `accepted`, which people call `with`: what counts from then on is new. `whole` tells
    /// that all was scanned that was accepted.
    pub fn compare(&mut self, accepted: &Accepted, with: &str, whole: bool) {
        let started = Instant::now();
        let scope = Scope { whole, rules: self.rules_selected().map(str::to_owned).collect() };
        let comparison = baseline::compare(accepted, &mut self.triaged, &self.program.files, &scope);
        self.comparison = Some(Comparison { with: with.to_owned(), ..comparison });
        self.program.timings.push(("compare", started.elapsed()));
    }

    /// Returns what is waived, for `compare_waivers` of a later audit.
    pub fn waived(&self) -> Waived {
        baseline::waived(&self.triaged.findings, &self.program.files)
    }

    /// Where the policy is locked, takes back the waivers that are not among `before`; returns how many it took. For a change must
    /// not argue itself what it is judged by. Goes before `compare`.
    pub fn refuse_added_waivers(&mut self, before: &Waived) -> usize {
        if !self.policy.locked {
            return 0;
        }
        let added = baseline::added_waivers(before, &self.triaged.findings, &self.program.files);
        for &at in &added {
            self.triaged.refuse_waiver(at);
        }
        added.len()
    }

    /// Adds to the comparison which findings are waived that are not among `before`, and what else is to be said of it.
    pub fn compare_waivers(&mut self, before: &Waived, notes: Vec<String>) {
        if let Some(comparison) = &mut self.comparison {
            comparison.waived = baseline::added_waivers(before, &self.triaged.findings, &self.program.files);
            comparison.notes = notes;
        }
    }

    fn rules_selected(&self) -> impl Iterator<Item = &str> {
        self.policy.rules().filter(|(_, setting)| setting.selected).map(|(rule, _)| rule.id.as_str())
    }

    /// Returns the findings as a document; the files lie in `root`.
    pub fn findings<'a>(&'a self, root: Root<'a>) -> Findings<'a> {
        let comparison = self.comparison.as_ref();
        let ledger = LedgerCounts::of(&self.program.operations);
        Findings { scan: scanned(&self.program, &self.policy, root), triaged: &self.triaged, comparison, ledger }
    }

    /// Returns the gaps that make the scan one that did not do its job.
    pub fn open_gaps(&self) -> impl Iterator<Item = &Gap> {
        self.program.gaps.iter().filter(|gap| self.policy.fails_on_gap(gap))
    }

    /// Tells whether a finding is at or above the gate.
    pub fn fails(&self) -> bool {
        if self.policy.nested_paths().next().is_none() {
            return self.triaged.tally.worst().is_some_and(|worst| self.policy.fail_on().fails(worst));
        }
        self.triaged.findings.iter().filter(|finding| finding.status == Status::Active).any(|finding| {
            let file = self.program.files.get(finding.site.span.file.0 as usize);
            file.is_some_and(|file| self.policy.for_file(&file.path).fail_on().fails(finding.severity))
        })
    }
}
