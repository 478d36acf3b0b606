//! `auditor surface`: lists every site, decided or not.

use super::Outcome;
use super::args::SurfaceArgs;
use super::choices::ColorWhen;
use super::input::{self, Ways};
use super::output::{Failure, deliver};
use crate::audit::{DependencyScope, ScanRequest, Workers, scan_on, scanned};
use crate::catalog::{Overrides, Policy};
use crate::report::{Document, Stats, Surface};

pub(super) fn run(args: &SurfaceArgs, color: ColorWhen) -> Result<Outcome, Failure> {
    let overrides = Overrides { exclude: args.input.exclude.clone(), ..Overrides::default() };
    let policy = input::policy(&args.input, &overrides)?;
    let request = input::request(&args.input, &policy, DependencyScope::ALL)?;
    let workers = Workers::new(request.jobs)?;
    workers.run(|| surface(&workers, &request, &policy, args, color))
}

/// All of it on the workers' threads: what is written is theirs to share as well.
fn surface(
    workers: &Workers,
    request: &ScanRequest,
    policy: &Policy,
    args: &SurfaceArgs,
    color: ColorWhen,
) -> Result<Outcome, Failure> {
    let program = scan_on(workers, request)?;
    let ways = Ways::to(&program.root);
    let scan = scanned(&program, policy, ways.root());
    let surface = Surface { scan, sites: &program.sites };
    let stats = Stats { scan, crates: &program.crates };
    let document: &dyn Document = if args.stats { &stats } else { &surface };
    let options = input::options(&args.input, color);
    deliver(document, &args.input, &options, color)?;
    if args.input.timings {
        input::timings(&program);
    }
    // The process ends now: the system takes back at once what would be given back in a hundred thousand pieces.
    std::mem::forget(program);
    Ok(Outcome::Clean)
}
