//! `auditor scan`: looks, decides, reports.

use super::Outcome;
use super::args::{ColorWhen, ScanArgs, ShowWhat};
use super::input::{self, Ways};
use super::output::{Failure, deliver, note};
use crate::audit::{Audit, DependencyScope, ScanRequest, Workers, decide, scan_on};
use crate::catalog::{Overrides, Policy};
use crate::report::{Options, Parts, Show};
use crate::source::{Gap, clean_path};

pub(super) fn run(args: &ScanArgs, color: ColorWhen) -> Result<Outcome, Failure> {
    let policy = input::policy(&args.input, &overrides(args))?;
    let request = input::request(&args.input, &policy, dependency_scope(&policy))?;
    let workers = Workers::new(request.jobs)?;
    workers.run(|| scan(&workers, &request, policy, args, color))
}

/// All of it on the workers' threads: the report is theirs to share as well.
fn scan(
    workers: &Workers,
    request: &ScanRequest,
    policy: Policy,
    args: &ScanArgs,
    color: ColorWhen,
) -> Result<Outcome, Failure> {
    let audit = decide(scan_on(workers, request)?, policy);
    let ways = Ways::to(&audit.program.root);
    let findings = audit.findings(ways.root());
    let options = options(args, color);
    deliver(&findings, &args.input, &options, color)?;
    if args.input.timings {
        input::timings(&audit.program);
    }
    let outcome = outcome(&audit);
    // The process ends now: the system takes back at once what would be given back in a hundred thousand pieces.
    std::mem::forget(audit);
    Ok(outcome)
}

/// How the scan ended; says on standard error which code was not looked at where that fails it.
fn outcome(audit: &Audit) -> Outcome {
    let gaps: Vec<&Gap> = audit.open_gaps().collect();
    let Some(first) = gaps.first() else { return if audit.fails() { Outcome::Findings } else { Outcome::Clean } };
    let at = first.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
    let more = if gaps.len() > 1 { format!(" (and {} more)", gaps.len() - 1) } else { String::new() };
    let what = format!("{}{at}: {}: {}{more}", first.path, first.kind.as_str(), first.reason);
    note(&clean_path(&format!("auditor: error: code was not looked at: {what}; --allow-gaps accepts it")));
    Outcome::Incomplete
}

/// The code that counts by the policy.
fn dependency_scope(policy: &Policy) -> DependencyScope {
    let gate = policy.gate;
    DependencyScope { tests: gate.tests || gate.benches || gate.examples, build_scripts: gate.build_scripts }
}

fn overrides(args: &ScanArgs) -> Overrides {
    Overrides {
        select: args.select.clone(),
        ignore: args.ignore.clone(),
        profile: args.profile.map(Into::into),
        fail_on: args.fail_on,
        min_severity: args.min_severity,
        min_confidence: args.min_confidence,
        exclude: args.input.exclude.clone(),
        all_targets: args.all_targets,
        allow_gaps: args.allow_gaps,
    }
}

fn options(args: &ScanArgs, color: ColorWhen) -> Options {
    let shows = |what| args.show.contains(&what);
    Options {
        parts: match (args.quiet, args.statistics) {
            (true, _) => Parts::Entries,
            (_, true) => Parts::Summary,
            (false, false) => Parts::All,
        },
        show: Show {
            waived: shows(ShowWhat::Waived),
            ignored: shows(ShowWhat::Ignored),
            indeterminate: shows(ShowWhat::Indeterminate),
            discharged: shows(ShowWhat::Discharged),
        },
        ..input::options(&args.input, color)
    }
}
