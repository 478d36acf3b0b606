//! `auditor scan`: looks, decides, reports.

use std::path::Path;

use super::Outcome;
use super::args::{ColorWhen, ReportFormat, SarifProfile, ScanArgs, ShowWhat};
use super::input;
use super::output::{Failure, colored, write_to};
use crate::audit::{DependencyScope, ScanRequest, Workers, decide, scan_on};
use crate::catalog::{Overrides, Policy};
use crate::report::{Format, Options, Show, render};
use crate::source::{checkout_of, display_prefix, relative_to};

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
    let output = args.input.output.as_ref();
    let root = &audit.program.root;
    let sarif_github = (args.sarif_profile == SarifProfile::Github).then(|| checkout_prefix(root));
    let options = Options { base: display_prefix(root), sarif_github, ..options(args, colored(color, output)) };
    write_to(output.map(|path| &**path), |out| render(&audit.report(), format(args.format), &options, out))?;
    if args.input.timings {
        input::timings(&audit.program);
    }
    let outcome = if audit.fails() { Outcome::Findings } else { Outcome::Clean };
    // The process ends now: the system takes back at once what would be given back in a hundred thousand pieces.
    std::mem::forget(audit);
    Ok(outcome)
}

/// The way from the repository that holds `root` down to it, from where the user stands if none does; none at all if that is
/// elsewhere, for no URI may say where on a disk a file lies.
fn checkout_prefix(root: &Path) -> String {
    let way = checkout_of(root).and_then(|checkout| relative_to(checkout, root));
    match way {
        Some(way) if !way.is_empty() => way + "/",
        Some(way) => way,
        None => Some(display_prefix(root)).filter(|way| Path::new(way).is_relative()).unwrap_or_default(),
    }
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
        exclude: args.input.exclude.clone(),
        all_targets: args.all_targets,
    }
}

fn options(args: &ScanArgs, color: bool) -> Options {
    let shows = |what| args.show.contains(&what);
    Options {
        color,
        base: String::new(),
        width: terminal_size::terminal_size_of(std::io::stdout()).map_or(0, |(width, _)| usize::from(width.0)),
        quiet: args.quiet,
        statistics: args.statistics,
        show: Show {
            waived: shows(ShowWhat::Waived),
            ignored: shows(ShowWhat::Ignored),
            indeterminate: shows(ShowWhat::Indeterminate),
            discharged: shows(ShowWhat::Discharged),
        },
        sarif_github: None,
    }
}

const fn format(format: ReportFormat) -> Format {
    match format {
        ReportFormat::Text => Format::Text,
        ReportFormat::Short => Format::Short,
        ReportFormat::Json => Format::Json,
        ReportFormat::Sarif => Format::Sarif,
    }
}
