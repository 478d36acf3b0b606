//! `auditor fix` applies the fixes that findings have, in rounds until there is none left; `auditor waive` writes waivers.

use std::collections::BTreeMap;

use super::Outcome;
use super::args::InputArgs;
use super::fix_args::{FixArgs, WaiveArgs, WriteArgs};
use super::input;
use super::output::{Failure, note};
use super::rewrite::{Rewrite, print_files, print_patch};
use super::scan::{dependency_scope, overrides};
use crate::audit::{Audit, ScanRequest, Workers, scan_on};
use crate::catalog::{Overrides, Policy};
use crate::finding::{Applicability, Finding, Fix, Status};
use crate::fix::{Changed, Plan, plan, waivers};

/// Rounds of fixes that make room for others: more mean that two of them undo each other.
const MOST_ROUNDS: usize = 16;

pub(super) fn run(args: &FixArgs) -> Result<Outcome, Failure> {
    let most = if args.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let scans = Scans::new(&args.input, &overrides(&args.input, &args.rules, None))?;
    let mut applied: BTreeMap<String, usize> = BTreeMap::new();
    let mut rewrite = Rewrite::new(args.write.allow_dirty);
    for _ in 0..MOST_ROUNDS {
        let audit = scans.audit()?;
        let active = audit.triaged.findings.iter().filter(|finding| finding.status == Status::Active);
        let fixes = active.filter_map(|finding| Some((finding.site.rule.as_str(), finding.site.fix.as_deref()?)));
        let plan = plan(&audit.program.files, fixes, most);
        if shows_only(&args.write) {
            return show(&args.write, &plan, &audit);
        }
        let written = rewrite.write(&audit.program.root, &plan.files)?;
        if written == 0 {
            let (more, left) = (unsafe_ones(&audit, most), !plan.files.is_empty());
            note(&said(&applied, rewrite.files(), more));
            return Ok(if left { Outcome::Incomplete } else { Outcome::Clean });
        }
        for (rule, count) in &plan.applied {
            *applied.entry((*rule).to_owned()).or_insert(0) += count;
        }
    }
    note(&format!("{}; there is more after {MOST_ROUNDS} rounds", said(&applied, rewrite.files(), 0)));
    Ok(Outcome::Incomplete)
}

/// Runs `auditor waive`.
pub(super) fn waive(args: &WaiveArgs) -> Result<Outcome, Failure> {
    let reason = args.reason.trim();
    if reason.is_empty() || reason.contains(['\n', '\r']) || reason.contains("*/") {
        return Err(Failure::Other("a waiver has a reason of one line, without `*/`: --reason TEXT".into()));
    }
    let exclude = args.input.exclude.clone();
    let overrides = Overrides { select: args.rule.clone(), exclude, ..Overrides::default() };
    let scans = Scans::new(&args.input, &overrides)?;
    let audit = scans.audit()?;
    let wanted = |finding: &&Finding| finding.status == Status::Active && !is_of_a_waiver(finding);
    let findings = audit.triaged.findings.iter().filter(wanted);
    let made = waivers(&audit.program.files, &audit.program.items, findings, reason);
    let plan = plan(&audit.program.files, made.iter().map(|(fix, _)| ("waiver", fix)), Applicability::Safe);
    if shows_only(&args.write) {
        return show(&args.write, &plan, &audit);
    }
    let mut rewrite = Rewrite::new(args.write.allow_dirty);
    let written = rewrite.write(&audit.program.root, &plan.files)?;
    let total: usize = made.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count));
    let open = scans.audit()?.triaged.findings.iter().filter(wanted).count();
    note(&format!("waived {} of {total} findings in {}", total.saturating_sub(open), files(rewrite.files())));
    if open > 0 {
        note(&format!("{open} findings stay: no comment at their place covers them, as within a macro or a text"));
    }
    Ok(if open > 0 || written < plan.files.len() { Outcome::Incomplete } else { Outcome::Clean })
}

/// Findings about waivers are put in order, not waived.
fn is_of_a_waiver(finding: &Finding) -> bool {
    finding.site.rule.as_str().ends_with("-waiver") || finding.site.rule.as_str().starts_with("waiver-")
}

/// One scan after another of the same paths, by the same policy.
struct Scans<'a> {
    input: &'a InputArgs,
    policy: Policy,
    request: ScanRequest,
    workers: Workers,
}

impl<'a> Scans<'a> {
    fn new(input: &'a InputArgs, overrides: &Overrides) -> Result<Self, Failure> {
        let policy = input::policy(input, overrides)?;
        let request = input::request(input, &policy, dependency_scope(&policy))?;
        if request.stdin.is_some() {
            return Err(Failure::Other("standard input cannot be changed: name files or folders".into()));
        }
        let workers = Workers::new(request.jobs)?;
        Ok(Self { input, policy, request, workers })
    }

    fn audit(&self) -> Result<Audit, Failure> {
        let scan = || input::decided(scan_on(&self.workers, &self.request)?, self.policy.clone(), self.input);
        self.workers.run(scan)
    }
}

fn shows_only(write: &WriteArgs) -> bool {
    write.diff || write.dry_run
}

/// Shows what would change; that there is something is exit code 1.
fn show(write: &WriteArgs, plan: &Plan<'_>, audit: &Audit) -> Result<Outcome, Failure> {
    if write.diff {
        print_patch(&plan.files)?;
    } else {
        print_files(&plan.files)?;
    }
    let count: usize = plan.applied.values().fold(0, |sum, count| sum.saturating_add(*count));
    let more = unsafe_ones(audit, Applicability::Safe);
    let unsafe_hint = if more > 0 { format!("; {more} findings have a fix for --unsafe-fixes") } else { String::new() };
    let later = if plan.later > 0 { format!("; {} more come in a later round", plan.later) } else { String::new() };
    note(&format!("would change {count} places in {}{later}{unsafe_hint}", files(plan.files.len())));
    Ok(if plan.files.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

/// How many active findings have a fix that `--unsafe-fixes` would apply besides `most`.
fn unsafe_ones(audit: &Audit, most: Applicability) -> usize {
    let is_more = |fix: &Fix| fix.applicability == Applicability::Unsafe && most < Applicability::Unsafe;
    let active = audit.triaged.findings.iter().filter(|finding| finding.status == Status::Active);
    active.filter(|finding| finding.site.fix.as_deref().is_some_and(is_more)).count()
}

fn said(applied: &BTreeMap<String, usize>, changed: usize, more: usize) -> String {
    let each: Vec<String> = applied.iter().map(|(rule, count)| format!("{count} {rule}")).collect();
    let more = if more > 0 { format!("; {more} more with --unsafe-fixes") } else { String::new() };
    if each.is_empty() {
        return format!("nothing to fix{more}");
    }
    format!("fixed {} in {}{more}", each.join(", "), files(changed))
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

/// Tells whether the edits of a file leave it one that parses as well as before.
pub(super) fn is_sound(changed: &Changed<'_>, text: &str) -> bool {
    crate::audit::parses_as_well(&changed.file.text, text)
}
