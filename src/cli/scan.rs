//! `auditor scan`: looks, decides, reports.

use super::Outcome;
use super::args::{InputArgs, RuleArgs, ScanArgs};
use super::baseline::{BaselineFile, accepted};
use super::choices::{ColorWhen, ShowWhat};
use super::input::{self, Ways};
use super::output::{Failure, deliver, note};
use super::since::Checkout;
use crate::audit::{Audit, DependencyScope, ScanRequest, Workers, decide, scan_on};
use crate::catalog::{FailOn, Overrides, Policy};
use crate::report::{Options, Parts, Show};
use crate::source::{Gap, clean_path};

pub(super) fn run(args: &ScanArgs, color: ColorWhen) -> Result<Outcome, Failure> {
    let overrides = overrides(&args.input, &args.rules, args.fail_on);
    let checkout = args.since.as_ref().map(|name| Checkout::of(name, &args.input)).transpose()?;
    let policy = match &checkout {
        Some(checkout) => checkout.policy(&overrides)?,
        None => input::policy(&args.input, &overrides)?,
    };
    let accepted = match (checkout, &args.baseline) {
        (Some(checkout), _) => Some(Known::Since(Box::new(checkout))),
        (None, Some(file)) => Some(Known::Baseline(accepted(file.as_deref(), &args.input)?)),
        (None, None) => None,
    };
    let request = input::request(&args.input, &policy, dependency_scope(&policy))?;
    let workers = Workers::new(request.jobs)?;
    workers.run(|| scan(&workers, &request, (policy, accepted), args, color))
}

/// What findings are held against.
enum Known {
    Baseline(BaselineFile),
    Since(Box<Checkout>),
}

/// All of it on the workers' threads: the report is theirs to share as well.
fn scan(
    workers: &Workers,
    request: &ScanRequest,
    (policy, known): (Policy, Option<Known>),
    args: &ScanArgs,
    color: ColorWhen,
) -> Result<Outcome, Failure> {
    let audit = match known {
        None => input::decided(scan_on(workers, request)?, policy, &args.input)?,
        Some(Known::Baseline(accepted)) => {
            let mut audit = input::decided(scan_on(workers, request)?, policy, &args.input)?;
            accepted.judge(&mut audit)?;
            audit
        }
        Some(Known::Since(checkout)) => {
            // First, for its sources and its program are gone before the work tree's is there.
            let before = checkout.scan(workers, policy)?;
            let mut audit = decide(scan_on(workers, request)?, before.policy.clone());
            before.judge(&mut audit);
            audit
        }
    };
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
pub(super) fn outcome(audit: &Audit) -> Outcome {
    let gaps: Vec<&Gap> = audit.open_gaps().collect();
    let Some(first) = gaps.first() else { return if audit.fails() { Outcome::Findings } else { Outcome::Clean } };
    let at = first.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
    let more = if gaps.len() > 1 { format!(" (and {} more)", gaps.len() - 1) } else { String::new() };
    let what = format!("{}{at}: {}: {}{more}", first.path, first.kind.as_str(), first.reason);
    note(&clean_path(&format!("auditor: error: code was not looked at: {what}; --allow-gaps accepts it")));
    Outcome::Incomplete
}

/// The code that counts by the policy.
pub(super) fn dependency_scope(policy: &Policy) -> DependencyScope {
    let gate = policy.gate();
    DependencyScope { tests: gate.tests || gate.benches || gate.examples, build_scripts: gate.build_scripts }
}

/// What the options change about the policy.
pub(super) fn overrides(input: &InputArgs, rules: &RuleArgs, fail_on: Option<FailOn>) -> Overrides {
    Overrides {
        select: rules.select.clone(),
        ignore: rules.ignore.clone(),
        profile: rules.profile.map(Into::into),
        fail_on,
        min_severity: rules.min_severity,
        min_confidence: rules.min_confidence,
        exclude: input.exclude.clone(),
        all_targets: rules.all_targets,
        allow_gaps: rules.allow_gaps,
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
            known: shows(ShowWhat::Known),
            ignored: shows(ShowWhat::Ignored),
            indeterminate: shows(ShowWhat::Indeterminate),
            discharged: shows(ShowWhat::Discharged),
        },
        ..input::options(&args.input, color)
    }
}
